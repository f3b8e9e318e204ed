#include "firmware/picture/decoder.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdlib.h>
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
    AVPacket *packet; /* the next one for the codec, if it holds any */
    int stream;
    bool is_over;   /* the codec is given no more */
    int64_t first;  /* decoding time of the first packet, in units of the stream */
    int64_t origin; /* what times are counted from, in the same */
    int64_t limit;  /* what is decoded later is not wanted */
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

/* The next one of the video into decoder->packet, which is empty. */
static bool read_packet(struct decoder *decoder)
{
    AVPacket *packet = decoder->packet;
    while (av_read_frame(decoder->container, packet) >= 0) {
        if (packet->stream_index == decoder->stream && packet->size > 0)
            return true;
        av_packet_unref(packet);
    }
    return false;
}

/* The first picture's packet says where the clock begins, and waits to be decoded. */
static enum status begin(struct decoder *decoder, const struct decoder_wish *wish,
                         struct error *error)
{
    const AVPacket *packet = decoder->packet;
    if (!read_packet(decoder))
        return error_set(error, STATUS_INVALID, "no picture could be decoded");
    AVRational base = decoder->container->streams[decoder->stream]->time_base;
    decoder->first = packet->dts;
    decoder->origin = wish->clock == DECODER_BY_DECODING ? packet->dts : packet->pts;
    int64_t until = av_rescale_q_rnd(wish->until_ns, (AVRational){1, (int)NS_PER_SECOND}, base,
                                     AV_ROUND_NEAR_INF);
    return decoder->first != AV_NOPTS_VALUE && decoder->origin != AV_NOPTS_VALUE &&
                   !__builtin_add_overflow(decoder->origin, until, &decoder->limit)
               ? STATUS_OK
               : error_set(error, STATUS_INVALID, "the recorded video has no times");
}

/* The next packet to the codec; behind the last, and behind the wanted time, its end. */
static void feed(struct decoder *decoder)
{
    AVPacket *packet = decoder->packet;
    bool is_there = packet->size > 0 || read_packet(decoder);
    bool is_after = is_there && packet->dts != AV_NOPTS_VALUE && packet->dts > decoder->limit &&
                    packet->dts != decoder->first;
    decoder->is_over = !is_there || is_after;
    (void)avcodec_send_packet(decoder->codec, decoder->is_over ? NULL : packet);
    av_packet_unref(packet);
}

bool decoder_next(struct decoder *decoder, AVFrame *frame)
{
    av_frame_unref(frame);
    while (avcodec_receive_frame(decoder->codec, frame) != 0) {
        if (decoder->is_over)
            return false;
        feed(decoder);
    }
    return true;
}

bool decoder_is_in_time(const struct decoder *decoder, const AVFrame *frame)
{
    return frame->pts <= decoder->limit;
}

bool decoder_time_of(const struct decoder *decoder, const AVFrame *frame, int64_t *time_ns)
{
    int64_t since = 0;
    *time_ns = 0;
    if (frame->pts == AV_NOPTS_VALUE || __builtin_sub_overflow(frame->pts, decoder->origin, &since))
        return false;
    *time_ns = av_rescale_q(since, decoder->container->streams[decoder->stream]->time_base,
                            (AVRational){1, (int)NS_PER_SECOND});
    return true;
}

void decoder_free(struct decoder *decoder)
{
    if (decoder == NULL)
        return;
    av_packet_free(&decoder->packet);
    avcodec_free_context(&decoder->codec);
    avformat_close_input(&decoder->container);
    if (decoder->io != NULL) {
        av_freep(&decoder->io->buffer);
    }
    avio_context_free(&decoder->io);
    free(decoder);
}

enum status decoder_new(struct bytes footage, const struct decoder_wish *wish,
                        struct decoder **result, struct error *error)
{
    struct decoder *decoder = calloc(1, sizeof *decoder);
    if (decoder == NULL)
        return no_memory(error);
    decoder->memory.bytes = footage;
    decoder->packet = av_packet_alloc();
    enum status status =
        decoder->packet == NULL ? no_memory(error) : open_container(decoder, error);
    status = status == STATUS_OK ? open_codec(decoder, error) : status;
    status = status == STATUS_OK ? begin(decoder, wish, error) : status;
    if (status != STATUS_OK) {
        decoder_free(decoder);
        return status;
    }
    *result = decoder;
    return STATUS_OK;
}

/* The last one by the wanted time, else the earliest. */
static bool is_better(const struct decoder *decoder, const AVFrame *frame, const AVFrame *best)
{
    if (best->buf[0] == NULL)
        return true;
    if (frame->pts == AV_NOPTS_VALUE)
        return false;
    return decoder_is_in_time(decoder, frame)
               ? frame->pts > best->pts || !decoder_is_in_time(decoder, best)
               : frame->pts < best->pts;
}

static void choose(struct decoder *decoder, AVFrame *frame, AVFrame *best)
{
    while (decoder_next(decoder, frame))
        if (is_better(decoder, frame, best)) {
            av_frame_unref(best);
            av_frame_move_ref(best, frame);
        }
}

enum status decoder_picture_at(struct bytes footage, const struct decoder_wish *wish,
                               AVFrame **picture, int64_t *shown_ns, struct error *error)
{
    struct decoder *decoder = NULL;
    AVFrame *frame = av_frame_alloc();
    AVFrame *best = av_frame_alloc();
    *picture = NULL;
    *shown_ns = 0;
    enum status status = frame == NULL || best == NULL
                             ? no_memory(error)
                             : decoder_new(footage, wish, &decoder, error);
    if (status == STATUS_OK) {
        choose(decoder, frame, best);
        if (best->buf[0] == NULL)
            status = error_set(error, STATUS_INVALID, "no picture could be decoded");
        else
            (void)decoder_time_of(decoder, best, shown_ns);
    }
    decoder_free(decoder);
    av_frame_free(&frame);
    if (status == STATUS_OK)
        *picture = best;
    else
        av_frame_free(&best);
    return status;
}
