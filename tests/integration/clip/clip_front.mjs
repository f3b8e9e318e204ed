/* What clip_front.c does, by the page's core: node clip_front.mjs HEADS < CASES */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FRONT_MAX, Movie } from '../../../recorder/evidence/page/core/movie.js';

const heads = readFileSync(process.argv[2]);

function frontOf({ start, pieces }) {
    const bytesOf = ({ offset, size }) => new Uint8Array(heads.subarray(offset, offset + Math.min(size, FRONT_MAX)));
    try {
        const [init, ...fragments] = pieces;
        const movie = new Movie(bytesOf(init), init.size);
        for (const fragment of fragments) movie.add(bytesOf(fragment), fragment.size, start);
        return createHash('sha256').update(movie.front()).digest('hex');
    } catch (error) {
        if (error instanceof RangeError) return 'none';
        throw error;
    }
}

const cases = [];
for (const line of readFileSync(0, 'utf8').split('\n')) {
    const [word, ...numbers] = line.split(' ');
    if (word === 'case') cases.push({ start: BigInt(numbers[0]), pieces: [] });
    if (word === 'piece') cases.at(-1).pieces.push({ offset: Number(numbers[0]), size: Number(numbers[1]) });
}
for (const one of cases) console.log(frontOf(one));
