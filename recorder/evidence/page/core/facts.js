/*
 * What records say that others are judged by: the members of bodies that a verification needs. Each
 * reader gives null if one of them is not in its form.
 */
import { count, digest, time, u64 } from './form.js';

const isText = (value) => typeof value === 'string';
const optional = (value, read) => (value === undefined ? undefined : read(value));
const whole = (facts) => (Object.values(facts).includes(null) ? null : facts);
const text = (value) => (isText(value) && !/\p{Cc}/u.test(value) ? value : null);
const forward = (facts) => (facts !== null && facts.fromUtcNs <= facts.toUtcNs ? facts : null);
const list = (value, min, max, read) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) return null;
    const items = value.map((item) => (typeof item === 'object' && item !== null ? read(item) : null));
    return items.includes(null) ? null : items;
};

/* FORMAT.md, "Operator" */
export function readRequest(body) {
    const request = whole({
        uid: count(body.uid),
        fromUtcNs: time(body.from),
        toUtcNs: time(body.to),
        sources: list(body.sources, 1, 256, ({ source, latest }) => whole({ source: text(source), latest: u64(latest) })),
        purpose: text(body.purpose),
        case: text(body.case),
        doors: optional(body.doors, text),
        medium: optional(body.medium, text),
    });
    if (request === null || body.action !== 'export' || request.fromUtcNs >= request.toUtcNs) return null;
    const names = request.sources.map(({ source }) => source);
    return names.every((name, i) => i === 0 || names[i - 1] < name) ? request : null;
}

/* FORMAT.md, "Segment" */
export function readSegment(body, suite) {
    return forward(whole({
        camera: text(body.camera),
        fromUtcNs: time(body.start),
        toUtcNs: time(body.end),
        contradictsNote: body.noted_size !== undefined,
        size: u64(body.size),
        pieces: count(body.pieces),
        root: digest(suite === 'sm' ? body.root_sm3 : body.root_sha256),
        codec: optional(body.video_codec, text),
        recovered: body.recovered_from !== undefined,
        notCoveredFrom: optional(body.not_covered_from, u64),
    }));
}

/* FORMAT.md, "Gap" */
export function readGap(body) {
    return forward(whole({
        camera: text(body.camera), fromUtcNs: time(body.start), toUtcNs: time(body.end),
        cause: text(body.cause), detail: optional(body.detail, text),
    }));
}

/* FORMAT.md, "Expiry" and "Expiry of bodies": { bodies: [{ first, last }] } or { segments: [record] } */
export function readExpiry(body) {
    if (body.records !== undefined) {
        const bodies = list(body.records, 1, 1024, ({ first, last }) => whole({ first: u64(first), last: u64(last) }));
        return whole({ reason: text(body.reason), bodies });
    }
    const segments = list(body.segments, 1, Infinity, ({ record }) => u64(record));
    return whole({ reason: text(body.reason), camera: text(body.camera), segments });
}
