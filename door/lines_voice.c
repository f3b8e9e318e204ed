#include "door/lines_voice.h"

#include <inttypes.h>
#include <stdio.h>

#include "door/event.h"

struct clock_reading lines_time(const struct lines_voice *voice, int64_t at_ns)
{
    /* The kernel stamps edges on CLOCK_MONOTONIC, which is steered by time synchronisation; the
     * recorder orders by CLOCK_MONOTONIC_RAW, which is not. Over the short age of an edge the two
     * run alike. */
    struct clock_reading reading = clock_now(voice->watch->clock);
    int64_t age_ns = lines_now_ns() - at_ns;
    if (age_ns > 0) {
        reading.utc_ns -= age_ns;
        reading.monotonic_ns -= age_ns;
    }
    return reading;
}

enum status lines_say(const struct lines_voice *voice, struct message_entry *entry,
                      struct error *error)
{
    struct numbers *numbers = &voice->reporter->numbers;
    entry->has_device_seq = 1;
    entry->device_seq = numbers->newest + 1;
    enum status status = reporter_say_entry(voice->reporter, voice->watch, entry, error);
    if (status == STATUS_OK)
        numbers_take(numbers, entry->device_seq);
    return status;
}

enum status lines_say_lost(const struct lines_voice *voice, uint32_t count, int64_t at_ns,
                           const char *of_what, struct error *error)
{
    struct numbers *numbers = &voice->reporter->numbers;
    struct clock_reading when = lines_time(voice, at_ns);
    struct message_entry entry;
    char text[DETAIL_SIZE];
    (void)snprintf(text, sizeof text, "%" PRIu32 " edges of %s came faster than they were taken",
                   count, of_what);
    event_make(DOOR_RECORDS_LOST, &when, text, &entry);
    entry.has_device_seq = 1;
    entry.device_seq = numbers->newest + count;
    entry.lost_from = numbers->newest + 1;
    entry.lost_to = numbers->newest + count;
    enum status status = reporter_say_entry(voice->reporter, voice->watch, &entry, error);
    if (status == STATUS_OK)
        numbers_take(numbers, entry.device_seq);
    return status;
}
