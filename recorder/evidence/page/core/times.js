/*
 * What recorded video says of its time: FORMAT.md, "Clips". What has not the boxes for it says
 * nothing (null), and nothing throws.
 */
import { boxesOf, find, numberAt, numberBehindTimes, tried, viewOf } from './boxes.js';
import { FRAGMENT_SAMPLES_MAX } from './movie.js';

const NS = 1_000_000_000n;
const TOLERANCE_NS = 150_000_000n;
const KIND = { init: 1, fragment: 2 };

function readTrack(bytes) {
    const movie = find(viewOf(bytes), 'moov');
    for (const { name, content } of boxesOf(movie)) {
        if (name !== 'trak' || numberAt(find(content, 'mdia', 'hdlr'), 8) !== 0x76696465) continue;
        const track = {
            id: numberBehindTimes(find(content, 'tkhd')),
            timescale: BigInt(numberBehindTimes(find(content, 'mdia', 'mdhd'))), duration: 0,
        };
        for (const box of boxesOf(find(movie, 'mvex'))) {
            if (box.name !== 'trex' || numberAt(box.content, 4) !== track.id) continue;
            track.duration = numberAt(box.content, 12);
            break;
        }
        return track.id === 0 || track.timescale === 0n ? null : track;
    }
    return null;
}

function runDuration(run, count, standard) {
    const flags = run.getUint32(0);
    if (!(flags & 0x100)) return BigInt(count) * BigInt(standard);
    const step = [0x100, 0x200, 0x400, 0x800].filter((bit) => flags & bit).length * 4;
    const at = 8 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0);
    let sum = 0n;
    for (let i = 0; i < count; i++) sum += BigInt(run.getUint32(at + i * step));
    return sum;
}

function readFragment(bytes, { id, timescale, duration }) {
    let [sum, count, first] = [0n, 0, null];
    for (const { name, content } of boxesOf(find(viewOf(bytes), 'moof'))) {
        const header = find(content, 'tfhd');
        if (name !== 'traf' || numberAt(header, 4) !== id) continue;
        const flags = header.getUint32(0);
        const standard = flags & 8 ? header.getUint32(flags & 2 ? 12 : 8) : duration;
        const decoded = find(content, 'tfdt');
        const time = decoded.getUint8(0) === 1 ? decoded.getBigUint64(4) : BigInt(decoded.getUint32(4));
        for (const box of boxesOf(content)) {
            if (box.name !== 'trun') continue;
            const samples = box.content.getUint32(4);
            count += samples;
            if (count > FRAGMENT_SAMPLES_MAX) return null;
            if (samples > 0) first ??= time;
            sum += runDuration(box.content, samples, standard);
        }
    }
    return first === null ? null : { timeNs: first * NS / timescale, durationNs: sum * NS / timescale };
}

/* Of one clip: init parts and fragments come to it in their order. */
export class FragmentTimes {
    #tracks = new Map(); // by the init part's offset

    /* bytes: the first of a piece. What a fragment says, { timeNs, durationNs }, or null. */
    take({ kind, offset, init }, bytes) {
        if (kind === KIND.init) this.#tracks.set(offset, tried(() => readTrack(bytes)));
        const track = this.#tracks.get(init) ?? null;
        return kind === KIND.fragment && track !== null ? tried(() => readFragment(bytes, track)) : null;
    }
}

/* Give or take 150 ms, and a thousandth of the distance. */
function isNear(stated, held, distance = 0n) {
    const apart = stated > held ? stated - held : held - stated;
    return apart <= TOLERANCE_NS + distance / 1000n;
}

/* Holds what is said of a fragment against what it says, and against its segment's record. */
export class StatedTimes {
    #first = new Map(); // by segment: the first fragment that said something

    /* Those of a segment in their order. facts: the segment's; said: of the fragment, or null. */
    fit({ record, index, startUtcNs, durationNs }, facts, said) {
        const isLast = index + 1n === BigInt(facts.pieces);
        const fitsRecord = (index !== 1n || isNear(startUtcNs, facts.fromUtcNs))
            && (!isLast || isNear(startUtcNs + durationNs, facts.toUtcNs));
        if (said === null) return fitsRecord;
        if (!this.#first.has(record)) this.#first.set(record, { timeNs: said.timeNs, startUtcNs });
        const first = this.#first.get(record);
        const distance = said.timeNs - first.timeNs;
        return fitsRecord && distance >= 0n && (isLast || isNear(durationNs, said.durationNs, said.durationNs))
            && isNear(startUtcNs - first.startUtcNs, distance, distance);
    }
}
