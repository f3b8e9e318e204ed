/* The forms that fields have in every text and record. What does not fit is null. */
import { utf8 } from './bytes.js';

const U64 = 1n << 64n;
const I64 = 1n << 63n;
const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{9})Z$/;

/* Decimal without leading zeros; BigInt. */
export function u64(text) {
    if (typeof text !== 'string' || !/^(0|[1-9][0-9]{0,19})$/.test(text)) return null;
    const number = BigInt(text);
    return number < U64 ? number : null;
}

export function i64(text) {
    if (typeof text !== 'string' || !/^(0|-?[1-9][0-9]{0,18})$/.test(text)) return null;
    const number = BigInt(text);
    return number >= -I64 && number < I64 ? number : null;
}

/* The same as a Number, for what is smaller than any file. */
export function size(text) {
    const number = u64(text);
    return number !== null && number <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(number) : null;
}

/* ns since 1970-01-01T00:00:00Z. */
export function time(text) {
    const found = typeof text === 'string' ? text.match(TIME) : null;
    if (found === null) return null;
    const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
    const ms = Date.UTC(year, month - 1, day, hour, minute, second);
    const isSame = new Date(ms).toISOString().slice(0, 19) === text.slice(0, 19);
    const ns = BigInt(ms) * 1000000n + BigInt(found[7]);
    return isSame && ns >= -I64 && ns < I64 ? ns : null;
}

export const digest = (text) => (typeof text === 'string' && /^[0-9a-f]{64}$/.test(text) ? text : null);

export const count = (value) => (Number.isInteger(value) && value >= 0 && value < 2 ** 32 ? value : null);

export const flag = (value) => (typeof value === 'boolean' ? value : null);

export const id = (value) => (typeof value === 'string' && /^[a-z0-9][a-z0-9-]{0,31}$/.test(value) ? value : null);

/* Without control characters, of so many bytes at most. */
export const text = (sizeMax) => (value) =>
    (typeof value === 'string' && !/[\0-\x1f\x7f]/.test(value) && utf8(value).length <= sizeMax ? value : null);

/* A word of records: later versions know more of them. */
export const anyWord = (value) => (typeof value === 'string' && /^[a-z][a-z0-9_]{0,31}$/.test(value) ? value : null);

export const word = (...words) => (value) => (words.includes(value) ? value : null);
