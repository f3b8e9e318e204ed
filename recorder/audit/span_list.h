/*
 * Ranges of record numbers, in ascending order and apart. Internal to the tree.
 */
#ifndef SEALROOM_AUDIT_SPAN_LIST_H
#define SEALROOM_AUDIT_SPAN_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct span {
    uint64_t from;
    uint64_t to; /* one more than its last */
};

/* Zero-initialise. */
struct span_list {
    struct span *spans;
    size_t count;
    size_t capacity;
};

void span_list_release(struct span_list *list);
/* `span` begins where the last one ends, or after it. */
MUST_CHECK enum status span_list_add(struct span_list *list, struct span span);
/* Keeps what is in `other` too, which says nothing of what is not below `size`: that stays. */
MUST_CHECK enum status span_list_keep_common(struct span_list *list, const struct span_list *other,
                                             uint64_t size);
/* Keeps what is not below `from`. */
void span_list_cut_below(struct span_list *list, uint64_t from);

#endif
