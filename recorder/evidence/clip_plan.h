/*
 * Which recorded fragments make which clips: for a range of time, from the keyframe at or before
 * its start to the last fragment with a picture that is shown before its end. One clip a stretch
 * without a gap, cut at a segment's boundary where the init part (so the parameter sets) is
 * another, and before a clip would outgrow its limits. A segment's torn piece is in no clip.
 */
#ifndef SEALROOM_EVIDENCE_CLIP_PLAN_H
#define SEALROOM_EVIDENCE_CLIP_PLAN_H

#include "base/clock.h"
#include "evidence/footage.h"

/* A clip's recorded bytes stay so far below 4 GiB that its tables have room; the others bound the
 * memory that one takes: with sound of up to 128 frames a second, what a track may have of it. */
#define CLIP_BYTES_MAX     (UINT64_C(4032) << 20)
#define CLIP_FRAGMENTS_MAX UINT32_C(16384)
#define CLIP_FRAMES_MAX    UINT32_C(524288)
#define CLIP_SOUND_NS_MAX  (INT64_C(8192) * NS_PER_SECOND)

/* The fragments of one clip. */
struct clip_stretch {
    size_t first_segment;
    size_t first_piece;
    size_t last_segment;
    size_t last_piece;    /* in it */
    int64_t start_utc_ns; /* of the first fragment */
    int64_t end_utc_ns;   /* of the last */
    uint64_t bytes;       /* with the init part */
    uint32_t fragments;
    uint32_t frames;
};

struct clip_plan;

/* The range is from `from` on and before `to`. Nothing recorded in it: a plan of no clips.
 * STATUS_INVALID and STATUS_IO name file and offset; STATUS_UNSUPPORTED: one segment alone is more
 * than a clip can hold. */
MUST_CHECK enum status clip_plan_new(const struct footage *footage, int64_t from_utc_ns,
                                     int64_t to_utc_ns, struct clip_plan **plan,
                                     struct error *error);
/* NULL is allowed. */
void clip_plan_free(struct clip_plan *plan);
size_t clip_plan_count(const struct clip_plan *plan);
/* Borrowed. */
const struct clip_stretch *clip_plan_at(const struct clip_plan *plan, size_t index);
/* Bytes of the clip that is made of it, at most. */
uint64_t clip_stretch_bytes_max(const struct clip_stretch *stretch);

#endif
