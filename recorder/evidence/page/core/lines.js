/* Cutting a stream of bytes into lines that each end by one 0a. */
import { concat } from './bytes.js';

const NEWLINE = 0x0a;

export class Lines {
    #onLine;
    #sizeMax;
    #begun = []; // parts of the line that has not ended yet
    #begunSize = 0;
    at = 0; // where the line begins that has not ended yet

    /* onLine(bytes without the newline, from, to): to is behind the newline. */
    constructor(onLine, sizeMax) {
        this.#onLine = onLine;
        this.#sizeMax = sizeMax;
    }

    /* False once a line is too long; nothing more is cut then. */
    feed(chunk) {
        let from = 0;
        while (from < chunk.length && this.#begunSize <= this.#sizeMax) {
            const end = chunk.indexOf(NEWLINE, from);
            const stop = end < 0 ? chunk.length : end;
            this.#begunSize += stop - from;
            if (end < 0) {
                this.#begun.push(chunk.slice(from)); // the chunk's buffer is used again
            } else if (this.#begunSize <= this.#sizeMax) {
                this.#take(chunk.subarray(from, stop));
            }
            from = stop + 1;
        }
        return this.#begunSize <= this.#sizeMax;
    }

    #take(last) {
        const line = this.#begun.length === 0 ? last : concat(...this.#begun, last);
        const from = this.at;
        this.at += line.length + 1;
        this.#begun = [];
        this.#begunSize = 0;
        this.#onLine(line, from, this.at);
    }

    /* Did the last line end? */
    get isEnded() {
        return this.#begunSize === 0;
    }
}
