#include "evidence/clip_plan.h"

#include <stdlib.h>

#include "base/clock.h"

/* A clip's seals and everything else that is there once; the rest of its own:
 * clip_stretch_bytes_max. */
#define OTHER_BYTES      8192u
#define PICTURE_BYTES    UINT64_C(24)
#define CHUNKS_BYTES     UINT64_C(32)
#define SOUND_BYTES      UINT64_C(12)
#define PACKETS_A_SECOND 100u

struct clip_plan {
    struct clip_stretch *items;
    size_t count;
    size_t capacity;
};

/* What is known while the segments pass by. */
struct planner {
    struct clip_plan *plan;
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    bool joined;        /* the next segment belongs to the newest clip, if it has its init part */
    struct digest init; /* of the newest clip */
    bool has_sound;     /* it has */
    struct buffer init_part;
    struct footage_fragment fragment;
};

void clip_plan_free(struct clip_plan *plan)
{
    if (plan != NULL)
        free(plan->items);
    free(plan);
}

size_t clip_plan_count(const struct clip_plan *plan)
{
    return plan->count;
}

const struct clip_stretch *clip_plan_at(const struct clip_plan *plan, size_t index)
{
    return &plan->items[index];
}

/* Does the fragment hold a picture that is shown before the end of the range, though it begins
 * after it? With reordered pictures the last ones before the end are decoded behind it. */
static enum status is_shown_before_end(struct planner *planner,
                                       const struct footage_segment *segment, size_t index,
                                       bool *shown, struct error *error)
{
    const struct piece *piece = piece_list_at(segment->pieces, index);
    struct footage_tracks tracks;
    struct footage_times first;
    struct footage_times own;
    enum status status =
        footage_read_init(segment, footage_init(segment), &planner->init_part, error);

    if (status == STATUS_OK)
        status = footage_parse_tracks(segment, buffer_bytes(&planner->init_part), &tracks, error);
    if (status == STATUS_OK)
        status = footage_fragment_times(segment, piece_list_at(segment->pieces, 1),
                                        &tracks.items[0], &planner->fragment, &first, error);
    if (status == STATUS_OK)
        status = footage_fragment_times(segment, piece, &tracks.items[0], &planner->fragment, &own,
                                        error);
    if (status != STATUS_OK)
        return status;
    /* A piece's start is when a picture decoded then is shown, the segment's first one's lead
     * later. */
    *shown = piece->start_utc_ns +
                 footage_ns_of((int64_t)(own.first_shown - own.first_decode) - first.lead,
                               tracks.items[0].timescale) <
             planner->to_utc_ns;
    return STATUS_OK;
}

static enum status is_wanted(struct planner *planner, const struct footage_segment *segment,
                             size_t index, bool *wanted, struct error *error)
{
    const struct piece *piece = piece_list_at(segment->pieces, index);

    *wanted = piece->kind == PIECE_FRAGMENT;
    if (!*wanted || piece->start_utc_ns < planner->to_utc_ns)
        return STATUS_OK;
    /* An end without a picture before it in this footage is no end of a clip. */
    *wanted = false;
    if (!planner->joined && index == 1)
        return STATUS_OK;
    return is_shown_before_end(planner, segment, index, wanted, error);
}

/* The keyframe at or before the start of the range; else the segment's first. */
static size_t find_start(const struct planner *planner, const struct footage_segment *segment)
{
    size_t found = 1;

    for (size_t i = 1; i < piece_list_count(segment->pieces); i++) {
        const struct piece *piece = piece_list_at(segment->pieces, i);

        if (piece->kind == PIECE_FRAGMENT && piece->keyframe &&
            piece->start_utc_ns <= planner->from_utc_ns)
            found = i;
    }
    return found;
}

static struct clip_stretch *add_clip(struct clip_plan *plan)
{
    if (plan->count == plan->capacity) {
        size_t capacity = plan->capacity > 0 ? 2 * plan->capacity : 8;
        struct clip_stretch *grown = realloc(plan->items, capacity * sizeof(*grown));

        if (grown == NULL)
            return NULL;
        plan->items = grown;
        plan->capacity = capacity;
    }
    return &plan->items[plan->count++];
}

/* What a segment gives to a clip. */
static enum status take_pieces(struct planner *planner, const struct footage_segment *segment,
                               size_t index, struct clip_stretch *taken, struct error *error)
{
    size_t at = planner->joined ? 1 : find_start(planner, segment);
    bool wanted = true;

    *taken = (struct clip_stretch){.first_segment = index,
                                   .first_piece = at,
                                   .last_segment = index,
                                   .bytes = piece_list_at(segment->pieces, 0)->size};
    for (; at < piece_list_count(segment->pieces); at++) {
        const struct piece *piece = piece_list_at(segment->pieces, at);
        enum status status = is_wanted(planner, segment, at, &wanted, error);

        if (status != STATUS_OK)
            return status;
        if (!wanted)
            break;
        if (taken->fragments++ == 0)
            taken->start_utc_ns = piece->start_utc_ns;
        taken->last_piece = at;
        taken->end_utc_ns = piece->start_utc_ns + piece->duration_ns;
        taken->bytes += piece->size;
        taken->frames += piece->frames;
    }
    if (taken->bytes > CLIP_BYTES_MAX || taken->fragments > CLIP_FRAGMENTS_MAX ||
        taken->frames > CLIP_FRAMES_MAX)
        return footage_error(segment, 0, STATUS_UNSUPPORTED,
                             "one segment is more than a clip can hold", error);
    return STATUS_OK;
}

static bool fits(const struct planner *planner, const struct clip_stretch *clip,
                 const struct clip_stretch *more)
{
    return (!planner->has_sound || more->end_utc_ns - clip->start_utc_ns <= CLIP_SOUND_NS_MAX) &&
           clip->bytes + more->bytes <= CLIP_BYTES_MAX &&
           clip->fragments + more->fragments <= CLIP_FRAGMENTS_MAX &&
           clip->frames + more->frames <= CLIP_FRAMES_MAX;
}

static void extend(struct clip_stretch *clip, const struct clip_stretch *more)
{
    clip->last_segment = more->last_segment;
    clip->last_piece = more->last_piece;
    clip->end_utc_ns = more->end_utc_ns;
    clip->bytes += more->bytes;
    clip->fragments += more->fragments;
    clip->frames += more->frames;
}

/* Of what cannot be read that is said where it is copied. */
static bool has_sound(struct planner *planner, const struct footage_segment *segment)
{
    struct footage_tracks tracks;

    return footage_read_init(segment, footage_init(segment), &planner->init_part, NULL) ==
               STATUS_OK &&
           footage_parse_tracks(segment, buffer_bytes(&planner->init_part), &tracks, NULL) ==
               STATUS_OK &&
           tracks.count > 1;
}

/* Has it pictures, and some that are shown after the start of the range? */
static bool is_of_use(const struct planner *planner, const struct footage_segment *segment)
{
    return piece_list_count(segment->pieces) > 1 &&
           piece_list_at(segment->pieces, 0)->kind == PIECE_INIT &&
           piece_list_end_utc_ns(segment->pieces) > planner->from_utc_ns;
}

static enum status plan_segment(struct planner *planner, const struct footage_segment *segment,
                                size_t index, struct error *error)
{
    struct clip_plan *plan = planner->plan;
    struct clip_stretch *clip = plan->count > 0 ? &plan->items[plan->count - 1] : NULL;
    struct clip_stretch taken = {0};
    bool joined = planner->joined;
    enum status status = STATUS_OK;

    if (is_of_use(planner, segment))
        status = take_pieces(planner, segment, index, &taken, error);
    planner->joined = taken.fragments > 0 && segment->continues &&
                      taken.last_piece + 1 == piece_list_count(segment->pieces);
    if (status != STATUS_OK || taken.fragments == 0)
        return status;

    const struct digest *init = &piece_list_at(segment->pieces, 0)->sha256;
    bool same = joined && clip != NULL && digest_equal(init, &planner->init);
    planner->init = *init;
    if (same && fits(planner, clip, &taken)) {
        extend(clip, &taken);
        return STATUS_OK;
    }
    clip = add_clip(plan);
    if (clip == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a plan of clips");
    *clip = taken;
    planner->has_sound = has_sound(planner, segment);
    return STATUS_OK;
}

enum status clip_plan_new(const struct footage *footage, int64_t from_utc_ns, int64_t to_utc_ns,
                          struct clip_plan **plan, struct error *error)
{
    struct planner planner = {.from_utc_ns = from_utc_ns, .to_utc_ns = to_utc_ns};
    enum status status = STATUS_OK;

    if (from_utc_ns >= to_utc_ns)
        return error_set(error, STATUS_INVALID, "a range that ends before it begins");
    planner.plan = calloc(1, sizeof(*planner.plan));
    if (planner.plan == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a plan of clips");
    for (size_t i = 0; status == STATUS_OK && i < footage->count; i++) {
        struct footage_segment segment;

        status = footage->open(footage->context, i, &segment, error);
        if (status != STATUS_OK)
            break;
        status = plan_segment(&planner, &segment, i, error);
        footage->close(footage->context, &segment);
    }
    buffer_release(&planner.init_part);
    buffer_release(&planner.fragment.moof);
    if (status != STATUS_OK) {
        clip_plan_free(planner.plan);
        return status;
    }
    *plan = planner.plan;
    return STATUS_OK;
}

/* In the sample tables each picture has its size, duration, place of presentation and keyframe,
 * each packet of sound size and duration, of which there are fewer than a hundred a second; each
 * fragment is a chunk of either. */
uint64_t clip_stretch_bytes_max(const struct clip_stretch *stretch)
{
    int64_t duration_ns = stretch->end_utc_ns - stretch->start_utc_ns;
    uint64_t seconds = duration_ns > 0 ? (uint64_t)(duration_ns / NS_PER_SECOND) + 1 : 1;
    return stretch->bytes + OTHER_BYTES + PICTURE_BYTES * stretch->frames +
           CHUNKS_BYTES * stretch->fragments + SOUND_BYTES * PACKETS_A_SECOND * seconds;
}
