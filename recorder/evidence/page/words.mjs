/*
 * The words of records and findings, { name: [English, Chinese] } each list, out of the recorder's
 * own tables, so that they are written once: the page imports them as 'recorder-words'.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const LITERAL = /"((?:[^"\\]|\\.)*)"/g;
const plain = (literal) => JSON.parse(`"${literal}"`);

/* The members of an initialiser, adjacent literals joined: a name, its English, its Chinese. */
function members(text) {
    return text.split(/,(?=\s*")/).map((member) => [...member.matchAll(LITERAL)]
        .map(([, literal]) => plain(literal)).join('')).filter((member) => member !== '');
}

function take(list, text, pattern) {
    for (const [, body] of text.matchAll(pattern)) {
        const [name, english, chinese] = members(body);
        if (chinese === undefined) throw new Error(`a word without Chinese: ${body}`);
        list[name] = [english, chinese];
    }
    if (Object.keys(list).length === 0) throw new Error('no words found');
    return list;
}

export function readWords(recorder) {
    const vocabulary = readFileSync(join(recorder, 'base/vocabulary.c'), 'utf8');
    const findings = readFileSync(join(recorder, 'audit/finding.c'), 'utf8');
    const words = {};
    for (const [, noun, body] of vocabulary.matchAll(
        /^static const struct word (\w+)\[\] = \{\n([\s\S]*?)^\};/gm)) {
        words[noun] = take({}, body, /\{[A-Z_0-9]+,\s*((?:"(?:[^"\\]|\\.)*"[\s,]*)+)\}/g);
    }
    words.faults = take({}, findings,
        /\[FAULT_\w+\]\s*=\s*\{FINDING_\w+,\s*((?:"(?:[^"\\]|\\.)*"[\s,]*)+)\}/g);
    return words;
}

/* For esbuild. `used`: the lists that the page needs. */
export const wordsPlugin = (recorder, used) => ({
    name: 'recorder-words',
    setup(build) {
        build.onResolve({ filter: /^recorder-words$/ }, ({ path }) => ({ path, namespace: 'words' }));
        build.onLoad({ filter: /./, namespace: 'words' }, () => {
            const all = readWords(recorder);
            return {
                contents: JSON.stringify(Object.fromEntries(used.map((noun) => [noun, all[noun]]))),
                loader: 'json',
            };
        });
    },
});
