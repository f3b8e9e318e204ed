/*
 * The one way in which a package's ZIP is laid out (FORMAT.md, "The file"): every byte outside the
 * members' data, made from their names, sizes and CRCs. For readers: they compare, and so nothing
 * can hide between the members. A library writes (zip_writer.h).
 *
 *   local header (30 + name), data | …one after another from byte 0
 *   central header (46 + name [+ 12]) | …in the same order
 *   [ZIP64 end record (56), its locator (20)] if the directory begins at 2^32 - 1 or beyond
 *   end record (22)
 */
#ifndef SEALROOM_EVIDENCE_ZIP_LAYOUT_H
#define SEALROOM_EVIDENCE_ZIP_LAYOUT_H

#include "base/bytes.h"

#define ZIP_NAME_SIZE       97 /* 96 bytes and NUL */
#define ZIP_MEMBERS_MAX     16384u
#define ZIP_MEMBER_SIZE_MAX UINT32_C(0xfffffffe)

struct zip_member {
    char name[ZIP_NAME_SIZE];
    uint32_t size;   /* bytes */
    uint32_t crc;    /* CRC-32 (ISO 3309) of them */
    uint64_t offset; /* of the local header, in the file */
};

#define ZIP_LOCAL_SIZE_MAX   (30 + ZIP_NAME_SIZE)
#define ZIP_CENTRAL_SIZE_MAX (46 + ZIP_NAME_SIZE + 12)
#define ZIP_END_SIZE         22
#define ZIP_ENDS_SIZE_MAX    (56 + 20 + ZIP_END_SIZE)

/* Parts of [a-z0-9][a-z0-9._-]*, three at most, joined by '/', none ending with '.'. */
bool zip_name_is_valid(const char *name);

/* Each writes its bytes into `header` and returns how many there are. */
size_t zip_local_header(const struct zip_member *member, uint8_t header[ZIP_LOCAL_SIZE_MAX]);
size_t zip_central_header(const struct zip_member *member, uint8_t header[ZIP_CENTRAL_SIZE_MAX]);
/* The end records of a directory of `count` members that begins at `offset`. */
size_t zip_end_records(uint32_t count, uint64_t offset, uint64_t size,
                       uint8_t records[ZIP_ENDS_SIZE_MAX]);

/* Where the member's data begins, and where what follows it does. */
uint64_t zip_data_offset(const struct zip_member *member);
uint64_t zip_member_end(const struct zip_member *member);

/* CRC-32 as ZIP has it, by tables that are made once: begin with 0 and go on with what was
 * returned. */
#define ZIP_CRC_SLICES 8
struct zip_crc {
    uint32_t table[ZIP_CRC_SLICES][256];
};
void zip_crc_prepare(struct zip_crc *tables);
uint32_t zip_crc_add(const struct zip_crc *tables, uint32_t crc, struct bytes bytes);

#endif
