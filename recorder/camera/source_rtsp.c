/*
 * RTSP by libavformat, which does the protocol, authentication and the splitting of RTP; nothing
 * of what it makes of the pictures is used. Its parsers lose frames (a first picture without
 * time, pictures of several slices), so they are off (NOPARSE, NOFILLIN), stream analysis is not
 * done, and access units are made by the assembler from the pieces with their RTP timestamps.
 *
 * What libavformat keeps to itself but says to its log is taken from there (libav_log.h).
 */
#include "camera/source.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "camera/address.h"
#include "camera/assembler.h"
#include "camera/libav.h"
#include "camera/libav_log.h"
#include "camera/relay.h"
#include "crypto/suite.h"

#define UDP_BUFFER_SIZE "1048576"

struct rtsp {
    struct source source;
    struct source_settings settings;
    struct source_facts facts;
    AVFormatContext *format;
    AVPacket *packet;
    struct assembler *assembler;
    int video; /* stream numbers, -1 if none */
    int sound;
    int ended; /* the error that ended the stream, 0 while it runs */
    uint64_t dropped_told;
    struct libav_heard heard;
};

static int interrupted(void *context)
{
    struct rtsp *rtsp = context;
    return rtsp->settings.go_on(rtsp->settings.context) ? 0 : 1;
}

static int64_t monotonic_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static void close_rtsp(struct source *source)
{
    struct rtsp *rtsp = (struct rtsp *)source;
    avformat_close_input(&rtsp->format);
    av_packet_free(&rtsp->packet);
    assembler_free(rtsp->assembler);
    free(rtsp);
}

static enum gap_cause cause_of_opening(const struct rtsp *rtsp, int code)
{
    static const struct {
        int code;
        enum gap_cause cause;
    } causes[] = {
        {AVERROR_HTTP_BAD_REQUEST, GAP_REFUSED}, {AVERROR_HTTP_UNAUTHORIZED, GAP_NOT_AUTHORISED},
        {AVERROR_HTTP_FORBIDDEN, GAP_REFUSED},   {AVERROR_HTTP_NOT_FOUND, GAP_REFUSED},
        {AVERROR_HTTP_OTHER_4XX, GAP_REFUSED},   {AVERROR_HTTP_SERVER_ERROR, GAP_REFUSED},
        {AVERROR_INVALIDDATA, GAP_BAD_STREAM},   {AVERROR_PATCHWELCOME, GAP_BAD_STREAM},
    };
    if (rtsp->settings.relay != NULL &&
        relay_outcome(rtsp->settings.relay, NULL) == RELAY_WRONG_CERTIFICATE) {
        return GAP_CERTIFICATE;
    }
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        if (causes[i].code == code) {
            return causes[i].cause;
        }
    }
    return GAP_UNREACHABLE;
}

static enum status fail(int code, const char *what, struct error *error)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(code, text, sizeof text);
    enum status status = code == AVERROR_EXIT  ? STATUS_TIMEOUT
                         : code == AVERROR_EOF ? STATUS_END
                                               : STATUS_IO;
    return error_set(error, status, "%s: %s", what, code == AVERROR_EXIT ? "no answer" : text);
}

static enum status compose_url(const struct rtsp *rtsp, struct buffer *url, struct error *error)
{
    const struct message_camera_setup *setup = rtsp->settings.setup;
    struct address address;
    enum status status = address_parse(setup->url, &address, error);
    if (status != STATUS_OK) {
        return status;
    }
    const char *host = setup->address;
    uint16_t port = address.port;
    if (rtsp->settings.relay != NULL) {
        host = RELAY_ADDRESS;
        port = relay_arm(rtsp->settings.relay, setup->address);
    }
    status = address_compose(&address, host, port, setup->user, setup->password, url);
    return status == STATUS_OK ? STATUS_OK : error_set(error, status, "no memory for a URL");
}

static AVDictionary *make_options(const struct rtsp *rtsp)
{
    const struct message_camera_setup *setup = rtsp->settings.setup;
    AVDictionary *options = NULL;
    bool udp = setup->transport == TRANSPORT_UDP && rtsp->settings.relay == NULL;
    av_dict_set(&options, "rtsp_transport", udp ? "udp" : "tcp", 0);
    av_dict_set(&options, "allowed_media_types", setup->audio ? "video+audio" : "video", 0);
    av_dict_set(&options, "protocol_whitelist", "rtsp,rtp,tcp,udp", 0);
    av_dict_set(&options, "user_agent", "sealroom/" SEALROOM_VERSION, 0);
    if (udp) {
        av_dict_set(&options, "buffer_size", UDP_BUFFER_SIZE, 0);
    }
    return options;
}

static enum status connect_rtsp(struct rtsp *rtsp, enum gap_cause *cause, struct error *error)
{
    __attribute__((cleanup(buffer_release))) struct buffer url = {0};
    *cause = GAP_UNREACHABLE;
    enum status status = compose_url(rtsp, &url, error);
    if (status != STATUS_OK) {
        return status;
    }
    rtsp->format->opaque = &rtsp->heard;
    rtsp->format->flags |= AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN;
    rtsp->format->correct_ts_overflow = 0; /* the RTP timestamp is unwrapped already */
    rtsp->format->interrupt_callback = (AVIOInterruptCB){interrupted, rtsp};
    AVDictionary *options = make_options(rtsp);
    int code = avformat_open_input(&rtsp->format, (const char *)url.data,
                                   av_find_input_format("rtsp"), &options);
    av_dict_free(&options);
    explicit_bzero(url.data, url.size);
    if (code < 0) {
        *cause = cause_of_opening(rtsp, code);
        return *cause == GAP_CERTIFICATE
                   ? error_set(error, STATUS_MISMATCH, "not the pinned certificate")
                   : fail(code, "the camera cannot be opened", error);
    }
    return STATUS_OK;
}

static enum status choose_video(struct rtsp *rtsp, struct error *error)
{
    for (unsigned i = 0; i < rtsp->format->nb_streams; i++) {
        AVStream *stream = rtsp->format->streams[i];
        const AVCodecParameters *parameters = stream->codecpar;
        bool h264 = parameters->codec_id == AV_CODEC_ID_H264;
        if (rtsp->video >= 0 || (!h264 && parameters->codec_id != AV_CODEC_ID_HEVC)) {
            stream->discard = AVDISCARD_ALL;
            continue;
        }
        rtsp->video = (int)i;
        enum status status =
            assembler_new(h264 ? &codec_h264 : &codec_h265, &rtsp->assembler, error);
        if (status != STATUS_OK) {
            return status;
        }
        if (parameters->extradata_size > 0) {
            assembler_describe(rtsp->assembler, (struct bytes){parameters->extradata,
                                                               (size_t)parameters->extradata_size});
        }
        rtsp->facts.parameters = assembler_parameters(rtsp->assembler);
    }
    return rtsp->video >= 0
               ? STATUS_OK
               : error_set(error, STATUS_UNSUPPORTED, "the camera offers neither H.264 nor H.265");
}

static bool take_sound(struct rtsp *rtsp, const AVStream *stream)
{
    const AVCodecParameters *parameters = stream->codecpar;
    struct sound_format *sound = &rtsp->facts.sound;
    int channels = parameters->ch_layout.nb_channels;
    sound->rate = stream->time_base.num == 1 ? (uint32_t)stream->time_base.den : 0;
    sound->channels = (uint8_t)(channels >= 1 && channels <= 8 ? channels : 1);
    size_t size = parameters->extradata_size > 0 ? (size_t)parameters->extradata_size : 0;
    if (parameters->codec_id == AV_CODEC_ID_OPUS && sound->rate == 48000) {
        sound->codec = SOUND_OPUS;
        sound_describe_opus(sound, sound->channels > 2 ? 2 : sound->channels);
    } else if (parameters->codec_id == AV_CODEC_ID_AAC && size >= 2 &&
               size <= SOUND_CONFIGURATION_MAX && sound->rate > 0) {
        sound->codec = SOUND_AAC;
        memcpy(sound->configuration, parameters->extradata, size);
        sound->configuration_size = size;
    }
    return sound->codec != SOUND_NONE;
}

static void choose_sound(struct rtsp *rtsp)
{
    for (unsigned i = 0; i < rtsp->format->nb_streams && rtsp->sound < 0; i++) {
        AVStream *stream = rtsp->format->streams[i];
        if (stream->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) {
            continue;
        }
        if (take_sound(rtsp, stream)) {
            rtsp->sound = (int)i;
            stream->discard = AVDISCARD_DEFAULT;
        } else {
            message_text(rtsp->facts.sound_refused, sizeof rtsp->facts.sound_refused,
                         avcodec_get_name(stream->codecpar->codec_id));
        }
    }
    if (rtsp->sound >= 0) {
        rtsp->facts.sound_refused[0] = '\0';
    }
}

static enum status open_rtsp(const struct source_settings *settings, struct source **source,
                             enum gap_cause *cause, struct error *error)
{
    struct rtsp *rtsp = calloc(1, sizeof *rtsp);
    if (rtsp == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a source");
    }
    libav_log_listen();
    rtsp->settings = *settings;
    rtsp->heard.facts = &rtsp->facts;
    rtsp->video = -1;
    rtsp->sound = -1;
    rtsp->format = avformat_alloc_context();
    rtsp->packet = av_packet_alloc();
    enum status status = STATUS_NO_MEMORY;
    if (rtsp->format != NULL && rtsp->packet != NULL) {
        status = connect_rtsp(rtsp, cause, error);
    }
    if (status == STATUS_OK) {
        *cause = GAP_BAD_STREAM;
        status = choose_video(rtsp, error);
    }
    if (status != STATUS_OK) {
        close_rtsp(&rtsp->source);
        return status;
    }
    if (settings->setup->audio) {
        choose_sound(rtsp);
    }
    *source = &rtsp->source;
    return STATUS_OK;
}

static enum status add_picture(struct rtsp *rtsp)
{
    const AVPacket *packet = rtsp->packet;
    const AVRational base = rtsp->format->streams[rtsp->video]->time_base;
    int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    bool known = time != AV_NOPTS_VALUE;
    if (known && base.den != VIDEO_TICKS_PER_SECOND) {
        time = av_rescale_q(time, base, (AVRational){1, VIDEO_TICKS_PER_SECOND});
    }
    return assembler_add(rtsp->assembler, (struct bytes){packet->data, (size_t)packet->size}, known,
                         known ? time : 0, monotonic_now());
}

static enum status take_frame_of_sound(struct rtsp *rtsp, struct access_unit *unit)
{
    const AVPacket *packet = rtsp->packet;
    unit->kind = UNIT_AUDIO;
    unit->media_time_known = packet->pts != AV_NOPTS_VALUE;
    unit->media_time = unit->media_time_known ? packet->pts : 0;
    unit->arrival_ns = monotonic_now();
    unit->key = true;
    buffer_clear(&unit->sample);
    return buffer_append(&unit->sample, packet->data, (size_t)packet->size);
}

static enum status end_of_stream(const struct rtsp *rtsp, enum gap_cause *cause,
                                 struct error *error)
{
    *cause = rtsp->ended == AVERROR_EXIT          ? GAP_STALLED
             : rtsp->ended == AVERROR_INVALIDDATA ? GAP_BAD_STREAM
                                                  : GAP_ENDED;
    return rtsp->ended == AVERROR_EXIT
               ? error_set(error, STATUS_TIMEOUT, "connected, but no picture comes")
               : fail(rtsp->ended, "the stream ended", error);
}

static enum status next_of_rtsp(struct source *source, struct access_unit *unit,
                                enum gap_cause *cause, struct error *error)
{
    struct rtsp *rtsp = (struct rtsp *)source;
    for (;;) {
        if (assembler_take(rtsp->assembler, unit) == STATUS_OK) {
            return STATUS_OK;
        }
        if (rtsp->ended != 0) {
            return end_of_stream(rtsp, cause, error);
        }
        if (!rtsp->settings.go_on(rtsp->settings.context)) {
            rtsp->ended = AVERROR_EXIT;
        } else {
            rtsp->ended = av_read_frame(rtsp->format, rtsp->packet);
        }
        if (rtsp->ended < 0) {
            assembler_finish(rtsp->assembler);
            continue;
        }
        rtsp->ended = 0;
        int stream = rtsp->packet->stream_index;
        enum status status = STATUS_OK;
        if (stream == rtsp->video) {
            status = add_picture(rtsp);
        } else if (stream == rtsp->sound) {
            status = take_frame_of_sound(rtsp, unit);
        }
        av_packet_unref(rtsp->packet);
        if (status != STATUS_OK) {
            *cause = GAP_BAD_STREAM;
            return error_set(error, status, "no memory for a picture");
        }
        if (stream == rtsp->sound) {
            return STATUS_OK;
        }
    }
}

static const struct source_facts *facts_of_rtsp(const struct source *source)
{
    return &((const struct rtsp *)source)->facts;
}

static bool camera_clock(const struct source *source, int64_t *media_time, int64_t *camera_utc_ns)
{
    const struct rtsp *rtsp = (const struct rtsp *)source;
    int64_t start_us = rtsp->format->start_time_realtime;
    if (start_us == AV_NOPTS_VALUE || start_us <= 0 || start_us > INT64_MAX / 1000) {
        return false;
    }
    *media_time = 0;
    *camera_utc_ns = start_us * 1000;
    return true;
}

static uint64_t take_dropped(struct source *source)
{
    struct rtsp *rtsp = (struct rtsp *)source;
    uint64_t total = assembler_dropped_bytes(rtsp->assembler) + rtsp->heard.missed;
    uint64_t news = total - rtsp->dropped_told;
    rtsp->dropped_told = total;
    return news;
}

const struct source_operations source_rtsp = {
    .open = open_rtsp,
    .next = next_of_rtsp,
    .facts = facts_of_rtsp,
    .camera_clock = camera_clock,
    .take_dropped = take_dropped,
    .close = close_rtsp,
};
