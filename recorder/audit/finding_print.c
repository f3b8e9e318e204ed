#include "audit/finding_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

void findings_print_text(FILE *out, const struct findings *findings, enum language language)
{
    for (size_t i = 0; i < findings->count; i++) {
        print_finding(out, &findings->list[i], language);
    }
    if (findings->dropped > 0) {
        (void)fprintf(out, "… %" PRIu64 " %s\n", findings->dropped, word_dropped[language]);
    }
}

/* JSON: numbers are numbers, and what there is not is left out, as in every other command. */

json_t *json_number_or_null(bool has, uint64_t value)
{
    return has ? json_integer((json_int_t)value) : NULL;
}

json_t *json_time_or_null(int64_t utc_ns)
{
    return utc_ns != 0 ? json_time(utc_ns) : NULL;
}

json_t *json_text_or_null(const char *text)
{
    return text[0] != '\0' ? json_string(text) : NULL;
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
    return json_text_or_null(finding->cause != NULL ? finding->cause->name : finding->detail);
}

enum status json_print_line(FILE *out, json_t *object)
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
    return json_pack("{s:s, s:s, s:s, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:s, s:o*}",
                     "type", "finding", "class", finding_class_name(fault_class(finding->fault)),
                     "fault", fault_name(finding->fault), "record",
                     json_number_or_null(finding->has_record, finding->record), "record_last",
                     json_number_or_null(finding->has_record, finding->record_last), "file",
                     json_text_or_null(finding->file), "from_byte",
                     json_number_or_null(finding->has_bytes, finding->from_byte), "to_byte",
                     json_number_or_null(finding->has_bytes, finding->to_byte), "source",
                     json_text_or_null(subject), "from", json_time_or_null(finding->from_utc_ns),
                     "to", json_time_or_null(finding->to_utc_ns), "text",
                     fault_text(finding->fault, LANGUAGE_ENGLISH), "detail",
                     remark_or_null(finding));
}

enum status findings_print_json(FILE *out, const struct findings *findings)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < findings->count && status == STATUS_OK; i++) {
        status = json_print_line(out, finding_object(&findings->list[i]));
    }
    return status;
}
