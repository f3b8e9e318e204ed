/*
 * Verifying a package in a browser, without blocking the page: all work is done in two workers,
 * made from text that the page carries. Never throws for what a package holds: bad bytes are
 * findings. Numbers of records and times are BigInt, times in ns since 1970; offsets and sizes of a
 * package are Numbers (a file has less than 2^53 bytes); digests are lower-case hexadecimal.
 *
 * report = {
 *   verdict: 'authentic' | 'incomplete' | 'cannot_tell' | 'altered',
 *   findings: [{ fault, class: 'altered' | 'cannot_tell' | 'incomplete' | 'note', member, byteFrom,
 *                byteTo, record, recordLast, subject, fromUtcNs, toUtcNs, cause, detail }],
 *       what does not apply is left out; byteFrom and byteTo (not in it) are of the member, of the
 *       package where no member is named; faults have the names that `sealroom-verify --json` uses
 *   notListed: how many findings more there were than are listed
 *   against: { trust: 'none' | 'certificate' | 'issuer' | 'fingerprint', given (was there a trust
 *              to compare? device null: it could not be), since: { origin, size, root } | null },
 *   suite, origin, digest (the package's), checkpoint: { size, root } | null,
 *   device: { fingerprint, subject, issuer } | null,
 *   request: { record, atUtcNs, uid, fromUtcNs, toUtcNs, purpose, case, doors, medium } | null,
 *   sources: [{ source, latest }],
 *   entries: [{ record, atUtcNs, kind, source, clock, inRange, body }]  all records shown in whole
 *       but those of video (kinds segment, gap); body as parsed, null if it is not shown,
 *   gaps: [{ record, camera, fromUtcNs, toUtcNs, cause, detail }],
 *   segments: [{ record, camera, fromUtcNs, toUtcNs, codec }],
 *   expiries: [{ record, atUtcNs, camera, reason, count }],
 *   clips: [{ name, camera, fromUtcNs, toUtcNs, codec, offset, size, verified, parts: [
 *       { init: { offset, size, digest }, fragments: [
 *           { offset, size, digest, startUtcNs, durationNs, record }] }] }]
 *       offsets of pieces are the package's; a part is what one init part plays
 *   counts: { records, heads, clips, segments, bytes },
 * }
 */
import workerText from 'worker-text:./worker.js';
import { Peer } from './peer.js';

let workerUrl;

function startWorker() {
    workerUrl ??= URL.createObjectURL(new Blob([workerText], { type: 'text/javascript' }));
    return new Worker(workerUrl);
}

/*
 * blob: the package. trust: the device's certificate or its issuer's (bytes, DER or PEM) or the
 * fingerprint (text) from outside, or null. since: a checkpoint from outside (bytes or text), or
 * null. onProgress(bytesDone, bytesInAll). signal: an AbortSignal; then it rejects with its reason.
 * It rejects, by the name of the error, when the file cannot be read, as on a medium pulled out
 * ('ReadError'), for a trust or since that is none ('TrustError', 'SinceError'), for a package
 * that is encrypted for transport ('EncryptedError') and for want of memory ('MemoryError'). By
 * another name it is a fault of the browser's or of this program's, and says nothing of the package.
 */
export async function verifyPackage(blob, { trust = null, since = null, onProgress, signal } = {}) {
    signal?.throwIfAborted();
    const workers = [startWorker(), startWorker()];
    const [checker, helper] = workers.map((worker) => new Peer(worker));
    const stopped = new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    try {
        const { port1, port2 } = new MessageChannel();
        helper.call('help', { port: port2 }, [port2]).catch(() => {});
        return await Promise.race([
            checker.call('verify', { blob, trust, since, port: port1 }, [port1], onProgress), stopped,
        ]);
    } finally {
        for (const worker of workers) worker.terminate();
    }
}

let reader;

/*
 * The bytes of a piece (an init part or a fragment of a clip in a report of this package), hashed
 * before they are handed out. Rejects by the name 'VerdictError' if they are not what was verified, by
 * another if they cannot be had.
 */
export function readVerified(blob, suite, { offset, size, digest }) {
    reader ??= new Peer(startWorker());
    return reader.call('read', { blob, suite, piece: { offset, size, digest } });
}
