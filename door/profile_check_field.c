#include "door/profile_check.h"

bool profile_in_gap(const struct profile_window *window, size_t from, size_t to)
{
    size_t each = profile_is_bits(window->table) ? 16 : 1; /* addresses a word */
    for (size_t at = 0; at < window->gap_count; at++) {
        const struct profile_gap *gap = &window->gaps[at];
        if (gap->address < window->address + to * each &&
            gap->address + gap->count > window->address + from * each)
            return true;
    }
    return false;
}

void profile_check_inside(const struct field *field, const struct profile_window *window,
                          const char *name, struct yaml_mistakes *mistakes)
{
    size_t words = profile_window_words(window);
    if (field_end(field) > words)
        yaml_mistakes_add(mistakes, field->place,
                          "%s ends at word %zu, but the window has only %zu (at counts from 0)",
                          name, field_end(field), words);
    else if (field->is_there && profile_in_gap(window, field->at, field_end(field)))
        yaml_mistakes_add(mistakes, field->place,
                          "%s lies in a gap of its window, where nothing is read: leave out of "
                          "gaps what has a meaning",
                          name);
}

static void check_number(const struct field *field, const char *name,
                         struct yaml_mistakes *mistakes)
{
    if (field_is_text(field))
        yaml_mistakes_add(mistakes, field->place, "%s must be a number: unsigned or bcd", name);
}

void profile_check_numbers(const struct named_field *fields, size_t count,
                           const struct profile_window *window, struct yaml_mistakes *mistakes)
{
    for (size_t at = 0; at < count; at++) {
        profile_check_inside(fields[at].field, window, fields[at].name, mistakes);
        check_number(fields[at].field, fields[at].name, mistakes);
    }
}

void profile_check_time(const struct device_time *time, const struct profile_window *window,
                        struct yaml_mistakes *mistakes)
{
    const struct named_field parts[] = {
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
    profile_check_numbers(parts, sizeof parts / sizeof parts[0], window, mistakes);
}
