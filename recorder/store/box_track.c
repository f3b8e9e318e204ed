/* What init part and fragments say of the video: ISO/IEC 14496-12, 8.3 to 8.8. */
#include "store/box.h"

#include <stdio.h>
#include <string.h>

#define SAMPLE_IS_NON_SYNC 0x00010000u /* sample_is_non_sync_sample, 8.8.3.1 */

enum {
    TFHD_BASE_DATA_OFFSET = 0x01,
    TFHD_DESCRIPTION = 0x02,
    TFHD_DURATION = 0x08,
    TFHD_SIZE = 0x10,
    TFHD_FLAGS = 0x20,
    TRUN_DATA_OFFSET = 0x001,
    TRUN_FIRST_FLAGS = 0x004,
    TRUN_DURATION = 0x100,
    TRUN_SIZE = 0x200,
    TRUN_FLAGS = 0x400,
    TRUN_COMPOSITION = 0x800,
};

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

static uint32_t track_id(struct bytes trak)
{
    struct reader reader = reader_of(box_find(trak, BOX_TYPE('t', 'k', 'h', 'd')));
    uint32_t version = read_big_u32(&reader) >> 24;

    read_bytes(&reader, version == 1 ? 16 : 8);
    return read_big_u32(&reader);
}

static uint32_t track_timescale(struct bytes mdia)
{
    struct reader reader = reader_of(box_find(mdia, BOX_TYPE('m', 'd', 'h', 'd')));
    uint32_t version = read_big_u32(&reader) >> 24;

    read_bytes(&reader, version == 1 ? 16 : 8);
    return read_big_u32(&reader);
}

static uint32_t track_handler(struct bytes mdia)
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

    track->track = track_id(trak);
    track->timescale = track_timescale(mdia);
    /* VisualSampleEntry, 12.1.3: width and height stand after 24 bytes. */
    read_bytes(&entry, 24);
    track->width = read_big_u16(&entry);
    track->height = read_big_u16(&entry);
    if (type != 0)
        name_codec(type, track->video_codec);
}

static void parse_defaults(struct bytes moov, struct box_track *track)
{
    struct bytes mvex = box_find(moov, BOX_TYPE('m', 'v', 'e', 'x'));
    uint32_t type = 0;
    struct bytes content = {0};

    while (box_take(&mvex, &type, &content)) {
        struct reader trex = reader_of(content);

        read_big_u32(&trex);
        if (type != BOX_TYPE('t', 'r', 'e', 'x') || read_big_u32(&trex) != track->track)
            continue;
        read_big_u32(&trex);
        track->default_duration = read_big_u32(&trex);
        read_big_u32(&trex);
        track->default_flags = read_big_u32(&trex);
    }
}

enum status box_parse_init(struct bytes init, struct box_track *track, struct error *error)
{
    struct bytes moov = box_find(init, BOX_TYPE('m', 'o', 'o', 'v'));
    struct bytes rest = moov;
    uint32_t type = 0;
    struct bytes trak = {0};

    memset(track, 0, sizeof(*track));
    while (box_take(&rest, &type, &trak)) {
        struct bytes mdia = box_find(trak, BOX_TYPE('m', 'd', 'i', 'a'));
        uint32_t handler = track_handler(mdia);
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
    parse_defaults(moov, track);
    return STATUS_OK;
}

/* Defaults of one track fragment: trex, then tfhd. */
struct defaults {
    uint32_t track;
    uint32_t duration;
    uint32_t flags;
};

static struct defaults parse_tfhd(struct bytes traf, const struct box_track *track)
{
    struct reader reader = reader_of(box_find(traf, BOX_TYPE('t', 'f', 'h', 'd')));
    struct defaults defaults = {.duration = track->default_duration, .flags = track->default_flags};
    uint32_t flags = read_big_u32(&reader) & 0xffffff;
    uint32_t value = 0;

    defaults.track = read_big_u32(&reader);
    if (flags & TFHD_BASE_DATA_OFFSET)
        read_big_u64(&reader);
    if (flags & TFHD_DESCRIPTION)
        read_big_u32(&reader);
    if (flags & TFHD_DURATION) {
        value = read_big_u32(&reader);
        defaults.duration = reader.failed ? defaults.duration : value;
    }
    if (flags & TFHD_SIZE)
        read_big_u32(&reader);
    if (flags & TFHD_FLAGS) {
        value = read_big_u32(&reader);
        defaults.flags = reader.failed ? defaults.flags : value;
    }
    return defaults;
}

static enum status add_samples(struct box_fragment *fragment, uint32_t count, uint64_t duration)
{
    if (count > UINT32_MAX - fragment->frames ||
        __builtin_add_overflow(fragment->duration, duration, &fragment->duration))
        return STATUS_INVALID;
    fragment->frames += count;
    return STATUS_OK;
}

/* One track run, 8.8.8. */
static enum status parse_trun(struct bytes trun, const struct defaults *defaults,
                              struct box_fragment *fragment)
{
    struct reader reader = reader_of(trun);
    uint32_t flags = read_big_u32(&reader) & 0xffffff;
    uint32_t count = read_big_u32(&reader);
    uint32_t first_flags = defaults->flags;
    uint64_t duration = (uint64_t)count * defaults->duration;
    size_t each = 4 * (size_t)__builtin_popcount(
                          flags & (TRUN_DURATION | TRUN_SIZE | TRUN_FLAGS | TRUN_COMPOSITION));

    if (flags & TRUN_DATA_OFFSET)
        read_big_u32(&reader);
    if (flags & TRUN_FIRST_FLAGS)
        first_flags = read_big_u32(&reader);
    if (reader.failed || (each > 0 && reader_left(&reader) / each < count))
        return STATUS_INVALID;
    if (flags & TRUN_DURATION)
        duration = 0;
    for (uint32_t i = 0; each > 0 && i < count; i++) {
        struct reader sample = reader_of(read_bytes(&reader, each));

        if (flags & TRUN_DURATION)
            duration += read_big_u32(&sample);
        if (flags & TRUN_SIZE)
            read_big_u32(&sample);
        if (i == 0 && (flags & TRUN_FLAGS) && !(flags & TRUN_FIRST_FLAGS))
            first_flags = read_big_u32(&sample);
    }
    if (fragment->frames == 0 && count > 0)
        fragment->keyframe = (first_flags & SAMPLE_IS_NON_SYNC) == 0;
    return add_samples(fragment, count, duration);
}

static enum status parse_traf(struct bytes traf, const struct box_track *track,
                              struct box_fragment *fragment)
{
    struct defaults defaults = parse_tfhd(traf, track);
    struct reader tfdt = reader_of(box_find(traf, BOX_TYPE('t', 'f', 'd', 't')));
    uint32_t version = read_big_u32(&tfdt) >> 24;
    uint32_t type = 0;
    struct bytes content = {0};

    if (defaults.track != track->track)
        return STATUS_OK;
    fragment->decode_time = version == 1 ? read_big_u64(&tfdt) : read_big_u32(&tfdt);
    if (tfdt.failed)
        return STATUS_INVALID;
    while (box_take(&traf, &type, &content)) {
        enum status status = STATUS_OK;

        if (type == BOX_TYPE('t', 'r', 'u', 'n'))
            status = parse_trun(content, &defaults, fragment);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status box_parse_fragment(struct bytes moof, const struct box_track *track,
                               struct box_fragment *fragment, struct error *error)
{
    struct bytes rest = box_find(moof, BOX_TYPE('m', 'o', 'o', 'f'));
    struct reader mfhd = reader_of(box_find(rest, BOX_TYPE('m', 'f', 'h', 'd')));
    uint32_t type = 0;
    struct bytes content = {0};

    memset(fragment, 0, sizeof(*fragment));
    if (rest.size == 0)
        return error_set(error, STATUS_INVALID, "a fragment without a moof box");
    read_big_u32(&mfhd);
    fragment->sequence = read_big_u32(&mfhd);
    while (box_take(&rest, &type, &content)) {
        if (type != BOX_TYPE('t', 'r', 'a', 'f'))
            continue;
        if (parse_traf(content, track, fragment) != STATUS_OK)
            return error_set(error, STATUS_INVALID, "a damaged moof box");
    }
    return STATUS_OK;
}
