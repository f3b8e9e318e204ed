/* What init part and fragments say of the video: ISO/IEC 14496-12, 8.3 to 8.8. */
#include "store/box.h"

#include <stdio.h>
#include <string.h>

#include "store/box_sample.h"

static const struct {
    uint32_t type;
    const char *name;
} codecs[] = {
    {BOX_TYPE('a', 'v', 'c', '1'), "h264"}, {BOX_TYPE('a', 'v', 'c', '3'), "h264"},
    {BOX_TYPE('h', 'v', 'c', '1'), "hevc"}, {BOX_TYPE('h', 'e', 'v', '1'), "hevc"},
    {BOX_TYPE('m', 'p', '4', 'a'), "aac"},  {BOX_TYPE('O', 'p', 'u', 's'), "opus"},
};

static void name_codec(uint32_t type, char name[ID_SIZE])
{
    for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
        if (codecs[i].type == type) {
            snprintf(name, ID_SIZE, "%s", codecs[i].name);
            return;
        }
    }
    /* box_header has let printable types through only. */
    snprintf(name, ID_SIZE, "%c%c%c%c", (char)(type >> 24), (char)(type >> 16), (char)(type >> 8),
             (char)type);
}

/* The field of a full box behind creation and modification time. */
static uint32_t read_after_times(struct bytes content)
{
    struct reader reader = reader_of(content);
    uint32_t version = read_big_u32(&reader) >> 24;

    read_bytes(&reader, version == 1 ? 16 : 8);
    return read_big_u32(&reader);
}

uint32_t box_track_id(struct bytes trak)
{
    return read_after_times(box_find(trak, BOX_TYPE('t', 'k', 'h', 'd')));
}

uint32_t box_track_timescale(struct bytes mdia)
{
    return read_after_times(box_find(mdia, BOX_TYPE('m', 'd', 'h', 'd')));
}

uint32_t box_track_handler(struct bytes mdia)
{
    struct reader reader = reader_of(box_find(mdia, BOX_TYPE('h', 'd', 'l', 'r')));

    read_bytes(&reader, 8);
    return read_big_u32(&reader);
}

/* The first sample entry of the track; its type in *type. */
static struct bytes sample_entry(struct bytes mdia, uint32_t *type)
{
    struct bytes minf = box_find(mdia, BOX_TYPE('m', 'i', 'n', 'f'));
    struct bytes stbl = box_find(minf, BOX_TYPE('s', 't', 'b', 'l'));
    struct bytes stsd = box_find(stbl, BOX_TYPE('s', 't', 's', 'd'));
    struct bytes content = {0};

    if (stsd.size < 8)
        return content;
    stsd = (struct bytes){stsd.data + 8, stsd.size - 8};
    if (!box_take(&stsd, type, &content))
        return (struct bytes){0};
    return content;
}

static void parse_video(struct bytes trak, struct bytes mdia, struct box_track *track)
{
    uint32_t type = 0;
    struct reader entry = reader_of(sample_entry(mdia, &type));

    track->track = box_track_id(trak);
    track->timescale = box_track_timescale(mdia);
    /* VisualSampleEntry, 12.1.3: width and height stand after 24 bytes. */
    read_bytes(&entry, 24);
    track->width = read_big_u16(&entry);
    track->height = read_big_u16(&entry);
    if (type != 0)
        name_codec(type, track->video_codec);
}

enum status box_parse_init(struct bytes init, struct box_track *track, struct error *error)
{
    struct bytes moov = box_find(init, BOX_TYPE('m', 'o', 'o', 'v'));
    struct bytes rest = moov;
    uint32_t type = 0;
    struct bytes trak = {0};
    struct box_defaults defaults;

    memset(track, 0, sizeof(*track));
    while (box_take(&rest, &type, &trak)) {
        struct bytes mdia = box_find(trak, BOX_TYPE('m', 'd', 'i', 'a'));
        uint32_t handler = box_track_handler(mdia);
        uint32_t entry = 0;

        if (type != BOX_TYPE('t', 'r', 'a', 'k'))
            continue;
        if (handler == BOX_TYPE('v', 'i', 'd', 'e') && track->track == 0)
            parse_video(trak, mdia, track);
        if (handler == BOX_TYPE('s', 'o', 'u', 'n') && track->audio_codec[0] == '\0') {
            sample_entry(mdia, &entry);
            if (entry != 0)
                name_codec(entry, track->audio_codec);
        }
    }
    if (track->track == 0 || track->timescale == 0)
        return error_set(error, STATUS_NOT_FOUND, "the init part has no video track");
    defaults = box_track_defaults(moov, track->track);
    track->default_duration = defaults.duration;
    track->default_flags = defaults.flags;
    return STATUS_OK;
}

static enum status add_sample(void *context, const struct box_sample *sample)
{
    struct box_fragment *fragment = context;

    if (__builtin_add_overflow(fragment->duration, sample->duration, &fragment->duration))
        return STATUS_INVALID;
    if (fragment->frames == 0) {
        fragment->decode_time = sample->decode_time;
        fragment->keyframe = sample->sync;
    }
    fragment->frames++;
    return STATUS_OK;
}

enum status box_parse_fragment(struct bytes moof, const struct box_track *track,
                               struct box_fragment *fragment, struct error *error)
{
    struct bytes rest = box_find(moof, BOX_TYPE('m', 'o', 'o', 'f'));
    struct reader mfhd = reader_of(box_find(rest, BOX_TYPE('m', 'f', 'h', 'd')));
    struct box_defaults defaults = {
        .track = track->track, .duration = track->default_duration, .flags = track->default_flags};
    uint32_t type = 0;
    uint32_t samples = 0;
    struct bytes content = {0};

    memset(fragment, 0, sizeof(*fragment));
    if (rest.size == 0)
        return error_set(error, STATUS_INVALID, "a fragment without a moof box");
    read_big_u32(&mfhd);
    fragment->sequence = read_big_u32(&mfhd);
    while (box_take(&rest, &type, &content)) {
        if (type != BOX_TYPE('t', 'r', 'a', 'f') || box_traf_track(content) != track->track)
            continue;
        if (box_each_sample(content, &defaults, &samples, add_sample, fragment) != STATUS_OK)
            return error_set(error, STATUS_INVALID, "a damaged moof box");
    }
    return STATUS_OK;
}
