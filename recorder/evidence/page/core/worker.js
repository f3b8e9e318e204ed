/* What runs in a worker: verifying a package, or hashing for the one that does. */
import { Peer, serve } from './peer.js';
import { checkPackage } from './package.js';

serve(globalThis, {
    async verify({ blob, trust, since, port }, progress) {
        return { result: await checkPackage(blob, { trust, since, onProgress: progress, helper: new Peer(port) }) };
    },
});
