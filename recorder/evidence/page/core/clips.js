/*
 * proof/clips.txt: FORMAT.md, "Clips". Fed line by line; makes of it the stretches that are to be
 * hashed, and what of each segment is shown.
 */
import { concat, fromHex, hex, textOf } from './bytes.js';
import { Digests } from './digest.js';
import { digest, i64, size, u64 } from './form.js';
import { leafHash, Tiling } from './tiling.js';

export const CLIPS = 'proof/clips.txt';
const INIT = 1;
const FRAGMENT = 2;
const TORN = 3;
export const TOLERANCE_NS = 150000000n; // FORMAT.md, "What is complete"
const PIECE_MAX = 2 ** 32 - 1;
const INITS_MAX = 64;
const TIME_MAX = (1n << 63n) - 1n;
const absences = { unreadable: 'video_unreadable', altered: 'video_altered', missing: 'video_missing' };

export class Clips {
    clips = []; // { member, stretches: [{ offset, size, digest, piece }], parts }
    shown = new Map(); // by segment, of its fragments: { first, last, fromUtcNs, toUtcNs }
    absent = new Set(); // segments
    #findings;
    #members; // of the ZIP, below clips/
    #segments; // by record, as records.txt shows them
    #digests;
    #clip = null;
    #at = 0; // how far the clip is tiled
    #inits = []; // of the clip
    #own = 0; // its own stretches
    #segment = null; // { record, facts, goesOn, tiling, init, lastFragment }
    #before = null; // of the clip, the segment before: { facts, lastFragment }
    #begun = new Set(); // segments

    get begunCount() {
        return this.#begun.size;
    }

    #next = this.#first;

    static async of(findings, members, segments, suite) {
        const clips = new Clips();
        clips.#findings = findings;
        clips.#members = [...members];
        clips.#segments = segments;
        clips.#digests = await Digests.of(suite);
        return clips;
    }

    line(bytes) {
        return this.#next(textOf(bytes) ?? '');
    }

    end(size) {
        const detail = this.#next === this.#first ? 'its first line is another' : this.#endClip();
        const isWhole = detail === undefined && this.#members.length === 0;
        return isWhole ? undefined : { byteFrom: size, byteTo: size, detail: detail ?? 'it does not list every clip' };
    }

    #first(text) {
        this.#next = this.#any;
        return text === 'sealroom clips v1' ? undefined : 'its first line is another';
    }

    #any(text) {
        const [word, ...fields] = text.split(' ');
        const reader = Object.hasOwn(this.#readers, word) ? this.#readers[word] : undefined;
        if (reader === undefined || fields.length !== reader.length) return 'a line of no known kind';
        return reader.apply(this, fields);
    }

    #readers = {
        clip: (name) => {
            const problem = this.#endClip();
            if (problem !== undefined) return problem;
            const member = this.#members.shift();
            if (this.absent.size > 0 || member?.name !== name) return 'the clips are not those of the package';
            this.#clip = { member, stretches: [], parts: [] };
            this.clips.push(this.#clip);
            this.#at = 0;
            this.#inits = [];
            this.#own = 0;
            this.#before = null;
            return undefined;
        },
        own: (sizeText, digestText) => {
            const length = size(sizeText);
            if (this.#clip === null || !(length > 0) || digest(digestText) === null
                || !this.#mayBeOwn()) return 'a line of a clip\'s own bytes';
            this.#own++;
            return this.#addStretch({ offset: this.#at, size: length, digest: digestText });
        },
        segment: (recordText) => {
            const record = u64(recordText);
            if (this.#clip === null || record === null) return 'a segment outside of a clip';
            this.#endSegment();
            if (this.#begun.has(record)) return 'a segment stands twice';
            const facts = this.#segments.get(record);
            const goesOn = facts !== undefined && this.#before?.facts !== undefined;
            if (goesOn && !mayGoOn(this.#before, facts)) return 'a segment does not follow the one before';
            this.#begun.add(record);
            this.#segment = {
                record, facts, goesOn, tiling: new Tiling(this.#digests), init: null, lastFragment: null,
            };
            return undefined;
        },
        skip: (levelText, hash) => {
            const level = u64(levelText);
            if (this.#segment === null || level === null || level > 63n || digest(hash) === null
                || !this.#segment.tiling.add(Number(level), fromHex(hash))) {
                return 'a node does not fit where it stands';
            }
            return undefined;
        },
        piece: (kindText, offset, sizeText, digestText, clipOffset, start, duration) => this.#addPiece({
            kind: size(kindText), recordedAt: u64(offset), size: size(sizeText),
            digest: digest(digestText), offset: size(clipOffset), startUtcNs: i64(start),
            durationNs: i64(duration),
        }),
        absent: (recordText, cause) => {
            const problem = this.#endClip();
            if (problem !== undefined) return problem;
            const record = u64(recordText);
            const segment = this.#segments.get(record);
            if (segment === undefined || !Object.hasOwn(absences, cause) || this.absent.has(record)
                || this.#begun.has(record)) return 'a line of an absent segment';
            this.absent.add(record);
            this.#findings.add(absences[cause], {
                member: CLIPS, record, subject: segment.source, fromUtcNs: segment.fromUtcNs,
                toUtcNs: segment.toUtcNs, detail: 'as found when it was to be copied',
            });
            return undefined;
        },
    };

    #addPiece(piece) {
        const segment = this.#segment;
        if (segment === null || Object.values(piece).includes(null) || piece.kind < INIT
            || piece.kind > TORN || piece.size < 1 || piece.size > PIECE_MAX
            || piece.offset > PIECE_MAX || piece.durationNs < 0n
            || piece.startUtcNs + piece.durationNs > TIME_MAX) return 'a piece that cannot be there';
        const index = segment.tiling.number;
        if ((piece.kind === INIT) !== (index === 0n)) return 'a piece that cannot be there';
        segment.tiling.add(0, leafHash(this.#digests, leafData(piece)));
        return this.#follow(piece, index) ?? this.#place(piece, index);
    }

    /* Fragments stand one after another behind the init part, and tell what time is shown. */
    #follow(piece, index) {
        const { record, facts, goesOn, init, lastFragment } = this.#segment;
        if (piece.kind === INIT) this.#segment.init = piece;
        if (piece.kind !== FRAGMENT) return undefined;
        if (init === null) return 'a fragment without its init part';
        if (lastFragment === null ? goesOn && index !== 1n : index !== lastFragment + 1n) {
            return 'a fragment does not follow the one before';
        }
        const toUtcNs = piece.startUtcNs + piece.durationNs;
        if (facts !== undefined && (piece.startUtcNs < facts.fromUtcNs - TOLERANCE_NS
            || toUtcNs > facts.toUtcNs + TOLERANCE_NS)) return 'a fragment of an impossible time';
        this.#segment.lastFragment = index;
        const { first, fromUtcNs } = this.shown.get(record) ?? { first: index, fromUtcNs: piece.startUtcNs };
        this.shown.set(record, { first, last: index, fromUtcNs, toUtcNs });
        return undefined;
    }

    /* An init part that the clip has already takes no place in it. */
    #place(piece, index) {
        const { record } = this.#segment;
        const part = piece.kind === INIT
            ? this.#inits.find(({ init }) => init.offset === piece.offset
                && init.size === piece.size && init.digest === piece.digest)
            : undefined;
        if (piece.kind === FRAGMENT) this.#partOf(this.#segment.init).fragments.push({ ...piece, record });
        if (part !== undefined) return undefined;
        if (this.#own === 2) return 'a line of a clip\'s own bytes';
        if (piece.kind === INIT) {
            if (this.#inits.length === INITS_MAX) return 'too many init parts';
            const begun = { init: piece, fragments: [] };
            this.#inits.push(begun);
            this.#clip.parts.push(begun);
        }
        return this.#addStretch({ offset: piece.offset, size: piece.size, digest: piece.digest, piece: { ...piece, record, index, init: this.#segment.init?.offset, isFragment: piece.kind === FRAGMENT } });
    }

    /* Once before its pieces and once behind them; or it is pieces alone. */
    #mayBeOwn() {
        return this.#at === 0 ? this.#own === 0
            : this.#own === 1 && this.#clip.parts.some(({ fragments }) => fragments.length > 0);
    }

    #partOf(piece) {
        return this.#inits.find(({ init }) => init.offset === piece.offset);
    }

    #addStretch(stretch) {
        if (stretch.offset !== this.#at || stretch.size > this.#clip.member.size - this.#at) {
            return 'it does not lie where the one before ends';
        }
        this.#at += stretch.size;
        this.#clip.stretches.push(stretch);
        return undefined;
    }

    /* All its pieces, to the root in its record. */
    #endSegment() {
        if (this.#segment === null) return;
        const { record, facts, tiling, lastFragment } = this.#segment;
        this.#segment = null;
        this.#before = { facts, lastFragment };
        if (facts === undefined || tiling.number !== BigInt(facts.pieces) || hex(tiling.root()) !== facts.root) {
            this.#findings.add('clip_unproved', { member: this.#clip.member.name, record });
        }
    }

    #endClip() {
        if (this.#clip === null) return undefined;
        this.#endSegment();
        if (this.#own === 1) return 'a line of a clip\'s own bytes';
        const isWhole = this.#at === this.#clip.member.size;
        this.#clip = null;
        return isWhole ? undefined : 'a clip has bytes that no line names';
    }
}

/* A clip is of one camera, and without a gap. */
function mayGoOn({ facts, lastFragment }, next) {
    const apart = next.fromUtcNs - facts.toUtcNs;
    return facts.source === next.source && facts.record < next.record && facts.continues
        && apart <= TOLERANCE_NS && -apart <= TOLERANCE_NS
        && lastFragment !== null && lastFragment + 1n === BigInt(facts.pieces);
}

/* FORMAT.md, "Segment digests": 49 bytes, little-endian. */
function leafData(piece) {
    const numbers = new DataView(new ArrayBuffer(17));
    numbers.setUint8(0, piece.kind);
    numbers.setBigUint64(1, piece.recordedAt, true);
    numbers.setBigUint64(9, BigInt(piece.size), true);
    return concat(new Uint8Array(numbers.buffer), fromHex(piece.digest));
}
