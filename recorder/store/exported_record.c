#include "store/exported_record.h"

#include <string.h>

#include "store/body_table.h"

static const char *outcome_name(unsigned code)
{
    static const char *const names[] = {"failed", "done"};
    return code < sizeof names / sizeof names[0] ? names[code] : NULL;
}

static bool outcome_code(const char *name, unsigned *code)
{
    for (*code = 0; outcome_name(*code) != NULL; ++*code) {
        if (strcmp(name, outcome_name(*code)) == 0) {
            return true;
        }
    }
    return false;
}

static const struct body_words outcomes = {outcome_name, outcome_code, false};

#define S struct exported_record
static const struct body_member table[] = {
    BODY("uid", BODY_COUNT, S, uid),
    BODY("process", BODY_COUNT, S, process),
    BODY("request", BODY_U64, S, request),
    BODY_NAMED("outcome", S, done, &outcomes),
    BODY_IF("package", BODY_DIGEST, S, package, done),
    BODY_IF("size", BODY_U64, S, size, done),
    BODY_OPTIONAL("encrypted_size", BODY_U64, S, encrypted_size),
    BODY_IF("records", BODY_COUNT, S, records, done),
    BODY_IF("clips", BODY_COUNT, S, clips, done),
    BODY_OPTIONAL("detail", BODY_TEXT, S, detail),
};
#undef S
#define COUNT (sizeof table / sizeof table[0])

bool exported_record_is(const json_t *body)
{
    const char *action = json_get_text(body, "action");
    return action != NULL && strcmp(action, EXPORTED_ACTION) == 0;
}

enum status exported_record_members(const struct exported_record *record, json_t **members,
                                    struct error *error)
{
    enum status status = body_new(table, COUNT, record, members, error);
    if (status == STATUS_OK &&
        json_object_set_new(*members, "action", json_string(EXPORTED_ACTION)) != 0) {
        json_decref(*members);
        *members = NULL;
        status = error_set(error, STATUS_NO_MEMORY, "no memory for a record");
    }
    return status;
}

enum status exported_record_parse(const json_t *body, struct exported_record *record,
                                  struct error *error)
{
    memset(record, 0, sizeof(*record));
    if (!exported_record_is(body)) {
        return error_set(error, STATUS_INVALID, "it is not what became of a request");
    }
    return body_parse(table, COUNT, body, record, error);
}
