#include "firmware/console/derived.h"

#include <string.h>

#include "evidence/still.h"

/* So much later than it is decoded a picture may be shown: what is decoded later is not needed. */
#define LEAD_NS INT64_C(1000000000)

static enum status check_size(const struct video_segment *segment, const struct derived_plan *plan,
                              struct error *error)
{
    uint64_t size = 0;
    for (size_t i = plan->first; i <= plan->last; i++)
        size += piece_list_at(segment->pieces, i)->size;
    return size <= STILL_FRAGMENTS_MAX && piece_list_at(segment->pieces, 0)->size <= STILL_INIT_MAX
               ? STATUS_OK
               : error_set(error, STATUS_UNSUPPORTED,
                           "too much would have to be decoded for this picture");
}

static enum status none(struct error *error)
{
    return error_set(error, STATUS_NOT_FOUND, "there is no video of that moment");
}

enum status derived_plan_still(const struct video_segment *segment, int64_t at_utc_ns,
                               struct derived_plan *plan, struct error *error)
{
    const struct piece_list *pieces = segment->pieces;
    *plan = (struct derived_plan){0};
    memcpy(plan->segment, segment->id, sizeof plan->segment);
    if (piece_list_end_utc_ns(pieces) <= at_utc_ns)
        return none(error);
    for (size_t i = 1; i < piece_list_count(pieces); i++) {
        const struct piece *piece = piece_list_at(pieces, i);
        if (piece->kind != PIECE_FRAGMENT)
            continue;
        if (piece->keyframe && (plan->first == 0 || piece->start_utc_ns <= at_utc_ns))
            plan->first = i;
        if (plan->last == 0 || piece->start_utc_ns <= at_utc_ns + LEAD_NS)
            plan->last = i;
    }
    if (plan->first == 0 || plan->last < plan->first)
        return none(error);
    plan->to_ns = at_utc_ns - piece_list_at(pieces, plan->first)->start_utc_ns;
    return check_size(segment, plan, error);
}

enum status derived_plan_video(const struct video_segment *segment, size_t first, size_t last,
                               struct derived_plan *plan, struct error *error)
{
    const struct piece_list *pieces = segment->pieces;
    size_t count = piece_list_count(pieces);
    *plan = (struct derived_plan){.is_video = true, .first = first, .last = last};
    memcpy(plan->segment, segment->id, sizeof plan->segment);
    if (first == 0 || last < first || last >= count)
        return none(error);
    const struct piece *begin = piece_list_at(pieces, first);
    const struct piece *end = piece_list_at(pieces, last);
    if (begin->kind != PIECE_FRAGMENT || end->kind != PIECE_FRAGMENT)
        return none(error);
    while (plan->first > 1 && !piece_list_at(pieces, plan->first)->keyframe)
        plan->first--;
    const struct piece *key = piece_list_at(pieces, plan->first);
    plan->from_ns = begin->start_utc_ns - key->start_utc_ns;
    plan->to_ns = end->start_utc_ns + end->duration_ns - key->start_utc_ns;
    plan->base_ns = begin->start_utc_ns - segment->start_utc_ns;
    if (plan->from_ns < 0 || plan->base_ns < 0 || plan->to_ns <= plan->from_ns)
        return none(error);
    if (plan->to_ns - plan->from_ns > STILL_VIDEO_NS_MAX)
        return error_set(error, STATUS_UNSUPPORTED,
                         "too much would have to be decoded for this picture");
    return check_size(segment, plan, error);
}

/* ---- the question ---- */

static enum status write_header(const struct derived_plan *plan,
                                const struct video_segment *segment, struct buffer *question)
{
    uint8_t header[STILL_VIDEO_QUESTION_SIZE];
    size_t size = plan->is_video ? STILL_VIDEO_QUESTION_SIZE : STILL_QUESTION_SIZE;
    struct writer writer = writer_of(header, size);
    uint64_t fragments = 0;
    for (size_t i = plan->first; i <= plan->last; i++)
        fragments += piece_list_at(segment->pieces, i)->size;
    write_bytes(&writer, plan->is_video ? STILL_VIDEO_MAGIC : STILL_QUESTION_MAGIC, 4);
    write_u32(&writer, (uint32_t)piece_list_at(segment->pieces, 0)->size);
    write_u32(&writer, (uint32_t)fragments);
    if (plan->is_video)
        write_i64(&writer, plan->from_ns);
    write_i64(&writer, plan->to_ns);
    if (plan->is_video)
        write_i64(&writer, plan->base_ns);
    write_u16(&writer, plan->width_max);
    write_u8(&writer, plan->is_video ? 0 : plan->quality);
    write_u8(&writer, plan->is_video ? 0 : 1); /* its time is that of being shown */
    return buffer_append(question, header, size);
}

static enum video_verdict add_piece(const struct video_segment *segment, int folder, size_t index,
                                    struct buffer *question)
{
    struct buffer bytes = {0};
    enum video_verdict verdict = video_piece_read(segment, folder, index, &bytes);
    if (question != NULL && (verdict == VIDEO_INTACT || verdict == VIDEO_OPEN) &&
        buffer_append(question, bytes.data, bytes.size) != STATUS_OK)
        verdict = VIDEO_UNREADABLE;
    buffer_release(&bytes);
    return verdict;
}

enum video_verdict derived_write(const struct derived_plan *plan,
                                 const struct video_segment *segment, int folder,
                                 struct buffer *question)
{
    if (plan->last >= piece_list_count(segment->pieces) ||
        (question != NULL && write_header(plan, segment, question) != STATUS_OK))
        return VIDEO_MISSING;
    enum video_verdict verdict = add_piece(segment, folder, 0, question);
    for (size_t i = plan->first;
         i <= plan->last && (verdict == VIDEO_INTACT || verdict == VIDEO_OPEN); i++)
        verdict = add_piece(segment, folder, i, question);
    if (question != NULL && verdict != VIDEO_INTACT && verdict != VIDEO_OPEN)
        buffer_release(question);
    return verdict;
}
