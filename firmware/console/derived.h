/*
 * What is asked of sealroom-picture: which pieces of a segment hold a moment or a stretch of time,
 * and the question with their bytes, each held against its digest as it is read.
 */
#ifndef SEALROOM_CONSOLE_DERIVED_H
#define SEALROOM_CONSOLE_DERIVED_H

#include "firmware/console/video_cache.h"

struct derived_plan {
    bool is_video;
    char segment[SEGMENT_ID_SIZE];
    size_t first; /* begins with a keyframe */
    size_t last;
    int64_t from_ns; /* of video; as `to_ns` since the first piece's start */
    int64_t to_ns;
    int64_t base_ns; /* of video: since the segment's start */
    uint16_t width_max;
    uint8_t quality; /* of a still */
};

/* For the picture at a time. STATUS_NOT_FOUND: the segment has none of then;
 * STATUS_UNSUPPORTED: too much would have to be decoded. Sets all but what a picture shall be like.
 */
MUST_CHECK enum status derived_plan_still(const struct video_segment *segment, int64_t at_utc_ns,
                                          struct derived_plan *plan, struct error *error);
/* For video of these pieces, which follow each other. The same. */
MUST_CHECK enum status derived_plan_video(const struct video_segment *segment, size_t first,
                                          size_t last, struct derived_plan *plan,
                                          struct error *error);
/* Reads the pieces; what is not VIDEO_INTACT or VIDEO_OPEN leaves no question. NULL: only whether
 * they are what was recorded. */
enum video_verdict derived_write(const struct derived_plan *plan,
                                 const struct video_segment *segment, int folder,
                                 struct buffer *question);

#endif
