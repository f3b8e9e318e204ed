/*
 * verify.html's core as a command, for tests and for whoever has Node.js and no browser.
 *
 *   node verify.mjs PACKAGE… [--trust CERT|FINGERPRINT] [--since CHECKPOINT] [--json]
 *
 * A line a finding, as JSON, then the verdict. Of several packages a line each: package, verdict,
 * findings; or error, if there is no verdict. Exit status as sealroom-verify's,
 * of the last package.
 */
import { existsSync, readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Hasher } from './core/hasher.js';
import { checkPackage } from './core/package.js';
import { FileSource } from './file_source.mjs';

globalThis.crypto ??= webcrypto; // Node.js 18

const exitCodes = { authentic: 0, altered: 1, incomplete: 3, cannot_tell: 4 };

const plain = (value) => JSON.stringify(value,
    (_, part) => (typeof part === 'bigint' ? Number(part) : part));

async function verify(path, trust, since) {
    const source = new FileSource(path);
    try {
        return await checkPackage(source, { trust, since, hasher: new Hasher(source) });
    } finally {
        source.close();
    }
}

function print({ findings, ...report }) {
    for (const finding of findings) console.log(plain({ type: 'finding', ...finding }));
    console.log(plain({ type: 'verdict', ...report, entries: report.entries.length }));
    process.exitCode = exitCodes[report.verdict];
}

async function printOneOfMany(path, trust, since) {
    try {
        const { verdict, findings } = await verify(path, trust, since);
        console.log(plain({ package: path, verdict, findings }));
        process.exitCode = exitCodes[verdict];
    } catch (error) {
        console.log(plain({ package: path, error: `${error.name}: ${error.message}` }));
        process.exitCode = 2;
    }
}

async function main() {
    const { values, positionals } = parseArgs({
        allowPositionals: true,
        options: {
            trust: { type: 'string' }, since: { type: 'string' }, json: { type: 'boolean' },
        },
    });
    const { trust = null, since = null } = values;
    const trusted = trust !== null && existsSync(trust) ? readFileSync(trust) : trust;
    const outside = since === null ? null : readFileSync(since);
    if (positionals.length === 0) throw new Error('no package');
    if (positionals.length === 1) print(await verify(positionals[0], trusted, outside));
    else for (const path of positionals) await printOneOfMany(path, trusted, outside);
}

/* Where nothing else keeps its event loop going (files are read at once, WebAssembly is compiled by
 * other threads), Node.js waits for those threads, and one of them may wait for the memory that only
 * the loop would free: then neither ever ends (nodejs/node#54918). */
const going = setInterval(() => {}, 1000);
try {
    await main();
} catch (error) {
    console.error(`verify.mjs: ${error.stack}`);
    process.exitCode = 2;
} finally {
    clearInterval(going);
}
