#include "store/body_expiry_record.h"

#include <string.h>

#include "store/body_table.h"
#include "store/retention.h"

#define LIST "records"

#define S struct body_expiry_record
static const struct body_member table[] = {
    BODY("record_days", BODY_COUNT, S, record_days),
};
#undef S
#define S struct body_range
static const struct body_member of_range[] = {
    BODY("first", BODY_U64, S, first),
    BODY("last", BODY_U64, S, last),
};
#undef S
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool body_expiry_record_is(const json_t *body)
{
    return json_object_get(body, LIST) != NULL;
}

static enum status add_ranges(const struct body_expiry_record *record, json_t *members,
                              struct error *error)
{
    json_t *ranges = json_array();

    if (json_object_set_new(members, LIST, ranges) != 0)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a record");
    for (size_t i = 0; i < record->count; i++) {
        json_t *range = NULL;
        enum status status = body_new(of_range, COUNT(of_range), &record->ranges[i], &range, error);

        if (status != STATUS_OK)
            return status;
        if (json_array_append_new(ranges, range) != 0)
            return error_set(error, STATUS_NO_MEMORY, "no memory for a record");
    }
    return STATUS_OK;
}

enum status body_expiry_record_members(const struct body_expiry_record *record, json_t **members,
                                       struct error *error)
{
    enum status status = body_new(table, COUNT(table), record, members, error);

    if (status != STATUS_OK)
        return status;
    if (json_object_set_new(*members, "reason",
                            json_string(retention_reason_name(RETENTION_AGE))) != 0)
        status = error_set(error, STATUS_NO_MEMORY, "no memory for a record");
    if (status == STATUS_OK)
        status = add_ranges(record, *members, error);
    if (status != STATUS_OK)
        json_cleanup(members);
    return status;
}

/* Bodies go for their age and nothing else. */
static bool is_for_age(const json_t *body)
{
    const char *reason = json_get_text(body, "reason");

    return reason && strcmp(reason, retention_reason_name(RETENTION_AGE)) == 0;
}

static enum status parse_ranges(const json_t *ranges, struct body_expiry_record *record,
                                struct error *error)
{
    for (size_t i = 0; i < json_array_size(ranges); i++) {
        struct body_range *range = &record->ranges[i];
        enum status status =
            body_parse(of_range, COUNT(of_range), json_array_get(ranges, i), range, error);

        if (status != STATUS_OK)
            return status;
        if (range->last < range->first ||
            (i > 0 && (range->first <= range[-1].last || range->first - range[-1].last < 2)))
            return error_set(error, STATUS_INVALID, "\"records\" is not in order");
    }
    record->count = json_array_size(ranges);
    return STATUS_OK;
}

enum status body_expiry_record_parse_any(const json_t *body, struct body_expiry_record *record,
                                         struct error *error)
{
    const json_t *ranges = json_object_get(body, LIST);
    const char *reason = json_get_text(body, "reason");
    enum status status = STATUS_OK;

    memset(record, 0, sizeof(*record));
    status = body_parse(table, COUNT(table), body, record, error);
    if (status != STATUS_OK)
        return status;
    if (!reason || !word_is_formed(reason))
        return error_set(error, STATUS_INVALID, "\"%s\" is missing or not in its form", "reason");
    if (!json_is_array(ranges) || json_array_size(ranges) == 0 ||
        json_array_size(ranges) > BODY_RANGES_MAX)
        return error_set(error, STATUS_INVALID, "\"records\" is missing, empty or too long");
    return parse_ranges(ranges, record, error);
}

enum status body_expiry_record_parse(const json_t *body, struct body_expiry_record *record,
                                     struct error *error)
{
    enum status status = body_expiry_record_parse_any(body, record, error);

    if (status == STATUS_OK && !is_for_age(body))
        status = error_set(error, STATUS_INVALID, "\"reason\" is not age");
    return status;
}
