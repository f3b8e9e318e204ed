#include "store/export_record.h"

#include <string.h>

#include "store/body_table.h"

#define LIST "sources"

#define S struct export_record
static const struct body_member table[] = {
    BODY("uid", BODY_COUNT, S, uid),
    BODY("process", BODY_COUNT, S, process),
    BODY_OPTIONAL("account", BODY_TEXT, S, account),
    BODY_OPTIONAL("person", BODY_TEXT, S, person),
    BODY_OPTIONAL("second", BODY_TEXT, S, second),
    BODY("from", BODY_TIME, S, from_utc_ns),
    BODY("to", BODY_TIME, S, to_utc_ns),
    BODY_OPTIONAL("doors", BODY_TEXT, S, doors),
    BODY("purpose", BODY_TEXT, S, purpose),
    BODY("case", BODY_TEXT, S, case_number),
    BODY_OPTIONAL("medium", BODY_TEXT, S, medium),
};
#undef S
#define S struct export_source
static const struct body_member of_source[] = {
    BODY("source", BODY_TEXT, S, source),
    BODY("latest", BODY_U64, S, latest),
};
#undef S
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool export_record_is(const json_t *body)
{
    const char *action = json_get_text(body, "action");
    return action != NULL && strcmp(action, EXPORT_ACTION) == 0;
}

static enum status add_sources(const struct export_record *record, json_t *members,
                               struct error *error)
{
    json_t *sources = json_array();
    if (json_object_set_new(members, LIST, sources) != 0) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a record");
    }
    for (size_t i = 0; i < record->count; i++) {
        json_t *source = NULL;
        enum status status =
            body_new(of_source, COUNT(of_source), &record->sources[i], &source, error);
        if (status != STATUS_OK) {
            return status;
        }
        if (json_array_append_new(sources, source) != 0) {
            return error_set(error, STATUS_NO_MEMORY, "no memory for a record");
        }
    }
    return STATUS_OK;
}

enum status export_record_members(const struct export_record *record, json_t **members,
                                  struct error *error)
{
    enum status status = body_new(table, COUNT(table), record, members, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (json_object_set_new(*members, "action", json_string(EXPORT_ACTION)) != 0) {
        status = error_set(error, STATUS_NO_MEMORY, "no memory for a record");
    }
    if (status == STATUS_OK) {
        status = add_sources(record, *members, error);
    }
    if (status != STATUS_OK) {
        json_decref(*members);
        *members = NULL;
    }
    return status;
}

static enum status parse_sources(const json_t *sources, struct export_record *record,
                                 struct error *error)
{
    record->count = json_array_size(sources);
    if (record->count == 0 || record->count > EXPORT_SOURCES_MAX) {
        return error_set(error, STATUS_INVALID, "\"sources\" is missing, empty or too long");
    }
    for (size_t i = 0; i < record->count; i++) {
        enum status status = body_parse(of_source, COUNT(of_source), json_array_get(sources, i),
                                        &record->sources[i], error);
        if (status != STATUS_OK) {
            return status;
        }
        if (i > 0 && strcmp(record->sources[i - 1].source, record->sources[i].source) >= 0) {
            return error_set(error, STATUS_INVALID, "\"sources\" is not in order");
        }
    }
    return STATUS_OK;
}

enum status export_record_parse(const json_t *body, struct export_record *record,
                                struct error *error)
{
    memset(record, 0, sizeof(*record));
    if (!export_record_is(body)) {
        return error_set(error, STATUS_INVALID, "it is no request for a package");
    }
    enum status status = body_parse(table, COUNT(table), body, record, error);
    if (status == STATUS_OK && record->to_utc_ns <= record->from_utc_ns) {
        status = error_set(error, STATUS_INVALID, "\"to\" is not after \"from\"");
    }
    return status == STATUS_OK ? parse_sources(json_object_get(body, LIST), record, error) : status;
}
