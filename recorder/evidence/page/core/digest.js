/* SM3 and SHA-256 as streams, in WebAssembly. */
import { createSHA256, createSM3 } from 'hash-wasm';
import { hex } from './bytes.js';

const makers = { sm: createSM3, nist: createSHA256 };

/* suite: 'sm' or 'nist'. Each hasher is begun by init(), fed by update(), ended by digest(). */
export const newHasher = (suite) => makers[suite]();

export const DIGEST_SIZE = 32;

/* Short texts, one after another, by one hasher; given as text of hexadecimal digits. */
export class Digests {
    #hasher;

    static async of(suite) {
        const digests = new Digests();
        digests.#hasher = await newHasher(suite);
        return digests;
    }

    /* H of the parts laid end to end, as bytes. */
    bytes(...parts) {
        this.#hasher.init();
        for (const part of parts) this.#hasher.update(part);
        return this.#hasher.digest('binary');
    }

    hex(...parts) {
        return hex(this.bytes(...parts));
    }
}

export async function sha256(...parts) {
    return (await Digests.of('nist')).bytes(...parts);
}
