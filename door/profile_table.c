#include "door/profile_table.h"

#include "door/profile_field.h"

static const struct yaml_word tables[] = {{"coil", TABLE_COIL},
                                          {"discrete", TABLE_DISCRETE},
                                          {"input", TABLE_INPUT},
                                          {"holding", TABLE_HOLDING},
                                          {NULL, 0}};
static const struct yaml_word written_tables[] = {
    {"coil", TABLE_COIL}, {"holding", TABLE_HOLDING}, {NULL, 0}};
static const struct yaml_word boot_kinds[] = {
    {"counter", BOOT_COUNTER}, {"flag", BOOT_FLAG}, {NULL, 0}};
static const struct yaml_word boot_numbers[] = {{"go_on", 0}, {"begin_anew", 1}, {NULL, 0}};
static const struct yaml_word verdicts[] = {
    {"granted", VERDICT_GRANTED}, {"denied", VERDICT_DENIED}, {NULL, 0}};
static const struct yaml_word directions[] = {
    {"in", DIRECTION_IN}, {"out", DIRECTION_OUT}, {NULL, 0}};
static const struct yaml_word shapes[] = {{"cursor", PROFILE_CURSOR},   {"latch", PROFILE_LATCH},
                                          {"history", PROFILE_HISTORY}, {"level", PROFILE_LEVEL},
                                          {"lines", PROFILE_LINES},     {NULL, 0}};
static const struct yaml_word policies[] = {
    {"overwrites", FULL_OVERWRITES}, {"stops", FULL_STOPS}, {NULL, 0}};
static const struct yaml_word counted[] = {
    {"on", COUNTS_ON}, {"off", COUNTS_OFF}, {"both", COUNTS_BOTH}, {NULL, 0}};

/* A member's name cannot stand in parentheses. NOLINTBEGIN(bugprone-macro-parentheses) */

static const struct yaml_type byte_type = YAML_INTEGER_TYPE(uint8_t, 0, UINT8_MAX, NULL);

#define REQUEST_KEYS(owner, member)                                                                \
    {.name = "request",                                                                            \
     YAML_LIST(owner, member.bytes, member.size, &byte_type, 1, PROFILE_REQUEST_MAX)},             \
        {.name = "answer", YAML_INTEGER(owner, member.answer, 0, PROFILE_ANSWER_MAX, "bytes")},    \
        {.name = "number_at",                                                                      \
         YAML_INTEGER(owner, member.number_at, 1, PROFILE_REQUEST_MAX - 1, NULL)},                 \
    {                                                                                              \
        .name = "number_bytes", YAML_INTEGER(owner, member.number_bytes, 1, 4, "bytes")            \
    }

static const struct yaml_key write_keys[] = {
    {.name = "table", YAML_WORD(struct profile_write, table, written_tables)},
    {.name = "address",
     YAML_INTEGER(struct profile_write, address, 0, UINT16_MAX, NULL),
     YAML_PRESENT(struct profile_write, has_address)},
    {.name = "value",
     YAML_INTEGER(struct profile_write, value, 0, UINT16_MAX, NULL),
     YAML_PRESENT(struct profile_write, has_value)},
    {.name = "number", YAML_BOOLEAN(struct profile_write, is_number)},
    REQUEST_KEYS(struct profile_write, request),
};
static const struct yaml_table write_table = {YAML_KEYS(struct profile_write, write_keys),
                                              YAML_TABLE_PLACE(struct profile_write, place)};
static const struct yaml_type write_type = YAML_MAPPING_TYPE(&write_table);

#define WRITES(key_name, owner, member)                                                            \
    {                                                                                              \
        .name = (key_name), YAML_LIST(owner, member.items, member.count, &write_type, 0, 8)        \
    }

static const struct yaml_key boot_keys[] = {
    FIELD_KEYS(struct profile_boot, field, true),
    {.name = "kind", YAML_WORD(struct profile_boot, kind, boot_kinds), .required = true},
    {.name = "numbers", YAML_WORD(struct profile_boot, numbers_anew, boot_numbers)},
    WRITES("clear", struct profile_boot, clear),
};
static const struct yaml_table boot_table = {
    YAML_KEYS(struct profile_boot, boot_keys),
    .defaults = &(const struct profile_boot){.field = FIELD_DEFAULT},
    YAML_TABLE_PLACE(struct profile_boot, field.place), .check = profile_check_field_object};

static const struct yaml_key gap_keys[] = {
    {.name = "address",
     YAML_INTEGER(struct profile_gap, address, 0, UINT16_MAX, NULL),
     .required = true},
    {.name = "count",
     YAML_INTEGER(struct profile_gap, count, 1, PROFILE_READ_BITS, NULL),
     .required = true},
};
static const struct yaml_table gap_table = {YAML_KEYS(struct profile_gap, gap_keys),
                                            YAML_TABLE_PLACE(struct profile_gap, place)};
static const struct yaml_type gap_type = YAML_MAPPING_TYPE(&gap_table);

#define WINDOW_KEYS(owner, member)                                                                 \
    {.name = "table", YAML_WORD(owner, member.table, tables)},                                     \
        {.name = "address",                                                                        \
         YAML_INTEGER(owner, member.address, 0, UINT16_MAX, NULL),                                 \
         YAML_PRESENT(owner, member.has_address)},                                                 \
        {.name = "count", YAML_INTEGER(owner, member.count, 1, PROFILE_READ_BITS, NULL)},          \
        {.name = "gaps",                                                                           \
         YAML_LIST(owner, member.gaps, member.gap_count, &gap_type, 0, PROFILE_GAPS_MAX)},         \
        REQUEST_KEYS(owner, member.request),                                                       \
    {                                                                                              \
        .name = "skip", YAML_INTEGER(owner, member.skip, 0, PROFILE_ANSWER_MAX - 1, "bytes")       \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

static const struct yaml_key status_keys[] = {
    WINDOW_KEYS(struct profile_status, window),
    {.name = "waiting", YAML_MAPPING(struct profile_status, waiting, &profile_field_table)},
    {.name = "newest", YAML_MAPPING(struct profile_status, newest, &profile_field_table)},
    {.name = "next", YAML_MAPPING(struct profile_status, next, &profile_field_table)},
    {.name = "oldest", YAML_MAPPING(struct profile_status, oldest, &profile_field_table)},
    {.name = "stored", YAML_MAPPING(struct profile_status, stored, &profile_field_table)},
    {.name = "boot", YAML_MAPPING(struct profile_status, boot, &boot_table)},
};
static const struct yaml_table status_table = {
    YAML_KEYS(struct profile_status, status_keys),
    YAML_TABLE_PLACE(struct profile_status, window.place)};

#define RECORD_FIELD(key_name, member)                                                             \
    {                                                                                              \
        .name = (key_name), YAML_MAPPING(struct profile_record, member, &profile_field_table)      \
    }
static const struct yaml_key record_keys[] = {
    WINDOW_KEYS(struct profile_record, window),
    {.name = "sequence", YAML_MAPPING(struct profile_record, sequence, &profile_sequence_table)},
    RECORD_FIELD("empty", empty),
    RECORD_FIELD("unread", unread),
    {.name = "boot", YAML_MAPPING(struct profile_record, boot, &boot_table)},
    {.name = "time", YAML_MAPPING(struct profile_record, time, &profile_time_table)},
    RECORD_FIELD("code", code),
    RECORD_FIELD("value", value),
    {.name = "door", YAML_MAPPING(struct profile_record, door, &profile_door_table)},
    RECORD_FIELD("reader", reader),
    RECORD_FIELD("reason", reason),
    RECORD_FIELD("method", method),
    RECORD_FIELD("credential", credential),
};
static const struct yaml_table record_table = {
    YAML_KEYS(struct profile_record, record_keys),
    YAML_TABLE_PLACE(struct profile_record, window.place)};

static const struct yaml_key event_keys[] = {
    {.name = "code",
     YAML_INTEGER(struct profile_event, code, 0, UINT32_MAX, NULL),
     YAML_PRESENT(struct profile_event, has_code)},
    {.name = "value",
     YAML_INTEGER(struct profile_event, value, 0, UINT32_MAX, NULL),
     YAML_PRESENT(struct profile_event, has_value)},
    {.name = "event", YAML_VOCABULARY(struct profile_event, event, word_door_events)},
    {.name = "ignore", YAML_BOOLEAN(struct profile_event, is_ignored)},
    {.name = "verdict", YAML_WORD(struct profile_event, verdict, verdicts)},
    {.name = "direction", YAML_WORD(struct profile_event, direction, directions)},
    {.name = "door", YAML_INTEGER(struct profile_event, door, 1, DOOR_LIST_MAX, NULL)},
};
static const struct yaml_table event_table = {YAML_KEYS(struct profile_event, event_keys),
                                              YAML_TABLE_PLACE(struct profile_event, place)};
static const struct yaml_type event_type = YAML_MAPPING_TYPE(&event_table);

static const struct yaml_type code_type = YAML_INTEGER_TYPE(uint32_t, 0, UINT32_MAX, NULL);
static const struct yaml_type reason_type =
    YAML_VOCABULARY_TYPE(enum deny_reason, word_deny_reasons);
static const struct yaml_type method_type = YAML_ID_TYPE(ID_SIZE);

static const struct yaml_key reader_keys[] = {
    {.name = "code",
     YAML_INTEGER(struct profile_reader, code, 0, UINT32_MAX, NULL),
     .required = true},
    {.name = "name", YAML_ID(struct profile_reader, name), .required = true},
    {.name = "direction", YAML_WORD(struct profile_reader, direction, directions)},
};
static const struct yaml_table reader_table = {YAML_KEYS(struct profile_reader, reader_keys),
                                               YAML_TABLE_PLACE(struct profile_reader, place),
                                               .unique = "name"};
static const struct yaml_type reader_type = YAML_MAPPING_TYPE(&reader_table);

static const struct yaml_key level_keys[] = {
    {.name = "input",
     YAML_INTEGER(struct profile_level, input, 0, PROFILE_READ_BITS - 1, NULL),
     .required = true},
    {.name = "door", YAML_INTEGER(struct profile_level, door, 1, DOOR_LIST_MAX, NULL)},
    {.name = "inverted", YAML_BOOLEAN(struct profile_level, inverted)},
    {.name = "on", YAML_VOCABULARY(struct profile_level, on, word_door_events)},
    {.name = "off", YAML_VOCABULARY(struct profile_level, off, word_door_events)},
    {.name = "reader", YAML_ID(struct profile_level, reader)},
    {.name = "counter", YAML_MAPPING(struct profile_level, counter, &profile_field_table)},
    {.name = "overflow",
     YAML_INTEGER(struct profile_level, overflow, 0, PROFILE_READ_BITS - 1, NULL),
     YAML_PRESENT(struct profile_level, has_overflow)},
};
static const struct yaml_table level_table = {YAML_KEYS(struct profile_level, level_keys),
                                              YAML_TABLE_PLACE(struct profile_level, place)};
static const struct yaml_type level_type = YAML_MAPPING_TYPE(&level_table);

struct plain_window {
    struct profile_window window;
};
static const struct yaml_key window_keys[] = {WINDOW_KEYS(struct plain_window, window)};
static const struct yaml_table window_table = {YAML_KEYS(struct plain_window, window_keys),
                                               YAML_TABLE_PLACE(struct plain_window, window.place)};

static const struct yaml_key inputs_keys[] = {
    WINDOW_KEYS(struct profile_inputs, window),
    {.name = "counts", YAML_WORD(struct profile_inputs, counts, counted)},
    {.name = "overflows",
     YAML_MAPPING(struct profile_inputs, overflows, &window_table),
     YAML_PRESENT(struct profile_inputs, has_overflows)},
    {.name = "levels",
     YAML_LIST(struct profile_inputs, levels, level_count, &level_type, 1, PROFILE_LEVELS_MAX),
     .required = true},
};
static const struct yaml_table inputs_table = {
    YAML_KEYS(struct profile_inputs, inputs_keys),
    YAML_TABLE_PLACE(struct profile_inputs, window.place)};

#define STATUS_KEY                                                                                 \
    {                                                                                              \
        .name = "status", YAML_MAPPING(struct profile, status, &status_table),                     \
        YAML_PRESENT(struct profile, status.is_there)                                              \
    }
/* What every shape with records has. */
#define RECORD_KEYS                                                                                \
    {.name = "record", YAML_MAPPING(struct profile, record, &record_table), .required = true},     \
        {.name = "events",                                                                         \
         YAML_LIST(struct profile, events, event_count, &event_type, 1, 512),                      \
         .required = true},                                                                        \
        {.name = "reasons",                                                                        \
         YAML_DICTIONARY(struct profile, reasons, reason_count, struct profile_reason, code,       \
                         &code_type, reason, &reason_type, 0, 128)},                               \
        {.name = "readers",                                                                        \
         YAML_LIST(struct profile, readers, reader_count, &reader_type, 0, 64)},                   \
    {                                                                                              \
        .name = "methods",                                                                         \
        YAML_DICTIONARY(struct profile, methods, method_count, struct profile_method, code,        \
                        &code_type, name, &method_type, 0, 64)                                     \
    }
#define LOG_KEYS                                                                                   \
    {.name = "capacity", YAML_INTEGER(struct profile, capacity, 1, INT32_MAX, "records")},         \
    {                                                                                              \
        .name = "when_full", YAML_WORD(struct profile, when_full, policies)                        \
    }

static const struct yaml_key cursor_keys[] = {
    STATUS_KEY,
    WRITES("select", struct profile, select),
    WRITES("acknowledge", struct profile, acknowledge),
    LOG_KEYS,
    RECORD_KEYS,
};
static const struct yaml_table cursor_table = {YAML_KEYS(struct profile, cursor_keys)};
static const struct yaml_key latch_keys[] = {
    STATUS_KEY,
    WRITES("acknowledge", struct profile, acknowledge),
    RECORD_KEYS,
};
static const struct yaml_table latch_table = {YAML_KEYS(struct profile, latch_keys)};
static const struct yaml_key history_keys[] = {
    STATUS_KEY,
    WRITES("select", struct profile, select),
    {.name = "newest_index", YAML_INTEGER(struct profile, newest_index, 0, 1, NULL)},
    LOG_KEYS,
    RECORD_KEYS,
};
static const struct yaml_table history_table = {YAML_KEYS(struct profile, history_keys)};
static const struct yaml_key level_shape_keys[] = {
    {.name = "inputs", YAML_MAPPING(struct profile, inputs, &inputs_table), .required = true},
};
static const struct yaml_table level_shape_table = {YAML_KEYS(struct profile, level_shape_keys)};
static const struct yaml_case shape_cases[] = {{PROFILE_CURSOR, &cursor_table},
                                               {PROFILE_LATCH, &latch_table},
                                               {PROFILE_HISTORY, &history_table},
                                               {PROFILE_LEVEL, &level_shape_table},
                                               {PROFILE_LINES, &profile_lines_table}};

static const struct yaml_key clock_keys[] = {
    WINDOW_KEYS(struct profile_clock, window),
    {.name = "time",
     YAML_MAPPING(struct profile_clock, time, &profile_time_table),
     .required = true},
    WRITES("commit", struct profile_clock, commit),
};
static const struct yaml_table clock_table = {YAML_KEYS(struct profile_clock, clock_keys),
                                              YAML_TABLE_PLACE(struct profile_clock, window.place)};

static const struct yaml_key profile_keys[] = {
    {.name = "profile", YAML_ID(struct profile, id), .required = true},
    {.name = "model", YAML_TEXT(struct profile, model, .smallest = 1), .required = true},
    {.name = "manual", YAML_TEXT(struct profile, manual, .smallest = 1), .required = true},
    {.name = "shape", YAML_WORD(struct profile, shape, shapes), .required = true},
    {.name = "address_base", YAML_INTEGER(struct profile, address_base, 0, UINT16_MAX, NULL)},
    {.name = "largest_read",
     YAML_INTEGER(struct profile, largest_read, 1, PROFILE_READ_WORDS, "registers")},
    {.name = "set_clock",
     YAML_MAPPING(struct profile, clock, &clock_table),
     YAML_PRESENT(struct profile, clock.is_there)},
};
const struct yaml_table profile_table = {
    YAML_KEYS(struct profile, profile_keys),
    .defaults = &(const struct profile){.largest_read = PROFILE_READ_WORDS},
    YAML_CASES("shape", shape_cases)};
