#include "door/reporter.h"

#include <inttypes.h>
#include <stdio.h>

#include "door/event.h"

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
    /* The beginning of an epoch has the number before its first record: a second time it is the
     * same record, and the keeper's position is right after it. */
    if (event == DOOR_SOURCE_REBOOTED && reporter->numbers.first > 0 &&
        reporter->numbers.newest + 1 == reporter->numbers.first) {
        entry.has_device_seq = 1;
        entry.device_seq = reporter->numbers.newest;
    }
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
    return reporter_say(reporter, watch, DOOR_SOURCE_REBOOTED, "its numbers began anew", error);
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
        has_restarted = reporter->numbers.is_known && reporter->numbers.epoch != value;
        if (!reporter->numbers.is_known)
            reporter->numbers.epoch = value;
    }
    reporter->boot_is_doubtful =
        has_restarted && boot->kind == BOOT_COUNTER && !reporter->boot_is_doubtful;
    *is_settled = !reporter->boot_is_doubtful;
    if (!*is_settled)
        return STATUS_OK;
    reporter->boot_is_known = true;
    reporter->boot = value;
    if (!has_restarted)
        return STATUS_OK;
    if (!boot->numbers_anew)
        return reporter_say(reporter, watch, DOOR_SOURCE_REBOOTED, "as the controller says", error);
    return reporter_begin_anew(reporter, watch, counts_epochs ? value : reporter->numbers.epoch + 1,
                               error);
}

static enum status say_lost(struct reporter *reporter, const struct watch *watch, uint64_t next,
                            struct error *error)
{
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    char text[DETAIL_SIZE];
    uint64_t from = reporter->numbers.newest + 1;
    (void)snprintf(text, sizeof text, "%" PRIu64 " records were lost in the controller",
                   next - from);
    event_make(DOOR_RECORDS_LOST, &now, text, &entry);
    entry.has_device_seq = 1;
    entry.device_seq = next - 1;
    entry.boot_epoch = reporter->numbers.epoch;
    entry.lost_from = from;
    entry.lost_to = next - 1;
    return say(watch, &entry, error);
}

static enum status watch_clock(struct reporter *reporter, const struct watch *watch,
                               const struct message_entry *entry, struct error *error)
{
    bool was_doubtful = reporter->clock_is_doubtful;
    if (entry->device_time_quality == DEVICE_TIME_NONE)
        return STATUS_OK;
    reporter->clock_is_doubtful = entry->device_time_quality == DEVICE_TIME_FAULT;
    if (!reporter->clock_is_doubtful || was_doubtful)
        return STATUS_OK;
    return reporter_say(reporter, watch, DOOR_CLOCK_UNSYNCED, "the controller doubts its own clock",
                        error);
}

enum status reporter_say_numbered(struct reporter *reporter, const struct watch *watch,
                                  enum numbers_step step, uint64_t continued,
                                  struct message_entry *entry, struct error *error)
{
    enum status status = STATUS_OK;
    if (step == NUMBERS_JUMP)
        status = say_lost(reporter, watch, continued, error);
    if (status == STATUS_OK)
        status = watch_clock(reporter, watch, entry, error);
    entry->has_device_seq = 1;
    entry->device_seq = continued;
    entry->boot_epoch = reporter->numbers.epoch;
    if (status == STATUS_OK)
        status = say(watch, entry, error);
    if (status != STATUS_OK || step == NUMBERS_BACK)
        return status;
    numbers_take(&reporter->numbers, continued);
    reporter->newest_device_ns = entry->device_utc_ns;
    return STATUS_OK;
}

enum status reporter_say_entry(struct reporter *reporter, const struct watch *watch,
                               struct message_entry *entry, struct error *error)
{
    entry->boot_epoch = reporter->numbers.epoch;
    return say(watch, entry, error);
}
