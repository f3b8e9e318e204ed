/*
 * A stretch of recorded video decoded and encoded anew, for who cannot play what was recorded: a
 * derived picture, never evidence. The bytes may be anything.
 */
#ifndef SEALROOM_PICTURE_TRANSCODER_H
#define SEALROOM_PICTURE_TRANSCODER_H

#include "base/bytes.h"

/* Times count from when the first picture of the footage is shown. */
struct transcoder_wish {
    int64_t from_ns; /* what is shown before is not given */
    int64_t to_ns;   /* nor what is shown from here on */
    int64_t base_ns; /* what from_ns is called in what is made, at least 0 */
    unsigned width_max;
};

/* Pictures that are nearer to each other are left out: screens show 25 or 30 a second. */
#define TRANSCODER_STEP_NS INT64_C(30000000)

/* `footage` as decoder.h has it. *movie is cleared first: an init part and one fragment, all from
 * base_ns on, as long as asked for, so that it follows the one before without a seam. *pictures is
 * how many are in it. */
MUST_CHECK enum status transcode(struct bytes footage, const struct transcoder_wish *wish,
                                 struct buffer *movie, int64_t *pictures, struct error *error);

#endif
