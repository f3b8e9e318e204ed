#include "door/profile_table.h"

static bool is_bits(enum profile_table table)
{
    return table == TABLE_COIL || table == TABLE_DISCRETE;
}

static void check_window(const struct profile *profile, const struct profile_window *window,
                         size_t most_words, struct yaml_mistakes *mistakes)
{
    unsigned limit = is_bits(window->table) ? PROFILE_READ_BITS : profile->largest_read;
    if (window->count > limit)
        yaml_mistakes_add(mistakes, window->place,
                          "count is %u, but one read gives at most %u: a record must come in one",
                          window->count, limit);
    if (profile_window_words(window) > most_words)
        yaml_mistakes_add(mistakes, window->place,
                          "count is %u, but a record may have at most %zu registers", window->count,
                          most_words);
    if (window->address < profile->address_base)
        yaml_mistakes_add(mistakes, window->place,
                          "address is %u, but address_base says that addresses begin at %u",
                          window->address, profile->address_base);
    else if (window->address - profile->address_base + window->count > UINT16_MAX + 1)
        yaml_mistakes_add(mistakes, window->place, "address and count reach past register 65535");
}

static void check_inside(const struct field *field, const struct profile_window *window,
                         const char *name, struct yaml_mistakes *mistakes)
{
    size_t words = profile_window_words(window);
    if (field_end(field) > words)
        yaml_mistakes_add(mistakes, field->place,
                          "%s ends at word %zu, but the window has only %zu (at counts from 0)",
                          name, field_end(field), words);
}

static void check_number(const struct field *field, const char *name,
                         struct yaml_mistakes *mistakes)
{
    if (field->encoding == FIELD_ASCII || field->encoding == FIELD_HEX)
        yaml_mistakes_add(mistakes, field->place, "%s must be a number: unsigned or bcd", name);
}

struct named_field {
    const struct field *field;
    const char *name;
};

static void check_numbers(const struct named_field *fields, size_t count,
                          const struct profile_window *window, struct yaml_mistakes *mistakes)
{
    for (size_t at = 0; at < count; at++) {
        check_inside(fields[at].field, window, fields[at].name, mistakes);
        check_number(fields[at].field, fields[at].name, mistakes);
    }
}

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
    const struct device_time *time = &record->time.parts;
    const struct named_field numbers[] = {
        {&record->sequence.field, "sequence"},
        {&record->unread, "unread"},
        {&record->boot.field, "boot"},
        {&record->code, "code"},
        {&record->value, "value"},
        {&record->door.field, "door"},
        {&record->reader, "reader"},
        {&record->reason, "reason"},
        {&record->method, "method"},
        {&time->seconds, "seconds"},
        {&time->year, "year"},
        {&time->month, "month"},
        {&time->day, "day"},
        {&time->hour, "hour"},
        {&time->minute, "minute"},
        {&time->second, "second"},
        {&time->millisecond, "millisecond"},
        {&time->is_utc, "is_utc"},
        {&time->not_synchronised, "not_synchronised"},
        {&time->clock_failed, "clock_failed"},
    };
    check_window(profile, &record->window, PROFILE_RECORD_WORDS, mistakes);
    check_numbers(numbers, sizeof numbers / sizeof numbers[0], &record->window, mistakes);
    check_inside(&record->credential, &record->window, "credential", mistakes);
    check_sequence(&record->sequence, mistakes);
    if (record->boot.kind == BOOT_FLAG)
        yaml_mistakes_add(mistakes, record->boot.field.place,
                          "a flag that reading clears belongs into status: a record is read twice");
}

static void check_status(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    const struct profile_status *status = &profile->status;
    if (!status->is_there)
        return;
    const struct named_field numbers[] = {{&status->waiting, "waiting"},
                                          {&status->boot.field, "boot"}};
    check_window(profile, &status->window, PROFILE_READ_WORDS, mistakes);
    check_numbers(numbers, sizeof numbers / sizeof numbers[0], &status->window, mistakes);
    if (status->boot.kind != BOOT_NONE && profile->record.boot.kind != BOOT_NONE)
        yaml_mistakes_add(mistakes, status->boot.field.place,
                          "boot stands in the record already: it can be in one of the two only");
}

static void check_events(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    for (size_t at = 0; at < profile->event_count; at++) {
        const struct profile_event *row = &profile->events[at];
        if (row->has_value && !profile->record.value.is_there)
            yaml_mistakes_add(mistakes, row->place,
                              "value is given, but the record has no field value");
        for (size_t other = 0; other < at; other++) {
            const struct profile_event *first = &profile->events[other];
            if (first->code == row->code && first->has_value == row->has_value &&
                first->value == row->value)
                yaml_mistakes_add(mistakes, row->place,
                                  "code %u stands in line %u already: one code, one event",
                                  row->code, first->place.line);
        }
    }
}

static void check_writes(const struct profile *profile, const struct profile_write *writes,
                         size_t count, struct yaml_mistakes *mistakes)
{
    for (size_t at = 0; at < count; at++) {
        if (writes[at].address < profile->address_base)
            yaml_mistakes_add(mistakes, writes[at].place,
                              "address is %u, but address_base says that addresses begin at %u",
                              writes[at].address, profile->address_base);
        if (writes[at].table == TABLE_COIL && writes[at].value > 1)
            yaml_mistakes_add(mistakes, writes[at].place, "a coil is written 0 or 1");
    }
}

static void check_levels(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    const struct profile_inputs *inputs = &profile->inputs;
    check_window(profile, &inputs->window, PROFILE_READ_WORDS, mistakes);
    size_t bits =
        is_bits(inputs->window.table) ? inputs->window.count : (size_t)inputs->window.count * 16;
    for (size_t at = 0; at < inputs->level_count; at++) {
        const struct profile_level *level = &inputs->levels[at];
        if (level->input >= bits)
            yaml_mistakes_add(mistakes, level->place,
                              "input is %u, but the window has only 0 to %zu", level->input,
                              bits - 1);
        if (level->on == 0 && level->off == 0)
            yaml_mistakes_add(mistakes, level->place,
                              "an input needs a meaning: give on, or off, or both");
        for (size_t other = 0; other < at; other++)
            if (inputs->levels[other].input == level->input)
                yaml_mistakes_add(mistakes, level->place, "input %u stands in line %u already",
                                  level->input, inputs->levels[other].place.line);
    }
}

enum status profile_check(const struct profile *profile, struct yaml_mistakes *mistakes,
                          struct error *error)
{
    size_t before = mistakes->count;
    if (profile->shape == PROFILE_CURSOR) {
        check_record(profile, mistakes);
        check_status(profile, mistakes);
        check_events(profile, mistakes);
        check_writes(profile, profile->selects, profile->select_count, mistakes);
        check_writes(profile, profile->acknowledges, profile->acknowledge_count, mistakes);
    } else {
        check_levels(profile, mistakes);
    }
    if (mistakes->count == before)
        return STATUS_OK;
    return error_set(error, STATUS_INVALID, "the profile has %zu mistakes",
                     mistakes->count - before);
}
