import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBase64, utf8 } from '../../../recorder/evidence/page/core/bytes.js';
import { i64, time, u64 } from '../../../recorder/evidence/page/core/form.js';
import { readHead } from '../../../recorder/evidence/page/core/head.js';
import { readJson } from '../../../recorder/evidence/page/core/json.js';
import { Lines } from '../../../recorder/evidence/page/core/lines.js';
import { readCheckpoint, readNote } from '../../../recorder/evidence/page/core/note.js';

test('numbers have one form', () => {
    assert.equal(u64('18446744073709551615'), 18446744073709551615n);
    for (const text of ['18446744073709551616', '01', '-1', '+1', '', ' 1', '1.0', undefined]) assert.equal(u64(text), null);
    assert.equal(i64('-9223372036854775808'), -9223372036854775808n);
    for (const text of ['9223372036854775808', '-0', '--1', '00']) assert.equal(i64(text), null);
});

test('times exist, to the nanosecond', () => {
    assert.equal(time('2026-11-22T08:13:42.000000123Z'), 1795335222000000123n);
    assert.equal(time('1969-12-31T23:59:59.999999999Z'), -1n);
    for (const text of ['2026-02-30T00:00:00.000000000Z', '2026-11-22T24:00:00.000000000Z', '2026-11-22T08:13:60.000000000Z',
        '2026-11-22T08:13:42.000000123', '2026-11-22T08:13:42Z', '2400-01-01T00:00:00.000000000Z', '2026-13-01T00:00:00.000000000Z']) {
        assert.equal(time(text), null, text);
    }
});

test('base64 has one form', () => {
    assert.deepEqual(fromBase64('AAE='), Uint8Array.of(0, 1));
    for (const text of ['AAF=', 'AAE', 'AAE =', 'AA-_', 'A===']) assert.equal(fromBase64(text), null, text);
});

test('JSON is taken in the one form that records have', () => {
    assert.deepEqual({ ...readJson('{"a":[1,-2,{}],"b":"\\u4e2d\\n","c":true}') }.b, '中\n');
    for (const text of ['{"a":1,"a":1}', '{"a": 1}', '{"a":1.5}', '{"a":1e3}', '{"a":9007199254740992}', '{"a":"\\ud800"}',
        '{"a":"\\u0000"}', '{"a":"\t"}', '{"a":1}x', '{"a":01}', '{"a":1,}', '{a:1}', '', '[1', `${'['.repeat(40)}${']'.repeat(40)}`]) {
        assert.equal(readJson(text), undefined, text);
    }
    assert.equal(readJson('{"__proto__":1}').toString, undefined);
});

const head = '{"kind":"entry","source":"door/panel","seq":"7","at":"2026-11-22T08:13:42.000000123Z",'
    + '"boot":"6f1c0a52-2a3b-4f43-9a53-1d2f3c4b5a69","monotonic":"-5","clock":"synced","body":"' + '0'.repeat(64) + '"}';

test('a head has one form', () => {
    assert.equal(readHead(utf8(head)).seq, 7n);
    for (const [from, to] of [['"7"', '"0"'], ['"7"', '7'], ['entry', 'Entry'], ['door/panel', 'door/Panel'], ['-5', '-0'],
        [',"boot"', ', "boot"'], ['synced', 'sync'], ['door/panel', `d/${'a'.repeat(33)}`], ['}', '} '], ['08:13:42', '08:13:61']]) {
        assert.equal(readHead(utf8(head.replace(from, to))), null, to);
    }
    assert.equal(readHead(Uint8Array.of(0xff)), null);
});

const note = 'ledger/one\n42\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— ledger/one AAAAAAAA\n';

test('a checkpoint has one form', () => {
    const { origin, size, root } = readCheckpoint(utf8(note));
    assert.deepEqual([origin, size, root.slice(0, 8)], ['ledger/one', 42n, 'e3b0c442']);
    for (const [from, to] of [['42', '042'], ['FU=\n', 'FV=\n'], ['\n\n', '\nmore\n\n'], ['— ', '- '], ['AAAAAAAA\n', 'AAAAAAAA'],
        ['ledger/one\n42', 'ledger one\n42'], ['AAAAAAAA', 'AAAA'], ['one\n42', 'one\r\n42'], ['AAAAAAAA\n', `AAAAAAAA\n${'— x AAAAAAAA\n'.repeat(64)}`]]) {
        assert.equal(readCheckpoint(utf8(note.replace(from, to))), null, to);
    }
    assert.equal(readNote(utf8('no note')), null);
});

test('lines are cut wherever a chunk ends', () => {
    const seen = [];
    const lines = new Lines((line, from, to) => seen.push([Buffer.from(line).toString(), from, to]), 4);
    for (const chunk of ['a', 'b\n\ncd', '', 'ef\n', 'gh']) assert.ok(lines.feed(utf8(chunk)));
    assert.deepEqual(seen, [['ab', 0, 3], ['', 3, 4], ['cdef', 4, 9]]);
    assert.ok(!lines.isEnded);
    assert.ok(!lines.feed(utf8('ijk\n')));
});
