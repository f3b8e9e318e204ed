/*
 * The segment that holds a camera's picture of a moment: a sealed one, proved, or the one that is
 * being recorded.
 */
#ifndef SEALROOM_CONSOLE_MOMENT_H
#define SEALROOM_CONSOLE_MOMENT_H

#include "firmware/console/call.h"
#include "firmware/console/video_cache.h"

/* `then` gets it at once or later, and answers; where there is none, or none that may be shown,
 * that is answered here. The call keeps nothing of its own meanwhile. */
void moment_find(struct call *call, const char *camera, int64_t at_utc_ns,
                 void (*then)(struct call *call, const struct video_segment *segment));

#endif
