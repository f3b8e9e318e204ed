/* What a verification tells: the report of index.js. */
import { Clips } from './clips.js';

const entryOf = ({ record, atUtcNs, kind, source, clock, beside, body }, request) => ({
    record, atUtcNs, kind, source, clock, body,
    inRange: !beside && request !== null && atUtcNs >= request.fromUtcNs && atUtcNs < request.toUtcNs,
});

/* Offsets in the package, so that a piece can be read without the ZIP. */
function clipOf({ member, parts, isWhole }, segments) {
    const inPackage = ({ offset, size, digest }) => ({ offset: member.offset + offset, size, digest });
    const fragments = parts.flatMap((part) => part.fragments);
    const first = segments.get(fragments[0]?.record);
    const last = fragments.at(-1);
    return {
        name: member.name, offset: member.offset, size: member.size, verified: isWhole,
        camera: first?.camera ?? null, codec: first?.codec ?? null,
        fromUtcNs: fragments[0]?.startUtcNs ?? null,
        toUtcNs: last === undefined ? null : last.startUtcNs + last.durationNs,
        parts: parts.map(({ init, fragments: ofPart }) => ({
            init: inPackage(init),
            fragments: ofPart.map((fragment) => ({
                ...inPackage(fragment), startUtcNs: fragment.startUtcNs,
                durationNs: fragment.durationNs, record: fragment.record,
            })),
        })),
    };
}

const expiryOf = ({ record, atUtcNs, camera = null, reason, segments, bodies }) => ({
    record, atUtcNs, camera, reason, count: (segments ?? bodies).length,
});

/* check: as package.js leaves it. */
export function describe(check) {
    const { findings, certificate, checkpoint, since, records } = check;
    const clips = check.clips ?? new Clips();
    const segments = [...records?.segments.values() ?? []];
    const request = records?.request ?? null;
    const plain = (claim) => (claim === null ? null : { origin: claim.origin, size: claim.size, root: claim.root });
    return {
        verdict: findings.verdict,
        findings: findings.list,
        notListed: findings.notListed,
        against: { trust: check.trustedBy, given: check.isTrustGiven, since: plain(since) },
        suite: check.suite,
        origin: checkpoint?.origin ?? '',
        digest: check.digest,
        checkpoint: plain(checkpoint),
        device: certificate === null ? null
            : { fingerprint: certificate.fingerprint, subject: certificate.subject, issuer: certificate.issuer },
        request,
        sources: request?.sources ?? [],
        entries: (records?.entries ?? []).map((entry) => entryOf(entry, request)),
        gaps: records?.gaps ?? [],
        segments: segments.map(({ record, camera, fromUtcNs, toUtcNs, codec = null }) =>
            ({ record, camera, fromUtcNs, toUtcNs, codec })),
        expiries: (records?.expiries ?? []).map(expiryOf),
        clips: clips.clips.map((clip) => clipOf(clip, records?.segments ?? new Map())),
        counts: {
            records: records?.counts.records ?? 0, heads: records?.counts.heads ?? 0,
            clips: clips.clips.length, segments: clips.begunCount, bytes: check.hashedBytes,
        },
    };
}
