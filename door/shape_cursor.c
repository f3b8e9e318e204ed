/*
 * Records that the controller keeps in a log, given out one at a time in a window.
 *
 * Selecting a record is what moves a server-side cursor, so a record that was read is durable
 * with the keeper before the next is selected (is_ready). What stood in the window when the
 * process ended or the connection broke may have been read by nobody: so after each beginning the
 * window is read first, without selecting, and the keeper knows again what it had.
 *
 * A serial line has no transaction numbers: an answer that comes late can pass for the answer to
 * a later question. What is late is old, so a reading that is no step ahead is believed only when
 * the next one agrees; until then nothing is selected.
 *
 * A controller without selection, with an acknowledging write, or with both, is the same with
 * other steps left out.
 */
#include <inttypes.h>
#include <stdio.h>

#include "door/event.h"
#include "door/numbers.h"
#include "door/shape.h"

struct cursor {
    struct numbers numbers;
    bool is_begun;         /* the keeper's position was taken over */
    bool was_reread;       /* since the last resumption */
    bool is_doubtful;      /* the last reading was no step ahead: the next must agree */
    bool acknowledge_due;  /* a record is durable, the controller does not know */
    bool boot_is_doubtful; /* it was read otherwise than known: the next reading must agree */
    bool boot_is_known;
    uint64_t boot;
    int64_t newest_device_ns; /* of the newest record; 0 if unknown */
    bool clock_is_doubtful;
    bool unnumbered_is_said; /* the window's record has no number, and was handed on as it is */
};

static void begin(struct cursor *cursor, const struct watch *watch)
{
    const struct profile_sequence *sequence = &watch->profile->record.sequence;
    cursor->numbers = (struct numbers){.first = sequence->first, .last = sequence->last};
    cursor->numbers.is_known =
        link_position(watch->link, &cursor->numbers.epoch, &cursor->numbers.newest);
    cursor->is_begun = true;
}

static bool is_ready(const struct watch *watch)
{
    return link_is_idle(watch->link);
}

static void resumed(void *state)
{
    struct cursor *cursor = state;
    cursor->was_reread = false;
    cursor->is_doubtful = false;
    cursor->boot_is_doubtful = false;
    cursor->unnumbered_is_said = false;
}

/* is_ready saw to it that there is room for what one step can say. */
static enum status say(const struct watch *watch, const struct message_entry *entry,
                       struct error *error)
{
    enum status status = link_say_entry(watch->link, entry);
    return status == STATUS_OK ? STATUS_OK
                               : error_set(error, status, "the keeper has no room for an entry");
}

static enum status say_own(const struct cursor *cursor, const struct watch *watch,
                           enum door_event event, const char *detail, struct error *error)
{
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    event_make(event, &now, detail, &entry);
    entry.boot_epoch = cursor->numbers.epoch;
    /* The beginning of an epoch has the number before its first record: a second time it is the
     * same record, and the keeper's position is right after it. */
    if (event == DOOR_SOURCE_REBOOTED && cursor->numbers.first > 0 &&
        cursor->numbers.newest + 1 == cursor->numbers.first) {
        entry.has_device_seq = 1;
        entry.device_seq = cursor->numbers.newest;
    }
    return say(watch, &entry, error);
}

static enum status begin_anew(struct cursor *cursor, const struct watch *watch, uint64_t epoch,
                              struct error *error)
{
    char text[DETAIL_SIZE];
    (void)snprintf(text, sizeof text,
                   "the controller's numbers began anew after %" PRIu64
                   "; what it had unread then cannot be known",
                   cursor->numbers.newest);
    enum status status = say_own(cursor, watch, DOOR_LOSS_UNKNOWN, text, error);
    if (status != STATUS_OK)
        return status;
    numbers_begin_anew(&cursor->numbers, epoch);
    cursor->newest_device_ns = 0;
    return say_own(cursor, watch, DOOR_SOURCE_REBOOTED, "its numbers began anew", error);
}

/* What the controller says of its restarts, from the status or from a record. *is_settled is
 * false if it must be read once more before anything is made of it. */
static enum status look_at_boot(struct cursor *cursor, const struct watch *watch,
                                const struct profile_boot *boot, const uint16_t *words,
                                size_t count, bool *is_settled, struct error *error)
{
    uint64_t value = 0;
    *is_settled = true;
    if (boot->kind == BOOT_NONE || field_number(&boot->field, words, count, &value) != STATUS_OK)
        return STATUS_OK;
    bool has_restarted =
        boot->kind == BOOT_FLAG ? value != 0 : cursor->boot_is_known && value != cursor->boot;
    bool counts_epochs = boot->kind == BOOT_COUNTER && boot->numbers_anew;
    if (counts_epochs && !cursor->boot_is_known) {
        has_restarted = cursor->numbers.is_known && cursor->numbers.epoch != value;
        if (!cursor->numbers.is_known)
            cursor->numbers.epoch = value;
    }
    cursor->boot_is_doubtful =
        has_restarted && boot->kind == BOOT_COUNTER && !cursor->boot_is_doubtful;
    *is_settled = !cursor->boot_is_doubtful;
    if (!*is_settled)
        return STATUS_OK;
    cursor->boot_is_known = true;
    cursor->boot = value;
    if (!has_restarted)
        return STATUS_OK;
    if (!boot->numbers_anew)
        return say_own(cursor, watch, DOOR_SOURCE_REBOOTED, "as the controller says", error);
    return begin_anew(cursor, watch, counts_epochs ? value : cursor->numbers.epoch + 1, error);
}

static enum status say_lost(struct cursor *cursor, const struct watch *watch, uint64_t next,
                            struct error *error)
{
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    char text[DETAIL_SIZE];
    uint64_t from = cursor->numbers.newest + 1;
    (void)snprintf(text, sizeof text, "%" PRIu64 " records were lost in the controller",
                   next - from);
    event_make(DOOR_RECORDS_LOST, &now, text, &entry);
    entry.has_device_seq = 1;
    entry.device_seq = next - 1;
    entry.boot_epoch = cursor->numbers.epoch;
    entry.lost_from = from;
    entry.lost_to = next - 1;
    return say(watch, &entry, error);
}

static enum status watch_clock(struct cursor *cursor, const struct watch *watch,
                               const struct message_entry *entry, struct error *error)
{
    bool was_doubtful = cursor->clock_is_doubtful;
    if (entry->device_time_quality == DEVICE_TIME_NONE)
        return STATUS_OK;
    cursor->clock_is_doubtful = entry->device_time_quality == DEVICE_TIME_FAULT;
    if (!cursor->clock_is_doubtful || was_doubtful)
        return STATUS_OK;
    return say_own(cursor, watch, DOOR_CLOCK_UNSYNCED, "the controller doubts its own clock",
                   error);
}

/* One record with a number of its own: what was lost before it, then itself. */
static enum status say_numbered(struct cursor *cursor, const struct watch *watch,
                                enum numbers_step step, uint64_t continued,
                                struct message_entry *entry, struct error *error)
{
    enum status status = STATUS_OK;
    if (step == NUMBERS_JUMP)
        status = say_lost(cursor, watch, continued, error);
    if (status == STATUS_OK)
        status = watch_clock(cursor, watch, entry, error);
    entry->has_device_seq = 1;
    entry->device_seq = continued;
    entry->boot_epoch = cursor->numbers.epoch;
    if (status == STATUS_OK)
        status = say(watch, entry, error);
    if (status != STATUS_OK || step == NUMBERS_BACK)
        return status;
    numbers_take(&cursor->numbers, continued);
    cursor->newest_device_ns = entry->device_utc_ns;
    return STATUS_OK;
}

/* The number was seen before. Is the record another one, so that counting has begun anew? */
static bool is_another_record(const struct cursor *cursor, enum numbers_step step,
                              const struct message_entry *entry)
{
    bool times_are_known = cursor->newest_device_ns != 0 && entry->device_utc_ns != 0;
    if (step == NUMBERS_SAME)
        return times_are_known && entry->device_utc_ns != cursor->newest_device_ns;
    return !times_are_known || entry->device_utc_ns > cursor->newest_device_ns;
}

static enum status take_numbered(struct cursor *cursor, const struct watch *watch, uint64_t number,
                                 struct message_entry *entry, bool *is_new, struct error *error)
{
    uint64_t continued = 0;
    enum numbers_step step = numbers_look(&cursor->numbers, number, &continued);
    bool is_ahead = step == NUMBERS_NEXT || step == NUMBERS_JUMP;
    cursor->is_doubtful = !is_ahead && !cursor->is_doubtful;
    if (cursor->is_doubtful) {
        *is_new = false;
        return STATUS_OK;
    }
    if (!is_ahead) {
        if (is_another_record(cursor, step, entry)) {
            enum status status = begin_anew(cursor, watch, cursor->numbers.epoch + 1, error);
            if (status != STATUS_OK)
                return status;
            step = numbers_look(&cursor->numbers, number, &continued);
        } else if (step == NUMBERS_SAME) {
            *is_new = false;
            return STATUS_OK;
        }
    }
    return say_numbered(cursor, watch, step, continued, entry, error);
}

/* A record whose number cannot be read is handed on without one, once. */
static enum status take_unnumbered(struct cursor *cursor, const struct watch *watch,
                                   struct message_entry *entry, bool *is_new, struct error *error)
{
    *is_new = !cursor->unnumbered_is_said;
    if (cursor->unnumbered_is_said)
        return STATUS_OK;
    cursor->unnumbered_is_said = true;
    entry->event = DOOR_UNKNOWN_CODE;
    entry->boot_epoch = cursor->numbers.epoch;
    message_text(entry->detail, sizeof entry->detail, "the record's number cannot be read");
    return say(watch, entry, error);
}

static enum status take_record(struct cursor *cursor, const struct watch *watch,
                               const uint16_t *words, bool *more, struct error *error)
{
    const struct profile_record *record = &watch->profile->record;
    size_t count = profile_window_words(&record->window);
    uint64_t number = 0;
    enum status found = field_number(&record->sequence.field, words, count, &number);
    if (found == STATUS_NOT_FOUND)
        return STATUS_OK;
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    event_decode(watch->profile, watch->doors, words, count, &now, &entry);
    bool is_new = true;
    bool is_number =
        found == STATUS_OK && number >= record->sequence.first && number <= record->sequence.last;
    bool is_settled = true;
    enum status status =
        is_number ? look_at_boot(cursor, watch, &record->boot, words, count, &is_settled, error)
                  : STATUS_OK;
    if (status != STATUS_OK || !is_settled)
        return status;
    status = is_number ? take_numbered(cursor, watch, number, &entry, &is_new, error)
                       : take_unnumbered(cursor, watch, &entry, &is_new, error);
    uint64_t unread = 1; /* where the profile cannot tell, more may wait */
    if (field_number(&record->unread, words, count, &unread) == STATUS_INVALID)
        unread = 1;
    *more = is_new && unread != 0;
    cursor->acknowledge_due = watch->profile->acknowledge_count != 0 && !cursor->is_doubtful;
    *more = *more || (is_new && cursor->acknowledge_due);
    return status;
}

static enum status write_all(const struct watch *watch, const struct profile_write *writes,
                             size_t count, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t at = 0; at < count && status == STATUS_OK; at++)
        status = bus_write(watch->bus, &writes[at], error);
    return status;
}

static enum status read_status(struct cursor *cursor, const struct watch *watch, bool *waiting,
                               bool *is_settled, struct error *error)
{
    const struct profile_status *profile = &watch->profile->status;
    uint16_t words[BUS_WORDS_MAX] = {0};
    enum status status = bus_read(watch->bus, &profile->window, words, error);
    if (status != STATUS_OK)
        return status;
    size_t count = profile_window_words(&profile->window);
    uint64_t value = 0;
    if (profile->waiting.is_there)
        *waiting = field_number(&profile->waiting, words, count, &value) == STATUS_OK && value != 0;
    return look_at_boot(cursor, watch, &profile->boot, words, count, is_settled, error);
}

static enum status select_next(struct cursor *cursor, const struct watch *watch,
                               struct error *error)
{
    /* From here until it is read, the window may hold what nobody has read. */
    cursor->was_reread = false;
    cursor->unnumbered_is_said = false;
    return write_all(watch, watch->profile->selects, watch->profile->select_count, error);
}

static enum status read_record(struct cursor *cursor, const struct watch *watch, bool *more,
                               struct error *error)
{
    uint16_t words[BUS_WORDS_MAX] = {0};
    enum status status = bus_read(watch->bus, &watch->profile->record.window, words, error);
    return status == STATUS_OK ? take_record(cursor, watch, words, more, error) : status;
}

static enum status step(void *state, const struct watch *watch, bool *more, struct error *error)
{
    struct cursor *cursor = state;
    const struct profile *profile = watch->profile;
    *more = false;
    if (!cursor->is_begun)
        begin(cursor, watch);
    enum status status = STATUS_OK;
    if (cursor->acknowledge_due) {
        status = write_all(watch, profile->acknowledges, profile->acknowledge_count, error);
        cursor->acknowledge_due = status != STATUS_OK;
    }
    bool waiting = true;
    bool is_settled = true;
    if (status == STATUS_OK && profile->status.is_there)
        status = read_status(cursor, watch, &waiting, &is_settled, error);
    *more = status == STATUS_OK && !is_settled;
    bool is_reread = !cursor->was_reread;
    bool was_doubtful = cursor->is_doubtful;
    if (status != STATUS_OK || !is_settled || (!waiting && !is_reread))
        return status;
    status = is_reread ? STATUS_OK : select_next(cursor, watch, error);
    if (status == STATUS_OK)
        status = read_record(cursor, watch, more, error);
    bool is_doubtful = cursor->is_doubtful || cursor->boot_is_doubtful;
    cursor->was_reread = status == STATUS_OK && !is_doubtful;
    *more = status == STATUS_OK && (*more || is_doubtful || (is_reread && !was_doubtful));
    return status;
}

const struct shape shape_cursor = {
    .state_size = sizeof(struct cursor), .is_ready = is_ready, .resumed = resumed, .step = step};
