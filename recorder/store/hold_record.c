#include "store/hold_record.h"

#include <string.h>

#include "store/body_table.h"

static const char *action_name(unsigned code)
{
    return code == 0 ? "set" : code == 1 ? "release" : NULL;
}

static bool action_code(const char *name, unsigned *code)
{
    *code = strcmp(name, "release") == 0;
    return *code == 1 || strcmp(name, "set") == 0;
}

static const struct body_words actions = {action_name, action_code, false};

#define S struct hold_record
static const struct body_member common[] = {
    BODY_NAMED("action", S, release, &actions),
    BODY("reason", BODY_TEXT, S, reason),
    BODY("by", BODY_TEXT, S, by),
    BODY_OPTIONAL("second", BODY_TEXT, S, second),
};
static const struct body_member of_set[] = {
    BODY("from", BODY_TIME, S, from_utc_ns),
    BODY("to", BODY_TIME, S, to_utc_ns),
    BODY_OPTIONAL("cameras", BODY_TEXT, S, cameras),
    BODY_OPTIONAL("doors", BODY_TEXT, S, doors),
};
static const struct body_member of_release[] = {
    BODY("hold", BODY_U64, S, hold),
};
#undef S
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum status hold_record_members(const struct hold_record *record, json_t **members,
                                struct error *error)
{
    enum status status = body_new(common, COUNT(common), record, members, error);

    if (status != STATUS_OK)
        return status;
    if (record->release)
        status = body_make(of_release, COUNT(of_release), record, *members, error);
    else
        status = body_make(of_set, COUNT(of_set), record, *members, error);
    if (status != STATUS_OK)
        json_cleanup(members);
    return status;
}

enum status hold_record_parse(const json_t *body, struct hold_record *record, struct error *error)
{
    enum status status = STATUS_OK;

    memset(record, 0, sizeof(*record));
    status = body_parse(common, COUNT(common), body, record, error);
    if (status != STATUS_OK)
        return status;
    if (record->release)
        return body_parse(of_release, COUNT(of_release), body, record, error);
    status = body_parse(of_set, COUNT(of_set), body, record, error);
    if (status == STATUS_OK && record->to_utc_ns <= record->from_utc_ns)
        return error_set(error, STATUS_INVALID, "\"to\" is not after \"from\"");
    return status;
}
