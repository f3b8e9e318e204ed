/*
 * Does a worker's process end again and again? Five unordered ends within a minute say so; a minute
 * without another, while it runs, says that it is over.
 */
#ifndef SEALROOM_KEEPER_CRASHES_H
#define SEALROOM_KEEPER_CRASHES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define CRASHES_MANY      5u
#define CRASHES_WINDOW_NS (60 * NS_PER_SECOND)

/* A plain value; zero-initialise. Times are monotonic. */
struct crashes {
    int64_t at_ns[CRASHES_MANY]; /* the newest ends, in a ring */
    unsigned count;              /* of all ends since the keeper started */
};

/* One more end; true if there are many by now. */
bool crashes_add(struct crashes *crashes, int64_t now_ns);
/* None in the last minute; `started_ns` is the keeper's own start, before which it saw none. */
bool crashes_are_over(const struct crashes *crashes, int64_t started_ns, int64_t now_ns);

#endif
