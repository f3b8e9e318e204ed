/* Hashing the stretches that tile a clip, as they come from the disk. */
import { newHasher } from './digest.js';

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
}

/*
 * from: where they begin in the package. stretches: [{ size, digest }], end to end. The indexes of
 * those whose bytes have another digest.
 */
export async function hashStretches(source, from, stretches, suite, onBytes = () => {}) {
    const hasher = await newHasher(suite);
    const to = stretches.reduce((sum, { size }) => sum + size, from);
    const bytes = new Taker(source.chunks(from, to));
    const wrong = [];
    for (const [index, { size, digest }] of stretches.entries()) {
        hasher.init();
        for (let left = size; left > 0;) {
            const taken = await bytes.take(left);
            hasher.update(taken);
            left -= taken.length;
        }
        onBytes(size);
        if (hasher.digest('hex') !== digest) wrong.push(index);
    }
    return wrong;
}
