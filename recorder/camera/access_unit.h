/*
 * What a source hands on: one picture with all that belongs to it, or one frame of sound.
 */
#ifndef SEALROOM_CAMERA_ACCESS_UNIT_H
#define SEALROOM_CAMERA_ACCESS_UNIT_H

#include "base/bytes.h"

#define VIDEO_TICKS_PER_SECOND 90000 /* RFC 6184, 8.2.1; RFC 7798, 7.1 */

enum unit_kind { UNIT_VIDEO = 1, UNIT_AUDIO };

struct access_unit {
    enum unit_kind kind;
    struct buffer sample; /* video: NAL units after their lengths (nal/codec.h); owned */
    int64_t media_time;   /* presentation time: video 1/90000 s, audio 1/sample rate */
    bool media_time_known;
    int64_t arrival_ns;  /* CLOCK_MONOTONIC_RAW when its first byte was here */
    bool key;            /* decoding can begin here */
    uint32_t parameters; /* generation of the parameter sets that hold for it */
};

/* Exchanges two units, memory included: how a unit is handed on without a copy. */
void access_unit_swap(struct access_unit *a, struct access_unit *b);
void access_unit_release(struct access_unit *unit);

#endif
