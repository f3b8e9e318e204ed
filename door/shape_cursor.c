/*
 * Records with a number that the controller keeps in a log and gives out one at a time in a
 * window.
 *
 * Either the controller moves through its log: selecting a record moves its cursor, so a record
 * that was read is durable with the keeper before the next is selected (is_ready). What stood in
 * the window when the process ended or the connection broke may have been read by nobody: so
 * after each beginning the window is read first, without selecting, and the keeper knows again
 * what it had. A controller without selection, with an acknowledging write, or with both, is the
 * same with other steps left out.
 *
 * Or the recorder does: it asks for a record by its number, and its status says which there are
 * (cursor_find).
 *
 * A serial line has no transaction numbers: an answer that comes late can pass for the answer to
 * a later question. What is late is old, so a reading that is no step ahead is believed only when
 * the next one agrees; until then nothing is selected.
 */
#include "door/event.h"
#include "door/reporter.h"
#include "door/shape.h"

struct cursor {
    struct reporter reporter;
    bool was_reread;         /* since the last resumption */
    bool is_doubtful;        /* the last reading was no step ahead: the next must agree */
    bool status_is_doubtful; /* its newest record is older than what was read */
    bool acknowledge_due;    /* a record is durable, the controller does not know */
    uint64_t acknowledged;   /* that record's number, as the controller has it */
    uint64_t wanted;         /* continued number of the record that is asked for */
    bool unnumbered_is_said; /* the window's record has no number, and was handed on as it is */
};

static void resumed(void *state)
{
    struct cursor *cursor = state;
    cursor->was_reread = false;
    cursor->is_doubtful = false;
    cursor->status_is_doubtful = false;
    cursor->reporter.boot_is_doubtful = false;
    cursor->reporter.was_idle = false;
    cursor->unnumbered_is_said = false;
}

/* The number was seen before. Is the record another one, so that counting has begun anew? */
static bool is_another_record(const struct cursor *cursor, enum numbers_step step,
                              const struct message_entry *entry)
{
    bool times_are_known = cursor->reporter.newest_device_ns != 0 && entry->device_utc_ns != 0;
    if (step == NUMBERS_SAME)
        return times_are_known && entry->device_utc_ns != cursor->reporter.newest_device_ns;
    return !times_are_known || entry->device_utc_ns > cursor->reporter.newest_device_ns;
}

static enum status take_numbered(struct cursor *cursor, const struct watch *watch, uint64_t number,
                                 struct message_entry *entry, bool is_entry, bool *is_new,
                                 struct error *error)
{
    uint64_t continued = 0;
    enum numbers_step step = numbers_look(&cursor->reporter.numbers, number, &continued);
    bool is_ahead = step == NUMBERS_NEXT || step == NUMBERS_JUMP;
    bool is_another = !is_ahead && is_another_record(cursor, step, entry);
    *is_new = is_ahead;
    /* The last value once more; nothing will be selected because of it. */
    if (step == NUMBERS_SAME && !is_another && watch->profile->select.count == 0) {
        cursor->is_doubtful = false;
        return STATUS_OK;
    }
    cursor->is_doubtful = !is_ahead && !cursor->is_doubtful;
    if (cursor->is_doubtful || (step == NUMBERS_SAME && !is_another))
        return STATUS_OK;
    *is_new = true;
    if (is_another) {
        enum status status = reporter_begin_anew(&cursor->reporter, watch,
                                                 cursor->reporter.numbers.epoch + 1, error);
        if (status != STATUS_OK)
            return status;
        step = numbers_look(&cursor->reporter.numbers, number, &continued);
    }
    return reporter_say_numbered(&cursor->reporter, watch, step, continued, entry, is_entry, error);
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
    message_text(entry->detail, sizeof entry->detail, "the record's number cannot be read");
    return reporter_say_entry(&cursor->reporter, watch, entry, error);
}

static uint64_t asked_number(const struct cursor *cursor)
{
    const struct numbers *numbers = &cursor->reporter.numbers;
    uint64_t round = numbers->last - numbers->first + 1;
    return numbers->first + (cursor->wanted - numbers->first) % round;
}

/* The record that was asked for. Another in its place is believed the second time: then the one
 * that was asked for is gone. */
static enum status take_asked(struct cursor *cursor, const struct watch *watch, bool is_there,
                              uint64_t number, struct message_entry *entry, bool is_entry,
                              bool *is_new, struct error *error)
{
    struct reporter *reporter = &cursor->reporter;
    uint64_t continued = cursor->wanted;
    enum numbers_step step = NUMBERS_NEXT;
    bool is_right = is_there && number == asked_number(cursor);
    cursor->is_doubtful = !is_right && !cursor->is_doubtful;
    *is_new = false;
    if (cursor->is_doubtful)
        return STATUS_OK;
    if (!is_there)
        return reporter_say_lost(reporter, watch, cursor->wanted + 1, error);
    if (is_right)
        step = continued == reporter->numbers.newest + 1 ? NUMBERS_NEXT : NUMBERS_JUMP;
    else
        step = numbers_look(&reporter->numbers, number, &continued);
    if (step != NUMBERS_NEXT && step != NUMBERS_JUMP)
        return STATUS_OK;
    *is_new = true;
    return reporter_say_numbered(reporter, watch, step, continued, entry, is_entry, error);
}

/* What a window without a number of its own holds is known by what was asked. */
static enum status read_number(const struct cursor *cursor, const struct watch *watch,
                               const uint16_t *words, size_t count, uint64_t *number)
{
    const struct profile_record *record = &watch->profile->record;
    uint64_t value = 0;
    if (record->empty.is_there &&
        field_number(&record->empty, words, count, &value) == STATUS_NOT_FOUND)
        return STATUS_NOT_FOUND;
    *number = asked_number(cursor);
    return record->sequence.field.is_there
               ? field_number(&record->sequence.field, words, count, number)
               : STATUS_OK;
}

static enum status take_record(struct cursor *cursor, const struct watch *watch,
                               const uint16_t *words, bool *more, struct error *error)
{
    const struct profile_record *record = &watch->profile->record;
    bool asks = profile_asks_number(watch->profile);
    size_t count = profile_window_words(&record->window);
    uint64_t number = 0;
    enum status found = read_number(cursor, watch, words, count, &number);
    if (found == STATUS_NOT_FOUND && !asks)
        return STATUS_OK;
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    bool is_entry = event_decode(watch->profile, watch->doors, words, count, &now, &entry);
    bool is_new = true;
    bool is_settled = true;
    bool is_number =
        found == STATUS_OK && number >= record->sequence.first && number <= record->sequence.last;
    enum status status = is_number ? reporter_look_at_boot(&cursor->reporter, watch, &record->boot,
                                                           words, count, &is_settled, error)
                                   : STATUS_OK;
    if (status != STATUS_OK || !is_settled)
        return status;
    if (asks)
        status = take_asked(cursor, watch, is_number, number, &entry, is_entry, &is_new, error);
    else if (is_number)
        status = take_numbered(cursor, watch, number, &entry, is_entry, &is_new, error);
    else
        status = take_unnumbered(cursor, watch, &entry, &is_new, error);
    uint64_t unread = 1; /* where the profile cannot tell, more may wait */
    enum status counted = field_number(&record->unread, words, count, &unread);
    if (counted != STATUS_OK)
        unread = 1;
    else if (status == STATUS_OK)
        status = reporter_look_at_log(&cursor->reporter, watch, unread, error);
    cursor->acknowledge_due = watch->profile->acknowledge.count != 0 && !cursor->is_doubtful;
    cursor->acknowledged = number;
    *more = is_new && (unread != 0 || cursor->acknowledge_due);
    /* Nothing stood behind it, so what comes next has not happened yet. */
    cursor->reporter.was_idle = !cursor->is_doubtful && (unread == 0 || !is_new);
    return status;
}

/* Which record to ask for, when the newest that there is has the continued number `newest`. */
static enum status choose(struct cursor *cursor, const struct watch *watch, uint64_t newest,
                          const uint16_t *words, size_t count, struct error *error)
{
    const struct profile_status *status = &watch->profile->status;
    const struct numbers *numbers = &cursor->reporter.numbers;
    uint64_t ahead = newest - numbers->newest;
    uint64_t oldest = 0;
    uint64_t continued = 0;
    cursor->wanted = numbers->newest + 1;
    if (field_number(&status->oldest, words, count, &oldest) == STATUS_OK) {
        if (numbers_look(numbers, oldest, &continued) == NUMBERS_JUMP && continued <= newest)
            cursor->wanted = continued;
    } else if (watch->profile->capacity != 0 && ahead > watch->profile->capacity) {
        cursor->wanted = newest - watch->profile->capacity + 1;
    }
    return watch->profile->when_full == FULL_STOPS
               ? STATUS_OK
               : reporter_look_at_log(&cursor->reporter, watch, ahead, error);
}

/* Nothing was ever recorded of this controller: what it has is read from its oldest on. */
static void begin_at_oldest(struct cursor *cursor, const struct watch *watch, uint64_t newest,
                            const uint16_t *words, size_t count)
{
    struct numbers *numbers = &cursor->reporter.numbers;
    uint64_t capacity = watch->profile->capacity;
    uint64_t oldest = numbers->first;
    if (field_number(&watch->profile->status.oldest, words, count, &oldest) != STATUS_OK &&
        capacity != 0 && newest - numbers->first >= capacity)
        oldest = newest - capacity + 1;
    numbers_take(numbers, oldest - 1);
}

/* The newest record's number; false if there is none. */
static bool read_newest(const struct watch *watch, const uint16_t *words, size_t count,
                        uint64_t *newest)
{
    const struct profile_status *status = &watch->profile->status;
    const struct profile_sequence *sequence = &watch->profile->record.sequence;
    if (status->newest.is_there)
        return field_number(&status->newest, words, count, newest) == STATUS_OK &&
               *newest >= sequence->first && *newest <= sequence->last;
    uint64_t next = 0;
    uint64_t oldest = 0;
    if (field_number(&status->next, words, count, &next) != STATUS_OK || next < sequence->first ||
        next > sequence->last)
        return false;
    if (field_number(&status->oldest, words, count, &oldest) == STATUS_OK && oldest == next)
        return false;
    *newest = next == sequence->first ? sequence->last : next - 1;
    return true;
}

/* From the status: is there a record to ask for, and which. */
static enum status find(struct cursor *cursor, const struct watch *watch, const uint16_t *words,
                        size_t count, bool *waiting, bool *is_settled, struct error *error)
{
    struct numbers *numbers = &cursor->reporter.numbers;
    uint64_t newest = 0;
    uint64_t continued = 0;
    bool has_any = read_newest(watch, words, count, &newest);
    *waiting = false;
    if (!has_any && (!numbers->is_known || numbers->newest + 1 == numbers->first ||
                     watch->profile->status.next.is_there))
        return STATUS_OK;
    if (!numbers->is_known)
        begin_at_oldest(cursor, watch, newest, words, count);
    enum numbers_step step = has_any ? numbers_look(numbers, newest, &continued) : NUMBERS_BACK;
    *waiting = step == NUMBERS_NEXT || step == NUMBERS_JUMP;
    bool is_back = !*waiting && step != NUMBERS_SAME;
    bool was_doubtful = cursor->status_is_doubtful;
    cursor->status_is_doubtful = is_back && !was_doubtful;
    *is_settled = !is_back;
    if (*waiting)
        return choose(cursor, watch, continued, words, count, error);
    if (is_back && was_doubtful)
        return reporter_begin_anew(&cursor->reporter, watch, numbers->epoch + 1, error);
    return STATUS_OK;
}

static enum status read_status(struct cursor *cursor, const struct watch *watch, bool *waiting,
                               bool *is_settled, struct error *error)
{
    const struct profile_status *profile = &watch->profile->status;
    uint16_t words[BUS_WORDS_MAX] = {0};
    enum status status = bus_read(watch->bus, &profile->window, 0, words, error);
    if (status != STATUS_OK)
        return status;
    size_t count = profile_window_words(&profile->window);
    uint64_t value = 0;
    if (profile->waiting.is_there)
        *waiting = field_number(&profile->waiting, words, count, &value) == STATUS_OK && value != 0;
    status = reporter_look_at_boot(&cursor->reporter, watch, &profile->boot, words, count,
                                   is_settled, error);
    if (status == STATUS_OK && watch->profile->when_full == FULL_STOPS &&
        field_number(&profile->stored, words, count, &value) == STATUS_OK)
        status = reporter_look_at_log(&cursor->reporter, watch, value, error);
    if (status == STATUS_OK && *is_settled && profile_asks_number(watch->profile))
        status = find(cursor, watch, words, count, waiting, is_settled, error);
    if (status == STATUS_OK && *is_settled && !*waiting)
        cursor->reporter.was_idle = true;
    return status;
}

static enum status select_next(struct cursor *cursor, const struct watch *watch,
                               struct error *error)
{
    /* From here until it is read, the window may hold what nobody has read. */
    cursor->was_reread = false;
    cursor->unnumbered_is_said = false;
    return shape_write(watch, &watch->profile->select, asked_number(cursor), error);
}

static enum status read_record(struct cursor *cursor, const struct watch *watch, bool *more,
                               struct error *error)
{
    const struct profile_record *record = &watch->profile->record;
    uint16_t words[BUS_WORDS_MAX] = {0};
    uint64_t number = asked_number(cursor);
    /* Only a number of its own tells which record it is. */
    bool is_nameless = profile_asks_number(watch->profile) && !record->sequence.field.is_there;
    enum status status = is_nameless
                             ? bus_read_sure(watch->bus, &record->window, number, words, error)
                             : bus_read(watch->bus, &record->window, number, words, error);
    return status == STATUS_OK ? take_record(cursor, watch, words, more, error) : status;
}

/* What waits for the keeper's word and has it now: this step was not made before. */
static enum status settle_debts(struct cursor *cursor, const struct watch *watch,
                                struct error *error)
{
    enum status status = reporter_clear_boot(&cursor->reporter, watch, error);
    if (status != STATUS_OK || !cursor->acknowledge_due)
        return status;
    status = shape_write(watch, &watch->profile->acknowledge, cursor->acknowledged, error);
    cursor->acknowledge_due = status != STATUS_OK;
    return status;
}

static enum status step(void *state, const struct watch *watch, bool *more, struct error *error)
{
    struct cursor *cursor = state;
    const struct profile *profile = watch->profile;
    bool asks = profile_asks_number(profile);
    *more = false;
    reporter_begin(&cursor->reporter, watch, profile->record.sequence.first,
                   profile->record.sequence.last);
    enum status status = settle_debts(cursor, watch, error);
    bool waiting = true;
    bool is_settled = true;
    if (status == STATUS_OK && profile->status.is_there)
        status = read_status(cursor, watch, &waiting, &is_settled, error);
    *more = status == STATUS_OK && !is_settled;
    bool is_reread = !cursor->was_reread && !asks;
    bool was_doubtful = cursor->is_doubtful;
    if (status != STATUS_OK || !is_settled || (!waiting && !is_reread))
        return status;
    status = is_reread ? STATUS_OK : select_next(cursor, watch, error);
    if (status == STATUS_OK)
        status = read_record(cursor, watch, more, error);
    bool is_doubtful = cursor->is_doubtful || cursor->reporter.boot_is_doubtful;
    cursor->was_reread = status == STATUS_OK && !is_doubtful;
    *more = status == STATUS_OK && (*more || is_doubtful || (is_reread && !was_doubtful));
    return status;
}

const struct shape shape_cursor = {.state_size = sizeof(struct cursor),
                                   .reporter_at = offsetof(struct cursor, reporter),
                                   .is_ready = shape_is_idle,
                                   .resumed = resumed,
                                   .step = step};
