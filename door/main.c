/*
 * sealroom-door ID: reads the door controllers of one bus and tells the keeper what they say.
 *
 * Started by sealroomd with its control socket as descriptor 3; on it one DOOR_SETUP a controller
 * says everything else. ID, the first one's, is for people who read a process list. Ends in order
 * on SIGTERM, SIGINT, or when the supervisor is gone; exit status 2 if it cannot start.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/file.h"
#include "base/log.h"
#include "door/poller.h"
#include "door/sandbox.h"
#include "door/watcher.h"

#define CONTROL_DESCRIPTOR 3
#define SETUP_TIMEOUT_MS   30000
#define EXIT_UNUSABLE      2

/* What the process works with, from beginning to end. */
struct door {
    struct clock clock;
    struct watcher *watcher; /* of a door on GPIO lines; NULL on a bus */
    struct unit *units[POLLER_UNITS_MAX];
    size_t unit_count;
    const struct zone *zone; /* not a fixed one; of the first controller that has such */
    char device[PATH_SIZE];  /* "" over TCP */
    struct channel *control;
    int stop_descriptor;
};

static void door_release(struct door *door)
{
    for (size_t i = 0; i < door->unit_count; i++)
        unit_free(door->units[i]);
    watcher_free(door->watcher);
    channel_free(door->control);
    file_close(&door->stop_descriptor);
}

static enum status receive_setup(struct channel *control, struct message_door_setup *setup,
                                 struct error *error)
{
    enum status status = channel_wait(control, SETUP_TIMEOUT_MS);
    if (status != STATUS_OK)
        return error_set(error, status, "the supervisor sent no setup");
    enum message_type type = 0;
    uint32_t sequence = 0;
    union message_payload payload;
    int attached = -1;
    status = channel_receive(control, &type, &sequence, &payload, &attached, error);
    file_close(&attached);
    if (status != STATUS_OK)
        return status;
    if (type != MESSAGE_DOOR_SETUP)
        return error_set(error, STATUS_INVALID, "the supervisor sent %s before a setup",
                         message_name(type));
    *setup = payload.door_setup;
    return STATUS_OK;
}

/* The C library has one zone a process. */
static enum status use_zone(struct door *door, const struct zone *zone, struct error *error)
{
    if (zone->kind == ZONE_FIXED)
        return STATUS_OK;
    if (door->zone != NULL && zone_clashes(door->zone, zone))
        return error_set(error, STATUS_INVALID,
                         "the profiles on one bus are in different zones; fixed ones like +08:00 "
                         "go together");
    door->zone = zone;
    return zone_use(zone, error);
}

static enum status add_unit(struct door *door, const struct message_door_setup *setup,
                            struct error *error)
{
    const struct unit *first = door->unit_count > 0 ? door->units[0] : NULL;
    if (door->unit_count == POLLER_UNITS_MAX)
        return error_set(error, STATUS_INVALID, "a bus has 1 to %d units", POLLER_UNITS_MAX);
    enum status status =
        unit_new(setup, &door->clock, first, &door->units[door->unit_count], error);
    if (status != STATUS_OK)
        return status;
    if (setup->transport == TRANSPORT_SERIAL)
        memcpy(door->device, setup->address, sizeof door->device);
    return use_zone(door, unit_zone(door->units[door->unit_count++]), error);
}

/* A controller, by its setup. */
static enum status add_controller(struct door *door, const struct message_door_setup *setup,
                                  struct error *error)
{
    if (setup->transport != TRANSPORT_GPIO)
        return add_unit(door, setup, error);
    if (door->unit_count > 0 || setup->more != 0)
        return error_set(error, STATUS_INVALID, "GPIO lines are nothing to share a bus with");
    return watcher_new(setup, &door->clock, door->control, door->stop_descriptor, &door->watcher,
                       error);
}

static enum status receive_units(struct door *door, struct error *error)
{
    struct message_door_setup setup = {0};
    enum status status = STATUS_OK;
    do {
        status = receive_setup(door->control, &setup, error);
        if (status == STATUS_OK)
            status = add_controller(door, &setup, error);
    } while (status == STATUS_OK && setup.more != 0);
    return status;
}

static enum status catch_signals(int *descriptor, struct error *error)
{
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    *descriptor = -1;
    if (sigprocmask(SIG_BLOCK, &stops, NULL) == 0)
        *descriptor = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
    return *descriptor >= 0 ? STATUS_OK
                            : error_set_errno(error, STATUS_IO, errno, "cannot wait for signals");
}

static enum status prepare(struct door *door, struct error *error)
{
    enum status status = catch_signals(&door->stop_descriptor, error);
    if (status == STATUS_OK)
        status = clock_system(&door->clock, error);
    if (status == STATUS_OK)
        status = channel_new(CONTROL_DESCRIPTOR, &door->control, error);
    if (status == STATUS_OK)
        status = receive_units(door, error);
    if (status == STATUS_OK)
        status = door->watcher != NULL
                     ? sandbox_enter_lines(error)
                     : sandbox_enter(door->device[0] != '\0' ? door->device : NULL, error);
    return status;
}

static enum status run(struct door *door, struct error *error)
{
    if (door->watcher != NULL)
        return watcher_run(door->watcher, error);
    AUTO_POLLER struct poller *poller = NULL;
    enum status status = poller_new(door->units, door->unit_count, &door->clock, door->control,
                                    door->stop_descriptor, &poller, error);
    return status == STATUS_OK ? poller_run(poller, error) : status;
}

int main(int argc, char **argv)
{
    file_hold_standard();
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return printf("sealroom-door %s\n", SEALROOM_VERSION) > 0 ? 0 : EXIT_UNUSABLE;
    log_set_program("sealroom-door");
    if (argc != 2) {
        log_error("usage: sealroom-door ID, started by sealroomd");
        return EXIT_UNUSABLE;
    }
    struct door door = {.stop_descriptor = -1};
    struct error error = {0};
    enum status status = prepare(&door, &error);
    bool has_started = status == STATUS_OK;
    if (has_started)
        status = run(&door, &error);
    if (status != STATUS_OK)
        log_error("%s: %s", argv[1], error.text);
    door_release(&door);
    if (status == STATUS_OK)
        return 0;
    return has_started ? 1 : EXIT_UNUSABLE;
}
