/*
 * CRC-32 as ISO 3309 and ZIP have it, eight bytes at a step ("slicing by 8"): table[k][b] is the
 * CRC of byte b and k zero bytes after it. No library is linked for it: sealroom-verify is
 * copied to other machines alone. Whoever writes has zlib's.
 */
#include "evidence/zip_layout.h"

#define POLYNOMIAL UINT32_C(0xedb88320)
#define SLICES     ZIP_CRC_SLICES

void zip_crc_prepare(struct zip_crc *tables)
{
    uint32_t(*table)[256] = tables->table;
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? POLYNOMIAL : 0);
        }
        table[0][byte] = crc;
    }
    for (int slice = 1; slice < SLICES; slice++) {
        for (int byte = 0; byte < 256; byte++) {
            uint32_t crc = table[slice - 1][byte];
            table[slice][byte] = (crc >> 8) ^ table[0][crc & 0xff];
        }
    }
}

static uint32_t step_slices(const struct zip_crc *tables, uint32_t crc, const uint8_t *data)
{
    uint32_t next = 0;
    for (int i = 0; i < SLICES; i++) {
        uint8_t byte = (uint8_t)(i < 4 ? data[i] ^ (crc >> (8 * i)) : data[i]);
        next ^= tables->table[SLICES - 1 - i][byte];
    }
    return next;
}

uint32_t zip_crc_add(const struct zip_crc *tables, uint32_t crc, struct bytes bytes)
{
    size_t at = 0;
    crc = ~crc;
    for (; at + SLICES <= bytes.size; at += SLICES) {
        crc = step_slices(tables, crc, bytes.data + at);
    }
    for (; at < bytes.size; at++) {
        crc = (crc >> 8) ^ tables->table[0][(crc ^ bytes.data[at]) & 0xff];
    }
    return ~crc;
}
