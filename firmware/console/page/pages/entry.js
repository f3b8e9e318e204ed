/*
 * One entry: its seal, what its cameras saw from ten seconds before, and the record itself. What is
 * wrong with its video is said in red over the picture as it is found, by the player, and here.
 */
import { element, icon, joined } from '../../../../recorder/evidence/page/player/dom.js';
import { Player } from '../../../../recorder/evidence/page/player/player.js';
import { DerivedReader, foreignTo, markDerived } from '../parts/derived.js';
import { footageOf, reader } from '../parts/footage.js';
import { remarksOf, whatOf } from '../parts/entry_words.js';
import { clock, full } from '../parts/times.js';
import { savePicture, watermarkText } from '../parts/watermark.js';

const BEFORE = 10_000;
const AFTER = 50_000;
const EXPORT_MS = 5 * 60_000; // around it, unless somebody says otherwise

export class EntryView {
    #closed = false;
    #player;
    #derived; // reads for it what this browser cannot play

    /* acts: { review(entry), back() } */
    constructor(app, number, acts) {
        this.app = app;
        this.acts = acts;
        this.seal = element('p', { class: 'seal', role: 'status' }, app.say('loading'));
        this.head = element('div', { class: 'entry-head' });
        this.faults = element('div', { class: 'faults', role: 'alert' });
        this.stage = element('div', { class: 'entry-stage' });
        this.text = element('div');
        this.node = element('div', { class: 'card entry-view' }, this.head, this.seal, this.faults, this.stage, this.text);
        this.#load(number);
    }

    close() {
        this.#closed = true;
        this.#player?.close();
        this.#derived?.close();
    }

    get player() { return this.#player; }

    async #load(number) {
        const { api } = this.app;
        try {
            const entry = await api.look(`/api/entries/${number}`, {}, { what: 'entries', number });
            if (this.#closed) return;
            this.show(entry);
            await this.#watch(entry);
        } catch (error) {
            if (!this.#closed) this.seal.textContent = error.message || '';
        }
    }

    show(entry) {
        const { app } = this;
        const { say, session } = app;
        const door = session.doors.find(({ id }) => id === entry.door)?.name ?? entry.door ?? entry.controller;
        const button = (key, kind, act) => element('button', { type: 'button', class: kind, onclick: act }, say(key));
        this.head.replaceChildren(
            element('div', {}, element('h1', {}, whatOf(entry, app)), element('p', { class: 'hint' },
                joined([full(entry.at), door, entry.person, entry.department, entry.credential,
                    ...remarksOf(entry, app)]))),
            element('div', { class: 'entry-buttons' },
                app.may('review_entry') ? button('reviewButton', null, () => this.acts.review(entry)) : null,
                app.may('export') ? button('fromEntry', 'plain', () => app.go('evidence', entry.at - EXPORT_MS,
                    entry.at + EXPORT_MS, entry.cameras.join(' '), entry.door ?? '')) : null,
                button('backToList', 'plain', () => this.acts.back())));
        if (entry.reviewed !== undefined) {
            const { by, at, note } = entry.reviewed;
            this.head.append(element('p', { class: 'reviewed' }, icon('check'),
                say('reviewedBy', { by, at: full(at) }), element('bdi', {}, note)));
        }
        this.#showSeal(entry);
    }

    #showSeal({ number, state, sheet }) {
        const { say } = this.app;
        const states = {
            sealed: ['seal seal-good', 'check', say('proved', { n: number, size: sheet?.checkpoint?.size })],
            pending: ['seal seal-ask', 'part', say('pending')],
            altered: ['seal seal-bad', 'cross', say('entryAltered', { n: number, fault: sheet?.fault ?? '' })],
        };
        const [kind, sign, words] = states[state] ?? states.pending;
        this.seal.className = kind;
        this.seal.replaceChildren(icon(sign), words);
        if (sheet?.head === undefined) return;
        this.text.replaceChildren(element('details', {}, element('summary', {}, say('recordText')),
            element('pre', { class: 'record' }, `${sheet.head}\n${sheet.body ?? ''}`)));
    }

    async #watch(entry) {
        const { app } = this;
        const { say, session } = app;
        const cameras = session.cameras.filter(({ id }) => entry.cameras.includes(id));
        if (cameras.length === 0 || !app.may('watch')) {
            this.stage.replaceChildren(element('p', { class: 'empty' }, say('noCameras')));
            return;
        }
        const from = entry.at - BEFORE;
        const to = Math.min(entry.at + AFTER, Math.max(Date.now(), entry.at + 5000));
        const footage = await footageOf(app.api, cameras, from, to, undefined, foreignTo(session));
        if (this.#closed) return;
        this.#derived = new DerivedReader(app.api);
        this.#player = new Player({
            from: from / 1000, to: to / 1000, cameras: footage.cameras, spans: this.#worded(footage.spans),
            marks: [{
                at: entry.at / 1000, kind: entry.alarm ? 'alarm' : 'entry', cameras: entry.cameras,
                text: whatOf(entry, app),
            }],
            read: reader(app.api, (piece, verdict) => this.#fault(piece, verdict), this.#derived),
            note: ({ state }) => (state === 'open' ? say('openNote') : ''),
            watermark: () => watermarkText(session), savePicture: savePicture(session, say),
            language: app.language,
        });
        markDerived(this.#player, footage.cameras, say);
        this.stage.replaceChildren(this.#player.node);
        this.#player.play();
    }

    #worded(spans) {
        for (const list of Object.values(spans)) {
            for (const span of list) if (span.cause) span.text = this.app.words.cause(span.cause);
        }
        return spans;
    }

    #said = new Set();

    #fault({ start, record: { camera } }, verdict) {
        const { say, session } = this.app;
        const name = session.cameras.find(({ id }) => id === camera)?.name ?? camera;
        const words = say(verdict === 'missing' ? 'missingVideo' : 'alteredVideo', {
            camera: name, at: clock(start * 1000),
        });
        if (this.#said.has(camera)) return;
        this.#said.add(camera);
        this.faults.append(element('p', { class: 'error' }, icon('cross'), words));
    }
}
