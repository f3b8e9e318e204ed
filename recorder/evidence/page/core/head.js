/* A record's head: FORMAT.md, "Head". One form, nothing else. */
import { textOf } from './bytes.js';
import { anyWord, i64, time, u64 } from './form.js';

const HEAD_MAX = 1024;
const SOURCE_MAX = 47;
const ID = '[a-z0-9][a-z0-9-]{0,31}';
const FORM = new RegExp('^\\{"kind":"([a-z0-9_]+)",'
    + `"source":"(${ID}(?:/${ID})?)",`
    + '"seq":"([0-9]+)","at":"([0-9TZ:.-]+)","boot":"([0-9a-f-]{36})","monotonic":"(-?[0-9]+)",'
    + '"clock":"(synced|unsynced)","body":"([0-9a-f]{64})"\\}$');

/* { kind, source, seq, atUtcNs, clock, body (its digest) }, null if it is malformed. */
export function readHead(bytes) {
    const found = bytes.length <= HEAD_MAX ? textOf(bytes)?.match(FORM) : null;
    if (!found) return null;
    const [, kind, source, seqText, at, , monotonic, clock, body] = found;
    const seq = u64(seqText);
    const atUtcNs = time(at);
    const isWhole = anyWord(kind) !== null && source.length <= SOURCE_MAX && seq !== null && seq > 0n
        && atUtcNs !== null && i64(monotonic) !== null;
    return isWhole ? { kind, source, seq, atUtcNs, clock, body } : null;
}
