/* Who has an account, and how it is; the security administrator changes them, an auditor looks. */
import { element, icon } from '../../../../recorder/evidence/page/player/dom.js';
import { changesOf, inOrder, stateWords } from '../parts/account_words.js';
import { ask } from '../parts/dialog.js';
import { Listed } from '../parts/listed.js';
import { secondFields, secondWord } from '../parts/second.js';
import { day, full } from '../parts/times.js';

const ROLES = ['guard', 'inspector', 'system_administrator', 'security_administrator', 'auditor'];
const ACCOUNT_LENGTH = 32;
const PASSWORD_LENGTH = 128;
const HEADS = ['account', 'role', 'accountState', 'lastLogInAt', 'passwordUntil', 'failures'];

export class AccountsPage extends Listed {
    #accounts = [];
    #opened; // whose changes are offered

    constructor(app) {
        super(app);
        this.load();
    }

    ask() {
        return this.app.api.get('/api/accounts');
    }

    draw({ accounts }) {
        this.#accounts = inOrder(accounts);
        this.#show();
    }

    #show() {
        const { say } = this.app;
        const changes = this.app.may('change_accounts');
        this.node.replaceChildren(element('section', { class: 'card accounts' },
            element('div', { class: 'entry-head' }, element('h1', {}, say('accountsTitle')),
                changes ? element('button', { type: 'button', id: 'new-account', onclick: () => this.#change('create') },
                    say('accountNew')) : null),
            element('p', { class: 'hint' }, say(changes ? 'accountsWords' : 'accountsLook')),
            element('div', { class: 'table-box' }, element('table', {},
                element('thead', {}, element('tr', {},
                    HEADS.map((head) => element('th', { scope: 'col' }, say(head))), changes ? element('td') : null)),
                element('tbody', {}, this.#accounts.flatMap((account) => this.#rows(account, changes)))))));
    }

    #rows(account, changes) {
        const { say, session } = this.app;
        const { account: name, name: person, role, last_login: last, password_until: until } = account;
        const offered = changes ? changesOf(account, session.account) : [];
        const opened = this.#opened === name && offered.length > 0;
        const row = element('tr', { 'data-account': name, class: account.altered ? 'account-altered' : null },
            element('th', { scope: 'row' }, element('bdi', {}, name),
                name === session.account ? say('yourself') : null, element('small', {}, element('bdi', {}, person))),
            element('td', {}, role === '' ? '–' : say(`role_${role}`)), this.#state(account),
            element('td', { class: 'number' }, last.at > 0 ? full(last.at) : say('never'),
                last.address ? element('small', {}, say('fromAddress', { address: last.address })) : null),
            element('td', { class: 'number' }, account.altered ? '–' : day(until)),
            element('td', { class: 'number' }, String(last.failures)),
            changes ? element('td', {}, offered.length === 0 ? null : element('button', {
                type: 'button', class: 'plain', 'aria-expanded': String(opened),
                'aria-label': say('accountChangeOf', { account: name }), onclick: () => this.#offer(name),
            }, say('accountChange'))) : null);
        return opened ? [row, this.#offers(account, offered)] : [row];
    }

    #state(account) {
        const [words, more] = stateWords(this.app.say, account);
        const sign = { active: 'check', closed: 'cross' }[account.state] ?? 'part';
        return element('td', { class: 'condition' }, icon(account.altered ? 'part' : sign), words,
            more === '' ? null : element('small', {}, more));
    }

    #offers(account, offered) {
        const { say } = this.app;
        return element('tr', { class: 'account-changes' }, element('td', { colspan: HEADS.length + 1 },
            element('div', { class: 'axis-buttons' }, offered.map((change) => element('button', {
                type: 'button', class: change === 'close' ? 'danger' : 'plain', 'data-change': change,
                onclick: () => this.#change(change, account),
            }, say('changeMore', { change: say(`change_${change}`) }))))));
    }

    #offer(name) {
        this.#opened = this.#opened === name ? undefined : name;
        this.#show();
        this.node.querySelector(`tr[data-account="${CSS.escape(name)}"] button`)?.focus();
    }

    /* -- changing one -- */

    #change(change, account) {
        const { say } = this.app;
        const words = say(`change_${change}`);
        ask(say, {
            title: account === undefined ? words : say('changeTitle', { change: words, account: account.account }),
            words: say(`changeWords_${change}`),
            action: words, danger: change === 'close', act: (values) => this.#send(change, account, values),
            fields: [...this.#fieldsOf(change, account), { name: 'reason', label: say('changeReason'), kind: 'long' },
                ...secondFields(say, this.app.session.second.accounts, 'secondHint')],
        }).then(() => {
            this.#opened = undefined;
            this.load();
        }, () => {});
    }

    #fieldsOf(change, account) {
        const { say, session } = this.app;
        const person = { name: 'name', label: say('personName'), value: account?.name };
        const role = {
            name: 'role', label: say('role'), value: account?.role ?? 'guard',
            options: ROLES.map((value) => ({ value, text: say(`role_${value}`) })),
        };
        const password = [
            {
                name: 'password', label: say('initialPassword'), kind: 'password', longest: PASSWORD_LENGTH,
                hint: say('passwordHint', { n: session.password_length }),
            },
            { name: 'again', label: say('initialPasswordAgain'), kind: 'password', longest: PASSWORD_LENGTH },
        ];
        const name = {
            name: 'account', label: say('accountName'), hint: say('accountNameHint'), longest: ACCOUNT_LENGTH,
        };
        return { create: [name, person, role, ...password], person: [person], role: [role], password }[change] ?? [];
    }

    async #send(change, account, values) {
        const { api, say } = this.app;
        const { name, role, password, again, reason } = values;
        if (password !== again) throw new Error(say('passwordsDiffer'));
        const second = await secondWord(api, 'change_accounts', values);
        return api.post(`/api/accounts/${encodeURIComponent(account?.account ?? values.account)}`,
            { change, name, role, password, reason, second });
    }
}
