/* What runs in a worker: verifying a package, hashing for the one that does, reading pieces. */
import { newHasher } from './digest.js';
import { Hasher } from './hasher.js';
import { checkPackage } from './package.js';
import { Peer, serve } from './peer.js';
import { BlobSource } from './source.js';
import { hashStretches } from './stretches.js';

/* A page draws no faster, and messages cost. */
const PROGRESS_MS = 100;

function seldom(tell) {
    let last = -Infinity;
    return (...numbers) => {
        if (performance.now() - last < PROGRESS_MS) return;
        last = performance.now();
        tell(...numbers);
    };
}

const help = {
    async hash({ blob, job: [from, stretches, suite] }, progress) {
        return { result: await hashStretches(new BlobSource(blob), from, stretches, suite, progress) };
    },
};

serve(globalThis, {
    async verify({ blob, trust, since, port }, progress) {
        const peer = new Peer(port);
        const source = new BlobSource(blob);
        const hasher = new Hasher(source, (from, stretches, suite, onBytes) =>
            peer.call('hash', { blob, job: [from, stretches, suite] }, [], onBytes));
        return { result: await checkPackage(source, { trust, since, hasher, onProgress: seldom(progress) }) };
    },

    async help({ port }) {
        serve(port, help);
        return {};
    },

    async read({ blob, suite, piece: { offset, size, digest } }) {
        const bytes = await new BlobSource(blob).read(offset, offset + size);
        const hasher = await newHasher(suite);
        hasher.init();
        hasher.update(bytes);
        if (hasher.digest('hex') !== digest) {
            throw Object.assign(new Error('these bytes are not those that were verified'), { name: 'VerdictError' });
        }
        return { result: bytes, transfer: [bytes.buffer] };
    },
});
