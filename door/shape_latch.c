/*
 * One record without a number, held until it is acknowledged; meanwhile the controller takes no
 * other.
 *
 * Read, durable, released: while the keeper has not answered nothing is written (is_ready). After
 * each beginning what is held is looked at before anything is released, for it may be another
 * record by now. If it is the same as the newest, and it is not known whether that was released
 * (the process began, or the answer to the release was lost, or may be a late one to another), then
 * it is taken for the same and not recorded twice, and the doubt is recorded: had it come again in
 * between, nobody could tell.
 *
 * What is held is lost when the controller restarts. Its flag of that stays until it is cleared,
 * and says nothing of a further restart meanwhile. So where it is not known whether it was cleared,
 * it is read again, and told again if a record came in between; and after it was cleared, or when
 * it was looked at some time ago, what is held is compared before it is released.
 *
 * What is held again at once after each release is a card that lies on the reader, or a release
 * that does nothing. It cannot be told from a card that is read again and again, so a few are
 * recorded one by one, and then one a minute, with the number of those in between.
 */
#include <inttypes.h>
#include <stdio.h>

#include "door/event.h"
#include "door/mark.h"
#include "door/reporter.h"
#include "door/shape.h"

/* In a longer time, if its keeper took it or other units of its line did, a controller can have
 * restarted and hold another. */
#define LOOKED_MAX_NS (NS_PER_SECOND / 10)
/* Held again within this, and a poll, is at once. */
#define AT_ONCE_NS NS_PER_SECOND
/* On end, that are recorded one by one; and how often from then on. */
#define AGAIN_MAX     5
#define AGAIN_EACH_NS (60 * NS_PER_SECOND)

/* Whether the newest record was released. */
enum release { RELEASE_UNKNOWN = 0, RELEASE_NOT_TRIED, RELEASE_DONE };

struct latch {
    struct reporter reporter;
    struct mark newest;
    enum release release;
    bool acknowledge_due; /* what is held is durable */
    bool must_look;       /* since the last resumption it was not looked at */
    int64_t looked_ns;    /* monotonic, when what is held was read last */
    int64_t held_ns;      /* monotonic, when the newest was held last; 0: not since the start */
    uint64_t again;       /* how often on end it was held again at once */
    uint64_t untold;      /* of these, since the last that was recorded */
    int64_t told_ns;      /* when that was */
};

static void resumed(void *state)
{
    struct latch *latch = state;
    latch->must_look = true;
    latch->acknowledge_due = false;
    latch->reporter.clear_due = false;
    latch->reporter.boot_is_doubtful = false;
    latch->reporter.idle_ns = 0;
}

static void begin(struct latch *latch, const struct watch *watch)
{
    if (latch->reporter.is_begun)
        return;
    reporter_begin(&latch->reporter, watch, 1, INT64_MAX);
    if (latch->reporter.numbers.is_known)
        latch->newest = mark_of_number(latch->reporter.numbers.newest);
}

static enum status read_held(struct latch *latch, const struct watch *watch, uint16_t *words,
                             struct error *error)
{
    enum status status = bus_read_sure(watch->bus, &watch->profile->record.window, 0, words, error);
    if (status == STATUS_OK)
        latch->looked_ns = clock_monotonic_ns(watch->clock);
    return status;
}

/* Another than what is durable is not released unseen. */
static enum status check_held(struct latch *latch, const struct watch *watch, struct error *error)
{
    uint16_t words[BUS_WORDS_MAX] = {0};
    size_t count = profile_window_words(&watch->profile->record.window);
    if (clock_monotonic_ns(watch->clock) - latch->looked_ns <= LOOKED_MAX_NS)
        return STATUS_OK;
    enum status status = read_held(latch, watch, words, error);
    if (status != STATUS_OK || mark_digest(words, count) == latch->newest.digest)
        return status;
    latch->acknowledge_due = false;
    latch->must_look = true;
    return STATUS_OK;
}

static enum status release(struct latch *latch, const struct watch *watch, struct error *error)
{
    enum status status = check_held(latch, watch, error);
    if (status != STATUS_OK || !latch->acknowledge_due)
        return status;
    status =
        shape_write_once(watch, &watch->profile->acknowledge, mark_number(&latch->newest), error);
    if (status == STATUS_REFUSED)
        return status;
    latch->acknowledge_due = false;
    bool is_sure = status == STATUS_OK && !bus_may_be_late(watch->bus);
    latch->release = is_sure ? RELEASE_DONE : RELEASE_UNKNOWN;
    latch->must_look = !is_sure;
    return status;
}

static enum status read_status(struct latch *latch, const struct watch *watch, bool *is_held,
                               bool *is_settled, struct error *error)
{
    const struct profile_status *profile = &watch->profile->status;
    uint16_t words[BUS_WORDS_MAX] = {0};
    uint64_t value = 0;
    size_t count = profile_window_words(&profile->window);
    /* What reading clears comes once. */
    bool is_cleared = profile->boot.kind == BOOT_FLAG && profile->boot.clear.count == 0;
    enum status status = is_cleared ? bus_read(watch->bus, &profile->window, 0, words, error)
                                    : bus_read_sure(watch->bus, &profile->window, 0, words, error);
    if (status != STATUS_OK)
        return status;
    if (profile->waiting.is_there)
        *is_held = field_number(&profile->waiting, words, count, &value) == STATUS_OK && value != 0;
    return reporter_look_at_boot(&latch->reporter, watch, &profile->boot, words, count, is_settled,
                                 error);
}

static enum status take_same(struct latch *latch, const struct watch *watch, struct error *error)
{
    bool is_sure = latch->release == RELEASE_NOT_TRIED;
    latch->acknowledge_due = true;
    if (is_sure)
        return STATUS_OK;
    latch->release = RELEASE_NOT_TRIED;
    return reporter_say(&latch->reporter, watch, DOOR_LOSS_UNKNOWN,
                        "the controller holds what was recorded last, and it is not known whether "
                        "that had been released; if it came again since, it is not recorded",
                        error);
}

/* What is held now is other than what was, or it was not at once. */
static enum status tell_rest(struct latch *latch, const struct watch *watch, struct error *error)
{
    char text[DETAIL_SIZE];
    uint64_t untold = latch->untold;
    latch->again = latch->untold = 0;
    if (untold == 0)
        return STATUS_OK;
    (void)snprintf(text, sizeof text,
                   "what was recorded last was held again at once %" PRIu64
                   " times more: whether it was read as often is not known",
                   untold);
    return reporter_say(&latch->reporter, watch, DOOR_LOSS_UNKNOWN, text, error);
}

static bool is_at_once(const struct latch *latch, const struct watch *watch, int64_t now_ns)
{
    return latch->held_ns != 0 && now_ns - latch->held_ns < AT_ONCE_NS + watch->interval_ns;
}

/* Counts what is held; *is_told: it is to be recorded. */
static enum status count_again(struct latch *latch, const struct watch *watch, uint32_t digest,
                               bool *is_told, struct error *error)
{
    int64_t now_ns = clock_monotonic_ns(watch->clock);
    bool is_again = latch->newest.is_known && digest == latch->newest.digest &&
                    is_at_once(latch, watch, now_ns);
    latch->held_ns = now_ns;
    *is_told = true;
    if (!is_again)
        return tell_rest(latch, watch, error);
    latch->again++;
    *is_told = latch->again <= AGAIN_MAX || now_ns - latch->told_ns >= AGAIN_EACH_NS;
    if (*is_told)
        latch->told_ns = now_ns;
    else
        latch->untold++;
    return STATUS_OK;
}

/* Nothing is held. */
static enum status take_none(struct latch *latch, const struct watch *watch, struct error *error)
{
    latch->must_look = false;
    latch->release = RELEASE_DONE;
    return is_at_once(latch, watch, clock_monotonic_ns(watch->clock))
               ? STATUS_OK
               : tell_rest(latch, watch, error);
}

static void remark_again(struct latch *latch, struct message_entry *entry)
{
    char text[DETAIL_SIZE];
    if (latch->again < AGAIN_MAX)
        return;
    (void)snprintf(text, sizeof text,
                   "held again at once, %" PRIu64 " times on end: it lies on the reader, or to "
                   "release it does nothing; told once a minute",
                   latch->again);
    event_remark(entry, text);
    latch->untold = 0;
}

static enum status take_new(struct latch *latch, const struct watch *watch, const uint16_t *words,
                            size_t count, struct error *error)
{
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    struct mark next = mark_next(&latch->newest, mark_digest(words, count));
    bool is_entry = event_decode(watch->profile, watch->doors, words, count, &now, &entry);
    enum status status = reporter_look_at_clock(&latch->reporter, watch, &entry, error);
    entry.has_device_seq = 1;
    entry.device_seq = mark_number(&next);
    remark_again(latch, &entry);
    if (status == STATUS_OK && is_entry)
        status = reporter_say_entry(&latch->reporter, watch, &entry, error);
    if (status != STATUS_OK)
        return status;
    latch->newest = next;
    numbers_take(&latch->reporter.numbers, mark_number(&next));
    latch->acknowledge_due = true;
    latch->release = RELEASE_NOT_TRIED;
    return STATUS_OK;
}

static enum status look(struct latch *latch, const struct watch *watch, bool *more,
                        struct error *error)
{
    const struct profile_record *record = &watch->profile->record;
    uint16_t words[BUS_WORDS_MAX] = {0};
    uint64_t value = 0;
    size_t count = profile_window_words(&record->window);
    enum status status = read_held(latch, watch, words, error);
    if (status != STATUS_OK)
        return status;
    if (record->empty.is_there &&
        field_number(&record->empty, words, count, &value) == STATUS_NOT_FOUND)
        return take_none(latch, watch, error);
    uint32_t digest = mark_digest(words, count);
    bool is_same = latch->must_look && latch->newest.is_known && latch->release != RELEASE_DONE &&
                   digest == latch->newest.digest;
    bool is_told = true;
    latch->must_look = false;
    status = count_again(latch, watch, digest, &is_told, error);
    *more = is_told;
    if (status != STATUS_OK)
        return status;
    if (is_told)
        return is_same ? take_same(latch, watch, error)
                       : take_new(latch, watch, words, count, error);
    latch->acknowledge_due = true;
    latch->release = RELEASE_NOT_TRIED;
    return STATUS_OK;
}

/* It may have restarted once more, and hold another, before its flag was cleared; or since, if it
 * is not known that it was. */
static enum status clear_boot(struct latch *latch, const struct watch *watch, struct error *error)
{
    if (latch->reporter.clear_due)
        latch->looked_ns = 0;
    enum status status = reporter_clear_boot(&latch->reporter, watch, error);
    if (status != STATUS_OK && status != STATUS_REFUSED)
        latch->reporter.clear_due = false;
    return status;
}

static enum status step(void *state, const struct watch *watch, bool *more, struct error *error)
{
    struct latch *latch = state;
    bool is_held = true;
    bool is_settled = true;
    *more = false;
    begin(latch, watch);
    enum status status = clear_boot(latch, watch, error);
    if (status == STATUS_OK && latch->acknowledge_due)
        status = release(latch, watch, error);
    if (status == STATUS_OK && watch->profile->status.is_there)
        status = read_status(latch, watch, &is_held, &is_settled, error);
    *more = status == STATUS_OK && !is_settled;
    if (status != STATUS_OK || !is_settled)
        return status;
    if (!is_held)
        reporter_look_at_idle(&latch->reporter, watch, true);
    status = is_held ? look(latch, watch, more, error) : take_none(latch, watch, error);
    /* A flag that is not cleared at once may be of another restart by then. */
    *more = *more || latch->reporter.clear_due;
    return status;
}

const struct shape shape_latch = {.state_size = sizeof(struct latch),
                                  .reporter_at = offsetof(struct latch, reporter),
                                  .is_ready = shape_is_idle,
                                  .resumed = resumed,
                                  .step = step};
