#include "evidence/footage.h"

#include <string.h>

#include "base/clock.h"

/* What no recorded piece comes near; FORMAT.md, "Its tables". */
#define BOXES_SIZE_MAX ((UINT64_C(1) << 18) - 16)

/* So that no sum or product of times overflows: 6 years at 90 kHz. */
#define DECODE_TIME_MAX (UINT64_C(1) << 44)
#define TIMESCALE_MIN   8000
#define TIMESCALE_MAX   10000000

#define MOOF BOX_TYPE('m', 'o', 'o', 'f')
#define MDAT BOX_TYPE('m', 'd', 'a', 't')

enum status footage_error(const struct footage_segment *segment, uint64_t offset,
                          enum status status, const char *sentence, struct error *error)
{
    return error_set(error, status, "%s, at byte %llu: %s", segment->file,
                     (unsigned long long)offset, sentence);
}

int64_t footage_ns_of(int64_t units, uint32_t timescale)
{
    return (int64_t)((__int128)units * NS_PER_SECOND / timescale);
}

/* Reads a part of the file into *bytes, which is cleared first. */
static enum status read_part(const struct footage_segment *segment, uint64_t offset, uint64_t size,
                             struct buffer *bytes, struct error *error)
{
    struct box_source source = box_source_file(&segment->descriptor, offset + size);
    struct error reason;
    uint8_t block[16384];

    buffer_clear(bytes);
    while (size > 0) {
        size_t part = size < sizeof(block) ? (size_t)size : sizeof(block);
        enum status status = source.read(source.context, offset, block, part, &reason);

        if (status != STATUS_OK)
            return footage_error(segment, offset, status, reason.text, error);
        status = buffer_append(bytes, block, part);
        if (status != STATUS_OK)
            return error_set(error, status, "no memory for a clip");
        offset += part;
        size -= part;
    }
    return STATUS_OK;
}

const struct piece *footage_init(const struct footage_segment *segment)
{
    return piece_list_count(segment->pieces) > 0 ? piece_list_at(segment->pieces, 0) : NULL;
}

enum status footage_read_init(const struct footage_segment *segment, const struct piece *piece,
                              struct buffer *bytes, struct error *error)
{
    if (piece == NULL || piece->kind != PIECE_INIT || piece->size > BOXES_SIZE_MAX)
        return footage_error(segment, 0, STATUS_INVALID, "no init part", error);
    return read_part(segment, piece->offset, piece->size, bytes, error);
}

/* False if it is neither pictures nor sound, or damaged. */
static bool parse_track(struct bytes moov, struct bytes trak, struct footage_track *track)
{
    struct bytes mdia = box_find(trak, BOX_TYPE('m', 'd', 'i', 'a'));
    uint32_t handler = box_track_handler(mdia);

    track->track = box_track_id(trak);
    track->timescale = box_track_timescale(mdia);
    track->video = handler == BOX_TYPE('v', 'i', 'd', 'e');
    track->defaults = box_track_defaults(moov, track->track);
    track->trak = trak;
    return track->track != 0 && track->track != UINT32_MAX && track->timescale >= TIMESCALE_MIN &&
           track->timescale <= TIMESCALE_MAX &&
           (track->video || handler == BOX_TYPE('s', 'o', 'u', 'n'));
}

/* The first picture track to the front: everything is held against it. */
static bool put_video_first(struct footage_tracks *tracks)
{
    for (size_t i = 0; i < tracks->count; i++) {
        if (tracks->items[i].video) {
            struct footage_track first = tracks->items[i];

            memmove(&tracks->items[1], &tracks->items[0], i * sizeof(first));
            tracks->items[0] = first;
            return true;
        }
    }
    return false;
}

enum status footage_parse_tracks(const struct footage_segment *segment, struct bytes init,
                                 struct footage_tracks *tracks, struct error *error)
{
    struct bytes moov = box_find(init, BOX_TYPE('m', 'o', 'o', 'v'));
    struct bytes rest = moov;
    struct bytes trak = {0};
    uint32_t type = 0;

    tracks->count = 0;
    while (tracks->count < FOOTAGE_TRACKS_MAX && box_take(&rest, &type, &trak)) {
        if (type == BOX_TYPE('t', 'r', 'a', 'k') &&
            parse_track(moov, trak, &tracks->items[tracks->count]))
            tracks->count++;
    }
    if (!put_video_first(tracks))
        return footage_error(segment, 0, STATUS_INVALID, "the init part has no video track", error);
    return STATUS_OK;
}

/* The box at `offset`, which ends no later than `end`. */
static enum status read_header(const struct footage_segment *segment, uint64_t offset, uint64_t end,
                               uint32_t type, struct box *box, struct error *error)
{
    struct box_source source = box_source_file(&segment->descriptor, end);
    struct error reason;
    uint8_t header[16];
    uint64_t left = end - offset;
    size_t size = left < sizeof(header) ? (size_t)left : sizeof(header);
    enum status status = source.read(source.context, offset, header, size, &reason);

    if (status != STATUS_OK)
        return footage_error(segment, offset, status, reason.text, error);
    if (box_header((struct bytes){header, size}, box) != STATUS_OK || box->type != type ||
        box->size > left)
        return footage_error(segment, offset, STATUS_INVALID,
                             type == MOOF ? "no moof box where a fragment begins"
                                          : "no mdat box after a fragment's moof",
                             error);
    return STATUS_OK;
}

enum status footage_read_fragment(const struct footage_segment *segment, const struct piece *piece,
                                  struct footage_fragment *fragment, struct error *error)
{
    uint64_t end = piece->offset + piece->size;
    struct box moof;
    struct box mdat;
    enum status status = read_header(segment, piece->offset, end, MOOF, &moof, error);

    if (status != STATUS_OK)
        return status;
    if (moof.size > BOXES_SIZE_MAX)
        return footage_error(segment, piece->offset, STATUS_INVALID, "a moof box too large", error);
    status = read_header(segment, piece->offset + moof.size, end, MDAT, &mdat, error);
    if (status != STATUS_OK)
        return status;
    fragment->data_begin = (int64_t)(moof.size + mdat.header_size);
    fragment->data_end = (int64_t)(moof.size + mdat.size);
    return read_part(segment, piece->offset, moof.size, &fragment->moof, error);
}

/* Holds each sample against the mdat before it is handed on. */
struct bounded {
    const struct footage_fragment *fragment;
    box_take_sample *take;
    void *context;
    const char *fault; /* what is wrong, where it is known better than "damaged" */
};

static enum status take_bounded(void *context, const struct box_sample *sample)
{
    struct bounded *bounded = context;

    if (sample->offset < bounded->fragment->data_begin ||
        sample->offset > bounded->fragment->data_end - (int64_t)sample->size)
        bounded->fault = "a sample outside of its fragment";
    else if (sample->decode_time > DECODE_TIME_MAX)
        bounded->fault = "a decoding time of many years";
    return bounded->fault != NULL ? STATUS_INVALID : bounded->take(bounded->context, sample);
}

static enum status sample_error(const struct footage_segment *segment, const struct piece *piece,
                                enum status status, const char *fault, struct error *error)
{
    if (status == STATUS_FULL || status == STATUS_NO_MEMORY)
        return error_set(error, status, "no room for a clip's samples");
    if (fault == NULL)
        fault = status == STATUS_UNSUPPORTED ? "a fragment of a kind that is not recorded"
                : status == STATUS_MISMATCH  ? "a fragment that does not follow the one before"
                                             : "a damaged moof box";
    return footage_error(segment, piece->offset, status, fault, error);
}

enum status footage_each_sample(const struct footage_segment *segment, const struct piece *piece,
                                const struct footage_fragment *fragment,
                                const struct footage_track *track, box_take_sample *take,
                                void *context, struct error *error)
{
    struct bytes rest = box_find(buffer_bytes(&fragment->moof), MOOF);
    struct bounded bounded = {.fragment = fragment, .take = take, .context = context};
    struct bytes traf = {0};
    uint32_t type = 0;
    uint32_t count = 0;

    while (box_take(&rest, &type, &traf)) {
        enum status status = STATUS_OK;

        if (type == BOX_TYPE('t', 'r', 'a', 'f') && box_traf_track(traf) == track->track)
            status = box_each_sample(traf, &track->defaults, &count, take_bounded, &bounded);
        if (status != STATUS_OK)
            return sample_error(segment, piece, status, bounded.fault, error);
    }
    return STATUS_OK;
}

struct earliest {
    struct footage_times *times;
    bool any;
};

static enum status note_times(void *context, const struct box_sample *sample)
{
    struct earliest *earliest = context;
    struct footage_times *times = earliest->times;
    uint64_t shown = sample->decode_time + (uint64_t)sample->composition;

    if (!earliest->any) {
        *times = (struct footage_times){
            .first_decode = sample->decode_time, .first_shown = shown, .lead = sample->composition};
        earliest->any = true;
    }
    times->first_shown = shown < times->first_shown ? shown : times->first_shown;
    return STATUS_OK;
}

enum status footage_fragment_times(const struct footage_segment *segment, const struct piece *piece,
                                   const struct footage_track *track,
                                   struct footage_fragment *fragment, struct footage_times *times,
                                   struct error *error)
{
    struct earliest earliest = {.times = times};
    enum status status = footage_read_fragment(segment, piece, fragment, error);

    if (status == STATUS_OK)
        status = footage_each_sample(segment, piece, fragment, track, note_times, &earliest, error);
    if (status == STATUS_OK && !earliest.any)
        status = footage_error(segment, piece->offset, STATUS_INVALID,
                               "a fragment without a picture", error);
    return status;
}
