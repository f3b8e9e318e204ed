#include "store/expiry_record.h"

#include <string.h>

#include "store/body_table.h"

static const char *reason_name(unsigned code)
{
    return retention_reason_name((enum retention_reason)code);
}

static bool reason_code(const char *name, unsigned *code)
{
    for (unsigned i = RETENTION_AGE; i <= RETENTION_SPACE; i++) {
        if (strcmp(reason_name(i), name) == 0) {
            *code = i;
            return true;
        }
    }
    return false;
}

static const struct body_words reasons = {reason_name, reason_code, true};

#define S struct expiry_record
static const struct body_member table[] = {
    BODY("camera", BODY_TEXT, S, camera),
    BODY_NAMED("reason", S, reason, &reasons),
    BODY("video_days", BODY_COUNT, S, video_days),
};
#undef S
#define S struct expiry_segment
static const struct body_member of_segment[] = {
    BODY("record", BODY_U64, S, record),
    BODY("segment", BODY_TEXT, S, id),
    BODY("file", BODY_TEXT, S, file),
    BODY("start", BODY_TIME, S, start_utc_ns),
    BODY("end", BODY_TIME, S, end_utc_ns),
    BODY("size", BODY_U64, S, size),
    BODY("below_floor", BODY_BOOL, S, below_floor),
    BODY("root_sha256", BODY_DIGEST, S, roots.sha256),
    BODY_IF("root_sm3", BODY_DIGEST, S, roots.sm3, roots.has_sm3),
};
#undef S
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum status add_segments(const struct expiry_record *record, json_t *members,
                                struct error *error)
{
    json_t *segments = json_array();

    if (json_object_set_new(members, "segments", segments) != 0)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a record");
    for (size_t i = 0; i < record->count; i++) {
        json_t *segment = NULL;
        enum status status =
            body_new(of_segment, COUNT(of_segment), &record->segments[i], &segment, error);

        if (status != STATUS_OK)
            return status;
        if (json_array_append_new(segments, segment) != 0)
            return error_set(error, STATUS_NO_MEMORY, "no memory for a record");
    }
    return STATUS_OK;
}

enum status expiry_record_members(const struct expiry_record *record, json_t **members,
                                  struct error *error)
{
    enum status status = body_new(table, COUNT(table), record, members, error);

    if (status != STATUS_OK)
        return status;
    status = add_segments(record, *members, error);
    if (status != STATUS_OK)
        json_cleanup(members);
    return status;
}

static enum status parse_segment(const json_t *body, const char *camera,
                                 struct expiry_segment *segment, struct error *error)
{
    char file[SEGMENT_FILE_SIZE];
    enum status status = body_parse(of_segment, COUNT(of_segment), body, segment, error);

    if (status != STATUS_OK)
        return status;
    if (!segment_id_is_valid(segment->id))
        return error_set(error, STATUS_INVALID, "\"segment\" is not an id");
    segment_file_name(file, camera, segment->id);
    if (strcmp(file, segment->file) != 0)
        return error_set(error, STATUS_INVALID, "\"file\" is not the segment's");
    return STATUS_OK;
}

enum status expiry_record_parse_any(const json_t *body, struct expiry_record *record,
                                    struct error *error)
{
    const json_t *segments = json_object_get(body, "segments");
    enum status status = STATUS_OK;

    memset(record, 0, sizeof(*record));
    status = body_parse(table, COUNT(table), body, record, error);
    if (status != STATUS_OK)
        return status;
    if (!camera_id_is_valid(record->camera))
        return error_set(error, STATUS_INVALID, "\"camera\" is not an id");
    if (!json_is_array(segments) || json_array_size(segments) > RETENTION_CHOICES_MAX)
        return error_set(error, STATUS_INVALID, "\"segments\" is missing or too long");
    for (size_t i = 0; i < json_array_size(segments) && status == STATUS_OK; i++)
        status =
            parse_segment(json_array_get(segments, i), record->camera, &record->segments[i], error);
    record->count = json_array_size(segments);
    return status;
}

enum status expiry_record_parse(const json_t *body, struct expiry_record *record,
                                struct error *error)
{
    enum status status = expiry_record_parse_any(body, record, error);

    if (status == STATUS_OK && record->reason == 0)
        status = error_set(error, STATUS_INVALID, "\"%s\" is missing or not in its form", "reason");
    return status;
}
