/*
 * An open segment, as the keeper holds it: the file, what the camera has told of it, and what
 * its record will say.
 *
 * Durable order (base/file.h): segment_create → the camera writes → segment_sync, on whatever
 * thread → segment_seal → ledger_commit. segment_sync makes file and folders durable.
 */
#ifndef SEALROOM_STORE_SEGMENT_H
#define SEALROOM_STORE_SEGMENT_H

#include "base/file.h"
#include "store/piece_table.h"
#include "store/segment_index.h"
#include "store/segment_record.h"

struct segment;

/* Creates the file (O_EXCL, 0640, append only) below `volume`, the open video folder (borrowed),
 * and its folders. STATUS_FULL if there is no space. */
MUST_CHECK enum status segment_create(int volume, const char *camera, int64_t utc_ns, bool with_sm3,
                                      struct segment **segment, struct error *error);
/* Takes up a file that a camera still writes after the keeper was started again: its
 * SEGMENT_BEGIN and every FRAGMENT follow. STATUS_NOT_FOUND if there is none, STATUS_INVALID if
 * the id is malformed or the file is not a regular file. */
MUST_CHECK enum status segment_adopt(int volume, const char *camera, const char *id, bool with_sm3,
                                     struct segment **segment, struct error *error);
/* Closes; the file stays. NULL is allowed. */
void segment_free(struct segment *segment);
void segment_cleanup(struct segment **segment);
#define AUTO_SEGMENT __attribute__((cleanup(segment_cleanup)))

const char *segment_id(const struct segment *segment);
const char *segment_camera(const struct segment *segment);
const char *segment_file(const struct segment *segment);
/* O_WRONLY|O_APPEND; stays the segment's. What a grant sends, and what the flusher syncs. */
int segment_descriptor(const struct segment *segment);
/* The folder of the day, for the flusher; stays the segment's. */
int segment_directory(const struct segment *segment);
/* Has SEGMENT_BEGIN been seen? */
bool segment_has_begun(const struct segment *segment);
const struct piece_list *segment_pieces(const struct segment *segment);
/* What is known so far: start from SEGMENT_BEGIN, end and size from the pieces. Borrowed. */
const struct segment_record *segment_known(const struct segment *segment);

/* SEGMENT_BEGIN. STATUS_INVALID: another id, or begun already. */
MUST_CHECK enum status segment_begin(struct segment *segment,
                                     const struct message_segment_begin *message,
                                     struct error *error);
/* FRAGMENT. STATUS_INVALID: not begun, does not tile, or the file is shorter than what is
 * claimed (fstat). */
MUST_CHECK enum status segment_add(struct segment *segment, const struct message_fragment *message,
                                   struct error *error);
/* SEGMENT_END. STATUS_INVALID: its size, pieces or frames are not the sums of what was told, or
 * the file is shorter. STATUS_AGAIN: it has ended without a piece, or a torn one lies beyond what
 * was told (the disk was full): segment_discard or segment_complete is next, as for a camera that
 * is gone. */
MUST_CHECK enum status segment_end(struct segment *segment,
                                   const struct message_segment_end *message, struct error *error);
/* fsync file, then folder. The flusher may call it from its thread with descriptors that it was
 * handed: it touches nothing else. STATUS_UNCERTAIN as file_sync. */
MUST_CHECK enum status segment_sync(int descriptor, int directory, const char *file,
                                    struct error *error);

/* The camera process is gone: hashes what lies beyond the told pieces, at most `budget` bytes of
 * it a call. STATUS_AGAIN: there is more; STATUS_OK: all of the file is covered and
 * segment_known() is final, with `recovered` set if anything was found beyond. Call segment_sync
 * afterwards, then segment_seal. Nothing is not_covered by it: the keeper that hashes the rest
 * has seen it written. */
MUST_CHECK enum status segment_complete(struct segment *segment, uint64_t budget,
                                        struct error *error);

/* Where a sealed segment is written down; all borrowed. */
struct segment_books {
    struct ledger *ledger;
    struct piece_table *pieces;
    struct segment_index *segments;
};

/* Appends the `segment` record and its pieces to the ledger's batch; the index follows with the
 * commit. *number is the record's. STATUS_REFUSED if there is no piece: call segment_discard. */
MUST_CHECK enum status segment_seal(const struct segment *segment,
                                    const struct segment_books *books, uint64_t *number,
                                    struct error *error);
/* The same for any record and its pieces (recovery.h). */
MUST_CHECK enum status segment_record_seal(const struct segment_record *record,
                                           const struct piece_list *pieces,
                                           const struct segment_books *books, uint64_t *number,
                                           struct error *error);
/* Removes the file of a segment in which nothing was written. STATUS_REFUSED if it is not
 * empty. Frees nothing. `volume` is that of segment_create. */
MUST_CHECK enum status segment_discard(struct segment *segment, int volume, struct error *error);

#endif
