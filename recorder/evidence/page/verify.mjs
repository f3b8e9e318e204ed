/*
 * verify.html's core as a command, for tests and for whoever has Node.js and no browser.
 *
 *   node verify.mjs PACKAGE… [--trust CERT|FINGERPRINT] [--since CHECKPOINT] [--json]
 *
 * A line a finding, as JSON, then the verdict; of several packages a line with the verdict and its
 * first finding each. Exit status as sealroom-verify's, of the last package.
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

function print(path, report, isOneOfMany) {
    const { findings, verdict } = report;
    if (isOneOfMany) {
        console.log(plain({ package: path, verdict, first: findings[0] }));
        return;
    }
    for (const finding of findings) console.log(plain({ type: 'finding', ...finding }));
    console.log(plain({ type: 'verdict', ...report, findings: undefined, entries: report.entries.length }));
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
    for (const path of positionals) {
        const report = await verify(path, trusted, outside);
        print(path, report, positionals.length > 1);
        process.exitCode = exitCodes[report.verdict];
    }
}

try {
    await main();
} catch (error) {
    console.error(`verify.mjs: ${error.stack}`);
    process.exitCode = 2;
}
