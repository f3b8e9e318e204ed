#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "audit/finding_print.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "evidence/package_check.h"

static const struct {
    const char *name; /* in JSON */
    const char *texts[2];
} trusts[] = {
    [PACKAGE_TRUST_NONE] = {"none",
                            {"no certificate from outside that could be trusted",
                             "没有可信的外部证书可依据"}},
    [PACKAGE_TRUST_CERTIFICATE] = {"certificate",
                                   {"the certificate handed in", "依据为提供的证书"}},
    [PACKAGE_TRUST_ISSUER] = {"issuer",
                              {"a certificate issued by the one handed in",
                               "依据为由提供的证书签发的证书"}},
    [PACKAGE_TRUST_REMEMBERED] = {"remembered",
                                  {"the fingerprint that was trusted here before",
                                   "依据为此前在本机信任过的指纹"}},
    [PACKAGE_TRUST_FINGERPRINT] = {"fingerprint",
                                   {"the fingerprint handed in", "依据为提供的指纹"}},
};

/* What was handed in and did not fit, or could not be compared, is not told as nothing. */
static const char *const trust_unread[] = {
    "no certificate, for the package's cannot be read, and so what was handed in could not be "
    "compared",
    "证据包中的证书无法读取，未能与所提供的依据比对"};
static const char *const trust_other[] = {
    "the certificate or fingerprint handed in, which is another's", "与所提供的证书或指纹不符"};

static const char *trust_text(const struct package_report *report, enum language language)
{
    if (report->trust != PACKAGE_TRUST_NONE || !report->has_trust) {
        return trusts[report->trust].texts[language];
    }
    return (report->fingerprint[0] == '\0' ? trust_unread : trust_other)[language];
}

/* What is said, in its order; { English, Chinese }. */
static const char *const say_count[] = {
    "%s: %" PRIu64 " records, %" PRIu64 " more by their heads, %" PRIu64
    " clips (%.1f MB) checked, held against %s",
    "%s：已核验 %" PRIu64 " 条记录、另有 %" PRIu64 " 条仅出示记录头、%" PRIu64
    " 个视频文件（%.1f MB），%s",
};
static const char *const say_fingerprint[] = {" (SHA-256 %s)", "（SHA-256 %s）"};
static const char *const say_since[] = {" and the outside checkpoint of %" PRIu64 " records",
                                        "，以及覆盖 %" PRIu64 " 条记录的外部检查点"};
static const char *const say_no_since[] = {" and no checkpoint from outside", "，没有外部检查点"};
static const char *const say_end[] = {".", "。"};
static const char *const say_request[] = {
    "asked for by record %" PRIu64 ", %s: from %s to %s; purpose: %s; case: %s\n",
    "由记录 %" PRIu64 " 请求，%s：自 %s 至 %s；用途：%s；案号：%s\n",
};

static const char *const say_digest[] = {"the package's digest: %s\n", "证据包摘要：%s\n"};

static enum status make_sentence(const struct package_report *report, enum language language,
                                 struct buffer *text)
{
    enum status status = buffer_append_format(
        text, say_count[language], audit_verdict_text(report->verdict, language), report->records,
        report->heads, report->clips, (double)report->clip_bytes / 1e6,
        trust_text(report, language));
    if (status == STATUS_OK && report->fingerprint[0] != '\0') {
        status = buffer_append_format(text, say_fingerprint[language], report->fingerprint);
    }
    if (status == STATUS_OK && report->has_since) {
        status = buffer_append_format(text, say_since[language], report->since.size);
    } else if (status == STATUS_OK) {
        status = buffer_append_text(text, say_no_since[language]);
    }
    return status == STATUS_OK ? buffer_append_text(text, say_end[language]) : status;
}

/* What was asked for: whoever reads a verdict must know of what. */
static void print_request(FILE *out, const struct package_report *report, enum language language)
{
    char from[LOCAL_TIME_SIZE];
    char to[LOCAL_TIME_SIZE];
    char uid[sizeof "uid 4294967295"];
    (void)snprintf(uid, sizeof uid, "uid %" PRIu32, report->uid);
    char *account = utf8_visible(report->account[0] != '\0' ? report->account : uid);
    char *purpose = utf8_visible(report->purpose);
    char *case_number = utf8_visible(report->case_number);
    local_time_text(from, report->from_utc_ns);
    local_time_text(to, report->to_utc_ns);
    (void)fprintf(out, say_request[language], report->request, account != NULL ? account : "", from,
                  to, purpose != NULL ? purpose : "", case_number != NULL ? case_number : "");
    free(account);
    free(purpose);
    free(case_number);
}

static enum status finish(FILE *out)
{
    return fflush(out) == 0 && ferror(out) == 0 ? STATUS_OK : STATUS_IO;
}

enum status package_print_text(FILE *out, const struct package_report *report,
                               enum language language)
{
    struct buffer sentence = {0};
    findings_print_text(out, &report->findings, language);
    if (report->has_request) {
        print_request(out, report, language);
    }
    if (report->digest[0] != '\0') {
        char digest[HEX_GROUPED_SIZE];
        hex_grouped(digest, report->digest);
        (void)fprintf(out, say_digest[language], digest);
    }
    enum status status = make_sentence(report, language, &sentence);
    if (status == STATUS_OK) {
        (void)fprintf(out, "%.*s\n", (int)sentence.size, (const char *)sentence.data);
    }
    buffer_release(&sentence);
    return status == STATUS_OK ? finish(out) : status;
}

static json_t *verdict_object(const struct package_report *report, const struct buffer *sentence)
{
    bool has_checkpoint = report->has_checkpoint;
    return json_pack(
        "{s:s, s:s, s:i, s:s%, s:s, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, "
        "s:o*, "
        "s:o*, s:o*, s:o*, s:I, s:I, s:I, s:I, s:I, s:I}",
        "type", "verdict", "verdict", audit_verdict_name(report->verdict), "exit_code",
        audit_exit_code(report->verdict), "text", (const char *)sentence->data, sentence->size,
        "trust", trusts[report->trust].name, "fingerprint", json_text_or_null(report->fingerprint),
        "suite", json_text_or_null(report->suite), "package", json_text_or_null(report->digest),
        "origin", json_text_or_null(report->checkpoint.origin), "checkpoint_size",
        json_number_or_null(has_checkpoint, report->checkpoint.size), "checkpoint_root",
        has_checkpoint ? json_digest(&report->checkpoint.root) : NULL, "since_size",
        json_number_or_null(report->has_since, report->since.size), "request",
        json_number_or_null(report->has_request, report->request), "uid",
        json_number_or_null(report->has_request, report->uid), "account",
        json_text_or_null(report->account), "purpose", json_text_or_null(report->purpose), "case",
        json_text_or_null(report->case_number), "from", json_time_or_null(report->from_utc_ns),
        "to", json_time_or_null(report->to_utc_ns), "records", (json_int_t)report->records, "heads",
        (json_int_t)report->heads, "clips", (json_int_t)report->clips, "segments",
        (json_int_t)report->segments, "bytes", (json_int_t)report->clip_bytes, "not_listed",
        (json_int_t)report->findings.dropped);
}

enum status package_print_json(FILE *out, const struct package_report *report)
{
    struct buffer sentence = {0};
    enum status status = make_sentence(report, LANGUAGE_ENGLISH, &sentence);
    if (status == STATUS_OK) {
        status = findings_print_json(out, &report->findings);
    }
    if (status == STATUS_OK) {
        status = json_print_line(out, verdict_object(report, &sentence));
    }
    buffer_release(&sentence);
    return status == STATUS_OK ? finish(out) : status;
}
