#include "firmware/picture/jpeg.h"

#include <libavcodec/avcodec.h>
#include <string.h>

#include "firmware/picture/scaler.h"

static AVCodecContext *new_encoder(const AVFrame *picture, unsigned quality)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    AVCodecContext *encoder = codec != NULL ? avcodec_alloc_context3(codec) : NULL;
    if (encoder == NULL) {
        return NULL;
    }
    /* libavcodec's scale is 2 (best) to 31. */
    int scale = 2 + (int)((100 - quality) * 29 / 99);
    encoder->width = picture->width;
    encoder->height = picture->height;
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
    struct scaler scaler = {.format = AV_PIX_FMT_YUVJ420P, .width_max = width_max};
    enum status status = scaler_make(&scaler, frame, &picture, error);
    scaler_release(&scaler);
    if (status != STATUS_OK) {
        return status;
    }
    AVCodecContext *encoder = new_encoder(picture, quality);
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
