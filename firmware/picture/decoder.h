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
/* `footage` is an init part and whole fragments after it, the first of which begins with a
 * keyframe; `wanted_ns` is after the decoding time of its first picture. The picture is the last
 * one that is shown by then, or the first there is; *shown_ns is when, counted in the same way.
 * *frame is the caller's to av_frame_free. STATUS_INVALID, STATUS_UNSUPPORTED: why there is none.
 */
MUST_CHECK enum status decoder_picture_at(struct bytes footage, int64_t wanted_ns, AVFrame **frame,
                                          int64_t *shown_ns, struct error *error);

#endif
