#include "door/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct decoding {
    const struct profile *profile;
    const struct door_list *doors;
    const uint16_t *words;
    size_t count;
    struct message_entry *entry;
};

void event_remark(struct message_entry *entry, const char *text)
{
    char joined[2 * DETAIL_SIZE];
    (void)snprintf(joined, sizeof joined, "%s%s%s", entry->detail,
                   entry->detail[0] == '\0' ? "" : "; ", text);
    message_text(entry->detail, sizeof entry->detail, joined);
}

void event_raw(const uint16_t *words, size_t count, char raw[RAW_SIZE])
{
    uint8_t bytes[2 * PROFILE_RECORD_WORDS];
    size_t kept = count < PROFILE_RECORD_WORDS ? count : PROFILE_RECORD_WORDS;
    for (size_t at = 0; at < kept; at++) {
        bytes[2 * at] = (uint8_t)(words[at] >> 8);
        bytes[2 * at + 1] = (uint8_t)words[at];
    }
    hex_encode(raw, bytes, 2 * kept);
}

void event_name_door(const struct door_list *doors, uint64_t number, struct message_entry *entry)
{
    const char *id = door_list_id(doors, number);
    char text[64];
    message_text(entry->door, sizeof entry->door, id);
    if (id[0] != '\0' || number == 0)
        return;
    (void)snprintf(text, sizeof text, "no door %" PRIu64 " is configured", number);
    event_remark(entry, text);
}

/* False if the field is not there, or says that there is nothing. */
static bool read_number(const struct decoding *decoding, const struct field *field,
                        const char *name, uint64_t *value)
{
    enum status status = field_number(field, decoding->words, decoding->count, value);
    if (status == STATUS_INVALID) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s is no number", name);
        event_remark(decoding->entry, text);
    }
    return status == STATUS_OK;
}

static enum verdict verdict_of(enum door_event event)
{
    if (event == DOOR_ACCESS_GRANTED)
        return VERDICT_GRANTED;
    if (event == DOOR_ACCESS_DENIED || event == DOOR_CREDENTIAL_UNKNOWN)
        return VERDICT_DENIED;
    return VERDICT_NONE;
}

static const struct profile_event *decode_code(const struct decoding *decoding)
{
    struct message_entry *entry = decoding->entry;
    const struct profile_record *record = &decoding->profile->record;
    uint64_t code = 0;
    uint64_t value = 0;
    if (record->code.is_there && !read_number(decoding, &record->code, "code", &code))
        return NULL;
    entry->has_device_code = record->code.is_there && code <= UINT32_MAX;
    entry->device_code = entry->has_device_code ? (uint32_t)code : 0;
    bool has_value = read_number(decoding, &record->value, "value", &value);
    const struct profile_event *row =
        profile_find_event(decoding->profile, code, has_value ? value : UINT64_MAX);
    if (row == NULL) {
        char text[96];
        (void)snprintf(text, sizeof text, "the profile names no code %" PRIu64, code);
        if (has_value)
            (void)snprintf(text, sizeof text,
                           "the profile names no code %" PRIu64 " with value %" PRIu64, code,
                           value);
        event_remark(entry, text);
        return NULL;
    }
    if (row->is_ignored)
        return row;
    entry->event = (uint16_t)row->event;
    entry->verdict =
        (uint8_t)(row->verdict != VERDICT_NONE ? row->verdict : verdict_of(row->event));
    entry->direction = (uint8_t)row->direction;
    return row;
}

static void decode_door(const struct decoding *decoding, const struct profile_event *row)
{
    const struct profile_door *door = &decoding->profile->record.door;
    uint64_t number = row != NULL ? row->door : 0;
    uint64_t named = 0;
    if (number == 0) {
        if (!read_number(decoding, &door->field, "door", &named) || named < door->first)
            return;
        number = named - door->first + 1;
    }
    event_name_door(decoding->doors, number, decoding->entry);
}

static void decode_reader(const struct decoding *decoding)
{
    struct message_entry *entry = decoding->entry;
    uint64_t code = 0;
    if (!read_number(decoding, &decoding->profile->record.reader, "reader", &code))
        return;
    const struct profile_reader *reader = profile_find_reader(decoding->profile, code);
    if (reader == NULL) {
        (void)snprintf(entry->reader, sizeof entry->reader, "%" PRIu64, code);
        return;
    }
    message_text(entry->reader, sizeof entry->reader, reader->name);
    if (entry->direction == DIRECTION_UNKNOWN)
        entry->direction = (uint8_t)reader->direction;
}

static void decode_reason(const struct decoding *decoding)
{
    uint64_t code = 0;
    if (decoding->entry->verdict != VERDICT_DENIED ||
        !read_number(decoding, &decoding->profile->record.reason, "reason", &code))
        return;
    const struct profile_reason *reason = profile_find_reason(decoding->profile, code);
    decoding->entry->deny_reason = (uint16_t)(reason != NULL ? reason->reason : DENY_OTHER);
    if (reason == NULL) {
        char text[64];
        (void)snprintf(text, sizeof text, "the profile names no reason %" PRIu64, code);
        event_remark(decoding->entry, text);
    }
}

static void decode_credential(const struct decoding *decoding)
{
    struct message_entry *entry = decoding->entry;
    const struct profile_record *record = &decoding->profile->record;
    char text[FIELD_TEXT_SIZE];
    enum status status =
        field_text(&record->credential, decoding->words, decoding->count, text, sizeof text);
    if (status == STATUS_OK)
        message_text(entry->credential, sizeof entry->credential, text);
    else if (status == STATUS_INVALID)
        event_remark(entry, "the credential cannot be read");
    uint64_t code = 0;
    if (!read_number(decoding, &record->method, "method", &code))
        return;
    const struct profile_method *method = profile_find_method(decoding->profile, code);
    if (method != NULL)
        message_text(entry->method, sizeof entry->method, method->name);
    else
        (void)snprintf(entry->method, sizeof entry->method, "%" PRIu64, code);
}

void event_make(enum door_event event, const struct clock_reading *received, const char *detail,
                struct message_entry *entry)
{
    *entry = (struct message_entry){.event = (uint16_t)event,
                                    .received_utc_ns = received->utc_ns,
                                    .received_monotonic_ns = received->monotonic_ns};
    message_text(entry->detail, sizeof entry->detail, detail);
}

bool event_decode(const struct profile *profile, const struct door_list *doors,
                  const uint16_t *words, size_t count, const struct clock_reading *received,
                  struct message_entry *entry)
{
    struct decoding decoding = {profile, doors, words, count, entry};
    event_make(DOOR_UNKNOWN_CODE, received, "", entry);
    event_raw(words, count, entry->raw);
    entry->device_time_quality = (uint8_t)device_time_decode(&profile->record.time.parts, words,
                                                             count, &entry->device_utc_ns);
    const struct profile_event *row = decode_code(&decoding);
    decode_door(&decoding, row);
    decode_reader(&decoding);
    decode_reason(&decoding);
    decode_credential(&decoding);
    return row == NULL || !row->is_ignored;
}
