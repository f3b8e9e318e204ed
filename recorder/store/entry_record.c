#include "store/entry_record.h"

#include <string.h>

#include "base/clock.h"
#include "ledger/number.h"
#include "store/body_table.h"

/* Longer than a poll and a grace period usually take. */
#define APART_NS (10 * NS_PER_SECOND)

/* An adapter from the vocabulary's functions to a body's words. */
#define VOCABULARY(which, type)                                                                    \
    static const char *which##_name(unsigned code)                                                 \
    {                                                                                              \
        const struct word *word = word_##which((type)code);                                        \
        return word ? word->name : NULL;                                                           \
    }                                                                                              \
    static bool which##_code(const char *name, unsigned *code)                                     \
    {                                                                                              \
        const struct word *word = word_##which##_named(name);                                      \
        if (word)                                                                                  \
            *code = word->code;                                                                    \
        return word != NULL;                                                                       \
    }                                                                                              \
    static const struct body_words which##_words = {which##_name, which##_code, false}

VOCABULARY(door_event, enum door_event);
VOCABULARY(deny_reason, enum deny_reason);

static bool find_name(const char *const *names, unsigned count, const char *name, unsigned *code)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            *code = i;
            return true;
        }
    }
    return false;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const verdicts[] = {"none", "granted", "denied"};
static const char *const directions[] = {"unknown", "in", "out"};
static const char *const qualities[] = {"none", "good", "fault"};

const char *verdict_name(enum verdict verdict)
{
    return (unsigned)verdict < COUNT(verdicts) ? verdicts[verdict] : NULL;
}

const char *direction_name(enum direction direction)
{
    return (unsigned)direction < COUNT(directions) ? directions[direction] : NULL;
}

static const char *verdict_word(unsigned code)
{
    return verdict_name((enum verdict)code);
}

static bool verdict_code(const char *name, unsigned *code)
{
    return find_name(verdicts, COUNT(verdicts), name, code);
}

static const char *direction_word(unsigned code)
{
    return direction_name((enum direction)code);
}

static bool direction_code(const char *name, unsigned *code)
{
    return find_name(directions, COUNT(directions), name, code);
}

static const char *quality_word(unsigned code)
{
    return code < COUNT(qualities) ? qualities[code] : NULL;
}

static bool quality_code(const char *name, unsigned *code)
{
    return find_name(qualities, COUNT(qualities), name, code);
}

static const struct body_words verdict_words = {verdict_word, verdict_code, false};
static const struct body_words direction_words = {direction_word, direction_code, false};
static const struct body_words quality_words = {quality_word, quality_code, false};

#define S struct entry_record
static const struct body_member table[] = {
    BODY("controller", BODY_TEXT, S, controller),
    BODY_OPTIONAL("door", BODY_TEXT, S, entry.door),
    BODY_OPTIONAL("cameras", BODY_TEXT, S, cameras),
    BODY_NAMED("event", S, entry.event, &door_event_words),
    BODY_NAMED("verdict", S, entry.verdict, &verdict_words),
    BODY_NAMED_OPTIONAL("deny_reason", S, entry.deny_reason, &deny_reason_words),
    BODY_NAMED("direction", S, entry.direction, &direction_words),
    BODY_OPTIONAL("credential", BODY_TEXT, S, entry.credential),
    BODY_OPTIONAL("name", BODY_TEXT, S, name),
    BODY_OPTIONAL("department", BODY_TEXT, S, department),
    BODY_OPTIONAL("method", BODY_TEXT, S, entry.method),
    BODY_OPTIONAL("reader", BODY_TEXT, S, entry.reader),
    BODY_IF("device_seq", BODY_U64, S, entry.device_seq, entry.has_device_seq),
    BODY("boot_epoch", BODY_U64, S, entry.boot_epoch),
    BODY_NAMED("device_time_quality", S, entry.device_time_quality, &quality_words),
    BODY_OPTIONAL("device_time", BODY_TIME, S, entry.device_utc_ns),
    BODY("received", BODY_TIME, S, entry.received_utc_ns),
    BODY("received_monotonic_ns", BODY_I64, S, entry.received_monotonic_ns),
    BODY("derived", BODY_BOOL, S, entry.derived),
    BODY_OPTIONAL("found", BODY_BOOL, S, entry.found),
    BODY_OPTIONAL("by", BODY_TEXT, S, by),
    BODY_OPTIONAL("at", BODY_TIME, S, at_utc_ns),
    BODY_IF("lost_from", BODY_U64, S, entry.lost_from, tells_loss),
    BODY_IF("lost_to", BODY_U64, S, entry.lost_to, tells_loss),
    BODY_IF("device_code", BODY_COUNT, S, entry.device_code, entry.has_device_code),
    BODY_OPTIONAL("raw", BODY_TEXT, S, entry.raw),
    BODY_OPTIONAL("detail", BODY_TEXT, S, entry.detail),
};
#undef S

/* Record numbers, as strings; *array is the caller's. */
static json_t *from_array(const struct entry_record *record)
{
    json_t *array = json_array();
    for (size_t i = 0; array != NULL && i < record->from_count; i++) {
        if (json_array_append_new(array, json_u64(record->from[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

enum status entry_record_members(const struct entry_record *record, json_t **members,
                                 struct error *error)
{
    struct entry_record told = *record;
    told.tells_loss = record->entry.event == DOOR_RECORDS_LOST;
    enum status status = body_new(table, COUNT(table), &told, members, error);
    if (status != STATUS_OK || record->from_count == 0)
        return status;
    if (json_object_set_new(*members, "from", from_array(record)) == 0)
        return STATUS_OK;
    json_decref(*members);
    *members = NULL;
    return error_set(error, STATUS_NO_MEMORY, "no memory for a record");
}

static enum status parse_from(const json_t *body, struct entry_record *record, struct error *error)
{
    const json_t *array = json_object_get(body, "from");
    size_t index = 0;
    const json_t *item = NULL;
    if (array == NULL)
        return STATUS_OK;
    if (!json_is_array(array) || json_array_size(array) == 0 ||
        json_array_size(array) > ENTRY_FROM_MAX)
        return error_set(error, STATUS_INVALID, "\"from\" is not a list of 1 to %u records",
                         ENTRY_FROM_MAX);
    json_array_foreach(array, index, item)
    {
        if (!json_is_string(item) ||
            number_parse_u64(json_string_value(item), &record->from[index]) != STATUS_OK)
            return error_set(error, STATUS_INVALID, "\"from\" is not a list of 1 to %u records",
                             ENTRY_FROM_MAX);
    }
    record->from_count = index;
    return STATUS_OK;
}

enum status entry_record_parse(const json_t *body, struct entry_record *record, struct error *error)
{
    memset(record, 0, sizeof(*record));
    enum status status = body_parse(table, COUNT(table), body, record, error);
    return status == STATUS_OK ? parse_from(body, record, error) : status;
}

struct entry_time entry_record_time(const struct entry_record *record)
{
    const struct message_entry *entry = &record->entry;
    int64_t told_ns = entry->derived != 0 ? record->at_utc_ns : entry->device_utc_ns;
    bool is_good = entry->device_time_quality == DEVICE_TIME_GOOD && told_ns != 0;
    bool is_told = is_good || (entry->derived != 0 && told_ns != 0);
    struct entry_time time = {.utc_ns = is_told ? told_ns : entry->received_utc_ns,
                              .by_controller = is_good};
    int64_t late_ns = 0;
    /* A controller's clock may say anything. */
    time.is_apart = __builtin_sub_overflow(entry->received_utc_ns, time.utc_ns, &late_ns) ||
                    late_ns >= APART_NS || late_ns <= -APART_NS;
    return time;
}

bool entry_record_is_alarming(const struct entry_record *record)
{
    static const uint16_t alarming[] = {DOOR_ACCESS_DENIED,
                                        DOOR_CREDENTIAL_UNKNOWN,
                                        DOOR_DURESS,
                                        DOOR_READ_ERROR,
                                        DOOR_FORCED,
                                        DOOR_HELD_PREALARM,
                                        DOOR_HELD,
                                        DOOR_FAULT,
                                        DOOR_LOCK_FAULT,
                                        DOOR_TAMPER,
                                        DOOR_SUPERVISION,
                                        DOOR_APB_VIOLATION,
                                        DOOR_DUAL_TIMEOUT,
                                        DOOR_OPEN_UNSEEN,
                                        DOOR_EMERGENCY_RELEASE,
                                        DOOR_RECORDS_LOST,
                                        DOOR_LOSS_UNKNOWN,
                                        DOOR_SOURCE_OFFLINE};

    for (size_t i = 0; i < sizeof(alarming) / sizeof(alarming[0]); i++) {
        if (record->entry.event == alarming[i])
            return true;
    }
    return record->entry.verdict == VERDICT_DENIED;
}
