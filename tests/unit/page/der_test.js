import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDer, readSignature } from '../../../recorder/evidence/page/core/der.js';

/* As ECDSA and SM2 sign: two numbers of 32 bytes, the first with a zero before it. */
const signature = Uint8Array.of(0x30, 0x45, 0x02, 0x21, 0x00, ...new Uint8Array(32).fill(0x9a),
    0x02, 0x20, ...new Uint8Array(32).fill(0x5b));

test('a signature in which any byte is any other is read or is none, and nothing is thrown', () => {
    assert.notEqual(readSignature(signature), null);
    for (let at = 0; at < signature.length; at++) {
        for (let value = 0; value < 256; value++) {
            const altered = signature.slice();
            altered[at] = value;
            assert.doesNotThrow(() => readSignature(altered), `${value} at ${at}`);
        }
    }
});

test('of no two tags beside each other anything is thrown', () => {
    for (let outer = 0; outer < 256; outer++) {
        for (let inner = 0; inner < 256; inner++) {
            for (const content of [[], [0], [0xff, 1, 2], [0, 0xd8, 0, 0x41]]) {
                const bytes = Uint8Array.of(outer, content.length + 2, inner, content.length, ...content);
                assert.doesNotThrow(() => [readDer(bytes), readSignature(bytes)], `${outer} ${inner}`);
            }
        }
    }
});
