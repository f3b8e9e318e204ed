/*
 * Video that this browser has no decoder for (H.265, mostly), as the recorder's decoder makes it anew:
 * in stretches of some seconds, each of which the player takes for a recorded fragment. Derived, never
 * evidence, and marked so over the picture; the verdict is that of the recorded pieces.
 */
import { ApiError } from '../api.js';

const TYPES = { hevc: 'video/mp4; codecs="hvc1.1.6.L120.90"' };
const LENGTH = 2_000; // ms, of a stretch that ends before a keyframe
const LENGTH_MAX = 4_000;
const KEPT = 8; // stretches: each is read more than once
const BUSY_MS = 700;
const BUSY_TIMES = 40;

export const isForeign = (codec, can = (type) => MediaSource.isTypeSupported(type)) => (
    TYPES[codec] !== undefined && !can(TYPES[codec]));

/* What is made anew for this browser, where the recorder has a decoder at all. */
export const foreignTo = ({ stills }) => (codec) => stills === true && isForeign(codec);

/* Recorded fragments in stretches: [{ first, last, start, duration }], times in milliseconds. */
export function stretchesOf(fragments) {
    const stretches = [];
    for (const { piece, start, duration, keyframe } of fragments) {
        const now = stretches.at(-1);
        const follows = now !== undefined && piece === now.last + 1;
        if (!follows || (now.duration >= LENGTH && keyframe) || start + duration - now.start > LENGTH_MAX) {
            stretches.push({ first: piece, last: piece, start, duration });
        } else Object.assign(now, { last: piece, duration: start + duration - now.start });
    }
    return stretches;
}

/* Where the fragment begins: at its first moof. */
function cut(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 8 <= bytes.length; at += Math.max(8, view.getUint32(at))) {
        if (view.getUint32(at + 4) === 0x6d6f6f66) return at;
    }
    throw new RangeError('no fragment');
}

/* Reads what partOf (footage.js) made of stretches; what nobody waits for any more is given up by
 * close(). */
export class DerivedReader {
    #made = new Map(); // address → promise of bytes
    #leaving = new AbortController();

    constructor(api) {
        this.api = api;
    }

    close() { this.#leaving.abort(); }

    async read({ segment, derived: { first, last }, init = false }) {
        const bytes = await this.#whole(segment, first, last);
        const at = cut(bytes);
        return init ? bytes.subarray(0, at) : bytes.subarray(at);
    }

    #whole(segment, first, last) {
        const key = `${segment}/${first}/${last}`;
        const made = this.#made.get(key) ?? this.#ask(segment, first, last);
        this.#made.delete(key);
        this.#made.set(key, made); // the newest is last
        if (this.#made.size > KEPT) this.#made.delete(this.#made.keys().next().value);
        made.catch(() => this.#made.delete(key));
        return made;
    }

    /* While the decoder is being started again, or has too much to do, it is asked again. */
    async #ask(segment, first, last) {
        for (let attempt = 0; ; attempt++) {
            try {
                return await this.api.derived(segment, first, last, this.#leaving.signal);
            } catch (error) {
                const isBusy = error instanceof ApiError && error.status === 503 && attempt < BUSY_TIMES;
                if (!isBusy || this.#leaving.signal.aborted) throw error;
            }
            await new Promise((next) => { setTimeout(next, BUSY_MS); });
        }
    }
}

/* Over each picture of the player that is no recorded one. */
export function markDerived(player, cameras, say) {
    for (const { id, derived } of cameras) {
        if (!derived) continue;
        const tile = player.node.querySelector(`.tile[data-camera="${CSS.escape(id)}"]`);
        tile.dataset.derived = say('derivedNote');
    }
}
