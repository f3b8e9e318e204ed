/*
 * Inputs that are on or off. A change between two readings is an event; changes that come and go
 * between them are not seen, and while there is no connection none are. So every level is read
 * again after each beginning, and a difference says how it was found.
 *
 * The controller has no numbers of its own: the entries are numbered here, on from where the
 * ledger stands, so that one that is sent twice is known again.
 */
#include "door/event.h"
#include "door/shape.h"

struct level {
    bool is_begun;
    bool was_away;
    bool is_known[PROFILE_LEVELS_MAX];
    bool is_on[PROFILE_LEVELS_MAX];
    uint64_t newest;
    uint64_t epoch;
};

static bool is_ready(const struct watch *watch)
{
    return link_room(watch->link) > watch->profile->inputs.level_count;
}

static void resumed(void *state)
{
    struct level *level = state;
    level->was_away = true;
}

static const char *how_found(const struct level *level, size_t at)
{
    if (!level->is_known[at])
        return "found so when the watch began";
    return level->was_away ? "found changed after a time without reading" : "";
}

static enum status say_change(struct level *level, const struct watch *watch, size_t at, bool is_on,
                              const char *raw, struct error *error)
{
    const struct profile_level *row = &watch->profile->inputs.levels[at];
    enum door_event event = is_on ? row->on : row->off;
    if (event == 0)
        return STATUS_OK;
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    event_make(event, &now, how_found(level, at), &entry);
    entry.has_device_seq = 1;
    entry.device_seq = level->newest + 1;
    entry.boot_epoch = level->epoch;
    entry.device_code = row->input;
    message_text(entry.door, sizeof entry.door, door_list_id(watch->doors, row->door));
    message_text(entry.reader, sizeof entry.reader, row->reader);
    message_text(entry.raw, sizeof entry.raw, raw);
    enum status status = link_say_entry(watch->link, &entry);
    if (status != STATUS_OK)
        return error_set(error, status, "the keeper has no room for an entry");
    level->newest++;
    return STATUS_OK;
}

static enum status step(void *state, const struct watch *watch, bool *more, struct error *error)
{
    struct level *level = state;
    const struct profile_inputs *inputs = &watch->profile->inputs;
    *more = false;
    if (!level->is_begun)
        (void)link_position(watch->link, &level->epoch, &level->newest);
    level->is_begun = true;
    uint16_t words[BUS_WORDS_MAX] = {0};
    enum status status = bus_read(watch->bus, &inputs->window, words, error);
    /* On a serial line the first answer after a failure can be a late one to an earlier question:
     * the second is the one that counts. */
    if (status == STATUS_OK && level->was_away)
        status = bus_read(watch->bus, &inputs->window, words, error);
    if (status != STATUS_OK)
        return status;
    size_t count = profile_window_words(&inputs->window);
    char raw[RAW_SIZE];
    event_raw(words, count, raw);
    for (size_t at = 0; at < inputs->level_count; at++) {
        const struct profile_level *row = &inputs->levels[at];
        bool is_on = field_window_bit(words, count, row->input) != row->inverted;
        if (level->is_known[at] && level->is_on[at] == is_on)
            continue;
        status = say_change(level, watch, at, is_on, raw, error);
        if (status != STATUS_OK)
            return status;
        level->is_known[at] = true;
        level->is_on[at] = is_on;
    }
    level->was_away = false;
    return STATUS_OK;
}

const struct shape shape_level = {
    .state_size = sizeof(struct level), .is_ready = is_ready, .resumed = resumed, .step = step};
