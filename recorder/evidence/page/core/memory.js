/* Want of memory: the browser's trouble, which says nothing of a package. */
export class MemoryError extends Error {
    name = 'MemoryError';
}

/* An error of a failed allocation, as browsers throw them; Firefox may throw a mere text. From
 * another worker only name and message come. What a wrong length or depth makes is none. */
export function isWantOfMemory(error) {
    if (typeof error === 'string') return /^out of memory/.test(error);
    if (error?.name === 'MemoryError') return true;
    return ['RangeError', 'InternalError'].includes(error?.name) && /alloc|out of memory/i.test(error.message);
}
