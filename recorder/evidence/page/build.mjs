/*
 * Makes verify.html: one file, everything in it, nothing fetched from anywhere.
 *
 *   node build.mjs MODULES OUT.html NODE_FOLDER [TEST…]
 *
 * MODULES is the folder of npm's packages, outside of the sources. NODE_FOLDER gets verify.mjs, the
 * same core as a command for Node.js, and the tests. The same sources give the same bytes on every
 * machine.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wordsPlugin } from './words.mjs';

const SIZE_MAX = 300_000;

const here = dirname(fileURLToPath(import.meta.url));
const [modules, out, nodeFolder, ...tests] = process.argv.slice(2).map((path) => resolve(path));
const esbuild = createRequire(join(modules, 'esbuild'))('esbuild');

const common = {
    absWorkingDir: here,
    bundle: true,
    charset: 'utf8',
    legalComments: 'none', // the licences stand in the page as a whole, see below
    logLevel: 'warning',
    nodePaths: [modules],
    write: false,
};
const forBrowsers = {
    ...common,
    format: 'iife',
    minify: true,
    platform: 'browser',
    target: ['chrome100', 'firefox102'],
};

/* A page opened from disk can start a worker only from text that it carries. */
const workerText = {
    name: 'worker-text',
    setup(build) {
        build.onResolve({ filter: /^worker-text:/ }, ({ path, resolveDir }) => ({
            path: resolve(resolveDir, path.slice('worker-text:'.length)), namespace: 'worker-text',
        }));
        build.onLoad({ filter: /./, namespace: 'worker-text' }, async ({ path }) => ({
            contents: await bundle({ ...forBrowsers, entryPoints: [path] }), loader: 'text',
        }));
    },
};

const words = wordsPlugin(join(here, '../..'), ['door_events', 'deny_reasons', 'gap_causes',
    'record_kinds', 'camera_notes', 'health_events', 'faults']);

async function bundle(options) {
    const { outputFiles } = await esbuild.build(options);
    return outputFiles[0].text;
}

/* Of everything that is in the page: their texts ask to go with every copy. */
function licences() {
    const { packages } = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8'));
    const texts = Object.entries(packages)
        .filter(([path, entry]) => path !== '' && !entry.dev)
        .map(([path]) => {
            const folder = join(modules, path.slice('node_modules/'.length));
            const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
            return `${name} ${version}\n\n${licenceOf(folder)}`;
        });
    return texts.join('\n\n').replaceAll('--', '- -').replaceAll('\r', '');
}

function licenceOf(folder) {
    for (const name of ['LICENSE', 'LICENSE.txt', 'LICENSE.md', 'LICENCE']) {
        try {
            return readFileSync(join(folder, name), 'utf8').trim();
        } catch (error) {
            if (error.code !== 'ENOENT') throw error;
        }
    }
    throw new Error(`${folder}: a package without a licence's text`);
}

const hashSource = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/* Nothing may be loaded, sent or navigated to; run is only what stands in the page. */
function policy(script, style) {
    return [
        "default-src 'none'",
        `script-src ${hashSource(script)} 'wasm-unsafe-eval'`,
        `style-src ${hashSource(style)}`,
        'worker-src blob:',
        'img-src data: blob:',
        'media-src blob:',
        "base-uri 'none'",
        "form-action 'none'",
    ].join('; ');
}

async function page() {
    const script = (await bundle({
        ...forBrowsers, entryPoints: ['main.js'], plugins: [workerText, words],
    })).replaceAll('</script', '<\\/script');
    const style = await bundle({ ...forBrowsers, entryPoints: ['style.css'] });
    const parts = {
        policy: `<meta http-equiv="Content-Security-Policy" content="${policy(script, style)}">`,
        style: `<style>${style}</style>`,
        script: `<script>${script}</script>`,
        licences: `<!--\n${licences()}\n-->`,
    };
    return readFileSync(join(here, 'index.html'), 'utf8')
        .replace(/<!-- (\w+) -->/g, (mark, name) => parts[name] ?? mark);
}

const html = Buffer.from(await page());
if (html.length > SIZE_MAX) {
    throw new Error(`verify.html has ${html.length} bytes, more than ${SIZE_MAX}`);
}
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, html);

mkdirSync(nodeFolder, { recursive: true });
for (const path of [join(here, 'verify.mjs'), ...tests]) {
    const name = basename(path).replace(/\.js$/, '.mjs');
    writeFileSync(join(nodeFolder, name), await bundle({
        ...common, entryPoints: [path], format: 'esm', platform: 'node', target: 'node18',
    }));
}

console.log(`verify.html: ${html.length} bytes, SHA-256 ${
    createHash('sha256').update(html).digest('hex')}`);
