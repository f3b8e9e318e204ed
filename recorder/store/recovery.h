/*
 * What a crash left behind: files below video/CAMERA that no record speaks of are sealed as they
 * are, empty ones are removed. Nothing is cut off a file, nothing recorded is thrown away. Files
 * whose expiry is on record are for expiry_unlink (expiry.h).
 *
 * One recovery a camera, in steps that each do a bounded piece of work, so that the keeper can do
 * other things in between. It reads; the keeper appends the records it yields.
 */
#ifndef SEALROOM_STORE_RECOVERY_H
#define SEALROOM_STORE_RECOVERY_H

#include "store/progress.h"
#include "store/salvage.h"
#include "store/segment.h"

enum recovery_found {
    RECOVERY_SEALED_LATE = 1, /* a file without a record, or (size 0, contradicts_note) one that the
                                 note vouches for and that is not there: ready to seal */
    RECOVERY_EMPTY_REMOVED,   /* an empty file was removed */
    RECOVERY_EXPIRED,         /* its expiry is on record: expiry_unlink removes it */
    RECOVERY_FOREIGN,         /* not a name the recorder makes; left alone */
    RECOVERY_UNREADABLE,      /* an I/O error; left alone */
    RECOVERY_COPY,            /* its record says that it is gone for good, or of another camera:
                                 somebody put it there; left alone */
};

/* One thing found; valid until the next step. */
struct recovery_result {
    enum recovery_found found;
    char file[PATH_SIZE];            /* below the video folder */
    uint64_t index_record;           /* RECOVERY_EXPIRED: number of the segment record */
    struct segment_record record;    /* RECOVERY_SEALED_LATE */
    const struct piece_list *pieces; /* RECOVERY_SEALED_LATE; borrowed */
    char detail[ERROR_TEXT_SIZE];
};

struct recovery;

struct recovery_settings {
    int volume; /* the open video folder, borrowed */
    const char *camera;
    /* Is this segment in somebody's hands: granted, being written, or sealed and waiting for a
     * commit? Such a file is left alone. NULL: none is. */
    bool (*is_open)(void *context, const char *id);
    void *context;
    const struct progress_note *note; /* the newest valid one, borrowed; NULL if there is none */
    bool with_sm3;
    struct sqlite3 *database; /* to look ids up (segment_index_find), borrowed */
};

MUST_CHECK enum status recovery_new(const struct recovery_settings *settings,
                                    struct recovery **recovery, struct error *error);
/* NULL is allowed. */
void recovery_free(struct recovery *recovery);
/* One step: reads a few hundred names, or hashes at most about `budget` bytes. STATUS_AGAIN:
 * nothing to report yet; STATUS_OK: *result says what was found; STATUS_END: this camera is done.
 * A file is yielded once it is durable (fsync file, folder). */
MUST_CHECK enum status recovery_step(struct recovery *recovery, uint64_t budget,
                                     struct recovery_result *result, struct error *error);

/* The cameras there are folders of or the note (NULL: none) speaks of, configured or not; each is
 * handed once, and only valid ids. */
MUST_CHECK enum status recovery_cameras(int volume, const struct progress_note *note,
                                        enum status (*each)(void *context, const char *camera),
                                        void *context, struct error *error);

#endif
