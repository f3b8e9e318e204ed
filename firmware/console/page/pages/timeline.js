/*
 * A day of every camera and door on one axis; pressing on it plays from there. The player holds a
 * window of some minutes and goes on into the next by itself. Address: #/timeline/DAY/MOMENT (ms).
 */
import { element, icon } from '../../../../recorder/evidence/page/player/dom.js';
import { Player } from '../../../../recorder/evidence/page/player/player.js';
import { texts as playerTexts } from '../../../../recorder/evidence/page/player/texts.js';
import { Timeline } from '../../../../recorder/evidence/page/player/timeline.js';
import { DerivedReader, foreignTo, markDerived } from '../parts/derived.js';
import { reader, footageOf } from '../parts/footage.js';
import { clock, day, DAY_MS, dayEnd, dayStart } from '../parts/times.js';
import { savePicture, watermarkText } from '../parts/watermark.js';

const WINDOW_BEFORE = 30_000;
const WINDOW_AFTER = 600_000;
const NEWEST = 2_000; // so long it takes until video can be shown
const KIND_OF = { video: 'video', open: 'video', gap: 'gap', expired: 'gone', altered: 'altered' };
const ALONGSIDE = 4; // cameras that are played together unless others are chosen

export class TimelinePage {
    #day;
    #data;
    #player;
    #derived; // reads for it what this browser cannot play
    #window;
    #asked = 0;
    #chosen;

    constructor(app) {
        this.app = app;
        this.#chosen = new Set(app.session.cameras.slice(0, ALONGSIDE).map(({ id }) => id));
        this.stage = element('section', { class: 'card timeline-stage' });
        this.axis = element('section', { class: 'card' });
        this.word = element('p', { class: 'hint', role: 'status' });
        this.node = element('div', { class: 'column' }, this.#controls(), this.axis, this.stage);
        this.onKey = (event) => this.#key(event);
        document.addEventListener('keydown', this.onKey);
    }

    get player() { return this.#player; }

    #closePlayer() {
        this.#player?.close();
        this.#derived?.close();
    }

    close() {
        this.#asked++;
        document.removeEventListener('keydown', this.onKey);
        this.#closePlayer();
    }

    open([which, moment]) {
        const shown = which === undefined || Number.isNaN(dayStart(which)) ? day(Date.now()) : which;
        if (shown !== this.#day) this.#openDay(shown, moment);
        else if (moment !== undefined) this.#watch(Number(moment));
    }

    #controls() {
        const { say, session } = this.app;
        this.field = element('input', {
            type: 'date', 'aria-label': say('dayLabel'), max: day(Date.now()),
            onchange: () => this.field.value && this.app.go('timeline', this.field.value),
        });
        const move = (days) => this.app.go('timeline', day(dayStart(this.#day) + days * DAY_MS + DAY_MS / 2));
        const cameras = element('details', { class: 'choose' }, element('summary', {}, say('chooseCameras')),
            element('div', { class: 'card choose-box' }, session.cameras.map(({ id, name }) => element('label', {},
                element('input', {
                    type: 'checkbox', value: id, checked: this.#chosen.has(id), onchange: ({ target }) => {
                        if (target.checked) this.#chosen.add(id);
                        else this.#chosen.delete(id);
                        if (this.#player !== undefined) this.#watch(this.#player.position * 1000, true);
                    },
                }), name))));
        return element('div', { class: 'card filters' },
            element('button', { type: 'button', class: 'plain', onclick: () => move(-1) }, say('dayBefore')), this.field,
            element('button', { type: 'button', class: 'plain', onclick: () => move(1) }, say('dayAfter')),
            cameras, this.word, element('div', { class: 'axis-buttons' }, this.#zoomButton(0.5, 'zoomOut'),
                this.#zoomButton(2, 'zoomIn')));
    }

    #zoomButton(factor, key) {
        const words = playerTexts[key][this.app.language === 'zh' ? 1 : 0];
        return element('button', {
            type: 'button', class: 'plain', 'aria-label': words, title: words, onclick: () => this.timeline?.zoom(factor),
        }, icon(key));
    }

    async #openDay(which, moment) {
        const asked = ++this.#asked;
        this.#day = this.field.value = which;
        this.#closePlayer();
        this.#player = this.#window = undefined;
        this.stage.hidden = true;
        const from = dayStart(which);
        const to = Math.min(dayEnd(from), Math.max(Date.now(), from + 60_000));
        try {
            this.word.textContent = this.app.say('loading');
            const data = await this.app.api.look('/api/timeline', { from, to }, { what: 'entries', from, to });
            if (asked !== this.#asked) return;
            this.#data = data;
            this.word.textContent = '';
            this.#drawAxis(from, to);
            this.timeline.show(to / 1000); // where one is likely to begin
            if (moment !== undefined) await this.#watch(Number(moment));
            else this.word.textContent = this.app.say('watchFrom');
        } catch (error) {
            if (asked === this.#asked) this.word.textContent = error.message || '';
        }
    }

    #drawAxis(from, to) {
        const { language, session, words } = this.app;
        const index = language === 'zh' ? 1 : 0;
        const spansOf = (id) => (this.#data.cameras.find((camera) => camera.id === id)?.spans ?? []).map(
            (span) => ({
                kind: KIND_OF[span.kind] ?? 'unexplained', from: span.from / 1000, to: span.to / 1000,
                text: span.cause ? words.cause(span.cause) : span.detail,
            }));
        this.timeline = new Timeline({
            from: from / 1000, to: to / 1000, marks: this.#marks(),
            say: (key) => (key === 'video' ? this.app.say('recordedVideo') : playerTexts[key][index]),
            lanes: session.cameras.map(({ id, name }) => ({ id, name, spans: spansOf(id) })),
        });
        this.timeline.addEventListener('seek', ({ detail }) => this.#soon(detail.at * 1000));
        this.axis.replaceChildren(this.timeline.node);
    }

    #marks() {
        const { words } = this.app;
        return this.#data.marks.map(({ at, kind, event, cameras = [] }) => ({
            at: at / 1000, kind, text: words.event(event), cameras,
        }));
    }

    /* Dragging over the axis asks once, when the hand rests. */
    #soon(at) {
        this.timeline.show(at / 1000);
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.app.go('timeline', this.#day, String(Math.round(at))), 120);
    }

    #timer;

    async #watch(wanted, anew = false) {
        if (this.#data === undefined) return;
        const begin = dayStart(this.#day);
        const end = Math.min(dayEnd(begin), Date.now()); // the look-up on record is the day's
        const at = Math.max(begin, Math.min(end - NEWEST, wanted));
        const inside = this.#window !== undefined && at >= this.#window.from && at < this.#window.to;
        if (inside && !anew) {
            this.#player.seek(at / 1000);
            return;
        }
        const asked = this.#asked;
        const playing = this.#player?.playing ?? true;
        const cameras = this.app.session.cameras.filter(({ id }) => this.#chosen.has(id));
        const from = Math.max(begin, at - WINDOW_BEFORE);
        const to = Math.min(at + WINDOW_AFTER, end);
        const scope = {
            what: 'video', from: begin, to: dayEnd(begin),
            cameras: this.app.session.cameras.map(({ id }) => id).join(' '),
        };
        try {
            const footage = await footageOf(this.app.api, cameras, from, to, scope, foreignTo(this.app.session));
            if (asked !== this.#asked) return;
            this.#show(footage, at, playing);
        } catch (error) {
            this.word.textContent = error.message || '';
        }
    }

    #show(footage, at, playing) {
        const { app } = this;
        this.#closePlayer();
        this.#window = { from: footage.from, to: footage.to };
        for (const list of Object.values(footage.spans)) {
            for (const span of list) if (span.cause) span.text = app.words.cause(span.cause);
        }
        this.#derived = new DerivedReader(app.api);
        this.#player = new Player({
            from: footage.from / 1000, to: footage.to / 1000, cameras: footage.cameras, spans: footage.spans,
            marks: this.#marks().filter((mark) => mark.at * 1000 >= footage.from && mark.at * 1000 < footage.to),
            read: reader(app.api, (piece, verdict) => this.#fault(piece, verdict), this.#derived),
            note: ({ state }) => (state === 'open' ? app.say('openNote') : ''),
            watermark: () => watermarkText(app.session), savePicture: savePicture(app.session, app.say),
            language: app.language,
        });
        this.#player.addEventListener('time', ({ detail }) => this.#moved(detail.at * 1000));
        this.word.textContent = '';
        this.stage.hidden = false;
        markDerived(this.#player, footage.cameras, app.say);
        this.stage.replaceChildren(this.#player.node);
        this.#player.seek(at / 1000);
        if (playing) this.#player.play();
    }

    #moved(at) {
        this.timeline.show(at / 1000);
        const { to } = this.#window;
        if (at >= to - 200 && to < Date.now() - 5000 && to < dayEnd(dayStart(this.#day))) this.#watch(to, true);
    }

    #fault({ start, record: { camera } }, verdict) {
        const name = this.app.session.cameras.find(({ id }) => id === camera)?.name ?? camera;
        this.word.replaceChildren(element('b', { class: 'bad' }, icon('cross'), this.app.say(
            verdict === 'missing' ? 'missingVideo' : 'alteredVideo', { camera: name, at: clock(start * 1000) })));
    }

    /* The player's keys work wherever one is on the page. */
    #key(event) {
        if (this.#player === undefined || document.querySelector('dialog') !== null
            || event.target.closest('input, select, textarea, .player') !== null) return;
        this.#player.node.dispatchEvent(new KeyboardEvent('keydown', { key: event.key, cancelable: true }));
    }
}
