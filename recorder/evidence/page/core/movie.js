/*
 * What stands before a clip's recorded pieces, made of them: FORMAT.md, "Its tables". What they do
 * not allow is a RangeError, as reading beyond a box is.
 */
import { boxesOf, find, headerAt, numberAt, numberBehindTimes, viewOf } from './boxes.js';
import { concat, utf8 } from './bytes.js';

/* Of a piece: in them stands all that is read here. */
export const FRONT_MAX = 2 ** 18;
const BOXES_MAX = FRONT_MAX - 16;
const SAMPLES_MAX = 2 ** 20;
export const FRAGMENT_SAMPLES_MAX = 2 ** 16; // of a track
const TRACKS_MAX = 4;
const DECODED_MAX = 2 ** 44;
const U32_MAX = 2 ** 32 - 1;
const NS = 1_000_000_000n;
const EPOCH_S = 2_082_844_800n; // 1904-01-01 to 1970-01-01
const UNITY = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];
const RUN = { offset: 1, firstFlags: 4, duration: 0x100, size: 0x200, flags: 0x400, composition: 0x800 };
const NO_SYNC = 0x10000;

function demand(fits) {
    if (!fits) throw new RangeError();
}

/* ---- writing ---- */

function u32(...numbers) {
    const view = new DataView(new ArrayBuffer(4 * numbers.length));
    numbers.forEach((number, at) => view.setUint32(4 * at, number));
    return new Uint8Array(view.buffer);
}

function u32List(numbers) {
    const view = new DataView(new ArrayBuffer(4 * numbers.length));
    for (let at = 0; at < numbers.length; at++) view.setUint32(4 * at, numbers[at]);
    return new Uint8Array(view.buffer);
}

function u64(number) {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigInt64(0, number);
    return new Uint8Array(view.buffer);
}

const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const latin = (name) => Uint8Array.from(name, (letter) => letter.charCodeAt(0));

function box(name, ...parts) {
    const content = concat(...parts);
    return concat(u32(content.length + 8), latin(name), content);
}

const fullBox = (name, version, flags, ...parts) => box(name, u32(version * 2 ** 24 + flags), ...parts);
const tail = (view, size) => (view.byteLength < size ? new Uint8Array(size) : bytesOf(view).subarray(-size));
const zeros = (size) => new Uint8Array(size);

/* ---- a track's samples, and the tables of them ---- */

/* Equal values that follow each other: count, value, count, value … */
class Runs {
    list = [];

    add(value) {
        const { list } = this;
        if (list.length > 0 && list[list.length - 1] === value) list[list.length - 2]++;
        else list.push(1, value);
    }
}

class Track {
    count = 0;
    firstDecoded = 0;
    end = 0; // of the last sample's decoding
    shown = 0; // presentation time of the first sample
    shownEnd = 0;
    #decoded = 0; // of the last sample
    #dataEnd = 0;
    #durations = new Runs();
    #compositions = new Runs();
    #isReordered = false;
    #syncs = [];
    #sizes = [];
    #chunks = []; // offsets in the mdat
    #chunkSamples = [];

    constructor(movie, trak) {
        this.media = find(trak, 'mdia');
        this.head = find(trak, 'tkhd');
        this.id = numberBehindTimes(this.head);
        this.timescale = numberBehindTimes(find(this.media, 'mdhd'));
        const handler = numberAt(find(this.media, 'hdlr'), 8);
        this.isVideo = handler === 0x76696465;
        this.isSound = handler === 0x736f756e;
        this.defaults = { description: 0, duration: 0, size: 0, flags: 0 };
        for (const { name, content } of boxesOf(find(movie, 'mvex'))) {
            if (name !== 'trex' || numberAt(content, 4) !== this.id) continue;
            const [description, duration, size, flags] = [8, 12, 16, 20].map((at) => numberAt(content, at));
            this.defaults = { description, duration, size, flags };
            break;
        }
    }

    get isOne() {
        return this.id !== 0 && this.id !== U32_MAX && this.timescale >= 8000 && this.timescale <= 10_000_000
            && (this.isVideo || this.isSound);
    }

    /* isPicture: of the track that must be without a gap, and begins with a keyframe. */
    add(sample, isPicture) {
        const { offset, size, decoded, duration, composition, isSync, isFirst } = sample;
        const distance = decoded - this.#decoded;
        demand(decoded <= DECODED_MAX && composition >= 0 && composition < 2 ** 31 && this.count < SAMPLES_MAX);
        demand(this.count === 0 || (distance > 0 && distance <= U32_MAX));
        demand(!isPicture || (this.count === 0 ? isSync : decoded === this.end));
        if (this.count > 0) this.#durations.add(distance);
        else [this.firstDecoded, this.shown] = [decoded, decoded + composition];
        this.#compositions.add(composition);
        this.#isReordered ||= composition !== 0;
        this.count++;
        if (isSync) this.#syncs.push(this.count);
        this.#sizes.push(size);
        if (isFirst || this.count === 1 || offset !== this.#dataEnd) {
            this.#chunks.push(offset);
            this.#chunkSamples.push(0);
        }
        this.#chunkSamples[this.#chunkSamples.length - 1]++;
        this.#dataEnd = offset + size;
        this.#decoded = decoded;
        this.end = decoded + duration;
        this.shownEnd = Math.max(this.shownEnd, decoded + composition + duration);
    }

    tables(base) {
        const durations = new Runs();
        durations.list = [...this.#durations.list];
        durations.add(this.end - this.#decoded);
        const changes = this.#chunkSamples.flatMap((samples, at, all) => (samples === all[at - 1] ? [] : [at + 1, samples, 1]));
        return concat(
            fullBox('stts', 0, 0, u32(durations.list.length / 2), u32List(durations.list)),
            this.#isReordered
                ? fullBox('ctts', 0, 0, u32(this.#compositions.list.length / 2), u32List(this.#compositions.list)) : zeros(0),
            this.#syncs.length < this.count
                ? fullBox('stss', 0, 0, u32(this.#syncs.length), u32List(this.#syncs)) : zeros(0),
            fullBox('stsc', 0, 0, u32(changes.length / 3), u32List(changes)),
            fullBox('stsz', 0, 0, u32(0, this.count), u32List(this.#sizes)),
            fullBox('stco', 0, 0, u32(this.#chunks.length), u32List(this.#chunks.map((offset) => base + offset))),
        );
    }
}

/* ---- reading fragments ---- */

/* A track fragment's header: what its samples are unless a run says otherwise. */
function readHeader(content, { description, duration, size, flags }) {
    const said = content.getUint32(0);
    let at = 8;
    const next = (bit, standard) => {
        if (!(said & bit)) return standard;
        at += 4;
        return content.getUint32(at - 4);
    };
    demand(!(said & 1) && next(2, description) <= 1);
    return { duration: next(8, duration), size: next(0x10, size), flags: next(0x20, flags) };
}

/* Not exact where it is more than any sample may be decoded at. */
const readTime = (content) => Number(content.getUint8(0) === 1 ? content.getBigUint64(4) : content.getUint32(4));

/* Hands on each sample of a run; place { decoded, offset } is moved on, limit { left } of samples too. */
function readRun(content, standard, place, limit, take) {
    const word = content.getUint32(0);
    const count = content.getUint32(4);
    demand(count <= limit.left);
    limit.left -= count;
    let at = 8;
    const next = (bit, otherwise) => {
        if (!(word & bit)) return otherwise;
        at += 4;
        return content.getUint32(at - 4);
    };
    if (word & RUN.offset) place.offset = next(RUN.offset) | 0;
    const firstFlags = next(RUN.firstFlags, null);
    const isSigned = word >>> 24 !== 0;
    for (let i = 0; i < count; i++) {
        const duration = next(RUN.duration, standard.duration);
        const size = next(RUN.size, standard.size);
        const ownFlags = next(RUN.flags, standard.flags);
        const composition = next(RUN.composition, 0);
        const flags = i === 0 && firstFlags !== null ? firstFlags : ownFlags;
        take({
            offset: place.offset, size, decoded: place.decoded, duration,
            composition: isSigned ? composition | 0 : composition, isSync: !(flags & NO_SYNC), isFirst: i === 0,
        });
        place.offset += size;
        place.decoded += duration;
    }
}

export class Movie {
    #tracks = [];
    #size; // of the pieces so far
    #startUtcNs = null;

    /* bytes: the init part's first; they are kept. */
    constructor(bytes, size) {
        demand(size <= BOXES_MAX);
        const movie = find(viewOf(bytes), 'moov');
        for (const { name, content } of boxesOf(movie)) {
            if (name !== 'trak' || this.#tracks.length === TRACKS_MAX) continue;
            const track = new Track(movie, content);
            if (track.isOne) this.#tracks.push(track);
        }
        const first = this.#tracks.findIndex(({ isVideo }) => isVideo);
        demand(first >= 0);
        this.#tracks.unshift(...this.#tracks.splice(first, 1));
        this.#size = size;
    }

    /* bytes: the fragment's first. */
    add(bytes, size, startUtcNs) {
        const view = viewOf(bytes);
        const moof = headerAt(view, 0, size);
        demand(moof?.name === 'moof' && moof.size <= BOXES_MAX);
        const data = headerAt(view, moof.size, size - moof.size);
        demand(data?.name === 'mdat');
        const content = viewOf(bytes.subarray(moof.header, moof.size));
        for (const track of this.#tracks) this.#addSamples(track, content, moof.size + data.header, moof.size + data.size);
        demand(this.#tracks[0].count > 0);
        this.#startUtcNs ??= startUtcNs;
        this.#size += size;
    }

    #addSamples(track, moof, begin, end) {
        const limit = { left: FRAGMENT_SAMPLES_MAX };
        for (const { name, content } of boxesOf(moof)) {
            if (name !== 'traf' || numberAt(find(content, 'tfhd'), 4) !== track.id) continue;
            const standard = readHeader(find(content, 'tfhd'), track.defaults);
            const place = { decoded: readTime(find(content, 'tfdt')), offset: 0 };
            for (const run of boxesOf(content)) {
                if (run.name !== 'trun') continue;
                readRun(run.content, standard, place, limit, (sample) => {
                    demand(sample.offset >= begin && sample.offset <= end - sample.size);
                    sample.offset += this.#size;
                    track.add(sample, track === this.#tracks[0]);
                });
            }
        }
    }

    /* ftyp, moov, and the header of the mdat. */
    front() {
        demand(this.#startUtcNs !== null);
        const ftyp = box('ftyp', utf8('isom'), u32(0x200), utf8('isomiso2mp41'));
        const base = ftyp.length + this.#moov(0).length + 8;
        demand(base + this.#size <= U32_MAX);
        return concat(ftyp, this.#moov(base), u32(this.#size + 8), utf8('mdat'));
    }

    #moov(base) {
        const at = u64(this.#startUtcNs / NS + EPOCH_S);
        const times = concat(at, at);
        const tracks = this.#tracks.filter(({ count }) => count > 0)
            .map((track) => ({ track, edits: this.#edits(track) }));
        const lengths = tracks.map(({ edits }) => lengthOf(edits));
        return box('moov',
            fullBox('mvhd', 1, 0, times, u32(this.#tracks[0].timescale),
                u64(lengths.reduce((longest, length) => (length > longest ? length : longest))),
                u32(0x10000), new Uint8Array([1, 0]), zeros(10), u32(...UNITY), zeros(24),
                u32(Math.max(...this.#tracks.map(({ id }) => id)) + 1)),
            ...tracks.map(({ track, edits }) => trakOf(track, edits, times, base)));
    }

    /* [{ duration, mediaTime }] in units of the movie and of the track. */
    #edits(track) {
        const [pictures] = this.#tracks;
        const own = BigInt(track.timescale);
        const movie = BigInt(pictures.timescale);
        const first = BigInt(track.firstDecoded);
        const end = BigInt(track === pictures ? track.shownEnd : track.end);
        const shown = BigInt(pictures.shown) * own / movie;
        const begin = shown < first ? first : shown;
        const empty = (begin - shown) * movie / own;
        const edit = { duration: end > begin ? (end - begin) * movie / own : 0n, mediaTime: begin - first };
        return empty > 0n ? [{ duration: empty, mediaTime: -1n }, edit] : [edit];
    }
}

const lengthOf = (edits) => edits.reduce((sum, { duration }) => sum + duration, 0n);

function trakOf(track, edits, times, base) {
    const { media, timescale, id } = track;
    const information = find(media, 'minf');
    const kept = [...boxesOf(information)].filter(({ name }) => name !== 'stbl');
    const duration = BigInt(track.end - track.firstDecoded);
    return box('trak',
        fullBox('tkhd', 1, 3, times, u32(id, 0), u64(lengthOf(edits)), tail(track.head, 60)),
        box('edts', fullBox('elst', 1, 0, u32(edits.length),
            ...edits.map((edit) => concat(u64(edit.duration), u64(edit.mediaTime), u32(0x10000))))),
        box('mdia',
            fullBox('mdhd', 1, 0, times, u32(timescale), u64(duration), tail(find(media, 'mdhd'), 4)),
            box('hdlr', bytesOf(find(media, 'hdlr'))),
            box('minf', ...kept.map(({ name, content }) => box(name, bytesOf(content))),
                box('stbl', box('stsd', bytesOf(find(information, 'stbl', 'stsd'))), track.tables(base)))));
}
