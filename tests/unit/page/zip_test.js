import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from '../../../recorder/evidence/page/core/crc.js';
import { readZip } from '../../../recorder/evidence/page/core/zip.js';

const CLASSIC = { needed: 20, extra: 0 };

/* Written once more, so that reader and writer cannot be wrong in the same way. */
class Writer {
    parts = [];
    size = 0;

    add(bytes) {
        this.parts.push({ at: this.size, bytes });
        this.size += bytes.length;
    }

    numbers(format, ...values) {
        const bytes = Buffer.alloc(format.reduce((sum, size) => sum + size, 0));
        let at = 0;
        format.forEach((size, i) => {
            if (size === 8) bytes.writeBigUInt64LE(BigInt(values[i]), at);
            else bytes.writeUIntLE(values[i], at, size);
            at += size;
        });
        this.add(bytes);
    }

    skip(size) {
        this.size += size;
    }

    /* As a source; what was skipped reads as zeros. */
    source(parts = this.parts) {
        const { size } = this;
        return {
            size,
            async read(from, to) {
                const bytes = new Uint8Array(to - from);
                for (const part of parts) {
                    const begin = Math.max(from, part.at);
                    const end = Math.min(to, part.at + part.bytes.length);
                    if (begin < end) bytes.set(part.bytes.subarray(begin - part.at, end - part.at), begin - from);
                }
                return bytes;
            },
        };
    }
}

/* members: [{ name, data }] or [{ name, size }] of zeros that nobody wrote. */
function write(members, { count = members.length } = {}) {
    const writer = new Writer();
    for (const member of members) {
        const { name, data } = member;
        Object.assign(member, { at: writer.size, size: data?.length ?? member.size, crc: data ? crc32(data) : 7 });
        writer.numbers([4, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2], 0x04034b50, 20, 0, 0, 0, 0x21, member.crc,
            member.size, member.size, name.length, 0);
        writer.add(Buffer.from(name));
        if (data) writer.add(data);
        else writer.skip(member.size);
    }
    const directory = writer.size;
    for (const { name, at, size, crc } of members) {
        const isFar = at >= 0xffffffff;
        const { needed, extra } = isFar ? { needed: 45, extra: 12 } : CLASSIC;
        writer.numbers([4, 2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4], 0x02014b50, 45, needed, 0, 0, 0,
            0x21, crc, size, size, name.length, extra, 0, 0, 0, 0, isFar ? 0xffffffff : at);
        writer.add(Buffer.from(name));
        if (isFar) writer.numbers([2, 2, 8], 1, 8, at);
    }
    const directorySize = writer.size - directory;
    if (directory >= 0xffffffff) {
        const end = writer.size;
        writer.numbers([4, 8, 2, 2, 4, 4, 8, 8, 8, 8], 0x06064b50, 44, 45, 45, 0, 0, count, count, directorySize, directory);
        writer.numbers([4, 4, 8, 4], 0x07064b50, 0, end, 1);
    }
    writer.numbers([4, 2, 2, 2, 2, 4, 4, 2], 0x06054b50, 0, 0, count, count, directorySize,
        Math.min(directory, 0xffffffff), 0);
    return writer;
}

const small = () => write([
    { name: 'clips/gate-1.mp4', data: Buffer.from('video') },
    { name: 'manifest.txt', data: Buffer.from('text\n') },
]);

async function read(source) {
    const faults = [];
    const members = await readZip(source, (from, to, what) => faults.push({ from, to, what }));
    return { members, faults };
}

test('a ZIP as packages are is read', async () => {
    const { members, faults } = await read(small().source());
    assert.deepEqual(faults, []);
    assert.deepEqual(members.map(({ name, size, offset }) => [name, size, offset]),
        [['clips/gate-1.mp4', 5, 46], ['manifest.txt', 5, 93]]);
});

test('members beyond 4 GiB are read by ZIP64', async () => {
    const writer = write([
        { name: 'clips/a.mp4', size: 0xfffffffe }, { name: 'clips/b.mp4', size: 0xfffffffe },
        { name: 'manifest.txt', data: Buffer.from('text\n') },
    ]);
    const { members, faults } = await read(writer.source());
    assert.deepEqual(faults, []);
    assert.equal(members[2].offset, 2 * 0xfffffffe + 2 * 41 + 42);
});

test('every bit outside the data is judged', async () => {
    const writer = small();
    const whole = Buffer.concat(writer.parts.map(({ bytes }) => bytes));
    const data = [[46, 51], [93, 98]];
    for (let bit = 0; bit < whole.length * 8; bit++) {
        const at = bit >> 3;
        if (data.some(([from, to]) => at >= from && at < to)) continue;
        const altered = Buffer.from(whole);
        altered[at] ^= 1 << (bit & 7);
        const { faults } = await read(writer.source([{ at: 0, bytes: altered }]));
        assert.notEqual(faults.length, 0, `byte ${at}`);
        assert.ok(faults.every(({ from, to }) => from < to && to <= whole.length), `byte ${at}`);
    }
});

test('a package that is cut, or goes on, is none', async () => {
    const whole = Buffer.concat(small().parts.map(({ bytes }) => bytes));
    for (const bytes of [whole.subarray(0, -1), whole.subarray(0, 10), Buffer.alloc(0), Buffer.concat([whole, Buffer.from('x')])]) {
        const source = { size: bytes.length, read: async (from, to) => new Uint8Array(bytes.subarray(from, to)) };
        const { members, faults } = await read(source);
        assert.equal(members, null);
        assert.equal(faults.length, 1);
    }
});

test('a name that stands twice, is no name, or leads elsewhere is refused', async () => {
    const data = Buffer.from('x');
    for (const names of [['a.txt', 'a.txt'], ['../a'], ['/a'], ['A'], ['a/b/c/d'], ['a.'], ['a//b'], ['a'.repeat(97)], ['']]) {
        const { members } = await read(write(names.map((name) => ({ name, data }))).source());
        assert.equal(members, null, names[0]);
    }
});

test('a member that the directory does not list is found', async () => {
    const writer = write([{ name: 'a.txt', data: Buffer.from('x') }, { name: 'b.txt', data: Buffer.from('y') }]);
    const hidden = write([{ name: 'a.txt', data: Buffer.from('x') }]);
    const listed = writer.parts.slice(0, 6).concat(hidden.parts.slice(3).map(({ bytes }) => ({ bytes })));
    const bytes = Buffer.concat(listed.map((part) => part.bytes));
    bytes.writeUInt32LE(72, bytes.length - 6); // where its directory begins
    const { members, faults } = await read({ size: bytes.length, read: async (from, to) => new Uint8Array(bytes.subarray(from, to)) });
    assert.equal(members, null);
    assert.deepEqual(faults.map(({ from, to }) => [from, to]), [[36, 72]]);
});
