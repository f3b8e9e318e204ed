/*
 * Carrying an expiry out: an `expiry` record that names every segment, durable; then unlink;
 * then fsync of the folder; then the index says gone. A kill at any point is taken up by
 * expiry_unlink, which goes by the committed index, and by recovery.h.
 */
#ifndef SEALROOM_STORE_EXPIRY_H
#define SEALROOM_STORE_EXPIRY_H

#include "store/expiry_record.h"
#include "store/hold.h"
#include "store/piece_table.h"
#include "store/segment_index.h"

struct expiry;

struct expiry_books {
    int volume; /* the open video folder */
    struct ledger *ledger;
    struct piece_table *pieces;
    struct segment_index *segments;
    const struct hold_index *holds;
};

/* `books` is copied, what it points to is borrowed. */
MUST_CHECK enum status expiry_new(const struct expiry_books *books, struct expiry **expiry,
                                  struct error *error);
/* NULL is allowed. */
void expiry_free(struct expiry *expiry);

/* The decision's source over the index (retention.h); valid as long as `expiry`. */
struct retention_source expiry_source(struct expiry *expiry);

/* Reads each chosen segment's record again and keeps only what the record, its head and the
 * holds confirm; then appends one expiry record for each camera and reason to the ledger's batch.
 * Nothing is unlinked. *appended counts records, *refused choices that were not confirmed: the
 * index is wrong there, and segment_index_check will mend it. */
MUST_CHECK enum status expiry_append(struct expiry *expiry, const struct retention_policy *policy,
                                     const struct retention_camera *cameras,
                                     const struct retention_decision *decision, size_t *appended,
                                     size_t *refused, struct error *error);
/* Does the expiry record that the index points to name this segment? The record itself is read. */
bool expiry_names(struct expiry *expiry, const struct segment_row *row);
/* After ledger_commit, and after a start: unlinks at most `limit` files that committed expiry
 * records name, syncs their folders, and says so in the index with the next commit. *removed (may
 * be NULL) counts. STATUS_AGAIN: there may be more; STATUS_OK: none is left. A file already gone
 * is no error; one that cannot be removed is STATUS_IO, and is tried again next time. */
MUST_CHECK enum status expiry_unlink(struct expiry *expiry, size_t limit, size_t *removed,
                                     struct error *error);

#endif
