import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, hex, utf8 } from '../../../recorder/evidence/page/core/bytes.js';
import { crc32 } from '../../../recorder/evidence/page/core/crc.js';
import { Digests } from '../../../recorder/evidence/page/core/digest.js';
import { hashStretches } from '../../../recorder/evidence/page/core/stretches.js';
import { leafHash, newTiling } from '../../../recorder/evidence/page/core/tiling.js';

test('SM3 and SHA-256 give the values of their standards', async () => {
    const sm3 = await Digests.of('sm');
    const sha256 = await Digests.of('nist');
    // GM/T 0004, A.1 and A.2; FIPS 180-4's "abc"
    assert.equal(sm3.hex(utf8('abc')), '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0');
    assert.equal(sm3.hex(utf8('abcd'.repeat(16))), 'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732');
    assert.equal(sha256.hex(utf8('ab'), utf8('c')), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('CRC-32 gives the check value', () => {
    assert.equal(crc32(utf8('123456789')), 0xcbf43926);
    assert.equal(crc32(utf8('6789'), crc32(utf8('12345'))), 0xcbf43926);
});

/* The inputs and roots that implementations of RFC 6962 are held against. */
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const roots = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('a tree of every size has the root of RFC 6962', async () => {
    const digests = await Digests.of('nist');
    const tiling = await newTiling('nist');
    assert.equal(hex(tiling.root()), roots[0]);
    leaves.forEach((leaf, i) => {
        assert.ok(tiling.add(0, leafHash(digests, fromHex(leaf))));
        assert.equal(hex(tiling.root()), roots[i + 1]);
    });
});

test('a node stands for its leaves, where one begins', async () => {
    const digests = await Digests.of('nist');
    const hashes = leaves.map((leaf) => leafHash(digests, fromHex(leaf)));
    const nodes = await newTiling('nist');
    hashes.slice(4, 6).forEach((hash) => nodes.add(0, hash));
    const tiling = await newTiling('nist');
    hashes.slice(0, 4).forEach((hash) => tiling.add(0, hash));
    assert.ok(tiling.add(1, nodes.root()));
    assert.equal(hex(tiling.root()), roots[6]);
    assert.ok(!tiling.add(2, nodes.root()));
    assert.ok(!tiling.add(64, nodes.root()));
    assert.equal(tiling.number, 6n);
});

test('stretches are hashed across chunks, and a wrong one is named', async () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i * 7);
    const digests = await Digests.of('sm');
    const sizes = [1, 2, 300, 1, 0, 690];
    let at = 0;
    const stretches = sizes.map((size) => {
        const digest = digests.hex(bytes.subarray(at, at + size));
        at += size;
        return { size, digest };
    });
    const source = {
        async* chunks(from, to) {
            for (let i = from; i < to; i += 7) yield bytes.subarray(i, Math.min(i + 7, to));
        },
    };
    assert.deepEqual((await hashStretches(source, 0, stretches, 'sm')).wrong, []);
    bytes[10] ^= 1;
    bytes[303] ^= 1;
    assert.deepEqual((await hashStretches(source, 0, stretches, 'sm')).wrong, [2, 3]);
});
