#include "store/alarm_record.h"

#include <string.h>

#include "store/body_table.h"

static const char *phase_name(unsigned code)
{
    return code == 0 ? "begin" : code == 1 ? "end" : NULL;
}

static bool phase_code(const char *name, unsigned *code)
{
    *code = strcmp(name, "end") == 0;
    return *code == 1 || strcmp(name, "begin") == 0;
}

static const struct body_words phases = {phase_name, phase_code, false};

#define S struct alarm_record
static const struct body_member table[] = {
    BODY_NAMED("phase", S, end, &phases),
    BODY_IF("begin", BODY_U64, S, begin, end),
    BODY("alarm", BODY_TEXT, S, kind),
    BODY_OPTIONAL("subject", BODY_TEXT, S, subject),
    BODY_OPTIONAL("detail", BODY_TEXT, S, detail),
};
#undef S

enum status alarm_record_members(const struct alarm_record *record, json_t **members,
                                 struct error *error)
{
    return body_new(table, sizeof(table) / sizeof(table[0]), record, members, error);
}

enum status alarm_record_parse(const json_t *body, struct alarm_record *record, struct error *error)
{
    bool end = false;
    enum status status = STATUS_OK;

    memset(record, 0, sizeof(*record));
    status = body_parse(table, 1, body, record, error);
    end = record->end;
    if (status == STATUS_OK)
        status = body_parse(table + 1, sizeof(table) / sizeof(table[0]) - 1, body, record, error);
    if (status == STATUS_OK && end != record->end)
        return error_set(error, STATUS_INVALID, "\"begin\" does not fit \"phase\"");
    return status;
}
