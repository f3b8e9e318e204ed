/*
 * A question in a box of its own: fields, an answer, and what the server said against it. Closed by
 * Esc, as <dialog> is.
 *
 *   const { reason } = await ask(say, { title, words?, fields: [{ name, label, kind?, value?,
 *                                       hint?, required?, options?, longest? }], action, act });
 *
 * `act(values)` does what is asked; while it fails the box stays and says why. Rejects with a
 * Cancelled when the box is closed.
 */
import { element, icon } from '../../../../recorder/evidence/page/player/dom.js';
import { tellIn } from './required.js';

export class Cancelled extends Error {}

function fieldOf({ name, label, kind = 'text', value = '', hint, required = true, options, longest = 200 }) {
    const id = `ask-${name}`;
    const common = { id, name, required, autocomplete: 'off' };
    let input;
    if (options !== undefined) {
        input = element('select', common, options.map(
            ({ value: own, text }) => element('option', { value: own }, text)));
        input.value = value;
    } else if (kind === 'long') {
        input = element('textarea', { ...common, rows: 3, maxlength: longest });
        input.value = value;
    } else {
        const autocomplete = kind === 'password' ? 'new-password' : 'off'; // not that of who is here
        input = element('input', { ...common, type: kind, maxlength: longest, autocomplete });
        input.value = value;
    }
    return element('div', { class: 'field' }, element('label', { for: id }, label), input,
        hint === undefined ? null : element('small', {}, hint));
}

export function ask(say, { title, words, fields = [], action, act = async (values) => values, danger }) {
    return new Promise((resolve, reject) => {
        const error = element('p', { class: 'error', role: 'alert', hidden: true });
        const send = element('button', { type: 'submit', class: danger ? 'danger' : null }, action);
        const cancel = element('button', { type: 'button', class: 'plain', onclick: () => box.close() },
            say('cancel'));
        const form = tellIn(say, element('form', { method: 'dialog' }, element('h2', {}, title),
            words === undefined ? null : element('p', { class: danger ? 'notice' : 'hint' }, words),
            fields.map(fieldOf), error, element('div', { class: 'dialog-buttons' }, cancel, send)));
        const box = element('dialog', { class: 'dialog', 'aria-label': title }, form);
        let answer;
        form.addEventListener('keydown', (event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing
                || event.target.closest('textarea') === null) return;
            event.preventDefault();
            form.requestSubmit(send);
        });
        form.addEventListener('submit', async (event) => {
            event.preventDefault();
            send.disabled = true;
            error.hidden = true;
            const values = Object.fromEntries(new FormData(form));
            try {
                answer = { value: await act(values) ?? values };
                box.close();
            } catch (failed) {
                error.replaceChildren(icon('cross'), failed.message || say('failed'));
                error.hidden = false;
            } finally {
                send.disabled = false;
            }
        });
        box.addEventListener('close', () => {
            box.remove();
            if (answer === undefined) reject(new Cancelled());
            else resolve(answer.value);
        });
        document.body.append(box);
        box.showModal();
        box.querySelector('input, textarea, select')?.focus();
    });
}
