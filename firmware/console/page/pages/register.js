/*
 * The query register: who did or looked at what, when, why, and what was copied; filtered by account,
 * kind and day, and printed. Looking at it is on record with a reason, too.
 */
import { element, joined } from '../../../../recorder/evidence/page/player/dom.js';
import { bytesText, grouped } from '../../../../recorder/evidence/page/view/format.js';
import { isText } from '../say.js';
import { day, dayEnd, dayStart, full } from '../parts/times.js';

const ACTIONS = ['lookup', 'export', 'exported', 'review', 'acknowledge', 'refused', 'login', 'login_failed',
    'logout', 'seal_now', 'verified', 'hold_set', 'hold_release', 'checkpoint',
    'account'];
const COLUMNS = ['When', 'Who', 'What', 'Range', 'Reason', 'Second', 'Copied'];

export class RegisterPage {
    #next = null;
    #asked = 0;

    constructor(app) {
        this.app = app;
        this.body = element('tbody');
        this.node = element('section', { class: 'card column' });
        this.#build();
        this.#load();
    }

    open() {}

    close() {
        this.#asked++;
    }

    #build() {
        const { say } = this.app;
        this.none = element('p', { class: 'empty', role: 'status' });
        this.cut = element('p', { class: 'print-only', hidden: true }, say('registerCut'));
        this.printed = element('p', { class: 'print-only' });
        this.more = element('button', {
            type: 'button', class: 'plain', hidden: true, onclick: () => this.#load(true),
        }, say('registerMore'));
        this.node.replaceChildren(element('h1', {}, say('page_register')), this.printed, this.#filters(),
            element('div', { class: 'table-box' }, element('table', { class: 'register-table' },
                element('thead', {}, element('tr', {}, COLUMNS.map((name) => element('th', { scope: 'col' },
                    say(`register${name}`))))), this.body)), this.none, this.cut, this.more);
    }

    #filters() {
        const { say } = this.app;
        const changed = () => this.#load();
        this.account = element('input', {
            type: 'search', name: 'of', placeholder: say('registerAccount'), 'aria-label': say('registerAccount'),
            onchange: changed, onsearch: changed, maxlength: 40,
        });
        this.action = element('select', { 'aria-label': say('registerAction'), onchange: changed },
            element('option', { value: '' }, say('registerAll')),
            ACTIONS.map((name) => element('option', { value: name }, say(`did_${name}`))));
        this.day = element('input', {
            type: 'date', 'aria-label': say('dayLabel'), max: day(Date.now()), onchange: changed,
        });
        return element('div', { class: 'filters' }, this.account, this.action, this.day,
            element('button', { type: 'button', class: 'plain', onclick: () => this.#print() }, say('registerPrint')));
    }

    /* To the end of a day, so that one reason is enough while one looks through it. */
    get #query() {
        const start = this.day.value === '' ? 0 : dayStart(this.day.value);
        return {
            from: start, to: dayEnd(start === 0 ? Date.now() : start), account: this.account.value.trim(),
            what: this.action.value,
        };
    }

    async #load(further = false) {
        const asked = ++this.#asked;
        const { api, say } = this.app;
        const query = this.#query;
        try {
            const { rows, next } = await api.look('/api/register',
                { ...query, before: further ? this.#next : undefined },
                { what: 'register', from: query.from, to: query.to });
            if (asked !== this.#asked) return;
            if (!further) this.body.replaceChildren();
            this.body.append(...rows.map((row) => this.#row(row)));
            this.#next = next;
            this.more.hidden = this.cut.hidden = next === null;
            this.none.textContent = this.body.children.length === 0 ? say('registerNone') : '';
        } catch (error) {
            if (asked !== this.#asked) return;
            if (!further) this.body.replaceChildren(); // what stands there fits the question before
            this.none.textContent = error.message || '';
        }
    }

    #row(row) {
        const { say } = this.app;
        const { record, at, by, second, reason, case: number } = row;
        return element('tr', { 'data-record': record },
            element('td', { class: 'entry-time' }, full(at), element('small', {}, say('registerOf', { n: record }))),
            element('td', {}, element('bdi', {}, by)), element('td', {}, ...this.#what(row)),
            element('td', {}, ...this.#range(row)),
            element('td', {}, element('bdi', {}, this.#why(reason ?? '')),
                number === undefined ? null : element('small', {}, say('registerCase', { n: number }))),
            element('td', {}, element('bdi', {}, second ?? '')), element('td', {}, ...this.#copied(row)));
    }

    #what({ action, what, filter, subject, act, address, detail }) {
        const { say } = this.app;
        const of = isText(`of_${what}`) ? say(`of_${what}`) : what;
        const more = [filter, subject === undefined ? undefined : say('registerOf', { n: subject }), act, address, detail];
        const did = isText(`did_${action}`) ? say(`did_${action}`) : action;
        return [joined([did, of]),
            ...more.filter(Boolean).map((text) => element('small', {}, element('bdi', {}, text)))];
    }

    /* As the console puts it on record itself. */
    #why(reason) {
        const [, n] = /^the newest (\d+) minutes need no reason$/.exec(reason) ?? [];
        return n === undefined ? reason : this.app.say('registerNewest', { n });
    }

    #range({ from, to }) {
        if (to === undefined) return [];
        const until = this.app.say('registerUntil', { at: full(to) });
        return from > 0 ? [full(from), element('small', {}, until)] : [until];
    }

    #copied({ action, copied, medium }) {
        const { say } = this.app;
        if (action !== 'export') return [];
        if (copied === undefined) return [say('registerPending')];
        if (!copied.done) return [say('registerFailed', { detail: copied.detail ?? '' })];
        return [say('registerPackage', { size: bytesText(copied.bytes) }),
            medium ? element('small', {}, element('bdi', {}, medium)) : null,
            element('small', {}, element('code', {}, grouped(copied.package ?? '')))];
    }

    #print() {
        const { say, session } = this.app;
        this.printed.textContent = say('registerPrinted', {
            site: session.site, at: full(Date.now()), by: session.name || session.account,
        });
        window.print();
    }
}
