/*
 * Boxes (ISO/IEC 14496-12, 4.2) written into a buffer, numbers big-endian. What fails, fails for
 * good and is asked for once, at the end.
 */
#ifndef SEALROOM_EVIDENCE_BOX_WRITER_H
#define SEALROOM_EVIDENCE_BOX_WRITER_H

#include "base/bytes.h"
#include "store/box.h"

struct box_writer {
    struct buffer *out; /* borrowed; what is written is appended */
    bool failed;        /* no memory, or a box of 4 GiB */
};

void put_u8(struct box_writer *writer, uint8_t value);
void put_u16(struct box_writer *writer, uint16_t value);
void put_u32(struct box_writer *writer, uint32_t value);
void put_u64(struct box_writer *writer, uint64_t value);
void put_bytes(struct box_writer *writer, struct bytes bytes);
void put_zeros(struct box_writer *writer, size_t size);
/* With its NUL; NULL is the empty string. */
void put_text(struct box_writer *writer, const char *text);

/* Begins a box; what it gives is for box_end. */
size_t box_begin(struct box_writer *writer, uint32_t type);
/* The same with version and flags. */
size_t full_box_begin(struct box_writer *writer, uint32_t type, uint8_t version, uint32_t flags);
void box_end(struct box_writer *writer, size_t begin);
/* A whole box with this content. */
void put_box(struct box_writer *writer, uint32_t type, struct bytes content);

#endif
