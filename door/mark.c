#include "door/mark.h"

#define DIGEST_MASK ((UINT32_C(1) << MARK_DIGEST_BITS) - 1)

uint32_t mark_digest(const uint16_t *words, size_t count)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t at = 0; at < count; at++) {
        hash = (hash ^ words[at] >> 8) * UINT64_C(0x100000001b3);
        hash = (hash ^ (words[at] & 0xffu)) * UINT64_C(0x100000001b3);
    }
    return (uint32_t)(hash ^ hash >> MARK_DIGEST_BITS ^ hash >> 2 * MARK_DIGEST_BITS) & DIGEST_MASK;
}

struct mark mark_of_number(uint64_t device_seq)
{
    return (struct mark){.is_known = device_seq >> MARK_DIGEST_BITS != 0,
                         .count = device_seq >> MARK_DIGEST_BITS,
                         .digest = (uint32_t)device_seq & DIGEST_MASK};
}

uint64_t mark_number(const struct mark *mark)
{
    return mark->count << MARK_DIGEST_BITS | mark->digest;
}

struct mark mark_next(const struct mark *mark, uint32_t digest)
{
    return (struct mark){.is_known = true, .count = mark->count + 1, .digest = digest};
}
