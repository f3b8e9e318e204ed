#include "store/box_sample.h"

/* sample_is_non_sync_sample, 8.8.3.1 */
#define SAMPLE_IS_NON_SYNC 0x00010000u

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

/* A walk through one track fragment. */
struct walk {
    struct box_defaults defaults;
    box_take_sample *take;
    void *context;
    uint32_t *count;
    int64_t offset;       /* of the next sample's bytes */
    uint64_t decode_time; /* of the next sample */
};

struct box_defaults box_track_defaults(struct bytes moov, uint32_t track)
{
    struct box_defaults defaults = {.track = track};
    struct bytes mvex = box_find(moov, BOX_TYPE('m', 'v', 'e', 'x'));
    uint32_t type = 0;
    struct bytes content = {0};

    while (box_take(&mvex, &type, &content)) {
        struct reader trex = reader_of(content);

        read_big_u32(&trex);
        if (type != BOX_TYPE('t', 'r', 'e', 'x') || read_big_u32(&trex) != track)
            continue;
        defaults.description = read_big_u32(&trex);
        defaults.duration = read_big_u32(&trex);
        defaults.size = read_big_u32(&trex);
        defaults.flags = read_big_u32(&trex);
        break;
    }
    return defaults;
}

uint32_t box_traf_track(struct bytes traf)
{
    struct reader reader = reader_of(box_find(traf, BOX_TYPE('t', 'f', 'h', 'd')));

    read_big_u32(&reader);
    return read_big_u32(&reader);
}

/* What the fragment says over what the track says. */
static enum status parse_tfhd(struct bytes traf, struct box_defaults *defaults)
{
    struct reader reader = reader_of(box_find(traf, BOX_TYPE('t', 'f', 'h', 'd')));
    uint32_t flags = read_big_u32(&reader) & 0xffffff;

    read_big_u32(&reader);
    if (flags & TFHD_BASE_DATA_OFFSET)
        read_big_u64(&reader);
    if (flags & TFHD_DESCRIPTION)
        defaults->description = read_big_u32(&reader);
    if (flags & TFHD_DURATION)
        defaults->duration = read_big_u32(&reader);
    if (flags & TFHD_SIZE)
        defaults->size = read_big_u32(&reader);
    if (flags & TFHD_FLAGS)
        defaults->flags = read_big_u32(&reader);
    if (reader.failed)
        return STATUS_INVALID;
    return flags & TFHD_BASE_DATA_OFFSET || defaults->description > 1 ? STATUS_UNSUPPORTED
                                                                      : STATUS_OK;
}

/* The next sample of a run; `first_flags` holds for its first one. */
static enum status take_sample(struct walk *walk, struct reader *entries, uint32_t flags,
                               bool signed_offsets, const uint32_t *first_flags)
{
    struct box_sample sample = {.offset = walk->offset,
                                .size = walk->defaults.size,
                                .decode_time = walk->decode_time,
                                .duration = walk->defaults.duration,
                                .first_of_run = first_flags != NULL};
    uint32_t sample_flags = walk->defaults.flags;

    if (flags & TRUN_DURATION)
        sample.duration = read_big_u32(entries);
    if (flags & TRUN_SIZE)
        sample.size = read_big_u32(entries);
    if (flags & TRUN_FLAGS)
        sample_flags = read_big_u32(entries);
    if (flags & TRUN_COMPOSITION) {
        uint32_t composition = read_big_u32(entries);

        sample.composition = signed_offsets ? (int64_t)(int32_t)composition : composition;
    }
    if (first_flags != NULL && (flags & TRUN_FIRST_FLAGS))
        sample_flags = *first_flags;
    sample.sync = (sample_flags & SAMPLE_IS_NON_SYNC) == 0;
    if (entries->failed || __builtin_add_overflow(walk->offset, sample.size, &walk->offset) ||
        __builtin_add_overflow(walk->decode_time, sample.duration, &walk->decode_time))
        return STATUS_INVALID;
    return walk->take(walk->context, &sample);
}

/* One track run, 8.8.8. */
static enum status walk_trun(struct walk *walk, struct bytes trun)
{
    struct reader reader = reader_of(trun);
    uint32_t word = read_big_u32(&reader);
    uint32_t flags = word & 0xffffff;
    uint32_t count = read_big_u32(&reader);
    uint32_t first_flags = 0;
    enum status status = STATUS_OK;

    if (flags & TRUN_DATA_OFFSET)
        walk->offset = (int32_t)read_big_u32(&reader);
    if (flags & TRUN_FIRST_FLAGS)
        first_flags = read_big_u32(&reader);
    if (reader.failed || count > BOX_SAMPLES_MAX - *walk->count)
        return STATUS_INVALID;
    *walk->count += count;
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++)
        status = take_sample(walk, &reader, flags, word >> 24 != 0, i == 0 ? &first_flags : NULL);
    return status;
}

enum status box_each_sample(struct bytes traf, const struct box_defaults *defaults, uint32_t *count,
                            box_take_sample *take, void *context)
{
    struct walk walk = {.defaults = *defaults, .take = take, .context = context, .count = count};
    struct reader tfdt = reader_of(box_find(traf, BOX_TYPE('t', 'f', 'd', 't')));
    uint32_t version = read_big_u32(&tfdt) >> 24;
    enum status status = parse_tfhd(traf, &walk.defaults);
    uint32_t type = 0;
    struct bytes content = {0};

    walk.decode_time = version == 1 ? read_big_u64(&tfdt) : read_big_u32(&tfdt);
    if (status == STATUS_OK && tfdt.failed)
        status = STATUS_INVALID;
    while (status == STATUS_OK && box_take(&traf, &type, &content)) {
        if (type == BOX_TYPE('t', 'r', 'u', 'n'))
            status = walk_trun(&walk, content);
    }
    return status;
}
