/*
 * Inputs that are on or off. A change between two readings is an event; changes that come and go
 * between them are not seen, and while there is no connection none are. So every level is read
 * again after each beginning, and a difference is marked as found, and says how.
 *
 * Without counters the controller has no numbers: the entries are numbered here, on from where
 * the ledger stands, so that one that is sent twice is known again. And what came and went while
 * nobody looked leaves no trace, so the time for which nobody did is recorded.
 *
 * With a counter for each input every count is an event, whether its level was seen or not
 * (counts.h). Then the sum of all inputs' events is a number that the controller itself has: it is
 * the sequence, and after a restart of the process it says exactly how many were missed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "door/event.h"
#include "door/level.h"

static bool has_counters(const struct watch *watch)
{
    return watch->profile->inputs.levels[0].counter.is_there;
}

static void resumed(void *state)
{
    struct level *level = state;
    level->was_away = true;
    level->is_doubtful = false;
}

/* Takes over where the ledger stands. */
static void begin(struct level *level, const struct watch *watch)
{
    const struct profile_inputs *inputs = &watch->profile->inputs;
    uint64_t last = INT64_MAX;
    if (has_counters(watch))
        last = counts_round(inputs) - 1;
    reporter_begin(&level->reporter, watch, 0, last);
}

/* Of more than a poll that failed and was made again at once. */
static enum status say_unwatched(const struct level *level, const struct watch *watch,
                                 struct error *error)
{
    char text[DETAIL_SIZE] = "the inputs were not watched for a time";
    int64_t gap_ns = clock_now(watch->clock).monotonic_ns - level->asked_ns;
    bool has_paused = level->was_away || level->has_failed;
    bool is_unknown = level->asked_ns == 0 ? level->reporter.numbers.is_known
                                           : has_paused && gap_ns > 2 * watch->interval_ns;
    if (!is_unknown)
        return STATUS_OK;
    if (level->asked_ns != 0)
        (void)snprintf(text, sizeof text, "the inputs were not read for %" PRIi64 " ms",
                       gap_ns / NS_PER_MS + 1);
    return reporter_say(&level->reporter, watch, DOOR_LOSS_UNKNOWN, text, error);
}

/* Levels alone. */
static enum status take_levels(struct level *level, const struct watch *watch,
                               const struct level_reading *reading, struct error *error)
{
    enum status status = say_unwatched(level, watch, error);
    if (status != STATUS_OK)
        return status;
    level->asked_ns = reading->asked_ns;
    for (size_t at = 0; at < watch->profile->inputs.level_count; at++) {
        bool is_on = reading->counts[at].is_on;
        if (level->is_known[at] && level->counts[at].is_on == is_on)
            continue;
        struct level_change change = level_change_to(level, at, is_on);
        status = level_say_change(level, watch, &change, reading, error);
        if (status != STATUS_OK)
            return status;
        level->is_known[at] = true;
        level->counts[at].is_on = is_on;
    }
    return STATUS_OK;
}

static enum status look_at_overflows(struct level *level, const struct watch *watch,
                                     const struct level_reading *reading, struct error *error)
{
    const struct profile_inputs *inputs = &watch->profile->inputs;
    const uint16_t *words = inputs->has_overflows ? reading->overflows : reading->words;
    size_t size = inputs->has_overflows ? reading->overflow_size : reading->size;
    for (size_t at = 0; at < inputs->level_count; at++) {
        char text[DETAIL_SIZE];
        bool was_over = level->is_over[at];
        level->is_over[at] = inputs->levels[at].has_overflow &&
                             field_window_bit(words, size, inputs->levels[at].overflow);
        if (!level->is_over[at] || was_over)
            continue;
        (void)snprintf(text, sizeof text, "the counter of input %u ran over",
                       inputs->levels[at].input);
        enum status status = reporter_say(&level->reporter, watch, DOOR_LOSS_UNKNOWN, text, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status read_window(const struct level *level, const struct watch *watch,
                               uint16_t *words, struct error *error)
{
    const struct profile_window *window = &watch->profile->inputs.window;
    /* Old counters are known by running backwards, and new ones seldom come twice. */
    if (has_counters(watch))
        return bus_read_sure(watch->bus, window, 0, words, error);
    return bus_read_news(watch->bus, window, level->has_words ? level->words : NULL,
                         level->was_away, words, error);
}

static enum status read_inputs(const struct level *level, const struct watch *watch,
                               struct level_reading *reading, struct error *error)
{
    const struct profile_inputs *inputs = &watch->profile->inputs;
    enum status status = read_window(level, watch, reading->words, error);
    if (status == STATUS_OK && inputs->has_overflows)
        status = bus_read(watch->bus, &inputs->overflows, 0, reading->overflows, error);
    if (status != STATUS_OK)
        return status;
    reading->size = profile_window_words(&inputs->window);
    reading->overflow_size = profile_window_words(&inputs->overflows);
    event_raw(reading->words, reading->size, reading->raw);
    for (size_t at = 0; at < inputs->level_count; at++) {
        uint64_t value = 0;
        const struct profile_level *row = &inputs->levels[at];
        if (field_number(&row->counter, reading->words, reading->size, &value) != STATUS_OK)
            value = 0;
        reading->counts[at] = (struct count){
            .value = (uint32_t)value,
            .is_on = field_window_bit(reading->words, reading->size, row->input),
        };
    }
    return STATUS_OK;
}

static enum status step(void *state, const struct watch *watch, bool *more, struct error *error)
{
    struct level *level = state;
    struct level_reading reading = {0};
    *more = false;
    begin(level, watch);
    reading.asked_ns = clock_now(watch->clock).monotonic_ns;
    enum status status = read_inputs(level, watch, &reading, error);
    level->has_failed = level->has_failed || status != STATUS_OK;
    if (status != STATUS_OK)
        return status;
    if (has_counters(watch)) {
        status = level_take_counts(level, watch, &reading, more, error);
        if (status == STATUS_OK)
            status = look_at_overflows(level, watch, &reading, error);
    } else {
        status = take_levels(level, watch, &reading, error);
    }
    if (status == STATUS_OK && !*more) {
        level->was_away = level->has_failed = false;
        level->asked_ns = reading.asked_ns;
        level->has_words = true;
        memcpy(level->words, reading.words, sizeof level->words);
    }
    return status;
}

const struct shape shape_level = {.state_size = sizeof(struct level),
                                  .reporter_at = offsetof(struct level, reporter),
                                  .is_ready = level_has_room,
                                  .resumed = resumed,
                                  .step = step};
