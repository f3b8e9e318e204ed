/* MP4 boxes with lengths of 32 bits (ISO/IEC 14496-12, 4.2), as recorded pieces have them. */

export const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/* Those at the front of a view, as far as there are any. */
export function* boxesOf(view) {
    for (let at = 0; at + 8 <= view.byteLength;) {
        const size = view.getUint32(at);
        if (size < 8 || size > view.byteLength - at) return;
        const name = String.fromCharCode(...[4, 5, 6, 7].map((byte) => view.getUint8(at + byte)));
        yield { name, content: new DataView(view.buffer, view.byteOffset + at + 8, size - 8) };
        at += size;
    }
}

/* The content of the first of each name; empty where there is none. */
export function find(view, ...path) {
    return path.reduce((within, wanted) => {
        for (const { name, content } of boxesOf(within)) if (name === wanted) return content;
        return new DataView(new ArrayBuffer(0));
    }, view);
}

/* null for what reads beyond its end. */
export function tried(read) {
    try {
        return read();
    } catch (error) {
        if (error instanceof RangeError) return null;
        throw error;
    }
}

export const numberBehindTimes = (view) => view.getUint32(view.getUint8(0) === 1 ? 20 : 12);
