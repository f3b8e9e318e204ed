/* What each camera's time comes to, once all records were seen. */
#include <stdlib.h>
#include <string.h>

#include "inspection/survey.h"
#include "store/segment_record.h"

/* A step's record is made when it was noticed. */
#define STEP_NEAR_NS NS_PER_HOUR

static bool is_stepped_over(const struct survey *survey, struct time_span hole)
{
    for (size_t i = 0; i < survey->step_count; i++) {
        const struct survey_step *step = &survey->steps[i];
        if (step->difference_ns + SPAN_JOIN_NS >= hole.end_ns - hole.start_ns &&
            llabs(step->at_ns - hole.end_ns) < STEP_NEAR_NS)
            return true;
    }
    return false;
}

static void count_hole(const struct survey *survey, struct inspection_camera *camera,
                       struct time_span hole)
{
    int64_t length_ns = hole.end_ns - hole.start_ns;
    if (length_ns <= SPAN_JOIN_NS)
        return;
    if (is_stepped_over(survey, hole)) {
        camera->stepped_ns += length_ns;
        return;
    }
    if (camera->unexplained_ns == 0)
        camera->unexplained_start_ns = hole.start_ns;
    camera->unexplained_ns += length_ns;
}

static bool is_recording(const struct survey *survey, const char *camera)
{
    const struct inspection_options *options = survey->options;
    for (size_t i = 0; i < options->camera_count; i++)
        if (strcmp(options->cameras[i].camera, camera) == 0)
            return options->cameras[i].recording != 0;
    return false;
}

/* From the end of what is on record to the end of the period. */
static void judge_tail(const struct survey *survey, struct survey_camera *camera, int64_t end_ns)
{
    struct inspection_camera *shown = &camera->shown;
    int64_t tail_ns = survey->options->to_utc_ns - end_ns;
    if (tail_ns <= SPAN_JOIN_NS || camera->last_ns >= survey->options->to_utc_ns)
        return;
    if (shown->recording && tail_ns < SURVEY_MARGIN_NS)
        shown->open_ns = tail_ns;
    else if (shown->configured)
        shown->unwritten_ns = tail_ns;
}

static void judge(const struct survey *survey, struct survey_camera *camera)
{
    struct inspection_camera *shown = &camera->shown;
    const struct span_set *covered = &camera->covered;
    int64_t reached_ns = survey->options->from_utc_ns;
    shown->recording = is_recording(survey, shown->id);
    if (camera->first_ns == 0 || camera->first_ns >= survey->options->to_utc_ns)
        return;
    if (camera->first_ns > reached_ns)
        reached_ns = camera->first_ns;
    /* one that had ended before the period and is configured no more is not of it */
    for (size_t i = 0; i < covered->count; i++) {
        count_hole(survey, shown, (struct time_span){reached_ns, covered->spans[i].start_ns});
        reached_ns = covered->spans[i].end_ns;
    }
    judge_tail(survey, camera, reached_ns);
    shown->recorded_ns = camera->video.total_ns;
    shown->gap_ns = covered->total_ns - camera->video.total_ns;
    shown->expired_ns = camera->expired.total_ns;
    shown->judged_ns =
        shown->recorded_ns + shown->gap_ns + shown->unexplained_ns + shown->unwritten_ns;
}

/* ---- the oldest that is kept ---- */

struct looking {
    const struct survey *survey;
    struct survey_camera *camera;
    char source[SOURCE_SIZE + 8];
};

/* What a hold keeps beyond its time is not counted: the oldest after all that was deleted. */
static enum status look_at(void *context, const struct ledger_row *row)
{
    struct looking *looking = context;
    struct record_head head;
    struct segment_record segment;
    json_t *body = NULL;
    if (record_head_parse_any(row->head, &head, NULL) != STATUS_OK || head.kind != RECORD_SEGMENT ||
        strcmp(head.source, looking->source) != 0 || !row->has_body)
        return STATUS_OK;
    enum status status = record_body_check(looking->survey->algorithm, &head, row->body, NULL);
    if (status == STATUS_OK)
        status = record_body_parse(row->body, &body, NULL);
    if (status == STATUS_OK)
        status = segment_record_parse(body, &segment, NULL);
    json_decref(body);
    if (status != STATUS_OK)
        return STATUS_OK; /* counted as altered already */
    looking->camera->shown.oldest_ns = segment.start_utc_ns;
    looking->camera->shown.oldest_record = row->number;
    return STATUS_END;
}

static enum status find_oldest(const struct survey *survey, struct survey_camera *camera,
                               struct ledger_view *view, struct error *error)
{
    struct looking looking = {.survey = survey, .camera = camera};
    uint64_t from = camera->newest_expired + 1;
    camera->shown.has_expired = camera->newest_expired > 0;
    if (camera->first_segment == 0)
        return STATUS_OK;
    if (from < camera->first_segment)
        from = camera->first_segment;
    message_text(looking.source, sizeof looking.source, "camera/");
    message_text(looking.source + strlen(looking.source), ID_SIZE, camera->shown.id);
    enum status status = ledger_view_rows(view, from, look_at, &looking, error);
    return status == STATUS_END ? STATUS_OK : status;
}

enum status survey_end_video(struct survey *survey, struct ledger_view *view, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < survey->camera_count && status == STATUS_OK; i++) {
        judge(survey, &survey->cameras[i]);
        status = find_oldest(survey, &survey->cameras[i], view, error);
    }
    return status;
}
