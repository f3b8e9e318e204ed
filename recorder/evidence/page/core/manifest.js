/* The manifest's text: FORMAT.md, "Manifest". */
import { digest, size, u64 } from './form.js';
import { isOrigin } from './note.js';
import { isName } from './zip.js';

const MEMBER_MAX = 2 ** 32 - 2;
const MEMBERS_MAX = 16384 - 1; // it does not list itself
export const MANIFEST = 'manifest.txt';
export const isClip = (name) => name.startsWith('clips/');

/* { origin, checkpoint: { size, root }, request, members: [{ name, size, crc, digest }] }: a clip's
 * digest is undefined. null if it is not in its form. */
export function readManifest(text) {
    const [first, origin, checkpoint, request, ...lines] = text.split('\n');
    const [, sizeText, root] = checkpoint?.match(/^checkpoint ([0-9]+) ([0-9a-f]{64})$/) ?? [];
    const manifest = {
        origin: origin?.match(/^origin (.+)$/)?.[1],
        checkpoint: { size: u64(sizeText), root },
        request: u64(request?.match(/^request ([0-9]+)$/)?.[1]),
        members: lines.slice(0, -1).map(readMember),
    };
    const isWhole = first === 'sealroom package v1' && manifest.origin !== undefined
        && isOrigin(manifest.origin) && manifest.checkpoint.size !== null
        && manifest.request !== null && manifest.request < manifest.checkpoint.size && manifest.members.length <= MEMBERS_MAX
        && !manifest.members.includes(null)
        && new Set(manifest.members.map(({ name }) => name)).size === manifest.members.length;
    return isWhole ? manifest : null;
}

function readMember(line) {
    const fields = line.split(' ');
    const kind = fields.shift();
    const name = fields.pop() ?? '';
    const [sizeText, crcText, digestText] = fields;
    const member = {
        name, size: size(sizeText), crc: /^[0-9a-f]{8}$/.test(crcText) ? parseInt(crcText, 16) : null,
    };
    if (isClip(name) ? kind !== 'clip' || fields.length !== 2
        : kind !== 'file' || fields.length !== 3 || digest(digestText) === null) return null;
    if (!isName(name) || name === MANIFEST || member.size === null || member.size > MEMBER_MAX
        || member.crc === null) return null;
    return isClip(name) ? member : { ...member, digest: digestText };
}
