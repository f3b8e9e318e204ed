/* Hashing the stretches that tile a clip, as they come from the disk. */
import { newHasher } from './digest.js';
import { FRONT_MAX } from './movie.js';
import { OwnBytes } from './own.js';
import { FragmentTimes } from './times.js';

/* A stream of chunks, taken in the pieces that somebody wants. */
class Taker {
    #chunks;
    #chunk = new Uint8Array(0);

    constructor(chunks) {
        this.#chunks = chunks;
    }

    /* At most so many bytes, and at least one; valid until the next are taken. */
    async take(sizeMax) {
        if (this.#chunk.length === 0) this.#chunk = (await this.#chunks.next()).value;
        const taken = this.#chunk.subarray(0, sizeMax);
        this.#chunk = this.#chunk.subarray(taken.length);
        return taken;
    }

    /* Nothing more is taken. */
    end() {
        return this.#chunks.return();
    }
}

/*
 * from: where they begin in the package. stretches: [{ size, digest, piece }] of a clip, end to end;
 * piece { kind, offset, init, startUtcNs } or undefined. { wrong: the indexes of those whose bytes
 * have another digest, times: by index what a fragment says of its time, contradicted: { byteFrom,
 * byteTo } of the clip, where its own bytes do not follow from its pieces, or null }.
 */
export async function hashStretches(source, from, stretches, suite, onBytes = () => {}) {
    const hasher = await newHasher(suite);
    const to = stretches.reduce((sum, { size }) => sum + size, from);
    const bytes = new Taker(source.chunks(from, to));
    const wrong = [];
    const times = [];
    const fragments = new FragmentTimes();
    const own = new OwnBytes();
    const room = new Uint8Array(FRONT_MAX);
    let at = 0;
    for (const [index, { size, digest, piece }] of stretches.entries()) {
        const front = room.subarray(0, Math.min(size, FRONT_MAX));
        hasher.init();
        for (let left = size; left > 0;) {
            const taken = await bytes.take(left);
            hasher.update(taken);
            if (size - left < front.length) front.set(taken.subarray(0, front.length - (size - left)), size - left);
            left -= taken.length;
        }
        onBytes(size);
        if (hasher.digest('hex') !== digest) {
            wrong.push(index);
            own.spoil();
        } else {
            if (piece !== undefined) times[index] = fragments.take(piece, front);
            own.take({ at, size, piece }, front);
        }
        at += size;
    }
    await bytes.end();
    await own.judge(source, from);
    return { wrong, times, contradicted: own.contradicted };
}
