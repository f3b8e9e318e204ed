/*
 * What a player must know of recorded MP4 (FORMAT.md, "Segment files"; ISO/IEC 14496-12): from an
 * init part how it is decoded, from a fragment which pictures are in it. Bytes that are verified are
 * still parsed as if they were hostile: what does not fit throws a RangeError.
 */

function* boxesOf(view, from, to) {
    let at = from;
    while (at < to) {
        if (to - at < 8) throw new RangeError('a box is cut off');
        const size = view.getUint32(at);
        if (size < 8 || size > to - at) throw new RangeError('a box does not fit');
        yield { name: text(view, at + 4, 4), from: at + 8, to: at + size };
        at += size;
    }
}

function text(view, at, length) {
    return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, length));
}

function find(view, within, ...path) {
    let found = within;
    for (const name of path) {
        let next;
        for (const box of boxesOf(view, found.from, found.to)) {
            if (box.name === name && next === undefined) next = box;
        }
        if (next === undefined) throw new RangeError(`no ${name}`);
        found = next;
    }
    return found;
}

const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const whole = (view) => ({ from: 0, to: view.byteLength });
const hex = (number) => number.toString(16).padStart(2, '0');

/* RFC 6381, as each sample entry has it. */
const codecs = {
    avc1(view, entry) {
        const { from } = find(view, { from: entry.from + 78, to: entry.to }, 'avcC');
        return `avc1.${hex(view.getUint8(from + 1))}${hex(view.getUint8(from + 2))}${
            hex(view.getUint8(from + 3))}`;
    },
    /* ISO/IEC 14496-15, annex E.3 */
    hvc1(view, entry) {
        const { from } = find(view, { from: entry.from + 78, to: entry.to }, 'hvcC');
        const profile = view.getUint8(from + 1);
        let flags = 0;
        for (let i = 0; i < 32; i++) flags |= ((view.getUint32(from + 2) >>> i) & 1) << (31 - i);
        const constraints = [];
        for (let i = 0; i < 6; i++) constraints.push(view.getUint8(from + 6 + i));
        while (constraints.length > 0 && constraints.at(-1) === 0) constraints.pop();
        return ['hvc1', `${['', 'A', 'B', 'C'][profile >> 6]}${profile & 31}`,
            (flags >>> 0).toString(16), `${profile & 32 ? 'H' : 'L'}${view.getUint8(from + 12)}`,
            ...constraints.map((byte) => byte.toString(16))].join('.');
    },
    mp4a: () => 'mp4a.40.2',
    Opus: () => 'opus',
};

function readTrack(view, trak) {
    const header = find(view, trak, 'tkhd');
    const media = find(view, trak, 'mdia', 'mdhd');
    const handler = text(view, find(view, trak, 'mdia', 'hdlr').from + 8, 4);
    const table = find(view, trak, 'mdia', 'minf', 'stbl', 'stsd');
    const [entry] = boxesOf(view, table.from + 8, table.to);
    const codec = codecs[entry?.name];
    if (codec === undefined) throw new RangeError('no known sample entry');
    return {
        id: view.getUint32(header.from + (view.getUint8(header.from) === 1 ? 20 : 12)),
        timescale: view.getUint32(media.from + (view.getUint8(media.from) === 1 ? 20 : 12)),
        kind: handler === 'vide' ? 'video' : 'sound',
        codec: codec(view, entry),
    };
}

/* { mime, layout (which kinds of tracks), video: { id, timescale, codec, defaults } } */
export function readInit(bytes) {
    const view = viewOf(bytes);
    const movie = find(view, whole(view), 'moov');
    const tracks = [];
    for (const box of boxesOf(view, movie.from, movie.to)) {
        if (box.name === 'trak') tracks.push(readTrack(view, box));
    }
    const video = tracks.find(({ kind }) => kind === 'video');
    if (video === undefined || video.timescale === 0) throw new RangeError('no pictures');
    const extends_ = find(view, movie, 'mvex');
    for (const box of boxesOf(view, extends_.from, extends_.to)) {
        if (box.name === 'trex' && view.getUint32(box.from + 4) === video.id) {
            video.defaults = {
                duration: view.getUint32(box.from + 12), flags: view.getUint32(box.from + 20),
            };
        }
    }
    return {
        mime: `video/mp4; codecs="${tracks.map(({ codec }) => codec).join(',')}"`,
        layout: tracks.map(({ kind, id }) => `${kind}${id}`).join(' '),
        video,
    };
}

const NOT_SYNC = 0x10000; // sample_is_non_sync_sample

function readHeader(view, box, defaults) {
    const flags = view.getUint32(box.from) & 0xffffff;
    const found = { id: view.getUint32(box.from + 4), ...defaults };
    let at = box.from + 8 + (flags & 1 ? 8 : 0) + (flags & 2 ? 4 : 0);
    if (flags & 8) {
        found.duration = view.getUint32(at);
        at += 4;
    }
    if (flags & 16) at += 4;
    if (flags & 32) found.flags = view.getUint32(at);
    return found;
}

function readRun(view, box, header, from, samples) {
    const flags = view.getUint32(box.from) & 0xffffff;
    const version = view.getUint8(box.from);
    const count = view.getUint32(box.from + 4);
    const own = [0x100, 0x200, 0x400, 0x800].map((bit) => (flags & bit ? 4 : 0));
    let at = box.from + 8 + (flags & 1 ? 4 : 0);
    const first = flags & 4 ? view.getUint32(at) : undefined;
    at += flags & 4 ? 4 : 0;
    if (count * own.reduce((sum, size) => sum + size) > box.to - at) {
        throw new RangeError('a run does not fit');
    }
    if (count > 100_000) throw new RangeError('too many pictures');
    let decode = from;
    for (let i = 0; i < count; i++) {
        const duration = own[0] ? view.getUint32(at) : header.duration;
        const state = own[2] ? view.getUint32(at + own[0] + own[1])
            : i === 0 && first !== undefined ? first : header.flags;
        const moved = at + own[0] + own[1] + own[2];
        const offset = own[3] ? (version === 0 ? view.getUint32(moved) : view.getInt32(moved)) : 0;
        samples.push({ decode, offset, duration, sync: (state & NOT_SYNC) === 0 });
        decode += duration;
        at += own[0] + own[1] + own[2] + own[3];
    }
    return decode;
}

/*
 * The pictures of a fragment in the order of decoding: [{ decode, offset, duration, sync }] in the
 * video's timescale; a picture is shown at decode + offset.
 */
export function readFragment(bytes, video) {
    const view = viewOf(bytes);
    const movie = find(view, whole(view), 'moof');
    const samples = [];
    for (const box of boxesOf(view, movie.from, movie.to)) {
        if (box.name !== 'traf') continue;
        const header = readHeader(view, find(view, box, 'tfhd'), video.defaults);
        if (header.id !== video.id) continue;
        const time = find(view, box, 'tfdt');
        let decode = view.getUint8(time.from) === 1 ? Number(view.getBigUint64(time.from + 4))
            : view.getUint32(time.from + 4);
        for (const run of boxesOf(view, box.from, box.to)) {
            if (run.name === 'trun') decode = readRun(view, run, header, decode, samples);
        }
    }
    return samples;
}
