/* Bytes and the texts that stand for them. What does not fit exactly is null, never a guess. */
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const utf8 = (text) => encoder.encode(text);

/* null if it is not UTF-8. */
export function textOf(bytes) {
    try {
        return decoder.decode(bytes);
    } catch {
        return null;
    }
}

export function equal(a, b) {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export function concat(...parts) {
    const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
        whole.set(part, at);
        at += part.length;
    }
    return whole;
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function hex(bytes) {
    let text = '';
    for (const byte of bytes) text += hexOfByte[byte];
    return text;
}

export const isDigest = (text) => /^[0-9a-f]{64}$/.test(text);

export function fromHex(text) {
    return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/* RFC 4648, section 4, with padding, and only in its canonical form: it must come out the same. */
export function fromBase64(text) {
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null;
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return toBase64(bytes) === text ? bytes : null;
}

export function toBase64(bytes) {
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
}

/* Big-endian, as in cryptography. */
export const toNumber = (bytes) => BigInt(`0x${hex(bytes) || '0'}`);

export function fromNumber(number, length) {
    return fromHex(number.toString(16).padStart(2 * length, '0'));
}
