/* A package in a file, for Node.js: what core/source.js is in a browser. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ReadError } from './core/source.js';

const CHUNK = 1 << 20;

export class FileSource {
    #file;

    constructor(path) {
        this.#file = openSync(path);
        this.size = fstatSync(this.#file).size;
    }

    async read(from, to) {
        const bytes = new Uint8Array(to - from);
        this.#fill(bytes, from);
        return bytes;
    }

    async* chunks(from, to) {
        const buffer = new Uint8Array(Math.min(CHUNK, to - from));
        for (let at = from; at < to; at += buffer.length) {
            const chunk = buffer.subarray(0, Math.min(buffer.length, to - at));
            this.#fill(chunk, at);
            yield chunk;
        }
    }

    #fill(bytes, from) {
        for (let done = 0; done < bytes.length;) {
            const size = this.#readSome(bytes, done, from);
            if (size === 0) throw new ReadError('the file became shorter');
            done += size;
        }
    }

    #readSome(bytes, done, from) {
        try {
            return readSync(this.#file, bytes, done, bytes.length - done, from + done);
        } catch (error) {
            throw new ReadError(error.message);
        }
    }

    close() {
        closeSync(this.#file);
    }
}
