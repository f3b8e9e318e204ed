/*
 * Odd things, each told once and then at most once a minute with its count: a camera without
 * timestamps must not fill the ledger at its frame rate.
 */
#ifndef SEALROOM_CAMERA_NOTICEBOARD_H
#define SEALROOM_CAMERA_NOTICEBOARD_H

#include "base/clock.h"
#include "camera/link.h"

#define NOTICE_INTERVAL_NS (60 * NS_PER_SECOND)
#define NOTICE_KINDS       16

struct notice {
    uint64_t count;  /* not yet told */
    int64_t told_ns; /* monotonic; 0: never */
    char detail[DETAIL_SIZE];
};

struct noticeboard {
    struct link *link;
    const struct clock *clock;
    struct notice notices[NOTICE_KINDS]; /* by enum camera_note */
};

void noticeboard_put(struct noticeboard *board, enum camera_note note, uint64_t count,
                     const char *detail);
/* Tells what is due; everything if `all`. */
void noticeboard_tell(struct noticeboard *board, bool all);

#endif
