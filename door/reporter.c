#include "door/reporter.h"

#include <inttypes.h>
#include <stdio.h>

#include "door/event.h"

/* A clock this far from the recorder's is wrong, until it is half as far. */
#define CLOCK_WRONG_NS (60 * NS_PER_SECOND)
/* More than a poll and an answer can take, less than a time zone. */
#define CLOCK_STEP_NS (10 * NS_PER_SECOND)
/* Records need not be in the order of their times to the last. */
#define CLOCK_BACK_NS (2 * NS_PER_SECOND)

#define RESTARTED "as the controller says"

void reporter_begin(struct reporter *reporter, const struct watch *watch, uint64_t first,
                    uint64_t last)
{
    if (reporter->is_begun)
        return;
    reporter->numbers = (struct numbers){.first = first, .last = last};
    reporter->numbers.is_known =
        link_position(watch->link, &reporter->numbers.epoch, &reporter->numbers.newest);
    reporter->is_begun = true;
}

static enum status say(const struct watch *watch, const struct message_entry *entry,
                       struct error *error)
{
    enum status status = link_say_entry(watch->link, entry);
    return status == STATUS_OK ? STATUS_OK
                               : error_set(error, status, "the keeper has no room for an entry");
}

enum status reporter_say(const struct reporter *reporter, const struct watch *watch,
                         enum door_event event, const char *detail, struct error *error)
{
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    event_make(event, &now, detail, &entry);
    entry.boot_epoch = reporter->numbers.epoch;
    return say(watch, &entry, error);
}

/* The beginning of an epoch has the number before its first record: a second time it is the same
 * record, and the keeper's position is right after it. */
static enum status say_beginning(const struct reporter *reporter, const struct watch *watch,
                                 const char *detail, struct error *error)
{
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    event_make(DOOR_SOURCE_REBOOTED, &now, detail, &entry);
    entry.boot_epoch = reporter->numbers.epoch;
    entry.has_device_seq = reporter->numbers.first > 0;
    entry.device_seq = entry.has_device_seq ? reporter->numbers.newest : 0;
    return say(watch, &entry, error);
}

enum status reporter_begin_anew(struct reporter *reporter, const struct watch *watch,
                                uint64_t epoch, struct error *error)
{
    char text[DETAIL_SIZE];
    (void)snprintf(text, sizeof text,
                   "the controller's numbers began anew after %" PRIu64
                   "; what it had unread then cannot be known",
                   reporter->numbers.newest);
    enum status status = reporter_say(reporter, watch, DOOR_LOSS_UNKNOWN, text, error);
    if (status != STATUS_OK)
        return status;
    numbers_begin_anew(&reporter->numbers, epoch);
    reporter->newest_device_ns = 0;
    return say_beginning(reporter, watch, "its numbers began anew", error);
}

/* A latch holds what is unread in no log. Of one that is new to the ledger it is not known whether
 * it ever held anything, so its first restart begins what is known. */
static enum status say_latch_restarted(struct reporter *reporter, const struct watch *watch,
                                       bool was_watched, struct error *error)
{
    if (!was_watched) {
        numbers_take(&reporter->numbers, reporter->numbers.first - 1);
        reporter->restart_is_told = false; /* it tells of no loss */
        return say_beginning(reporter, watch, RESTARTED, error);
    }
    enum status status =
        reporter_say(reporter, watch, DOOR_LOSS_UNKNOWN,
                     "what the controller held unread when it restarted is gone", error);
    return status == STATUS_OK
               ? reporter_say(reporter, watch, DOOR_SOURCE_REBOOTED, RESTARTED, error)
               : status;
}

static enum status say_restarted(struct reporter *reporter, const struct watch *watch,
                                 const struct profile_boot *boot, bool was_watched,
                                 struct error *error)
{
    uint64_t epoch = reporter->numbers.epoch + 1;
    /* A counter that began anew itself must not lead into an epoch that was before. */
    if (boot->kind == BOOT_COUNTER && reporter->boot > epoch)
        epoch = reporter->boot;
    if (boot->numbers_anew)
        return reporter_begin_anew(reporter, watch, epoch, error);
    return watch->profile->shape == PROFILE_LATCH
               ? say_latch_restarted(reporter, watch, was_watched, error)
               : reporter_say(reporter, watch, DOOR_SOURCE_REBOOTED, RESTARTED, error);
}

enum status reporter_look_at_boot(struct reporter *reporter, const struct watch *watch,
                                  const struct profile_boot *boot, const uint16_t *words,
                                  size_t count, bool *is_settled, struct error *error)
{
    uint64_t value = 0;
    *is_settled = true;
    if (boot->kind == BOOT_NONE || field_number(&boot->field, words, count, &value) != STATUS_OK)
        return STATUS_OK;
    bool has_restarted =
        boot->kind == BOOT_FLAG ? value != 0 : reporter->boot_is_known && value != reporter->boot;
    bool counts_epochs = boot->kind == BOOT_COUNTER && boot->numbers_anew;
    if (counts_epochs && !reporter->boot_is_known) {
        has_restarted = reporter->numbers.is_known && reporter->numbers.epoch < value;
        if (!reporter->numbers.is_known)
            reporter->numbers.epoch = value;
    }
    reporter->boot_is_doubtful =
        has_restarted && boot->kind == BOOT_COUNTER && !reporter->boot_is_doubtful;
    *is_settled = !reporter->boot_is_doubtful;
    if (!*is_settled)
        return STATUS_OK;
    bool was_watched = reporter->boot_is_known || reporter->numbers.is_known;
    bool was_told = has_restarted && reporter->restart_is_told;
    reporter->boot_is_known = true;
    reporter->boot = value;
    reporter->restart_is_told = was_told;
    /* A flag stays until it is cleared, which waits for the keeper. */
    if (!has_restarted || reporter->clear_due)
        return STATUS_OK;
    reporter->clear_due = reporter->restart_is_told = boot->clear.count != 0;
    return was_told ? STATUS_OK : say_restarted(reporter, watch, boot, was_watched, error);
}

enum status reporter_clear_boot(struct reporter *reporter, const struct watch *watch,
                                struct error *error)
{
    if (!reporter->clear_due)
        return STATUS_OK;
    enum status status = shape_write_once(watch, &watch->profile->status.boot.clear, 0, error);
    reporter->clear_due = status != STATUS_OK;
    reporter->restart_is_told = reporter->restart_is_told && status != STATUS_OK;
    return status;
}

enum status reporter_look_at_log(struct reporter *reporter, const struct watch *watch,
                                 uint64_t count, struct error *error)
{
    uint64_t capacity = watch->profile->capacity;
    char text[DETAIL_SIZE];
    enum status status = STATUS_OK;
    if (capacity == 0)
        return STATUS_OK;
    bool is_full = watch->profile->when_full == FULL_STOPS && count >= capacity;
    if (is_full && !reporter->is_full)
        status = reporter_say(reporter, watch, DOOR_LOSS_UNKNOWN,
                              "the controller's log is full: it keeps nothing of what happens now",
                              error);
    reporter->is_full = is_full;
    /* Said again only after it was half empty. */
    if (count * 2 < capacity)
        reporter->is_nearly_full = false;
    if (status != STATUS_OK || reporter->is_nearly_full || count * 5 < capacity * 4)
        return status;
    reporter->is_nearly_full = true;
    (void)snprintf(text, sizeof text, "%" PRIu64 " of %" PRIu64 " records", count, capacity);
    return reporter_say(reporter, watch, DOOR_LOG_NEARLY_FULL, text, error);
}

enum status reporter_say_lost(struct reporter *reporter, const struct watch *watch, uint64_t next,
                              struct error *error)
{
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    char text[DETAIL_SIZE];
    uint64_t from = reporter->numbers.newest + 1;
    (void)snprintf(text, sizeof text, "%" PRIu64 " records were lost in the controller%s%.180s",
                   next - from, reporter->refusal[0] == '\0' ? "" : ": ", reporter->refusal);
    event_make(DOOR_RECORDS_LOST, &now, text, &entry);
    entry.has_device_seq = 1;
    entry.device_seq = next - 1;
    entry.boot_epoch = reporter->numbers.epoch;
    entry.lost_from = from;
    entry.lost_to = next - 1;
    enum status status = say(watch, &entry, error);
    if (status == STATUS_OK)
        numbers_take(&reporter->numbers, next - 1);
    reporter->refusal[0] = '\0';
    return status;
}

static int64_t distance(int64_t ns)
{
    return ns < 0 ? -ns : ns;
}

static enum status say_clock(const struct reporter *reporter, const struct watch *watch,
                             enum door_event event, const char *what, int64_t ns,
                             struct error *error)
{
    char text[DETAIL_SIZE];
    (void)snprintf(text, sizeof text, "the controller's clock %s by %" PRIi64 " s", what,
                   (distance(ns) + NS_PER_SECOND / 2) / NS_PER_SECOND);
    return reporter_say(reporter, watch, event, text, error);
}

/* The smallest there is from one to the other. */
static int64_t nearest(int64_t from_ns, int64_t to_ns)
{
    if (from_ns > 0)
        return from_ns;
    return to_ns < 0 ? to_ns : 0;
}

/* A record that has just happened shows how far the two clocks are apart: as far as from the
 * controller's time to the recorder's when nothing waited, or when it was read, or between. Where
 * it was the recorder's that stepped, that is the keeper's to record. */
static enum status compare_clocks(struct reporter *reporter, const struct watch *watch,
                                  const struct message_entry *entry, bool has_stepped,
                                  struct error *error)
{
    enum status status = STATUS_OK;
    int64_t offset_ns = entry->received_utc_ns - entry->device_utc_ns;
    int64_t base_ns = entry->received_utc_ns - entry->received_monotonic_ns;
    int64_t slack_ns = entry->received_monotonic_ns - reporter->idle_ns;
    int64_t step_ns = nearest(offset_ns - slack_ns - reporter->offset_ns,
                              offset_ns - reporter->offset_ns + reporter->slack_ns);
    int64_t wrong_ns = nearest(offset_ns - slack_ns, offset_ns);
    if (!has_stepped && reporter->offset_is_known && distance(step_ns) > CLOCK_STEP_NS &&
        distance(base_ns - reporter->base_ns) < CLOCK_BACK_NS)
        status = say_clock(reporter, watch, DOOR_CLOCK_STEPPED,
                           step_ns > 0 ? "stepped back" : "stepped ahead", step_ns, error);
    reporter->offset_is_known = true;
    reporter->offset_ns = offset_ns;
    reporter->slack_ns = slack_ns;
    reporter->base_ns = base_ns;
    bool is_wrong =
        distance(wrong_ns) > (reporter->clock_is_wrong ? CLOCK_WRONG_NS / 2 : CLOCK_WRONG_NS);
    if (status == STATUS_OK && is_wrong && !reporter->clock_is_wrong)
        status = say_clock(reporter, watch, DOOR_CLOCK_UNSYNCED,
                           wrong_ns > 0 ? "is behind the recorder's" : "is ahead of the recorder's",
                           wrong_ns, error);
    reporter->clock_is_wrong = is_wrong;
    return status;
}

void reporter_look_at_idle(struct reporter *reporter, const struct watch *watch, bool is_idle)
{
    reporter->idle_ns = is_idle ? clock_monotonic_ns(watch->clock) : 0;
}

enum status reporter_look_at_clock(struct reporter *reporter, const struct watch *watch,
                                   const struct message_entry *entry, struct error *error)
{
    bool was_doubtful = reporter->clock_is_doubtful;
    bool has_stepped = false;
    bool is_good = entry->device_time_quality == DEVICE_TIME_GOOD;
    enum status status = STATUS_OK;
    if (entry->device_time_quality == DEVICE_TIME_NONE)
        return STATUS_OK;
    reporter->clock_is_doubtful = !is_good;
    if (reporter->clock_is_doubtful && !was_doubtful)
        status = reporter_say(reporter, watch, DOOR_CLOCK_UNSYNCED,
                              "the controller doubts its own clock", error);
    int64_t back_ns = reporter->newest_device_ns - entry->device_utc_ns;
    /* An hour that happened twice, when summer time ended, is no good either. */
    if (status == STATUS_OK && is_good && reporter->newest_time_is_good &&
        reporter->newest_device_ns != 0 && back_ns > CLOCK_BACK_NS) {
        status = say_clock(reporter, watch, DOOR_CLOCK_STEPPED, "stepped back", back_ns, error);
        has_stepped = true;
    }
    if (status == STATUS_OK && is_good && reporter->idle_ns != 0)
        status = compare_clocks(reporter, watch, entry, has_stepped, error);
    reporter->idle_ns = 0;
    reporter->newest_device_ns = entry->device_utc_ns;
    reporter->newest_time_is_good = is_good;
    return status;
}

void reporter_clock_was_set(struct reporter *reporter)
{
    /* What comes next may have happened, and been stamped, just before. */
    reporter->idle_ns = 0;
    reporter->newest_device_ns = 0;
    reporter->clock_is_wrong = false;
    reporter->offset_is_known = false;
}

enum status reporter_say_numbered(struct reporter *reporter, const struct watch *watch,
                                  enum numbers_step step, uint64_t continued,
                                  struct message_entry *entry, bool is_entry, struct error *error)
{
    enum status status = STATUS_OK;
    if (step == NUMBERS_JUMP)
        status = reporter_say_lost(reporter, watch, continued, error);
    reporter->refusal[0] = '\0';
    /* What is read again is no news of the clock. */
    if (status == STATUS_OK && step != NUMBERS_BACK)
        status = reporter_look_at_clock(reporter, watch, entry, error);
    entry->has_device_seq = 1;
    entry->device_seq = continued;
    entry->boot_epoch = reporter->numbers.epoch;
    if (status == STATUS_OK && is_entry)
        status = say(watch, entry, error);
    if (status == STATUS_OK && step != NUMBERS_BACK)
        numbers_take(&reporter->numbers, continued);
    return status;
}

enum status reporter_say_entry(struct reporter *reporter, const struct watch *watch,
                               struct message_entry *entry, struct error *error)
{
    reporter->restart_is_told = false;
    entry->boot_epoch = reporter->numbers.epoch;
    return say(watch, entry, error);
}
