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
#include "door/event.h"
#include "door/reporter.h"
#include "door/shape.h"

struct cursor {
    struct reporter reporter;
    bool was_reread;         /* since the last resumption */
    bool is_doubtful;        /* the last reading was no step ahead: the next must agree */
    bool acknowledge_due;    /* a record is durable, the controller does not know */
    bool unnumbered_is_said; /* the window's record has no number, and was handed on as it is */
};

static bool is_ready(const struct watch *watch)
{
    return link_is_idle(watch->link);
}

static void resumed(void *state)
{
    struct cursor *cursor = state;
    cursor->was_reread = false;
    cursor->is_doubtful = false;
    cursor->reporter.boot_is_doubtful = false;
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
                                 struct message_entry *entry, bool *is_new, struct error *error)
{
    uint64_t continued = 0;
    enum numbers_step step = numbers_look(&cursor->reporter.numbers, number, &continued);
    bool is_ahead = step == NUMBERS_NEXT || step == NUMBERS_JUMP;
    cursor->is_doubtful = !is_ahead && !cursor->is_doubtful;
    if (cursor->is_doubtful) {
        *is_new = false;
        return STATUS_OK;
    }
    if (!is_ahead) {
        if (is_another_record(cursor, step, entry)) {
            enum status status = reporter_begin_anew(&cursor->reporter, watch,
                                                     cursor->reporter.numbers.epoch + 1, error);
            if (status != STATUS_OK)
                return status;
            step = numbers_look(&cursor->reporter.numbers, number, &continued);
        } else if (step == NUMBERS_SAME) {
            *is_new = false;
            return STATUS_OK;
        }
    }
    return reporter_say_numbered(&cursor->reporter, watch, step, continued, entry, error);
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
    enum status status = is_number ? reporter_look_at_boot(&cursor->reporter, watch, &record->boot,
                                                           words, count, &is_settled, error)
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
    return reporter_look_at_boot(&cursor->reporter, watch, &profile->boot, words, count, is_settled,
                                 error);
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
    reporter_begin(&cursor->reporter, watch, profile->record.sequence.first,
                   profile->record.sequence.last);
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
    bool is_doubtful = cursor->is_doubtful || cursor->reporter.boot_is_doubtful;
    cursor->was_reread = status == STATUS_OK && !is_doubtful;
    *more = status == STATUS_OK && (*more || is_doubtful || (is_reread && !was_doubtful));
    return status;
}

const struct shape shape_cursor = {
    .state_size = sizeof(struct cursor), .is_ready = is_ready, .resumed = resumed, .step = step};
