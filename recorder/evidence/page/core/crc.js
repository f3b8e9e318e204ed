/* CRC-32 as ZIP has it (ISO 3309), eight bytes at a time. */
const tables = Array.from({ length: 8 }, () => new Uint32Array(256));
for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    tables[0][byte] = value;
}
for (let i = 1; i < 8; i++) {
    for (let byte = 0; byte < 256; byte++) {
        const before = tables[i - 1][byte];
        tables[i][byte] = (before >>> 8) ^ tables[0][before & 255];
    }
}
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;

/* Goes on from `crc`, 0 at the beginning. */
export function crc32(bytes, crc = 0) {
    let value = ~crc;
    let at = 0;
    for (; at + 8 <= bytes.length; at += 8) {
        const low = value ^ (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24);
        value = t7[low & 255] ^ t6[(low >>> 8) & 255] ^ t5[(low >>> 16) & 255] ^ t4[low >>> 24]
            ^ t3[bytes[at + 4]] ^ t2[bytes[at + 5]] ^ t1[bytes[at + 6]] ^ t0[bytes[at + 7]];
    }
    for (; at < bytes.length; at++) value = t0[(value ^ bytes[at]) & 255] ^ (value >>> 8);
    return ~value >>> 0;
}
