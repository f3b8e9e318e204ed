/* Verifying a package as FORMAT.md, "Package", has it: the steps, and the report they make. */
import { isIssuedBy, readCertificate } from './certificate.js';
import { Clips, CLIPS } from './clips.js';
import { judgeComplete } from './complete.js';
import { crc32 } from './crc.js';
import { Digests } from './digest.js';
import { Findings } from './findings.js';
import { isClip, MANIFEST, readManifest } from './manifest.js';
import { hashMember, readLines, readMember } from './member.js';
import { isWantOfMemory, MemoryError } from './memory.js';
import { judgeNote, readCheckpoint, readNote } from './note.js';
import { LINE_MAX, Records, RECORDS } from './records.js';
import { describe } from './report.js';
import { StatedTimes } from './times.js';
import { readSince, readTrust, SinceError, trustOf } from './trust.js';
import { isEncrypted, readZip } from './zip.js';

const CERTIFICATE = 'proof/device.crt';
const CHECKPOINTS = 'proof/checkpoints/';
const CERTIFICATE_MAX = 65536;
const CHECKPOINT_MAX = 2048;
const MANIFEST_MAX = 4 << 20;

/*
 * source: the package (source.js). hasher.hash(clips, suite, onBytes) → for each of the clips
 * ({ member, stretches }) the indexes of the stretches that are altered. The report of index.js.
 */
export async function checkPackage(source, { trust, since, hasher, onProgress = () => {} }) {
    const check = new Check(source, await readTrust(trust), readSince(since), hasher, onProgress);
    await check.run();
    return check.report();
}

/* FORMAT.md, "Transport": no package, but something with one inside. */
class EncryptedError extends Error {
    name = 'EncryptedError';
}

/* What is no fault of the package: these reach whoever asked. By name, for they cross workers. */
const OUTSIDE = ['ReadError', 'SinceError', 'EncryptedError'];

class Check {
    findings = new Findings();
    trustedBy = 'none';
    isTrustGiven = false;
    certificate = null;
    manifest = null;
    digest = ''; // the package's
    checkpoint = null;
    checkpoints = []; // { member, checkpoint } of the package
    records = null;
    clips = null;
    hashedBytes = 0;
    isSinceOurs = false;
    #source;
    #members = []; // of the ZIP
    #trust;
    #hasher;
    #onProgress;
    #done = 0;

    constructor(source, trust, since, hasher, onProgress) {
        this.#source = source;
        this.#trust = trust;
        this.isTrustGiven = trust !== null;
        this.since = since;
        this.#hasher = hasher;
        this.#onProgress = onProgress;
    }

    async run() {
        const fault = (byteFrom, byteTo, detail) => this.findings.add('package_structure', { byteFrom, byteTo, detail });
        if (await isEncrypted(this.#source)) throw new EncryptedError('it is encrypted for transport');
        const members = await this.#stage(undefined, () => readZip(this.#source, fault)) ?? null;
        if (members === null) return; // nothing can be looked at, and that was reported
        this.#members = members;
        await this.#stage(CERTIFICATE, () => this.#judgeCertificate());
        await this.#stage(MANIFEST, () => this.#judgeManifest());
        await this.#stage(CHECKPOINTS, () => this.#judgeCheckpoints());
        if (this.suite !== '') {
            await this.#stage(RECORDS, () => this.#judgeRecords());
            await this.#stage(CLIPS, () => this.#judgeClips());
            await this.#judgeFiles();
        } else {
            for (const name of [RECORDS, CLIPS]) {
                if (!this.#find(name)) this.findings.add('member_missing', { member: name });
            }
        }
        if (this.records?.isRead && this.manifest !== null) {
            await this.#stage(RECORDS, () =>
                judgeComplete(this.findings, this.records, this.clips, this.manifest.request));
        }
    }

    /* Whatever bytes make this program fail, they are none that a recorder writes. */
    async #stage(member, judge) {
        try {
            return await judge();
        } catch (error) {
            if (isWantOfMemory(error)) throw new MemoryError('out of memory');
            if (OUTSIDE.includes(error?.name)) throw error;
            this.#addFailed(member);
            return undefined;
        }
    }

    #addFailed(member) {
        this.findings.add('member_malformed', { ...(member && { member }), detail: 'judging it failed' });
    }

    report() {
        try {
            return describe(this);
        } catch (error) {
            if (isWantOfMemory(error)) throw new MemoryError('out of memory');
            this.records = this.clips = null;
            this.#addFailed(RECORDS);
            return describe(this);
        }
    }

    get suite() {
        return this.certificate?.suite ?? '';
    }

    #find(name) {
        return this.#members.find((member) => member.name === name);
    }

    #progress = (bytes) => {
        this.#done += bytes;
        this.#onProgress(this.#done, this.#source.size);
    };

    /* The bytes of a small member; null, which was reported, if there is none. */
    async #read(name, sizeMax) {
        const member = this.#find(name);
        if (member === undefined) {
            this.findings.add('member_missing', { member: name });
            return null;
        }
        if (member.size > sizeMax) {
            this.findings.add('member_malformed', { member: name, detail: 'it is too large' });
            return null;
        }
        return readMember(this.#source, member);
    }

    async #judgeCertificate() {
        const der = await this.#read(CERTIFICATE, CERTIFICATE_MAX);
        if (der === null) return;
        const report = (fault, detail) => this.findings.add(fault, { member: CERTIFICATE, ...(detail && { detail }) });
        this.certificate = await readCertificate(der);
        if (this.certificate === null) {
            report('certificate_altered', 'it is no certificate');
            return;
        }
        this.trustedBy = await trustOf(this.#trust, this.certificate);
        if (this.#trust === null) report('not_trusted');
        else if (this.trustedBy === 'none') report('key_not_trusted');
        if (this.suite === '') {
            report('no_certificate');
        } else if (this.certificate.isSelfIssued && !await isIssuedBy(this.certificate, this.certificate)) {
            report('certificate_altered', 'its signature does not fit');
        }
    }

    async #judgeManifest() {
        const bytes = await this.#read(MANIFEST, MANIFEST_MAX);
        if (bytes === null) return;
        const report = (fault, detail) => this.findings.add(fault, { member: MANIFEST, ...(detail && { detail }) });
        if (this.#members.at(-1).name !== MANIFEST) report('package_structure', 'it is not the last member');
        if (crc32(bytes) !== this.#find(MANIFEST).crc) report('manifest_altered', 'its CRC does not fit');
        const note = readNote(bytes);
        this.manifest = note === null ? null : readManifest(note.text);
        if (this.manifest === null) {
            report('manifest_altered', 'it is not in its form');
            return;
        }
        if (this.suite !== '') {
            this.digest = (await Digests.of(this.suite)).hex(note.textBytes);
            const judgement = await judgeNote(note, this.certificate, this.manifest.origin);
            if (judgement === 'foreign') report('manifest_foreign');
            else if (judgement === 'wrong') report('manifest_altered');
            else if (note.signatures.length !== 1) report('manifest_altered', 'more than one signature');
        }
        this.#compareMembers();
        this.#judgePlaces();
    }

    /* The same members in the same order, of the same size and CRC. */
    #compareMembers() {
        const listed = new Set(this.manifest.members.map(({ name }) => name));
        const members = new Map(this.#members.map((member) => [member.name, member]));
        for (const { name, size, crc } of this.manifest.members) {
            const member = members.get(name);
            if (member === undefined) {
                this.findings.add('member_missing', { member: name });
            } else if (member.size !== size || member.crc !== crc) {
                this.findings.add('member_altered', { member: name, detail: 'its size or CRC is another' });
            }
        }
        const others = this.#members.filter(({ name }) => name !== MANIFEST && !listed.has(name));
        for (const { name } of others) this.findings.add('member_unlisted', { member: name });
        const there = this.#members.map(({ name }) => name).filter((name) => listed.has(name));
        const wanted = this.manifest.members.map(({ name }) => name).filter((name) => members.has(name));
        if (there.some((name, i) => name !== wanted[i])) {
            this.findings.add('package_structure', { detail: 'its members are in another order' });
        }
    }

    #judgePlaces() {
        const known = [RECORDS, CLIPS, CERTIFICATE];
        for (const { name } of this.#members) {
            if (name.startsWith('proof/') && !name.startsWith(CHECKPOINTS) && !known.includes(name)) {
                this.findings.add('package_structure', { member: name, detail: 'it has no place there' });
            }
        }
    }

    async #judgeCheckpoints() {
        for (const { name } of this.#members.filter((member) => member.name.startsWith(CHECKPOINTS))) {
            const checkpoint = await this.#stage(name, () => this.#takeCheckpoint(name)) ?? null;
            if (checkpoint !== null) this.checkpoints.push({ member: name, checkpoint });
        }
        this.checkpoint = this.checkpoints.map(({ checkpoint }) => checkpoint)
            .reduce((newest, next) => (newest === null || next.size > newest.size ? next : newest), null);
        if (this.checkpoint === null) {
            this.findings.add('member_missing', { member: CHECKPOINTS });
            return;
        }
        const { origin, size, root } = this.checkpoint;
        if (this.manifest !== null && (origin !== this.manifest.origin
            || size !== this.manifest.checkpoint.size || root !== this.manifest.checkpoint.root)) {
            this.findings.add('manifest_contradicted', { member: MANIFEST, detail: 'another checkpoint' });
        }
        for (const { member, checkpoint } of this.checkpoints) {
            if (checkpoint.origin !== origin) this.findings.add('checkpoint_foreign', { member });
        }
        await this.#judgeSince();
    }

    /* null, which was reported, if it is none of this key in its place. */
    async #takeCheckpoint(name) {
        const bytes = await this.#read(name, CHECKPOINT_MAX);
        if (bytes === null) return null;
        const checkpoint = readCheckpoint(bytes);
        const report = (fault, detail) => {
            this.findings.add(fault, { member: name, ...(detail && { detail }) });
            return null;
        };
        if (checkpoint === null) return report('checkpoint_altered', 'it is not in its form');
        const judgement = this.suite === '' ? 'ok'
            : await judgeNote(checkpoint.note, this.certificate, checkpoint.origin);
        if (judgement !== 'ok') return report(judgement === 'foreign' ? 'checkpoint_foreign' : 'checkpoint_altered');
        if (name !== `${CHECKPOINTS}${checkpoint.size}.txt`) {
            return report('checkpoint_altered', 'it stands in another one\'s place');
        }
        return checkpoint;
    }

    /* One of another key or origin speaks of another ledger; one whose signature is wrong, of nothing. */
    async #judgeSince() {
        if (this.since === null || this.suite === '') return;
        const judgement = await judgeNote(this.since.note, this.certificate, this.since.origin);
        if (judgement === 'wrong' && this.since.origin === this.checkpoint.origin) {
            throw new SinceError('the checkpoint from outside is altered');
        }
        this.isSinceOurs = judgement === 'ok' && this.since.origin === this.checkpoint.origin;
        if (!this.isSinceOurs) {
            this.findings.add('since_other', { detail: `${this.checkpoint.origin} instead of ${this.since.origin}` });
        }
    }

    get #claims() {
        const claims = [...this.checkpoints];
        if (this.isSinceOurs) claims.push({ member: null, checkpoint: this.since });
        return claims.sort((a, b) => (a.checkpoint.size < b.checkpoint.size ? -1 : Number(a.checkpoint.size > b.checkpoint.size)));
    }

    /* Its digest, once the reader has had each line. */
    async #readLines(name, reader) {
        const member = this.#find(name);
        const { digest, malformed } = await readLines(
            this.#source, member, this.suite, reader, LINE_MAX, this.#progress);
        if (malformed !== null) this.findings.add('member_malformed', { member: name, ...malformed });
        return digest;
    }

    async #judgeRecords() {
        if (!this.#find(RECORDS)) {
            this.findings.add('member_missing', { member: RECORDS });
            return;
        }
        this.records = await Records.of(this.findings, this.#claims.map(({ checkpoint }) => checkpoint.size), {
            suite: this.suite, origin: this.checkpoint?.origin, certificate: this.certificate.der,
            size: this.checkpoint?.size, request: this.manifest?.request,
        });
        const digest = await this.#readLines(RECORDS, this.records);
        if (this.records.isRead) this.#judgeTree();
        else this.records.reportMisfits('record_altered');
        this.#judgeDigest(this.#find(RECORDS), digest);
    }

    /* By the leaves that are stated, by those that the heads have, or by nothing. */
    #judgeTree() {
        const { roots } = this.records;
        const { size: recordCount } = this.checkpoint;
        const newest = roots.get(recordCount);
        const kind = ['byLeaves', 'byHeads'].find((by) => newest[by] === this.checkpoint.root);
        this.records.reportMisfits(kind === 'byHeads' ? 'leaf_altered' : 'record_altered');
        if (kind === undefined) {
            this.findings.add('records_unproved', {
                member: RECORDS, record: 0n, recordLast: recordCount > 0n ? recordCount - 1n : 0n,
            });
            return;
        }
        for (const { member, checkpoint } of this.#claims) this.#judgeClaim(member, checkpoint, roots.get(checkpoint.size)?.[kind]);
    }

    #judgeClaim(member, { size, root }, found) {
        if (found === root) return;
        const [notShown, fork] = member === null ? ['since_not_shown', 'since_fork'] : ['member_malformed', 'checkpoint_fork'];
        this.findings.add(found === undefined ? notShown : fork, {
            ...(member !== null && { member }), detail: `checkpoint of ${size} records`,
        });
    }

    #judgeDigest({ name, size }, digest) {
        const listed = this.manifest?.members.find((member) => member.name === name);
        if (listed !== undefined && listed.digest !== digest) {
            this.findings.add('member_altered', { member: name, byteFrom: 0, byteTo: size });
        }
    }

    async #judgeClips() {
        const members = this.#members.filter(({ name }) => isClip(name));
        this.clips = await Clips.of(this.findings, members, this.records?.segments ?? new Map(), this.suite);
        if (!this.#find(CLIPS)) {
            this.findings.add('member_missing', { member: CLIPS });
            return;
        }
        const digest = await this.#readLines(CLIPS, this.clips);
        const hashed = await this.#hasher.hash(this.clips.clips, this.suite, (bytes) => {
            this.hashedBytes += bytes;
            this.#progress(bytes);
        });
        const stated = new StatedTimes();
        this.clips.clips.forEach((clip, i) => {
            this.#reportStretches(clip, hashed[i]);
            this.#judgeTimes(clip, hashed[i], stated);
        });
        this.#judgeDigest(this.#find(CLIPS), digest);
    }

    #reportStretches(clip, { wrong, contradicted }) {
        if (contradicted !== null) this.findings.add('clip_contradicted', { member: clip.member.name, ...contradicted });
        clip.isWhole = wrong.length === 0 && contradicted === null;
        for (const index of wrong) {
            const { offset, size, piece } = clip.stretches[index];
            const place = { member: clip.member.name, byteFrom: offset, byteTo: offset + size };
            if (piece === undefined) {
                this.findings.add('member_altered', place);
                continue;
            }
            this.findings.add('video_altered', {
                ...place, record: piece.record, subject: this.records?.segments.get(piece.record)?.source,
                fromUtcNs: piece.startUtcNs, toUtcNs: piece.startUtcNs + piece.durationNs,
            });
        }
    }

    #judgeTimes(clip, { wrong, times }, stated) {
        for (const [index, { offset, size, piece }] of clip.stretches.entries()) {
            const facts = this.records?.segments.get(piece?.record);
            if (piece === undefined || !piece.isFragment || facts === undefined || wrong.includes(index)
                || stated.fit(piece, facts, times[index] ?? null)) continue;
            this.findings.add('video_mistimed', {
                member: clip.member.name, byteFrom: offset, byteTo: offset + size, record: piece.record,
                subject: facts.source, fromUtcNs: piece.startUtcNs, toUtcNs: piece.startUtcNs + piece.durationNs,
            });
        }
    }

    /* Every file that is neither a proof that was read above nor a clip. */
    async #judgeFiles() {
        if (this.manifest === null) return;
        for (const member of this.#members) {
            if (isClip(member.name) || [RECORDS, CLIPS, MANIFEST].includes(member.name)) continue;
            await this.#stage(member.name, async () => this.#judgeDigest(member,
                await hashMember(this.#source, member, this.suite, this.#progress)));
        }
    }
}
