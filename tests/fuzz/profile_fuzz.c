/* A controller profile, and then registers read by it: every byte value in turn, and ones and
 * zeros, through whatever fields and tables the profile has; and a moment written by it. */
#include <string.h>

#include "door/event.h"
#include "fuzz.h"

static void decode(const struct profile *profile, uint16_t first, uint16_t step)
{
    uint16_t words[PROFILE_READ_WORDS];
    for (size_t i = 0; i < PROFILE_READ_WORDS; i++) {
        words[i] = (uint16_t)(first + step * i);
    }
    struct door_list doors;
    struct clock_reading now = {.utc_ns = 1795335222 * NS_PER_SECOND};
    struct message_entry entry;
    uint8_t bytes[MESSAGE_SIZE_MAX];
    MUST(door_list_parse("east west", &doors, NULL) == STATUS_OK);
    size_t count = profile_window_words(&profile->record.window);
    MUST(count <= PROFILE_READ_WORDS);
    memset(&entry, 0, sizeof entry);
    (void)event_decode(profile, &doors, words, count, &now, &entry);
    struct writer packet = writer_of(bytes, sizeof bytes);
    MUST(message_encode(MESSAGE_ENTRY, 1, &entry, &packet) == STATUS_OK);
}

/* As a clock is set: over what was read before. */
static void encode(const struct profile_clock *clock, int64_t utc_ns)
{
    uint16_t words[PROFILE_READ_WORDS] = {0};
    int64_t again_ns = 0;
    MUST(clock->window.count <= PROFILE_READ_WORDS);
    (void)!device_time_encode(&clock->time.parts, utc_ns, words, clock->window.count);
    (void)device_time_decode(&clock->time.parts, words, clock->window.count, &again_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct yaml_mistakes mistakes = {0};
    struct profile *profile = NULL;
    enum status status = profile_parse((struct bytes){data, size}, &profile, &mistakes, NULL);
    MUST((status == STATUS_OK) == (profile != NULL));
    MUST(status != STATUS_INVALID || mistakes.count > 0);
    if (profile != NULL && profile->shape != PROFILE_LEVEL && profile->shape != PROFILE_LINES) {
        decode(profile, 0, 0);
        decode(profile, 0xffff, 0);
        decode(profile, 0x0001, 0x0202);
        decode(profile, 0x4142, 0x0101);
    }
    if (profile != NULL && profile->clock.is_there) {
        encode(&profile->clock, 1795335222 * NS_PER_SECOND);
        encode(&profile->clock, -1);
        encode(&profile->clock, INT64_MAX);
    }
    profile_free(profile);
    yaml_mistakes_release(&mistakes);
    return 0;
}
