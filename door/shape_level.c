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
 *
 * A counter that is far ahead is not told count by count (counts.h): the number is recorded as
 * lost if a contact can have made it, else as unknown, and counting goes on from there. One that
 * ran backwards was reset. Both must be read twice; and where, before it has counted again, the
 * counter stands where it had been, it is counted on from there, as if nothing had been.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "door/counts.h"
#include "door/event.h"
#include "door/reporter.h"
#include "door/shape.h"

#define NEW "its counters are taken from here on"
/* Of all counters together, while no process looked: more is no number to be believed. */
#define FAR_AHEAD 1000000
/* Changes of all inputs between two readings: with more, counters that stand where they stood
 * before they broke have returned, and have not just counted. */
#define FEW_CHANGES 4

struct level {
    struct reporter reporter;
    bool is_begun;
    bool was_away;
    bool has_failed;  /* a reading, since the last good one */
    int64_t asked_ns; /* monotonic, when the last good one was asked for; 0: none was */
    bool is_doubtful; /* counters ran backwards or jumped: the next reading must agree */
    bool has_words;
    uint16_t words[BUS_WORDS_MAX]; /* of the last good one */
    bool is_known[PROFILE_LEVELS_MAX];
    bool is_over[PROFILE_LEVELS_MAX]; /* the counter's overflow flag is set */
    struct count counts[PROFILE_LEVELS_MAX];
};

/* What one reading says. */
struct reading {
    uint16_t words[BUS_WORDS_MAX];
    size_t size;
    uint16_t overflows[BUS_WORDS_MAX];
    size_t overflow_size;
    struct count counts[PROFILE_LEVELS_MAX];
    char raw[RAW_SIZE];
    int64_t asked_ns; /* monotonic */
};

static bool has_counters(const struct watch *watch)
{
    return watch->profile->inputs.levels[0].counter.is_there;
}

static bool is_ready(const struct watch *watch)
{
    return link_room(watch->link) > watch->profile->inputs.level_count + 2;
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

/* Of an input, to `is_on`. */
struct change {
    size_t at;
    bool is_on;
    bool is_numbered;
    bool is_found; /* when it was is not known */
    const char *detail;
};

/* The level as it shows now: seen to change, or found after a time without reading. */
static struct change change_to(const struct level *level, size_t at, bool is_on)
{
    struct change change = {.at = at,
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

static enum status say_change(struct level *level, const struct watch *watch,
                              const struct change *change, const struct reading *reading,
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
    entry.device_code = row->input;
    event_name_door(watch->doors, row->door, &entry);
    message_text(entry.reader, sizeof entry.reader, row->reader);
    message_text(entry.raw, sizeof entry.raw, reading->raw);
    enum status status = reporter_say_entry(&level->reporter, watch, &entry, error);
    if (status == STATUS_OK && change->is_numbered)
        numbers_take(numbers, entry.device_seq);
    return status;
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
                               const struct reading *reading, struct error *error)
{
    enum status status = say_unwatched(level, watch, error);
    if (status != STATUS_OK)
        return status;
    level->asked_ns = reading->asked_ns;
    for (size_t at = 0; at < watch->profile->inputs.level_count; at++) {
        bool is_on = reading->counts[at].is_on;
        if (level->is_known[at] && level->counts[at].is_on == is_on)
            continue;
        struct change change = change_to(level, at, is_on);
        status = say_change(level, watch, &change, reading, error);
        if (status != STATUS_OK)
            return status;
        level->is_known[at] = true;
        level->counts[at].is_on = is_on;
    }
    return STATUS_OK;
}

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
                                const struct reading *reading, struct error *error)
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
        struct change change = change_to(level, at, reading->counts[at].is_on);
        change.is_numbered = false;
        status = say_change(level, watch, &change, reading, error);
        level->counts[at] = reading->counts[at];
        level->is_known[at] = true;
    }
    level->is_begun = true;
    return status;
}

/* A numbered loss after which the numbers go on `events` later. */
static enum status say_jump(struct level *level, const struct watch *watch, size_t at,
                            const struct reading *reading, uint64_t events, struct error *error)
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
                             const struct reading *reading, uint64_t left, struct error *error)
{
    struct count *count = &level->counts[at];
    const struct profile_level *row = &watch->profile->inputs.levels[at];
    uint64_t events = counts_events(row, count, left);
    struct change change = {.at = at,
                            .is_on = reading->counts[at].is_on,
                            .is_found = true,
                            .detail = "found so after its counter was far ahead"};
    bool can_be = counts_can_be(left, reading->asked_ns - level->asked_ns);
    enum status status = can_be
                             ? reporter_say_lost(&level->reporter, watch,
                                                 level->reporter.numbers.newest + events + 1, error)
                             : say_jump(level, watch, at, reading, events, error);
    if (status == STATUS_OK && count->is_on != change.is_on)
        status = say_change(level, watch, &change, reading, error);
    if (status == STATUS_OK)
        *count = (struct count){.value = reading->counts[at].value,
                                .is_on = change.is_on,
                                .has_broken = !can_be,
                                .before = count->value};
    return status;
}

/* `left` changes, as far as there is room. */
static enum status take_changes(struct level *level, const struct watch *watch, uint64_t left,
                                struct change *change, const struct reading *reading, bool *more,
                                struct error *error)
{
    struct count *count = &level->counts[change->at];
    if (left != 1)
        change->detail = "counted; its level was not seen";
    for (; left != 0; left--) {
        if (!is_ready(watch)) {
            *more = true;
            return STATUS_OK;
        }
        counts_advance(&watch->profile->inputs, count);
        count->has_broken = false;
        change->is_on = count->is_on;
        enum status status = say_change(level, watch, change, reading, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* Every change between the counter as it was and as it is. */
static enum status take_count(struct level *level, const struct watch *watch, size_t at,
                              const struct reading *reading, bool *more, struct error *error)
{
    struct count *count = &level->counts[at];
    bool is_on = reading->counts[at].is_on;
    uint64_t left = 0;
    enum counts_step step =
        counts_look(&watch->profile->inputs, count, &reading->counts[at], &left);
    if (left > COUNTS_TOLD_MAX) {
        *more = *more || !is_ready(watch);
        return *more ? STATUS_OK : take_jump(level, watch, at, reading, left, error);
    }
    bool was_late = count->is_late;
    count->is_late = step == COUNTS_LATE && !was_late;
    if (count->is_late)
        return STATUS_OK;
    struct change change = change_to(level, at, count->is_on);
    bool is_full = false;
    enum status status = take_changes(level, watch, left, &change, reading, &is_full, error);
    *more = *more || is_full;
    if (status != STATUS_OK || is_full || count->is_on == is_on)
        return status;
    count->is_on = is_on;
    change.is_on = is_on;
    change.is_numbered = false;
    change.detail = "its counter did not count it";
    return say_change(level, watch, &change, reading, error);
}

/* Does any counter not follow what was read before? *is_back: one ran backwards. */
static bool any_broke(const struct level *level, const struct watch *watch,
                      const struct reading *reading, bool *is_back)
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
                             const struct reading *reading)
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
                                 const struct reading *reading, struct error *error)
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
                              const struct reading *reading, struct error *error)
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

static enum status take_counts(struct level *level, const struct watch *watch,
                               const struct reading *reading, bool *more, struct error *error)
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

static enum status look_at_overflows(struct level *level, const struct watch *watch,
                                     const struct reading *reading, struct error *error)
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
                               struct reading *reading, struct error *error)
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
    struct reading reading = {0};
    *more = false;
    begin(level, watch);
    reading.asked_ns = clock_now(watch->clock).monotonic_ns;
    enum status status = read_inputs(level, watch, &reading, error);
    level->has_failed = level->has_failed || status != STATUS_OK;
    if (status != STATUS_OK)
        return status;
    if (has_counters(watch)) {
        status = take_counts(level, watch, &reading, more, error);
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
                                  .is_ready = is_ready,
                                  .resumed = resumed,
                                  .step = step};
