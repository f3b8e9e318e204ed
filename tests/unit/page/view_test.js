import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visible } from '../../../recorder/evidence/page/player/visible.js';

test('what turns text around or hides is spelt out, as the command line does', () => {
    assert.equal(visible('a\u202eevil'), 'a\\u202eevil');
    assert.equal(visible('\u200b'), '\\u200b');
    assert.equal(visible('a\n\u007f\u0085\u00ad\u061c\u2066\u2028\ufeff\ufff9'),
        'a\\u000a\\u007f\\u0085\\u00ad\\u061c\\u2066\\u2028\\ufeff\\ufff9');
    for (const plain of ['张三 · Müller', 'שלום', 'A\u0301', '\u{1f600}', '']) assert.equal(visible(plain), plain);
});
