/*
 * What records say that others are judged by. The bodies of these kinds have the members of
 * FORMAT.md, "Kinds", in their forms; each reader gives null where one has not.
 */
import { anyWord, count, digest, flag, i64, id, text, time, u64, word } from './form.js';

const DETAIL = text(256);
const CODEC = text(32);
const SEGMENT = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{16}$/;

/* Of each kind its members; those behind a "?" may be left out. */
const ofRequest = {
    uid: count, process: count, from: time, to: time, purpose: DETAIL, case: DETAIL,
    sources: (value) => list(value, 1, 256, { source: text(47), latest: u64 }),
    '?doors': DETAIL, '?medium': DETAIL, '?account': text(32), '?person': text(96), '?second': text(32),
};
const ofSegment = {
    camera: id, segment: segmentId, file: text(127), start: time, end: time, size: u64, pieces: count,
    frames: count, continues: flag, clock_quality: word('synced', 'unsynced'), pieces_sha256: digest,
    root_sha256: digest, '?root_sm3': digest, '?times_estimated': flag, '?video_codec': CODEC,
    '?audio_codec': CODEC, '?width': count, '?height': count, '?connection': count,
    '?cut': anyWord,
    '?start_monotonic_ns': i64, '?utc_minus_raw_ns': i64, '?camera_clock_offset_ns': i64,
    '?recovered_from': u64, '?not_covered_from': u64, '?noted_size': u64, '?noted_root_sha256': digest,
    '?noted_root_sm3': digest,
};
const ofGap = { camera: id, start: time, end: time, cause: anyWord, continues: flag, '?detail': DETAIL };
const ofExpiry = {
    camera: id, reason: anyWord, video_days: count,
    segments: (value) => list(value, 0, 256, ofExpired),
};
const ofExpired = {
    record: u64, segment: segmentId, file: text(127), start: time, end: time, size: u64,
    below_floor: flag, root_sha256: digest, '?root_sm3': digest,
};
const ofBodyExpiry = {
    reason: anyWord, record_days: count,
    records: (value) => list(value, 1, 1024, { first: u64, last: u64 }),
};

/* By the members' names; what is left out is undefined, what is not known is passed over. */
function read(members, body) {
    const facts = {};
    for (const [key, form] of Object.entries(members)) {
        const name = key.replace('?', '');
        if (name === key || body[name] !== undefined) facts[name] = form(body[name]);
        if (facts[name] === null) return null;
    }
    return facts;
}

function list(value, min, max, members) {
    if (!Array.isArray(value) || value.length < min || value.length > max) return null;
    const items = value.map((item) => (isObject(item) ? read(members, item) : null));
    return items.includes(null) ? null : items;
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

function segmentId(value) {
    const found = typeof value === 'string' ? value.match(SEGMENT) : null;
    if (found === null) return null;
    const [, year, month, day, hour, minute, second] = found;
    return time(`${year}-${month}-${day}T${hour}:${minute}:${second}.000000000Z`) === null ? null : value;
}

const fileOf = (camera, segment) => `${camera}/${segment.slice(0, 8)}/${segment}.mp4`;
const ascends = (items, isAfter) => items.every((item, i) => i === 0 || isAfter(items[i - 1], item));

/* FORMAT.md, "Operator" */
export function readRequest(body) {
    const facts = read(ofRequest, body);
    if (facts === null || body.action !== 'export' || facts.from >= facts.to
        || !ascends(facts.sources, (before, { source }) => before.source < source)) return null;
    const { uid, account, person, second, from, to, purpose, sources, doors, medium } = facts;
    return { uid, account, person, second, fromUtcNs: from, toUtcNs: to, purpose, case: facts.case, sources, doors,
        medium };
}

/* FORMAT.md, "Segment" */
export function readSegment(body, suite) {
    const facts = read(ofSegment, body);
    const root = facts?.[suite === 'sm' ? 'root_sm3' : 'root_sha256'];
    if (facts === null || root === undefined || (facts.noted_size === undefined) !== (facts.noted_root_sha256 === undefined)
        || facts.start > facts.end || facts.file !== fileOf(facts.camera, facts.segment)) return null;
    const { camera, start, end, size, pieces, recovered_from: recoveredFrom, not_covered_from: notCoveredFrom } = facts;
    if ((recoveredFrom ?? 0n) > size || (notCoveredFrom ?? 0n) > size) return null;
    return {
        camera, fromUtcNs: start, toUtcNs: end, size, pieces, notCoveredFrom, root, continues: facts.continues,
        codec: facts.video_codec,
        recovered: recoveredFrom !== undefined,
        contradictsNote: facts.noted_size !== undefined,
    };
}

/* FORMAT.md, "Gap" */
export function readGap(body) {
    const facts = read(ofGap, body);
    if (facts === null || facts.start > facts.end) return null;
    const { camera, start, end, cause, detail } = facts;
    return { camera, fromUtcNs: start, toUtcNs: end, cause, detail };
}

/* FORMAT.md, "Expiry" and "Expiry of bodies": { bodies: [{ first, last }] } or { segments: [record] } */
export function readExpiry(body) {
    return body.records === undefined ? readVideoExpiry(body) : readBodyExpiry(body);
}

function readVideoExpiry(body) {
    const facts = read(ofExpiry, body);
    if (facts === null) return null;
    const { camera, reason, segments } = facts;
    const isWhole = segments.every(({ segment, file }) => file === fileOf(camera, segment));
    return isWhole ? { camera, reason, segments: segments.map(({ record }) => record) } : null;
}

function readBodyExpiry(body) {
    const facts = read(ofBodyExpiry, body);
    if (facts === null) return null;
    const { reason, records } = facts;
    const isWhole = records.every(({ first, last }) => first <= last)
        && ascends(records, (before, { first }) => before.last + 1n < first);
    return isWhole ? { reason, bodies: records } : null;
}
