/* The entries as a table: filtered by door and person, and each leads to its moment. */
import { element, icon, joined } from '../player/dom.js';
import { clockText, dayText, fullText } from '../player/times.js';
import { countText } from './format.js';
import { seconds } from './model.js';

const PAGE = 200;

function personOf(body) {
    return [body?.name, body?.department].filter(Boolean).join(' · ');
}

export class Entries {
    #shown = PAGE;
    #door = '';
    #text = '';

    /* context: { model, say, language, words, seek(at, cameras) } */
    constructor(context) {
        this.context = context;
        this.node = element('section', { class: 'card entries', id: 'entries' });
        this.body = element('tbody');
    }

    build(context = this.context) {
        this.context = context;
        const { model, say } = context;
        this.status = element('span', { class: 'entries-count', role: 'status' });
        this.more = element('button', {
            type: 'button', class: 'plain', onclick: () => this.#showMore(Infinity),
        });
        const heads = ['time', 'event', 'person'].map(
            (key) => element('th', { scope: 'col' }, say(key)));
        this.table = element('table', {}, element('thead', {}, element('tr', {}, heads)), this.body);
        this.node.replaceChildren(...[element('div', { class: 'entries-head' },
            element('h2', {}, say('entries')), this.status, this.#filters()),
        element('div', { class: 'table-box', tabindex: -1 }, this.table),
        this.more, this.#others()].filter(Boolean));
        this.body.onkeydown = (event) => this.#key(event);
        this.#days = new Set(model.entries.map(({ at }) => dayText(at))).size;
        this.table.classList.toggle('entries-days', this.#days > 1);
        this.#fill();
        return this.node;
    }

    #days = 1;

    #filters() {
        const { model, say } = this.context;
        const doors = [...new Set(model.entries.map((entry) => this.#doorId(entry)))].sort();
        const select = element('select', {
            'aria-label': say('filterDoor'), id: 'filter-door', onchange: () => {
                this.#door = select.value;
                this.#fill();
            },
        }, element('option', { value: '' }, say('allDoors')), doors.map(
            (id) => element('option', { value: id }, model.names.doors.get(id) ?? id)));
        select.value = this.#door;
        const search = element('input', {
            type: 'search', id: 'filter-person', placeholder: say('findPerson'),
            'aria-label': say('filterPerson'), oninput: () => {
                this.#text = search.value.trim().toLowerCase();
                this.#fill();
            },
        });
        search.value = this.#text;
        return element('div', { class: 'filters' }, doors.length > 1 ? select : null, search);
    }

    #doorId({ body, source }) {
        return body?.door ?? source.slice(source.indexOf('/') + 1);
    }

    #fits(entry) {
        const { words } = this.context;
        const { body } = entry;
        if (this.#door !== '' && this.#doorId(entry) !== this.#door) return false;
        return this.#text === '' || [personOf(body), body?.credential, body?.event, words.event(body?.event),
            body?.verdict === 'denied' ? words.denied(body.deny_reason ?? 'none') : '']
            .some((text) => String(text ?? '').toLowerCase().includes(this.#text));
    }

    #fill() {
        const { model, say, language } = this.context;
        this.fitting = model.entries.filter((entry) => this.#fits(entry));
        this.body.replaceChildren();
        this.#shown = 0;
        this.#showMore(PAGE);
        if (this.fitting.length === 0) {
            this.body.append(element('tr', {}, element('td', { colspan: 3, class: 'empty' },
                say(model.entries.length > 0 ? 'noMatch' : model.hasDoors ? 'noEntries' : 'noDoors'))));
        }
        this.status.textContent = say('count', {
            n: countText(this.fitting.length, language), all: countText(model.entries.length, language),
        });
    }

    #showMore(count) {
        const { say, language } = this.context;
        const next = this.fitting.slice(this.#shown, this.#shown + count);
        this.body.append(...next.map((entry) => this.#row(entry)));
        this.#shown += next.length;
        const left = this.fitting.length - this.#shown;
        this.more.hidden = left === 0;
        this.more.textContent = say('more', { n: countText(left, language) });
    }

    /* For printing: all of them, within reason. */
    showAll() {
        this.#showMore(5000);
    }

    #row(entry) {
        const { model, say, words, seek } = this.context;
        const { at, body, record, cameras } = entry;
        const time = this.#days > 1 ? fullText(at) : clockText(at);
        const door = this.#doorId(entry);
        const linked = cameras.filter((id) => model.cameras.some((camera) => camera.id === id));
        const go = seek === undefined ? time : element('button', {
            type: 'button', class: 'entry-go', 'data-record': String(record), 'data-at': at,
            title: say('watch', { time }), onclick: () => seek(at, linked),
        }, linked.length > 0 ? icon('play') : null, time);
        return element('tr', { class: entry.altered ? 'entry-alarm entry-altered' : entry.alarm ? 'entry-alarm' : null, 'data-at': at },
            element('td', { class: 'entry-time' }, go,
                element('small', {}, say('record', { n: String(record) }))),
            element('td', { class: 'entry-event' }, entry.altered ? icon('cross') : entry.alarm ? icon('part') : null,
                body === null ? say(entry.altered ? 'contentAltered' : 'notShown') : words.event(body.event),
                element('small', {}, joined([model.names.doors.get(door) ?? door, ...this.#remarks(body)]))),
            element('td', {}, element('bdi', {}, body?.name ?? ''), element('small', { class: 'credential' },
                joined([body?.department, body?.credential]))));
    }

    #remarks(body) {
        const { say, words } = this.context;
        const remarks = [];
        if (body?.verdict === 'denied' && body.deny_reason) remarks.push(words.denied(body.deny_reason));
        if (body?.direction === 'in' || body?.direction === 'out') remarks.push(say(body.direction));
        if (body?.derived) remarks.push(say('conclusion'));
        return remarks;
    }

    #key(event) {
        const moves = { ArrowDown: 1, ArrowUp: -1 };
        if (moves[event.key] === undefined) return;
        const buttons = [...this.body.querySelectorAll('.entry-go')];
        const next = buttons[buttons.indexOf(document.activeElement) + moves[event.key]];
        if (next === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        next.focus();
    }

    /* Marks the entry that the player stands at. */
    mark(at) {
        let low = 0;
        let high = this.fitting.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.fitting[middle].at <= at + 0.05) low = middle + 1;
            else high = middle;
        }
        if (low > this.#shown) this.#showMore(low - this.#shown + PAGE);
        const current = low > 0 ? this.body.rows[low - 1] : undefined;
        if (current === this.current) return;
        this.current?.classList.remove('entry-now');
        current?.classList.add('entry-now');
        this.current = current;
        if (current !== undefined && !this.node.matches(':hover, :focus-within')) this.#reveal(current);
    }

    /* In the table's own box: the page stays where it is. */
    #reveal(row) {
        const box = this.table.parentElement;
        const top = row.offsetTop - this.table.tHead.offsetHeight;
        const bottom = row.offsetTop + row.offsetHeight - box.clientHeight;
        if (box.scrollTop > top) box.scrollTop = top;
        else if (box.scrollTop < bottom) box.scrollTop = bottom;
    }

    #others() {
        const { model, say, words } = this.context;
        if (model.others.length === 0) return null;
        const heads = ['number', 'time', 'kind', 'source'].map(
            (key) => element('th', { scope: 'col' }, say(key)));
        const what = ({ kind, body }) => {
            const event = body?.event;
            if (kind === 'camera' && event) return ` · ${words.camera(event)}`;
            if (kind === 'entry' && event) return ` · ${words.event(event)}`;
            return kind === 'health' && event ? ` · ${words.health(event)}` : '';
        };
        return element('details', { class: 'others' },
            element('summary', {}, say('others', { n: model.others.length })),
            element('div', { class: 'table-box' }, element('table', {},
                element('thead', {}, element('tr', {}, heads)),
                element('tbody', {}, model.others.slice(0, 2000).map((record) => element('tr', {},
                    element('td', { class: 'number' }, String(record.record)),
                    element('td', {}, fullText(seconds(record.atUtcNs))),
                    element('td', {}, `${words.kind(record.kind)}${what(record)}`),
                    element('td', {}, element('code', {}, record.source))))))));
    }
}
