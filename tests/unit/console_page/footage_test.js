import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VerdictError } from '../../../firmware/console/page/api.js';
import { footageOf, reader } from '../../../firmware/console/page/parts/footage.js';

const CAMERAS = [{ id: 'gate', name: 'Gate' }];
const fragment = (piece, start) => ({ piece, start, duration: 1000 });
const part = (state, more) => ({ segment: `s-${state}`, record: 3, state, codec: 'h264', ...more });

async function footage(parts) {
    const asked = [];
    const api = {
        look(path, query, scope) {
            asked.push([path, query, scope]);
            return Promise.resolve({ parts });
        },
    };
    return { asked, ...await footageOf(api, CAMERAS, 10_000, 20_000) };
}

test('what is asked for is what would be put on record', async () => {
    const { asked } = await footage([]);
    assert.deepEqual(asked, [['/api/video/gate', { from: 10_000, to: 20_000 },
        { what: 'video', from: 10_000, to: 20_000, cameras: 'gate' }]]);
});

test('pieces come in seconds, with what is known of their segment', async () => {
    const { cameras } = await footage([part('sealed', { fragments: [fragment(1, 11_500), fragment(2, 12_500)] })]);
    const [{ parts: [{ clip, init, fragments }] }] = cameras[0].clips;
    assert.deepEqual(clip, { codec: 'h264' });
    assert.deepEqual(init, { segment: 's-sealed', piece: 0 });
    assert.deepEqual(fragments[1], {
        segment: 's-sealed', piece: 2, start: 12.5, duration: 1,
        record: { camera: 'gate', record: 3, state: 'sealed' },
    });
});

test('an altered segment is played, for its other pieces may be whole; what is gone is not', async () => {
    const { cameras, spans } = await footage([
        part('altered', { fragments: [fragment(1, 11_000)] }),
        part('missing', { from: 12_000, to: 13_000 }), part('expired', { from: 13_000, to: 14_000 }),
        part('open', { fragments: [fragment(1, 14_000), fragment(2, 15_000)] })]);
    assert.deepEqual(cameras[0].clips.map(({ parts }) => parts[0].init.segment), ['s-altered', 's-open']);
    assert.deepEqual(spans.gate.map(({ kind, from, to }) => [kind, from, to]), [
        ['altered', 11, 12], ['altered', 12, 13], ['gone', 13, 14], ['video', 14, 16]]);
});

test('a segment of which nothing is known yet has no place on the line', async () => {
    const { spans } = await footage([part('open', {})]);
    assert.deepEqual(spans.gate, []);
});

test('a piece that is not what was sealed is told of, and refused', async () => {
    const told = [];
    const piece = { segment: 's', piece: 4 };
    const read = (answer) => reader({ piece: () => answer }, (...lost) => told.push(lost))(piece);
    assert.deepEqual(await read(Promise.resolve(new Uint8Array([1]))), new Uint8Array([1]));
    await assert.rejects(read(Promise.reject(new VerdictError('altered'))), VerdictError);
    await assert.rejects(read(Promise.reject(new Error('no line'))));
    assert.deepEqual(told, [[piece, 'altered']]);
});
