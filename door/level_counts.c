/*
 * What readings of inputs with counters say.
 *
 * A counter that is far ahead is not told count by count (counts.h): the number is recorded as
 * lost if a contact can have made it, else as unknown, and counting goes on from there. One that
 * ran backwards was reset. Both must be read twice; and where, before it has counted again, the
 * counter stands where it had been, it is counted on from there, as if nothing had been.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "door/event.h"
#include "door/level.h"

#define NEW "its counters are taken from here on"
/* Of all counters together, while no process looked: more is no number to be believed. */
#define FAR_AHEAD 1000000
/* Changes of all inputs between two readings: with more, counters that stand where they stood
 * before they broke have returned, and have not just counted. */
#define FEW_CHANGES 4

/* The sum is now `sum` in a new epoch; the record of that carries it, so that a restart of the
 * process finds it in the ledger. `why` something was lost, or "". */
static enum status begin_epoch(struct level *level, const struct watch *watch, uint64_t sum,
                               const char *why, const char *detail, struct error *error)
{
    struct numbers *numbers = &level->reporter.numbers;
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    enum status status = STATUS_OK;
    bool is_restart = numbers->is_known;
    if (is_restart) {
        if (why[0] != '\0')
            status = reporter_say(&level->reporter, watch, DOOR_LOSS_UNKNOWN, why, error);
        numbers->epoch++;
    }
    numbers_take(numbers, sum);
    event_make(is_restart ? DOOR_SOURCE_REBOOTED : DOOR_SOURCE_ONLINE, &now, detail, &entry);
    entry.has_device_seq = 1;
    entry.device_seq = sum;
    return status == STATUS_OK ? reporter_say_entry(&level->reporter, watch, &entry, error)
                               : status;
}

/* The first reading of the process: what the ledger has is held against the counters. */
static enum status begin_counts(struct level *level, const struct watch *watch,
                                const struct level_reading *reading, struct error *error)
{
    const struct profile_inputs *inputs = &watch->profile->inputs;
    struct numbers *numbers = &level->reporter.numbers;
    uint64_t continued = 0;
    uint64_t sum = counts_sum(inputs, reading->counts);
    enum status status = STATUS_OK;
    enum numbers_step step = numbers_look(numbers, sum, &continued);
    if (!numbers->is_known || step == NUMBERS_BACK)
        status =
            begin_epoch(level, watch, sum,
                        "its counters are below what was recorded: they were reset", NEW, error);
    else if (continued - numbers->newest > FAR_AHEAD)
        status = begin_epoch(level, watch, sum,
                             "its counters are far ahead of what was recorded: more "
                             "than is believed to have happened",
                             NEW, error);
    else if (step != NUMBERS_SAME)
        status = reporter_say_lost(&level->reporter, watch, continued + 1, error);
    for (size_t at = 0; at < inputs->level_count && status == STATUS_OK; at++) {
        struct level_change change = level_change_to(level, at, reading->counts[at].is_on);
        change.is_numbered = false;
        status = level_say_change(level, watch, &change, reading, error);
        level->counts[at] = reading->counts[at];
        level->is_known[at] = true;
    }
    level->is_begun = true;
    return status;
}

/* A numbered loss after which the numbers go on `events` later. */
static enum status say_jump(struct level *level, const struct watch *watch, size_t at,
                            const struct level_reading *reading, uint64_t events,
                            struct error *error)
{
    struct numbers *numbers = &level->reporter.numbers;
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    char text[DETAIL_SIZE];
    (void)snprintf(text, sizeof text,
                   "the counter of input %u jumped from %" PRIu32 " to %" PRIu32 " in %" PRIi64
                   " ms, more than a contact can make; it is counted on from there",
                   watch->profile->inputs.levels[at].input, level->counts[at].value,
                   reading->counts[at].value, (reading->asked_ns - level->asked_ns) / NS_PER_MS);
    event_make(DOOR_LOSS_UNKNOWN, &now, text, &entry);
    entry.has_device_seq = 1;
    entry.device_seq = numbers->newest + events;
    enum status status = reporter_say_entry(&level->reporter, watch, &entry, error);
    if (status == STATUS_OK)
        numbers_take(numbers, entry.device_seq);
    return status;
}

/* More changes than are told one by one. */
static enum status take_jump(struct level *level, const struct watch *watch, size_t at,
                             const struct level_reading *reading, uint64_t left,
                             struct error *error)
{
    struct count *count = &level->counts[at];
    const struct profile_level *row = &watch->profile->inputs.levels[at];
    uint64_t events = counts_events(row, count, left);
    struct level_change change = {.at = at,
                                  .is_on = reading->counts[at].is_on,
                                  .is_found = true,
                                  .detail = "found so after its counter was far ahead"};
    bool can_be = counts_can_be(left, reading->asked_ns - level->asked_ns);
    enum status status = can_be
                             ? reporter_say_lost(&level->reporter, watch,
                                                 level->reporter.numbers.newest + events + 1, error)
                             : say_jump(level, watch, at, reading, events, error);
    if (status == STATUS_OK && count->is_on != change.is_on)
        status = level_say_change(level, watch, &change, reading, error);
    if (status == STATUS_OK)
        *count = (struct count){.value = reading->counts[at].value,
                                .is_on = change.is_on,
                                .has_broken = !can_be,
                                .before = count->value};
    return status;
}

/* `left` changes, as far as there is room. */
static enum status take_changes(struct level *level, const struct watch *watch, uint64_t left,
                                struct level_change *change, const struct level_reading *reading,
                                bool *more, struct error *error)
{
    struct count *count = &level->counts[change->at];
    if (left != 1)
        change->detail = "counted; its level was not seen";
    for (; left != 0; left--) {
        if (!level_has_room(watch)) {
            *more = true;
            return STATUS_OK;
        }
        counts_advance(&watch->profile->inputs, count);
        count->has_broken = false;
        change->is_on = count->is_on;
        enum status status = level_say_change(level, watch, change, reading, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* Every change between the counter as it was and as it is. */
static enum status take_count(struct level *level, const struct watch *watch, size_t at,
                              const struct level_reading *reading, bool *more, struct error *error)
{
    struct count *count = &level->counts[at];
    bool is_on = reading->counts[at].is_on;
    uint64_t left = 0;
    enum counts_step step =
        counts_look(&watch->profile->inputs, count, &reading->counts[at], &left);
    if (left > COUNTS_TOLD_MAX) {
        *more = *more || !level_has_room(watch);
        return *more ? STATUS_OK : take_jump(level, watch, at, reading, left, error);
    }
    bool was_late = count->is_late;
    count->is_late = step == COUNTS_LATE && !was_late;
    if (count->is_late)
        return STATUS_OK;
    struct level_change change = level_change_to(level, at, count->is_on);
    bool is_full = false;
    enum status status = take_changes(level, watch, left, &change, reading, &is_full, error);
    *more = *more || is_full;
    if (status != STATUS_OK || is_full || count->is_on == is_on)
        return status;
    count->is_on = is_on;
    change.is_on = is_on;
    change.is_numbered = false;
    change.detail = "its counter did not count it";
    return level_say_change(level, watch, &change, reading, error);
}

/* Does any counter not follow what was read before? *is_back: one ran backwards. */
static bool any_broke(const struct level *level, const struct watch *watch,
                      const struct level_reading *reading, bool *is_back)
{
    const struct profile_inputs *inputs = &watch->profile->inputs;
    bool has_broken = false;
    uint64_t left = 0;
    *is_back = false;
    for (size_t at = 0; at < inputs->level_count; at++) {
        const struct count *now = &reading->counts[at];
        has_broken = has_broken || !counts_follow(inputs, &level->counts[at], now);
        *is_back = *is_back || counts_look(inputs, &level->counts[at], now, &left) == COUNTS_BACK;
    }
    return has_broken;
}

static bool has_changed_much(const struct level *level, const struct watch *watch,
                             const struct level_reading *reading)
{
    const struct profile_inputs *inputs = &watch->profile->inputs;
    uint64_t changes = 0;
    for (size_t at = 0; at < inputs->level_count; at++) {
        uint64_t left = 0;
        if (counts_look(inputs, &level->counts[at], &reading->counts[at], &left) == COUNTS_BACK)
            return true;
        changes += left;
    }
    return changes > FEW_CHANGES;
}

/* Counters that broke and stand now where they stood before: they are counted on from there. */
static enum status take_returned(struct level *level, const struct watch *watch,
                                 const struct level_reading *reading, struct error *error)
{
    const struct profile_inputs *inputs = &watch->profile->inputs;
    bool has_returned = false;
    if (!has_changed_much(level, watch, reading))
        return STATUS_OK;
    for (size_t at = 0; at < inputs->level_count; at++) {
        struct count *count = &level->counts[at];
        const struct count before = {.value = count->before, .is_on = count->is_on};
        if (!count->has_broken || !counts_follow(inputs, &before, &reading->counts[at]))
            continue;
        *count = before;
        has_returned = true;
    }
    return has_returned ? begin_epoch(level, watch, counts_sum(inputs, level->counts), "",
                                      "its counters stand again where they stood before they "
                                      "jumped or ran backwards: they are counted on from there",
                                      error)
                        : STATUS_OK;
}

static enum status take_reset(struct level *level, const struct watch *watch,
                              const struct level_reading *reading, struct error *error)
{
    const struct profile_inputs *inputs = &watch->profile->inputs;
    struct count before[PROFILE_LEVELS_MAX];
    memcpy(before, level->counts, sizeof before);
    memset(level->is_known, 0, sizeof level->is_known);
    enum status status = begin_epoch(level, watch, counts_sum(inputs, reading->counts),
                                     "its counters ran backwards", NEW, error);
    if (status == STATUS_OK)
        status = begin_counts(level, watch, reading, error);
    for (size_t at = 0; at < inputs->level_count; at++) {
        struct count *count = &level->counts[at];
        count->before = before[at].has_broken ? before[at].before : before[at].value;
        count->has_broken = count->value != count->before;
    }
    return status;
}

enum status level_take_counts(struct level *level, const struct watch *watch,
                              const struct level_reading *reading, bool *more, struct error *error)
{
    if (!level->is_begun)
        return begin_counts(level, watch, reading, error);
    enum status status = take_returned(level, watch, reading, error);
    if (status != STATUS_OK)
        return status;
    bool is_back = false;
    bool was_doubtful = level->is_doubtful;
    level->is_doubtful = any_broke(level, watch, reading, &is_back) && !was_doubtful;
    *more = level->is_doubtful;
    if (level->is_doubtful)
        return STATUS_OK;
    if (is_back)
        return take_reset(level, watch, reading, error);
    for (size_t at = 0; at < watch->profile->inputs.level_count && status == STATUS_OK; at++)
        status = take_count(level, watch, at, reading, more, error);
    return status;
}
