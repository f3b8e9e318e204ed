/* sealroom coverage: for each camera what was recorded of a period, and each gap with its cause. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "firmware/command/coverage_survey.h"
#include "firmware/command/report.h"

#define DEFAULT_SPAN_NS NS_PER_DAY

enum {
    TEXT_NO_CAMERAS,
    TEXT_ALTERED,
    TEXT_UNEXPLAINED,
    TEXT_STEPPED,
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
    [TEXT_STEPPED] = {"the clock was set over it: see sealroom records --kind clock",
                      "时钟调整跨过此段：见 sealroom records --kind clock"},
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

static void show_camera(const struct coverage_survey *survey, struct report *report,
                        const char *camera, const struct coverage_result *result)
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

static void show_gaps(const struct invocation *invocation, const struct coverage_survey *survey)
{
    struct report *report =
        report_new(invocation, "gap", gap_columns, sizeof gap_columns / sizeof gap_columns[0]);
    if (survey->gap_count > 0 && !invocation->json) {
        putchar('\n');
        invocation_say(invocation, &texts[TEXT_GAPS]);
    }
    for (size_t i = 0; i < survey->gap_count; i++) {
        const struct coverage_gap_row *gap = &survey->gaps[i];
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

static void show_stretch(const struct invocation *invocation, const char *camera, int64_t start_ns,
                         int64_t end_ns, int text)
{
    char from[LOCAL_TIME_SIZE];
    char to[LOCAL_TIME_SIZE];
    local_time_text(from, start_ns);
    local_time_text(to, end_ns);
    invocation_warn(invocation, &texts[TEXT_STRETCH], camera, from, to,
                    text_in(&texts[text], invocation->language));
}

static void show_all(const struct invocation *invocation, struct coverage_survey *survey)
{
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
            show_stretch(invocation, survey->cameras[i].id, result.unexplained_start_ns,
                         result.unexplained_end_ns, TEXT_UNEXPLAINED);
        if (result.stepped_ns > 0)
            show_stretch(invocation, survey->cameras[i].id, result.stepped_start_ns,
                         result.stepped_end_ns, TEXT_STEPPED);
        if (result.unwritten_ns > 0)
            show_stretch(invocation, survey->cameras[i].id, survey->to_utc_ns - result.unwritten_ns,
                         survey->to_utc_ns, TEXT_UNWRITTEN);
    }
    if (report_end(report, false) == 0 && !invocation->json)
        invocation_say(invocation, &texts[TEXT_NO_CAMERAS]);
    show_gaps(invocation, survey);
    if (survey->altered > 0)
        invocation_warn(invocation, &texts[TEXT_ALTERED], survey->altered);
}

static bool read_period(const struct invocation *invocation, struct coverage_survey *survey)
{
    if (!invocation_period(invocation, &survey->from_utc_ns, &survey->to_utc_ns))
        return false;
    int64_t now_ns = clock_utc_ns();
    if (survey->to_utc_ns == 0 || survey->to_utc_ns > now_ns)
        survey->to_utc_ns = now_ns;
    if (survey->from_utc_ns == 0)
        survey->from_utc_ns = survey->to_utc_ns - DEFAULT_SPAN_NS;
    return true;
}

static int run(const struct invocation *invocation)
{
    struct error error = {0};
    const char *camera = invocation_value(invocation, "camera");
    char text[DETAIL_SIZE] = "";
    struct coverage_survey *survey = calloc(1, sizeof *survey);
    int result = COMMAND_FAILED;
    if (survey == NULL)
        return COMMAND_FAILED;
    survey->camera = camera;
    if (camera != NULL)
        snprintf(text, sizeof text, "camera=%s", camera);
    if (read_period(invocation, survey)) {
        const struct evidence_filter filter = {.from_utc_ns = survey->from_utc_ns,
                                               .to_utc_ns = survey->to_utc_ns};
        survey->evidence = evidence_open(invocation, "coverage", &filter, text);
    }
    if (survey->evidence != NULL) {
        if (!evidence_knows(survey->evidence, camera, NULL)) {
            result = COMMAND_FAILED;
        } else if (coverage_survey_gather(survey, &error) == STATUS_OK) {
            show_all(invocation, survey);
            result = COMMAND_OK;
        } else {
            result = invocation_fail(invocation, &error);
        }
    }
    evidence_close(survey->evidence);
    coverage_survey_release(survey);
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
