/*
 * The guards' guide, out of GUIDE.md and GUIDE.zh-CN.md, so that it is written once: the pages import
 * [English, Chinese] as 'guide'. Of Markdown it knows what stands in there: headings, paragraphs,
 * numbered lists, tables, a picture, **strong**. A block is [element, …its parts]; a part is a text or
 * again such a list, and a picture ['img', its file, its words].
 */
import { copyFileSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const inline = (text) => text.split(/\*\*(.+?)\*\*/).map((part, i) => (i % 2 ? ['b', part] : part))
    .filter((part) => part !== '');
const cells = (line, kind) => ['tr', ...line.slice(1, -1).split('|').map((cell) => [kind, ...inline(cell.trim())])];

function table(lines) {
    const [head, , ...rows] = lines;
    return ['table', ['thead', cells(head, 'th')], ['tbody', ...rows.map((row) => cells(row, 'td'))]];
}

function block(text) {
    const lines = text.split('\n');
    const picture = /^!\[(.*)\]\((.*)\)$/.exec(text);
    const heading = /^(#+) (.*)$/.exec(text);
    if (picture) return ['img', picture[2], picture[1]];
    if (text.startsWith('|')) return table(lines);
    if (/^\d/.test(text)) return ['ol', ...lines.map((line) => ['li', ...inline(line.replace(/^\d+\. /, ''))])];
    return heading ? [`h${heading[1].length}`, heading[2]] : ['p', ...inline(lines.join(' '))];
}

/* A heading may stand right above what it is of. */
export const readGuide = (text) => text.trim().replace(/^(#+ .*)\n(?!\n)/gm, '$1\n\n').split(/\n\n+/).map(block);

/* For esbuild; the pictures go beside the pages. */
export const guidePlugin = (files, out) => ({
    name: 'guide',
    setup(build) {
        build.onResolve({ filter: /^guide$/ }, () => ({ path: 'guide', namespace: 'guide' }));
        build.onLoad({ filter: /.*/, namespace: 'guide' }, () => {
            const guides = files.map((file) => readGuide(readFileSync(file, 'utf8')).map((part) => {
                if (part[0] !== 'img') return part;
                copyFileSync(join(dirname(file), part[1]), join(out, basename(part[1])));
                return ['img', basename(part[1]), part[2]];
            }));
            return { contents: JSON.stringify(guides), loader: 'json' };
        });
    },
});
