/*
 * How long to wait before the next try: twice as long each time, up to half a minute, and up to a
 * fifth more at random.
 */
#ifndef SEALROOM_CAMERA_RETRY_H
#define SEALROOM_CAMERA_RETRY_H

#include <stdint.h>

struct retry {
    int64_t wait_ns;
};

/* The next wait is the first one. */
void retry_reset(struct retry *retry);
int64_t retry_next_ns(struct retry *retry);

#endif
