/*
 * One camera: its verified fragments in a <video>, by Media Source Extensions, on the line of the
 * wall clock. Time here is seconds since the player's origin, which is the media element's time too.
 *
 * A fragment is appended only after `read` has given its bytes, which it does only if their digest
 * is the recorded one. One that it refuses is a hole in time, and so are the pictures after it that
 * cannot be decoded without it; everything else plays. What cannot be had or decoded here is not said
 * to be altered.
 */
import { readFragment, readInit } from './boxes.js';

const BEHIND = 20; // seconds kept before the moment that is shown
const AHEAD = 12; // and after it, at single speed
const AHEAD_BYTES = 24 << 20;
const SLACK = 0.3; // seconds without a picture that are no gap worth a word
const STUCK = 8; // seconds after which a decoder is not waited for any longer

/* What a fragment is: not looked at yet, good, not what was sealed, not decodable without what is
 * not what was sealed, of a kind for which there is no decoder here, or what could not be had or
 * decoded, whyever. */
export const UNREAD = 0;
export const GOOD = 1;
export const BAD = 2;
export const BLIND = 3;
export const FOREIGN = 4;
export const FAILED = 5;

function flatten(clips, origin) {
    const all = [];
    for (const clip of clips) {
        for (const { init, fragments } of clip.parts) {
            const part = { init, clip, made: undefined };
            for (const piece of fragments) {
                all.push({
                    piece, part, record: piece.record, start: piece.start - origin,
                    end: piece.start - origin + piece.duration,
                    state: UNREAD, samples: undefined, sync: false, loaded: false,
                    given: 0, shift: 0,
                    first: 0, last: 0, // decoding times
                });
            }
        }
    }
    return all.sort((one, other) => one.start - other.start);
}

export class Screen extends EventTarget {
    #read;
    #source;
    #buffer;
    #part; // whose init part was appended last
    #feeding = false;
    #wanted = 0;
    #since = 0; // when it began to wait for a picture
    #last; // what was appended last, if the next may follow it
    #held; // what was just verified: { fragment, bytes }
    #anchor = 0; // where decoding began for what was appended last
    #url;
    #closed = false;

    /* camera: { id, name, clips: [{ parts: [{ init, fragments: [{ start, duration, record, … }] }] }] },
     * times in seconds since 1970; `read(piece)` → Uint8Array, or rejects: by the name 'VerdictError'
     * if it is not what was sealed. */
    constructor(video, camera, origin, read) {
        super();
        this.video = video;
        this.camera = camera;
        this.origin = origin;
        this.#read = read;
        this.fragments = flatten(camera.clips, origin);
        this.shown = undefined; // time of the picture on the screen
        this.rate = 1;
        this.frames = 0; // presented so far
        this.#countFrames();
    }

    close() {
        this.#closed = true;
        this.#drop();
    }

    #countFrames() {
        if (this.video.requestVideoFrameCallback === undefined) return;
        const presented = (_, { mediaTime }) => {
            this.shown = mediaTime;
            this.frames++;
            this.video.requestVideoFrameCallback(presented);
        };
        this.video.requestVideoFrameCallback(presented);
    }

    /* -- what there is -- */

    /* The fragment of that moment; or -1. */
    indexAt(time) {
        let low = 0;
        let high = this.fragments.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.fragments[middle].start <= time) low = middle + 1;
            else high = middle;
        }
        if (low > 0 && time < this.fragments[low - 1].end + SLACK) return low - 1;
        return low < this.fragments.length && this.fragments[low].start - time < SLACK ? low : -1;
    }

    /* The next moment from there at which there is a picture to show; undefined: none. */
    nextStart(time) {
        const fragment = this.fragments.find(({ start, end, state }) => end > time
            && state <= GOOD && start >= time - SLACK);
        return fragment && Math.max(fragment.start, time);
    }

    /* Of that moment: 'none', 'bad', 'blind', 'foreign', 'failed', 'loading' or 'picture'. */
    stateAt(time) {
        const index = this.indexAt(time);
        if (index < 0) return 'none';
        const words = { [BAD]: 'bad', [BLIND]: 'blind', [FOREIGN]: 'foreign', [FAILED]: 'failed' };
        const { state, loaded } = this.fragments[index];
        if (words[state] !== undefined) return words[state];
        if (!loaded || this.near(time) === undefined) return 'loading';
        return this.video.seeking || this.video.readyState < 2 ? 'loading' : 'picture';
    }

    /* Is it right to wait for it? */
    holds(time, now) {
        if (this.stateAt(time) !== 'loading') this.#since = 0;
        else if (this.#since === 0) this.#since = now;
        return this.#since !== 0 && now - this.#since < STUCK;
    }

    /* Spans that were refused and that cannot be decoded: [{ start, end, state }] */
    holes() {
        const holes = [];
        for (const { start, end, state } of this.fragments) {
            if (state !== BAD && state !== BLIND) continue;
            const last = holes.at(-1);
            if (last?.state === state && start - last.end < SLACK) last.end = end;
            else holes.push({ start, end, state });
        }
        return holes;
    }

    /* Where in the media that moment can be shown; undefined: not yet. */
    near(time) {
        if (this.#buffer === undefined || this.#source?.readyState === 'closed') return undefined;
        const { buffered } = this.#buffer;
        for (let i = 0; i < buffered.length; i++) {
            if (time >= buffered.start(i) && time < buffered.end(i)) return time;
            if (time < buffered.start(i) && buffered.start(i) - time < SLACK) {
                return buffered.start(i) + 0.001;
            }
            if (time >= buffered.end(i) && time - buffered.end(i) < SLACK) {
                const next = i + 1 < buffered.length ? buffered.start(i + 1) : Infinity;
                return next - time < SLACK ? next + 0.001 : buffered.end(i) - 0.02;
            }
        }
        return undefined;
    }

    get hasSound() { return this.#part?.made.layout.includes('sound') ?? false; }

    /* -- following the player's clock -- */

    follow(time, playing, rate) {
        this.#wanted = time;
        this.rate = rate;
        const target = this.near(time);
        if (target === undefined || this.stateAt(time) === 'none') {
            if (!this.video.paused) this.video.pause();
        } else if (!playing) {
            if (!this.video.paused) this.video.pause();
            this.#place(target, 0.004);
        } else {
            this.#keepPace(target, rate);
        }
        this.#feed();
    }

    #place(target, within) {
        if (!this.video.seeking && Math.abs(this.video.currentTime - target) > within) {
            this.video.currentTime = target;
        }
    }

    #keepPace(target, rate) {
        const late = target - this.video.currentTime;
        this.#place(target, this.#isOneStretch(this.video.currentTime, target) ? Math.max(0.8, rate) : 0);
        const part = late / rate;
        const pace = Math.abs(part) < 0.04 ? 1 : 1 + Math.max(-0.25, Math.min(0.25, part));
        const wanted = Math.min(16, Math.round(rate * pace * 20) / 20);
        if (this.video.playbackRate !== wanted) this.video.playbackRate = wanted;
        if (this.video.paused) this.video.play().catch(() => {});
    }

    /* A media element does not play across a hole by itself. */
    #isOneStretch(one, other) {
        const { buffered } = this.#buffer;
        for (let i = 0; i < buffered.length; i++) {
            if (other >= buffered.start(i) && other <= buffered.end(i)) {
                return one >= buffered.start(i) - 0.05 && one <= buffered.end(i);
            }
        }
        return false;
    }

    /* -- pictures one by one -- */

    /* The middle of the picture after (1) or before (-1) that moment; undefined: there is none. */
    async pictureFrom(time, direction) {
        const half = (picture) => picture.at + picture.length / 2;
        for (let index = this.#from(time, direction); index >= 0 && index < this.fragments.length;
            index += direction) {
            const fragment = await this.#examine(index);
            if (fragment.state === GOOD && fragment.samples === undefined) await this.#bytes(fragment);
            const pictures = this.#pictures(fragment);
            const found = direction > 0 ? pictures.find(({ at }) => at > time)
                : pictures.findLast(({ at, length }) => at + length < time + 0.0005);
            if (found !== undefined) return half(found);
        }
        return undefined;
    }

    #from(time, direction) {
        const index = this.indexAt(time);
        if (index >= 0) return Math.min(this.fragments.length - 1, Math.max(0, index - 1 * (direction > 0)));
        const after = this.fragments.findIndex(({ start }) => start > time);
        if (direction > 0) return after;
        return after < 0 ? this.fragments.length - 1 : after - 1;
    }

    #pictures({ state, samples, shift, part }) {
        if (state !== GOOD) return [];
        const { timescale } = part.made.video;
        return samples.map(({ decode, offset, duration }) => ({
            at: (decode + offset) / timescale + shift, length: duration / timescale,
        })).sort((one, other) => one.at - other.at);
    }

    /* -- feeding -- */

    #feed() {
        if (this.#feeding || this.#closed) return;
        this.#feeding = true;
        (async () => {
            try {
                while (!this.#closed && await this.#feedOne());
            } catch (error) {
                this.#trouble(error);
            } finally {
                this.#feeding = false;
            }
        })();
    }

    /* The media element gave up, or what it was fed with was not to its taste: begin anew, after
     * what it was about to decode. */
    #trouble(error) {
        console.warn('sealroom player:', error);
        const index = this.indexAt(this.#wanted);
        if (index >= 0) this.#set(this.fragments[index], FAILED);
        this.#drop();
    }

    /* One step towards what is wanted; false: there is nothing to do. */
    async #feedOne() {
        if (this.video.error) throw new Error(this.video.error.message);
        const at = this.indexAt(this.#wanted);
        if (at >= 0) this.#missed(this.fragments[at]);
        const next = this.#nextToLoad(at >= 0 ? at : this.#soon());
        if (next < 0) return false;
        const fragment = await this.#examine(next);
        if (fragment.state !== GOOD) return true;
        const before = this.fragments[next - 1];
        const follows = before !== undefined && before === this.#last && this.#joins(before, fragment);
        if (fragment.sync || follows) return this.#append(fragment);
        return this.#append(await this.#keyframeBefore(next));
    }

    /* A browser may drop what it was given, to save memory: give it again, but not for ever. */
    #missed(fragment) {
        if (!fragment.loaded || this.near(this.#wanted) !== undefined || fragment.given > 2) return;
        fragment.loaded = false;
        this.#last = undefined;
    }

    #soon() {
        return this.fragments.findIndex(({ start }) => start > this.#wanted
            && start < this.#wanted + this.#ahead());
    }

    #ahead() {
        return Math.max(AHEAD, 3 * this.rate);
    }

    #nextToLoad(from) {
        let bytes = 0;
        for (let i = from; i >= 0 && i < this.fragments.length; i++) {
            const { start, state, loaded, piece } = this.fragments[i];
            if (start > this.#wanted + this.#ahead() || bytes > AHEAD_BYTES) return -1;
            if (state > GOOD) continue;
            if (!loaded) return i;
            bytes += piece.size;
        }
        return -1;
    }

    /* Are both of one run of decoding times? */
    #joins(before, after) {
        return before.state === GOOD && before.part.made.layout === after.part.made.layout
            && Math.abs(after.start - before.end) < SLACK
            && after.first > before.last;
    }

    /* The fragment that must be appended to come to this one: the keyframe's that it needs, or what
     * follows the last (elsewhere a browser takes nothing but keyframes). It is BLIND where there is
     * none, for it was altered, and FAILED where it did. */
    async #keyframeBefore(index) {
        for (let i = index - 1; i >= 0; i--) {
            const fragment = await this.#examine(i);
            if (fragment.state === FAILED) {
                this.#blind(index, FAILED);
                return undefined;
            }
            if (fragment.state !== GOOD || !this.#joins(fragment, this.fragments[i + 1])) break;
            if (fragment === this.#last) return this.fragments[i + 1];
            if (fragment.sync) return fragment;
        }
        this.#blind(index, BLIND);
        return undefined;
    }

    #blind(index, why) {
        for (let i = index; i < this.fragments.length; i++) {
            const fragment = this.fragments[i];
            if (fragment.state > GOOD || (i > index && fragment.sync)) break;
            if (i > index && fragment.state === UNREAD) break;
            this.#set(fragment, why);
        }
    }

    #set(fragment, state) {
        if (fragment.state === state) return;
        fragment.state = state;
        fragment.loaded = false;
        if (state === BAD || state === BLIND) this.dispatchEvent(new Event('hole'));
    }

    /* Reads and parses a fragment once; its bytes are not kept. */
    async #examine(index) {
        const fragment = this.fragments[index];
        if (fragment.state === UNREAD) await this.#bytes(fragment);
        return fragment;
    }

    async #bytes(fragment) {
        try {
            await this.#makePart(fragment.part);
        } catch (error) {
            this.#refuse(fragment, error);
            return undefined;
        }
        const { made } = fragment.part;
        if (!MediaSource.isTypeSupported(made.mime)) {
            this.#set(fragment, FOREIGN);
            return undefined;
        }
        try {
            const bytes = new Uint8Array(await this.#read(fragment.piece));
            fragment.samples = readFragment(bytes, made.video);
            if (fragment.samples.length === 0) throw new RangeError('no pictures');
            this.#placeOnClock(fragment);
            this.#set(fragment, GOOD);
            this.#held = { fragment, bytes };
            return bytes;
        } catch (error) {
            this.#refuse(fragment, error);
            return undefined;
        }
    }

    #refuse(fragment, error) {
        this.#set(fragment, error?.name === 'VerdictError' ? BAD : FAILED);
    }

    async #makePart(part) {
        part.made ??= readInit(new Uint8Array(await this.#read(part.init)));
    }

    /* A piece's start is when a picture with its first decoding time would be shown that has the
     * composition offset of its segment's first (FORMAT.md, "Meta"): of a keyframe, mostly. */
    #placeOnClock(fragment) {
        const { made } = fragment.part;
        const { decode, offset, sync } = fragment.samples[0];
        if (sync) made.offset = offset;
        Object.assign(fragment, { sync, first: decode, last: fragment.samples.at(-1).decode });
        const shift = fragment.start - (decode + (made.offset ?? offset)) / made.video.timescale;
        const near = made.shift !== undefined && Math.abs(made.shift - shift) < 0.06;
        fragment.shift = near ? made.shift : shift;
        made.shift = fragment.shift;
    }

    /* -- the media source -- */

    async #append(fragment) {
        if (fragment === undefined) return true;
        const bytes = await this.#bytesAgain(fragment);
        if (bytes === undefined) return true;
        const { made } = fragment.part;
        if (this.#part && this.#part.made.layout !== made.layout && !this.#isDue(fragment)) return false;
        await this.#open(fragment.part);
        await this.#startPart(fragment.part);
        if (Math.abs(this.#buffer.timestampOffset - fragment.shift) > 0.0005) {
            this.#buffer.timestampOffset = fragment.shift;
        }
        if (fragment.sync) this.#anchor = fragment.start;
        await this.#evict();
        await this.#give(bytes);
        fragment.loaded = true;
        fragment.given++;
        this.#last = fragment;
        return true;
    }

    #isDue({ start }) {
        return this.#wanted > start - SLACK;
    }

    /* Verified again where it is not the one that was just verified: none are kept. */
    async #bytesAgain(fragment) {
        const held = this.#held;
        this.#held = undefined;
        return held?.fragment === fragment ? held.bytes : this.#bytes(fragment);
    }

    async #open({ made }) {
        if (this.#part && this.#part.made.layout !== made.layout) this.#drop();
        if (this.#source !== undefined) return;
        this.#source = new MediaSource();
        this.#url = URL.createObjectURL(this.#source);
        const opened = new Promise((resolve) => {
            this.#source.addEventListener('sourceopen', resolve, { once: true });
        });
        this.video.src = this.#url;
        await opened;
        this.#source.duration = this.fragments.at(-1).end + 1;
        this.#buffer = this.#source.addSourceBuffer(made.mime);
        this.#buffer.mode = 'segments';
        this.mime = made.mime;
    }

    async #startPart(part) {
        if (this.#part === part) return;
        const bytes = new Uint8Array(await this.#read(part.init));
        if (this.mime !== part.made.mime) {
            this.#buffer.changeType(part.made.mime);
            this.mime = part.made.mime;
        }
        await this.#give(bytes);
        this.#part = part;
        this.#last = undefined;
    }

    async #give(bytes) {
        for (let attempt = 0; ; attempt++) {
            try {
                this.#buffer.appendBuffer(bytes);
                break;
            } catch (error) {
                if (error.name !== 'QuotaExceededError' || attempt > 0) throw error;
                await this.#remove(0, this.#wanted - 2);
                await this.#remove(this.#wanted + 6, Infinity);
            }
        }
        await this.#done();
    }

    async #done() {
        const buffer = this.#buffer;
        await new Promise((resolve, reject) => {
            const failed = () => reject(new Error('the browser refuses the fragment'));
            buffer.addEventListener('error', failed, { once: true });
            buffer.addEventListener('updateend', () => {
                buffer.removeEventListener('error', failed);
                resolve();
            }, { once: true });
        });
    }

    /* What lies far from the moment that is wanted goes. */
    async #evict() {
        await this.#remove(0, Math.min(this.#wanted - BEHIND, this.#anchor));
        await this.#remove(this.#wanted + 2 * this.#ahead() + BEHIND, Infinity);
    }

    async #remove(from, to) {
        const { buffered } = this.#buffer;
        const last = buffered.length > 0 ? buffered.end(buffered.length - 1) : 0;
        const begin = Math.max(0, from);
        if (buffered.length === 0 || begin >= last || to <= buffered.start(0) || to <= begin) return;
        this.#buffer.remove(begin, to);
        await this.#done();
        let gone = false; // and whatever needs what is gone
        for (const fragment of this.fragments) {
            const within = fragment.end > begin && fragment.start < to;
            gone = within || (gone && fragment.loaded && !fragment.sync);
            if (gone) Object.assign(fragment, { loaded: false, samples: undefined });
        }
    }

    #drop() {
        if (this.#url !== undefined) URL.revokeObjectURL(this.#url);
        this.video.removeAttribute('src');
        this.video.load();
        for (const fragment of this.fragments) fragment.loaded = false;
        this.#source = this.#buffer = this.#part = this.#last = this.#url = undefined;
    }
}

