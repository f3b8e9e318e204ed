/* The tree (RFC 6962) of items that tile a row of leaves: FORMAT.md, "Records". */
import { Digests } from './digest.js';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (digests, data) => digests.bytes(LEAF, data);

export class Tiling {
    number = 0n; // leaves so far
    #digests;
    #subtrees = []; // complete ones, the largest first: one for each bit of number

    constructor(digests) {
        this.#digests = digests;
    }

    copy() {
        const copy = new Tiling(this.#digests);
        copy.number = this.number;
        copy.#subtrees = [...this.#subtrees];
        return copy;
    }

    /* The node of so many levels that begins here; false if none of that level begins here. */
    add(level, hash) {
        const size = 1n << BigInt(level);
        if (level > 63 || this.number % size !== 0n || this.number + size >= 1n << 64n) return false;
        let node = hash;
        for (let bit = size; (this.number & bit) !== 0n; bit <<= 1n) {
            node = this.#digests.bytes(NODE, this.#subtrees.pop(), node);
        }
        this.#subtrees.push(node);
        this.number += size;
        return true;
    }

    /* Of the tree of the leaves so far. */
    root() {
        if (this.#subtrees.length === 0) return this.#digests.bytes();
        return this.#subtrees.reduceRight((right, left) => this.#digests.bytes(NODE, left, right));
    }
}

export const newTiling = async (suite) => new Tiling(await Digests.of(suite));
