/*
 * The package's ZIP, strictly: FORMAT.md, "The file". The directory is read for names, sizes and
 * CRCs alone. From these all other bytes follow, so the headers are made here and compared: there
 * is no place where a library's leniency could hide something.
 */
import { concat, equal, textOf, utf8 } from './bytes.js';

const MEMBERS_MAX = 16384;
const NAME_MAX = 96;
const FULL = 0xffffffff;
const LOCAL = 30;
const CENTRAL = 46;
const END = 22;
const END_64 = 56;
const LOCATOR = 20;
const DIRECTORY_MAX = MEMBERS_MAX * (CENTRAL + NAME_MAX + 12) + END_64 + LOCATOR + END;

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

/* What is refused: nothing can be looked at then. */
class Refused extends Error {
    constructor(from, to, what) {
        super(what);
        this.place = [from, to, what];
    }
}

/* Where the directory begins and of how many members it is, as the end record says. */
async function findDirectory(source) {
    const { size } = source;
    if (size < END) throw new Refused(0, size, 'it is too short to be a package');
    const tail = viewOf(await source.read(Math.max(0, size - END - LOCATOR - END_64), size));
    const end = tail.byteLength - END;
    const count = tail.getUint16(end + 10, true);
    let at = tail.getUint32(end + 16, true);
    if (at === FULL && end === END_64 + LOCATOR) at = Number(tail.getBigUint64(48, true));
    if (tail.getUint32(end, true) !== 0x06054b50 || count < 1 || count > MEMBERS_MAX || at > size
        || size - at > DIRECTORY_MAX) {
        throw new Refused(size - END, size, 'it does not end as a package does');
    }
    return { at, count };
}

/* Name, CRC and size of an entry of the directory; null if it cannot be one. */
function readEntry(view, at) {
    if (at + CENTRAL > view.byteLength) return null;
    const nameEnd = at + CENTRAL + view.getUint16(at + 28, true);
    const end = nameEnd + view.getUint16(at + 30, true);
    if (end > view.byteLength) return null;
    const name = textOf(new Uint8Array(view.buffer, view.byteOffset + at + CENTRAL, nameEnd - at - CENTRAL));
    const size = view.getUint32(at + 24, true);
    if (name === null || !isName(name) || size === FULL) return null;
    return { member: { name, crc: view.getUint32(at + 16, true), size }, end };
}

/* The members lie end to end from byte 0: so none overlaps, and nothing lies between them. */
function readDirectory(bytes, { at: base, count }, fault) {
    const view = viewOf(bytes);
    const members = [];
    let at = 0;
    let next = 0;
    for (let i = 0; i < count; i++) {
        const entry = readEntry(view, at);
        if (entry === null) {
            throw new Refused(base + at, base + bytes.length, 'an entry of its directory is malformed');
        }
        const { member, end } = entry;
        member.headerAt = next;
        member.offset = next + LOCAL + member.name.length;
        next = member.offset + member.size;
        if (!equal(bytes.subarray(at, end), centralHeader(member))) {
            fault(base + at, base + end, 'an entry of its directory is not as it must be');
        }
        if (next > base) throw new Refused(base + at, base + end, 'its members do not lie end to end');
        members.push(member);
        at = end;
    }
    if (next < base) throw new Refused(next, base, 'bytes that belong to no member');
    return { members, end: at };
}

function judgeNames(members) {
    const names = new Set();
    for (const { name, headerAt, offset, size } of members) {
        if (names.has(name)) throw new Refused(headerAt, offset + size, 'a name stands twice');
        names.add(name);
    }
}

async function read(source, fault) {
    const directory = await findDirectory(source);
    const bytes = await source.read(directory.at, source.size);
    const { members, end } = readDirectory(bytes, directory, fault);
    const ends = bytes.subarray(end);
    if (!equal(ends, ending(members.length, end, directory.at))) {
        fault(directory.at + end, source.size, 'its end is not as it must be');
    }
    for (const member of members) {
        if (!equal(await source.read(member.headerAt, member.offset), localHeader(member))) {
            fault(member.headerAt, member.offset, 'a member\'s header is not as it must be');
        }
    }
    judgeNames(members);
    return members;
}

const METHOD_AES = 99; // FORMAT.md, "Transport"

/* Does a ZIP begin here whose first member has a pass phrase? */
export async function isEncrypted(source) {
    const begin = await source.read(0, Math.min(10, source.size));
    return begin.length === 10 && equal(begin.subarray(0, 4), utf8('PK\x03\x04')) && (begin[6] & 1) !== 0
        && begin[8] === METHOD_AES && begin[9] === 0;
}

/*
 * The members in order, each { name, size, crc, headerAt, offset }; fault(from, to, what) is called
 * for each range of bytes that is not what it must be. null if nothing can be looked at.
 */
export async function readZip(source, fault) {
    try {
        return await read(source, fault);
    } catch (error) {
        if (!(error instanceof Refused)) throw error;
        fault(...error.place);
        return null;
    }
}
