/* Requirements about video: R1, R10, R11, R12, R13. */
#include <string.h>

#include "inspection/judge.h"
#include "store/retention.h"

#define MONTH_NS     ((int64_t)RETENTION_VIDEO_DAYS_FLOOR * NS_PER_DAY)
#define DAYS_WORK_NS (2 * NS_PER_DAY) /* what a janitor that works once a day may be ahead */
#define HALFYEAR_NS  ((int64_t)RETENTION_RECORD_DAYS_FLOOR * NS_PER_DAY)

/* By what records call them (audit/verdict_word.h), and what each makes of what was verified. */
static const struct word verdicts[] = {
    {INSPECTION_MET, "authentic", "AUTHENTIC", "真实完整"},
    {INSPECTION_NOT_MET, "altered", "ALTERED", "已被更改"},
    {INSPECTION_PARTLY, "incomplete", "AUTHENTIC BUT INCOMPLETE", "真实但不完整"},
    {INSPECTION_PARTLY, "cannot_tell", "CANNOT TELL", "无法判定"},
};

static const struct word *verdict_of(const struct survey_deeds *deeds)
{
    for (size_t i = 0; deeds->last_verdict != 0 && i < sizeof verdicts / sizeof verdicts[0]; i++)
        if (strcmp(verdicts[i].name, deeds->last_verdict_name) == 0)
            return &verdicts[i];
    return NULL;
}

/* A verdict counts for the period if it was reached in it, and for all that there was. */
static void judge_verdict(struct judging *judging, const struct word *verdict)
{
    const struct survey_deeds *deeds = &judging->survey->deeds;
    bool is_recent = survey_is_in(judging->survey, deeds->last_verdict_ns);
    enum inspection_text text = INSPECTION_SAYS_VERDICT_BEFORE;
    if (is_recent)
        text = deeds->last_verdict_is_of_all ? INSPECTION_SAYS_VERDICT
                                             : INSPECTION_SAYS_VERDICT_LIMITED;
    struct inspection_fact *fact = judge_say(judging, text);
    fact_time(fact, deeds->last_verdict_ns);
    fact_word(fact, verdict);
    fact_record(fact, deeds->last_verdict);
    judge_state(judging,
                verdict->code == INSPECTION_MET && (!is_recent || !deeds->last_verdict_is_of_all)
                    ? INSPECTION_PARTLY
                    : (enum inspection_state)verdict->code);
}

void judge_verification(struct judging *judging)
{
    const struct survey_deeds *deeds = &judging->survey->deeds;
    const struct word *verdict = verdict_of(deeds);
    if (verdict != NULL)
        judge_verdict(judging, verdict);
    else
        judge_state(judging, INSPECTION_PARTLY);
    if (deeds->last_verification == 0 && verdict == NULL)
        (void)judge_say(judging, INSPECTION_SAYS_NEVER_VERIFIED);
    if (deeds->last_verification == 0 ||
        (verdict != NULL && deeds->last_verdict_of >= deeds->last_verification))
        return;
    struct inspection_fact *fact =
        judge_say(judging, survey_is_in(judging->survey, deeds->last_verification_ns)
                               ? INSPECTION_SAYS_VERIFIED
                               : INSPECTION_SAYS_VERIFIED_BEFORE);
    fact_time(fact, deeds->last_verification_ns);
    fact_record(fact, deeds->last_verification);
}

void judge_altered(struct judging *judging)
{
    const struct survey *survey = judging->survey;
    judge_count(judging, INSPECTION_SAYS_ALTERED, &survey->altered);
    judge_count(judging, INSPECTION_SAYS_MISSING_ROWS, &survey->missing);
    if (survey->altered.count + survey->missing.count > 0)
        judge_state(judging, INSPECTION_NOT_MET);
}

void judge_video(struct judging *judging)
{
    const struct survey_video *video = &judging->survey->video;
    if (video->segments == 0) {
        (void)judge_say(judging, INSPECTION_SAYS_VIDEO_NONE);
    } else {
        struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_VIDEO_SEALED);
        fact_number(fact, video->segments);
        fact_bytes(fact, video->bytes);
    }
    judge_count(judging, INSPECTION_SAYS_VIDEO_RECOVERED, &video->recovered);
    judge_count(judging, INSPECTION_SAYS_VIDEO_NOT_COVERED, &video->not_covered);
    judge_count(judging, INSPECTION_SAYS_VIDEO_CONTRADICTS, &video->contradicts);
    if (video->contradicts.count > 0)
        judge_state(judging, INSPECTION_NOT_MET);
    judge_altered(judging);
    judge_verification(judging);
    if (video->segments == 0 &&
        (judging->item->state == INSPECTION_PARTLY || judging->item->state == INSPECTION_MET))
        judging->item->state = INSPECTION_NOT_KNOWN;
}

/* ---- R10 ---- */

static void say_camera(struct judging *judging, const struct inspection_camera *camera)
{
    bool has_gaps = camera->gaps > 0;
    struct inspection_fact *fact =
        judge_say(judging, has_gaps ? INSPECTION_SAYS_CAMERA_GAPS : INSPECTION_SAYS_CAMERA_WHOLE);
    fact_text(fact, camera->name);
    fact_share(fact, camera->recorded_ns, camera->judged_ns);
    if (!has_gaps)
        return;
    fact_number(fact, camera->gaps);
    fact_duration(fact, camera->gap_ns);
    fact_duration(fact, camera->longest_ns);
    fact_time(fact, camera->longest_start_ns);
    fact_record(fact, camera->longest_record);
}

static void say_length(struct judging *judging, enum inspection_text text,
                       const struct inspection_camera *camera, int64_t length_ns)
{
    if (length_ns <= 0)
        return;
    struct inspection_fact *fact = judge_say(judging, text);
    fact_text(fact, camera->name);
    fact_duration(fact, length_ns);
    if (text == INSPECTION_SAYS_CAMERA_UNEXPLAINED)
        fact_time(fact, camera->unexplained_start_ns);
}

static void judge_camera(struct judging *judging, const struct inspection_camera *camera)
{
    if (camera->judged_ns + camera->open_ns == 0 && camera->recording) {
        fact_text(judge_say(judging, INSPECTION_SAYS_CAMERA_BEGUN), camera->name);
        judge_state(judging, INSPECTION_PARTLY);
        return;
    }
    if (camera->judged_ns + camera->open_ns == 0) {
        fact_text(judge_say(judging, INSPECTION_SAYS_CAMERA_NOTHING), camera->name);
        judge_state(judging, INSPECTION_NOT_MET);
        return;
    }
    judge_state(judging, camera->gap_ns + camera->unwritten_ns > 0 || camera->too_many
                             ? INSPECTION_PARTLY
                             : INSPECTION_MET);
    if (camera->judged_ns > 0)
        say_camera(judging, camera);
    say_length(judging, INSPECTION_SAYS_CAMERA_UNEXPLAINED, camera, camera->unexplained_ns);
    say_length(judging, INSPECTION_SAYS_CAMERA_UNWRITTEN, camera, camera->unwritten_ns);
    say_length(judging, INSPECTION_SAYS_CAMERA_STEPPED, camera, camera->stepped_ns);
    if (camera->too_many)
        fact_text(judge_say(judging, INSPECTION_SAYS_CAMERA_TOO_MANY), camera->name);
    if (camera->unexplained_ns > 0)
        judge_state(judging, INSPECTION_NOT_MET);
}

static void say_causes(struct judging *judging)
{
    const struct inspection *inspection = judging->inspection;
    for (size_t cause = 1; cause < INSPECTION_CAUSES; cause++) {
        int64_t sum_ns = 0;
        for (size_t i = 0; i < inspection->camera_count; i++)
            sum_ns += inspection->cameras[i].cause_ns[cause];
        if (sum_ns == 0)
            continue;
        struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_CAUSE);
        fact_word(fact, word_gap_cause((enum gap_cause)cause));
        fact_duration(fact, sum_ns);
    }
}

void judge_coverage(struct judging *judging)
{
    const struct inspection *inspection = judging->inspection;
    for (size_t i = 0; i < inspection->camera_count; i++)
        judge_camera(judging, &inspection->cameras[i]);
    say_causes(judging);
    if (inspection->camera_count == 0) {
        (void)judge_say(judging, INSPECTION_SAYS_CAMERAS_NONE);
        judge_state(judging, INSPECTION_NOT_KNOWN);
    }
}

/* ---- R11 ---- */

static void judge_settings(struct judging *judging)
{
    const struct survey_configuration *found = &judging->survey->configuration;
    if (found->record == 0) {
        (void)judge_say(judging, INSPECTION_SAYS_CONFIG_NONE);
        judge_state(judging, INSPECTION_PARTLY);
        return;
    }
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_SETTINGS);
    fact_number(fact, (uint64_t)found->video_days);
    fact_number(fact, (uint64_t)found->record_days);
    fact_record(fact, found->record);
    if (found->least_video_days >= RETENTION_VIDEO_DAYS_FLOOR &&
        found->least_record_days >= RETENTION_RECORD_DAYS_FLOOR)
        return;
    (void)judge_say(judging, INSPECTION_SAYS_SETTINGS_BELOW);
    judge_state(judging, INSPECTION_NOT_MET);
}

/* What is deleted on its day leaves something that is a little younger. */
static bool is_kept(int64_t age_ns, int64_t floor_ns, bool has_expired)
{
    return age_ns >= floor_ns - (has_expired ? DAYS_WORK_NS : 0);
}

static void judge_oldest(struct judging *judging, const struct inspection_camera *camera)
{
    int64_t age_ns = judging->inspection->made_utc_ns - camera->oldest_ns;
    bool kept = is_kept(age_ns, MONTH_NS, camera->has_expired);
    struct inspection_fact *fact = NULL;
    if (camera->oldest_ns == 0)
        return;
    if (!kept)
        judge_state(judging, INSPECTION_PARTLY);
    if (kept || camera->has_expired) {
        fact = judge_say(judging, INSPECTION_SAYS_OLDEST_VIDEO);
        fact_text(fact, camera->name);
        fact_time(fact, camera->oldest_ns);
    } else {
        fact = judge_say(judging, INSPECTION_SAYS_VIDEO_YOUNG);
        fact_text(fact, camera->name);
    }
    fact_duration(fact, age_ns);
    fact_record(fact, camera->oldest_record);
}

static void judge_reach(struct judging *judging)
{
    const struct message_status *status = judging->survey->options->status;
    if (status == NULL || status->reach_days == RETENTION_UNKNOWN_DAYS) {
        (void)judge_say(judging, INSPECTION_SAYS_REACH_UNKNOWN);
        return;
    }
    fact_number(judge_say(judging, INSPECTION_SAYS_REACH), status->reach_days);
    if (status->reach_days < RETENTION_VIDEO_DAYS_FLOOR)
        judge_state(judging, INSPECTION_PARTLY);
}

static void judge_log_age(struct judging *judging)
{
    const struct survey *survey = judging->survey;
    int64_t age_ns = judging->inspection->made_utc_ns - survey->oldest_body_ns;
    if (survey->oldest_body_ns == 0)
        return;
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_LOG_AGE);
    fact_time(fact, survey->oldest_body_ns);
    fact_duration(fact, age_ns);
    fact_record(fact, survey->oldest_body);
    if (is_kept(age_ns, HALFYEAR_NS, survey->expiry.bodies_gone > 0))
        return;
    judge_state(judging, INSPECTION_PARTLY);
    if (survey->expiry.bodies_gone == 0)
        fact_duration(judge_say(judging, INSPECTION_SAYS_LOG_YOUNG), age_ns);
}

void judge_retention(struct judging *judging)
{
    const struct survey_expiry *expiry = &judging->survey->expiry;
    judge_state(judging, INSPECTION_MET);
    judge_settings(judging);
    for (size_t i = 0; i < judging->inspection->camera_count; i++)
        judge_oldest(judging, &judging->inspection->cameras[i]);
    judge_reach(judging);
    judge_log_age(judging);
    struct inspection_fact *fact =
        judge_say(judging, expiry->below_floor > 0 ? INSPECTION_SAYS_BELOW_FLOOR
                                                   : INSPECTION_SAYS_BELOW_FLOOR_NONE);
    if (expiry->below_floor > 0) {
        fact_number(fact, expiry->below_floor);
        fact_records(fact, &expiry->below_floor_records);
        judge_state(judging, INSPECTION_NOT_MET);
    }
}

/* ---- R12, R13 ---- */

void judge_expiry(struct judging *judging)
{
    const struct survey_expiry *expiry = &judging->survey->expiry;
    judge_state(judging,
                expiry->segments + expiry->bodies > 0 ? INSPECTION_MET : INSPECTION_NOT_KNOWN);
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_EXPIRIES);
    fact_number(fact, expiry->segments);
    fact_records(fact, &expiry->of_video);
    fact_number(judge_say(judging, INSPECTION_SAYS_BODIES), expiry->bodies);
    if (expiry->bodies_gone > expiry->bodies) {
        fact_number(judge_say(judging, INSPECTION_SAYS_BODIES_TAKEN),
                    expiry->bodies_gone - expiry->bodies);
        judge_state(judging, INSPECTION_NOT_MET);
    }
    (void)judge_say(judging, INSPECTION_SAYS_FILES_BY_VERIFY);
}

static void say_holds(struct judging *judging)
{
    const struct survey *survey = judging->survey;
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_HOLDS_IN_FORCE);
    fact_number(fact, survey->hold_count);
    for (size_t i = 0; i < survey->hold_count; i++)
        fact_record(fact, survey->holds[i].record);
    fact = judge_say(judging, INSPECTION_SAYS_HOLDS_PERIOD);
    fact_number(fact, survey->deeds.holds_set.count);
    fact_number(fact, survey->deeds.holds_released.count);
    for (size_t i = 0; i < survey->deeds.holds_set.count && i < INSPECTION_RECORDS_MAX; i++)
        fact_record(fact, survey->deeds.holds_set.numbers[i]);
}

void judge_holds(struct judging *judging)
{
    const struct survey *survey = judging->survey;
    bool has_held = survey->hold_count + survey->deeds.holds_released.count > 0;
    judge_state(judging, has_held ? INSPECTION_MET : INSPECTION_NOT_KNOWN);
    say_holds(judging);
    if (survey->too_many_holds) {
        (void)judge_say(judging, INSPECTION_SAYS_HOLDS_TOO_MANY);
        judge_state(judging, INSPECTION_PARTLY);
    }
    judge_count(judging, INSPECTION_SAYS_HELD_DELETED, &survey->expiry.of_held);
    if (survey->expiry.of_held.count > 0)
        judge_state(judging, INSPECTION_NOT_MET);
    else
        (void)judge_say(judging, INSPECTION_SAYS_HELD_KEPT);
}
