/*
 * How much cameras may still write: the open segments up to their cut, and soon after.
 */
#ifndef SEALROOM_KEEPER_DEMAND_H
#define SEALROOM_KEEPER_DEMAND_H

#include "keeper/janitor.h"

/* Zero-initialise. */
struct demand {
    uint64_t bytes;
    uint64_t rate; /* bytes a second that cameras may write */
    bool writes;   /* some camera may, and is not paused */
    /* of this or the last open segment, the camera's rate */
    uint64_t measured[ROSTER_CAMERAS_MAX];
    bool rated[ROSTER_CAMERAS_MAX]; /* for long enough */
};

/* Measures the open segments and what comes of them. `view` has the volume's size and the usual
 * rates. */
void demand_measure(struct demand *demand, const struct keeper *keeper,
                    const struct janitor_view *view);
/* What comes in the time of a segment, between a least and a part of a volume of this size: freed
 * beyond the demand. */
uint64_t demand_slack(const struct demand *demand, const struct keeper *keeper,
                      uint64_t total_bytes);

#endif
