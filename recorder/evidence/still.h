/*
 * A still of recorded video, or a stretch of it encoded anew: asked of sealroom-picture, which
 * decodes for those who must not, over a connected stream socket. Both are derived, never evidence.
 *
 * Question and answer, numbers little-endian; nothing else is ever said:
 *
 *   question   4  "SRPQ"                        answer   4  "SRPA"
 *              4  size of the init part                  4  0: a still, else why there is none
 *              4  size of the fragments                  8  when the picture was taken, as below
 *              8  wanted time, ns after the              4  size of what follows, at most
 *                 first decoding time in the                STILL_ANSWER_MAX
 *                 fragments
 *              2  width at most, pixels                  …  the JPEG, or why there is none, in
 *              1  quality, 1 (small) to 100                 English
 *              1  0; 1: the times count from when
 *                 the first picture is shown
 *              …  the init part, the fragments
 *
 *   question   4  "SRVQ"                        answer   4  "SRVA"
 *              4  size of the init part                  4  0: video, else why there is none
 *              4  size of the fragments                  8  how many pictures are in it
 *              8  from when, ns after the                4  size of what follows, at most
 *                 first picture is shown                    STILL_VIDEO_ANSWER_MAX
 *              8  until when, in the same                …  fragmented MP4 with H.264, an init part
 *              8  what the beginning is called              and one fragment, or why there is none
 *                 in the decoding times of
 *                 what is made, ns
 *              2  width at most, pixels
 *              2  0
 *              …  the init part, the fragments
 *
 * The fragments are whole, follow each other and begin with a keyframe. The picture is the one that
 * is on the screen at the wanted time.
 */
#ifndef SEALROOM_EVIDENCE_STILL_H
#define SEALROOM_EVIDENCE_STILL_H

#include "evidence/footage.h"

#define STILL_QUESTION_MAGIC "SRPQ"
#define STILL_ANSWER_MAGIC   "SRPA"
#define STILL_QUESTION_SIZE  24u
#define STILL_ANSWER_SIZE    20u
#define STILL_INIT_MAX       UINT32_C(65536)
#define STILL_FRAGMENTS_MAX  UINT32_C(25165824)
#define STILL_ANSWER_MAX     UINT32_C(1048576)
#define STILL_WIDTH_MAX      1920u

#define STILL_VIDEO_MAGIC         "SRVQ"
#define STILL_VIDEO_ANSWER_MAGIC  "SRVA"
#define STILL_VIDEO_QUESTION_SIZE 40u
#define STILL_VIDEO_ANSWER_MAX    UINT32_C(16777216)
#define STILL_VIDEO_NS_MAX        INT64_C(10000000000) /* at once */

struct still_wish {
    uint16_t width_max; /* pixels; the height follows */
    uint8_t quality;    /* 1 to 100 */
};

/* A still of a segment as it was at a time, from the pieces that hold it, each held against its
 * digest. *jpeg is cleared first; *taken_utc_ns is when the picture was taken. STATUS_MISMATCH: the
 * pieces are not what was recorded; STATUS_NOT_FOUND: no fragment covers that time;
 * STATUS_UNSUPPORTED, STATUS_INVALID: why there can be none. STATUS_END, STATUS_IO:
 * sealroom-picture is gone or says what it must not; it takes no more questions, and a new one may
 * be asked with the next. `picture` is the socket. */
MUST_CHECK enum status still_of_segment(int picture, const struct footage_segment *segment,
                                        int64_t at_utc_ns, const struct still_wish *wish,
                                        struct buffer *jpeg, int64_t *taken_utc_ns,
                                        struct error *error);

#endif
