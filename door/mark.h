/*
 * A mark: how a record is known again that has no number of its own.
 *
 * The recorder counts such records and keeps a digest of each: its device_seq is the count times
 * 2^24 plus the digest. So what the keeper knows of the newest record, one number, is enough to
 * find it again in the controller after a restart, and to tell whether what stands there is the
 * same record once more.
 */
#ifndef SEALROOM_DOOR_MARK_H
#define SEALROOM_DOOR_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARK_DIGEST_BITS 24

struct mark {
    bool is_known;
    uint64_t count; /* records so far */
    uint32_t digest;
};

/* Of a window's words, MARK_DIGEST_BITS of it (FNV-1a, folded). */
uint32_t mark_digest(const uint16_t *words, size_t count);
/* Not known: a number before the first record's. */
struct mark mark_of_number(uint64_t device_seq);
uint64_t mark_number(const struct mark *mark);
/* The next record, whose digest is `digest`. */
struct mark mark_next(const struct mark *mark, uint32_t digest);

#endif
