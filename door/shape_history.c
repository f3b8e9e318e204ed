/*
 * Records without a number in a log that is read by how far back a record is: the newest is 0
 * back. Every new record moves all others one back, at any moment, and one that a full log
 * overwrites goes without a trace.
 *
 * So the place of the newest record that was recorded is found by its content (mark.h), and the
 * one before it (one less back) is the next. That one is read first and its predecessor after it:
 * records only ever move back, so if the predecessor still is the one that was recorded, nothing
 * came in between the two. Where the predecessor is gone, it is not known how many were lost.
 *
 * Two records that are the same to the last bit, one right after the other, count as one.
 *
 * An empty record where the controller says there is one is taken like a record, as a loss, so that
 * those behind it are reached. Empty ones look all the same: where the newest is one, the oldest
 * that looks like it is gone back to, which can repeat an entry and leaves out none. The topmost
 * may be one that is being written, and is waited for. One that the controller does not give,
 * although it gives another in between, is taken as empty after SHAPE_REFUSALS steps without
 * progress.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "door/event.h"
#include "door/mark.h"
#include "door/reporter.h"
#include "door/shape.h"

/* Records that are looked at in one step when the newest is searched for. */
#define SEARCH_MAX 16
/* How often a record must be refused in one step before it is believed. */
#define REFUSED_ON_END 4

/* What the controller shows of a record. */
struct shown {
    uint16_t words[BUS_WORDS_MAX];
    size_t count;
    bool is_empty;
    struct error refusal; /* it is empty because it cannot be read; else of STATUS_OK */
};

struct history {
    struct reporter reporter;
    struct mark newest;
    uint64_t back;     /* where to look next: records only ever move further back than that */
    bool is_searching; /* for the newest that was recorded; else at `back` the next is expected */
    bool is_doubtful;  /* the newest was not found: it must be so twice */
    bool is_empty_doubtful; /* a record was empty: the next reading must agree */
    bool top_is_said;       /* that the topmost is empty */
    unsigned refusals;      /* steps with a record refused and another not, without progress */
    bool excess_is_said;    /* that there are said to be more than the log can hold */
    bool empty_is_found;    /* by the search, one like the newest, */
    uint64_t empty_back;    /* which is so far back */
};

static void resumed(void *state)
{
    struct history *history = state;
    history->is_searching = true;
    history->is_doubtful = history->is_empty_doubtful = history->empty_is_found = false;
    history->reporter.boot_is_doubtful = false;
    history->reporter.idle_ns = 0;
}

static void begin(struct history *history, const struct watch *watch)
{
    if (history->reporter.is_begun)
        return;
    reporter_begin(&history->reporter, watch, 1, INT64_MAX);
    if (history->reporter.numbers.is_known)
        history->newest = mark_of_number(history->reporter.numbers.newest);
}

static enum status cap(struct history *history, const struct watch *watch, uint64_t *stored,
                       struct error *error)
{
    uint64_t capacity = watch->profile->capacity;
    char text[DETAIL_SIZE];
    if (capacity == 0 || *stored <= capacity) {
        history->excess_is_said = false;
        return STATUS_OK;
    }
    (void)snprintf(text, sizeof text,
                   "the controller says that its log has %" PRIu64 " records, which holds %" PRIu64
                   ": it is read as far as it goes",
                   *stored, capacity);
    *stored = capacity;
    if (history->excess_is_said)
        return STATUS_OK;
    history->excess_is_said = true;
    return reporter_say(&history->reporter, watch, DOOR_LOSS_UNKNOWN, text, error);
}

static enum status read_status(struct history *history, const struct watch *watch, uint64_t *stored,
                               bool *is_settled, struct error *error)
{
    const struct profile_status *profile = &watch->profile->status;
    uint16_t words[BUS_WORDS_MAX] = {0};
    size_t count = profile_window_words(&profile->window);
    *stored = 0;
    enum status status = bus_read(watch->bus, &profile->window, 0, words, error);
    if (status != STATUS_OK)
        return status;
    if (field_number(&profile->stored, words, count, stored) != STATUS_OK)
        *stored = 0;
    status = reporter_look_at_boot(&history->reporter, watch, &profile->boot, words, count,
                                   is_settled, error);
    if (status == STATUS_OK)
        status = cap(history, watch, stored, error);
    if (status == STATUS_OK && watch->profile->when_full == FULL_STOPS)
        status = reporter_look_at_log(&history->reporter, watch, *stored, error);
    return status;
}

static enum status read_back(const struct watch *watch, uint64_t back, bool is_sure,
                             struct shown *shown, struct error *error)
{
    const struct profile_record *record = &watch->profile->record;
    uint64_t index = watch->profile->newest_index + back;
    uint64_t value = 0;
    *shown = (struct shown){.count = profile_window_words(&record->window)};
    enum status status = shape_write(watch, &watch->profile->select, index, error);
    if (status != STATUS_OK)
        return status;
    status = is_sure ? bus_read_sure(watch->bus, &record->window, index, shown->words, error)
                     : bus_read(watch->bus, &record->window, index, shown->words, error);
    shown->is_empty =
        record->empty.is_there &&
        field_number(&record->empty, shown->words, shown->count, &value) == STATUS_NOT_FOUND;
    return status;
}

/* The controller gives other records than the one that is so far back. */
static bool gives_others(const struct watch *watch, uint64_t back, uint64_t stored)
{
    const uint64_t others[] = {back + 1, 0, stored - 1};
    struct shown other;
    for (size_t at = 0; at < sizeof others / sizeof others[0]; at++)
        if (others[at] < stored && others[at] != back &&
            read_back(watch, others[at], false, &other, NULL) == STATUS_OK)
            return true;
    return false;
}

/* The same as read_back, past a record that cannot be read. One that is busy as a whole, or for a
 * moment, is waited for. */
static enum status read_past(struct history *history, const struct watch *watch, uint64_t back,
                             uint64_t stored, bool is_sure, struct shown *shown,
                             struct error *error)
{
    struct error cause = {0};
    for (unsigned refused = 0; refused < REFUSED_ON_END; refused++) {
        enum status status = read_back(watch, back, is_sure, shown, &cause);
        if (status != STATUS_REFUSED)
            return status == STATUS_OK ? STATUS_OK : error_set(error, status, "%s", cause.text);
        if (!gives_others(watch, back, stored))
            history->refusals = 0;
        else if (refused == 0)
            history->refusals++;
        if (history->refusals < SHAPE_REFUSALS)
            return error_set(error, status, "%s", cause.text);
    }
    shown->is_empty = true;
    shown->refusal = cause;
    memset(shown->words, 0, sizeof shown->words);
    return STATUS_OK;
}

static enum status take_empty(struct history *history, const struct watch *watch,
                              const struct shown *shown, struct error *error)
{
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    struct mark next = mark_next(&history->newest, mark_digest(shown->words, shown->count));
    uint64_t index = watch->profile->newest_index + history->back;
    enum status status = STATUS_OK;
    char text[DETAIL_SIZE];
    if (shown->refusal.status == STATUS_OK)
        (void)snprintf(text, sizeof text,
                       "record %" PRIu64 " of the controller's log is empty, and so may be others "
                       "right after it: what they were is not known",
                       index);
    else
        (void)snprintf(text, sizeof text,
                       "record %" PRIu64 " of the controller's log cannot be read, nor perhaps "
                       "others right after it, which are lost: %.140s",
                       index, shown->refusal.text);
    event_make(DOOR_LOSS_UNKNOWN, &now, text, &entry);
    entry.has_device_seq = 1;
    entry.device_seq = mark_number(&next);
    if (!history->top_is_said)
        status = reporter_say_entry(&history->reporter, watch, &entry, error);
    if (status != STATUS_OK)
        return status;
    history->top_is_said = false;
    history->newest = next;
    return STATUS_OK;
}

static enum status take(struct history *history, const struct watch *watch,
                        const struct shown *shown, struct error *error)
{
    if (shown->is_empty)
        return take_empty(history, watch, shown, error);
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    struct mark next = mark_next(&history->newest, mark_digest(shown->words, shown->count));
    bool is_entry =
        event_decode(watch->profile, watch->doors, shown->words, shown->count, &now, &entry);
    enum status status = reporter_look_at_clock(&history->reporter, watch, &entry, error);
    entry.has_device_seq = 1;
    entry.device_seq = mark_number(&next);
    if (status == STATUS_OK && is_entry)
        status = reporter_say_entry(&history->reporter, watch, &entry, error);
    if (status != STATUS_OK)
        return status;
    history->newest = next;
    history->refusals = 0;
    return STATUS_OK;
}

/* `shown` is the oldest record, and the newest that was recorded is nowhere in the log. */
static enum status take_oldest(struct history *history, const struct watch *watch,
                               const struct shown *shown, struct error *error)
{
    bool was_doubtful = history->is_doubtful;
    history->is_doubtful = history->newest.is_known && !was_doubtful;
    if (history->is_doubtful) {
        history->back = 0;
        return STATUS_OK;
    }
    enum status status = STATUS_OK;
    history->is_searching = false;
    if (history->newest.is_known)
        status = reporter_say(&history->reporter, watch, DOOR_LOSS_UNKNOWN,
                              "what was recorded last is not in the controller's log any more: it "
                              "was cleared, or more was overwritten than it holds",
                              error);
    if (status == STATUS_OK)
        status = take(history, watch, shown, error);
    history->back -= history->back != 0;
    return status;
}

static bool is_newest(const struct history *history, const struct shown *shown)
{
    return history->newest.is_known &&
           mark_digest(shown->words, shown->count) == history->newest.digest;
}

/* A record that is empty is believed to be so only when the next reading says so too. */
static bool must_agree(struct history *history, bool is_empty_now)
{
    history->is_empty_doubtful = is_empty_now && !history->is_empty_doubtful;
    return history->is_empty_doubtful;
}

/* Goes back until the newest that was recorded is found; *more: it was, and is not the newest of
 * all, or there is further to go. */
static enum status search(struct history *history, const struct watch *watch, uint64_t stored,
                          bool *more, struct error *error)
{
    struct shown shown;
    /* One that cannot be read took as long as many. */
    for (unsigned looked = 0; looked < SEARCH_MAX;
         looked += shown.refusal.status == STATUS_OK ? 1 : SEARCH_MAX) {
        /* Where it is found is looked at again. */
        bool is_oldest = history->back + 1 >= stored;
        enum status status =
            read_past(history, watch, history->back, stored, is_oldest, &shown, error);
        if (status != STATUS_OK)
            return status;
        *more = true;
        bool is_like = is_newest(history, &shown);
        if (is_like && shown.is_empty) {
            history->empty_is_found = true;
            history->empty_back = history->back;
        }
        if (is_oldest && history->empty_is_found)
            history->back = history->empty_back;
        if (is_oldest ? history->empty_is_found || is_like : is_like && !history->empty_is_found) {
            history->empty_is_found = false;
            history->is_searching = history->is_doubtful = false;
            *more = history->back != 0;
            reporter_look_at_idle(&history->reporter, watch, !*more);
            history->back -= history->back != 0;
            return STATUS_OK;
        }
        if (is_oldest && must_agree(history, shown.is_empty))
            return STATUS_OK;
        if (is_oldest)
            return take_oldest(history, watch, &shown, error);
        history->back++;
    }
    return STATUS_OK;
}

static enum status say_top(struct history *history, const struct watch *watch,
                           const struct shown *shown, struct error *error)
{
    char text[DETAIL_SIZE] = "the newest record of the controller's log is empty: it is waited for";
    if (history->top_is_said)
        return STATUS_OK;
    history->top_is_said = true;
    if (shown->refusal.status != STATUS_OK)
        (void)snprintf(text, sizeof text,
                       "the newest record of the controller's log cannot be read: %.180s",
                       shown->refusal.text);
    return reporter_say(&history->reporter, watch, DOOR_LOSS_UNKNOWN, text, error);
}

/* Takes the record that is `back` back if it is the next one. */
static enum status look(struct history *history, const struct watch *watch, uint64_t stored,
                        bool *more, struct error *error)
{
    struct shown shown;
    struct shown before;
    enum status status = read_past(history, watch, history->back, stored, true, &shown, error);
    if (status != STATUS_OK)
        return status;
    *more = true;
    bool is_gap = shown.is_empty;
    if (must_agree(history, is_gap))
        return STATUS_OK;
    if (is_gap && history->back == 0 && !is_newest(history, &shown)) {
        *more = false;
        return say_top(history, watch, &shown, error);
    }
    if (is_newest(history, &shown)) {
        *more = history->back != 0;
        history->refusals = *more ? history->refusals : 0;
        reporter_look_at_idle(&history->reporter, watch, !*more);
        history->back -= history->back != 0;
        return STATUS_OK;
    }
    *more = true;
    history->is_searching = true;
    if (history->back + 1 >= stored)
        return take_oldest(history, watch, &shown, error);
    status = read_past(history, watch, history->back + 1, stored, true, &before, error);
    if (status != STATUS_OK)
        return status;
    if (!is_newest(history, &before)) {
        history->back += 2;
        return STATUS_OK;
    }
    status = take(history, watch, &shown, error);
    if (status != STATUS_OK)
        return status;
    history->is_searching = false;
    history->back -= history->back != 0;
    return STATUS_OK;
}

static enum status step(void *state, const struct watch *watch, bool *more, struct error *error)
{
    struct history *history = state;
    uint64_t stored = 0;
    bool is_settled = true;
    *more = false;
    begin(history, watch);
    enum status status = reporter_clear_boot(&history->reporter, watch, error);
    if (status == STATUS_OK)
        status = read_status(history, watch, &stored, &is_settled, error);
    *more = status == STATUS_OK && !is_settled;
    if (status != STATUS_OK || !is_settled)
        return status;
    if (stored == 0) {
        reporter_look_at_idle(&history->reporter, watch, true);
        history->is_empty_doubtful = false;
        return STATUS_OK;
    }
    /* Of a controller that is new to the ledger everything is recorded. */
    if (history->back >= stored || !history->newest.is_known)
        history->back = stored - 1;
    return history->is_searching ? search(history, watch, stored, more, error)
                                 : look(history, watch, stored, more, error);
}

const struct shape shape_history = {.state_size = sizeof(struct history),
                                    .reporter_at = offsetof(struct history, reporter),
                                    .is_ready = shape_is_idle,
                                    .resumed = resumed,
                                    .step = step};
