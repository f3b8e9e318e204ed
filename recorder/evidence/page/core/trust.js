/* What somebody brought along from outside, and what it says of the package's certificate. */
import { bytesOfPem, isIssuedBy, readCertificate } from './certificate.js';
import { equal, utf8 } from './bytes.js';
import { readCheckpoint } from './note.js';

class TrustError extends Error {
    name = 'TrustError';
}

export class SinceError extends Error {
    name = 'SinceError';
}

/* null, { fingerprint } or { certificate }. A fingerprint may be in capitals and in groups. */
export async function readTrust(trust) {
    if (trust === null || trust === undefined) return null;
    if (typeof trust === 'string' && !trust.includes('BEGIN CERTIFICATE')) {
        const fingerprint = trust.replace(/[\s:]/g, '').toLowerCase();
        if (!/^[0-9a-f]{64}$/.test(fingerprint)) throw new TrustError('not a fingerprint: 64 hexadecimal digits');
        return { fingerprint };
    }
    const certificate = await readCertificate(bytesOfPem(typeof trust === 'string' ? utf8(trust) : trust));
    if (certificate === null) throw new TrustError('not a certificate');
    return { certificate };
}

/* A checkpoint from outside, or null. */
export function readSince(since) {
    if (since === null || since === undefined) return null;
    const checkpoint = readCheckpoint(typeof since === 'string' ? utf8(since) : since);
    if (checkpoint === null) throw new SinceError('not a checkpoint');
    return checkpoint;
}

/* By what the certificate is trusted: 'certificate', 'issuer', 'fingerprint', or 'none'. */
export async function trustOf(trust, certificate) {
    if (trust?.fingerprint !== undefined) {
        return trust.fingerprint === certificate.fingerprint ? 'fingerprint' : 'none';
    }
    if (trust === null) return 'none';
    if (equal(trust.certificate.key.spki, certificate.key.spki)) return 'certificate';
    return await isIssuedBy(certificate, trust.certificate) ? 'issuer' : 'none';
}
