import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, utf8 } from '../../../recorder/evidence/page/core/bytes.js';
import { FragmentTimes, StatedTimes } from '../../../recorder/evidence/page/core/times.js';

const SECOND = 1_000_000_000n;
const u32 = (...numbers) => {
    const view = new DataView(new ArrayBuffer(4 * numbers.length));
    numbers.forEach((number, at) => view.setUint32(4 * at, number));
    return new Uint8Array(view.buffer);
};
const box = (name, ...parts) => {
    const content = concat(...parts);
    return concat(u32(content.length + 8), utf8(name), content);
};
const track = (id, handler, timescale) => box('trak', box('tkhd', u32(0, 0, 0, id)),
    box('mdia', box('mdhd', u32(0, 0, 0, timescale, 0)), box('hdlr', u32(0, 0), utf8(handler))));
const init = box('moov', track(2, 'soun', 8000), track(1, 'vide', 90000),
    box('mvex', box('trex', u32(0, 1, 1, 3000, 0, 0))));
const run = (flags, ...numbers) => box('trun', u32(flags, ...numbers));
const fragment = (time, ...runs) => box('moof', box('mfhd', u32(0, 1)),
    box('traf', box('tfhd', u32(0, 2)), box('tfdt', u32(0, 7)), run(0, 9)),
    box('traf', box('tfhd', u32(0, 1)), box('tfdt', u32(0, time)), ...runs));

function said(bytes, first = init) {
    const times = new FragmentTimes();
    times.take({ kind: 1, offset: 5 }, first);
    return times.take({ kind: 2, init: 5 }, bytes);
}

test('a fragment says when its video begins and how long it is', () => {
    assert.deepEqual(said(fragment(180000, run(0, 30))), { timeNs: 2n * SECOND, durationNs: SECOND });
    assert.deepEqual(said(fragment(0, run(0x301, 2, 0, 45000, 1, 90000, 1), run(0, 15))),
        { timeNs: 0n, durationNs: 2n * SECOND });
});

test('what has not the boxes says nothing', () => {
    for (const bytes of [utf8('no boxes'), fragment(0, run(0x100, 5, 1)), box('moof')]) {
        assert.equal(said(bytes), null);
    }
    assert.equal(said(fragment(0, run(0, 30)), box('moov', track(1, 'vide', 0))), null);
    assert.equal(said(fragment(0, run(0, 30)), new Uint8Array(0)), null);
});

test('samples are summed over the whole fragment, and more than any has say nothing', () => {
    const half = box('traf', box('tfhd', u32(0, 1)), box('tfdt', u32(0, 90000)), run(0, 32768));
    const none = box('traf', box('tfhd', u32(0, 1)), box('tfdt', u32(0, 0)), run(0, 0));
    assert.deepEqual(said(box('moof', none, half, half)),
        { timeNs: SECOND, durationNs: 65536n * 3000n * SECOND / 90000n });
    assert.equal(said(box('moof', half, half, box('traf', box('tfhd', u32(0, 1)), box('tfdt', u32(0, 0)), run(0, 1)))), null);
    assert.equal(said(fragment(0, run(0, 2 ** 32 - 1))), null);
    assert.equal(said(box('moof', none)), null);
});

const facts = { fromUtcNs: 100n * SECOND, toUtcNs: 110n * SECOND, pieces: 11 };
const piece = (index, start, duration = SECOND) => ({
    record: 7n, index, startUtcNs: start, durationNs: duration,
});
const media = (time) => ({ timeNs: time * SECOND, durationNs: SECOND });

test('what is stated fits what is said, give or take a clock', () => {
    const stated = new StatedTimes();
    assert.ok(stated.fit(piece(4n, 103n * SECOND), facts, media(50n)));
    assert.ok(stated.fit(piece(5n, 104n * SECOND + 150_000_000n), facts, media(51n)));
    assert.ok(!stated.fit(piece(6n, 105n * SECOND + 153_000_000n), facts, media(52n)));
    assert.ok(!stated.fit(piece(7n, 106n * SECOND, 2n * SECOND), facts, media(53n)));
    assert.ok(!stated.fit(piece(8n, 103n * SECOND), facts, media(49n)));
    assert.ok(stated.fit(piece(10n, 109n * SECOND, SECOND), facts, { timeNs: 56n * SECOND, durationNs: 2n * SECOND }));
});

test('without it the record is what there is', () => {
    const stated = new StatedTimes();
    assert.ok(stated.fit(piece(1n, 100n * SECOND), facts, null));
    assert.ok(!stated.fit(piece(1n, 101n * SECOND), facts, null));
    assert.ok(!stated.fit(piece(10n, 108n * SECOND), facts, null));
    assert.ok(stated.fit(piece(4n, 106n * SECOND), facts, null));
});
