/*
 * The package's ZIP, strictly: FORMAT.md, "The file". The directory is read for names, sizes and
 * CRCs alone. From these all other bytes follow, so the headers are made here and compared: there
 * is no place where a library's leniency could hide something.
 */
import { concat, equal, firstDifference, textOf, utf8 } from './bytes.js';

const MEMBERS_MAX = 16384;
const NAME_MAX = 96;
const FULL = 0xffffffff;
const LOCAL = 30;
const CENTRAL = 46;
const END = 22;
const END_64 = 56;
const LOCATOR = 20;

/* Little-endian numbers, [size, value] each; 8 bytes hold what a Number can. */
function pack(...fields) {
    const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0));
    const view = new DataView(bytes.buffer);
    let at = 0;
    for (const [size, value] of fields) {
        if (size === 2) view.setUint16(at, value, true);
        else if (size === 4) view.setUint32(at, value, true);
        else view.setBigUint64(at, BigInt(value), true);
        at += size;
    }
    return bytes;
}

const common = ({ crc, size }) => [
    [2, 0], [2, 0], [2, 0], [2, 0x21], [4, crc], [4, size], [4, size]];

const localHeader = (member) => concat(pack(
    [4, 0x04034b50], [2, 20], ...common(member), [2, member.name.length], [2, 0],
), utf8(member.name));

function centralHeader(member) {
    const isFar = member.headerAt >= FULL;
    return concat(pack(
        [4, 0x02014b50], [2, 45], [2, isFar ? 45 : 20], ...common(member),
        [2, member.name.length], [2, isFar ? 12 : 0], [2, 0], [2, 0], [2, 0], [4, 0],
        [4, isFar ? FULL : member.headerAt],
    ), utf8(member.name), isFar ? pack([2, 1], [2, 8], [8, member.headerAt]) : []);
}

function ending(count, size, at) {
    const isFar = at >= FULL;
    const zip64 = !isFar ? [] : pack(
        [4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count],
        [8, size], [8, at], [4, 0x07064b50], [4, 0], [8, at + size], [4, 1],
    );
    return concat(zip64, pack(
        [4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, isFar ? FULL : at],
        [2, 0],
    ));
}

export const isName = (name) => name.length <= NAME_MAX
    && /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*){0,2}$/.test(name)
    && !name.split('/').some((part) => part.endsWith('.'));

const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/* Where the directory lies, as the end record says; null if that is none. */
async function findDirectory(source) {
    if (source.size < END) return null;
    const tailAt = Math.max(0, source.size - END - LOCATOR - END_64);
    const tail = viewOf(await source.read(tailAt, source.size));
    const end = tail.byteLength - END;
    if (tail.getUint32(end, true) !== 0x06054b50) return null;
    const count = tail.getUint16(end + 10, true);
    const size = tail.getUint32(end + 12, true);
    let at = tail.getUint32(end + 16, true);
    let stop = source.size - END;
    if (at === FULL) {
        if (end < END_64 + LOCATOR) return null;
        at = Number(tail.getBigUint64(end - LOCATOR - END_64 + 48, true));
        stop -= END_64 + LOCATOR;
    }
    return at + size === stop ? { at, size, count } : null;
}

/* Names, sizes, CRCs; { members, at } up to where the directory cannot be read. */
function readDirectory(bytes, count) {
    const view = viewOf(bytes);
    const members = [];
    let at = 0;
    while (members.length < count) {
        if (at + CENTRAL > bytes.length || view.getUint32(at, true) !== 0x02014b50) break;
        const end = at + CENTRAL + view.getUint16(at + 28, true);
        const name = end > bytes.length ? null : textOf(bytes.subarray(at + CENTRAL, end));
        if (name === null || !isName(name) || view.getUint32(at + 24, true) === FULL) break;
        members.push({ name, crc: view.getUint32(at + 16, true), size: view.getUint32(at + 24, true) });
        at = end + view.getUint16(at + 30, true);
    }
    return { members, at };
}

/* Lays the members end to end, as they must lie; the directory begins where that ends. */
function layOut(members) {
    let at = 0;
    for (const member of members) {
        member.headerAt = at;
        member.offset = at + LOCAL + member.name.length;
        at = member.offset + member.size;
    }
    return at;
}

async function compareHeaders(source, members, fault) {
    for (const member of members) {
        const wanted = localHeader(member);
        const found = await source.read(member.headerAt, member.offset);
        if (!equal(found, wanted)) {
            const at = firstDifference(found, wanted);
            fault(member.headerAt + at, member.offset, 'a local header is not what it must be');
        }
    }
}

/*
 * The members in order, each { name, size, crc, headerAt, offset }; fault(from, to, what) is called
 * for each range of bytes that is not what it must be. null if nothing can be read.
 */
export async function readZip(source, fault) {
    const directory = await findDirectory(source);
    if (directory === null || directory.count < 1 || directory.count > MEMBERS_MAX
        || directory.size > MEMBERS_MAX * (CENTRAL + NAME_MAX + 12)) {
        fault(Math.max(0, source.size - END), source.size, 'there is no end record');
        return null;
    }
    const end = await source.read(directory.at, source.size);
    const { members, at } = readDirectory(end.subarray(0, directory.size), directory.count);
    if (members.length < directory.count) {
        fault(directory.at + at, directory.at + directory.size, 'the directory cannot be read');
        return null;
    }
    if (new Set(members.map(({ name }) => name)).size < members.length) {
        fault(directory.at, directory.at + directory.size, 'a name stands twice');
        return null;
    }
    const directoryAt = layOut(members);
    if (directoryAt !== directory.at) {
        fault(Math.min(directoryAt, directory.at), Math.max(directoryAt, directory.at),
            'the members do not tile the file');
        return null;
    }
    const central = concat(...members.map(centralHeader));
    const wanted = concat(central, ending(members.length, central.length, directoryAt));
    if (!equal(end, wanted)) {
        fault(directoryAt + firstDifference(end, wanted), source.size, 'the directory is not what it must be');
    }
    await compareHeaders(source, members, fault);
    return members;
}
