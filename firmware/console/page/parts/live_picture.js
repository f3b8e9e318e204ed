/*
 * One camera now: the pieces that are being recorded, as they come, a second or two behind. Not
 * sealed yet, and it says so.
 */
import { element } from '../../../../recorder/evidence/page/player/dom.js';
import { readInit } from '../../../../recorder/evidence/page/player/boxes.js';
import { foreignTo } from './derived.js';
import { full } from './times.js';
import { watermarkText } from './watermark.js';

const LOOK_BACK = 6_000; // where it begins
const ASK_MS = 900;
const LATE_S = 6; // so far behind it leaps
const KEEP_S = 15;
const STILL_BACK = 50; // ms before the newest picture ends
const STILL_WIDTH = 960;

const codecOf = (mime) => (/hvc1|hev1/.test(mime) ? 'H.265' : mime);

export class LivePicture {
    #closed = false;
    #buffer;
    #source;
    #part;
    #last = 0; // start of the newest fragment that was appended
    #shift;
    #url;

    constructor(app, camera) {
        this.app = app;
        this.camera = camera;
        this.isForeign = foreignTo(app.session);
        this.video = element('video', { playsinline: true, tabindex: -1 });
        this.video.muted = true;
        this.word = element('div', { class: 'tile-word', role: 'status' }, app.say('liveWaiting'));
        this.clock = element('span', { class: 'tile-clock' });
        this.mark = element('div', { class: 'watermark', 'aria-hidden': 'true' });
        this.node = element('div', { class: 'tile', 'data-camera': camera.id, 'data-state': 'loading' }, this.video,
            this.word, this.mark, element('div', { class: 'tile-head' },
                element('span', { class: 'tile-name' }, camera.name),
                element('span', { class: 'tile-note' }, app.say('openNote')), this.clock));
        this.#run();
    }

    close() {
        this.#closed = true;
        if (this.#url !== undefined) URL.revokeObjectURL(this.#url);
        this.video.removeAttribute('src');
        this.video.load();
    }

    async #run() {
        while (!this.#closed) {
            const asked = performance.now();
            try {
                await this.#round();
            } catch (error) {
                this.#say(error.name === 'NotSupportedError'
                    ? this.app.say('liveForeign', { codec: codecOf(error.message) }) : this.app.say('liveWaiting'));
                this.#part = undefined;
            }
            this.mark.textContent = watermarkText(this.app.session);
            await new Promise((next) => {
                setTimeout(next, Math.max(200, ASK_MS - (performance.now() - asked)));
            });
        }
    }

    async #round() {
        const now = Date.now();
        const from = Math.max(this.#last + 1, now - LOOK_BACK);
        const { parts } = await this.app.api.get(`/api/video/${encodeURIComponent(this.camera.id)}`,
            { from, to: now + 5000, live: 'yes' });
        const shown = parts.filter(({ state }) => state === 'open' || state === 'sealed');
        const foreign = shown.findLast(({ codec }) => this.isForeign(codec));
        if (foreign !== undefined) await this.#takeStill(foreign);
        else for (const part of shown) await this.#take(part);
        if (parts.every(({ state }) => state === 'gap')) await this.#none(parts.at(-1));
        else if (foreign === undefined) this.#follow();
    }

    /* A derived still a second, where this browser has no decoder; it says so. */
    async #takeStill({ fragments = [] }) {
        const { start, duration } = fragments.at(-1) ?? {};
        if (start === undefined || start <= this.#last) return;
        const at = Math.round(start + duration - STILL_BACK);
        const url = URL.createObjectURL(await this.app.api.still(this.camera.id, at, STILL_WIDTH));
        const image = element('img', { class: 'tile-still', alt: '' });
        try {
            image.src = url;
            await image.decode();
        } finally {
            URL.revokeObjectURL(url);
        }
        this.#last = start;
        this.image?.remove();
        this.image = image;
        this.video.after(image);
        this.node.dataset.derived = this.app.say('stillsOnly');
        this.node.dataset.state = 'picture';
        this.word.textContent = '';
        this.clock.textContent = full(at, 1);
    }

    async #take({ segment, fragments = [] }) {
        for (const fragment of fragments) {
            if (this.#closed || fragment.start <= this.#last) continue;
            if (this.#part !== segment) await this.#begin(segment);
            this.#shift ??= fragment.start;
            await this.#append(await this.app.api.piece(segment, fragment.piece));
            this.#last = fragment.start;
            this.newest = fragment.start + fragment.duration;
        }
    }

    async #begin(segment) {
        const init = await this.app.api.piece(segment, 0);
        const { mime } = readInit(init);
        if (!MediaSource.isTypeSupported(mime)) throw new DOMException(mime, 'NotSupportedError');
        if (this.#source === undefined) await this.#open(mime);
        else if (this.#part !== undefined) this.#buffer.changeType(mime);
        await this.#append(init);
        this.#part = segment;
    }

    async #open(mime) {
        this.#source = new MediaSource();
        this.#url = URL.createObjectURL(this.#source);
        this.video.src = this.#url;
        await new Promise((opened) => {
            this.#source.addEventListener('sourceopen', opened, { once: true });
        });
        this.#buffer = this.#source.addSourceBuffer(mime);
        this.#buffer.mode = 'sequence';
    }

    async #append(bytes) {
        await new Promise((done, fail) => {
            this.#buffer.addEventListener('updateend', done, { once: true });
            this.#buffer.addEventListener('error', () => fail(new Error('refused')), { once: true });
            this.#buffer.appendBuffer(bytes);
        });
    }

    #follow() {
        const { buffered } = this.video;
        if (buffered.length === 0) return;
        const end = buffered.end(buffered.length - 1);
        if (end - this.video.currentTime > LATE_S) this.video.currentTime = Math.max(0, end - 1.5);
        this.video.play().catch(() => {});
        if (end > KEEP_S * 2 && !this.#buffer.updating) this.#buffer.remove(0, end - KEEP_S);
        const shown = this.newest - (end - this.video.currentTime) * 1000;
        this.node.dataset.state = 'picture';
        this.word.textContent = '';
        this.clock.textContent = full(shown, 1);
    }

    /* A gap is on record when it has ended; until then the state says why. */
    async #none(gap) {
        const { say, words } = this.app;
        const { from, cause } = gap ?? await this.#missing();
        this.#say(cause ? say('liveNone', { at: full(from), cause: words.cause(cause) }) : say('liveWaiting'));
    }

    async #missing() {
        const { cameras } = await this.app.api.get('/api/state');
        const found = cameras.find(({ id }) => id === this.camera.id);
        return found === undefined || found.recording ? {} : { from: found.since, cause: found.cause };
    }

    #say(words) {
        this.node.dataset.state = 'none';
        this.word.textContent = words;
    }
}
