/* Reading members of the package: whole small ones, and line by line while they are hashed. */
import { hex } from './bytes.js';
import { newHasher } from './digest.js';
import { Lines } from './lines.js';

export const readMember = (source, { offset, size }) => source.read(offset, offset + size);

/* H of all of it, hexadecimal. onBytes(count) tells how far it is. */
export async function hashMember(source, { offset, size }, suite, onBytes = () => {}) {
    const hasher = await newHasher(suite);
    hasher.init();
    for await (const chunk of source.chunks(offset, offset + size)) {
        hasher.update(chunk);
        onBytes(chunk.length);
    }
    return hasher.digest('hex');
}

/*
 * Hands each line to reader.line(bytes, from, to) until that returns a text, which says what is
 * malformed; then asks reader.end(size), which returns where and what, if anything is.
 * { digest, malformed: null | { byteFrom, byteTo, detail } }
 */
export async function readLines(source, { offset, size }, suite, reader, sizeMax, onBytes) {
    const hasher = await newHasher(suite);
    let malformed = null;
    const lines = new Lines((line, byteFrom, byteTo) => {
        const detail = malformed === null ? reader.line(line, byteFrom, byteTo) : undefined;
        if (detail !== undefined) malformed = { byteFrom, byteTo, detail };
    }, sizeMax);
    hasher.init();
    for await (const chunk of source.chunks(offset, offset + size)) {
        hasher.update(chunk);
        if (malformed === null && !lines.feed(chunk)) {
            malformed = { byteFrom: lines.at, byteTo: size, detail: 'a line is too long' };
        }
        onBytes(chunk.length);
    }
    if (malformed === null && !lines.isEnded) {
        malformed = { byteFrom: lines.at, byteTo: size, detail: 'the last line does not end' };
    }
    if (malformed === null) malformed = reader.end(size) ?? null;
    return { digest: hex(hasher.digest('binary')), malformed };
}
