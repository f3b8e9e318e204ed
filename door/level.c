#include "door/level.h"

#include "door/event.h"

bool level_has_room(const struct watch *watch)
{
    return link_room(watch->link) > watch->profile->inputs.level_count + 2;
}

struct level_change level_change_to(const struct level *level, size_t at, bool is_on)
{
    struct level_change change = {.at = at,
                                  .is_on = is_on,
                                  .is_numbered = true,
                                  .is_found = level->was_away || !level->is_known[at],
                                  .detail = ""};
    if (!level->is_known[at])
        change.detail = "found so when the watch began";
    else if (level->was_away)
        change.detail = "found changed after a time without reading";
    return change;
}

enum status level_say_change(struct level *level, const struct watch *watch,
                             const struct level_change *change, const struct level_reading *reading,
                             struct error *error)
{
    const struct profile_level *row = &watch->profile->inputs.levels[change->at];
    enum door_event event = change->is_on != row->inverted ? row->on : row->off;
    struct numbers *numbers = &level->reporter.numbers;
    if (event == 0)
        return STATUS_OK;
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    event_make(event, &now, change->detail, &entry);
    entry.found = change->is_found;
    entry.has_device_seq = change->is_numbered;
    entry.device_seq = change->is_numbered ? numbers->newest + 1 : 0;
    entry.has_device_code = 1;
    entry.device_code = row->input;
    event_name_door(watch->doors, row->door, &entry);
    message_text(entry.reader, sizeof entry.reader, row->reader);
    message_text(entry.raw, sizeof entry.raw, reading->raw);
    enum status status = reporter_say_entry(&level->reporter, watch, &entry, error);
    if (status == STATUS_OK && change->is_numbered)
        numbers_take(numbers, entry.device_seq);
    return status;
}
