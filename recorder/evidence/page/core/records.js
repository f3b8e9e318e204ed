/* proof/records.txt: FORMAT.md, "Records". Fed line by line; what it says is kept for later. */
import { equal, fromBase64, fromHex, hex, textOf } from './bytes.js';
import { Digests } from './digest.js';
import { digest, u64 } from './form.js';
import { readExpiry, readGap, readRequest, readSegment } from './facts.js';
import { readHead } from './head.js';
import { readJson } from './json.js';
import { leafHash, newTiling } from './tiling.js';

export const RECORDS = 'proof/records.txt';
export const LINE_MAX = 1048576;
const SOURCES_MAX = 512;

export class Records {
    isRead = false;
    hasLedger = false; // record 0
    hasKey = false; // record 1
    unbelieved = 0; // records that are altered or malformed: they accuse nobody of leaving out
    misfits = []; // records whose stated leaf is not their head's
    roots = new Map(); // of the tree at a size asked for: { byLeaves, byHeads }
    sources = new Map(); // by name: { first, last } of those with a run or head
    #allSources = new Set(); // beside too
    withheld = []; // run or head without a body
    segments = new Map(); // by record
    gaps = [];
    expiries = [];
    entries = []; // everything but segments and gaps, and bodies that tell who asks
    request = null;
    counts = { records: 0, heads: 0 };
    #findings;
    #claims;
    #wanted; // { suite, origin, certificate (DER), size, request }
    #digests;
    #byLeaves;
    #byHeads; // null as long as all stated leaves are right: it would be the same
    #next = this.#first;
    #item = null;
    #size = null;

    /* claims: sizes of checkpoints that are held against the tree. */
    static async of(findings, claims, wanted) {
        const records = new Records();
        records.#findings = findings;
        records.#claims = new Set(claims);
        records.#wanted = wanted;
        records.#digests = await Digests.of(wanted.suite);
        records.#byLeaves = await newTiling(wanted.suite);
        return records;
    }

    line(bytes, from, to) {
        return this.#next(bytes, from, to);
    }

    end(size) {
        if (this.#next !== this.#itemLine) {
            return { byteFrom: size, byteTo: size, detail: 'it ends inside an item' };
        }
        // what stands beyond the checkpoint is proved by nothing
        if (this.#byLeaves.number !== this.#size || this.#size !== this.#wanted.size) {
            const place = this.#byLeaves.number !== this.#size ? { byteFrom: size, byteTo: size } : {};
            return { ...place, detail: 'its items tile another number of records' };
        }
        this.#mark();
        this.isRead = true;
        return undefined;
    }

    reportMisfits(fault) {
        for (const { record, from, to } of this.misfits) {
            this.#findings.add(fault, { member: RECORDS, byteFrom: from, byteTo: to, record });
        }
    }

    #first(bytes) {
        this.#next = this.#sizeLine;
        return textOf(bytes) === 'sealroom records v1' ? undefined : 'it begins otherwise';
    }

    #sizeLine(bytes) {
        this.#size = u64(textOf(bytes)?.match(/^size ([0-9]+)$/)?.[1]);
        this.#next = this.#itemLine;
        return this.#size === null ? 'no number of records' : undefined;
    }

    #itemLine(bytes, from) {
        this.#mark();
        const [word, number, hash, ...more] = bytes.length <= 128 ? textOf(bytes)?.split(' ') ?? [] : [];
        if (more.length > 0 || digest(hash) === null) return 'no item';
        if (word === 'skip') return this.#skip(u64(number), fromHex(hash));
        if (!['run', 'head', 'beside'].includes(word)) return 'no item';
        if (u64(number) !== this.#byLeaves.number) return 'not the number that follows';
        if (this.#byLeaves.number >= this.#size) return 'more than there are';
        this.#item = { word, record: this.#byLeaves.number, leaf: fromHex(hash), from };
        this.#next = this.#headLine;
        return undefined;
    }

    #skip(level, hash) {
        if (level === null || level > 63n) return 'no level';
        if (this.#byLeaves.number + (1n << level) > this.#size) return 'more than there are';
        const fits = this.#byLeaves.add(Number(level), hash);
        this.#byHeads?.add(Number(level), hash);
        return fits ? undefined : 'no node begins there';
    }

    #headLine(bytes, from, to) {
        const item = this.#item;
        if (bytes.length > 1024) return 'no head';
        item.head = bytes.slice();
        item.to = to;
        if (item.word === 'head') return this.#take(item);
        this.#next = this.#bodyLine;
        return undefined;
    }

    #bodyLine(bytes, from, to) {
        this.#item.body = bytes.slice();
        this.#item.to = to;
        return this.#take(this.#item);
    }

    /* The roots as far as it has come, if somebody asked for them here. */
    #mark() {
        const { number } = this.#byLeaves;
        if (!this.#claims.has(number) || this.roots.has(number)) return;
        const byLeaves = hex(this.#byLeaves.root());
        this.roots.set(number, { byLeaves, byHeads: this.#byHeads ? hex(this.#byHeads.root()) : byLeaves });
    }

    #take(item) {
        const leaf = leafHash(this.#digests, item.head);
        this.#next = this.#itemLine;
        this.counts[item.body === undefined ? 'heads' : 'records']++;
        if (!equal(leaf, item.leaf)) {
            this.misfits.push(item);
            this.unbelieved++;
            this.#byHeads ??= this.#byLeaves.copy();
        }
        this.#byHeads?.add(0, leaf);
        this.#byLeaves.add(0, item.leaf);
        if (equal(leaf, item.leaf)) this.#judge(item);
        return this.#allSources.size > SOURCES_MAX ? 'records of too many sources' : undefined;
    }

    #report(fault, item, head, detail) {
        this.#findings.add(fault, {
            member: RECORDS, byteFrom: item.from, byteTo: item.to, record: item.record,
            ...(head && { subject: head.source, fromUtcNs: head.atUtcNs, toUtcNs: head.atUtcNs }),
            ...(detail && { detail }),
        });
    }

    #judge(item) {
        const head = readHead(item.head);
        if (head === null) {
            this.#report('record_malformed', item, null, 'its head is not in its form');
            this.unbelieved++;
            return;
        }
        this.#allSources.add(head.source);
        if (item.word !== 'beside') this.#count(item, head);
        const body = item.body === undefined ? null : this.#believe(item, head);
        if (item.body === undefined) this.withheld.push({ record: item.record, ...head });
        if (body !== null) this.#learn(item, head, body);
        if (head.kind !== 'segment' && head.kind !== 'gap') {
            this.entries.push({
                record: item.record, atUtcNs: head.atUtcNs, kind: head.kind, source: head.source,
                clock: head.clock, beside: item.word === 'beside', body,
            });
        }
    }

    /* Of each source the run has every one. */
    #count(item, head) {
        const place = { record: item.record, seq: head.seq, atUtcNs: head.atUtcNs };
        const source = this.sources.get(head.source);
        if (source === undefined) {
            this.sources.set(head.source, { first: place, last: place });
            return;
        }
        if (head.seq !== source.last.seq + 1n && this.unbelieved === 0) {
            this.#report('sequence_broken', item, head, `${head.seq} follows ${source.last.seq}`);
        }
        source.last = place;
    }

    /* The body as parsed, null if it is not the one that was sealed, or not in its form. */
    #believe(item, head) {
        if (this.#digests.hex(item.body) !== head.body) {
            this.#report('body_altered', item, head);
            this.unbelieved++;
            return null;
        }
        const text = textOf(item.body);
        const body = text === null ? undefined : readJson(text);
        if (body === undefined || !/^\{"salt":"[0-9a-f]{32}"[,}]/.test(text)) {
            this.#report('record_malformed', item, head, 'its content is not in its form');
            return null;
        }
        return body;
    }

    #learn(item, head, body) {
        const learn = this.#learners[head.kind];
        const isLearnt = learn === undefined || learn.call(this, item, head, body);
        if (!isLearnt) this.#report('record_malformed', item, head, 'its content is not in its form');
    }

    #learners = {
        segment(item, head, body) {
            const facts = readSegment(body, this.#wanted.suite);
            if (facts !== null) this.segments.set(item.record, { record: item.record, source: head.source, ...facts });
            return facts !== null;
        },
        gap(item, head, body) {
            const facts = readGap(body);
            if (facts !== null) this.gaps.push({ record: item.record, source: head.source, ...facts });
            return facts !== null;
        },
        expiry(item, head, body) {
            const facts = readExpiry(body);
            if (facts !== null) this.expiries.push({ record: item.record, atUtcNs: head.atUtcNs, ...facts });
            return true; // one that is malformed lets nothing go, and what is gone is missed
        },
        operator(item, head, body) {
            if (item.record !== this.#wanted.request) return true;
            const facts = readRequest(body);
            if (facts === null || facts.toUtcNs > head.atUtcNs) return false;
            this.request = { record: item.record, atUtcNs: head.atUtcNs, ...facts };
            return true;
        },
        ledger(item, head, body) {
            this.hasLedger ||= item.record === 0n;
            if (item.record === 0n && body.origin !== this.#wanted.origin) this.#report('ledger_identity', item, head);
            return true;
        },
        key(item, head, body) {
            if (item.record !== 1n) return true;
            this.hasKey = true;
            const der = typeof body.certificate === 'string' ? fromBase64(body.certificate) : null;
            if (der === null || !equal(der, this.#wanted.certificate)) {
                this.#findings.add('certificate_altered', {
                    member: 'proof/device.crt', detail: 'it is not the one in record 1',
                });
            }
            return true;
        },
    };
}
