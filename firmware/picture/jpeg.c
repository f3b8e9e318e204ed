#include "firmware/picture/jpeg.h"

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>
#include <string.h>

struct size {
    int width;
    int height;
};

/* Even, as 4:2:0 wants it, and at least 16. */
static int side(int64_t pixels)
{
    pixels -= pixels % 2;
    return pixels < 16 ? 16 : (int)pixels;
}

static struct size scaled_size(const AVFrame *frame, unsigned width_max)
{
    AVRational aspect = frame->sample_aspect_ratio;
    int64_t width = frame->width;
    int64_t height = frame->height;
    /* Cameras have pixels from half to twice as wide as high; anything else is a mistake. */
    if (aspect.num > 0 && aspect.den > 0 && aspect.num <= 2 * (int64_t)aspect.den &&
        aspect.den <= 2 * (int64_t)aspect.num) {
        width = width * aspect.num / aspect.den;
    }
    if (width > width_max) {
        height = height * width_max / width;
        width = width_max;
    }
    return (struct size){side(width), side(height)};
}

static enum status cannot(struct error *error)
{
    return error_set(error, STATUS_UNSUPPORTED, "the decoded picture cannot be scaled");
}

static AVFrame *new_picture(struct size size)
{
    AVFrame *picture = av_frame_alloc();
    if (picture != NULL) {
        picture->format = AV_PIX_FMT_YUVJ420P;
        picture->color_range = AVCOL_RANGE_JPEG;
        picture->width = size.width;
        picture->height = size.height;
        if (av_frame_get_buffer(picture, 0) < 0) {
            av_frame_free(&picture);
        }
    }
    return picture;
}

/* JFIF is BT.601 in full range; cameras say or imply BT.709 in the limited one (H.264, E.2.1). */
static bool set_colours(struct SwsContext *scaler, const AVFrame *frame)
{
    int space = (int)frame->colorspace;
    bool is_named = space == AVCOL_SPC_BT709 || space == AVCOL_SPC_SMPTE170M ||
                    space == AVCOL_SPC_BT470BG || space == AVCOL_SPC_BT2020_NCL;
    int from = is_named ? space : frame->height >= 720 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    bool is_full = frame->color_range == AVCOL_RANGE_JPEG || frame->format == AV_PIX_FMT_YUVJ420P ||
                   frame->format == AV_PIX_FMT_YUVJ422P || frame->format == AV_PIX_FMT_YUVJ444P;
    return sws_setColorspaceDetails(scaler, sws_getCoefficients(from), is_full,
                                    sws_getCoefficients(SWS_CS_ITU601), 1, 0, 1 << 16,
                                    1 << 16) >= 0;
}

static enum status scale(const AVFrame *frame, struct size size, AVFrame **picture,
                         struct error *error)
{
    *picture = NULL;
    if (frame->width <= 0 || frame->height <= 0) {
        return cannot(error);
    }
    struct SwsContext *scaler = sws_getContext(
        frame->width, frame->height, (enum AVPixelFormat)frame->format, size.width, size.height,
        AV_PIX_FMT_YUVJ420P, SWS_AREA | SWS_ACCURATE_RND, NULL, NULL, NULL);
    AVFrame *made = new_picture(size);
    bool done = scaler != NULL && made != NULL;
    if (done) {
        (void)set_colours(scaler, frame);
        done = sws_scale(scaler, (const uint8_t *const *)frame->data, frame->linesize, 0,
                         frame->height, made->data, made->linesize) == size.height;
    }
    sws_freeContext(scaler);
    if (!done) {
        av_frame_free(&made);
        return cannot(error);
    }
    *picture = made;
    return STATUS_OK;
}

static AVCodecContext *new_encoder(struct size size, unsigned quality)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    AVCodecContext *encoder = codec != NULL ? avcodec_alloc_context3(codec) : NULL;
    if (encoder == NULL) {
        return NULL;
    }
    /* libavcodec's scale is 2 (best) to 31. */
    int scale = 2 + (int)((100 - quality) * 29 / 99);
    encoder->width = size.width;
    encoder->height = size.height;
    encoder->pix_fmt = AV_PIX_FMT_YUVJ420P;
    encoder->color_range = AVCOL_RANGE_JPEG;
    encoder->time_base = (AVRational){1, 25};
    encoder->sample_aspect_ratio = (AVRational){1, 1}; /* then it writes a JFIF header */
    encoder->thread_count = 1;
    encoder->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT; /* no comment of its own */
    encoder->qmin = scale;
    encoder->qmax = scale;
    encoder->global_quality = scale * FF_QP2LAMBDA;
    if (avcodec_open2(encoder, codec, NULL) < 0) {
        avcodec_free_context(&encoder);
    }
    return encoder;
}

/* The comment goes behind SOI and the JFIF header (APP0), which must stand first. */
static enum status mark(const AVPacket *packet, struct buffer *jpeg, struct error *error)
{
    static const uint16_t length = sizeof JPEG_COMMENT - 1 + 2;
    static const uint8_t begin[] = {0xff, 0xd8, 0xff, 0xe0};
    const uint8_t comment[] = {0xff, 0xfe, (uint8_t)(length >> 8), (uint8_t)length};
    size_t size = (size_t)packet->size;
    size_t head = size > 6 ? 4 + (size_t)big_u16(packet->data + 4) : 0;
    buffer_clear(jpeg);
    if (size < 6 || head > size || memcmp(packet->data, begin, sizeof begin) != 0) {
        return error_set(error, STATUS_UNSUPPORTED, "the picture cannot be made a JPEG");
    }
    enum status status = buffer_append(jpeg, packet->data, head);
    status = status == STATUS_OK ? buffer_append(jpeg, comment, sizeof comment) : status;
    status = status == STATUS_OK ? buffer_append_text(jpeg, JPEG_COMMENT) : status;
    status = status == STATUS_OK ? buffer_append(jpeg, packet->data + head, size - head) : status;
    return status == STATUS_OK ? STATUS_OK : error_set(error, status, "no memory for a JPEG");
}

enum status jpeg_make(const AVFrame *frame, unsigned width_max, unsigned quality,
                      struct buffer *jpeg, struct error *error)
{
    AVFrame *picture = NULL;
    struct size size = scaled_size(frame, width_max);
    enum status status = scale(frame, size, &picture, error);
    if (status != STATUS_OK) {
        return status;
    }
    AVCodecContext *encoder = new_encoder(size, quality);
    AVPacket *packet = av_packet_alloc();
    if (encoder != NULL && packet != NULL) {
        picture->quality = encoder->global_quality;
    }
    bool done = encoder != NULL && packet != NULL && avcodec_send_frame(encoder, picture) == 0 &&
                avcodec_receive_packet(encoder, packet) == 0;
    status = done ? mark(packet, jpeg, error)
                  : error_set(error, STATUS_UNSUPPORTED, "the picture cannot be made a JPEG");
    av_packet_free(&packet);
    avcodec_free_context(&encoder);
    av_frame_free(&picture);
    return status;
}
