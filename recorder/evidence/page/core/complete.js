/* What was asked for against what is shown: FORMAT.md, "What is complete". */
import { TOLERANCE_NS } from './clips.js';
import { RECORDS } from './records.js';

const later = (a, b) => (a > b ? a : b);
const compare = (a, b) => (a < b ? -1 : Number(a > b));
const earlier = (a, b) => (a < b ? a : b);

export function judgeComplete(findings, records, clips, requestNumber) {
    new Completeness(findings, records, clips).judge(requestNumber);
}

/* What expiries name, sorted, and searched by halves: there may be many of both. */
export class Expired {
    #ranges; // { first, last, by }: each reaches as far as the farthest one before it

    /* namedBy(expiry): the ranges of records that it names. */
    constructor(expiries, namedBy) {
        this.#ranges = expiries.flatMap((expiry) => namedBy(expiry)
            .filter(({ first }) => first < expiry.record) // only what came before it can have gone
            .map(({ first, last }) => ({ first, last: earlier(last, expiry.record - 1n), by: expiry.record })))
            .sort((a, b) => compare(a.first, b.first) || compare(a.by, b.by));
        for (let i = 1; i < this.#ranges.length; i++) {
            const [before, range] = [this.#ranges[i - 1], this.#ranges[i]];
            if (range.last <= before.last) Object.assign(range, { last: before.last, by: before.by });
        }
    }

    /* { by: the record of an expiry that names this one }, undefined if none does. */
    of(record) {
        let [low, high] = [0, this.#ranges.length]; // the first that begins beyond it
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.#ranges[middle].first <= record) low = middle + 1;
            else high = middle;
        }
        const range = this.#ranges[low - 1];
        return range !== undefined && record <= range.last ? range : undefined;
    }
}

class Completeness {
    #findings;
    #records;
    #clips;
    #from;
    #to;
    #expired; // segments

    constructor(findings, records, clips) {
        this.#findings = findings;
        this.#records = records;
        this.#clips = clips;
        this.#from = records.request?.fromUtcNs;
        this.#to = records.request?.toUtcNs;
    }

    judge(requestNumber) {
        const { request } = this.#records;
        this.#judgeNeeded(requestNumber);
        if (request === null) return;
        const asked = new Set(request.sources.map(({ source }) => source));
        for (const source of request.sources) this.#judgeRun(source);
        this.#judgeUnasked(asked);
        this.#judgeBodies();
        this.#judgeSegments(asked);
        this.#listGaps(asked);
        for (const { source } of request.sources) {
            if (source.startsWith('camera/')) this.#judgeTime(source);
        }
    }

    #report(fault, place) {
        this.#findings.add(fault, { member: RECORDS, ...place });
    }

    #overlaps({ fromUtcNs, toUtcNs }) {
        return fromUtcNs < this.#to && toUtcNs > this.#from;
    }

    /* Those that are always there; one that was altered was reported. */
    #judgeNeeded(requestNumber) {
        const { hasLedger, hasKey, request, unbelieved } = this.#records;
        const needed = [[0n, hasLedger], [1n, hasKey], [requestNumber, request !== null]];
        for (const [record, isThere] of needed) {
            if (!isThere && unbelieved === 0) this.#report('record_missing', { record });
        }
    }

    #judgeRun({ source, latest }) {
        if (latest === 0n || this.#records.unbelieved > 0) return; // what is altered may be what is missed
        const shown = this.#records.sources.get(source);
        const leftOut = (fromUtcNs, toUtcNs) =>
            this.#report('records_left_out', { subject: source, fromUtcNs, toUtcNs });
        if (shown === undefined) {
            leftOut(this.#from, this.#to);
            return;
        }
        const { first, last } = shown;
        if (first.seq !== 1n && first.atUtcNs >= this.#from) leftOut(this.#from, first.atUtcNs);
        if (last.atUtcNs < this.#to && last.seq < latest) leftOut(last.atUtcNs, this.#to);
    }

    #judgeUnasked(asked) {
        for (const [subject, { last }] of this.#records.sources) {
            if (!asked.has(subject)) this.#report('record_unasked', { subject, record: last.record });
        }
    }

    /* Some of a controller's doors were asked for, and its records of the others stay hidden. */
    #mayWithhold(source) {
        return Boolean(this.#records.request.doors) && !source.startsWith('camera/');
    }

    #judgeBodies() {
        const bodies = new Expired(this.#records.expiries, ({ bodies: ranges = [] }) => ranges);
        for (const { record, source, atUtcNs } of this.#records.withheld) {
            if (atUtcNs < this.#from || atUtcNs >= this.#to) continue;
            const expiry = bodies.of(record);
            const hidden = this.#mayWithhold(source) ? 'content_withheld' : 'body_missing';
            this.#report(expiry ? 'content_expired' : hidden, {
                subject: source, record, fromUtcNs: atUtcNs, toUtcNs: atUtcNs,
                ...(expiry && { detail: `by record ${expiry.by}` }),
            });
        }
    }

    #judgeSegments(asked) {
        this.#expired = new Expired(this.#records.expiries,
            ({ segments = [] }) => segments.map((record) => ({ first: record, last: record })));
        for (const segment of this.#records.segments.values()) {
            if (asked.has(segment.source) && this.#overlaps(segment)) this.#judgeSegment(segment);
        }
    }

    #judgeSegment(segment) {
        const { record, source, fromUtcNs, toUtcNs } = segment;
        const place = { subject: source, record, fromUtcNs, toUtcNs };
        const expiry = this.#expired.of(record);
        if (segment.contradictsNote) {
            this.#report('video_altered', { ...place, detail: 'altered before it was sealed' });
        }
        if (expiry !== undefined && !this.#clips.shown.has(record)) {
            this.#report('video_expired', { ...place, detail: `by record ${expiry.by}` });
        } else if (!this.#clips.absent.has(record) && segment.size > 0n) {
            this.#judgePieces(segment);
        }
    }

    /* Where a segment begins or ends inside the range, no fragment is missing there; a torn piece may. */
    #isWhole({ fromUtcNs, toUtcNs, pieces, recovered }, { first, last }) {
        return (fromUtcNs < this.#from || first === 1n)
            && (toUtcNs >= this.#to || last + 1n + (recovered ? 1n : 0n) >= BigInt(pieces));
    }

    /* The part of the range that lies in the segment. */
    #judgePieces(segment) {
        const { record, source, fromUtcNs, toUtcNs, notCoveredFrom, size } = segment;
        const from = later(fromUtcNs, this.#from);
        const to = earlier(toUtcNs, this.#to);
        if (to - from <= TOLERANCE_NS) return; // a torn file, or the range's edge
        const place = { subject: source, record, fromUtcNs: from, toUtcNs: to };
        const shown = this.#clips.shown.get(record);
        if (shown === undefined || shown.fromUtcNs > from + TOLERANCE_NS || shown.toUtcNs < to - TOLERANCE_NS
            || !this.#isWhole(segment, shown)) {
            this.#report('video_left_out', place);
        }
        if (notCoveredFrom !== undefined && notCoveredFrom < size) this.#report('video_not_covered', place);
    }

    #listGaps(asked) {
        for (const gap of this.#records.gaps) {
            const { record, source, fromUtcNs, toUtcNs, cause } = gap;
            if (asked.has(source) && this.#overlaps(gap)) {
                this.#report('no_video', { subject: source, record, fromUtcNs, toUtcNs, cause });
            }
        }
    }

    /* Segments and gaps tile a camera's time. */
    #judgeTime(source) {
        const stretches = [...this.#records.segments.values(), ...this.#records.gaps]
            .filter((stretch) => stretch.source === source && this.#overlaps(stretch))
            .sort((a, b) => compare(a.fromUtcNs, b.fromUtcNs));
        let covered = this.#from;
        const unexplained = (toUtcNs) =>
            this.#report('time_unexplained', { subject: source, fromUtcNs: covered, toUtcNs });
        for (const { fromUtcNs, toUtcNs } of stretches) {
            if (fromUtcNs > covered + TOLERANCE_NS) unexplained(fromUtcNs);
            covered = later(covered, toUtcNs);
        }
        if (covered < this.#to - TOLERANCE_NS) unexplained(this.#to);
    }
}
