/* Hashing the stretches that tile a clip, as they come from the disk. */
import { newHasher } from './digest.js';
import { FragmentTimes, FRONT_MAX } from './times.js';

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
 * piece { kind, offset, init } or undefined. { wrong: the indexes of those whose bytes have another
 * digest, times: by index what a fragment says of its time }.
 */
export async function hashStretches(source, from, stretches, suite, onBytes = () => {}) {
    const hasher = await newHasher(suite);
    const to = stretches.reduce((sum, { size }) => sum + size, from);
    const bytes = new Taker(source.chunks(from, to));
    const wrong = [];
    const times = [];
    const fragments = new FragmentTimes();
    for (const [index, { size, digest, piece }] of stretches.entries()) {
        const front = new Uint8Array(piece === undefined ? 0 : Math.min(size, FRONT_MAX));
        hasher.init();
        for (let left = size; left > 0;) {
            const taken = await bytes.take(left);
            hasher.update(taken);
            if (size - left < front.length) front.set(taken.subarray(0, front.length - (size - left)), size - left);
            left -= taken.length;
        }
        onBytes(size);
        if (hasher.digest('hex') !== digest) wrong.push(index);
        else if (piece !== undefined) times[index] = fragments.take(piece, front);
    }
    await bytes.end();
    return { wrong, times };
}
