#include "store/segment_record.h"

#include <stdio.h>
#include <string.h>

#include "store/body_table.h"

static const char *const cut_names[] = {
    [CUT_FIRST] = "first",
    [CUT_TIME] = "time",
    [CUT_PARAMETERS] = "parameters",
    [CUT_CLOCK] = "clock",
    [CUT_DISCONTINUITY] = "discontinuity",
    [CUT_SEAL] = "seal",
};

const char *cut_reason_name(enum cut_reason reason)
{
    size_t index = (size_t)reason;

    return index < sizeof(cut_names) / sizeof(cut_names[0]) ? cut_names[index] : NULL;
}

static const char *cut_name(unsigned code)
{
    return cut_reason_name((enum cut_reason)code);
}

static bool cut_code(const char *name, unsigned *code)
{
    for (unsigned i = CUT_FIRST; i < sizeof(cut_names) / sizeof(cut_names[0]); i++) {
        if (strcmp(cut_names[i], name) == 0) {
            *code = i;
            return true;
        }
    }
    return false;
}

static const char *quality_name(unsigned code)
{
    return code == CLOCK_SYNCED ? "synced" : code == CLOCK_UNSYNCED ? "unsynced" : NULL;
}

static bool quality_code(const char *name, unsigned *code)
{
    *code = strcmp(name, "synced") == 0 ? CLOCK_SYNCED : CLOCK_UNSYNCED;
    return *code == CLOCK_SYNCED || strcmp(name, "unsynced") == 0;
}

static const struct body_words cut_words = {cut_name, cut_code, true};
static const struct body_words quality_words = {quality_name, quality_code, false};

#define S struct segment_record
static const struct body_member table[] = {
    BODY("camera", BODY_TEXT, S, camera),
    BODY("segment", BODY_TEXT, S, id),
    BODY("file", BODY_TEXT, S, file),
    BODY("start", BODY_TIME, S, start_utc_ns),
    BODY("end", BODY_TIME, S, end_utc_ns),
    BODY_OPTIONAL("times_estimated", BODY_BOOL, S, times_estimated),
    BODY("size", BODY_U64, S, size),
    BODY("pieces", BODY_COUNT, S, pieces),
    BODY("frames", BODY_COUNT, S, frames),
    BODY_OPTIONAL("video_codec", BODY_TEXT, S, video_codec),
    BODY_OPTIONAL("audio_codec", BODY_TEXT, S, audio_codec),
    BODY_OPTIONAL("width", BODY_COUNT, S, width),
    BODY_OPTIONAL("height", BODY_COUNT, S, height),
    BODY_OPTIONAL("connection", BODY_COUNT, S, connection),
    BODY("continues", BODY_BOOL, S, continues),
    BODY_NAMED_OPTIONAL("cut", S, cut, &cut_words),
    BODY_NAMED("clock_quality", S, quality, &quality_words),
    BODY_OPTIONAL("start_monotonic_ns", BODY_I64, S, start_monotonic_ns),
    BODY_OPTIONAL("utc_minus_raw_ns", BODY_I64, S, utc_minus_raw_ns),
    BODY_IF("camera_clock_offset_ns", BODY_I64, S, camera_clock_offset_ns, camera_clock_known),
    BODY("pieces_sha256", BODY_DIGEST, S, pieces_sha256),
    BODY("root_sha256", BODY_DIGEST, S, roots.sha256),
    BODY_IF("root_sm3", BODY_DIGEST, S, roots.sm3, roots.has_sm3),
    BODY_IF("recovered_from", BODY_U64, S, recovered_from, recovered),
    BODY_IF("not_covered_from", BODY_U64, S, not_covered_from, has_not_covered),
    BODY_IF("noted_size", BODY_U64, S, noted_size, contradicts_note),
    BODY_IF("noted_root_sha256", BODY_DIGEST, S, noted.sha256, contradicts_note),
    BODY_IF("noted_root_sm3", BODY_DIGEST, S, noted.sm3, noted.has_sm3),
};
#undef S

bool camera_id_is_valid(const char *camera)
{
    size_t length = strnlen(camera, ID_SIZE);

    if (length == 0 || length == ID_SIZE || camera[0] == '-')
        return false;
    return strspn(camera, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

void segment_id_make(char id[SEGMENT_ID_SIZE], int64_t utc_ns)
{
    char text[TIME_TEXT_SIZE];
    uint8_t random[8];
    char digits[2 * sizeof(random) + 1];

    /* 2026-11-22T08:13:42.… → 20261122T081342Z */
    time_format(text, utc_ns);
    random_fill(random, sizeof(random));
    hex_encode(digits, random, sizeof(random));
    snprintf(id, SEGMENT_ID_SIZE, "%.4s%.2s%.2sT%.2s%.2s%.2sZ-%s", text, text + 5, text + 8,
             text + 11, text + 14, text + 17, digits);
}

enum status segment_id_time(const char *id, int64_t *utc_ns)
{
    char text[TIME_TEXT_SIZE];
    uint8_t random[8];

    if (strnlen(id, SEGMENT_ID_SIZE) != 33 || id[8] != 'T' || id[15] != 'Z' || id[16] != '-' ||
        hex_decode(random, sizeof(random), id + 17) != STATUS_OK)
        return STATUS_INVALID;
    snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s.000000000Z", id, id + 4, id + 6,
             id + 9, id + 11, id + 13);
    return time_parse(text, utc_ns);
}

bool segment_id_is_valid(const char *id)
{
    int64_t utc_ns = 0;

    return segment_id_time(id, &utc_ns) == STATUS_OK;
}

void segment_file_name(char file[SEGMENT_FILE_SIZE], const char *camera, const char *id)
{
    snprintf(file, SEGMENT_FILE_SIZE, "%.32s/%.8s/%.64s.mp4", camera, id, id);
}

enum status segment_record_members(const struct segment_record *record, json_t **members,
                                   struct error *error)
{
    return body_new(table, sizeof(table) / sizeof(table[0]), record, members, error);
}

enum status segment_record_parse(const json_t *body, struct segment_record *record,
                                 struct error *error)
{
    char file[SEGMENT_FILE_SIZE];
    enum status status = STATUS_OK;

    memset(record, 0, sizeof(*record));
    status = body_parse(table, sizeof(table) / sizeof(table[0]), body, record, error);
    if (status != STATUS_OK)
        return status;
    if (!camera_id_is_valid(record->camera) || !segment_id_is_valid(record->id))
        return error_set(error, STATUS_INVALID, "\"camera\" or \"segment\" is not an id");
    segment_file_name(file, record->camera, record->id);
    if (strcmp(file, record->file) != 0)
        return error_set(error, STATUS_INVALID, "\"file\" is not the segment's");
    if (record->end_utc_ns < record->start_utc_ns)
        return error_set(error, STATUS_INVALID, "\"end\" is before \"start\"");
    if (record->recovered_from > record->size || record->not_covered_from > record->size)
        return error_set(error, STATUS_INVALID, "a range beyond \"size\"");
    if (!json_object_get(body, "noted_size") != !json_object_get(body, "noted_root_sha256"))
        return error_set(error, STATUS_INVALID, "half of what a progress note said");
    return STATUS_OK;
}
