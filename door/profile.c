#include "door/profile.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/file.h"
#include "door/profile_table.h"

void profile_free(struct profile *profile)
{
    if (profile == NULL)
        return;
    yaml_release(&profile_table, profile);
    free(profile);
}

void profile_cleanup(struct profile **profile)
{
    profile_free(*profile);
    *profile = NULL;
}

size_t profile_window_words(const struct profile_window *window)
{
    if (window->request.size != 0)
        return window->skip < window->request.answer
                   ? (window->request.answer - window->skip + 1u) / 2u
                   : 0;
    bool is_bits = window->table == TABLE_COIL || window->table == TABLE_DISCRETE;
    return is_bits ? (window->count + 15u) / 16u : window->count;
}

uint16_t profile_window_piece(const struct profile_window *window, unsigned at, unsigned *skip)
{
    bool is_bits = window->table == TABLE_COIL || window->table == TABLE_DISCRETE;
    unsigned limit = is_bits ? PROFILE_READ_BITS : PROFILE_READ_WORDS;
    if (!is_bits && window->largest_read != 0)
        limit = window->largest_read;
    unsigned end = (unsigned)window->address + window->count;
    for (size_t i = 0; i < window->gap_count; i++) {
        unsigned from = window->gaps[i].address;
        *skip = window->gaps[i].count;
        if (from == at)
            return 0;
        if (from > at) {
            end = from;
            break;
        }
    }
    return (uint16_t)(end - at < limit ? end - at : limit);
}

bool profile_asks_number(const struct profile *profile)
{
    if (profile->record.window.request.number_at != 0)
        return true;
    for (size_t at = 0; at < profile->select.count; at++) {
        const struct profile_write *write = &profile->select.items[at];
        if (write->is_number || write->request.number_at != 0)
            return true;
    }
    return false;
}

static void move_window(struct profile_window *window, uint16_t base, uint16_t largest_read)
{
    window->largest_read = largest_read;
    if (window->table == 0)
        return;
    window->address = (uint16_t)(window->address - base);
    for (size_t at = 0; at < window->gap_count; at++)
        window->gaps[at].address = (uint16_t)(window->gaps[at].address - base);
}

static void move_writes(struct profile_writes *writes, uint16_t base)
{
    for (size_t at = 0; at < writes->count; at++)
        if (writes->items[at].table != 0)
            writes->items[at].address = (uint16_t)(writes->items[at].address - base);
}

/* The file counts addresses as the manual does; the wire counts from 0. */
static void take_off_base(struct profile *profile)
{
    struct profile_window *windows[] = {&profile->status.window, &profile->record.window,
                                        &profile->inputs.window, &profile->inputs.overflows,
                                        &profile->clock.window};
    struct profile_writes *writes[] = {&profile->select, &profile->acknowledge,
                                       &profile->status.boot.clear, &profile->clock.commit};
    for (size_t at = 0; at < sizeof windows / sizeof windows[0]; at++)
        move_window(windows[at], profile->address_base, profile->largest_read);
    for (size_t at = 0; at < sizeof writes / sizeof writes[0]; at++)
        move_writes(writes[at], profile->address_base);
}

enum status profile_parse(struct bytes text, struct profile **profile,
                          struct yaml_mistakes *mistakes, struct error *error)
{
    *profile = NULL;
    struct profile *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a controller profile");
    enum status status = yaml_load(text, &profile_table, made, mistakes, error);
    if (status == STATUS_OK)
        status = made->shape == PROFILE_LINES ? profile_lines_settle(&made->lines, mistakes, error)
                                              : profile_check(made, mistakes, error);
    if (status == STATUS_OK && made->record.time.zone[0] != '\0')
        status = zone_parse(made->record.time.zone, &made->record.time.parts.zone, error);
    if (status == STATUS_OK && made->clock.is_there)
        status = zone_parse(made->clock.time.zone, &made->clock.time.parts.zone, error);
    if (status != STATUS_OK) {
        profile_free(made);
        return status;
    }
    take_off_base(made);
    *profile = made;
    return STATUS_OK;
}

enum status profile_load_bytes(struct bytes text, const char *path, struct profile **profile,
                               struct buffer *report, struct error *error)
{
    struct yaml_mistakes mistakes = {0};
    enum status status = profile_parse(text, profile, &mistakes, error);
    if (mistakes.count != 0 && yaml_mistakes_print(&mistakes, path, report) != STATUS_OK)
        status = error_set(error, STATUS_NO_MEMORY, "no memory for the mistakes in %.200s", path);
    yaml_mistakes_release(&mistakes);
    return status;
}

enum status profile_load(const char *path, struct profile **profile, struct buffer *report,
                         struct error *error)
{
    *profile = NULL;
    struct buffer text = {0};
    enum status status = file_read(AT_FDCWD, path, YAML_SIZE_MAX, &text, error);
    if (status == STATUS_OK)
        status = profile_load_bytes(buffer_bytes(&text), path, profile, report, error);
    buffer_release(&text);
    return status;
}

static bool is_of(uint16_t own, unsigned door)
{
    return own == 0 || own == door;
}

static bool lines_report(const struct profile_lines *lines, unsigned door, enum door_event event)
{
    for (size_t at = 0; at < lines->line_count; at++)
        if (is_of(lines->lines[at].door, door) &&
            (lines->lines[at].on == event || lines->lines[at].off == event))
            return true;
    for (size_t at = 0; at < lines->reader_count; at++)
        if (is_of(lines->readers[at].door, door) && event == DOOR_ACCESS_REQUESTED)
            return true;
    return false;
}

bool profile_reports(const struct profile *profile, unsigned door, enum door_event event)
{
    for (size_t at = 0; at < profile->event_count; at++)
        if (is_of(profile->events[at].door, door) && profile->events[at].event == event)
            return true;
    for (size_t at = 0; at < profile->inputs.level_count; at++) {
        const struct profile_level *level = &profile->inputs.levels[at];
        if (is_of(level->door, door) && (level->on == event || level->off == event))
            return true;
    }
    return lines_report(&profile->lines, door, event);
}

const struct profile_event *profile_find_event(const struct profile *profile, uint64_t code,
                                               uint64_t value)
{
    const struct profile_event *any = NULL;
    const struct profile_event *rest = NULL;
    for (size_t at = 0; at < profile->event_count; at++) {
        const struct profile_event *row = &profile->events[at];
        if (!row->has_code)
            rest = row;
        if (!row->has_code || row->code != code)
            continue;
        if (row->has_value && row->value == value)
            return row;
        if (!row->has_value)
            any = row;
    }
    return any != NULL ? any : rest;
}

const struct profile_reason *profile_find_reason(const struct profile *profile, uint64_t code)
{
    for (size_t at = 0; at < profile->reason_count; at++)
        if (profile->reasons[at].code == code)
            return &profile->reasons[at];
    return NULL;
}

const struct profile_reader *profile_find_reader(const struct profile *profile, uint64_t code)
{
    for (size_t at = 0; at < profile->reader_count; at++)
        if (profile->readers[at].code == code)
            return &profile->readers[at];
    return NULL;
}

const struct profile_method *profile_find_method(const struct profile *profile, uint64_t code)
{
    for (size_t at = 0; at < profile->method_count; at++)
        if (profile->methods[at].code == code)
            return &profile->methods[at];
    return NULL;
}
