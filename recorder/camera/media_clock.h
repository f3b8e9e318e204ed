/*
 * Makes of a camera's presentation times what an MP4 file needs: decoding times that only grow,
 * none later than its presentation time, and no jumps.
 *
 * Times are in ticks of 1/90000 s. The first decoding time is 0. A camera whose time stands
 * still, is missing or jumps is given time by arrival, and the result says so.
 */
#ifndef SEALROOM_CAMERA_MEDIA_CLOCK_H
#define SEALROOM_CAMERA_MEDIA_CLOCK_H

#include "camera/nal/sequence.h"

struct media_clock {
    bool running;
    int64_t offset;     /* added to the camera's times */
    int64_t latest;     /* latest presentation time given out */
    int64_t last_input; /* presentation time of the unit before */
    int64_t last_decode;
    int64_t arrival_ns;               /* of the unit before */
    unsigned reorder;                 /* pictures held back in `waiting` */
    int64_t waiting[REORDER_MAX + 1]; /* presentation times, ascending */
    unsigned waiting_count;
};

struct media_time {
    int64_t presentation;
    int64_t decode;
    bool synthetic; /* the camera gave no usable time */
    bool jumped;    /* it jumped, by: */
    int64_t jump_ticks;
    bool bent; /* more reordering than the parameter sets say: moved by less than a frame or so */
};

/* `reorder` and `frame_ticks` (0: unknown) as the sequence parameter set has them. */
void media_clock_start(struct media_clock *clock, unsigned reorder, uint32_t frame_ticks,
                       int64_t first_presentation, int64_t arrival_ns);
/* The next unit in decoding order. */
struct media_time media_clock_next(struct media_clock *clock, bool known, int64_t presentation,
                                   int64_t arrival_ns);
/* A new sequence parameter set may reorder more. It never goes back within a connection. */
void media_clock_reorder(struct media_clock *clock, unsigned reorder);
/* The camera's time as media_clock_next places it now (for sound). */
int64_t media_clock_shift(const struct media_clock *clock, int64_t presentation);

#endif
