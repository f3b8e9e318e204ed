#include "store/gap_record.h"

#include <string.h>

#include "store/body_table.h"
#include "store/segment_record.h"

static const char *cause_name(unsigned code)
{
    const struct word *word = word_gap_cause((enum gap_cause)code);

    return word ? word->name : NULL;
}

static bool cause_code(const char *name, unsigned *code)
{
    const struct word *word = word_gap_cause_named(name);

    if (word)
        *code = word->code;
    return word != NULL;
}

static const struct body_words causes = {cause_name, cause_code, true};

#define S struct gap_record
static const struct body_member table[] = {
    BODY("camera", BODY_TEXT, S, camera),       BODY("start", BODY_TIME, S, start_utc_ns),
    BODY("end", BODY_TIME, S, end_utc_ns),      BODY_NAMED("cause", S, cause, &causes),
    BODY("continues", BODY_BOOL, S, continues), BODY_OPTIONAL("detail", BODY_TEXT, S, detail),
};
#undef S

enum status gap_record_members(const struct gap_record *record, json_t **members,
                               struct error *error)
{
    return body_new(table, sizeof(table) / sizeof(table[0]), record, members, error);
}

enum status gap_record_parse_any(const json_t *body, struct gap_record *record, struct error *error)
{
    enum status status = STATUS_OK;

    memset(record, 0, sizeof(*record));
    status = body_parse(table, sizeof(table) / sizeof(table[0]), body, record, error);
    if (status != STATUS_OK)
        return status;
    if (!camera_id_is_valid(record->camera))
        return error_set(error, STATUS_INVALID, "\"camera\" is not an id");
    if (record->end_utc_ns < record->start_utc_ns)
        return error_set(error, STATUS_INVALID, "\"end\" is before \"start\"");
    return STATUS_OK;
}

enum status gap_record_parse(const json_t *body, struct gap_record *record, struct error *error)
{
    enum status status = gap_record_parse_any(body, record, error);

    if (status == STATUS_OK && record->cause == 0)
        status = error_set(error, STATUS_INVALID, "\"%s\" is missing or not in its form", "cause");
    return status;
}
