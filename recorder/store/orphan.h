/*
 * A segment file that no record speaks of: hashed, held against the progress note, placed in
 * time, made durable, ready to be sealed. Internal to the store; recovery.h finds them.
 */
#ifndef SEALROOM_STORE_ORPHAN_H
#define SEALROOM_STORE_ORPHAN_H

#include "store/progress.h"
#include "store/segment.h"

struct orphan;

struct orphan_settings {
    int volume; /* the open video folder, borrowed for the orphan's life */
    const char *camera;
    const char *id;
    const struct progress_segment *noted; /* what the note says of it, NULL if nothing; borrowed */
    bool with_sm3;
};

/* Opens the file. STATUS_REFUSED: it is no regular file; STATUS_END: it is empty and nobody
 * vouched for more; STATUS_IO: it cannot be opened. */
MUST_CHECK enum status orphan_open(const struct orphan_settings *settings, struct orphan **orphan,
                                   struct error *error);
/* One that the note vouches for and whose file is missing: a record with nothing in it, done. */
MUST_CHECK enum status orphan_missing(const struct orphan_settings *settings,
                                      struct orphan **orphan, struct error *error);
/* NULL is allowed. */
void orphan_free(struct orphan *orphan);
/* STATUS_AGAIN: there is more to do; STATUS_OK: record and pieces are ready, the file is durable.
 * STATUS_UNCERTAIN as file_sync; STATUS_IO, STATUS_INVALID, STATUS_FULL: it cannot be read to its
 * end. */
MUST_CHECK enum status orphan_step(struct orphan *orphan, uint64_t budget, struct error *error);
bool orphan_is_done(const struct orphan *orphan);
/* Borrowed. */
const struct segment_record *orphan_record(const struct orphan *orphan);
const struct piece_list *orphan_pieces(const struct orphan *orphan);

#endif
