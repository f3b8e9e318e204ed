#include "firmware/picture/decoder.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <string.h>

#include "base/clock.h"

#define READ_SIZE      32768
#define ALLOCATION_MAX ((size_t)128 * 1024 * 1024)

/* The bytes, as a file. */
struct memory {
    struct bytes bytes;
    size_t at;
};

struct decoder {
    struct memory memory;
    AVIOContext *io;
    AVFormatContext *container;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame; /* the one that came last */
    AVFrame *best;  /* the one to show, so far */
    int stream;
    int64_t first; /* decoding time of the first packet, in units of the stream */
    int64_t limit; /* the wanted time, in the same */
};

static int memory_read(void *context, uint8_t *into, int size)
{
    struct memory *memory = context;
    size_t left = memory->bytes.size - memory->at;
    size_t part = (size_t)size < left ? (size_t)size : left;
    if (part == 0) {
        return AVERROR_EOF;
    }
    memcpy(into, memory->bytes.data + memory->at, part);
    memory->at += part;
    return (int)part;
}

static int64_t memory_seek(void *context, int64_t offset, int whence)
{
    struct memory *memory = context;
    int64_t size = (int64_t)memory->bytes.size;
    if (whence == AVSEEK_SIZE) {
        return size;
    }
    int64_t base = whence == SEEK_CUR ? (int64_t)memory->at : whence == SEEK_END ? size : 0;
    if (offset < -base || offset > size - base) {
        return AVERROR(EINVAL);
    }
    memory->at = (size_t)(base + offset);
    return (int64_t)memory->at;
}

void decoder_prepare(void)
{
    av_log_set_level(AV_LOG_QUIET);
    av_max_alloc(ALLOCATION_MAX);
}

static enum status no_memory(struct error *error)
{
    return error_set(error, STATUS_NO_MEMORY, "no memory to decode a picture");
}

static enum status open_io(struct decoder *decoder, struct error *error)
{
    unsigned char *block = av_malloc(READ_SIZE);
    if (block != NULL) {
        decoder->io = avio_alloc_context(block, READ_SIZE, 0, &decoder->memory, memory_read, NULL,
                                         memory_seek);
    }
    if (decoder->io == NULL) {
        av_free(block);
        return no_memory(error);
    }
    decoder->container = avformat_alloc_context();
    if (decoder->container == NULL) {
        return no_memory(error);
    }
    decoder->container->pb = decoder->io;
    decoder->container->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_NOFILLIN | AVFMT_FLAG_NOPARSE;
    return STATUS_OK;
}

/* Nothing is guessed from the bytes: they are MP4, and say themselves what is in them. */
static enum status open_container(struct decoder *decoder, struct error *error)
{
    AVDictionary *options = NULL;
    enum status status = open_io(decoder, error);
    if (status != STATUS_OK) {
        return status;
    }
    (void)av_dict_set(&options, "ignore_editlist", "1", 0);
    (void)av_dict_set(&options, "protocol_whitelist", "none", 0);
    int failed =
        avformat_open_input(&decoder->container, NULL, av_find_input_format("mp4"), &options);
    av_dict_free(&options);
    if (failed < 0) {
        return error_set(error, STATUS_INVALID, "the recorded video is no MP4 that can be read");
    }
    decoder->stream = av_find_best_stream(decoder->container, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    return decoder->stream >= 0
               ? STATUS_OK
               : error_set(error, STATUS_INVALID, "the recorded video has no track of pictures");
}

static enum status open_codec(struct decoder *decoder, struct error *error)
{
    const AVCodecParameters *parameters = decoder->container->streams[decoder->stream]->codecpar;
    bool known =
        parameters->codec_id == AV_CODEC_ID_H264 || parameters->codec_id == AV_CODEC_ID_HEVC;
    const AVCodec *codec = known ? avcodec_find_decoder(parameters->codec_id) : NULL;
    if (codec == NULL) {
        return error_set(error, STATUS_UNSUPPORTED,
                         "the recorded video is neither H.264 nor H.265");
    }
    decoder->codec = avcodec_alloc_context3(codec);
    if (decoder->codec == NULL || avcodec_parameters_to_context(decoder->codec, parameters) < 0) {
        return no_memory(error);
    }
    decoder->codec->thread_count = 1; /* a thread would be one more system call */
    decoder->codec->max_pixels = DECODER_PIXELS_MAX;
    decoder->codec->pkt_timebase = decoder->container->streams[decoder->stream]->time_base;
    return avcodec_open2(decoder->codec, codec, NULL) >= 0
               ? STATUS_OK
               : error_set(error, STATUS_INVALID, "the recorded video cannot be decoded");
}

/* Takes the pictures that are ready: the last one by the wanted time, else the earliest. */
static enum status take_frames(struct decoder *decoder)
{
    while (avcodec_receive_frame(decoder->codec, decoder->frame) == 0) {
        int64_t time = decoder->frame->pts;
        bool is_first = decoder->best->buf[0] == NULL;
        bool is_better = time != AV_NOPTS_VALUE &&
                         (time <= decoder->limit
                              ? time > decoder->best->pts || decoder->best->pts > decoder->limit
                              : time < decoder->best->pts);
        if (is_first || is_better) {
            av_frame_unref(decoder->best);
            av_frame_move_ref(decoder->best, decoder->frame);
        }
        av_frame_unref(decoder->frame);
    }
    return STATUS_OK;
}

static bool begin(struct decoder *decoder, int64_t wanted_ns)
{
    AVRational base = decoder->container->streams[decoder->stream]->time_base;
    decoder->first = decoder->packet->dts;
    int64_t wanted =
        av_rescale_q_rnd(wanted_ns, (AVRational){1, (int)NS_PER_SECOND}, base, AV_ROUND_NEAR_INF);
    return decoder->first != AV_NOPTS_VALUE &&
           !__builtin_add_overflow(decoder->first, wanted, &decoder->limit);
}

/* What is decoded after the wanted time is shown after it; a damaged picture is passed over. */
static enum status decode(struct decoder *decoder, int64_t wanted_ns, struct error *error)
{
    bool has_begun = false;
    while (av_read_frame(decoder->container, decoder->packet) >= 0) {
        bool is_video = decoder->packet->stream_index == decoder->stream;
        if (is_video && !has_begun) {
            if (!begin(decoder, wanted_ns)) {
                return error_set(error, STATUS_INVALID, "the recorded video has no times");
            }
            has_begun = true;
        }
        bool is_after = is_video && decoder->packet->dts != AV_NOPTS_VALUE &&
                        decoder->packet->dts > decoder->limit &&
                        decoder->packet->dts != decoder->first;
        if (is_video && !is_after) {
            (void)avcodec_send_packet(decoder->codec, decoder->packet);
        }
        av_packet_unref(decoder->packet);
        if (is_after) {
            break;
        }
        (void)take_frames(decoder);
    }
    (void)avcodec_send_packet(decoder->codec, NULL);
    (void)take_frames(decoder);
    return decoder->best->buf[0] != NULL
               ? STATUS_OK
               : error_set(error, STATUS_INVALID, "no picture could be decoded");
}

static void release(struct decoder *decoder)
{
    av_packet_free(&decoder->packet);
    av_frame_free(&decoder->frame);
    av_frame_free(&decoder->best);
    avcodec_free_context(&decoder->codec);
    avformat_close_input(&decoder->container);
    if (decoder->io != NULL) {
        av_freep(&decoder->io->buffer);
    }
    avio_context_free(&decoder->io);
}

enum status decoder_picture_at(struct bytes footage, int64_t wanted_ns, AVFrame **frame,
                               int64_t *shown_ns, struct error *error)
{
    struct decoder decoder = {.memory = {.bytes = footage},
                              .packet = av_packet_alloc(),
                              .frame = av_frame_alloc(),
                              .best = av_frame_alloc()};
    *frame = NULL;
    *shown_ns = 0;
    enum status status = decoder.packet == NULL || decoder.frame == NULL || decoder.best == NULL
                             ? no_memory(error)
                             : open_container(&decoder, error);
    status = status == STATUS_OK ? open_codec(&decoder, error) : status;
    status = status == STATUS_OK ? decode(&decoder, wanted_ns, error) : status;
    if (status == STATUS_OK) {
        int64_t since = 0;
        if (decoder.best->pts != AV_NOPTS_VALUE &&
            !__builtin_sub_overflow(decoder.best->pts, decoder.first, &since)) {
            *shown_ns = av_rescale_q(since, decoder.container->streams[decoder.stream]->time_base,
                                     (AVRational){1, (int)NS_PER_SECOND});
        }
        *frame = decoder.best;
        decoder.best = NULL;
    }
    release(&decoder);
    return status;
}
