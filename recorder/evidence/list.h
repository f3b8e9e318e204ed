/*
 * A growing list of plain values of one size.
 */
#ifndef SEALROOM_EVIDENCE_LIST_H
#define SEALROOM_EVIDENCE_LIST_H

#include <stddef.h>

/* Zero-initialise; release with free(data). */
struct list {
    void *data;
    size_t count;
    size_t capacity;
};

/* Room for one more at the end, uninitialised; NULL: no memory. */
void *list_add(struct list *list, size_t item_size);

#endif
