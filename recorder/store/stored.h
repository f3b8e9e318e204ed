/*
 * What each camera has stored, kept in memory: summing it up anew from the index takes longer
 * than an entry may wait. Internal to the store.
 */
#ifndef SEALROOM_STORE_STORED_H
#define SEALROOM_STORE_STORED_H

#include "store/segment_index.h"

struct stored_sum {
    char camera[ID_SIZE];
    uint64_t segments;
    uint64_t bytes;
};

/* Zero-initialise; release with stored_clear. */
struct stored {
    struct stored_sum *sums;
    size_t count;
};

/* Sums everything up anew. */
MUST_CHECK enum status stored_load(struct stored *stored, struct sqlite3 *database,
                                   struct error *error);
void stored_clear(struct stored *stored);
/* A segment has come. */
MUST_CHECK enum status stored_come(struct stored *stored, const struct segment_row *row,
                                   struct error *error);
/* One has gone. */
void stored_go(struct stored *stored, const struct segment_row *row);
/* Segments and bytes of a camera; the times are 0. */
void stored_total(const struct stored *stored, const char *camera, struct segment_total *total);

#endif
