/*
 * Who came in: newest first, live, filtered; opening one plays what its cameras saw. Address:
 * #/entries, #/entries/NUMBER.
 */
import { element, icon, joined } from '../../../../recorder/evidence/page/player/dom.js';
import { ask } from '../parts/dialog.js';
import { fits, KINDS, queryOf } from '../parts/entry_filter.js';
import { remarksOf, whatOf } from '../parts/entry_words.js';
import { Stills } from '../parts/stills.js';
import { clock, day } from '../parts/times.js';
import { EntryView } from './entry.js';

const LIMIT = 100;
const ROWS_MAX = 500; // of those that come by themselves; what is older is asked for again

export class EntriesPage {
    #rows = new Map(); // number → { entry, row }
    #next = null;
    #waiting = []; // came while somebody looks further down
    #asked = 0;
    #meanwhile = []; // came since the list was asked for, which need not have them yet
    #chosen;

    constructor(app) {
        this.app = app;
        this.view = undefined;
        this.body = element('tbody');
        this.listener = ({ detail }) => this.#came(detail);
        this.again = () => this.#load();
        app.live.addEventListener('entry', this.listener);
        app.live.addEventListener('again', this.again);
        this.node = element('div', { class: 'split' });
        this.#build();
        this.onKey = (event) => this.#key(event);
        document.addEventListener('keydown', this.onKey);
        this.#load();
    }

    close() {
        this.app.live.removeEventListener('entry', this.listener);
        this.app.live.removeEventListener('again', this.again);
        document.removeEventListener('keydown', this.onKey);
        this.stills.close();
        this.view?.close();
    }

    open([number]) {
        if (number === undefined) {
            this.#closeEntry();
            return;
        }
        if (this.#chosen === number && this.view !== undefined) return;
        this.#choose(number);
        this.view?.close();
        this.view = new EntryView(this.app, number, {
            review: (entry) => this.#review(entry), back: () => this.app.go('entries'),
        });
        this.node.classList.add('split-open');
        this.side.replaceChildren(this.view.node);
    }

    #closeEntry() {
        this.view?.close();
        this.view = undefined;
        this.node.classList.remove('split-open');
        this.side.replaceChildren();
        this.stills.again();
    }

    #build() {
        const { say } = this.app;
        const heads = ['time', this.#stills ? 'picture' : null, 'event', 'person', 'review'].filter(Boolean).map(
            (key) => element('th', { scope: 'col', class: `head-${key}` }, say(key)));
        this.fresh = element('button', { type: 'button', class: 'fresh', hidden: true, onclick: () => this.#showFresh() });
        this.more = element('button', { type: 'button', class: 'plain', hidden: true, onclick: () => this.#load(true) },
            say('more'));
        this.none = element('p', { class: 'empty', role: 'status' });
        this.box = element('div', { class: 'table-box' }, this.fresh,
            element('table', { class: 'entries-table' }, element('thead', {}, element('tr', {}, heads)), this.body),
            this.none, this.more);
        this.stills = new Stills(this.app, this.box);
        this.side = element('section', { class: 'split-side' });
        this.node.replaceChildren(element('section', { class: 'card list' }, this.#filters(), this.box,
            element('p', { class: 'keys' }, say('keysEntries'))), this.side);
    }

    #filters() {
        const { say, session } = this.app;
        const changed = () => this.#load();
        this.door = element('select', { 'aria-label': say('door'), onchange: changed },
            element('option', { value: '' }, say('allDoors')),
            session.doors.map(({ id, name }) => element('option', { value: id }, name || id)));
        this.kind = element('select', { 'aria-label': say('kindLabel'), onchange: changed },
            Object.keys(KINDS).map((kind) => element('option', { value: kind },
                say(`kind${kind.charAt(0).toUpperCase()}${kind.slice(1)}`))));
        this.day = element('input', { type: 'date', 'aria-label': say('dayLabel'), max: day(Date.now()), onchange: changed });
        this.find = element('input', {
            type: 'search', id: 'find', placeholder: say('find'), 'aria-label': say('findLabel'), onchange: changed,
            onsearch: changed,
        });
        return element('div', { class: 'filters' }, this.find, this.door, this.kind, this.day);
    }

    get #query() {
        return queryOf({
            door: this.door.value, kind: this.kind.value, find: this.find.value, day: this.day.value,
        });
    }

    async #load(further = false) {
        const asked = ++this.#asked;
        const query = { ...this.#query, limit: LIMIT, before: further ? this.#next : undefined };
        const { say, api } = this.app;
        this.#meanwhile = [];
        try {
            const scope = { what: 'entries', from: query.from ?? 0, to: query.to ?? Date.now(), doors: query.door };
            const { entries, next } = await api.look('/api/entries', query, scope);
            if (asked !== this.#asked) return;
            const meanwhile = this.#meanwhile;
            if (!further) this.#clear();
            for (const entry of entries) this.#append(entry);
            this.#next = next;
            this.more.hidden = next === null;
            this.none.textContent = this.#rows.size > 0 ? ''
                : say(next === null ? 'noEntries' : 'noEntriesRecent', { n: this.app.session.recent_minutes });
            if (!further) for (const entry of meanwhile) this.#show(entry);
        } catch (error) {
            if (asked === this.#asked && !further) this.none.textContent = error.message || '';
        }
    }

    #clear() {
        this.#rows.clear();
        this.#waiting = [];
        this.body.replaceChildren();
        this.#tellFresh();
    }

    #append(entry, first = false) {
        if (this.#rows.has(entry.number)) return;
        const row = this.#row(entry);
        this.#rows.set(entry.number, { entry, row });
        if (first) this.body.prepend(row);
        else this.body.append(row);
        if (String(entry.number) === this.#chosen) row.classList.add('chosen-row');
    }

    #row(entry) {
        const { app } = this;
        const { say } = app;
        const name = app.session.doors.find(({ id }) => id === entry.door)?.name ?? entry.door ?? entry.controller;
        const kind = entry.state === 'altered' ? 'row-altered' : entry.alarm ? 'row-alarm' : null;
        const row = element('tr', {
            class: kind, 'data-number': entry.number, tabindex: -1,
            onclick: () => app.go('entries', String(entry.number)),
        }, element('td', { class: 'entry-time' }, element('a', { href: `#/entries/${entry.number}` }, clock(entry.at)),
            element('small', {}, day(entry.at))),
        this.#stills ? element('td', { class: 'entry-still' }, this.#still(entry)) : null,
        element('td', { class: 'entry-event' }, entry.state === 'altered' ? icon('cross') : entry.alarm ? icon('part') : null,
            whatOf(entry, app), element('small', {}, joined([name, ...remarksOf(entry, app)]))),
        element('td', {}, element('bdi', {}, entry.person ?? ''),
            element('small', { class: 'credential' }, joined([entry.department, entry.credential]))),
        element('td', { class: 'entry-review' }, entry.reviewed === undefined ? null
            : [icon('check'), say('reviewed'), element('small', {}, entry.reviewed.by)]));
        return row;
    }

    get #stills() {
        return this.app.session.stills === true && this.app.may('watch');
    }

    #still({ number, at, cameras }) {
        return cameras.length === 0 ? null : this.stills.place(number, cameras[0], at);
    }

    /* -- what happens meanwhile -- */

    #came(entry) {
        if (this.#meanwhile.push(entry) > LIMIT) this.#meanwhile.shift();
        this.#show(entry);
    }

    #show(entry) {
        if (this.#rows.has(entry.number)) {
            const { row } = this.#rows.get(entry.number);
            const fresh = this.#row(entry);
            row.replaceWith(fresh);
            fresh.classList.toggle('chosen-row', String(entry.number) === this.#chosen);
            this.#rows.set(entry.number, { entry, row: fresh });
            return;
        }
        if (!fits(entry, this.#query)) return;
        if (this.box.scrollTop > 40) {
            this.#waiting.push(entry);
            this.#tellFresh();
        } else {
            this.#append(entry, true);
            this.#cut();
        }
        this.none.textContent = '';
    }

    /* A screen that nobody touches for weeks does not grow. */
    #cut() {
        if (this.#rows.size <= ROWS_MAX) return;
        while (this.#rows.size > LIMIT) {
            const { number } = this.body.lastElementChild.dataset;
            this.#rows.delete(Number(number));
            this.body.lastElementChild.remove();
        }
        this.#next = Number(this.body.lastElementChild.dataset.number);
        this.more.hidden = false;
    }

    #tellFresh() {
        this.fresh.hidden = this.#waiting.length === 0;
        this.fresh.textContent = this.app.say('newCount', { n: this.#waiting.length });
    }

    #showFresh() {
        for (const entry of this.#waiting) this.#append(entry, true);
        this.#waiting = [];
        this.#tellFresh();
        this.box.scrollTop = 0;
    }

    /* -- by keyboard -- */

    #choose(number) {
        this.#rows.get(Number(this.#chosen))?.row.classList.remove('chosen-row');
        this.#chosen = number;
        const row = this.#rows.get(Number(number))?.row;
        row?.classList.add('chosen-row');
        row?.scrollIntoView({ block: 'nearest' });
    }

    #key(event) {
        if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector('dialog') !== null) return;
        const typing = event.target.closest('input, select, textarea') !== null;
        const playing = event.target.closest('.player') !== null;
        const acts = {
            ArrowDown: () => this.#step(1), ArrowUp: () => this.#step(-1),
            Enter: () => this.#chosen && this.app.go('entries', this.#chosen),
            r: () => this.#reviewChosen(),
            '/': () => this.find.focus(),
            Escape: () => (typing ? document.activeElement.blur() : this.app.go('entries')),
        };
        const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
        if (act === undefined || (typing && event.key !== 'Escape') || (playing && event.key !== 'Escape')
            || (event.key === 'Enter' && event.target.closest('button, a') !== null)) return;
        event.preventDefault();
        act();
    }

    #step(direction) {
        const numbers = [...this.body.rows].map(({ dataset }) => dataset.number);
        const at = numbers.indexOf(this.#chosen);
        const next = numbers[at < 0 ? 0 : Math.max(0, Math.min(numbers.length - 1, at + direction))];
        if (next === undefined) return;
        if (this.view === undefined) this.#choose(next);
        else this.app.go('entries', next);
    }

    #reviewChosen() {
        const found = this.#rows.get(Number(this.#chosen));
        if (found !== undefined && this.app.may('review_entry')) this.#review(found.entry);
    }

    async #review(entry) {
        const { say, api } = this.app;
        await ask(say, {
            title: say('reviewTitle'), words: say('reviewWords'), action: say('reviewDo'),
            fields: [{ name: 'note', label: say('reviewNote'), kind: 'long', value: say('reviewSeen') }],
            act: ({ note }) => api.post(`/api/entries/${entry.number}/review`, { note }),
        }).then(() => this.#refresh(entry.number), () => {});
    }

    async #refresh(number) {
        const entry = await this.app.api.get(`/api/entries/${number}`).catch(() => undefined);
        if (entry === undefined) return;
        this.#came(entry);
        this.view?.show(entry);
    }
}
