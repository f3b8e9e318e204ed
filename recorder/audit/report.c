#include <jansson.h>

#include "audit/audit.h"
#include "audit/finding_print.h"
#include "base/clock.h"

static enum status finish(FILE *out)
{
    return fflush(out) == 0 && ferror(out) == 0 ? STATUS_OK : STATUS_IO;
}

enum status audit_print_text(FILE *out, const struct audit_report *report, enum language language)
{
    struct buffer sentence = {0};
    findings_print_text(out, &report->findings, language);
    enum status status = audit_sentence(report, language, local_time_text, &sentence);
    if (status == STATUS_OK) {
        (void)fprintf(out, "%.*s\n", (int)sentence.size, (const char *)sentence.data);
    }
    buffer_release(&sentence);
    return status == STATUS_OK ? finish(out) : status;
}

/* A list of the one id, so that more can be asked for one day. */
static json_t *list_or_null(const char *id)
{
    return id[0] != '\0' ? json_pack("[s]", id) : NULL;
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
        "trust", trust_names[report->trust], "fingerprint", json_text_or_null(report->fingerprint),
        "suite", json_text_or_null(report->suite), "origin",
        json_text_or_null(report->newest.origin), "checkpoint_size",
        json_number_or_null(report->has_newest, report->newest.size), "checkpoint_root",
        report->has_newest ? json_digest(&report->newest.root) : NULL, "since_size",
        json_number_or_null(report->has_since, report->since.size), "from",
        json_time_or_null(report->from_utc_ns), "to", json_time_or_null(report->to_utc_ns),
        "cameras", list_or_null(report->camera), "doors", list_or_null(report->door), "live",
        report->live, "records", (json_int_t)(report->records), "checkpoints",
        (json_int_t)(report->checkpoints), "segments", (json_int_t)(report->segments), "bytes",
        (json_int_t)(report->segment_bytes), "expired", (json_int_t)(report->expired),
        "bodies_expired", (json_int_t)(report->bodies_expired), "gaps", (json_int_t)(report->gaps),
        "not_listed", (json_int_t)(report->findings.dropped));
}

enum status audit_print_json(FILE *out, const struct audit_report *report)
{
    struct buffer sentence = {0};
    enum status status = audit_sentence(report, LANGUAGE_ENGLISH, time_format, &sentence);
    if (status == STATUS_OK) {
        status = findings_print_json(out, &report->findings);
    }
    if (status == STATUS_OK) {
        status = json_print_line(out, verdict_object(report, &sentence));
    }
    buffer_release(&sentence);
    return status == STATUS_OK ? finish(out) : status;
}
