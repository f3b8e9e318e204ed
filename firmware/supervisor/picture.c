#include "firmware/supervisor/picture.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "firmware/supervisor/backoff.h"

#define PROGRAM "sealroom-picture"

void picture_log_end(const siginfo_t *info)
{
    if (info->si_code != CLD_EXITED)
        log_warning(PROGRAM " was ended by signal %d", info->si_status);
}

static int on_any_end(sd_event_source *source, const siginfo_t *info, void *context)
{
    (void)source;
    (void)context;
    picture_log_end(info);
    return 0;
}

enum status picture_start(sd_event *event, const struct process_ground *ground,
                          const struct identity *identity, bool in_background,
                          sd_event_child_handler_t ended, void *context, pid_t *process,
                          int *socket, struct error *error)
{
    const char *const arguments[] = {PROGRAM, in_background ? "--background" : NULL, NULL};
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot make a pair of sockets");
    AUTO_CLOSE int ours = ends[0];
    AUTO_CLOSE int theirs = ends[1];
    enum status status = process_start(ground, arguments, theirs, identity, process, error);
    if (status != STATUS_OK)
        return status;
    int problem = sd_event_add_child(event, NULL, *process, WEXITED,
                                     ended == NULL ? on_any_end : ended, context);
    if (problem < 0)
        return error_set_errno(error, STATUS_IO, -problem, "cannot watch " PROGRAM);
    *socket = file_steal(&ours);
    return STATUS_OK;
}

/* ---- one that is kept running ---- */

struct picture_keeper {
    sd_event *event;
    struct picture_keeper_plan plan;
    struct backoff backoff;
    sd_event_source *restart;
    pid_t process; /* the newest one; 0: none runs */
    uint64_t started_us;
};

static void launch(struct picture_keeper *keeper);

static int on_due(sd_event_source *source, uint64_t at_us, void *context)
{
    struct picture_keeper *keeper = context;
    (void)source;
    (void)at_us;
    keeper->restart = sd_event_source_disable_unref(keeper->restart);
    launch(keeper);
    return 0;
}

static void launch_later(struct picture_keeper *keeper)
{
    uint64_t lived_ms = (clock_timer_us() - keeper->started_us) / 1000u;
    uint64_t delay_us = backoff_next_ms(&keeper->backoff, lived_ms) * UINT64_C(1000);
    keeper->restart = sd_event_source_disable_unref(keeper->restart);
    if (sd_event_add_time_relative(keeper->event, &keeper->restart, CLOCK_MONOTONIC, delay_us, 0,
                                   on_due, keeper) < 0)
        log_error("cannot set a timer to start " PROGRAM " again");
}

/* Of one before it nothing is wanted any more. */
static int on_ended(sd_event_source *source, const siginfo_t *info, void *context)
{
    struct picture_keeper *keeper = context;
    (void)source;
    if (info->si_pid != keeper->process)
        return 0;
    picture_log_end(info);
    keeper->process = 0;
    launch_later(keeper);
    return 0;
}

/* If he does not run, he is about to be started again, and one with him. */
static void launch(struct picture_keeper *keeper)
{
    struct error error = {0};
    AUTO_CLOSE int socket = -1;
    keeper->started_us = clock_timer_us();
    enum status status = picture_start(keeper->event, &keeper->plan.ground, &keeper->plan.identity,
                                       true, on_ended, keeper, &keeper->process, &socket, &error);
    if (status != STATUS_OK) {
        log_warning("no pictures are decoded: %s", error.text);
        keeper->process = 0;
        launch_later(keeper);
        return;
    }
    status = keeper->plan.give(keeper->plan.context, socket, &error);
    if (status != STATUS_OK && status != STATUS_END)
        log_warning("no pictures are decoded: %s", error.text);
    if (status != STATUS_OK)
        keeper->process = 0; /* its socket is closed now: it ends */
}

void picture_keeper_rest(struct picture_keeper *keeper)
{
    if (keeper->process > 0)
        (void)kill(keeper->process, SIGKILL); /* it may be busy for him who has gone */
    keeper->process = 0;
    keeper->restart = sd_event_source_disable_unref(keeper->restart);
}

void picture_keeper_start(struct picture_keeper *keeper)
{
    picture_keeper_rest(keeper);
    launch(keeper);
}

enum status picture_keeper_new(sd_event *event, const struct picture_keeper_plan *plan,
                               struct picture_keeper **result, struct error *error)
{
    struct picture_keeper *keeper = calloc(1, sizeof *keeper);
    if (keeper == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for " PROGRAM);
    keeper->event = sd_event_ref(event);
    keeper->plan = *plan;
    *result = keeper;
    return STATUS_OK;
}

void picture_keeper_free(struct picture_keeper *keeper)
{
    if (keeper == NULL)
        return;
    sd_event_source_disable_unref(keeper->restart);
    sd_event_unref(keeper->event);
    free(keeper);
}
