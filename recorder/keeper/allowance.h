/*
 * How many records a peer may cause by what it reports: some at once, and one a period in the
 * long run. What is over is for its owner to leave out or to fold into a later record; entries
 * are not reports, and are never held against one.
 */
#ifndef SEALROOM_KEEPER_ALLOWANCE_H
#define SEALROOM_KEEPER_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

/* Transparent: plain values. */
struct allowance {
    uint32_t most; /* at once */
    int64_t period_ns;
    uint32_t left;
    int64_t since_ns; /* monotonic: one more a period since then */
};

struct allowance allowance_of(uint32_t most, int64_t period_ns);
/* Takes one, if there is one left. */
bool allowance_take(struct allowance *allowance, int64_t now_monotonic_ns);

#endif
