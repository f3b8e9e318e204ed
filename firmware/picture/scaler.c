#include "firmware/picture/scaler.h"

#include <libswscale/swscale.h>

/* Even, as 4:2:0 wants it, and at least 16. */
static int side(int64_t pixels)
{
    pixels -= pixels % 2;
    return pixels < 16 ? 16 : (int)pixels;
}

static void choose_size(struct scaler *scaler, const AVFrame *frame)
{
    AVRational aspect = frame->sample_aspect_ratio;
    int64_t width = frame->width;
    int64_t height = frame->height;
    /* Cameras have pixels from half to twice as wide as high; anything else is a mistake. */
    if (aspect.num > 0 && aspect.den > 0 && aspect.num <= 2 * (int64_t)aspect.den &&
        aspect.den <= 2 * (int64_t)aspect.num) {
        width = width * aspect.num / aspect.den;
    }
    if (width > scaler->width_max) {
        height = height * scaler->width_max / width;
        width = scaler->width_max;
    }
    scaler->width = side(width);
    scaler->height = side(height);
}

static enum status cannot(struct error *error)
{
    return error_set(error, STATUS_UNSUPPORTED, "the decoded picture cannot be scaled");
}

static bool makes_jpeg(const struct scaler *scaler)
{
    return scaler->format == AV_PIX_FMT_YUVJ420P;
}

static AVFrame *new_picture(const struct scaler *scaler)
{
    AVFrame *picture = av_frame_alloc();
    if (picture != NULL) {
        picture->format = scaler->format;
        picture->color_range = makes_jpeg(scaler) ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
        picture->width = scaler->width;
        picture->height = scaler->height;
        if (av_frame_get_buffer(picture, 0) < 0) {
            av_frame_free(&picture);
        }
    }
    return picture;
}

enum AVColorSpace scaler_space_of(const AVFrame *frame)
{
    int space = (int)frame->colorspace;
    bool is_named = space == AVCOL_SPC_BT709 || space == AVCOL_SPC_SMPTE170M ||
                    space == AVCOL_SPC_BT470BG || space == AVCOL_SPC_BT2020_NCL;
    return is_named               ? frame->colorspace
           : frame->height >= 720 ? AVCOL_SPC_BT709
                                  : AVCOL_SPC_SMPTE170M;
}

static bool set_colours(const struct scaler *scaler, const AVFrame *frame)
{
    int from = (int)scaler_space_of(frame);
    int to = makes_jpeg(scaler) ? SWS_CS_ITU601 : from;
    bool is_full = frame->color_range == AVCOL_RANGE_JPEG || frame->format == AV_PIX_FMT_YUVJ420P ||
                   frame->format == AV_PIX_FMT_YUVJ422P || frame->format == AV_PIX_FMT_YUVJ444P;
    return sws_setColorspaceDetails(scaler->context, sws_getCoefficients(from), is_full,
                                    sws_getCoefficients(to), makes_jpeg(scaler), 0, 1 << 16,
                                    1 << 16) >= 0;
}

enum status scaler_make(struct scaler *scaler, const AVFrame *frame, AVFrame **picture,
                        struct error *error)
{
    *picture = NULL;
    if (frame->width <= 0 || frame->height <= 0)
        return cannot(error);
    if (scaler->width == 0)
        choose_size(scaler, frame);
    int method = makes_jpeg(scaler) ? SWS_AREA | SWS_ACCURATE_RND : SWS_FAST_BILINEAR;
    scaler->context = sws_getCachedContext(
        scaler->context, frame->width, frame->height, (enum AVPixelFormat)frame->format,
        scaler->width, scaler->height, scaler->format, method, NULL, NULL, NULL);
    AVFrame *made = new_picture(scaler);
    bool done = scaler->context != NULL && made != NULL;
    if (done) {
        (void)set_colours(scaler, frame);
        done = sws_scale(scaler->context, (const uint8_t *const *)frame->data, frame->linesize, 0,
                         frame->height, made->data, made->linesize) == scaler->height;
    }
    if (!done) {
        av_frame_free(&made);
        return cannot(error);
    }
    *picture = made;
    return STATUS_OK;
}

void scaler_release(struct scaler *scaler)
{
    sws_freeContext(scaler->context);
    scaler->context = NULL;
}
