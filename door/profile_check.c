#include "door/profile_check.h"

#include <string.h>

#include "door/profile_table.h"

static void check_sequence(const struct profile_sequence *sequence, struct yaml_mistakes *mistakes)
{
    const struct field *field = &sequence->field;
    uint64_t most = field->width >= 63 ? INT64_MAX : (UINT64_C(1) << field->width) - 1;
    if (field->encoding == FIELD_BCD)
        most = INT64_MAX;
    if (sequence->last < sequence->first + 1 || sequence->last > most)
        yaml_mistakes_add(mistakes, field->place, "last must be above first and fit into %u bits",
                          field->width);
}

static void check_record(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    const struct profile_record *record = &profile->record;
    const struct named_field numbers[] = {
        {&record->sequence.field, "sequence"},
        {&record->empty, "empty"},
        {&record->unread, "unread"},
        {&record->boot.field, "boot"},
        {&record->code, "code"},
        {&record->value, "value"},
        {&record->door.field, "door"},
        {&record->reader, "reader"},
        {&record->reason, "reason"},
        {&record->method, "method"},
    };
    /* What was selected, or is held until it is acknowledged, stays the same between two reads. */
    bool stays = profile->select.count != 0 || profile->acknowledge.count != 0;
    profile_check_window(profile, &record->window, PROFILE_RECORD_WORDS, stays, mistakes);
    profile_check_numbers(numbers, sizeof numbers / sizeof numbers[0], &record->window, mistakes);
    profile_check_time(&record->time.parts, &record->window, mistakes);
    profile_check_inside(&record->credential, &record->window, "credential", mistakes);
    if (record->empty.is_there && !record->empty.has_none)
        yaml_mistakes_add(mistakes, record->empty.place,
                          "empty needs none: what stands there when there is no record");
    if (record->boot.kind == BOOT_FLAG)
        yaml_mistakes_add(mistakes, record->boot.field.place,
                          "a flag that reading clears belongs into status: a record is read twice");
}

static void check_status(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    const struct profile_status *status = &profile->status;
    if (!status->is_there)
        return;
    const struct named_field numbers[] = {
        {&status->waiting, "waiting"}, {&status->newest, "newest"}, {&status->next, "next"},
        {&status->oldest, "oldest"},   {&status->stored, "stored"}, {&status->boot.field, "boot"}};
    profile_check_window(profile, &status->window, PROFILE_READ_WORDS, false, mistakes);
    profile_check_numbers(numbers, sizeof numbers / sizeof numbers[0], &status->window, mistakes);
    if (status->newest.is_there && status->next.is_there)
        yaml_mistakes_add(mistakes, status->next.place, "newest or next, not both");
    if (status->boot.kind != BOOT_NONE && profile->record.boot.kind != BOOT_NONE)
        yaml_mistakes_add(mistakes, status->boot.field.place,
                          "boot stands in the record already: it can be in one of the two only");
    if (status->boot.clear.count != 0 && status->boot.kind != BOOT_FLAG)
        yaml_mistakes_add(mistakes, status->boot.field.place, "only a flag is cleared");
}

static bool is_same_code(const struct profile_event *one, const struct profile_event *other)
{
    return one->has_code == other->has_code && one->code == other->code &&
           one->has_value == other->has_value && one->value == other->value;
}

static void check_event(const struct profile *profile, const struct profile_event *row,
                        struct yaml_mistakes *mistakes)
{
    if (row->has_value && (!profile->record.value.is_there || !row->has_code))
        yaml_mistakes_add(mistakes, row->place,
                          "value narrows a code: it needs one, and a field value in the record");
    if (row->has_code && !profile->record.code.is_there)
        yaml_mistakes_add(mistakes, row->place, "code is given, but the record has no field code");
    if ((row->event == 0) != row->is_ignored)
        yaml_mistakes_add(mistakes, row->place, "a code needs an event, or ignore: yes");
}

/* A code in a line of a table, wherever the line stands. */
static void check_code(const struct field *field, const char *name, uint32_t code,
                       struct yaml_place place, struct yaml_mistakes *mistakes)
{
    if (field->is_there && !field_can_be(field, code))
        yaml_mistakes_add(mistakes, place, "%s %u never comes: its field in the record has %u bits",
                          name, code, field->width);
}

static void check_codes(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    const struct profile_record *record = &profile->record;
    for (size_t at = 0; at < profile->event_count; at++) {
        const struct profile_event *row = &profile->events[at];
        if (row->has_code)
            check_code(&record->code, "code", row->code, row->place, mistakes);
        if (row->has_value)
            check_code(&record->value, "value", row->value, row->place, mistakes);
    }
    for (size_t at = 0; at < profile->reason_count; at++)
        check_code(&record->reason, "reason", profile->reasons[at].code, record->reason.place,
                   mistakes);
    for (size_t at = 0; at < profile->method_count; at++)
        check_code(&record->method, "method", profile->methods[at].code, record->method.place,
                   mistakes);
}

static void check_readers(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    for (size_t at = 0; at < profile->reader_count; at++) {
        const struct profile_reader *row = &profile->readers[at];
        check_code(&profile->record.reader, "reader", row->code, row->place, mistakes);
        for (size_t other = 0; other < at; other++)
            if (profile->readers[other].code == row->code)
                yaml_mistakes_add(mistakes, row->place,
                                  "code %u stands in line %u already: one code, one reader",
                                  row->code, profile->readers[other].place.line);
    }
}

static void check_events(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    for (size_t at = 0; at < profile->event_count; at++) {
        const struct profile_event *row = &profile->events[at];
        check_event(profile, row, mistakes);
        for (size_t other = 0; other < at; other++)
            if (is_same_code(row, &profile->events[other]))
                yaml_mistakes_add(mistakes, row->place,
                                  "code %u stands in line %u already: one code, one event",
                                  row->code, profile->events[other].place.line);
    }
}

static void check_clock(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    const struct profile_clock *clock = &profile->clock;
    if (!clock->is_there)
        return;
    profile_check_window(profile, &clock->window, PROFILE_WRITE_WORDS, false, mistakes);
    profile_check_time(&clock->time.parts, &clock->window, mistakes);
    profile_check_writes(profile, &clock->commit, mistakes);
    /* The C library has one zone a process, beside fixed ones. */
    if (profile->record.time.zone[0] != '\0' && strcmp(clock->time.zone, "utc") != 0 &&
        strcmp(clock->time.zone, profile->record.time.zone) != 0)
        yaml_mistakes_add(mistakes, clock->window.place,
                          "the clock's zone must be utc or that of the record's time: %s",
                          profile->record.time.zone);
    if (clock->window.table != TABLE_HOLDING)
        yaml_mistakes_add(mistakes, clock->window.place,
                          "a clock is set in holding registers: table must be holding");
}

/* What each shape with records needs besides. */
static void check_shape(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    const struct profile_record *record = &profile->record;
    const struct profile_sequence *sequence = &record->sequence;
    const struct profile_status *status = &profile->status;
    bool asks = profile_asks_number(profile);
    bool has_sequence = sequence->last != 0;
    if (profile->shape != PROFILE_CURSOR) {
        if (has_sequence)
            yaml_mistakes_add(mistakes, sequence->field.place,
                              "records with a number are shape: cursor");
        if (profile->shape == PROFILE_LATCH && profile->acknowledge.count == 0)
            yaml_mistakes_add(mistakes, record->window.place,
                              "a latch needs acknowledge: what releases it");
        if (profile->shape == PROFILE_LATCH && !status->waiting.is_there && !record->empty.is_there)
            yaml_mistakes_add(mistakes, record->window.place,
                              "a latch needs status.waiting or record.empty: when it holds one");
        if (profile->shape == PROFILE_HISTORY && (!asks || !status->stored.is_there))
            yaml_mistakes_add(mistakes, record->window.place,
                              "a history needs status.stored, and a number in select or in the "
                              "record's request: how far back to read");
        return;
    }
    if (!has_sequence) {
        yaml_mistakes_add(mistakes, record->window.place,
                          "a record needs sequence; without one it is shape: latch or history");
        return;
    }
    check_sequence(sequence, mistakes);
    if (asks && !status->newest.is_there && !status->next.is_there)
        yaml_mistakes_add(mistakes, record->window.place,
                          "what asks for a number needs status.newest or status.next");
    if (!asks && !sequence->field.is_there)
        yaml_mistakes_add(mistakes, sequence->field.place,
                          "sequence needs at: nothing asks for a number");
}

enum status profile_check(const struct profile *profile, struct yaml_mistakes *mistakes,
                          struct error *error)
{
    size_t before = mistakes->count;
    if (profile->shape != PROFILE_LEVEL) {
        check_record(profile, mistakes);
        check_status(profile, mistakes);
        check_events(profile, mistakes);
        check_codes(profile, mistakes);
        check_readers(profile, mistakes);
        profile_check_writes(profile, &profile->select, mistakes);
        profile_check_writes(profile, &profile->acknowledge, mistakes);
        profile_check_writes(profile, &profile->status.boot.clear, mistakes);
        check_shape(profile, mistakes);
    } else {
        profile_check_inputs(profile, mistakes);
    }
    check_clock(profile, mistakes);
    if (mistakes->count == before)
        return STATUS_OK;
    return error_set(error, STATUS_INVALID, "the profile has %zu mistakes",
                     mistakes->count - before);
}
