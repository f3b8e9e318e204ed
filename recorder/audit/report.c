#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/clock.h"
#include "phrase/phrase.h"

static const char *const class_marks[][2] = {
    [FINDING_NOTE] = {"note", "提示"},
    [FINDING_INCOMPLETE] = {"incomplete", "不完整"},
    [FINDING_CANNOT_TELL] = {"cannot tell", "无法判定"},
    [FINDING_ALTERED] = {"ALTERED", "已被更改"},
};

/* Words of a line; { English, Chinese }. */
static const char *const word_record[] = {"record", "记录"};
static const char *const word_records[] = {"records", "记录"};
static const char *const word_bytes[] = {"bytes", "字节"};
static const char *const word_between[] = {"between", "时间"};
static const char *const word_segments[] = {"segments", "个录像片段"};
static const char *const word_bodies[] = {"bodies", "条记录正文"};
static const char *const word_dropped[] = {"further findings are not listed", "项未列出"};

static const char *const mark_comma[] = {", ", "，"};
static const char *const mark_colon[] = {": ", "："};
static const char *const mark_open[] = {" (", "（"};
static const char *const mark_close[] = {")", "）"};

static void print_time(FILE *out, const struct finding *finding, enum language language)
{
    char from[LOCAL_TIME_SIZE] = "…";
    char to[LOCAL_TIME_SIZE] = "…";
    if (finding->from_utc_ns == 0 && finding->to_utc_ns == 0) {
        return;
    }
    if (finding->from_utc_ns != 0) {
        local_time_text(from, finding->from_utc_ns);
    }
    if (finding->to_utc_ns != 0) {
        local_time_text(to, finding->to_utc_ns);
    }
    if (strcmp(from, to) == 0) {
        (void)fprintf(out, "%s%s", mark_comma[language], from);
    } else {
        (void)fprintf(out, "%s%s %s – %s", mark_comma[language], word_between[language], from, to);
    }
}

static void print_place(FILE *out, const struct finding *finding, enum language language)
{
    const char *comma = "  ";
    if (finding->has_record && finding->record == finding->record_last) {
        (void)fprintf(out, "%s%s %" PRIu64, comma, word_record[language], finding->record);
        comma = mark_comma[language];
    } else if (finding->has_record) {
        (void)fprintf(out, "%s%s %" PRIu64 "–%" PRIu64, comma, word_records[language],
                      finding->record, finding->record_last);
        comma = mark_comma[language];
    }
    if (finding->file[0] != '\0') {
        (void)fprintf(out, "%s%s", comma, finding->file);
        comma = mark_comma[language];
    }
    if (finding->has_bytes) {
        (void)fprintf(out, "%s%s %" PRIu64 "–%" PRIu64, comma, word_bytes[language],
                      finding->from_byte, finding->to_byte > 0 ? finding->to_byte - 1 : 0);
        comma = mark_comma[language];
    }
    if (finding->subject[0] != '\0') {
        (void)fprintf(out, "%s%s", comma, finding->subject);
    }
    print_time(out, finding, language);
}

static void print_count(FILE *out, uint64_t count, const char *const word[], enum language language)
{
    if (count > 0) {
        (void)fprintf(out, "%s%" PRIu64 " %s%s", mark_open[language], count, word[language],
                      mark_close[language]);
    }
}

/* What the fault leaves open: for people in their language. */
static void print_remark(FILE *out, const struct finding *finding, enum language language)
{
    char shown[PHRASE_SIZE];
    print_count(out, finding->segments, word_segments, language);
    print_count(out, finding->bodies, word_bodies, language);
    const char *remark = finding->cause != NULL
                             ? word_text(finding->cause, language)
                             : phrase_in(finding->detail, language, shown, sizeof shown);
    if (remark[0] != '\0') {
        (void)fprintf(out, "%s%s%s", mark_open[language], remark, mark_close[language]);
    }
}

static void print_finding(FILE *out, const struct finding *finding, enum language language)
{
    (void)fprintf(out, "%s%s%s", class_marks[fault_class(finding->fault)][language],
                  mark_colon[language], fault_text(finding->fault, language));
    print_remark(out, finding, language);
    (void)fputc('\n', out);
    print_place(out, finding, language);
    (void)fputc('\n', out);
}

static enum status finish(FILE *out)
{
    return fflush(out) == 0 && ferror(out) == 0 ? STATUS_OK : STATUS_IO;
}

enum status audit_print_text(FILE *out, const struct audit_report *report, enum language language)
{
    struct buffer sentence = {0};
    for (size_t i = 0; i < report->findings.count; i++) {
        print_finding(out, &report->findings.list[i], language);
    }
    if (report->findings.dropped > 0) {
        (void)fprintf(out, "… %" PRIu64 " %s\n", report->findings.dropped, word_dropped[language]);
    }
    enum status status = audit_sentence(report, language, local_time_text, &sentence);
    if (status == STATUS_OK) {
        (void)fprintf(out, "%.*s\n", (int)sentence.size, (const char *)sentence.data);
    }
    buffer_release(&sentence);
    return status == STATUS_OK ? finish(out) : status;
}

/* JSON: numbers are numbers, and what there is not is left out, as in every other command. */

static json_t *number_or_null(bool has, uint64_t value)
{
    return has ? json_integer((json_int_t)value) : NULL;
}

static json_t *time_or_null(int64_t utc_ns)
{
    return utc_ns != 0 ? json_time(utc_ns) : NULL;
}

static json_t *text_or_null(const char *text)
{
    return text[0] != '\0' ? json_string(text) : NULL;
}

/* A list of the one id, so that more can be asked for one day. */
static json_t *list_or_null(const char *id)
{
    return id[0] != '\0' ? json_pack("[s]", id) : NULL;
}

/* And for scripts by the words that stand in records. */
static json_t *remark_or_null(const struct finding *finding)
{
    if (finding->segments > 0) {
        return json_sprintf("%" PRIu64 " segments", finding->segments);
    }
    if (finding->bodies > 0) {
        return json_sprintf("%" PRIu64 " bodies", finding->bodies);
    }
    return text_or_null(finding->cause != NULL ? finding->cause->name : finding->detail);
}

static enum status print_object(FILE *out, json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (text == NULL) {
        return STATUS_NO_MEMORY;
    }
    (void)fprintf(out, "%s\n", text);
    free(text);
    return STATUS_OK;
}

static json_t *finding_object(const struct finding *finding)
{
    const char *subject = finding->subject;
    return json_pack(
        "{s:s, s:s, s:s, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:s, s:o*}", "type",
        "finding", "class", finding_class_name(fault_class(finding->fault)), "fault",
        fault_name(finding->fault), "record", number_or_null(finding->has_record, finding->record),
        "record_last", number_or_null(finding->has_record, finding->record_last), "file",
        text_or_null(finding->file), "from_byte",
        number_or_null(finding->has_bytes, finding->from_byte), "to_byte",
        number_or_null(finding->has_bytes, finding->to_byte), "source", text_or_null(subject),
        "from", time_or_null(finding->from_utc_ns), "to", time_or_null(finding->to_utc_ns), "text",
        fault_text(finding->fault, LANGUAGE_ENGLISH), "detail", remark_or_null(finding));
}

static const char *const trust_names[] = {
    [AUDIT_TRUST_NONE] = "none",
    [AUDIT_TRUST_OWN] = "own",
    [AUDIT_TRUST_GIVEN] = "given",
    [AUDIT_TRUST_ISSUER] = "issuer",
};

static json_t *verdict_object(const struct audit_report *report, const struct buffer *sentence)
{
    return json_pack(
        "{s:s, s:s, s:i, s:s%, s:s, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, "
        "s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
        "type", "verdict", "verdict", audit_verdict_name(report->verdict), "exit_code",
        audit_exit_code(report->verdict), "text", (const char *)sentence->data, sentence->size,
        "trust", trust_names[report->trust], "fingerprint", text_or_null(report->fingerprint),
        "suite", text_or_null(report->suite), "origin", text_or_null(report->newest.origin),
        "checkpoint_size", number_or_null(report->has_newest, report->newest.size),
        "checkpoint_root", report->has_newest ? json_digest(&report->newest.root) : NULL,
        "since_size", number_or_null(report->has_since, report->since.size), "from",
        time_or_null(report->from_utc_ns), "to", time_or_null(report->to_utc_ns), "cameras",
        list_or_null(report->camera), "doors", list_or_null(report->door), "live", report->live,
        "records", (json_int_t)(report->records), "checkpoints", (json_int_t)(report->checkpoints),
        "segments", (json_int_t)(report->segments), "bytes", (json_int_t)(report->segment_bytes),
        "expired", (json_int_t)(report->expired), "bodies_expired",
        (json_int_t)(report->bodies_expired), "gaps", (json_int_t)(report->gaps), "not_listed",
        (json_int_t)(report->findings.dropped));
}

enum status audit_print_json(FILE *out, const struct audit_report *report)
{
    struct buffer sentence = {0};
    enum status status = audit_sentence(report, LANGUAGE_ENGLISH, time_format, &sentence);
    for (size_t i = 0; i < report->findings.count && status == STATUS_OK; i++) {
        status = print_object(out, finding_object(&report->findings.list[i]));
    }
    if (status == STATUS_OK) {
        status = print_object(out, verdict_object(report, &sentence));
    }
    buffer_release(&sentence);
    return status == STATUS_OK ? finish(out) : status;
}
