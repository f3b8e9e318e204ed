/*
 * The picture that is on the screen at a time, out of recorded fragments, decoded by libavcodec.
 * The bytes may be anything.
 */
#ifndef SEALROOM_PICTURE_DECODER_H
#define SEALROOM_PICTURE_DECODER_H

#include <libavutil/frame.h>

#include "base/bytes.h"

/* Sixteen million: a camera of twelve has room. */
#define DECODER_PIXELS_MAX ((int64_t)1 << 24)

/* Once a process, before the first picture: nothing is logged (what a stream makes libavcodec
 * complain of is told in the answer), and no table that an MP4 claims to have takes more than 128
 * MiB. */
void decoder_prepare(void);
/* What times are counted from: when the first picture is decoded, or when it is shown. */
enum decoder_clock { DECODER_BY_DECODING, DECODER_BY_SHOWING };

struct decoder_wish {
    enum decoder_clock clock;
    int64_t until_ns; /* what is decoded after it is shown after it, and left out */
};

struct decoder;

/* `footage` is an init part and whole fragments after it, the first of which begins with a
 * keyframe; it is borrowed. STATUS_INVALID, STATUS_UNSUPPORTED: why nothing can be decoded. */
MUST_CHECK enum status decoder_new(struct bytes footage, const struct decoder_wish *wish,
                                   struct decoder **decoder, struct error *error);
/* NULL is allowed. */
void decoder_free(struct decoder *decoder);
/* The next picture in the order in which they are shown, into *frame; false: there is no more. A
 * damaged one is passed over. */
bool decoder_next(struct decoder *decoder, AVFrame *frame);
/* When a picture is shown; false, and 0, if it does not say. */
bool decoder_time_of(const struct decoder *decoder, const AVFrame *frame, int64_t *time_ns);
/* Is it shown by until_ns? */
bool decoder_is_in_time(const struct decoder *decoder, const AVFrame *frame);

/* The picture that is on the screen at wish->until_ns: the last one that is shown by then, or the
 * first there is; *shown_ns is when. *picture is the caller's to av_frame_free. */
MUST_CHECK enum status decoder_picture_at(struct bytes footage, const struct decoder_wish *wish,
                                          AVFrame **picture, int64_t *shown_ns,
                                          struct error *error);

#endif
