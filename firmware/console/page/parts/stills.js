/*
 * Small pictures in a list, which the list never waits for: asked for when they come into view, a few
 * at once, each in a place of its size that stands from the beginning. Derived, never evidence: what
 * is not what was sealed has no picture, and says so.
 */
import { element, icon } from '../../../../recorder/evidence/page/player/dom.js';
import { ApiError, VerdictError } from '../api.js';
import { watermarkText } from './watermark.js';

const AT_ONCE = 2;
const WIDTH = 192; // pixels, twice what it is shown at
const KEPT = 300;
const FRESH_MS = 20_000; // so long after its moment a picture may still be on its way
const AGAIN_MS = 1_500;

export class Stills {
    #places = new Map(); // key → { node, camera, at, state }
    #waiting = [];
    #loading = 0;
    #seen = false; // one has been answered: the look-up is on record, and more may be asked for at once
    #leaving = new AbortController();

    constructor(app, root) {
        this.app = app;
        this.observer = new IntersectionObserver((changes) => this.#looked(changes), { root, rootMargin: '60px' });
    }

    close() {
        this.observer.disconnect();
        this.#leaving.abort();
    }

    /* The place for a camera's picture of a moment; the same one for the same key. */
    place(key, camera, at) {
        const known = this.#places.get(key);
        if (known !== undefined) return known.node;
        if (this.#places.size >= KEPT) this.#places.delete(this.#places.keys().next().value);
        const node = element('div', { class: 'still', 'data-state': 'waiting', title: this.app.say('stillNote') });
        const place = { node, camera, at };
        this.#places.set(key, place);
        node.place = place;
        this.observer.observe(node);
        return node;
    }

    /* A reason may have been given meanwhile. */
    again() {
        for (const place of this.#places.values()) if (place.state === 'refused') this.#look(place);
    }

    #look(place) {
        if (this.#leaving.signal.aborted) return; // the list is closed
        place.state = undefined;
        this.observer.unobserve(place.node);
        this.observer.observe(place.node); // says at once whether it is in view
    }

    #looked(changes) {
        for (const { target, isIntersecting } of changes) {
            const { place } = target;
            if (isIntersecting && place.state === undefined) {
                place.state = 'waiting';
                this.#waiting.push(place);
            } else if (!isIntersecting && place.state === 'waiting') {
                place.state = undefined;
                this.#waiting.splice(this.#waiting.indexOf(place), 1);
            }
        }
        this.#next();
    }

    #next() {
        while (this.#waiting.length > 0 && this.#loading < (this.#seen ? AT_ONCE : 1)) this.#load(this.#waiting.shift());
    }

    async #load(place) {
        this.#loading++;
        place.state = 'loading';
        try {
            await this.#show(place, await this.app.api.still(place.camera, place.at, WIDTH, this.#leaving.signal));
        } catch (error) {
            if (!this.#leaving.signal.aborted) this.#fail(place, error);
        }
        this.#seen = true;
        this.#loading--;
        if (!this.#leaving.signal.aborted) this.#next();
    }

    async #show(place, blob) {
        const { say, session } = this.app;
        const image = element('img', { alt: say('stillOf', { camera: this.#name(place.camera) }) });
        const url = URL.createObjectURL(blob);
        try {
            image.src = url;
            await image.decode();
        } finally {
            URL.revokeObjectURL(url);
        }
        place.state = place.node.dataset.state = 'picture';
        place.node.replaceChildren(image,
            element('span', { class: 'still-mark', 'aria-hidden': 'true' }, watermarkText(session)));
    }

    #name(camera) {
        return this.app.session.cameras.find(({ id }) => id === camera)?.name ?? camera;
    }

    #fail(place, error) {
        const { say } = this.app;
        const isLate = error.status === 503 || (error.status === 404 && Date.now() - place.at < FRESH_MS);
        if (isLate) {
            setTimeout(() => this.#look(place), AGAIN_MS);
            return;
        }
        const wrong = { altered: 'stillAltered', missing: 'stillMissing' }[error.verdict];
        const isRefused = error.code === 'reason_needed';
        place.state = isRefused ? 'refused' : 'none';
        place.node.dataset.state = wrong === undefined ? 'none' : 'altered';
        if (error instanceof ApiError && error.message !== '') place.node.title = error.message;
        place.node.replaceChildren(wrong === undefined ? '' : icon('cross'),
            element('span', {}, say(wrong ?? (isRefused ? 'stillReason' : 'stillNone'))));
    }
}
