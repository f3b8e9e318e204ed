/* Video: segments, gaps, what cameras said when they connected, and what was deleted. */
#include <stdlib.h>
#include <string.h>

#include "inspection/survey.h"
#include "store/body_expiry_record.h"
#include "store/expiry_record.h"
#include "store/gap_record.h"
#include "store/segment_record.h"

#define CAMERA_PREFIX "camera/"

static struct survey_camera *camera_of_source(struct survey *survey, const char *source)
{
    size_t prefix = sizeof CAMERA_PREFIX - 1;
    if (strncmp(source, CAMERA_PREFIX, prefix) != 0)
        return NULL;
    return survey_camera_of(survey, source + prefix);
}

bool survey_wants_video(struct survey *survey, const struct record_head *head)
{
    const struct survey_camera *camera = camera_of_source(survey, head->source);
    return camera != NULL && (camera->first_ns == 0 ||
                              (!camera->is_past &&
                               head->at_utc_ns >= survey->options->from_utc_ns - SURVEY_MARGIN_NS));
}

/* A camera with too many holes is said to be so, and its report goes on. */
static enum status add(struct survey_camera *camera, struct span_set *set, struct time_span span)
{
    enum status status = span_set_add(set, span);
    if (status != STATUS_FULL)
        return status;
    camera->shown.too_many = true;
    return STATUS_OK;
}

static enum status cover(struct survey *survey, struct survey_camera *camera, struct time_span span)
{
    if (camera->first_ns == 0 || span.start_ns < camera->first_ns)
        camera->first_ns = span.start_ns;
    if (span.end_ns > camera->last_ns)
        camera->last_ns = span.end_ns;
    return add(camera, &camera->covered, survey_clip(survey, span));
}

static void count_segment(struct survey_video *video, const struct segment_record *segment,
                          uint64_t number)
{
    video->segments++;
    video->bytes += segment->size;
    video->frames += segment->frames;
    if (segment->recovered)
        records_note(&video->recovered, number);
    if (segment->has_not_covered)
        records_note(&video->not_covered, number);
    if (segment->contradicts_note)
        records_note(&video->contradicts, number);
    if (segment->times_estimated)
        records_note(&video->estimated, number);
}

enum status survey_take_segment(struct survey *survey, const struct survey_record *record)
{
    struct segment_record segment;
    enum status status = segment_record_parse(record->body, &segment, NULL);
    if (status != STATUS_OK)
        return status;
    struct survey_camera *camera = survey_camera_of(survey, segment.camera);
    if (camera == NULL)
        return STATUS_NO_MEMORY;
    const struct time_span span = {segment.start_utc_ns, segment.end_utc_ns};
    const struct time_span clipped = survey_clip(survey, span);
    if (camera->first_segment == 0)
        camera->first_segment = record->number;
    camera->is_past = span.start_ns >= survey->options->to_utc_ns + SURVEY_MARGIN_NS;
    if (clipped.end_ns > clipped.start_ns)
        count_segment(&survey->video, &segment, record->number);
    status = add(camera, &camera->video, clipped);
    return status == STATUS_OK ? cover(survey, camera, span) : status;
}

/* ---- gaps ---- */

/* A gap that lasts is on record in several: they are one. */
static void join_gap(struct survey_camera *camera, const struct gap_record *gap, uint64_t number)
{
    bool goes_on = camera->gap_continues && camera->gap_cause == gap->cause &&
                   llabs(gap->start_utc_ns - camera->gap.end_ns) <= SPAN_JOIN_NS;
    if (!goes_on) {
        camera->gap = (struct time_span){gap->start_utc_ns, gap->end_utc_ns};
        camera->gap_record = number;
        camera->gap_cause = gap->cause;
        camera->gap_counted = false;
    }
    camera->gap.end_ns = gap->end_utc_ns;
    camera->gap_continues = gap->continues;
}

static void judge_gap(const struct survey *survey, struct survey_camera *camera)
{
    const struct time_span span = survey_clip(survey, camera->gap);
    struct inspection_camera *shown = &camera->shown;
    if (span.end_ns <= span.start_ns)
        return;
    shown->gaps += !camera->gap_counted;
    camera->gap_counted = true;
    if (span.end_ns - span.start_ns > shown->longest_ns) {
        shown->longest_ns = span.end_ns - span.start_ns;
        shown->longest_start_ns = span.start_ns;
        shown->longest_cause = camera->gap_cause;
        shown->longest_record = camera->gap_record;
    }
}

enum status survey_take_gap(struct survey *survey, const struct survey_record *record)
{
    struct gap_record gap;
    enum status status = gap_record_parse_any(record->body, &gap, NULL);
    if (status != STATUS_OK)
        return status;
    struct survey_camera *camera = survey_camera_of(survey, gap.camera);
    if (camera == NULL)
        return STATUS_NO_MEMORY;
    const struct time_span span = {gap.start_utc_ns, gap.end_utc_ns};
    const struct time_span clipped = survey_clip(survey, span);
    join_gap(camera, &gap, record->number);
    judge_gap(survey, camera);
    if (clipped.end_ns > clipped.start_ns)
        camera->shown.cause_ns[(unsigned)gap.cause < INSPECTION_CAUSES ? gap.cause : 0] +=
            clipped.end_ns - clipped.start_ns;
    return cover(survey, camera, span);
}

enum status survey_take_camera(struct survey *survey, const struct survey_record *record)
{
    const char *event = json_get_text(record->body, "event");
    struct survey_camera *camera = camera_of_source(survey, record->head->source);
    if (camera == NULL)
        return STATUS_NO_MEMORY;
    if (event == NULL || strcmp(event, word_camera_note(CAMERA_ONLINE)->name) != 0 ||
        record->head->at_utc_ns >= survey->options->to_utc_ns)
        return STATUS_OK;
    camera->shown.connection_known = true;
    camera->shown.encrypted = json_is_true(json_object_get(record->body, "encrypted"));
    camera->shown.connection_record = record->number;
    return STATUS_OK;
}

/* ---- expiry ---- */

static bool is_word_among(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = words; *at != '\0';) {
        size_t size = strcspn(at, " ");
        if (size == length && strncmp(at, word, size) == 0)
            return true;
        at += size + strspn(at + size, " ");
    }
    return false;
}

static bool is_held(const struct survey *survey, const char *camera,
                    const struct expiry_segment *segment)
{
    for (size_t i = 0; i < survey->hold_count; i++) {
        const struct hold_record *hold = &survey->holds[i].hold;
        bool covers =
            segment->start_utc_ns < hold->to_utc_ns && segment->end_utc_ns > hold->from_utc_ns;
        bool means_all = hold->cameras[0] == '\0' && hold->doors[0] == '\0';
        if (covers && (means_all || is_word_among(hold->cameras, camera)))
            return true;
    }
    return false;
}

static bool is_below_floor(const struct expiry_segment *segment, int64_t at_utc_ns)
{
    return segment->below_floor ||
           at_utc_ns - segment->end_utc_ns < RETENTION_VIDEO_DAYS_FLOOR * NS_PER_DAY;
}

static enum status take_deleted(struct survey *survey, struct survey_camera *camera,
                                const struct expiry_segment *segment)
{
    const struct time_span span = {segment->start_utc_ns, segment->end_utc_ns};
    const struct time_span clipped = survey_clip(survey, span);
    if (segment->record > camera->newest_expired)
        camera->newest_expired = segment->record;
    enum status status = add(camera, &camera->expired, clipped);
    /* its own record's body may have gone too */
    if (status == STATUS_OK)
        status = add(camera, &camera->video, clipped);
    return status == STATUS_OK ? cover(survey, camera, span) : status;
}

static void count_expiry(struct survey *survey, const struct survey_record *record,
                         const struct expiry_record *expiry)
{
    struct survey_expiry *found = &survey->expiry;
    uint64_t below = 0;
    uint64_t held = 0;
    for (size_t i = 0; i < expiry->count; i++) {
        below += is_below_floor(&expiry->segments[i], record->head->at_utc_ns);
        held += is_held(survey, expiry->camera, &expiry->segments[i]);
    }
    found->segments += expiry->count;
    records_note(&found->of_video, record->number);
    found->below_floor += below;
    if (below > 0)
        records_note(&found->below_floor_records, record->number);
    if (held > 0)
        records_note(&found->of_held, record->number);
}

static enum status take_body_expiry(struct survey *survey, const struct survey_record *record)
{
    struct body_expiry_record *expiry = calloc(1, sizeof *expiry);
    if (expiry == NULL)
        return STATUS_NO_MEMORY;
    enum status status = body_expiry_record_parse_any(record->body, expiry, NULL);
    for (size_t i = 0; status == STATUS_OK && i < expiry->count; i++)
        survey->expiry.bodies += expiry->ranges[i].last - expiry->ranges[i].first + 1;
    if (status == STATUS_OK && record->of_period)
        records_note(&survey->expiry.of_bodies, record->number);
    free(expiry);
    return status;
}

enum status survey_take_expiry(struct survey *survey, const struct survey_record *record)
{
    if (body_expiry_record_is(record->body))
        return take_body_expiry(survey, record);
    struct expiry_record *expiry = calloc(1, sizeof *expiry);
    if (expiry == NULL)
        return STATUS_NO_MEMORY;
    enum status status = expiry_record_parse_any(record->body, expiry, NULL);
    struct survey_camera *camera =
        status == STATUS_OK ? survey_camera_of(survey, expiry->camera) : NULL;
    if (status == STATUS_OK && camera == NULL)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK && record->of_period)
        count_expiry(survey, record, expiry);
    for (size_t i = 0; status == STATUS_OK && i < expiry->count; i++)
        status = take_deleted(survey, camera, &expiry->segments[i]);
    free(expiry);
    return status;
}
