#include "door/device_clock.h"

#include <inttypes.h>
#include <stdio.h>

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

static bool is_right(const struct look *look)
{
    return look->has_time && look->ahead_ns < DEVICE_CLOCK_RIGHT_NS &&
           look->ahead_ns > -DEVICE_CLOCK_RIGHT_NS;
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

static bool has_moved(const struct look *before, const struct look *after)
{
    int64_t by_ns = after->ahead_ns - before->ahead_ns;
    if (!before->has_time || !after->has_time)
        return before->has_time != after->has_time;
    return by_ns >= DEVICE_CLOCK_RIGHT_NS || by_ns <= -DEVICE_CLOCK_RIGHT_NS;
}

/* `after` is NULL if it could not be read. */
static enum status say(const struct watch *watch, struct reporter *reporter,
                       const struct look *before, const struct look *after, struct error *error)
{
    char old[TEXT_SIZE];
    char new[TEXT_SIZE];
    char detail[DETAIL_SIZE];
    tell(before, old);
    if (after == NULL) {
        (void)snprintf(detail, sizeof detail, "its clock may have been set: before %s", old);
    } else if (is_right(after)) {
        tell(after, new);
        (void)snprintf(detail, sizeof detail, "its clock was set: before %s, after %s", old, new);
    } else {
        tell(after, new);
        (void)snprintf(detail, sizeof detail,
                       "it was given the time and does not show it: before %s, after %s", old, new);
        if (!has_moved(before, after))
            return reporter_say(reporter, watch, DOOR_CLOCK_UNSYNCED, detail, error);
    }
    reporter_clock_was_set(reporter);
    return reporter_say(reporter, watch, DOOR_CLOCK_SET, detail, error);
}

/* `words` are its registers as they were read. *is_written: they may be others by now. */
static enum status write_clock(const struct watch *watch, uint16_t *words, bool *is_written,
                               struct error *error)
{
    const struct profile_clock *clock = &watch->profile->clock;
    *is_written = false;
    enum status status = device_time_encode(&clock->time.parts, clock_now(watch->clock).utc_ns,
                                            words, clock->window.count);
    if (status != STATUS_OK)
        return error_set(error, status, "the time cannot be written in this controller's form");
    status = bus_write_window(watch->bus, &clock->window, words, error);
    *is_written = status != STATUS_REFUSED;
    return status == STATUS_OK ? shape_write(watch, &clock->commit, 0, error) : status;
}

enum status device_clock_set(const struct watch *watch, struct reporter *reporter,
                             struct error *error)
{
    uint16_t words[BUS_WORDS_MAX] = {0};
    uint16_t again[BUS_WORDS_MAX] = {0};
    struct look before = {0};
    struct look after = {0};
    bool is_written = false;
    enum status status = look_at_clock(watch, words, &before, error);
    if (status != STATUS_OK || is_right(&before))
        return status;
    status = write_clock(watch, words, &is_written, error);
    if (!is_written)
        return status;
    /* Where what makes it take the time was refused, it may have taken it all the same. */
    enum status seen = status == STATUS_OK || status == STATUS_REFUSED
                           ? look_at_clock(watch, again, &after, status == STATUS_OK ? error : NULL)
                           : status;
    status = status == STATUS_OK ? seen : status;
    enum status said = say(watch, reporter, &before, seen == STATUS_OK ? &after : NULL,
                           status == STATUS_OK ? error : NULL);
    status = status == STATUS_OK ? said : status;
    if (status == STATUS_OK && !is_right(&after))
        return error_set(error, STATUS_MISMATCH, "%s does not show the time it was set to",
                         bus_name(watch->bus));
    return status;
}
