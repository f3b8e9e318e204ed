/* X.509 certificates (RFC 5280), as far as they are judged here: FORMAT.md, "Keys and certificates". */
import { equal, fromBase64, hex, textOf } from './bytes.js';
import { children, contentOf, isContext, isSequence, oidOf, rawOf, readDer } from './der.js';
import { sha256 } from './digest.js';
import { readAlgorithm, readKey, verifySignature } from './signature.js';

const COMMON_NAME = '2.5.4.3';
const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const CERTIFICATE_SIGN = 0x04; // bit 5 of keyUsage

const suites = { sm2: 'sm', ec: 'nist' };

/* bytes: DER, or PEM with one certificate. */
export function bytesOfPem(bytes) {
    const text = textOf(bytes);
    const found = text?.match(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/);
    return found ? fromBase64(found[1].replace(/\s/g, '')) ?? bytes : bytes;
}

/*
 * null if it is none. { der, fingerprint, suite ('' for one of no suite), key, subject, issuer
 * (names to show), isSelfIssued, isCa, … }
 */
export async function readCertificate(der) {
    try {
        return await readFields(readDer(der), der);
    } catch {
        return null; // DER of another shape: nothing in it is promised
    }
}

async function readFields(block, der) {
    const [body, algorithm, signature] = children(block);
    const fields = [...children(body)];
    if (!isSequence(block) || !isSequence(body) || !isSequence(algorithm) || signature === undefined) return null;
    if (isContext(fields[0], 0)) fields.shift(); // version
    const [, innerAlgorithm, issuer, validity, subject, key, ...more] = fields;
    if (![innerAlgorithm, issuer, validity, subject, key].every(isSequence)) return null;
    const extensions = readExtensions(more.find((part) => isContext(part, 3)));
    const read = readKey(key);
    return {
        der, key: read,
        fingerprint: hex(await sha256(der)),
        suite: read.kind === 'ec' && read.name !== 'P-256' ? '' : suites[read.kind] ?? '',
        subject: commonName(subject), issuer: commonName(issuer),
        subjectName: comparable(subject), issuerName: comparable(issuer),
        isSelfIssued: comparable(subject) === comparable(issuer),
        isCa: isCa(extensions),
        isForOthers: saysCa(extensions) || extensions.has(EXTENDED_KEY_USAGE),
        signed: rawOf(body).slice(),
        algorithm: equal(rawOf(algorithm), rawOf(innerAlgorithm)) ? readAlgorithm(algorithm) : null,
        signature: contentOf(signature).slice(),
    };
}

function readExtensions(block) {
    return new Map(children(children(block)[0]).map((extension) => {
        const parts = children(extension);
        return [oidOf(parts[0]), readDer(contentOf(parts.at(-1)).slice())];
    }));
}

function isCa(extensions) {
    const usage = extensions.get(KEY_USAGE);
    const maySign = usage === undefined
        || (usage !== null && (contentOf(usage)[0] & CERTIFICATE_SIGN) !== 0);
    return maySign && saysCa(extensions);
}

const saysCa = (extensions) =>
    extensions.has(BASIC_CONSTRAINTS)
    && children(extensions.get(BASIC_CONSTRAINTS))[0]?.valueBlock.value === true;

const parts = (name) => children(name).flatMap((set) => children(set).map((part) => {
    const [type, value] = children(part);
    return { type: oidOf(type), value: String(value?.valueBlock?.value ?? '') };
}));

const commonName = (name) => parts(name).find(({ type }) => type === COMMON_NAME)?.value ?? '';

/* RFC 5280, 7.1: neither case nor the kind and number of blanks tell names apart. */
const comparable = (name) => JSON.stringify(parts(name).map(({ type, value }) =>
    [type, value.trim().replace(/\s+/g, ' ').toLowerCase()]));

/* Is it signed by the issuer (itself, for a self-signed one)? Dates are not looked at. */
export async function isIssuedBy(certificate, issuer) {
    return certificate.issuerName === issuer.subjectName
        && (equal(certificate.der, issuer.der)
            || (issuer.isCa && !certificate.isForOthers))
        && certificate.algorithm !== null
        && verifySignature(issuer.key, certificate.algorithm, certificate.signed, certificate.signature);
}

const own = { sm: { kind: 'sm2' }, nist: { kind: 'ec', hash: 'SHA-256' } };

/* A signature of the suite by the certificate's key, DER. */
export const isSignedBy = (certificate, message, signature) =>
    verifySignature(certificate.key, own[certificate.suite], message, signature);
