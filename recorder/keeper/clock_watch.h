/*
 * Watches the wall clock against the monotonic one: a step, a drift past a limit, and a change of
 * quality are `clock` records. The cameras' processes see a step for themselves and cut.
 */
#ifndef SEALROOM_KEEPER_CLOCK_WATCH_H
#define SEALROOM_KEEPER_CLOCK_WATCH_H

#include "keeper/bodies.h"
#include "keeper/parts.h"

/* From one look to the next, a second later: no slewing is so fast. */
#define CLOCK_STEP_NS (200 * NS_PER_MS)
/* Since the last `clock` record. */
#define CLOCK_DRIFT_NS NS_PER_SECOND

/* Pure: what a look at the clock says. A plain value. */
struct clock_track {
    bool begun;
    int64_t offset_ns;   /* CLOCK_REALTIME - CLOCK_MONOTONIC_RAW at the last look */
    int64_t recorded_ns; /* at the last record */
    enum clock_quality quality;
};

struct clock_finding {
    bool exists;
    enum clock_event event;
    int64_t before_ns;
    int64_t after_ns;
    enum clock_quality quality;
};

/* At most one finding a look; a step goes before a change of quality, which the next look
 * finds. */
struct clock_finding clock_track_look(struct clock_track *track, struct clock_reading reading);

MUST_CHECK enum status clock_watch_new(struct keeper *keeper, struct clock_watch **watch,
                                       struct error *error);
/* NULL is allowed. */
void clock_watch_free(struct clock_watch *watch);
/* START. `newest_utc_ns`: time of the newest record of an earlier run, 0 if there is none; a wall
 * clock that is behind it has stepped. */
MUST_CHECK enum status clock_watch_start(struct clock_watch *watch, int64_t newest_utc_ns,
                                         struct error *error);

#endif
