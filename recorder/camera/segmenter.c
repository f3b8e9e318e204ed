#include "camera/segmenter.h"

#include <stdio.h>
#include <stdlib.h>

#include "camera/media_clock.h"
#include "camera/open_segment.h"
#include "camera/timeline.h"

#define FRAGMENT_TICKS (FRAGMENT_NS / NS_PER_SECOND * VIDEO_TICKS_PER_SECOND)
/* A keyframe this much before the nominal end is taken for it: cameras' times jitter. */
#define CUT_EARLY_TICKS (VIDEO_TICKS_PER_SECOND / 10)
/* Sound further than this from the picture has a time of its own: it is set beside the picture. */
#define SOUND_APART_S 3

struct segmenter {
    const struct clock *clock;
    int64_t segment_ticks;
    /* of the connection */
    const struct parameter_sets *parameters;
    struct sound_format sound;
    uint32_t connection;
    struct media_clock media_clock;
    struct timeline timeline;
    uint32_t reorder_generation;
    bool discontinuous; /* media time jumped since the segment began */
    bool seal_asked;
    bool camera_clock_known;
    int64_t camera_clock_offset_ns;
    int64_t sound_end; /* decoding time after the last frame of sound */
    /* the unit whose duration is not known yet */
    struct access_unit pending;
    struct media_time pending_time;
    bool has_pending;
    int64_t last_duration;
    /* of the open segment */
    struct open_segment segment;
    uint32_t generation; /* parameter sets in its init part */
    uint32_t width;
    uint32_t height;
    int64_t segment_decode;
    int64_t lead; /* presentation minus decoding time of its first picture */
    bool long_noted;
};

static int64_t ns_of_ticks(int64_t ticks)
{
    return ticks / 9 * 100000 + ticks % 9 * 100000 / 9;
}

enum status segmenter_new(const struct clock *clock, const struct segment_sink *sink,
                          int64_t segment_ns, struct segmenter **segmenter, struct error *error)
{
    struct segmenter *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a segmenter");
    }
    made->clock = clock;
    made->segment.sink = *sink;
    made->segment_ticks = segment_ns / NS_PER_MS * (VIDEO_TICKS_PER_SECOND / 1000);
    *segmenter = made;
    return STATUS_OK;
}

void segmenter_free(struct segmenter *segmenter)
{
    if (segmenter != NULL) {
        open_segment_release(&segmenter->segment);
        access_unit_release(&segmenter->pending);
        free(segmenter);
    }
}

bool segmenter_is_open(const struct segmenter *segmenter)
{
    return open_segment_is_open(&segmenter->segment);
}

void segmenter_seal(struct segmenter *segmenter)
{
    segmenter->seal_asked = segmenter_is_open(segmenter);
}

void segmenter_connect(struct segmenter *segmenter, const struct parameter_sets *parameters,
                       const struct sound_format *sound, uint32_t connection)
{
    segmenter->parameters = parameters;
    segmenter->sound = sound != NULL ? *sound : (struct sound_format){0};
    segmenter->connection = connection;
    segmenter->media_clock = (struct media_clock){0};
    segmenter->timeline = (struct timeline){0};
    segmenter->segment.next_fragment = 1;
    segmenter->discontinuous = false;
    segmenter->seal_asked = false;
    segmenter->camera_clock_known = false;
    segmenter->sound_end = 0;
    segmenter->has_pending = false;
}

static void note(struct segmenter *segmenter, enum camera_note code, uint64_t count,
                 const char *detail)
{
    const struct segment_sink *sink = &segmenter->segment.sink;
    sink->note(sink->note_context, code, count, detail);
}

/* When what is decoded at this time is shown, as placed on the wall clock. */
static int64_t place_utc(const struct segmenter *segmenter, int64_t decode)
{
    return timeline_utc(&segmenter->timeline, ns_of_ticks(decode + segmenter->lead));
}

static void begin_fragment(struct segmenter *segmenter, const struct media_time *time, bool key)
{
    open_segment_begin_fragment(&segmenter->segment, time->decode,
                                place_utc(segmenter, time->decode), key);
}

/* Muxes the unit that was held back: the one after it begins at `next_decode`. */
static enum status flush_pending(struct segmenter *segmenter, int64_t next_decode,
                                 struct error *error)
{
    if (!segmenter->has_pending) {
        return STATUS_OK;
    }
    segmenter->has_pending = false;
    segmenter->last_duration = next_decode - segmenter->pending_time.decode;
    struct mp4_sample sample = {
        .data = buffer_bytes(&segmenter->pending.sample),
        .presentation = segmenter->pending_time.presentation,
        .decode = segmenter->pending_time.decode,
        .duration = segmenter->last_duration,
        .key = segmenter->pending.key,
    };
    return open_segment_add(&segmenter->segment, &sample, error);
}

static void describe_segment(struct segmenter *segmenter, enum cut_reason reason, int64_t media_ns,
                             struct message_segment_begin *begin)
{
    const struct timeline *timeline = &segmenter->timeline;
    *begin = (struct message_segment_begin){
        .reason = (uint16_t)reason,
        .start_utc_ns = timeline_utc(timeline, media_ns),
        .start_monotonic_ns = timeline_monotonic(timeline, media_ns),
        .utc_minus_raw_ns = timeline->wall_measured_ns,
        .clock_quality = (uint8_t)timeline->quality,
        .camera_clock_known = segmenter->camera_clock_known,
        .camera_clock_offset_ns = segmenter->camera_clock_offset_ns,
        .width = segmenter->parameters->sequence.width,
        .height = segmenter->parameters->sequence.height,
        .connection = segmenter->connection,
    };
    message_text(begin->video_codec, sizeof begin->video_codec, segmenter->parameters->codec->name);
    message_text(begin->audio_codec, sizeof begin->audio_codec, sound_name(segmenter->sound.codec));
}

static enum status begin_segment(struct segmenter *segmenter, enum cut_reason reason,
                                 const struct media_time *time, struct error *error)
{
    segmenter->generation = segmenter->parameters->generation;
    segmenter->width = segmenter->parameters->sequence.width;
    segmenter->height = segmenter->parameters->sequence.height;
    segmenter->segment_decode = time->decode;
    segmenter->lead = time->presentation - time->decode;
    segmenter->long_noted = false;
    segmenter->discontinuous = false;
    segmenter->seal_asked = false;
    struct message_segment_begin begin;
    describe_segment(segmenter, reason, ns_of_ticks(time->presentation), &begin);
    return open_segment_begin(&segmenter->segment, segmenter->parameters, &segmenter->sound, &begin,
                              error);
}

/* Why a keyframe of this time should begin a segment; 0 if it need not. */
static enum cut_reason cut_due(const struct segmenter *segmenter, const struct media_time *time)
{
    enum timeline_verdict verdict = timeline_check(&segmenter->timeline);
    if (segmenter->parameters->generation != segmenter->generation) {
        return CUT_PARAMETERS;
    }
    if (verdict == TIMELINE_CLOCK_STEPPED) {
        return CUT_CLOCK;
    }
    if (segmenter->discontinuous || verdict == TIMELINE_MEDIA_RAN) {
        return CUT_DISCONTINUITY;
    }
    if (segmenter->seal_asked) {
        return CUT_SEAL;
    }
    int64_t age = time->decode - segmenter->segment_decode;
    return age >= segmenter->segment_ticks - CUT_EARLY_TICKS ? CUT_TIME : (enum cut_reason)0;
}

static void note_long(struct segmenter *segmenter, const struct media_time *time)
{
    int64_t age = time->decode - segmenter->segment_decode;
    if (!segmenter->long_noted && age >= 2 * segmenter->segment_ticks) {
        segmenter->long_noted = true;
        note(segmenter, CAMERA_LONG_GOP, (uint64_t)(age / VIDEO_TICKS_PER_SECOND),
             "no keyframe where the segment should have ended; it goes on");
    }
}

static void note_parameters(struct segmenter *segmenter)
{
    char detail[DETAIL_SIZE];
    const struct sequence *sequence = &segmenter->parameters->sequence;
    (void)snprintf(detail, sizeof detail, "the picture was %ux%u and is %ux%u", segmenter->width,
                   segmenter->height, sequence->width, sequence->height);
    note(segmenter, CAMERA_PARAMETERS_CHANGED, 1, detail);
}

static enum status cut_segment(struct segmenter *segmenter, enum cut_reason reason,
                               const struct media_time *time, struct error *error)
{
    int64_t boundary = timeline_utc(&segmenter->timeline, ns_of_ticks(time->presentation));
    if (reason == CUT_PARAMETERS) {
        note_parameters(segmenter);
    }
    enum status status = open_segment_end(&segmenter->segment, boundary, true, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (timeline_check(&segmenter->timeline) != TIMELINE_STEADY || reason == CUT_DISCONTINUITY) {
        timeline_anchor(&segmenter->timeline);
    }
    return begin_segment(segmenter, reason, time, error);
}

/* Everything that has to end before this unit ends. */
static enum status make_room(struct segmenter *segmenter, const struct access_unit *unit,
                             const struct media_time *time, struct error *error)
{
    enum cut_reason due = unit->key ? cut_due(segmenter, time) : (enum cut_reason)0;
    bool complete = parameter_sets_complete(segmenter->parameters);
    struct open_segment *segment = &segmenter->segment;
    if (due != 0 && complete && segment->sink.ready(segment->sink.context)) {
        enum status status = cut_segment(segmenter, due, time, error);
        begin_fragment(segmenter, time, unit->key);
        return status;
    }
    note_long(segmenter, time);
    int64_t age = time->decode - segment->fragment_decode;
    if (!unit->key && age < FRAGMENT_TICKS && segment->fragment_bytes < FRAGMENT_BYTES) {
        return STATUS_OK;
    }
    enum status status =
        open_segment_cut_fragment(segment, place_utc(segmenter, time->decode), error);
    begin_fragment(segmenter, time, unit->key);
    return status;
}

static void note_time(struct segmenter *segmenter, const struct media_time *time)
{
    char detail[DETAIL_SIZE];
    if (time->jumped) {
        (void)snprintf(detail, sizeof detail, "media time jumped by %.3f s",
                       (double)time->jump_ticks / VIDEO_TICKS_PER_SECOND);
        int64_t ms = time->jump_ticks / (VIDEO_TICKS_PER_SECOND / 1000);
        note(segmenter, CAMERA_TIMESTAMPS_JUMPED, (uint64_t)(ms < 0 ? -ms : ms), detail);
        segmenter->discontinuous = true;
    } else if (time->bent) {
        note(segmenter, CAMERA_TIMESTAMPS_JUMPED, 1,
             "pictures are reordered more than the parameter sets say");
    }
    if (time->synthetic) {
        note(segmenter, CAMERA_TIMESTAMPS_MISSING, 1, "pictures are timed by their arrival");
    }
}

static struct media_time take_time(struct segmenter *segmenter, const struct access_unit *unit)
{
    const struct sequence *sequence = &segmenter->parameters->sequence;
    struct media_clock *clock = &segmenter->media_clock;
    if (!clock->running) {
        media_clock_start(clock, sequence->reorder, sequence->frame_ticks, unit->media_time,
                          unit->arrival_ns);
    } else if (segmenter->reorder_generation != segmenter->parameters->generation) {
        media_clock_reorder(clock, sequence->reorder);
    }
    segmenter->reorder_generation = segmenter->parameters->generation;
    struct media_time time =
        media_clock_next(clock, unit->media_time_known, unit->media_time, unit->arrival_ns);
    struct clock_reading now = clock_now(segmenter->clock);
    timeline_observe(&segmenter->timeline, ns_of_ticks(time.presentation), unit->arrival_ns, &now);
    note_time(segmenter, &time);
    return time;
}

static enum status add_video(struct segmenter *segmenter, struct access_unit *unit,
                             struct error *error)
{
    bool open = segmenter_is_open(segmenter);
    if (!open && (!unit->key || !parameter_sets_complete(segmenter->parameters))) {
        return STATUS_OK; /* coverage begins with a keyframe */
    }
    struct media_time time = take_time(segmenter, unit);
    enum status status = flush_pending(segmenter, time.decode, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (open) {
        status = make_room(segmenter, unit, &time, error);
    } else {
        status = begin_segment(segmenter, CUT_FIRST, &time, error);
        begin_fragment(segmenter, &time, true);
    }
    if (status == STATUS_OK) {
        access_unit_swap(&segmenter->pending, unit);
        segmenter->pending_time = time;
        segmenter->has_pending = true;
    }
    return status;
}

static enum status add_sound(struct segmenter *segmenter, struct access_unit *unit,
                             struct error *error)
{
    if (!segmenter_is_open(segmenter) || segmenter->sound.codec == SOUND_NONE) {
        return STATUS_OK;
    }
    int64_t rate = segmenter->sound.rate;
    int64_t beside = segmenter->media_clock.latest / VIDEO_TICKS_PER_SECOND * rate;
    int64_t offset = segmenter->media_clock.offset;
    int64_t shift = offset / VIDEO_TICKS_PER_SECOND * rate +
                    offset % VIDEO_TICKS_PER_SECOND * rate / VIDEO_TICKS_PER_SECOND;
    int64_t decode = (int64_t)((uint64_t)unit->media_time + (uint64_t)shift);
    if (!unit->media_time_known) {
        decode = segmenter->sound_end;
    }
    if (decode < beside - SOUND_APART_S * rate || decode > beside + SOUND_APART_S * rate) {
        decode = beside;
    }
    if (decode < segmenter->sound_end) {
        decode = segmenter->sound_end;
    }
    struct bytes data = buffer_bytes(&unit->sample);
    int64_t duration = sound_duration(&segmenter->sound, data);
    segmenter->sound_end = decode + (duration > 0 ? duration : 1);
    struct mp4_sample sample = {.sound = true,
                                .data = data,
                                .presentation = decode,
                                .decode = decode,
                                .duration = duration,
                                .key = true};
    return open_segment_add(&segmenter->segment, &sample, error);
}

enum status segmenter_add(struct segmenter *segmenter, struct access_unit *unit,
                          struct error *error)
{
    return unit->kind == UNIT_VIDEO ? add_video(segmenter, unit, error)
                                    : add_sound(segmenter, unit, error);
}

void segmenter_camera_clock(struct segmenter *segmenter, int64_t media_time, int64_t camera_utc_ns)
{
    if (!segmenter->timeline.running) {
        return;
    }
    int64_t placed = media_clock_shift(&segmenter->media_clock, media_time);
    segmenter->camera_clock_known = true;
    segmenter->camera_clock_offset_ns =
        camera_utc_ns - timeline_utc(&segmenter->timeline, ns_of_ticks(placed));
}

enum status segmenter_disconnect(struct segmenter *segmenter, struct error *error)
{
    enum status status = STATUS_OK;
    if (segmenter_is_open(segmenter)) {
        int64_t duration = segmenter->last_duration > 0 ? segmenter->last_duration : 1;
        int64_t end = segmenter->pending_time.decode + duration;
        status = flush_pending(segmenter, end, error);
        if (status == STATUS_OK) {
            status = open_segment_end(&segmenter->segment, place_utc(segmenter, end), false, error);
        }
    }
    segmenter_abandon(segmenter);
    return status;
}

enum status segmenter_pause(struct segmenter *segmenter, uint32_t connection, struct error *error)
{
    struct sound_format sound = segmenter->sound;
    enum status status = segmenter_disconnect(segmenter, error);
    segmenter_connect(segmenter, segmenter->parameters, &sound, connection);
    return status;
}

void segmenter_abandon(struct segmenter *segmenter)
{
    open_segment_abandon(&segmenter->segment);
    segmenter->has_pending = false;
}
