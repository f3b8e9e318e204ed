/* sealroom coverage: for each camera what was recorded of a period, and each gap with its cause. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "firmware/command/coverage_sum.h"
#include "firmware/command/evidence.h"
#include "firmware/command/report.h"
#include "store/body_expiry_record.h"
#include "store/expiry_record.h"
#include "store/gap_record.h"
#include "store/segment_record.h"

/* Segments are shorter and a lasting gap is cut every hour, so a camera that was covered before
 * the period has something in these two hours. */
#define LOOK_BACK_NS    (7200 * NS_PER_SECOND)
#define DEFAULT_SPAN_NS NS_PER_DAY
#define CAMERAS_MAX     256

enum {
    TEXT_NO_CAMERAS,
    TEXT_ALTERED,
    TEXT_UNEXPLAINED,
    TEXT_GAPS,
    TEXT_PERIOD,
    TEXT_UNWRITTEN,
    TEXT_STRETCH
};

static const struct text texts[] = {
    [TEXT_NO_CAMERAS] = {"no camera has recorded anything yet", "还没有任何摄像机的录像"},
    [TEXT_ALTERED] = {"%zu records in this period are altered: run sealroom verify",
                      "此时段内有 %zu 条记录被改动：请运行 sealroom verify"},
    [TEXT_UNEXPLAINED] = {"neither video nor a gap on record: run sealroom verify",
                          "既无录像也无中断记录：请运行 sealroom verify"},
    [TEXT_UNWRITTEN] = {"missing, not yet on record", "缺失，尚未记录在案"},
    [TEXT_GAPS] = {"Gaps:", "中断："},
    [TEXT_STRETCH] = {"%s: %s – %s: %s", "%s：%s 至 %s：%s"},
    [TEXT_PERIOD] = {"From %s to %s", "从 %s 到 %s"},
};

static const struct report_column camera_columns[] = {
    {"camera", {"camera", "摄像机"}, false},
    {"recorded_s", {"recorded", "已录"}, true},
    {"missing_s", {"missing", "缺失"}, true},
    {"percent", {"covered", "覆盖率"}, true},
    {"gaps", {"gaps", "中断数"}, true},
    {"expired_s", {"expired", "已到期删除"}, true},
    {"open_s", {"no record yet", "尚无记录"}, true},
    {"first", {"since", "起"}, false},
};

static const struct report_column gap_columns[] = {
    {"camera", {"camera", "摄像机"}, false},
    {"start", {"from", "从"}, false},
    {"end", {"to", "到"}, false},
    {"seconds", {"length", "时长"}, true},
    {"cause", {"cause", "原因"}, false},
    {"record", {"record", "记录号"}, true},
    {"detail", {"remark", "备注"}, false},
};

struct gap_row {
    char camera[ID_SIZE];
    struct coverage_span span;
    enum gap_cause cause;
    uint64_t record;
    char detail[DETAIL_SIZE];
};

struct survey {
    const struct invocation *invocation;
    struct evidence *evidence;
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    const char *camera; /* of this one only; NULL: of all */
    struct {
        char id[ID_SIZE];
        struct coverage_sum sum;
        bool configured;
        bool recording; /* a segment is open now */
    } cameras[CAMERAS_MAX];
    size_t camera_count;
    struct gap_row *gaps;
    size_t gap_count;
    size_t gap_capacity;
    size_t altered;
    uint64_t *expired; /* records of segments that were deleted, sorted */
    size_t expired_count;
    size_t expired_capacity;
};

static int compare_numbers(const void *a, const void *b)
{
    uint64_t first = *(const uint64_t *)a;
    uint64_t second = *(const uint64_t *)b;
    return (first > second) - (first < second);
}

static enum status keep_expired(struct survey *survey, const struct expiry_record *expiry)
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

static struct coverage_sum *sum_of(struct survey *survey, const char *camera)
{
    for (size_t i = 0; i < survey->camera_count; i++)
        if (strcmp(survey->cameras[i].id, camera) == 0)
            return &survey->cameras[i].sum;
    if (survey->camera_count == CAMERAS_MAX)
        return NULL;
    message_text(survey->cameras[survey->camera_count].id, ID_SIZE, camera);
    return &survey->cameras[survey->camera_count++].sum;
}

static bool is_near(const struct survey *survey, struct coverage_span span)
{
    return span.end_ns >= survey->from_utc_ns - LOOK_BACK_NS && span.start_ns < survey->to_utc_ns;
}

/* When deleted video was is told by what deleted it: the segment's own body may have expired. */
static enum status add_expired(struct survey *survey, const struct expiry_record *expiry)
{
    enum status status = STATUS_OK;
    if (survey->camera != NULL && strcmp(survey->camera, expiry->camera) != 0)
        return STATUS_OK;
    for (size_t i = 0; i < expiry->count && status == STATUS_OK; i++) {
        struct coverage_span span = {expiry->segments[i].start_utc_ns,
                                     expiry->segments[i].end_utc_ns};
        struct coverage_sum *sum = is_near(survey, span) ? sum_of(survey, expiry->camera) : NULL;
        if (sum != NULL)
            status = coverage_sum_add(sum, span, COVERAGE_EXPIRED);
    }
    return status;
}

static enum status take_expiry(void *context, const struct evidence_row *row)
{
    struct survey *survey = context;
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

static bool is_expired(const struct survey *survey, uint64_t record)
{
    return survey->expired_count > 0 && bsearch(&record, survey->expired, survey->expired_count,
                                                sizeof record, compare_numbers) != NULL;
}

static enum status keep_gap(struct survey *survey, const struct gap_record *gap, uint64_t record,
                            struct coverage_span span)
{
    if (survey->gap_count == survey->gap_capacity) {
        size_t capacity = survey->gap_capacity == 0 ? 64 : survey->gap_capacity * 2;
        struct gap_row *gaps = reallocarray(survey->gaps, capacity, sizeof *gaps);
        if (gaps == NULL)
            return STATUS_NO_MEMORY;
        survey->gaps = gaps;
        survey->gap_capacity = capacity;
    }
    struct gap_row *row = &survey->gaps[survey->gap_count++];
    *row = (struct gap_row){.span = span, .cause = gap->cause, .record = record};
    message_text(row->camera, sizeof row->camera, gap->camera);
    message_text(row->detail, sizeof row->detail, gap->detail);
    return STATUS_OK;
}

static enum status take_gap(struct survey *survey, const struct evidence_row *row)
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
    enum status status = coverage_sum_add(sum, span, COVERAGE_GAP);
    span = coverage_clip(span, survey->from_utc_ns, survey->to_utc_ns);
    if (status == STATUS_OK && span.end_ns > span.start_ns)
        status = keep_gap(survey, &gap, row->number, span);
    return status;
}

static enum status take(void *context, const struct evidence_row *row)
{
    struct survey *survey = context;
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
    return sum == NULL ? STATUS_FULL : coverage_sum_add(sum, span, kind);
}

/* ---- showing ---- */

static void show_camera(struct survey *survey, struct report *report, const char *camera,
                        const struct coverage_result *result)
{
    char percent[16] = "–";
    int64_t missing_ns = result->gap_ns + result->unexplained_ns + result->unwritten_ns;
    int64_t judged_ns = result->recorded_ns + result->expired_ns + missing_ns;
    double share = judged_ns == 0 ? 0 : 100.0 * (double)result->recorded_ns / (double)judged_ns;
    /* Never rounded up to a whole that it is not. */
    if (judged_ns > 0)
        snprintf(percent, sizeof percent, "%.2f%%",
                 result->recorded_ns < judged_ns && share > 99.99 ? 99.99 : share);
    report_cell(report, evidence_camera_name(survey->evidence, camera), json_string(camera));
    report_duration(report, result->recorded_ns);
    report_duration(report, missing_ns);
    report_cell(report, percent, judged_ns == 0 ? json_null() : json_real(share));
    report_number(report, result->gaps);
    report_duration(report, result->expired_ns);
    report_duration(report, result->open_ns);
    report_time(report, result->first_ns);
    report_json(report, "gap_s", json_real((double)result->gap_ns / (double)NS_PER_SECOND));
    report_json(report, "unexplained_s",
                json_real((double)result->unexplained_ns / (double)NS_PER_SECOND));
    report_json(report, "unwritten_s",
                json_real((double)result->unwritten_ns / (double)NS_PER_SECOND));
    report_json(report, "from", json_time(survey->from_utc_ns));
    report_json(report, "to", json_time(survey->to_utc_ns));
    report_end_row(report);
}

static void show_gaps(struct survey *survey)
{
    const struct invocation *invocation = survey->invocation;
    struct report *report =
        report_new(invocation, "gap", gap_columns, sizeof gap_columns / sizeof gap_columns[0]);
    if (survey->gap_count > 0 && !invocation->json) {
        putchar('\n');
        invocation_say(invocation, &texts[TEXT_GAPS]);
    }
    for (size_t i = 0; i < survey->gap_count; i++) {
        const struct gap_row *gap = &survey->gaps[i];
        report_cell(report, evidence_camera_name(survey->evidence, gap->camera),
                    json_string(gap->camera));
        report_time(report, gap->span.start_ns);
        report_time(report, gap->span.end_ns);
        report_duration(report, gap->span.end_ns - gap->span.start_ns);
        report_word(report, word_gap_cause(gap->cause));
        report_number(report, gap->record);
        report_phrase(report, gap->detail);
        report_end_row(report);
    }
    (void)report_end(report, false);
}

static void show_stretch(struct survey *survey, const char *camera, int64_t start_ns,
                         int64_t end_ns, int text)
{
    char from[LOCAL_TIME_SIZE];
    char to[LOCAL_TIME_SIZE];
    local_time_text(from, start_ns);
    local_time_text(to, end_ns);
    invocation_warn(survey->invocation, &texts[TEXT_STRETCH], camera, from, to,
                    text_in(&texts[text], survey->invocation->language));
}

static void show_all(struct survey *survey)
{
    const struct invocation *invocation = survey->invocation;
    char from[LOCAL_TIME_SIZE];
    char to[LOCAL_TIME_SIZE];
    struct report *report = report_new(invocation, "camera", camera_columns,
                                       sizeof camera_columns / sizeof camera_columns[0]);
    local_time_text(from, survey->from_utc_ns);
    local_time_text(to, survey->to_utc_ns);
    if (!invocation->json)
        invocation_say(invocation, &texts[TEXT_PERIOD], from, to);
    for (size_t i = 0; i < survey->camera_count; i++) {
        struct coverage_result result;
        coverage_sum_judge(&survey->cameras[i].sum, survey->from_utc_ns, survey->to_utc_ns,
                           survey->cameras[i].recording || !survey->cameras[i].configured, &result);
        show_camera(survey, report, survey->cameras[i].id, &result);
        if (result.unexplained_ns > 0)
            show_stretch(survey, survey->cameras[i].id, result.unexplained_start_ns,
                         result.unexplained_end_ns, TEXT_UNEXPLAINED);
        if (result.unwritten_ns > 0)
            show_stretch(survey, survey->cameras[i].id, survey->to_utc_ns - result.unwritten_ns,
                         survey->to_utc_ns, TEXT_UNWRITTEN);
    }
    if (report_end(report, false) == 0 && !invocation->json)
        invocation_say(invocation, &texts[TEXT_NO_CAMERAS]);
    show_gaps(survey);
    if (survey->altered > 0)
        invocation_warn(invocation, &texts[TEXT_ALTERED], survey->altered);
}

static int64_t now_utc_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static bool read_period(struct survey *survey)
{
    if (!invocation_period(survey->invocation, &survey->from_utc_ns, &survey->to_utc_ns))
        return false;
    int64_t now_ns = now_utc_ns();
    if (survey->to_utc_ns == 0 || survey->to_utc_ns > now_ns)
        survey->to_utc_ns = now_ns;
    if (survey->from_utc_ns == 0)
        survey->from_utc_ns = survey->to_utc_ns - DEFAULT_SPAN_NS;
    return true;
}

static void take_now(void *context, const struct message_status_camera *camera)
{
    struct survey *survey = context;
    for (size_t i = 0; i < survey->camera_count; i++)
        if (strcmp(survey->cameras[i].id, camera->camera) == 0)
            survey->cameras[i].recording = camera->recording != 0;
}

/* A camera that nothing is known of near the period may have been recorded long before it. */
static enum status look_further_back(struct survey *survey, struct error *error)
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
static enum status gather_expired(struct survey *survey, struct error *error)
{
    const struct evidence_filter filter = {.about = EVIDENCE_RECORDS,
                                           .kind = RECORD_EXPIRY,
                                           .from_utc_ns = survey->from_utc_ns - LOOK_BACK_NS};
    enum status status = evidence_each(survey->evidence, &filter, take_expiry, survey, NULL, error);
    if (survey->expired_count > 0)
        qsort(survey->expired, survey->expired_count, sizeof *survey->expired, compare_numbers);
    return status;
}

static enum status gather(struct survey *survey, const char *camera, struct error *error)
{
    const struct evidence_filter filter = {.about = EVIDENCE_SPANS,
                                           .from_utc_ns = survey->from_utc_ns - LOOK_BACK_NS,
                                           .to_utc_ns = survey->to_utc_ns,
                                           .camera = camera};
    const char *configured = NULL;
    survey->camera = camera;
    /* Those that never recorded are shown too. */
    for (size_t i = 0; (configured = evidence_camera_at(survey->evidence, i)) != NULL; i++)
        if (camera == NULL || strcmp(camera, configured) == 0)
            (void)sum_of(survey, configured);
    for (size_t i = 0; i < survey->camera_count; i++)
        survey->cameras[i].configured = true;
    enum status status = evidence_cameras_now(survey->evidence, take_now, survey, error);
    if (status == STATUS_OK)
        status = gather_expired(survey, error);
    if (status == STATUS_OK)
        status = evidence_each(survey->evidence, &filter, take, survey, NULL, error);
    return status == STATUS_OK ? look_further_back(survey, error) : status;
}

static int run(const struct invocation *invocation)
{
    struct error error = {0};
    const char *camera = invocation_value(invocation, "camera");
    char text[DETAIL_SIZE] = "";
    struct survey *survey = calloc(1, sizeof *survey);
    int result = COMMAND_FAILED;
    if (survey == NULL)
        return COMMAND_FAILED;
    survey->invocation = invocation;
    if (camera != NULL)
        snprintf(text, sizeof text, "camera=%s", camera);
    if (read_period(survey)) {
        const struct evidence_filter filter = {.from_utc_ns = survey->from_utc_ns,
                                               .to_utc_ns = survey->to_utc_ns};
        survey->evidence = evidence_open(invocation, "coverage", &filter, text);
    }
    if (survey->evidence != NULL) {
        if (!evidence_knows(survey->evidence, camera, NULL)) {
            result = COMMAND_FAILED;
        } else if (gather(survey, camera, &error) == STATUS_OK) {
            show_all(survey);
            result = COMMAND_OK;
        } else {
            result = invocation_fail(invocation, &error);
        }
        for (size_t i = 0; i < survey->camera_count; i++)
            coverage_sum_release(&survey->cameras[i].sum);
    }
    evidence_close(survey->evidence);
    free(survey->gaps);
    free(survey->expired);
    free(survey);
    return result;
}

static const struct command_option options[] = {
    {"from", "TIME", {"from this time (24 hours before --to)", "起始时间（默认为截止前 24 小时）"}},
    {"to", "TIME", {"up to this time (now)", "截止时间（默认为现在）"}},
    {"day", "DATE", {"this day, from midnight to midnight", "这一天，从零点到零点"}},
    {"camera", "ID", {"of this camera only", "只看这个摄像机"}},
    {"reason",
     "TEXT",
     {"why you look, for the record of this look-up", "查询理由，记入本次查询的记录"}},
    {0},
};

const struct command command_coverage = {
    .name = "coverage",
    .about = {"what each camera recorded of a period, and every gap with its cause",
              "各摄像机在一段时间内的录像覆盖情况，以及每次中断及其原因"},
    .options = options,
    .needs_state = true,
    COMMAND_TEXTS(texts),
    .run = run,
};
