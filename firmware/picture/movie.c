#include "firmware/picture/movie.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <stdlib.h>

#include "base/clock.h"
#include "firmware/picture/scaler.h"

#define TIMESCALE 90000
#define RATE_MAX  3000000 /* bits a second */

struct movie {
    AVCodecContext *encoder;
    AVFormatContext *container;
    AVPacket *packet;
    AVPacket *held; /* until it is known how long it is shown */
    uint8_t *bytes; /* of the container, when it is complete */
};

static const AVRational scale = {1, TIMESCALE};

static int64_t units(int64_t ns)
{
    return av_rescale_q(ns, (AVRational){1, (int)NS_PER_SECOND}, scale);
}

static enum status cannot(struct error *error)
{
    return error_set(error, STATUS_UNSUPPORTED, "no video can be made of the pictures here");
}

/* As fast as it goes, each picture at once: no picture waits for a later one, and no thread is
 * started. */
static enum status open_encoder(struct movie *movie, const AVFrame *first, struct error *error)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    AVCodecContext *encoder = codec == NULL ? NULL : avcodec_alloc_context3(codec);
    movie->encoder = encoder;
    if (encoder == NULL)
        return cannot(error);
    encoder->width = first->width;
    encoder->height = first->height;
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->colorspace = first->colorspace;
    encoder->color_range = AVCOL_RANGE_MPEG;
    encoder->time_base = scale;
    encoder->framerate = (AVRational){25, 1};
    encoder->sample_aspect_ratio = (AVRational){1, 1};
    encoder->thread_count = 1;
    encoder->gop_size = 100000; /* it begins with its only keyframe */
    encoder->rc_max_rate = RATE_MAX;
    encoder->rc_buffer_size = RATE_MAX;
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
    (void)av_opt_set(encoder->priv_data, "preset", "ultrafast", 0);
    (void)av_opt_set(encoder->priv_data, "tune", "zerolatency", 0);
    (void)av_opt_set(encoder->priv_data, "crf", "25", 0);
    (void)av_opt_set(encoder->priv_data, "x264-params", "threads=1:sliced-threads=0:scenecut=0", 0);
    return avcodec_open2(encoder, codec, NULL) >= 0 ? STATUS_OK : cannot(error);
}

/* Decoding times stay what they are told to be (frag_discont). */
static enum status open_container(struct movie *movie, struct error *error)
{
    AVDictionary *options = NULL;
    if (avformat_alloc_output_context2(&movie->container, NULL, "mp4", NULL) < 0)
        return cannot(error);
    AVStream *stream = avformat_new_stream(movie->container, NULL);
    if (stream == NULL || avio_open_dyn_buf(&movie->container->pb) < 0 ||
        avcodec_parameters_from_context(stream->codecpar, movie->encoder) < 0)
        return cannot(error);
    stream->time_base = scale;
    movie->container->flags |= AVFMT_FLAG_BITEXACT;
    movie->container->avoid_negative_ts = 0; /* AUTO moves the first picture to 0 */
    (void)av_dict_set(&options, "movflags",
                      "empty_moov+default_base_moof+frag_custom+frag_discont+skip_trailer", 0);
    (void)av_dict_set(&options, "use_editlist", "0", 0);
    (void)av_dict_set(&options, "video_track_timescale", "90000", 0);
    int problem = avformat_write_header(movie->container, &options);
    av_dict_free(&options);
    return problem >= 0 ? STATUS_OK : cannot(error);
}

enum status movie_new(const AVFrame *first, struct movie **result, struct error *error)
{
    struct movie *movie = calloc(1, sizeof *movie);
    if (movie == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a video");
    movie->packet = av_packet_alloc();
    movie->held = av_packet_alloc();
    enum status status = movie->packet == NULL || movie->held == NULL
                             ? cannot(error)
                             : open_encoder(movie, first, error);
    if (status == STATUS_OK)
        status = open_container(movie, error);
    if (status != STATUS_OK) {
        movie_free(movie);
        return status;
    }
    *result = movie;
    return STATUS_OK;
}

void movie_free(struct movie *movie)
{
    if (movie == NULL)
        return;
    av_packet_free(&movie->packet);
    av_packet_free(&movie->held);
    avcodec_free_context(&movie->encoder);
    if (movie->container != NULL && movie->container->pb != NULL)
        (void)avio_close_dyn_buf(movie->container->pb, &movie->bytes);
    avformat_free_context(movie->container);
    av_freep(&movie->bytes);
    free(movie);
}

/* The one that waited, if any; its place is taken by movie->packet. */
static bool write_held(struct movie *movie, int64_t until)
{
    bool done = true;
    if (movie->held->size > 0) {
        movie->held->duration = until > movie->held->dts ? until - movie->held->dts : 1;
        done = av_write_frame(movie->container, movie->held) >= 0;
    }
    av_packet_unref(movie->held);
    av_packet_move_ref(movie->held, movie->packet);
    return done;
}

static bool take_packets(struct movie *movie)
{
    bool done = true;
    while (done && avcodec_receive_packet(movie->encoder, movie->packet) == 0) {
        movie->packet->stream_index = 0;
        done = write_held(movie, movie->packet->dts);
    }
    return done;
}

enum status movie_add(struct movie *movie, AVFrame *picture, int64_t at_ns, struct error *error)
{
    picture->pts = units(at_ns);
    picture->pict_type = AV_PICTURE_TYPE_NONE;
    return avcodec_send_frame(movie->encoder, picture) == 0 && take_packets(movie) ? STATUS_OK
                                                                                   : cannot(error);
}

enum status movie_end(struct movie *movie, int64_t end_ns, struct buffer *bytes,
                      struct error *error)
{
    buffer_clear(bytes);
    bool done = avcodec_send_frame(movie->encoder, NULL) == 0 && take_packets(movie) &&
                write_held(movie, units(end_ns)) && av_write_frame(movie->container, NULL) >= 0 &&
                av_write_trailer(movie->container) >= 0;
    if (!done)
        return cannot(error);
    int size = avio_close_dyn_buf(movie->container->pb, &movie->bytes);
    movie->container->pb = NULL;
    return size > 0 && buffer_append(bytes, movie->bytes, (size_t)size) == STATUS_OK
               ? STATUS_OK
               : error_set(error, STATUS_NO_MEMORY, "no memory for a video");
}
