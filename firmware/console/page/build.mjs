/*
 * Makes what sealroom-console serves: index.html, console.js, console.css, the guide's pictures.
 *
 *   node build.mjs MODULES OUT NODE [TEST …]
 *
 * MODULES is the folder of npm's packages (esbuild alone is taken from there), outside of the
 * sources; into the folder NODE go the tests, as Node.js runs them. The same sources give the same bytes on every machine.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guidePlugin } from './guide.mjs';
import { wordsPlugin } from '../../../recorder/evidence/page/words.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const [modules, out, nodeFolder, ...tests] = process.argv.slice(2).map((path) => resolve(path));
const esbuild = createRequire(join(modules, 'esbuild'))('esbuild');
const common = { absWorkingDir: here, bundle: true, charset: 'utf8', format: 'esm', logLevel: 'warning' };

mkdirSync(out, { recursive: true });
copyFileSync(join(here, 'index.html'), join(out, 'index.html'));
await esbuild.build({
    ...common,
    entryPoints: [{ in: 'main.js', out: 'console' }, { in: 'style.css', out: 'console' }],
    legalComments: 'none',
    minify: true,
    outdir: out,
    platform: 'browser',
    plugins: [guidePlugin(['GUIDE.md', 'GUIDE.zh-CN.md'].map((name) => join(here, '..', name)), out), wordsPlugin(join(here, '../../../recorder'), ['door_events', 'deny_reasons', 'gap_causes',
        'record_kinds', 'camera_notes', 'health_events', 'faults'])],
    target: ['chrome100', 'firefox102'],
});
for (const test of tests) {
    await esbuild.build({
        ...common, entryPoints: [test], platform: 'node', target: 'node18', loader: { '.css': 'text', '.md': 'text' },
        outfile: join(nodeFolder, basename(test).replace(/\.js$/, '.mjs')),
    });
}
