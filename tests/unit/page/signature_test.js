import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { bytesOfPem, isIssuedBy, readCertificate } from '../../../recorder/evidence/page/core/certificate.js';
import { fromHex, utf8 } from '../../../recorder/evidence/page/core/bytes.js';
import { sm2Verify } from '../../../recorder/evidence/page/core/sm2.js';

globalThis.crypto ??= webcrypto; // Node.js 18

/* GM/T 0003.5, A.2 */
const point = fromHex('04'
    + '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020'
    + 'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13');
const signature = {
    r: 0xf5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3n,
    s: 0xb1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aan,
};

test('SM2 gives the values of its standard', async () => {
    assert.ok(await sm2Verify(point, utf8('message digest'), signature));
});

test('SM2 refuses everything else', async () => {
    const { r, s } = signature;
    const n = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
    assert.ok(!await sm2Verify(point, utf8('message digesT'), signature));
    for (const numbers of [{ r: s, s: r }, { r, s: s + 1n }, { r: 0n, s }, { r, s: 0n }, { r: r + n, s }, { r, s: n - r }]) {
        assert.ok(!await sm2Verify(point, utf8('message digest'), numbers));
    }
    const elsewhere = point.slice();
    elsewhere[64] ^= 1;
    assert.ok(!await sm2Verify(elsewhere, utf8('message digest'), signature));
});

const folder = mkdtempSync(join(tmpdir(), 'sealroom-page-'));
after(() => rmSync(folder, { recursive: true }));
const file = (name) => join(folder, name);
const openssl = (...parameters) => execFileSync('openssl', parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
const read = (name) => readCertificate(bytesOfPem(readFileSync(file(name))));

const ec = (curve) => ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`, '-pkeyopt', 'ec_param_enc:named_curve'];
const rsa = (bits) => ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`];
const sm2 = ['-sm3', '-sigopt', 'distid:1234567812345678'];
const issuers = {
    'p-256': { key: ec('P-256'), sign: ['-sha256'], isGood: true },
    'p-384': { key: ec('P-384'), sign: ['-sha384'], isGood: true },
    'p-521': { key: ec('P-521'), sign: ['-sha512'], isGood: true },
    'rsa': { key: rsa(2048), sign: ['-sha256'], isGood: true },
    'rsa-pss': {
        key: rsa(2048), isGood: true,
        sign: ['-sha256', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:32'],
    },
    'sm2': { key: ['-algorithm', 'SM2'], sign: sm2, isGood: true },
    'rsa-short': { key: rsa(1024), sign: ['-sha256'], isGood: false },
    'sha-1': { key: rsa(2048), sign: ['-sha1'], isGood: false },
    'no-ca': { key: ec('P-256'), sign: ['-sha256'], isGood: false, constraints: 'CA:FALSE' },
};

writeFileSync(file('extensions'), 'basicConstraints=critical,CA:FALSE\n');
openssl('genpkey', ...ec('P-256'), '-out', file('device.key'));
openssl('req', '-new', '-key', file('device.key'), '-subj', '/CN=device', '-out', file('device.csr'));

for (const [name, { key, sign, isGood, constraints = 'critical,CA:TRUE' }] of Object.entries(issuers)) {
    test(`an issuer of the kind ${name} is ${isGood ? 'believed' : 'refused'}`, async () => {
        openssl('genpkey', ...key, '-out', file('ca.key'));
        openssl('req', '-x509', '-new', '-key', file('ca.key'), '-subj', '/CN=Site CA', ...sign,
            '-addext', `basicConstraints=${constraints}`, '-out', file('ca.crt'));
        openssl('x509', '-req', '-in', file('device.csr'), '-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-set_serial', '7',
            '-extfile', file('extensions'), ...sign, '-out', file('device.crt'));
        const device = await read('device.crt');
        const issuer = await read('ca.crt');
        assert.deepEqual([device.suite, device.subject, device.issuer], ['nist', 'device', 'Site CA']);
        assert.equal(await isIssuedBy(device, issuer), isGood);
        assert.equal(await isIssuedBy(device, { ...issuer, subjectName: 'another' }), false);
        const altered = device.der.slice();
        altered[altered.length - 1] ^= 1;
        assert.equal(await isIssuedBy(await readCertificate(altered), issuer), false);
    });
}

test('what is no certificate is none, whatever it looks like', async () => {
    const { der } = await read('device.crt');
    for (let at = 0; at < der.length; at++) {
        for (const value of [0, 0x30, 0x80, 0xff]) {
            const altered = der.slice();
            altered[at] = value;
            const certificate = await readCertificate(altered);
            assert.ok(certificate === null || certificate.fingerprint.length === 64);
        }
    }
    assert.equal(await readCertificate(new Uint8Array(0)), null);
    assert.equal(await readCertificate(der.subarray(0, -1)), null);
    assert.equal(await readCertificate(Uint8Array.of(...der, 0)), null);
});
