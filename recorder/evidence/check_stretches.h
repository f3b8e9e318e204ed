/*
 * Stretches of clips, each with the digest it should have: gathered, hashed on several threads, and
 * reported where they differ. Internal.
 */
#ifndef SEALROOM_EVIDENCE_CHECK_STRETCHES_H
#define SEALROOM_EVIDENCE_CHECK_STRETCHES_H

#include "evidence/check_own.h"
#include "evidence/check_parts.h"
#include "store/box.h"

struct stretch_job {
    const struct zip_member *member;
    uint32_t offset; /* in it */
    uint32_t size;
    struct digest digest;      /* what it should be */
    bool is_piece;             /* else the clip's own */
    uint64_t record;           /* a piece: its segment's */
    enum piece_kind kind;      /* and so on for all that follow */
    uint64_t index;            /* among the segment's pieces */
    struct box_track track;    /* of the video it belongs to; zeros: not known */
    struct box_fragment media; /* what it says itself; valid with has_media */
    bool has_media;
    int64_t start_utc_ns;
    int64_t duration_ns;
    enum status status; /* STATUS_OK, STATUS_MISMATCH, STATUS_IO, STATUS_NO_MEMORY */
};

/* Zero-initialise but for the total; release. */
struct stretches {
    struct stretch_job *jobs; /* that wait */
    size_t count;
    uint64_t total; /* bytes of all clips, for who watches */
    struct own_bytes own;
};

void stretches_release(struct stretches *stretches);

/* One more; now and then all that wait are hashed. Only STATUS_IO and STATUS_NO_MEMORY fail. */
MUST_CHECK enum status check_stretch(struct check *check, struct stretches *stretches,
                                     const struct stretch_job *job, struct error *error);
/* All that wait. */
MUST_CHECK enum status check_stretches(struct check *check, struct stretches *stretches,
                                       struct error *error);

#endif
