/* MP4 boxes (ISO/IEC 14496-12, 4.2), as FORMAT.md, "Its tables", has them read. */

export const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/* The box at a place of which so many bytes are left: { name, header, size }, or null if there is none. */
export function headerAt(view, at, left = view.byteLength - at) {
    if (left < 8) return null;
    const isLong = view.getUint32(at) === 1;
    const header = isLong ? 16 : 8;
    if (left < header) return null;
    const size = isLong ? Number(view.getBigUint64(at + 8)) : view.getUint32(at);
    const name = String.fromCharCode(...[4, 5, 6, 7].map((byte) => view.getUint8(at + byte)));
    return size < header || size > left || !/^[ -~]{4}$/.test(name) ? null : { name, header, size };
}

/* Those at the front of a view, as far as there are any. */
export function* boxesOf(view) {
    let box = null;
    for (let at = 0; (box = headerAt(view, at)) !== null; at += box.size) {
        const { name, header, size } = box;
        yield { name, content: new DataView(view.buffer, view.byteOffset + at + header, size - header) };
    }
}

/* 0 for what is cut short. */
export const numberAt = (view, at) => (at + 4 <= view.byteLength ? view.getUint32(at) : 0);

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

export const numberBehindTimes = (view) => numberAt(view, numberAt(view, 0) >>> 24 === 1 ? 20 : 12);
