import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { visible } from '../../../recorder/evidence/page/player/visible.js';
import { detailIn } from '../../../recorder/evidence/page/view/details.js';

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
