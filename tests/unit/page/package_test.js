import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Expired } from '../../../recorder/evidence/page/core/complete.js';
import { Hasher } from '../../../recorder/evidence/page/core/hasher.js';
import { checkPackage } from '../../../recorder/evidence/page/core/package.js';
import { BlobSource } from '../../../recorder/evidence/page/core/source.js';

globalThis.crypto ??= webcrypto; // Node.js 18

const vector = (name) => new Uint8Array(readFileSync(`${process.env.VECTORS}/${name}`));
const check = (source, hasher = new Hasher(source)) => checkPackage(source, { trust: null, since: null, hasher });

/* The package, in which a byte of the signature at the manifest's end is another. */
function otherSignature(bytes, place, byte) {
    const text = Buffer.from(bytes);
    const from = text.lastIndexOf(Buffer.from('\n\u2014 ', 'utf8')) + 1;
    const at = text.indexOf(0x20, text.indexOf(0x20, from) + 1) + 1;
    const signature = Buffer.from(text.subarray(at, text.indexOf(0x0a, at)).toString(), 'base64');
    signature[place] = byte;
    text.write(signature.toString('base64'), at);
    return text;
}

const TAGS = [0, 1, 2, 3, 4, 5, 6, 9, 10, 12, 13, 16, 17, 23, 24, 28, 30, 31, 0x22, 0x30, 0x31, 0x82, 0xa2];

/* Behind the key's number: SEQUENCE, its length, INTEGER. */
for (const [suite, place, own] of [['sm', 4, 0x30], ['sm', 6, 2], ['nist', 4, 0x30], ['nist', 6, 2]]) {
    test(`a manifest whose signature has another tag is altered (${suite}, byte ${place})`, async () => {
        for (const tag of TAGS.filter((one) => one !== own)) {
            const { verdict, findings } = await check(new BlobSource(
                new Blob([otherSignature(vector(`${suite}-door.zip`), place, tag)])));
            assert.equal(verdict, 'altered', `tag ${tag}`);
            // without the CRC's, which tells as much
            assert.ok(findings.some(({ fault, member, detail }) => fault === 'manifest_altered'
                && member === 'manifest.txt' && detail === undefined), `tag ${tag}`);
        }
    });
}

for (const lie of ['order-swapped', 'composition-changed', 'track-added', 'edit-hidden', 'bytes-behind']) {
    test(`a clip that would show other than its pieces is found (${lie})`, async () => {
        const { findings } = await check(new BlobSource(new Blob([vector(`nist-clip-${lie}.zip`)])));
        const found = findings.filter((finding) => finding.class === 'altered');
        assert.deepEqual(found.map(({ fault, member }) => [fault, member]), [['clip_contradicted', 'clips/gate-1.mp4']]);
    });
}

test('what fails while it is judged is altered, and named', async () => {
    const source = new BlobSource(new Blob([vector('sm-gate.zip')]));
    const { verdict, findings } = await check(source, { hash: () => { throw new RangeError('no such thing'); } });
    assert.equal(verdict, 'altered');
    assert.ok(findings.some(({ fault, member }) => fault === 'member_malformed' && member === 'proof/clips.txt'));
});

test('want of memory is no finding', async () => {
    const source = new BlobSource(new Blob([vector('sm-gate.zip')]));
    const fail = (error) => () => { throw error; };
    for (const error of [new RangeError('Array buffer allocation failed'), new RangeError('Out of memory'), // Chromium's
        new RangeError('WebAssembly.Memory(): could not allocate memory'),
        Object.assign(new Error('allocation size overflow'), { name: 'InternalError' }), 'out of memory']) { // Firefox's
        await assert.rejects(check(source, { hash: fail(error) }), { name: 'MemoryError' });
        await assert.rejects(check(new BlobSource({ size: 1 << 20, slice: fail(error) })), { name: 'MemoryError' });
    }
});

test('a medium that is gone is no finding', async () => {
    const bytes = vector('sm-gate.zip');
    for (const allowed of [0, 1, 5, 20]) {
        const blob = new Blob([bytes]);
        let reads = 0;
        const lost = {
            size: bytes.length,
            slice(...range) {
                if (reads++ >= allowed) throw new DOMException('it is gone', 'NotReadableError');
                return blob.slice(...range);
            },
        };
        await assert.rejects(check(new BlobSource(lost)), { name: 'ReadError', message: 'it is gone' });
    }
});

/* The first expiry behind a record that names it. */
const foundByLookingAtAll = (expiries, record) => expiries.find(({ record: by, ranges }) =>
    by > record && ranges.some(({ first, last }) => first <= record && record <= last));

test('an expiry is found where looking at all of them finds one', () => {
    let seed = 1;
    const random = (limit) => BigInt((seed = (seed * 48271) % 2147483647) % limit);
    for (let round = 0; round < 200; round++) {
        const expiries = Array.from({ length: 12 }, (_, i) => ({
            record: BigInt(6 * i + 5),
            ranges: Array.from({ length: 3 }, () => random(60)).map((first) => ({ first, last: first + random(9) })),
        }));
        const expired = new Expired(expiries, ({ ranges }) => ranges);
        for (let record = 0n; record < 80n; record++) {
            const found = expired.of(record);
            assert.equal(found !== undefined, foundByLookingAtAll(expiries, record) !== undefined);
            assert.ok(found === undefined || expiries.some(({ record: by, ranges }) => by === found.by
                && by > record && ranges.some(({ first, last }) => first <= record && record <= last)));
        }
    }
});

test('many expiries of many records are found in no time', () => {
    const count = 30000n;
    const expiries = Array.from({ length: Number(count) }, (_, i) =>
        ({ record: 2n * count + BigInt(i), bodies: [{ first: 2n * BigInt(i), last: 2n * BigInt(i) }] }));
    const begin = performance.now();
    const expired = new Expired(expiries, ({ bodies }) => bodies);
    for (let record = 0n; record < 2n * count; record++) {
        assert.equal(expired.of(record)?.by, record % 2n === 0n ? 2n * count + record / 2n : undefined);
    }
    assert.ok(performance.now() - begin < 5000); // one by one: a thousand million looks
});
