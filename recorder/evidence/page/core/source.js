/*
 * The package's bytes. A source has
 *   size                    of the whole
 *   read(from, to)          → Uint8Array, small ranges only
 *   chunks(from, to)        an async iterator of Uint8Array; each is valid until the next is asked for
 * This one is of a Blob; the command for Node.js has another.
 */
import { isWantOfMemory, MemoryError } from './memory.js';

const CHUNK = 1 << 20;

/* What a source throws, and nothing else: the bytes cannot be had, so nothing is said of them. */
export class ReadError extends Error {
    name = 'ReadError';
}

const unreadable = (error) => (isWantOfMemory(error) ? new MemoryError('out of memory')
    : new ReadError(error.message || error.name));

/* What is being read. Held here, for Chromium takes a stream that one waits for as garbage, with
 * everything that waits for it, and then it stalls. */
const streamed = new Set();

/* Where no buffer can be brought (Node.js 18), what comes is taken as it is. */
function readerOf(stream) {
    try {
        return Object.assign(stream.getReader({ mode: 'byob' }), { takesBuffers: true });
    } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        const reader = stream.getReader();
        return { read: () => reader.read(), cancel: () => reader.cancel() };
    }
}

export class BlobSource {
    #blob;

    constructor(blob) {
        this.#blob = blob;
        this.size = blob.size;
    }

    async read(from, to) {
        try {
            return new Uint8Array(await this.#blob.slice(from, to).arrayBuffer());
        } catch (error) {
            throw unreadable(error);
        }
    }

    /* One buffer goes back and forth ("bring your own buffer"): slices as whole arrays would be
     * garbage by the gigabyte, which a browser is slow to collect. */
    async* chunks(from, to) {
        let slice;
        let stream;
        let reader;
        let buffer = new ArrayBuffer(CHUNK);
        let left = to - from;
        try {
            slice = this.#blob.slice(from, to);
            stream = slice.stream();
            streamed.add(slice).add(stream);
            reader = readerOf(stream);
            while (left > 0) {
                const { value, done } = await reader.read(new Uint8Array(buffer, 0, Math.min(CHUNK, left)));
                if (done) throw new Error('the file became shorter');
                left -= value.length;
                yield value;
                if (reader.takesBuffers) buffer = value.buffer;
            }
        } catch (error) {
            throw unreadable(error);
        } finally {
            await reader?.cancel().catch(() => {});
            streamed.delete(slice);
            streamed.delete(stream);
        }
    }
}
