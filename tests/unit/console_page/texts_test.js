import assert from 'node:assert/strict';
import { test } from 'node:test';
import english from '../../../firmware/console/GUIDE.md';
import chinese from '../../../firmware/console/GUIDE.zh-CN.md';
import { readGuide } from '../../../firmware/console/page/guide.mjs';
import { texts } from '../../../firmware/console/page/say.js';

const gapsOf = (text) => [...text.matchAll(/\{\w+\}/g)].map(([gap]) => gap).sort();

test('every text is there in both languages, and leaves the same gaps', () => {
    for (const [key, said] of Object.entries(texts)) {
        assert.equal(said.length, 2, key);
        for (const text of said) assert.ok(typeof text === 'string' && text !== '', key);
        assert.deepEqual(gapsOf(said[0]), gapsOf(said[1]), key);
    }
});

test('Chinese is written with Chinese marks', () => {
    for (const [key, [, text]] of Object.entries(texts)) {
        assert.doesNotMatch(text, /\p{Script=Han} ?[,;:?!]|[,;:?!] ?\p{Script=Han}|\.\.\.| …/u, `${key}: ${text}`);
    }
});

test('the guide says the same in both languages, with nothing that its reader does not know', () => {
    const kinds = (part) => (Array.isArray(part)
        ? [part[0], ...part[0] === 'img' ? [] : part.slice(1).flatMap(kinds)] : []);
    const [one, other] = [english, chinese].map((text) => readGuide(text).flatMap(kinds).filter((kind) => kind !== 'b'));
    assert.deepEqual(one, other);
    for (const kind of ['h1', 'h2', 'img', 'ol', 'li', 'table', 'th', 'td', 'p']) assert.ok(one.includes(kind), kind);
    const words = (part) => (Array.isArray(part) ? part.slice(1).map(words).join(' ') : part);
    assert.doesNotMatch(readGuide(`${english}\n\n${chinese}`).map(words).join(' '), /\*\*|[|`#]|\]\(/);
});
