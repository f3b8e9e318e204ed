/*
 * Before anybody is known: the first account, logging in, and a password that must be changed. Each
 * is a page of its own; `done` is called when it has been done.
 */
import { element, icon } from '../../../../recorder/evidence/page/player/dom.js';
import { tellIn } from './required.js';

function formPage(say, { title, words, notice, fields, action, act }) {
    const error = element('p', { class: 'error', role: 'alert', hidden: true });
    const send = element('button', { type: 'submit' }, action);
    const form = tellIn(say, element('form', { class: 'card gate' },
        element('h1', {}, title), words ? element('p', { class: 'hint' }, words) : null,
        notice ? element('p', { class: 'notice', role: 'status' }, notice) : null,
        fields.map(({ name, label, kind = 'text', complete = 'off', hint }) => element('div', { class: 'field' },
            element('label', { for: name }, label),
            element('input', { id: name, name, type: kind, autocomplete: complete, required: true, maxlength: 128 }),
            hint ? element('small', {}, hint) : null)), error, send));
    form.addEventListener('submit', async (event) => {
        event.preventDefault();
        send.disabled = true;
        error.hidden = true;
        try {
            await act(Object.fromEntries(new FormData(form)));
        } catch (failed) {
            error.replaceChildren(icon('cross'), failed.message || say('unreachable'));
            error.hidden = false;
            for (const input of form.querySelectorAll('input[type=password]')) input.value = '';
        } finally {
            send.disabled = false;
        }
    });
    return form;
}

export const logInPage = ({ api, say, notice }, done) => formPage(say, {
    title: say('logIn'), notice, action: say('logIn'),
    fields: [
        { name: 'account', label: say('account'), complete: 'username' },
        { name: 'password', label: say('password'), kind: 'password', complete: 'current-password' },
    ],
    act: async (values) => done(await api.post('/api/login', values)),
});

const twice = (say, length) => [
    {
        name: 'new', label: say('newPassword'), kind: 'password', complete: 'new-password',
        hint: say('passwordHint', { n: length }),
    },
    { name: 'again', label: say('newPasswordAgain'), kind: 'password', complete: 'new-password' },
];

function same(say, values) {
    if (values.new !== values.again) throw new Error(say('passwordsDiffer'));
}

export const firstPage = ({ api, say, length }, done) => formPage(say, {
    title: say('firstTitle'), words: say('firstWords'), action: say('firstMake'),
    fields: [
        { name: 'code', label: say('firstCode') },
        { name: 'account', label: say('account'), complete: 'username' },
        { name: 'name', label: say('firstName'), complete: 'name' },
        ...twice(say, length),
    ],
    act: async (values) => {
        same(say, values);
        const { code, account, name } = values;
        done(await api.post('/api/first', { code, account, name, password: values.new }));
    },
});

export const passwordPage = ({ api, say, words, length }, done) => formPage(say, {
    title: say('changePassword'), words, action: say('changePassword'),
    fields: [
        { name: 'old', label: say('oldPassword'), kind: 'password', complete: 'current-password' },
        ...twice(say, length),
    ],
    act: async (values) => {
        same(say, values);
        done(await api.post('/api/password', { old: values.old, new: values.new }));
    },
});
