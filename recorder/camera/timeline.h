/*
 * Media time placed on the wall clock.
 *
 * Two distances are kept and slewed, each by at most SLEW_PPM, towards what is measured:
 *
 *   delay   arrival (CLOCK_MONOTONIC_RAW) minus media time, of the least-delayed picture of the
 *           last one to two windows: no picture arrives before it was taken
 *   wall    CLOCK_REALTIME minus CLOCK_MONOTONIC_RAW
 *
 * So placed time never jumps by itself. When the wall clock steps, or either distance has run
 * away from what is measured, timeline_check says so; the segment is cut at the next keyframe,
 * and timeline_anchor takes the measured distances over at once.
 */
#ifndef SEALROOM_CAMERA_TIMELINE_H
#define SEALROOM_CAMERA_TIMELINE_H

#include "base/clock.h"

#define SLEW_PPM           500
#define TIMELINE_WINDOW_NS (30 * NS_PER_SECOND)
/* Of the wall clock, between two pictures or in all. */
#define CLOCK_STEP_NS (100 * NS_PER_MS)
#define MEDIA_RUN_NS  (1 * NS_PER_SECOND)

enum timeline_verdict {
    TIMELINE_STEADY = 0,
    TIMELINE_CLOCK_STEPPED, /* the wall clock is not where the placed time is */
    TIMELINE_MEDIA_RAN,     /* media time runs at another rate than time does */
};

struct timeline {
    bool running;
    int64_t delay_ns; /* slewed */
    int64_t wall_ns;  /* slewed */
    int64_t wall_measured_ns;
    int64_t window_end_ns; /* monotonic */
    int64_t least_now_ns;  /* least delay of this window, and of the one before */
    int64_t least_before_ns;
    int64_t observed_ns; /* monotonic, of the last observation */
    enum clock_quality quality;
};

/* A picture of this media time (ns) arrived. The first one after a zeroed timeline anchors it. */
void timeline_observe(struct timeline *timeline, int64_t media_ns, int64_t arrival_ns,
                      const struct clock_reading *now);
enum timeline_verdict timeline_check(const struct timeline *timeline);
/* Takes the measured distances over: allowed where a segment begins. */
void timeline_anchor(struct timeline *timeline);
/* When the picture of this media time was taken. */
int64_t timeline_utc(const struct timeline *timeline, int64_t media_ns);
int64_t timeline_monotonic(const struct timeline *timeline, int64_t media_ns);

#endif
