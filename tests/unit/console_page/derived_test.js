import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../../firmware/console/page/api.js';
import { DerivedReader, isForeign, stretchesOf } from '../../../firmware/console/page/parts/derived.js';
import { footageOf, reader } from '../../../firmware/console/page/parts/footage.js';

const seconds = (count, keyframes, from = 1) => Array.from({ length: count }, (_, i) => ({
    piece: from + i, start: (from + i) * 1000, duration: 1000, keyframe: keyframes.includes(from + i),
}));
const box = (name, size) => {
    const bytes = new Uint8Array(size);
    new DataView(bytes.buffer).setUint32(0, size);
    bytes.set([...name].map((letter) => letter.charCodeAt(0)), 4);
    return [...bytes];
};
const MOVIE = new Uint8Array([...box('ftyp', 12), ...box('moov', 20), ...box('moof', 16), ...box('mdat', 9)]);

test('stretches end before a keyframe, or after four seconds', () => {
    const spans = (fragments) => stretchesOf(fragments).map(({ first, last }) => [first, last]);
    assert.deepEqual(spans(seconds(6, [1, 2, 3, 4, 5, 6])), [[1, 2], [3, 4], [5, 6]]);
    assert.deepEqual(spans(seconds(6, [1, 4])), [[1, 3], [4, 6]]);
    assert.deepEqual(spans(seconds(10, [1])), [[1, 4], [5, 8], [9, 10]]);
    assert.deepEqual(spans([...seconds(1, [1]), ...seconds(1, [3], 3)]), [[1, 1], [3, 3]]);
});

test('stretches tile the time of their fragments', () => {
    const stretches = stretchesOf(seconds(7, [1, 3, 6]));
    assert.equal(stretches[0].start, 1000);
    stretches.slice(1).forEach(({ start }, i) => assert.equal(start, stretches[i].start + stretches[i].duration));
});

test('only what the browser has no decoder for is made anew', () => {
    assert.equal(isForeign('hevc', () => false), true);
    assert.equal(isForeign('hevc', () => true), false);
    assert.equal(isForeign('h264', () => false), false);
});

test('a camera that is played derived says so, and begins with the stretch that is wanted', async () => {
    const part = { segment: 's', record: 3, state: 'sealed', codec: 'hevc', fragments: seconds(6, [1, 3, 5]) };
    const api = { look: () => Promise.resolve({ parts: [part] }) };
    const { cameras: [camera] } = await footageOf(api, [{ id: 'gate', name: 'Gate' }], 5_500, 9_000, undefined,
        (codec) => codec === 'hevc');
    const [{ parts: [{ init, fragments }] }] = camera.clips;
    assert.equal(camera.derived, true);
    assert.deepEqual(init, { segment: 's', derived: { first: 5, last: 6 }, init: true });
    assert.deepEqual(fragments[0], {
        segment: 's', derived: { first: 1, last: 2 }, start: 1, duration: 2,
        record: { camera: 'gate', record: 3, state: 'sealed' },
    });
});

test('a stretch is made once, and read as init part and as fragment', async () => {
    const asked = [];
    const derived = new DerivedReader({ derived: (...what) => { asked.push(what.slice(0, 3)); return Promise.resolve(MOVIE); } });
    const read = reader({}, () => {}, derived);
    const piece = { segment: 's', derived: { first: 1, last: 2 } };
    assert.equal((await read({ ...piece, init: true })).length, 32);
    assert.equal((await read(piece)).length, 25);
    assert.deepEqual(asked, [['s', 1, 2]]);
});

test('a decoder that is busy is asked again, another refusal is not, nor is one tried again in vain kept', async () => {
    const answers = [new ApiError(503, {}), MOVIE];
    const derived = new DerivedReader({
        derived: () => {
            const answer = answers.shift();
            return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
        },
    });
    const piece = { segment: 's', derived: { first: 1, last: 2 } };
    assert.equal((await derived.read(piece)).length, 25);
    answers.push(new ApiError(409, { code: 'unsupported' }), MOVIE);
    const other = { segment: 's', derived: { first: 3, last: 4 } };
    await assert.rejects(derived.read(other), { status: 409 });
    assert.equal((await derived.read(other)).length, 25);
});
