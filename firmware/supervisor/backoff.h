/*
 * How long to wait before a process that ended is started again: at once, then 1, 2, 4, 8 and at
 * most 10 seconds. One that lived for a minute has earned a fresh start.
 */
#ifndef SEALROOM_SUPERVISOR_BACKOFF_H
#define SEALROOM_SUPERVISOR_BACKOFF_H

#include <stdint.h>

/* A plain value; zero-initialise. */
struct backoff {
    unsigned failures; /* ends in a row without a life of BACKOFF_FORGET_MS between them */
};

#define BACKOFF_MOST_MS   10000u
#define BACKOFF_FORGET_MS 60000u

/* Call it once for every end. `lived_ms`: how long the process ran. Returns milliseconds. */
uint32_t backoff_next_ms(struct backoff *backoff, uint64_t lived_ms);

#endif
