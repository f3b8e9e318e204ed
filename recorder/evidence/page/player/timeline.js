/*
 * The timeline: a lane for each camera with what there is of it, one for the entries, and the
 * moment that is shown. One clicks, drags, or uses the arrow keys to go to a moment. Drawn in per
 * cent, so it fits any width; what a span is says its pattern and the legend, not its colour alone.
 */
import { drawing, element } from './dom.js';
import { clockText, dayText, fullText, zonedText } from './times.js';

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
    86400, 172800, 604800];
const NARROWEST = 4; // seconds that can be seen at once
/* In units that grow with the page's letters; player.css has the same. */
const TOP = 24;
const LANE = 26;
const LETTERS = 15;

/* In the order in which they are drawn. */
export const SPAN_KINDS = ['unexplained', 'video', 'gap', 'gone', 'absent', 'altered'];

export class Timeline extends EventTarget {
    #view;
    #cursor;
    #svg;
    #measured;
    #at;

    /* lanes: [{ id, name, spans: [{ kind, from, to, text }] }]; marks: [{ at, kind, text }], times in
     * seconds since 1970; `say(key)` gives words. Fires `seek` with { at }. */
    constructor({ from, to, lanes, marks, say }) {
        super();
        Object.assign(this, { from, to, lanes, marks, say });
        this.#view = { from, to };
        this.#at = from;
        this.node = element('div', { class: 'timeline' });
        this.redraw();
        new ResizeObserver(() => {
            if (this.#measure() !== this.#measured) this.redraw();
        }).observe(this.node);
    }

    redraw() {
        const names = element('div', { class: 'timeline-names', 'aria-hidden': 'true' },
            element('div', { class: 'timeline-scale' }),
            element('div', { class: 'timeline-name' }, this.say('entries')),
            this.lanes.map(({ name }) => element('div', { class: 'timeline-name', title: name }, name)));
        this.#measured = this.#measure();
        const height = (TOP + LANE * (this.lanes.length + 1)) * this.unit;
        this.#svg = drawing('svg', {
            class: 'timeline-picture', height, tabindex: 0, role: 'slider',
            'aria-label': this.say('timeline'),
        }, this.#patterns());
        this.#drawScale(height);
        this.#drawMarks();
        this.lanes.forEach((lane, index) => this.#drawLane(lane, (TOP + LANE * (index + 1)) * this.unit));
        this.#cursor = drawing('line', { class: 'timeline-cursor', y1: 14 * this.unit, y2: height });
        this.#svg.append(this.#cursor);
        this.#listen();
        this.node.replaceChildren(element('div', { class: 'timeline-body' }, names, this.#svg),
            this.#legend());
        this.show(this.#at);
    }

    /* How large letters are, and for how many times there is room. */
    #measure() {
        this.unit = (parseFloat(getComputedStyle(document.documentElement).fontSize) || LETTERS) / LETTERS;
        const room = (this.node.clientWidth || 900) / this.unit;
        this.times = Math.max(2, Math.min(10, Math.floor(room / 110)));
        return `${this.unit} ${this.times}`;
    }

    /* Moves the cursor; the view follows it. */
    show(at) {
        this.#at = at;
        const { from, to } = this.#view;
        if ((at < from || at > to) && at >= this.from && at <= this.to) {
            this.#look(at - (to - from) * 0.1, to - from);
            return;
        }
        const x = this.#percent(at);
        this.#cursor.setAttribute('x1', x);
        this.#cursor.setAttribute('x2', x);
        this.#svg.setAttribute('aria-valuemin', Math.round(this.from));
        this.#svg.setAttribute('aria-valuemax', Math.round(this.to));
        this.#svg.setAttribute('aria-valuenow', Math.round(at));
        this.#svg.setAttribute('aria-valuetext', zonedText(at));
    }

    zoom(factor) {
        const { from, to } = this.#view;
        const width = Math.max(NARROWEST, Math.min(this.to - this.from, (to - from) / factor));
        const share = (this.#at - from) / (to - from);
        this.#look(this.#at - width * share, width);
    }

    #look(from, width) {
        const begin = Math.max(this.from, Math.min(this.to - width, from));
        this.#view = { from: begin, to: begin + width };
        this.redraw();
    }

    #share(at) {
        return (at - this.#view.from) / (this.#view.to - this.#view.from);
    }

    #percent(at) {
        return `${(Math.max(-0.5, Math.min(1.5, this.#share(at))) * 100).toFixed(3)}%`;
    }

    #patterns() {
        const lines = (id, d) => drawing('pattern', {
            id: `timeline-${id}`, width: 8, height: 8, patternUnits: 'userSpaceOnUse',
        }, drawing('rect', { width: 8, height: 8, class: `span-${id}-ground` }),
        drawing('path', { d, class: `span-${id}-lines` }));
        return drawing('defs', {}, lines('gap', 'M-2 2l4-4M0 8l8-8M6 10l4-4'),
            lines('gone', 'M4 1v6M0 4h0'), lines('absent', 'M0 4h8'),
            lines('unexplained', 'M3 4a1 1 0 1 0 2 0a1 1 0 1 0-2 0'),
            lines('altered', 'M0 0l8 8M8 0L0 8'));
    }

    #drawScale(height) {
        const { from, to } = this.#view;
        const step = STEPS.find((seconds) => (to - from) / seconds <= this.times) ?? 604800;
        const zone = -new Date(from * 1000).getTimezoneOffset() * 60;
        for (let at = Math.ceil((from + zone) / step) * step - zone; at < to; at += step) {
            const x = this.#percent(at);
            const day = step >= 43200 || (at + zone) % 86400 === 0;
            this.#svg.append(drawing('line', {
                x1: x, x2: x, y1: 18 * this.unit, y2: height, class: 'timeline-grid',
            }));
            if (this.#share(at) < 0.93 && this.#share(at) > 0.02) {
                this.#svg.append(drawing('text', { x, y: 13 * this.unit, class: 'timeline-time' },
                    day ? dayText(at).slice(5) : clockText(at).slice(0, step < 60 ? 8 : 5)));
            }
        }
    }

    #drawMarks() {
        for (const { at, kind, text } of this.marks) {
            if (at < this.#view.from || at > this.#view.to) continue;
            const shape = kind === 'alarm' ? 'M0 -9L7 4H-7Z' : 'M0 -7L5 0L0 7L-5 0Z';
            const y = (TOP + LANE / 2) * this.unit;
            this.#svg.append(drawing('svg', { x: this.#percent(at), y, overflow: 'visible' },
                drawing('path', { d: shape, class: `mark-${kind}`, transform: `scale(${this.unit})` },
                    drawing('title', {}, `${fullText(at)} ${text}`))));
        }
    }

    #drawLane({ spans }, y) {
        const height = (LANE - 4) * this.unit;
        const lane = drawing('svg', { y, height, width: '100%' },
            drawing('rect', { width: '100%', height, class: 'timeline-lane' }));
        for (const kind of SPAN_KINDS) {
            for (const { from, to, text } of spans.filter((span) => span.kind === kind)) {
                if (to < this.#view.from || from > this.#view.to) continue;
                const [start, end] = [from, to].map((at) => Math.max(-0.01, Math.min(1.01, this.#share(at))));
                lane.append(drawing('rect', {
                    x: `${(start * 100).toFixed(3)}%`, width: `${((end - start) * 100).toFixed(3)}%`,
                    y: kind === 'video' ? 3 : 1, height: height - (kind === 'video' ? 6 : 2),
                    class: `span span-${kind}`,
                    ...(kind === 'video' ? {} : { fill: `url(#timeline-${kind})` }),
                }, drawing('title', {}, `${fullText(from)} – ${clockText(to)} ${text ?? this.say(kind)}`)));
            }
        }
        this.#svg.append(lane);
    }

    /* Only of what there is. */
    #legend() {
        const kinds = SPAN_KINDS.filter((kind) => this.lanes.some(({ spans }) => spans.some(
            (span) => span.kind === kind)));
        const marks = ['entry', 'alarm'].filter((kind) => this.marks.some((mark) => mark.kind === kind));
        const sample = (shape, word) => element('span', { class: 'timeline-word' },
            drawing('svg', { width: 18, height: 14, 'aria-hidden': 'true' }, shape), word);
        return element('div', { class: 'timeline-legend' }, kinds.map((kind) => sample(
            drawing('rect', {
                width: 18, height: 14, class: `span span-${kind}`,
                ...(kind === 'video' ? {} : { fill: `url(#timeline-${kind})` }),
            }), this.say(kind))), marks.map((kind) => sample(drawing('path', {
            d: kind === 'alarm' ? 'M9 0L16 13H2Z' : 'M9 0L14 7L9 14L4 7Z', class: `mark-${kind}`,
        }), this.say(kind))));
    }

    #listen() {
        const svg = this.#svg;
        const seek = (event) => {
            const box = svg.getBoundingClientRect();
            const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
            this.#go(this.#view.from + share * (this.#view.to - this.#view.from));
        };
        svg.addEventListener('pointerdown', (event) => {
            if (event.button !== 0) return;
            svg.setPointerCapture(event.pointerId);
            seek(event);
        });
        svg.addEventListener('pointermove', (event) => {
            if (svg.hasPointerCapture(event.pointerId)) seek(event);
        });
        svg.addEventListener('keydown', (event) => {
            const moves = {
                ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -60, PageUp: 60,
                Home: -Infinity, End: Infinity,
            };
            if (moves[event.key] === undefined || event.ctrlKey || event.altKey) return;
            event.preventDefault();
            event.stopPropagation();
            this.#go(this.#at + moves[event.key]);
        });
    }

    #go(at) {
        const detail = { at: Math.max(this.from, Math.min(this.to, at)) };
        this.dispatchEvent(new CustomEvent('seek', { detail }));
    }
}
