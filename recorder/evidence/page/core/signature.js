/* Verifying a signature by the key in a DER SubjectPublicKeyInfo: WebCrypto, and SM2 beside it. */
import { concat, fromNumber, toNumber } from './bytes.js';
import { children, contentOf, isSequence, oidOf, rawOf, readSignature } from './der.js';
import { curve as sm2, sm2Verify } from './sm2.js';

const EC = '1.2.840.10045.2.1';
const RSA = '1.2.840.113549.1.1.1';
const RSA_PSS = '1.2.840.113549.1.1.10';
const curves = {
    '1.2.156.10197.1.301': { kind: 'sm2', bytes: 32, p: sm2.p, b: sm2.b },
    '1.2.840.10045.3.1.7': {
        kind: 'ec', name: 'P-256', bytes: 32,
        p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
        b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    },
    '1.3.132.0.34': { kind: 'ec', name: 'P-384', bytes: 48 },
    '1.3.132.0.35': { kind: 'ec', name: 'P-521', bytes: 66 },
};
const RSA_BITS_MIN = 2048;

/* Algorithms of a certificate's signature. SHA-1 and MD5 are not among them. */
const algorithms = {
    '1.2.156.10197.1.501': { kind: 'sm2' },
    '1.2.840.10045.4.3.2': { kind: 'ec', hash: 'SHA-256' },
    '1.2.840.10045.4.3.3': { kind: 'ec', hash: 'SHA-384' },
    '1.2.840.10045.4.3.4': { kind: 'ec', hash: 'SHA-512' },
    '1.2.840.113549.1.1.11': { kind: 'rsa', hash: 'SHA-256' },
    '1.2.840.113549.1.1.12': { kind: 'rsa', hash: 'SHA-384' },
    '1.2.840.113549.1.1.13': { kind: 'rsa', hash: 'SHA-512' },
};
const hashes = {
    '2.16.840.1.101.3.4.2.1': 'SHA-256',
    '2.16.840.1.101.3.4.2.2': 'SHA-384',
    '2.16.840.1.101.3.4.2.3': 'SHA-512',
};

/* Of a suite's curve: WebCrypto judges the others' keys, and no suite has one. */
function isOnCurve({ p, b }, point) {
    if (p === undefined) return true;
    const [x, y] = [toNumber(point.subarray(1, 33)), toNumber(point.subarray(33))];
    return x < p && y < p && (y * y - x * x * x + 3n * x - b) % p === 0n;
}

/* block: a SubjectPublicKeyInfo. { kind, name, bytes, point, spki }; kind '' for one that is unknown. */
export function readKey(block) {
    const [algorithm, bits] = children(block);
    const [oid, parameter] = children(algorithm);
    const key = { kind: '', spki: rawOf(block).slice() };
    if (oidOf(oid) === EC) {
        const point = contentOf(bits).slice();
        const curve = curves[oidOf(parameter)];
        if (curve !== undefined && point.length === 1 + 2 * curve.bytes && point[0] === 4
            && isOnCurve(curve, point)) {
            Object.assign(key, curve, { point });
        }
    } else if (oidOf(oid) === RSA) {
        key.kind = 'rsa';
    }
    return key;
}

/* block: an AlgorithmIdentifier; null if it is none that is trusted. */
export function readAlgorithm(block) {
    const [oid, parameters] = children(block);
    return oidOf(oid) === RSA_PSS ? readPss(parameters) : algorithms[oidOf(oid)] ?? null;
}

/* RFC 4055, 3.1: hash [0], mask generation [1], salt's length [2]; their defaults are SHA-1. */
function readPss(parameters) {
    if (!isSequence(parameters)) return null;
    const field = (number) => children(children(parameters)
        .find(({ idBlock }) => idBlock.tagNumber === number))[0];
    const hash = hashes[oidOf(children(field(0))[0])];
    const maskHash = hashes[oidOf(children(children(field(1))[1])[0])];
    const salt = field(2) === undefined ? 20 : Number(field(2).valueBlock.toString());
    return hash !== undefined && hash === maskHash ? { kind: 'pss', hash, salt } : null;
}

/* Is the signature of the message by this key? algorithm: as readAlgorithm gives it. */
export async function verifySignature(key, algorithm, message, signature) {
    if (algorithm.kind === 'sm2' || algorithm.kind === 'ec') {
        const numbers = readSignature(signature);
        if (numbers === null || key.kind !== algorithm.kind) return false;
        if (key.kind === 'sm2') return sm2Verify(key.point, message, numbers);
        return verifyEc(key, algorithm.hash, message, numbers);
    }
    return key.kind === 'rsa' && verifyRsa(key, algorithm, message, signature);
}

async function verifyEc(key, hash, message, { r, s }) {
    const limit = 1n << BigInt(8 * key.bytes);
    if (r >= limit || s >= limit) return false;
    const raw = concat(fromNumber(r, key.bytes), fromNumber(s, key.bytes));
    return verifyByWebCrypto(key, { name: 'ECDSA', namedCurve: key.name }, { name: 'ECDSA', hash },
        raw, message);
}

async function verifyRsa(key, { kind, hash, salt }, message, signature) {
    const name = kind === 'pss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5';
    return verifyByWebCrypto(key, { name, hash }, { name, saltLength: salt }, signature, message,
        ({ algorithm }) => algorithm.modulusLength >= RSA_BITS_MIN);
}

async function verifyByWebCrypto(key, kind, scheme, signature, message, isStrong = () => true) {
    try {
        const imported = await crypto.subtle.importKey('spki', key.spki, kind, false, ['verify']);
        return isStrong(imported) && await crypto.subtle.verify(scheme, imported, signature, message);
    } catch {
        return false; // not a key of this kind, whatever it says
    }
}
