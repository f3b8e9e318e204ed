/*
 * sealroom-door ID: reads one door controller and tells the keeper what it says.
 *
 * Started by sealroomd with its control socket as descriptor 3; DOOR_SETUP on it says everything
 * else. ID is for people who read a process list. Ends in order on SIGTERM, SIGINT, or when the
 * supervisor is gone; exit status 2 if it cannot start.
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

#define CONTROL_DESCRIPTOR 3
#define SETUP_TIMEOUT_MS   30000
#define EXIT_UNUSABLE      2

/* What the process works with, from beginning to end. */
struct door {
    struct clock clock;
    struct message_door_setup setup;
    struct door_list doors;
    struct profile *profile;
    struct bus *bus;
    struct link *link;
    struct channel *control;
    int stop_descriptor;
};

static void door_release(struct door *door)
{
    link_free(door->link);
    bus_free(door->bus);
    profile_free(door->profile);
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
    if (setup->poll_ms == 0)
        return error_set(error, STATUS_INVALID, "a poll interval of 0 ms is none");
    return STATUS_OK;
}

static enum status load_profile(const char *path, struct profile **profile, struct error *error)
{
    struct buffer report = {0};
    enum status status = profile_load(path, profile, &report, error);
    if (report.size != 0)
        log_error("%.*s", (int)report.size, (const char *)report.data);
    buffer_release(&report);
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
        status = receive_setup(door->control, &door->setup, error);
    if (status == STATUS_OK)
        status = door_list_parse(door->setup.doors, &door->doors, error);
    if (status == STATUS_OK)
        status = load_profile(door->setup.profile, &door->profile, error);
    if (status == STATUS_OK)
        status = zone_use(&door->profile->record.time.parts.zone, error);
    if (status == STATUS_OK)
        status = bus_new(&door->setup, &door->bus, error);
    if (status == STATUS_OK)
        status = link_new(&door->clock, &door->link, error);
    if (status == STATUS_OK)
        status = sandbox_enter(
            door->setup.transport == TRANSPORT_SERIAL ? door->setup.address : NULL, error);
    return status;
}

static enum status run(struct door *door, struct error *error)
{
    struct watch watch = {door->profile, &door->doors, &door->clock, door->bus, door->link};
    AUTO_POLLER struct poller *poller = NULL;
    enum status status =
        poller_new(&watch, &door->setup, door->control, door->stop_descriptor, &poller, error);
    return status == STATUS_OK ? poller_run(poller, error) : status;
}

int main(int argc, char **argv)
{
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
