/*
 * Fragmented MP4 (ISO/IEC 14496-12) by libavformat's muxer, made in memory.
 *
 * One `struct mp4` is one file: an init part (ftyp, moov), then fragments (moof, mdat), each whole
 * when it is handed over. No edit list, no sidx, no mfra. Video is track 1, avc1 or hvc1 with the
 * parameter sets in the configuration record and, as the camera sent them, in the samples.
 *
 * Decoding times (tfdt) and fragment numbers (mfhd) are the caller's, and go on from one file of
 * a connection to the next, so that their fragments laid end to end play as one.
 */
#ifndef SEALROOM_CAMERA_MP4_H
#define SEALROOM_CAMERA_MP4_H

#include "camera/nal/parameter_sets.h"
#include "camera/sound.h"

struct mp4;

struct mp4_sample {
    bool sound;
    struct bytes data;
    int64_t presentation; /* video 1/90000 s, sound 1/rate s */
    int64_t decode;
    int64_t duration;
    bool key;
};

/* Begins a file. `first_fragment` is the number of its first fragment, from 1. `sound` may be
 * NULL. What is made is appended to *pieces, which is borrowed until mp4_free: first the init
 * part, at once. STATUS_INVALID: the parameter sets make no configuration record. */
MUST_CHECK enum status mp4_new(const struct parameter_sets *parameters,
                               const struct sound_format *sound, uint32_t first_fragment,
                               struct buffer *pieces, struct mp4 **mp4, struct error *error);
void mp4_free(struct mp4 *mp4);
/* Adds a sample to the fragment. Its bytes are copied. */
MUST_CHECK enum status mp4_add(struct mp4 *mp4, const struct mp4_sample *sample,
                               struct error *error);
/* Ends the fragment: appends moof and mdat to *pieces. */
MUST_CHECK enum status mp4_cut(struct mp4 *mp4, struct error *error);

#endif
