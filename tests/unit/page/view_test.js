import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { visible } from '../../../recorder/evidence/page/player/visible.js';
import { detailIn } from '../../../recorder/evidence/page/view/details.js';
import { sayer } from '../../../recorder/evidence/page/view/texts.js';
import { sentenceOf } from '../../../recorder/evidence/page/view/verdict.js';

const CORE = `${process.env.PAGE_SOURCES}/core`;

test('what turns text around or hides is spelt out, as the command line does', () => {
    assert.equal(visible('a\u202eevil'), 'a\\u202eevil');
    assert.equal(visible('\u200b'), '\\u200b');
    assert.equal(visible('a\n\u007f\u0085\u00ad\u061c\u2066\u2028\ufeff\ufff9'),
        'a\\u000a\\u007f\\u0085\\u00ad\\u061c\\u2066\\u2028\\ufeff\\ufff9');
    for (const plain of ['张三 · Müller', 'שלום', 'A\u0301', '\u{1f600}', '']) assert.equal(visible(plain), plain);
});

/* Texts with blanks that are none of a program's own: what is handed to a person as a reason. */
function reasonsIn(source) {
    const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/ .*/g, '')
        .replace(/new \w*Error\([^)]*\)/g, '');
    return [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|`([^`\n]*)`/g)]
        .map(([, plain, pattern]) => (plain ?? pattern.replace(/\$\{[^}]*\}/g, '1')).replaceAll("\\'", "'"))
        .filter((text) => / /.test(text) && /^[a-z0-9][\w' .-]*[a-z0-9]$/.test(text) && !/^sealroom | v1$/.test(text));
}

test('every reason that the core gives has its Chinese', () => {
    const reasons = readdirSync(CORE).flatMap((name) => reasonsIn(readFileSync(`${CORE}/${name}`, 'utf8')));
    for (const known of ['it is too short to be a package', 'a clip has bytes that no line names', '1 follows 1',
        'checkpoint of 1 records', "a line of a clip's own bytes"]) assert.ok(reasons.includes(known), known);
    assert.deepEqual([...new Set(reasons)].filter((reason) => detailIn('zh', reason) === reason), []);
});

const say = sayer('en');
const report = (change) => ({
    verdict: 'altered', findings: [{ class: 'altered', detail: '' }], notListed: 0, device: null,
    against: { trust: 'none', given: true, since: null }, ...change,
});

test('a fingerprint that was given is not told as none', () => {
    assert.match(sentenceOf(report(), say, 'en'), /could not be compared/);
    assert.match(sentenceOf(report({ device: {} }), say, 'en'), /you gave, which is another’s/);
    assert.match(sentenceOf(report({ against: { trust: 'none', given: false, since: null } }), say, 'en'),
        /no fingerprint, no certificate/);
});

test('what the recorder found in its own storage is not to be exported again', () => {
    const home = { class: 'altered', detail: 'as found when it was to be copied' };
    const other = { class: 'altered', detail: 'it is too large' };
    const advice = (...findings) => sentenceOf(report({ findings }), say, 'en');
    assert.match(advice(other), /have the period exported again\.$/);
    assert.match(advice(home), /another export cannot help, so have the recording verified in place\.$/);
    assert.match(advice(home, other), /verified in place, and the period exported again for the rest\.$/);
});
