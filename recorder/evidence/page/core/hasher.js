/* Hashing clips: here, and where there is a helper (another worker) there as well. */
import { hashStretches } from './stretches.js';

/* What goes to a helper and comes back is by index, so that nobody waits in an order. */
export class Hasher {
    #source;
    #helper;

    /* helper(stretches…) or null; takes what hashStretches takes but the source. */
    constructor(source, helper = null) {
        this.#source = source;
        this.#helper = helper;
    }

    /* Each worker takes the next clip as soon as it is free. */
    async hash(clips, suite, onBytes) {
        const results = [];
        let next = 0;
        const workers = [(...job) => hashStretches(this.#source, ...job), this.#helper];
        await Promise.all(workers.filter(Boolean).map(async (hash) => {
            while (next < clips.length) {
                const index = next++;
                const { member, stretches } = clips[index];
                const plain = stretches.map(({ size, digest, piece }) => ({
                    size, digest, piece: piece && {
                        kind: piece.kind, offset: piece.offset, init: piece.init, startUtcNs: piece.startUtcNs,
                    },
                }));
                results[index] = await hash(member.offset, plain, suite, onBytes);
            }
        }));
        return results;
    }
}
