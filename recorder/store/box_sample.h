/*
 * The samples of a fragment, one by one: ISO/IEC 14496-12, 8.8.7 (`tfhd`), 8.8.8 (`trun`) and
 * 8.8.12 (`tfdt`). What no recorded fragment has (data at an offset in the file, data elsewhere)
 * is refused.
 */
#ifndef SEALROOM_STORE_BOX_SAMPLE_H
#define SEALROOM_STORE_BOX_SAMPLE_H

#include "store/box.h"

/* What the samples of a track are unless their fragment says otherwise: `trex`, 8.8.3. */
struct box_defaults {
    uint32_t track;
    uint32_t description; /* index of the sample entry, from 1 */
    uint32_t duration;
    uint32_t size;
    uint32_t flags;
};

struct box_sample {
    int64_t offset;       /* of its bytes, from the first byte of the fragment's moof box */
    uint32_t size;        /* bytes */
    uint64_t decode_time; /* in units of the track's timescale */
    uint32_t duration;
    int64_t composition; /* presentation time minus decode time */
    bool sync;
    bool first_of_run; /* its bytes need not follow those of the sample before */
};

/* Of a track; zeros if `moov`, the box's content, says nothing of it. */
struct box_defaults box_track_defaults(struct bytes moov, uint32_t track);

/* The track that a track fragment (`traf`, the box's content) belongs to; 0 if it does not say. */
uint32_t box_traf_track(struct bytes traf);

/* Takes a sample; anything but STATUS_OK ends the walk, and is what it returns. */
typedef enum status box_take_sample(void *context, const struct box_sample *sample);

/* Of a track in a fragment, in all its track fragments: what none of a second comes near. A run
 * can claim any number in a few bytes. */
#define BOX_SAMPLES_MAX (UINT32_C(1) << 16)

/* Every sample of a track fragment, in order. *count, 0 at the first one of a track in a fragment,
 * grows by as many. STATUS_INVALID: damaged, or more than BOX_SAMPLES_MAX; STATUS_UNSUPPORTED: data
 * or a sample entry that recorded fragments do not have. */
MUST_CHECK enum status box_each_sample(struct bytes traf, const struct box_defaults *defaults,
                                       uint32_t *count, box_take_sample *take, void *context);

#endif
