#include "audit/verdict.h"

#include <inttypes.h>
#include <string.h>

void verdict_reach(struct audit_report *report)
{
    report->verdict = audit_verdict_of(&report->findings);
}

static const char *const trust_texts[][2] = {
    [AUDIT_TRUST_NONE] = {"no certificate that could be trusted", "没有可信证书可依据"},
    [AUDIT_TRUST_OWN] = {"this machine's own certificate", "依据为本机自身证书"},
    [AUDIT_TRUST_GIVEN] = {"the certificate handed in", "依据为提供的证书"},
    [AUDIT_TRUST_ISSUER] = {"a certificate issued by the one handed in",
                            "依据为由提供的证书签发的证书"},
};

static bool is_limited(const struct audit_report *report)
{
    return report->camera[0] != '\0' || report->door[0] != '\0' || report->from_utc_ns != 0 ||
           report->to_utc_ns != 0;
}

/* { English, Chinese } */
static const struct {
    const char *begin;
    const char *camera;
    const char *door;
    const char *from;
    const char *to;
    const char *nothing;
} limit_texts[] = {
    [LANGUAGE_ENGLISH] = {"; the video was limited: ", "camera %s", "the cameras of door %s",
                          "from %s", "to %s", ", and no segment there was checked"},
    [LANGUAGE_CHINESE] = {"；录像范围：", "摄像机 %s", "门 %s 的摄像机", "自 %s 起", "至 %s 止",
                          "，其中没有核验到任何录像片段"},
};

/* What the verdict's video was limited to: a verdict on a part must not pass for one on all. */
static enum status append_limits(const struct audit_report *report, enum language language,
                                 void (*say_time)(char *text, int64_t utc_ns), struct buffer *text)
{
    char from[LOCAL_TIME_SIZE] = "";
    char to[LOCAL_TIME_SIZE] = "";
    if (!is_limited(report)) {
        return STATUS_OK;
    }
    if (report->from_utc_ns != 0) {
        say_time(from, report->from_utc_ns);
    }
    if (report->to_utc_ns != 0) {
        say_time(to, report->to_utc_ns);
    }
    const char *const parts[][2] = {
        {limit_texts[language].camera, report->camera},
        {limit_texts[language].door, report->door},
        {limit_texts[language].from, from},
        {limit_texts[language].to, to},
    };
    const char *comma = language == LANGUAGE_CHINESE ? "，" : ", ";
    size_t said = 0;
    enum status status = buffer_append_text(text, limit_texts[language].begin);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && status == STATUS_OK; i++) {
        const char *place = strstr(parts[i][0], "%s");
        if (parts[i][1][0] != '\0') {
            status = buffer_append_format(text, "%s%.*s%s%s", said > 0 ? comma : "",
                                          (int)(place - parts[i][0]), parts[i][0], parts[i][1],
                                          place + 2);
            said++;
        }
    }
    return status == STATUS_OK && report->segments == 0
               ? buffer_append_text(text, limit_texts[language].nothing)
               : status;
}

static enum status append_english(const struct audit_report *report,
                                  void (*say_time)(char *text, int64_t utc_ns), struct buffer *text)
{
    enum status status = buffer_append_format(
        text,
        "%s: %" PRIu64 " records, %" PRIu64 " video segments (%.1f MB) checked, held against %s",
        audit_verdict_text(report->verdict, LANGUAGE_ENGLISH), report->records, report->segments,
        (double)report->segment_bytes / 1e6, trust_texts[report->trust][0]);
    if (status == STATUS_OK && report->fingerprint[0] != '\0') {
        status = buffer_append_format(text, " (SHA-256 %s)", report->fingerprint);
    }
    if (status == STATUS_OK && report->has_since) {
        status = buffer_append_format(text, " and the outside checkpoint of %" PRIu64 " records",
                                      report->since.size);
    } else if (status == STATUS_OK) {
        status = buffer_append_text(text, " and no checkpoint from outside");
    }
    status = status == STATUS_OK ? append_limits(report, LANGUAGE_ENGLISH, say_time, text) : status;
    return status == STATUS_OK ? buffer_append_text(text, ".") : status;
}

static enum status append_chinese(const struct audit_report *report,
                                  void (*say_time)(char *text, int64_t utc_ns), struct buffer *text)
{
    enum status status = buffer_append_format(
        text, "%s：已核验 %" PRIu64 " 条记录、%" PRIu64 " 段录像（%.1f MB），%s",
        audit_verdict_text(report->verdict, LANGUAGE_CHINESE), report->records, report->segments,
        (double)report->segment_bytes / 1e6, trust_texts[report->trust][1]);
    if (status == STATUS_OK && report->fingerprint[0] != '\0') {
        status = buffer_append_format(text, "（SHA-256 %s）", report->fingerprint);
    }
    if (status == STATUS_OK && report->has_since) {
        status = buffer_append_format(text, "，以及覆盖 %" PRIu64 " 条记录的外部检查点",
                                      report->since.size);
    } else if (status == STATUS_OK) {
        status = buffer_append_text(text, "，没有外部检查点");
    }
    status = status == STATUS_OK ? append_limits(report, LANGUAGE_CHINESE, say_time, text) : status;
    return status == STATUS_OK ? buffer_append_text(text, "。") : status;
}

enum status audit_sentence(const struct audit_report *report, enum language language,
                           void (*say_time)(char *text, int64_t utc_ns), struct buffer *text)
{
    return language == LANGUAGE_CHINESE ? append_chinese(report, say_time, text)
                                        : append_english(report, say_time, text);
}
