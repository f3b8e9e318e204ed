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
 * (cursor_find.h).
 *
 * A serial line has no transaction numbers: an answer that comes late can pass for the answer to
 * a later question. What is late is old, so a reading that is no step ahead is believed only when
 * the next one agrees; until then nothing is selected.
 *
 * A number that was there before does not make it the same record: a controller that lost its log
 * or was cleared counts from the beginning, and its clock may have been set back as well. So a
 * record that is no step ahead is said again (is_again), and where the ledger has not exactly that
 * one, the numbers began anew. Where records are asked for by number nothing comes again by
 * itself: there the newest that was recorded is asked for after each beginning.
 *
 * A record that is refused again and again while something else is given is passed over and lost:
 * by number while a newer one is given; by the controller's cursor, which does not go back, only
 * while the status says that more waits, and only one before another is read.
 */
#include "door/cursor_find.h"
#include "door/cursor_said.h"
#include "door/event.h"
#include "door/reporter.h"
#include "door/shape.h"

struct cursor {
    struct reporter reporter;
    struct cursor_find find;
    struct cursor_said said;
    bool was_reread;         /* what stood in the window, since the last resumption */
    bool is_doubtful;        /* the last reading was no step ahead: the next must agree */
    bool acknowledge_due;    /* a record is durable, the controller does not know */
    uint64_t acknowledged;   /* that record's number, as the controller has it */
    bool unnumbered_is_said; /* the window's record has no number, and was handed on as it is */
    unsigned refusals;       /* of a record, on end, with something else given in between */
    bool was_passed;         /* the record before was, and none was read since */
    bool was_selected;       /* in this step, so what the window says of others is of now */

    struct message_entry leapt; /* the record that was read with a jump that must be confirmed */
    uint64_t leapt_sequence;
    bool leapt_is_entry;
};

static void resumed(void *state)
{
    struct cursor *cursor = state;
    cursor->was_reread = false;
    cursor->acknowledge_due = false;
    cursor->is_doubtful = false;
    cursor_find_resumed(&cursor->find);
    cursor->reporter.boot_is_doubtful = false;
    cursor->reporter.idle_ns = 0;
    cursor->unnumbered_is_said = false;
}

/* A record that is a step ahead. It is read again at once if a jump must be confirmed, or the
 * number went on meanwhile from what it jumped to. */
static enum status take_ahead(struct cursor *cursor, const struct watch *watch, uint64_t number,
                              struct message_entry *entry, bool is_entry, struct error *error)
{
    struct numbers *numbers = &cursor->reporter.numbers;
    uint64_t leap = numbers->leap;
    uint64_t continued = 0;
    enum numbers_step step = numbers_look(numbers, number, &continued);
    bool is_sure = numbers_believe(numbers, step, continued);
    bool has_gone_on = step == NUMBERS_JUMP && is_sure && continued > leap;
    cursor->is_doubtful = !is_sure || has_gone_on;
    if (has_gone_on)
        return cursor_say_new(&cursor->said, &cursor->reporter, watch, cursor->leapt_sequence,
                              &cursor->leapt, cursor->leapt_is_entry, error);
    if (is_sure)
        return cursor_say_new(&cursor->said, &cursor->reporter, watch, number, entry, is_entry,
                              error);
    cursor->leapt = *entry;
    cursor->leapt_sequence = number;
    cursor->leapt_is_entry = is_entry;
    return STATUS_OK;
}

static enum status take_numbered(struct cursor *cursor, const struct watch *watch, uint64_t number,
                                 struct message_entry *entry, bool is_entry, bool *is_new,
                                 struct error *error)
{
    uint64_t continued = 0;
    enum numbers_step step = numbers_look(&cursor->reporter.numbers, number, &continued);
    bool is_ahead = step == NUMBERS_NEXT || step == NUMBERS_JUMP;
    bool is_selecting = watch->profile->select.count != 0;
    bool is_newest = step == NUMBERS_SAME && cursor->said.has_newest &&
                     entry_is_same(&cursor->said.newest, entry);
    bool was_doubtful = cursor->is_doubtful && cursor->reporter.numbers.leap == 0;
    *is_new = is_ahead;
    if (is_ahead)
        return take_ahead(cursor, watch, number, entry, is_entry, error);
    cursor->reporter.numbers.leap = 0;
    /* The last value once more; nothing will be selected because of it. */
    if (is_newest && !is_selecting) {
        cursor->is_doubtful = false;
        return STATUS_OK;
    }
    cursor->is_doubtful = !was_doubtful;
    if (cursor->is_doubtful || is_newest)
        return STATUS_OK;
    *is_new = true;
    if (is_entry)
        return cursor_say_again(&cursor->said, &cursor->reporter, watch, number, continued, entry,
                                error);
    /* The ledger knows nothing of what is no entry. But a last value does not go back. */
    if (is_selecting)
        return STATUS_OK;
    enum status status = cursor_begin_anew(&cursor->said, &cursor->reporter, watch, error);
    return status == STATUS_OK ? cursor_say_new(&cursor->said, &cursor->reporter, watch, number,
                                                entry, is_entry, error)
                               : status;
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

/* The record that was asked for. Another in its place is believed the second time: then the one
 * that was asked for is gone. */
static enum status take_asked(struct cursor *cursor, const struct watch *watch, bool is_there,
                              uint64_t number, struct message_entry *entry, bool is_entry,
                              bool *is_new, struct error *error)
{
    struct reporter *reporter = &cursor->reporter;
    uint64_t continued = cursor->find.wanted;
    enum numbers_step step = NUMBERS_NEXT;
    bool is_right =
        is_there && number == cursor_find_number(&cursor->find, &cursor->reporter.numbers);
    cursor->is_doubtful = !is_right && !cursor->is_doubtful;
    *is_new = false;
    if (cursor->is_doubtful)
        return STATUS_OK;
    if (cursor->find.is_verifying) {
        *is_new = true;
        return is_right && is_entry ? cursor_say_again(&cursor->said, &cursor->reporter, watch,
                                                       number, continued, entry, error)
                                    : STATUS_OK;
    }
    if (!is_there)
        return reporter_say_lost(reporter, watch, cursor->find.wanted + 1, error);
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
    *number = cursor_find_number(&cursor->find, &cursor->reporter.numbers);
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
    /* Nothing stands behind it, or a last value is as it was: what comes has not happened yet. A
     * window that was not selected just now says how many waited then. */
    bool is_last = asks ? false : watch->profile->select.count == 0 && !is_new;
    bool is_only = cursor->was_selected && !asks && (unread == 0 || !is_new);
    if (!cursor->is_doubtful && (is_last || is_only))
        reporter_look_at_idle(&cursor->reporter, watch, true);
    return status;
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
        status = cursor_find_next(&cursor->find, &cursor->reporter, watch, words, count, waiting,
                                  is_settled, error);
    bool is_known = cursor->was_reread || profile_asks_number(watch->profile);
    if (status == STATUS_OK && *is_settled && !*waiting && is_known)
        reporter_look_at_idle(&cursor->reporter, watch, true);
    return status;
}

static enum status select_next(struct cursor *cursor, const struct watch *watch,
                               struct error *error)
{
    /* From here until it is read, the window may hold what nobody has read. */
    cursor->was_reread = false;
    cursor->was_selected = true;
    cursor->unnumbered_is_said = false;
    return shape_write(watch, &watch->profile->select,
                       cursor_find_number(&cursor->find, &cursor->reporter.numbers), error);
}

static enum status read_record(struct cursor *cursor, const struct watch *watch, bool *more,
                               struct error *error)
{
    const struct profile_record *record = &watch->profile->record;
    uint16_t words[BUS_WORDS_MAX] = {0};
    uint64_t number = cursor_find_number(&cursor->find, &cursor->reporter.numbers);
    /* Only a number of its own tells which record it is. */
    bool is_nameless = profile_asks_number(watch->profile) && !record->sequence.field.is_there;
    enum status status = is_nameless
                             ? bus_read_sure(watch->bus, &record->window, number, words, error)
                             : bus_read(watch->bus, &record->window, number, words, error);
    return status == STATUS_OK ? take_record(cursor, watch, words, more, error) : status;
}

/* A record is refused. True if it is to be passed over. */
static bool is_hopeless(struct cursor *cursor, const struct watch *watch, bool waiting)
{
    const struct profile *profile = watch->profile;
    bool is_other_given =
        profile_asks_number(profile)
            ? cursor_find_gives_another(&cursor->find, &cursor->reporter.numbers, watch)
            : profile->status.is_there && waiting && profile->select.count != 0 &&
                  !cursor->was_passed;
    cursor->refusals = is_other_given ? cursor->refusals + 1 : 0;
    return cursor->refusals >= SHAPE_REFUSALS;
}

static enum status pass_over(struct cursor *cursor, const struct watch *watch, const char *refusal,
                             bool *more, struct error *error)
{
    struct reporter *reporter = &cursor->reporter;
    bool asks = profile_asks_number(watch->profile);
    cursor->refusals = 0;
    cursor->is_doubtful = false;
    *more = true;
    if (asks && cursor->find.is_verifying)
        return STATUS_OK;
    message_text(reporter->refusal, sizeof reporter->refusal, refusal);
    if (asks)
        return reporter_say_lost(reporter, watch, cursor->find.wanted + 1, error);
    enum status status = select_next(cursor, watch, error);
    if (status != STATUS_OK)
        return status;
    status = read_record(cursor, watch, more, error);
    cursor->was_passed = status != STATUS_OK;
    return status;
}

static enum status get_record(struct cursor *cursor, const struct watch *watch, bool waiting,
                              bool selects, bool *more, struct error *error)
{
    struct error cause = {0};
    enum status status = selects ? select_next(cursor, watch, &cause) : STATUS_OK;
    bool was_asked = status == STATUS_OK || profile_asks_number(watch->profile);
    if (status == STATUS_OK)
        status = read_record(cursor, watch, more, &cause);
    if (status == STATUS_REFUSED && was_asked && is_hopeless(cursor, watch, waiting))
        return pass_over(cursor, watch, cause.text, more, error);
    if (status != STATUS_OK)
        return error_set(error, status, "%s", cause.text);
    cursor->refusals = 0;
    cursor->was_passed = false;
    return STATUS_OK;
}

/* What waits for the keeper's word and has it now: this step was not made before. */
static enum status settle_debts(struct cursor *cursor, const struct watch *watch,
                                struct error *error)
{
    enum status status = reporter_clear_boot(&cursor->reporter, watch, error);
    if (status != STATUS_OK || !cursor->acknowledge_due)
        return status;
    status = shape_write_once(watch, &watch->profile->acknowledge, cursor->acknowledged, error);
    cursor->acknowledge_due = status == STATUS_REFUSED;
    /* It may have been done: then another stands there, which nobody has read. */
    if (status != STATUS_OK && status != STATUS_REFUSED)
        cursor->was_reread = false;
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
    cursor->was_selected = false;
    bool is_disputed = false;
    enum status status =
        cursor_settle(&cursor->said, &cursor->reporter, watch, &is_disputed, error);
    cursor->find.is_verified = cursor->find.is_verified && !is_disputed;
    /* What it said must be durable first. */
    *more = !shape_is_idle(watch);
    if (status != STATUS_OK || *more)
        return status;
    status = settle_debts(cursor, watch, error);
    bool waiting = true;
    bool is_settled = true;
    if (status == STATUS_OK && profile->status.is_there)
        status = read_status(cursor, watch, &waiting, &is_settled, error);
    *more = status == STATUS_OK && !is_settled;
    bool is_reread = !cursor->was_reread && !asks;
    bool was_doubtful = cursor->is_doubtful;
    if (status != STATUS_OK || !is_settled || (!waiting && !is_reread))
        return status;
    status = get_record(cursor, watch, waiting, !is_reread, more, error);
    bool is_doubtful = cursor->is_doubtful || cursor->reporter.boot_is_doubtful;
    bool is_sure = status == STATUS_OK && !is_doubtful;
    if (!asks)
        cursor->was_reread = is_sure;
    else if (cursor->find.is_verifying)
        cursor->find.is_verified = is_sure;
    *more = status == STATUS_OK && (*more || is_doubtful || (is_reread && !was_doubtful));
    return status;
}

const struct shape shape_cursor = {.state_size = sizeof(struct cursor),
                                   .reporter_at = offsetof(struct cursor, reporter),
                                   .is_ready = shape_is_idle,
                                   .resumed = resumed,
                                   .step = step};
