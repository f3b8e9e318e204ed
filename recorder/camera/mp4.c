/*
 * The muxer's flags, and why:
 *
 *   empty_moov, default_base_moof   an init part without samples; fragments that say where their
 *                                   bytes are by themselves
 *   frag_custom                     a fragment ends when mp4_cut says so, not when the next
 *                                   picture arrives
 *   frag_discont, use_editlist=0    decoding times are taken as they are given
 *   skip_trailer                    no mfra: a file is whole after every fragment
 *
 * `cmaf` would add its brand, and would also shift each file's decoding times by the composition
 * offset of its own first picture. With open GOPs that offset is not the same in every file, and
 * consecutive files would no longer fit end to end.
 */
#include "camera/mp4.h"

#include <stdlib.h>
#include <string.h>

#include "camera/access_unit.h"
#include "camera/libav.h"

#define AVIO_BUFFER_SIZE 32768

struct mp4 {
    AVFormatContext *format;
    AVPacket *packet;
    struct buffer *pieces;
    bool out_of_memory;
};

static int gather(void *context, libav_written *data, int size)
{
    struct mp4 *mp4 = context;
    if (size < 0 || buffer_append(mp4->pieces, data, (size_t)size) != STATUS_OK) {
        mp4->out_of_memory = true;
        return AVERROR(ENOMEM);
    }
    return size;
}

static enum status failure(const struct mp4 *mp4, int code, const char *what, struct error *error)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(code, text, sizeof text);
    bool memory = code == AVERROR(ENOMEM) || (mp4 != NULL && mp4->out_of_memory);
    return error_set(error, memory ? STATUS_NO_MEMORY : STATUS_INVALID, "MP4: %s: %s", what, text);
}

static enum status set_extradata(AVCodecParameters *parameters, struct bytes bytes)
{
    parameters->extradata = av_mallocz(bytes.size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (parameters->extradata == NULL) {
        return STATUS_NO_MEMORY;
    }
    memcpy(parameters->extradata, bytes.data, bytes.size);
    parameters->extradata_size = (int)bytes.size;
    return STATUS_OK;
}

static enum status add_video(struct mp4 *mp4, const struct parameter_sets *sets)
{
    __attribute__((cleanup(buffer_release))) struct buffer record = {0};
    AVStream *stream = avformat_new_stream(mp4->format, NULL);
    if (stream == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = sets->codec->configuration(sets, &record);
    if (status != STATUS_OK) {
        return status;
    }
    bool h264 = sets->codec == &codec_h264;
    stream->time_base = (AVRational){1, VIDEO_TICKS_PER_SECOND};
    stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    stream->codecpar->codec_id = h264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC;
    stream->codecpar->codec_tag = h264 ? MKTAG('a', 'v', 'c', '1') : MKTAG('h', 'v', 'c', '1');
    stream->codecpar->width = (int)sets->sequence.width;
    stream->codecpar->height = (int)sets->sequence.height;
    return set_extradata(stream->codecpar, buffer_bytes(&record));
}

static enum status add_sound(struct mp4 *mp4, const struct sound_format *sound)
{
    AVStream *stream = avformat_new_stream(mp4->format, NULL);
    if (stream == NULL) {
        return STATUS_NO_MEMORY;
    }
    stream->time_base = (AVRational){1, (int)sound->rate};
    stream->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
    stream->codecpar->codec_id = sound->codec == SOUND_AAC ? AV_CODEC_ID_AAC : AV_CODEC_ID_OPUS;
    stream->codecpar->sample_rate = (int)sound->rate;
    stream->codecpar->frame_size = sound->codec == SOUND_AAC ? 1024 : 960;
    av_channel_layout_default(&stream->codecpar->ch_layout, sound->channels);
    return set_extradata(stream->codecpar,
                         (struct bytes){sound->configuration, sound->configuration_size});
}

static enum status open_memory(struct mp4 *mp4)
{
    uint8_t *memory = av_malloc(AVIO_BUFFER_SIZE);
    if (memory == NULL) {
        return STATUS_NO_MEMORY;
    }
    mp4->format->pb = avio_alloc_context(memory, AVIO_BUFFER_SIZE, 1, mp4, NULL, gather, NULL);
    if (mp4->format->pb == NULL) {
        av_free(memory);
        return STATUS_NO_MEMORY;
    }
    mp4->format->pb->seekable = 0;
    mp4->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    mp4->format->flags &= ~AVFMT_FLAG_AUTO_BSF;
    mp4->format->avoid_negative_ts = 0;
    return STATUS_OK;
}

static enum status write_init(struct mp4 *mp4, uint32_t first_fragment, struct error *error)
{
    AVDictionary *options = NULL;
    av_dict_set(&options, "movflags",
                "empty_moov+default_base_moof+frag_custom+frag_discont+skip_trailer", 0);
    av_dict_set(&options, "use_editlist", "0", 0);
    av_dict_set(&options, "video_track_timescale", "90000", 0);
    av_dict_set_int(&options, "fragment_index", first_fragment, 0);
    int code = avformat_write_header(mp4->format, &options);
    av_dict_free(&options);
    if (code < 0) {
        return failure(mp4, code, "the init part", error);
    }
    avio_flush(mp4->format->pb);
    return mp4->out_of_memory ? failure(mp4, AVERROR(ENOMEM), "the init part", error) : STATUS_OK;
}

enum status mp4_new(const struct parameter_sets *parameters, const struct sound_format *sound,
                    uint32_t first_fragment, struct buffer *pieces, struct mp4 **mp4,
                    struct error *error)
{
    struct mp4 *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a segment");
    }
    made->pieces = pieces;
    made->packet = av_packet_alloc();
    enum status status = STATUS_NO_MEMORY;
    if (made->packet != NULL &&
        avformat_alloc_output_context2(&made->format, NULL, "mp4", NULL) >= 0) {
        status = open_memory(made);
    }
    if (status == STATUS_OK) {
        status = add_video(made, parameters);
    }
    if (status == STATUS_OK && sound != NULL && sound->codec != SOUND_NONE) {
        status = add_sound(made, sound);
    }
    if (status != STATUS_OK) {
        (void)error_set(error, status, "MP4: the tracks cannot be described: %s",
                        status_name(status));
    } else {
        status = write_init(made, first_fragment, error);
    }
    if (status != STATUS_OK) {
        mp4_free(made);
        return status;
    }
    *mp4 = made;
    return STATUS_OK;
}

void mp4_free(struct mp4 *mp4)
{
    if (mp4 == NULL) {
        return;
    }
    if (mp4->format != NULL) {
        if (mp4->format->pb != NULL) {
            av_freep(&mp4->format->pb->buffer);
            avio_context_free(&mp4->format->pb);
        }
        avformat_free_context(mp4->format);
    }
    av_packet_free(&mp4->packet);
    free(mp4);
}

enum status mp4_add(struct mp4 *mp4, const struct mp4_sample *sample, struct error *error)
{
    AVPacket *packet = mp4->packet;
    if (sample->data.size > INT32_MAX) {
        return error_set(error, STATUS_INVALID, "MP4: a sample is too large");
    }
    /* The packet borrows the bytes: without `buf` libavformat copies nothing and keeps nothing.
     * It does not write to them. */
    packet->data = (uint8_t *)(uintptr_t)sample->data.data;
    packet->size = (int)sample->data.size;
    packet->stream_index = sample->sound ? 1 : 0;
    packet->pts = sample->presentation;
    packet->dts = sample->decode;
    packet->duration = sample->duration;
    packet->flags = sample->key ? AV_PKT_FLAG_KEY : 0;
    packet->time_base = mp4->format->streams[packet->stream_index]->time_base;
    int code = av_write_frame(mp4->format, packet);
    return code < 0 ? failure(mp4, code, "a sample", error) : STATUS_OK;
}

enum status mp4_cut(struct mp4 *mp4, struct error *error)
{
    int code = av_write_frame(mp4->format, NULL);
    if (code >= 0) {
        avio_flush(mp4->format->pb);
        code = mp4->format->pb->error;
    }
    return code < 0 ? failure(mp4, code, "a fragment", error) : STATUS_OK;
}
