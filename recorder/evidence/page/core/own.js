/* A clip's own bytes, held against its recorded pieces: they follow from them (FORMAT.md, "Clip"). */
import { equal, utf8 } from './bytes.js';
import { viewOf } from './boxes.js';
import { Movie } from './movie.js';

const KIND = { init: 1, fragment: 2 };

export class OwnBytes {
    #front = 0; // bytes before the first piece
    #movie = null;
    #hasEnd = false;
    #isJudged = false; // or cannot be: a stretch of it is not whole, or it has pieces alone
    contradicted = null; // { byteFrom, byteTo }

    /* What the clip's stretches hold, in their order; front: the first bytes of this one. */
    take({ at, size, piece }, front) {
        if (this.#isJudged) return;
        if (piece === undefined) this.#takeOwn(at, size, front);
        else if (this.#front === 0) this.#isJudged = true;
        else if (!this.#fits(() => this.#takePiece(size, piece, front))) this.#contradict(at, at + size);
    }

    /* A stretch is not what was stated: that was found, and nothing more is. */
    spoil() {
        this.#isJudged = true;
    }

    #contradict(byteFrom, byteTo) {
        this.contradicted = { byteFrom, byteTo };
        this.#isJudged = true;
    }

    /* What the pieces do not allow, and what reads beyond a box. */
    #fits(take) {
        try {
            return take();
        } catch (error) {
            if (error instanceof RangeError) return false;
            throw error;
        }
    }

    /* One init part, then fragments. */
    #takePiece(size, { kind, startUtcNs }, front) {
        if (kind === KIND.init && this.#movie === null) this.#movie = new Movie(front.slice(), size);
        else if (kind === KIND.fragment && this.#movie !== null) this.#movie.add(front, size, startUtcNs);
        else return false;
        return true;
    }

    #takeOwn(at, size, front) {
        this.#hasEnd = at > 0;
        if (at === 0) this.#front = size;
        else if (size < 8 || viewOf(front).getUint32(0) !== size || !equal(front.subarray(4, 8), utf8('meta'))) {
            this.#contradict(at, at + size); // one meta, to the end: the seals in it are for others
        }
    }

    /* After the last; source and from: where the clip begins. */
    async judge(source, from) {
        if (this.#isJudged || !this.#hasEnd) return;
        let made = new Uint8Array(0);
        this.#fits(() => { made = this.#movie.front(); return true; });
        let same = 0;
        for await (const chunk of source.chunks(from, from + Math.min(this.#front, made.length))) {
            const differs = chunk.findIndex((byte, i) => byte !== made[same + i]);
            same += differs < 0 ? chunk.length : differs;
            if (differs >= 0) break;
        }
        if (same < this.#front || same < made.length) this.#contradict(same, this.#front);
    }
}
