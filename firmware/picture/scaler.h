/*
 * Decoded pictures made smaller, with square pixels, in one format: that of JFIF (BT.601 in full
 * range), or that of video, whose colours stay what they were.
 */
#ifndef SEALROOM_PICTURE_SCALER_H
#define SEALROOM_PICTURE_SCALER_H

#include <libavutil/frame.h>

#include <stdbool.h>

#include "base/status.h"

/* Set the first two; release it. */
struct scaler {
    enum AVPixelFormat format; /* AV_PIX_FMT_YUVJ420P or AV_PIX_FMT_YUV420P */
    unsigned width_max;        /* pixels */
    int width;                 /* of what it makes: as the first picture has it */
    int height;
    void *context;
};

/* *picture is the caller's to av_frame_free. STATUS_UNSUPPORTED: it cannot be scaled. */
MUST_CHECK enum status scaler_make(struct scaler *scaler, const AVFrame *frame, AVFrame **picture,
                                   struct error *error);
void scaler_release(struct scaler *scaler);

/* Which coefficients its colours have: cameras say it, or imply it (H.264, E.2.1). */
enum AVColorSpace scaler_space_of(const AVFrame *frame);

#endif
