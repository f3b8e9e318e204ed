#include "camera/open_segment.h"

void open_segment_release(struct open_segment *segment)
{
    mp4_free(segment->mp4);
    buffer_release(&segment->piece);
}

bool open_segment_is_open(const struct open_segment *segment)
{
    return segment->mp4 != NULL;
}

static enum status hand_on(struct open_segment *segment, struct message_fragment *piece,
                           struct error *error)
{
    struct bytes bytes = buffer_bytes(&segment->piece);
    piece->offset = segment->size;
    piece->size = (uint32_t)bytes.size;
    enum status status = segment->sink.piece(segment->sink.context, piece, bytes, error);
    if (status == STATUS_OK) {
        segment->size += bytes.size;
        segment->pieces++;
        segment->frames += piece->frames;
    }
    buffer_clear(&segment->piece);
    return status;
}

enum status open_segment_begin(struct open_segment *segment,
                               const struct parameter_sets *parameters,
                               const struct sound_format *sound,
                               struct message_segment_begin *begin, struct error *error)
{
    buffer_clear(&segment->piece);
    enum status status =
        mp4_new(parameters, sound, segment->next_fragment, &segment->piece, &segment->mp4, error);
    if (status != STATUS_OK) {
        return status;
    }
    segment->size = 0;
    segment->pieces = 0;
    segment->frames = 0;
    status = segment->sink.begin(segment->sink.context, begin, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct message_fragment piece = {.kind = PIECE_INIT, .start_utc_ns = begin->start_utc_ns};
    return hand_on(segment, &piece, error);
}

void open_segment_begin_fragment(struct open_segment *segment, int64_t decode, int64_t utc_ns,
                                 bool key)
{
    segment->fragment_decode = decode;
    segment->fragment_utc_ns = utc_ns;
    segment->fragment_key = key;
}

enum status open_segment_add(struct open_segment *segment, const struct mp4_sample *sample,
                             struct error *error)
{
    if (!sample->sound) {
        segment->fragment_frames++;
    }
    segment->fragment_bytes += sample->data.size;
    return mp4_add(segment->mp4, sample, error);
}

enum status open_segment_cut_fragment(struct open_segment *segment, int64_t end_utc_ns,
                                      struct error *error)
{
    if (segment->fragment_frames == 0) {
        return STATUS_OK;
    }
    enum status status = mp4_cut(segment->mp4, error);
    if (status != STATUS_OK) {
        return status;
    }
    int64_t duration = end_utc_ns - segment->fragment_utc_ns;
    struct message_fragment piece = {
        .kind = PIECE_FRAGMENT,
        .keyframe = segment->fragment_key,
        .frames = segment->fragment_frames,
        .start_utc_ns = segment->fragment_utc_ns,
        .duration_ns = duration > 0 ? duration : 0,
    };
    segment->next_fragment++;
    segment->fragment_frames = 0;
    segment->fragment_bytes = 0;
    return hand_on(segment, &piece, error);
}

enum status open_segment_end(struct open_segment *segment, int64_t end_utc_ns, bool continues,
                             struct error *error)
{
    enum status status = open_segment_cut_fragment(segment, end_utc_ns, error);
    if (status != STATUS_OK) {
        return status;
    }
    mp4_free(segment->mp4);
    segment->mp4 = NULL;
    struct message_segment_end end = {
        .size = segment->size,
        .pieces = segment->pieces,
        .frames = segment->frames,
        .end_utc_ns = end_utc_ns,
        .continues = continues,
    };
    return segment->sink.end(segment->sink.context, &end, error);
}

void open_segment_abandon(struct open_segment *segment)
{
    if (open_segment_is_open(segment)) {
        segment->fragment_frames = 0;
        (void)!open_segment_end(segment, segment->fragment_utc_ns, false, NULL);
    }
    segment->fragment_frames = 0;
    segment->fragment_bytes = 0;
    buffer_clear(&segment->piece);
}
