/* Reading DER by asn1js, and no more of BER than DER is. */
import { fromBER } from 'asn1js';

/* The one value that the bytes are; null if they are not just that. */
export function readDer(bytes) {
    if (!isDer(bytes, 0, bytes.length, 0)) return null;
    try {
        const { result, offset } = fromBER(bytes);
        return offset === bytes.length && result.error === '' ? result : null;
    } catch {
        return null; // asn1js throws for contents that do not fit their tag
    }
}

/* Of the universal types: SEQUENCE and SET (X.690, 10.2: strings are not cut up in DER). */
const CONSTRUCTED = [16, 17];

/* asn1js takes lengths as BER has them: of any form. Tags above 30 stand in no certificate. */
function isDer(bytes, from, to, depth) {
    let count = 0;
    for (let at = from; at < to; count++) {
        const isConstructed = (bytes[at] & 0x20) !== 0;
        if ((bytes[at] & 0x1f) === 0x1f || at + 2 > to || depth > 32) return false;
        if ((bytes[at] & 0xc0) === 0 && isConstructed !== CONSTRUCTED.includes(bytes[at] & 0x1f)) return false;
        let length = bytes[at + 1];
        at += 2;
        if (length >= 0x80) {
            const digits = length & 0x7f;
            if (digits < 1 || digits > 4 || at + digits > to || bytes[at] === 0) return false;
            length = 0;
            for (let i = 0; i < digits; i++) length = length * 256 + bytes[at++];
            if (length < 0x80) return false;
        }
        if (at + length > to || (isConstructed && !isDer(bytes, at, at + length, depth + 1))) return false;
        at += length;
        if (depth === 0 && at !== to) return false;
    }
    return depth > 0 || count === 1;
}

export const children = (block) => block?.valueBlock?.value ?? [];
export const rawOf = (block) => block.valueBeforeDecodeView;
export const contentOf = (block) => block.valueBlock.valueHexView;
export const isClass = (block, tagClass, number) => Boolean(block)
    && block.idBlock.tagClass === tagClass && block.idBlock.tagNumber === number;

const UNIVERSAL = 1;
const CONTEXT = 3;
export const isContext = (block, number) => isClass(block, CONTEXT, number);
export const isSequence = (block) => isClass(block, UNIVERSAL, 16);
export const oidOf = (block) => (isClass(block, UNIVERSAL, 6) ? block.valueBlock.toString() : '');

/* ECDSA-Sig-Value (RFC 3279) → { r, s }, null if it is none. */
export function readSignature(bytes) {
    const block = readDer(bytes);
    const numbers = children(block);
    if (!isSequence(block) || numbers.length !== 2) return null;
    const [r, s] = numbers.map((number) => (isClass(number, UNIVERSAL, 2) ? positive(contentOf(number)) : null));
    return r === null || s === null ? null : { r, s };
}

function positive(content) {
    const isShortest = content.length > 0 && content[0] < 0x80
        && !(content.length > 1 && content[0] === 0 && content[1] < 0x80);
    return isShortest ? [...content].reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) : null;
}
