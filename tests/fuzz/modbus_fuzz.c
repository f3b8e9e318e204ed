/*
 * What a controller answers, over a socket pair, through bus, profile and shape, to the
 * messages that the keeper gets. Those must be well-formed whatever the controller says.
 *
 * The first byte chooses the profile, the second how many steps are made; then the controller's
 * clock is set, if the profile says how. What follows is the stream of answers, after which the
 * controller is gone.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "door/device_clock.h"
#include "fuzz.h"

#define STEPS_MAX 6

static const char *const profile_files[] = {
    SEALROOM_PROFILES "/simulated-controller.yaml",
    SEALROOM_PROFILES "/simulated-inputs.yaml",
    SEALROOM_PROFILES "/abb-rex640.yaml",
    SEALROOM_PROFILES "/moxa-iologik-e1210.yaml",
    SEALROOM_PROFILES "/inveo-rfid-ind-modbus.yaml",
    SEALROOM_PROFILES "/rfideas-rdr-80581.yaml",
    SEALROOM_PROFILES "/satec-etc2002.yaml",
    SEALROOM_PROFILES "/sel-551.yaml",
    SEALROOM_PROFILES "/pulsar-en54c.yaml",
    SEALROOM_PROFILES "/moxa-iologik-e1214.yaml",
};

#define PROFILE_COUNT (sizeof profile_files / sizeof profile_files[0])

/* Time moves on a second with each look, so that nothing depends on the machine's. */
static void tick(void *context, struct clock_reading *reading)
{
    int64_t *seconds = context;
    *seconds += 1;
    *reading = (struct clock_reading){
        .utc_ns = (1795335222 + *seconds) * NS_PER_SECOND,
        .monotonic_ns = *seconds * NS_PER_SECOND,
        .quality = CLOCK_SYNCED,
    };
}

static const struct profile *profile_of(size_t index)
{
    static struct profile *profiles[PROFILE_COUNT];
    if (profiles[index] == NULL) {
        struct buffer report = {0};
        log_set_level(LOG_LEVEL_ERROR);
        MUST(profile_load(profile_files[index], &profiles[index], &report, NULL) == STATUS_OK);
        buffer_release(&report);
    }
    return profiles[index];
}

/* The keeper's side: takes every entry and answers that it is durable. */
static void keep(struct channel *keeper)
{
    enum message_type type = MESSAGE_HELLO;
    uint32_t sequence = 0;
    union message_payload payload;
    int attached = -1;
    enum status status = STATUS_OK;
    while ((status = channel_receive(keeper, &type, &sequence, &payload, &attached, NULL)) ==
           STATUS_OK) {
        MUST(message_allowed(type, ROLE_DOOR));
        if (type == MESSAGE_ENTRY) {
            MUST(word_door_event((enum door_event)payload.entry.event) != NULL);
            MUST(word_deny_reason((enum deny_reason)payload.entry.deny_reason) != NULL);
            MUST(payload.entry.verdict <= VERDICT_DENIED);
            MUST(payload.entry.direction <= DIRECTION_OUT);
            MUST(payload.entry.found <= 1);
        }
        struct message_done done = {.reference = sequence, .record = sequence};
        struct message_welcome welcome = {.protocol = MESSAGE_PROTOCOL};
        bool hello = type == MESSAGE_HELLO;
        MUST(channel_send(keeper, hello ? MESSAGE_WELCOME : MESSAGE_DONE,
                          hello ? (const void *)&welcome : (const void *)&done, -1, NULL,
                          NULL) == STATUS_OK);
    }
    MUST(status == STATUS_AGAIN);
}

static void step(const struct watch *watch, const struct shape *shape, struct channel *keeper,
                 unsigned steps)
{
    void *state = calloc(1, shape->state_size);
    MUST(state != NULL);
    keep(keeper);
    link_receive(watch->link);
    MUST(link_was_welcomed(watch->link));
    shape->resumed(state);
    for (unsigned i = 0; i < steps && shape->is_ready(watch); i++) {
        bool more = false;
        (void)!shape->step(state, watch, &more, NULL);
        keep(keeper);
        link_receive(watch->link);
    }
    if (watch->profile->clock.is_there && link_is_idle(watch->link)) {
        (void)!device_clock_set(watch, shape_reporter(shape, state), NULL);
        keep(keeper);
    }
    free(state);
}

/* The descriptor is libmodbus's; the controller's answers are all there before it asks. */
static struct bus *bus_to(const uint8_t *data, size_t size, int *peer)
{
    const struct message_door_setup setup = {.transport = TRANSPORT_TCP,
                                             .address = "192.0.2.1",
                                             .port = 502,
                                             .unit = 1,
                                             .timeout_ms = 1000};
    int pair[2];
    struct bus *bus = NULL;
    MUST(bus_new(&setup, &bus, NULL) == STATUS_OK);
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    MUST(send(pair[1], data, size, MSG_NOSIGNAL) == (ssize_t)size);
    MUST(shutdown(pair[1], SHUT_WR) == 0);
    MUST(bus_open_on(bus, pair[0], NULL) == STATUS_OK);
    *peer = pair[1];
    return bus;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    int64_t seconds = 0;
    struct clock clock = {.read = tick, .context = &seconds};
    struct door_list doors;
    AUTO_CLOSE int peer = -1;
    AUTO_BUS struct bus *bus = bus_to(data + 2, size - 2 < 4096 ? size - 2 : 4096, &peer);
    AUTO_LINK struct link *link = NULL;
    AUTO_CHANNEL struct channel *keeper = NULL;
    int pair[2];
    MUST(door_list_parse("east west", &doors, NULL) == STATUS_OK);
    MUST(link_new(&clock, &link, NULL) == STATUS_OK);
    MUST(channel_pair(pair, NULL) == STATUS_OK);
    MUST(channel_new(pair[1], &keeper, NULL) == STATUS_OK);
    MUST(link_attach(link, pair[0], NULL) == STATUS_OK);
    const struct profile *profile = profile_of(data[0] % PROFILE_COUNT);
    struct watch watch = {
        .profile = profile, .doors = &doors, .clock = &clock, .bus = bus, .link = link};
    step(&watch, shape_of(profile->shape), keeper, 1u + data[1] % STEPS_MAX);
    return 0;
}
