import assert from 'node:assert/strict';
import { test } from 'node:test';
import page from '../../../firmware/console/page/style.css';
import player from '../../../recorder/evidence/page/player/player.css';
import theme from '../../../recorder/evidence/page/theme.css';

/* WCAG 2.2, AA: 1.4.3 for text, 1.4.11 for signs and for what shows where a control is. */
const TEXT = 4.5;
const SIGN = 3;
const DARK = /@media screen and \(prefers-color-scheme: dark\) \{([^}]*\{[^}]*\})\s*\}/g;

/* The rules of a style sheet that are not inside of something: [[selector, { property: value }]]. */
function rulesOf(css) {
    return [...css.replace(/\/\*[^]*?\*\//g, '').matchAll(/([^{}]+)\{([^{}]*)\}/g)].map(([, selector, body]) => [
        selector.trim(), Object.fromEntries(body.split(';').map((line) => line.split(/:(.*)/s).map((part) => part?.trim()))
            .filter(([name, value]) => name && value))]);
}

/* The custom properties of a theme. */
function valuesOf(dark) {
    const values = {};
    for (const css of [theme, player, page]) {
        const light = css.replace(DARK, '');
        const more = dark ? [...css.matchAll(DARK)].map(([, inner]) => inner) : [];
        for (const text of [light, ...more]) {
            for (const [selector, body] of rulesOf(text)) {
                if (selector.includes(':fullscreen')) continue; // is black whatever the theme
                for (const [name, value] of Object.entries(body)) if (name.startsWith('--')) values[name] = value;
            }
        }
    }
    return values;
}

/* "#abc", "#aabbcc", "rgb(1 2 3 / 50%)" or var(--name) as [red, green, blue, opacity]. */
function colourOf(text, values) {
    const named = /^var\((--[\w-]+)/.exec(text);
    if (named) return colourOf(values[named[1]], values);
    const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text);
    if (short) return [...short.slice(1).map((digit) => parseInt(digit + digit, 16)), 1];
    const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
    if (long) return [...long.slice(1).map((digits) => parseInt(digits, 16)), 1];
    const mixed = /^rgb\((\d+) (\d+) (\d+) \/ (\d+)%\)$/.exec(text);
    assert.ok(mixed, `a colour: ${text}`);
    return [...mixed.slice(1, 4).map(Number), mixed[4] / 100];
}

const over = ([r, g, b, a], below) => [r, g, b].map((part, i) => part * a + below[i] * (1 - a));

function luminance(colour) {
    const [r, g, b] = colour.map((part) => part / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/* Of two colours, the lower one opaque. */
function contrast(text, ground, values) {
    const below = colourOf(ground, values);
    const [one, other] = [over(colourOf(text, values), below), below.slice(0, 3)].map(luminance).sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05);
}

const v = (name) => `var(--${name})`;
const across = (texts, grounds, least) => texts.flatMap((text) => grounds.map((ground) => [text, ground, least]));

/* What stands on what; rules that say both are found by themselves. */
const PAIRS = [
    ...across(['text', 'quiet', 'main', 'good', 'bad'].map(v), ['card', 'ground', 'hover'].map(v), TEXT),
    ...across([v('bad')], [v('bad-ground')], TEXT), // an altered row, with its small words
    ...across([v('text')], ['part-ground', 'good-ground', 'ask-ground'].map(v), TEXT),
    ...across([v('main')], ['card', 'ground', 'hover', 'part-ground'].map(v), SIGN), // the ring of the focus
    ...across([v('quiet')], [v('card')], SIGN), // where a field begins
    ...across(['mark-entry', 'mark-alarm'].map((kind) => ({ 'mark-entry': v('main'), 'mark-alarm': v('bad') })[kind]),
        [v('card'), v('lane')], SIGN),
    ...['video', 'altered-ground'].map((kind) => [v(kind), v('lane'), SIGN]),
    ...['gap', 'gone', 'absent', 'altered', 'unexplained'].map((kind) => [v(`${kind}-lines`), v(`${kind}-ground`), SIGN]),
];

for (const name of ['light', 'dark']) {
    const values = valuesOf(name === 'dark');
    test(`every text and sign of the ${name} theme stands out from what is behind it`, () => {
        const found = [theme, player, page].flatMap((css) => rulesOf(css.replace(DARK, '')))
            .map(([selector, body]) => [body.color, body.background, TEXT, selector])
            .filter(([text, ground]) => /^(var|#)/.test(text) && /^(var\(--[\w-]+[),]|#[0-9a-f]+$)/.test(ground));
        assert.ok(found.length > 10);
        for (const [text, ground, least, selector = ''] of [...PAIRS, ...found]) {
            const is = contrast(text, ground, values);
            assert.ok(is >= least, `${selector} ${text} on ${ground}: ${is.toFixed(2)}, not ${least}`);
        }
    });

    test(`the ${name} theme's words over a picture are read whatever the picture`, () => {
        const rules = new Map(rulesOf(player));
        for (const white of ['#000000', '#ffffff']) {
            const ground = over(colourOf(rules.get('.tile-head').background, values), colourOf(white, values));
            const hex = `#${ground.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
            for (const words of ['var(--film-text)', rules.get('.tile-note').color]) {
                assert.ok(contrast(words, hex, values) >= TEXT, `${words} on ${hex}`);
            }
        }
    });
}

test('the colours that the test reads are those of the themes', () => {
    assert.notEqual(valuesOf(false)['--ground'], valuesOf(true)['--ground']);
    assert.notEqual(valuesOf(false)['--video'], valuesOf(true)['--video']);
    assert.ok(contrast('#777777', '#ffffff', {}) < TEXT && contrast('#767676', '#ffffff', {}) >= TEXT);
});
