/* Signed notes (C2SP signed-note): FORMAT.md, "Checkpoint". */
import { concat, equal, fromBase64, hex, textOf, utf8 } from './bytes.js';
import { isSignedBy } from './certificate.js';
import { sha256 } from './digest.js';
import { u64 } from './form.js';

const SIGNATURES_MAX = 64;
const KEY_ID_SIZE = 4;
const LONG_TYPE = concat([0x0a, 0xff], utf8('sealroom SM2-SM3 signed note v1'));

/* No control characters, no white space of any kind, no '+'. */
export const isOrigin = (text) => utf8(text).length <= 96 && /^[^\0-\x1f\x7f\p{White_Space}+]+$/u.test(text);

/* { text, textBytes, signatures: [{ name, value }] }, null if it is no note. */
export function readNote(bytes) {
    const whole = textOf(bytes);
    const end = whole?.lastIndexOf('\n\n') ?? -1;
    if (end < 0 || /[\0-\x09\x0b-\x1f\x7f]/.test(whole) || !whole.endsWith('\n')) return null;
    const text = whole.slice(0, end + 1);
    const lines = whole.slice(end + 2, -1).split('\n');
    if (lines.length > SIGNATURES_MAX) return null;
    const signatures = lines.map(readSignatureLine);
    return signatures.includes(null) ? null : { text, textBytes: utf8(text), signatures };
}

function readSignatureLine(line) {
    const [, name, base64] = line.match(/^— ([^ ]+) ([^ ]+)$/) ?? [];
    const value = base64 === undefined ? null : fromBase64(base64);
    return value === null || value.length <= KEY_ID_SIZE ? null : { name, value };
}

async function keyId({ suite, key }, name) {
    const parts = suite === 'sm' ? [utf8(name), LONG_TYPE, key.spki] : [key.spki];
    return (await sha256(...parts)).subarray(0, KEY_ID_SIZE);
}

/*
 * 'ok'; 'foreign': no line is by this name and key; 'wrong': one is, and does not fit. Lines by
 * others are passed over.
 */
export async function judgeNote(note, certificate, name) {
    const id = await keyId(certificate, name);
    const ours = note.signatures.filter((signature) => signature.name === name
        && equal(signature.value.subarray(0, KEY_ID_SIZE), id));
    for (const { value } of ours) {
        if (!await isSignedBy(certificate, note.textBytes, value.slice(KEY_ID_SIZE))) return 'wrong';
    }
    return ours.length > 0 ? 'ok' : 'foreign';
}

const CHECKPOINT_MAX = 2048;

/* { origin, size (BigInt), root (hexadecimal), note }, null if it is none. */
export function readCheckpoint(bytes) {
    const note = bytes.length <= CHECKPOINT_MAX ? readNote(bytes) : null;
    const lines = note?.text.split('\n') ?? [];
    if (lines.length !== 4 || !isOrigin(lines[0]) || u64(lines[1]) === null) return null;
    const root = fromBase64(lines[2]);
    if (root === null || root.length !== 32) return null;
    return { origin: lines[0], size: u64(lines[1]), root: hex(root), note };
}

