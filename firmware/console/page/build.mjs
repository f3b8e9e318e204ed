/*
 * Makes what sealroom-console serves: index.html, console.js, console.css.
 *
 *   node build.mjs MODULES OUT
 *
 * MODULES is the folder of npm's packages (esbuild alone is taken from there), outside of the
 * sources. The same sources give the same bytes on every machine.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wordsPlugin } from '../../../recorder/evidence/page/words.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const [modules, out] = process.argv.slice(2).map((path) => resolve(path));
const esbuild = createRequire(join(modules, 'esbuild'))('esbuild');

mkdirSync(out, { recursive: true });
copyFileSync(join(here, 'index.html'), join(out, 'index.html'));
await esbuild.build({
    absWorkingDir: here,
    bundle: true,
    charset: 'utf8',
    entryPoints: [{ in: 'main.js', out: 'console' }, { in: 'style.css', out: 'console' }],
    format: 'esm',
    legalComments: 'none',
    logLevel: 'warning',
    minify: true,
    outdir: out,
    platform: 'browser',
    plugins: [wordsPlugin(join(here, '../../../recorder'), ['door_events', 'deny_reasons', 'gap_causes',
        'record_kinds', 'camera_notes', 'health_events', 'faults'])],
    target: ['chrome100', 'firefox102'],
});
