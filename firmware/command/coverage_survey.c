#include "firmware/command/coverage_survey.h"

#include <stdlib.h>
#include <string.h>

#include "store/body_expiry_record.h"
#include "store/expiry_record.h"
#include "store/gap_record.h"
#include "store/segment_record.h"

/* Segments are shorter and a lasting gap is cut every hour, so a camera that was covered before
 * the period has something in these two hours. */
#define LOOK_BACK_NS (7200 * NS_PER_SECOND)

static int compare_numbers(const void *a, const void *b)
{
    uint64_t first = *(const uint64_t *)a;
    uint64_t second = *(const uint64_t *)b;
    return (first > second) - (first < second);
}

static enum status keep_expired(struct coverage_survey *survey, const struct expiry_record *expiry)
{
    if (survey->expired_capacity - survey->expired_count < expiry->count) {
        size_t capacity = 2 * survey->expired_capacity + expiry->count;
        uint64_t *expired = reallocarray(survey->expired, capacity, sizeof *expired);
        if (expired == NULL)
            return STATUS_NO_MEMORY;
        survey->expired = expired;
        survey->expired_capacity = capacity;
    }
    for (size_t i = 0; i < expiry->count; i++)
        survey->expired[survey->expired_count++] = expiry->segments[i].record;
    return STATUS_OK;
}

static struct coverage_sum *sum_of(struct coverage_survey *survey, const char *camera)
{
    for (size_t i = 0; i < survey->camera_count; i++)
        if (strcmp(survey->cameras[i].id, camera) == 0)
            return &survey->cameras[i].sum;
    if (survey->camera_count == COVERAGE_CAMERAS_MAX)
        return NULL;
    message_text(survey->cameras[survey->camera_count].id, ID_SIZE, camera);
    return &survey->cameras[survey->camera_count++].sum;
}

static bool is_near(const struct coverage_survey *survey, struct coverage_span span)
{
    return span.end_ns >= survey->from_utc_ns - LOOK_BACK_NS && span.start_ns < survey->to_utc_ns;
}

/* When deleted video was is told by what deleted it: the segment's own body may have expired. */
static enum status add_expired(struct coverage_survey *survey, const struct expiry_record *expiry)
{
    enum status status = STATUS_OK;
    if (survey->camera != NULL && strcmp(survey->camera, expiry->camera) != 0)
        return STATUS_OK;
    for (size_t i = 0; i < expiry->count && status == STATUS_OK; i++) {
        struct coverage_span span = {expiry->segments[i].start_utc_ns,
                                     expiry->segments[i].end_utc_ns};
        struct coverage_sum *sum = is_near(survey, span) ? sum_of(survey, expiry->camera) : NULL;
        if (sum != NULL)
            status = coverage_sum_add(sum, span, COVERAGE_EXPIRED, expiry->segments[i].record);
    }
    return status;
}

static enum status take_expiry(void *context, const struct evidence_row *row)
{
    struct coverage_survey *survey = context;
    if (body_expiry_record_is(row->body))
        return STATUS_OK; /* of bodies, not of video */
    struct expiry_record *expiry = row->body == NULL ? NULL : calloc(1, sizeof *expiry);
    enum status status = STATUS_OK;
    if (expiry == NULL || expiry_record_parse(row->body, expiry, NULL) != STATUS_OK) {
        survey->altered++;
    } else {
        status = keep_expired(survey, expiry);
        if (status == STATUS_OK)
            status = add_expired(survey, expiry);
    }
    free(expiry);
    return status;
}

static bool is_expired(const struct coverage_survey *survey, uint64_t record)
{
    return survey->expired_count > 0 && bsearch(&record, survey->expired, survey->expired_count,
                                                sizeof record, compare_numbers) != NULL;
}

static enum status keep_gap(struct coverage_survey *survey, const struct gap_record *gap,
                            uint64_t record, struct coverage_span span)
{
    if (survey->gap_count == survey->gap_capacity) {
        size_t capacity = survey->gap_capacity == 0 ? 64 : survey->gap_capacity * 2;
        struct coverage_gap_row *gaps = reallocarray(survey->gaps, capacity, sizeof *gaps);
        if (gaps == NULL)
            return STATUS_NO_MEMORY;
        survey->gaps = gaps;
        survey->gap_capacity = capacity;
    }
    struct coverage_gap_row *row = &survey->gaps[survey->gap_count++];
    *row = (struct coverage_gap_row){.span = span, .cause = gap->cause, .record = record};
    message_text(row->camera, sizeof row->camera, gap->camera);
    message_text(row->detail, sizeof row->detail, gap->detail);
    return STATUS_OK;
}

static enum status take_gap(struct coverage_survey *survey, const struct evidence_row *row)
{
    struct gap_record gap;
    if (gap_record_parse(row->body, &gap, NULL) != STATUS_OK) {
        survey->altered++;
        return STATUS_OK;
    }
    struct coverage_sum *sum = sum_of(survey, gap.camera);
    struct coverage_span span = {gap.start_utc_ns, gap.end_utc_ns};
    if (sum == NULL)
        return STATUS_FULL;
    enum status status = coverage_sum_add(sum, span, COVERAGE_GAP, row->number);
    span = coverage_clip(span, survey->from_utc_ns, survey->to_utc_ns);
    if (status == STATUS_OK && span.end_ns > span.start_ns)
        status = keep_gap(survey, &gap, row->number, span);
    return status;
}

static enum status take(void *context, const struct evidence_row *row)
{
    struct coverage_survey *survey = context;
    struct segment_record segment;
    if (row->expired)
        return STATUS_OK;
    if (row->body == NULL) {
        survey->altered++;
        return STATUS_OK;
    }
    if (row->head.kind == RECORD_GAP)
        return take_gap(survey, row);
    if (segment_record_parse(row->body, &segment, NULL) != STATUS_OK) {
        survey->altered++;
        return STATUS_OK;
    }
    struct coverage_sum *sum = sum_of(survey, segment.camera);
    struct coverage_span span = {segment.start_utc_ns, segment.end_utc_ns};
    bool expired = is_expired(survey, row->number);
    enum coverage_kind kind = expired ? COVERAGE_EXPIRED : COVERAGE_RECORDED;
    if (expired && is_near(survey, span))
        return STATUS_OK; /* counted by its expiry record */
    return sum == NULL ? STATUS_FULL : coverage_sum_add(sum, span, kind, row->number);
}

static enum status take_step(void *context, const struct evidence_row *row)
{
    struct coverage_survey *survey = context;
    struct coverage_step step = {.record = row->number};
    if (row->body == NULL ||
        json_get_i64(row->body, "difference_ns", &step.difference_ns) != STATUS_OK)
        return STATUS_OK; /* only its quality changed */
    struct coverage_step *steps =
        reallocarray(survey->steps, survey->step_count + 1, sizeof *steps);
    if (steps == NULL)
        return STATUS_NO_MEMORY;
    survey->steps = steps;
    survey->steps[survey->step_count++] = step;
    return STATUS_OK;
}

/* Of all time: a step's own time is as wrong as the clock was. */
static enum status gather_steps(struct coverage_survey *survey, struct error *error)
{
    const struct evidence_filter filter = {.about = EVIDENCE_RECORDS, .kind = RECORD_CLOCK};
    enum status status = evidence_each(survey->evidence, &filter, take_step, survey, NULL, error);
    for (size_t i = 0; i < survey->camera_count; i++) {
        survey->cameras[i].sum.steps = survey->steps;
        survey->cameras[i].sum.step_count = survey->step_count;
    }
    return status;
}

static void take_now(void *context, const struct message_status_camera *camera)
{
    struct coverage_survey *survey = context;
    for (size_t i = 0; i < survey->camera_count; i++)
        if (strcmp(survey->cameras[i].id, camera->camera) == 0)
            survey->cameras[i].recording = camera->recording != 0;
}

/* A camera that nothing is known of near the period may have been recorded long before it. */
static enum status look_further_back(struct coverage_survey *survey, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < survey->camera_count && status == STATUS_OK; i++) {
        const struct evidence_filter last = {.about = EVIDENCE_SPANS,
                                             .to_utc_ns = survey->from_utc_ns,
                                             .camera = survey->cameras[i].id,
                                             .limit = 1};
        if (survey->cameras[i].sum.count == 0)
            status = evidence_each(survey->evidence, &last, take, survey, NULL, error);
    }
    return status;
}

/* Before the segments: which of them were deleted since. */
static enum status gather_expired(struct coverage_survey *survey, struct error *error)
{
    const struct evidence_filter filter = {.about = EVIDENCE_RECORDS,
                                           .kind = RECORD_EXPIRY,
                                           .from_utc_ns = survey->from_utc_ns - LOOK_BACK_NS};
    enum status status = evidence_each(survey->evidence, &filter, take_expiry, survey, NULL, error);
    if (survey->expired_count > 0)
        qsort(survey->expired, survey->expired_count, sizeof *survey->expired, compare_numbers);
    return status;
}

enum status coverage_survey_gather(struct coverage_survey *survey, struct error *error)
{
    const struct evidence_filter filter = {.about = EVIDENCE_SPANS,
                                           .from_utc_ns = survey->from_utc_ns - LOOK_BACK_NS,
                                           .to_utc_ns = survey->to_utc_ns,
                                           .camera = survey->camera};
    const char *configured = NULL;
    /* Those that never recorded are shown too. */
    for (size_t i = 0; (configured = evidence_camera_at(survey->evidence, i)) != NULL; i++)
        if (survey->camera == NULL || strcmp(survey->camera, configured) == 0)
            (void)sum_of(survey, configured);
    for (size_t i = 0; i < survey->camera_count; i++)
        survey->cameras[i].configured = true;
    enum status status = evidence_cameras_now(survey->evidence, take_now, survey, error);
    if (status == STATUS_OK)
        status = gather_expired(survey, error);
    if (status == STATUS_OK)
        status = evidence_each(survey->evidence, &filter, take, survey, NULL, error);
    if (status == STATUS_OK)
        status = look_further_back(survey, error);
    return status == STATUS_OK ? gather_steps(survey, error) : status;
}

void coverage_survey_release(struct coverage_survey *survey)
{
    for (size_t i = 0; i < survey->camera_count; i++)
        coverage_sum_release(&survey->cameras[i].sum);
    free(survey->gaps);
    free(survey->expired);
    free(survey->steps);
}
