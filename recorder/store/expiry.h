/*
 * Carrying an expiry out: an `expiry` record that names every segment, durable; then unlink;
 * then fsync of the folder; then the index says gone. A kill at any point is taken up by
 * expiry_resume and by recovery.h.
 *
 * One record is of one camera (source camera/ID), so that whoever is shown that camera's records
 * sees its expiries.
 */
#ifndef SEALROOM_STORE_EXPIRY_H
#define SEALROOM_STORE_EXPIRY_H

#include "store/hold.h"
#include "store/piece_table.h"
#include "store/retention.h"
#include "store/segment_index.h"

/* One segment that an expiry record names. */
struct expiry_segment {
    uint64_t record; /* of its `segment` record */
    char id[SEGMENT_ID_SIZE];
    char file[SEGMENT_FILE_SIZE];
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    uint64_t size;
    bool below_floor;
    struct piece_roots roots;
};

/* Body of an `expiry` record. */
struct expiry_record {
    char camera[ID_SIZE];
    char reason[ID_SIZE]; /* retention_reason_name */
    uint32_t video_days;  /* the setting in force */
    size_t count;
    struct expiry_segment segments[RETENTION_CHOICES_MAX];
};

MUST_CHECK enum status expiry_record_members(const struct expiry_record *record, json_t **members,
                                             struct error *error);
/* Strict. Large: keep *record on the heap. */
MUST_CHECK enum status expiry_record_parse(const json_t *body, struct expiry_record *record,
                                           struct error *error);

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

/* Reads each chosen segment's record again and keeps only what the record, its leaf and the
 * holds confirm; then appends one expiry record for each camera and reason to the ledger's batch
 * and marks the rows. Nothing is unlinked. *appended counts records, *refused choices that were
 * not confirmed. */
MUST_CHECK enum status expiry_append(struct expiry *expiry, const struct retention_policy *policy,
                                     const struct retention_now *now,
                                     const struct retention_camera *cameras,
                                     const struct retention_decision *decision, size_t *appended,
                                     size_t *refused, struct error *error);
/* After ledger_commit: unlinks at most `limit` files that committed expiry records name, syncs
 * their folders, and marks them gone with the next commit. STATUS_AGAIN: there are more;
 * STATUS_OK: none is left. A file already gone is no error. */
MUST_CHECK enum status expiry_unlink(struct expiry *expiry, size_t limit, struct error *error);

#endif
