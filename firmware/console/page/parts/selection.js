/*
 * What of which time: a range with its usual ones, cameras and doors to tick. Fires `change` when
 * another thing is chosen.
 */
import { element } from '../../../../recorder/evidence/page/player/dom.js';
import { DAY_MS, day, dayEnd, dayStart, fieldOf, momentOf } from './times.js';

const HOUR_MS = 3_600_000;
const SETTLE_MS = 350; // while somebody types

const PRESETS = {
    rangeHour: () => [Date.now() - HOUR_MS, Date.now()],
    rangeToday: () => [dayStart(day(Date.now())), Date.now()],
    rangeYesterday: () => {
        const start = dayStart(day(dayStart(day(Date.now())) - DAY_MS / 2));
        return [start, dayEnd(start)];
    },
};

export class Selection extends EventTarget {
    #timer;

    constructor(app) {
        super();
        const { say, session } = app;
        this.app = app;
        this.from = this.#moment('from', say('rangeFrom'));
        this.to = this.#moment('to', say('rangeTo'));
        this.cameras = this.#boxes('pickCameras', session.cameras);
        this.doors = this.#boxes('pickDoors', session.doors);
        this.node = element('div', { class: 'column' },
            element('div', { class: 'axis-buttons presets' }, Object.entries(PRESETS).map(([key, range]) => element('button', {
                type: 'button', class: 'plain', onclick: () => this.setRange(...range()),
            }, say(key)))),
            element('div', { class: 'pair' }, this.from.node, this.to.node), this.cameras.node, this.doors.node);
        this.setRange(...PRESETS.rangeHour());
    }

    close() {
        clearTimeout(this.#timer);
    }

    #changed() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.dispatchEvent(new CustomEvent('change')), SETTLE_MS);
    }

    #moment(name, label) {
        const input = element('input', {
            type: 'datetime-local', step: 1, name, id: `range-${name}`, required: true,
            oninput: () => this.#changed(),
        });
        return { input, node: element('div', { class: 'field' }, element('label', { for: input.id }, label), input) };
    }

    #boxes(title, items) {
        const inputs = items.map(({ id }) => element('input', {
            type: 'checkbox', name: title, value: id, checked: true, onchange: () => this.#changed(),
        }));
        return {
            inputs,
            node: element('fieldset', { class: 'picks', hidden: items.length === 0 },
                element('legend', {}, this.app.say(title)), items.map(({ id, name }, i) => element('label', {},
                    inputs[i], element('bdi', {}, name || id)))),
        };
    }

    /* Milliseconds. */
    setRange(from, to) {
        this.from.input.value = fieldOf(from);
        this.to.input.value = fieldOf(to);
        this.#changed();
    }

    /* Ids; undefined leaves all of them. */
    pick(cameras, doors) {
        for (const [{ inputs }, wanted] of [[this.cameras, cameras], [this.doors, doors]]) {
            if (wanted === undefined) continue;
            for (const input of inputs) input.checked = wanted.includes(input.value);
        }
        this.#changed();
    }

    /* { from, to, cameras, doors } as the server takes it; all of both is said by naming none. Throws
     * what is wrong with it. */
    get value() {
        const [from, to] = [this.from, this.to].map(({ input }) => momentOf(input.value));
        const [cameras, doors] = [this.cameras, this.doors].map(({ inputs }) => inputs
            .filter(({ checked }) => checked).map(({ value }) => value));
        if (!(to > from)) throw new Error(this.app.say('rangeWrong'));
        if (cameras.length + doors.length === 0) throw new Error(this.app.say('pickNothing'));
        const all = cameras.length === this.cameras.inputs.length && doors.length === this.doors.inputs.length;
        return { from, to, cameras: all ? '' : cameras.join(' '), doors: all ? '' : doors.join(' ') };
    }
}
