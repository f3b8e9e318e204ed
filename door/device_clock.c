#include "door/device_clock.h"

#include <inttypes.h>
#include <stdio.h>

#include "door/event.h"

#define TEXT_SIZE 80

struct look {
    bool has_time;
    int64_t device_ns;
    int64_t ahead_ns; /* of the recorder's clock */
};

/* The answer is as old as half the time that it took. */
static enum status look_at_clock(const struct watch *watch, uint16_t *words, struct look *look,
                                 struct error *error)
{
    const struct profile_clock *clock = &watch->profile->clock;
    int64_t asked_ns = clock_now(watch->clock).utc_ns;
    enum status status = bus_read(watch->bus, &clock->window, 0, words, error);
    int64_t answered_ns = clock_now(watch->clock).utc_ns;
    look->has_time =
        status == STATUS_OK && device_time_decode(&clock->time.parts, words, clock->window.count,
                                                  &look->device_ns) != DEVICE_TIME_NONE;
    look->ahead_ns = look->device_ns - (asked_ns + (answered_ns - asked_ns) / 2);
    return status;
}

static void tell(const struct look *look, char text[TEXT_SIZE])
{
    char moment[TIME_TEXT_SIZE];
    int64_t ahead_ms = look->ahead_ns / NS_PER_MS;
    int64_t size_ms = ahead_ms < 0 ? -ahead_ms : ahead_ms;
    time_format(moment, look->device_ns);
    if (look->has_time)
        (void)snprintf(text, TEXT_SIZE, "%s (%c%" PRIi64 ".%03" PRIi64 " s)", moment,
                       ahead_ms < 0 ? '-' : '+', size_ms / 1000, size_ms % 1000);
    else
        (void)snprintf(text, TEXT_SIZE, "no time");
}

static enum status say(const struct watch *watch, const struct look *before,
                       const struct look *after, struct error *error)
{
    struct clock_reading now = clock_now(watch->clock);
    struct message_entry entry;
    char old[TEXT_SIZE];
    char new[TEXT_SIZE];
    char detail[DETAIL_SIZE];
    uint64_t number = 0;
    tell(before, old);
    tell(after, new);
    (void)snprintf(detail, sizeof detail, "its clock was set: before %s, after %s", old, new);
    event_make(DOOR_CLOCK_SET, &now, detail, &entry);
    (void)link_position(watch->link, &entry.boot_epoch, &number);
    enum status status = link_say_entry(watch->link, &entry);
    return status == STATUS_OK ? STATUS_OK
                               : error_set(error, status, "the keeper has no room for an entry");
}

enum status device_clock_set(const struct watch *watch, struct error *error)
{
    const struct profile_clock *clock = &watch->profile->clock;
    uint16_t words[BUS_WORDS_MAX] = {0};
    uint16_t again[BUS_WORDS_MAX] = {0};
    struct look before = {0};
    struct look after = {0};
    enum status status = look_at_clock(watch, words, &before, error);
    if (status != STATUS_OK || (before.has_time && before.ahead_ns < DEVICE_CLOCK_RIGHT_NS &&
                                before.ahead_ns > -DEVICE_CLOCK_RIGHT_NS))
        return status;
    status = device_time_encode(&clock->time.parts, clock_now(watch->clock).utc_ns, words,
                                clock->window.count);
    if (status != STATUS_OK)
        return error_set(error, status, "the time cannot be written in this controller's form");
    status = bus_write_window(watch->bus, &clock->window, words, error);
    if (status == STATUS_REFUSED)
        return status;
    for (size_t at = 0; status == STATUS_OK && at < clock->commit.count; at++)
        status = bus_write(watch->bus, &clock->commit.items[at], 0, error);
    if (status == STATUS_OK)
        status = look_at_clock(watch, again, &after, error);
    enum status said = say(watch, &before, &after, status == STATUS_OK ? error : NULL);
    return status == STATUS_OK ? said : status;
}
