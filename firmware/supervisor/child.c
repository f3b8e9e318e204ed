#include "firmware/supervisor/child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "firmware/supervisor/backoff.h"

struct child {
    sd_event *event;
    struct child_plan plan;
    struct child_hooks hooks;
    struct backoff backoff;
    struct channel *control;
    sd_event_source *readable;
    sd_event_source *ending;
    sd_event_source *restart; /* the timer until `due` */
    pid_t process;            /* 0 while it does not run */
    uint64_t started_us;
};

static void forget(struct child *child)
{
    child->readable = sd_event_source_disable_unref(child->readable);
    child->ending = sd_event_source_disable_unref(child->ending);
    channel_free(child->control);
    child->control = NULL;
    child->process = 0;
}

static int on_readable(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
    struct child *child = context;
    (void)source;
    (void)descriptor;
    (void)events;
    child->hooks.readable(child->hooks.context);
    return 0;
}

static int on_ended(sd_event_source *source, const siginfo_t *info, void *context)
{
    struct child *child = context;
    const struct child_end end = {.exited = info->si_code == CLD_EXITED, .number = info->si_status};
    (void)source;
    forget(child);
    child->hooks.ended(child->hooks.context, &end);
    return 0;
}

static enum status watch(struct child *child, struct error *error)
{
    int problem =
        sd_event_add_child(child->event, &child->ending, child->process, WEXITED, on_ended, child);
    if (problem >= 0 && child->hooks.readable != NULL)
        problem = sd_event_add_io(child->event, &child->readable,
                                  channel_descriptor(child->control), EPOLLIN, on_readable, child);
    /* What it said last is read before its end is dealt with. */
    if (problem >= 0 && child->hooks.readable != NULL)
        problem = sd_event_source_set_priority(child->ending, SD_EVENT_PRIORITY_IDLE);
    if (problem < 0)
        return error_set_errno(error, STATUS_IO, -problem, "cannot watch %s",
                               child->plan.arguments[0]);
    return STATUS_OK;
}

static enum status launch(struct child *child, struct error *error)
{
    int ends[2];
    enum status status = channel_pair(ends, error);
    if (status != STATUS_OK)
        return status;
    AUTO_CLOSE int ours = ends[0];
    AUTO_CLOSE int theirs = ends[1];

    if (child->plan.send_room > 0)
        (void)setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &child->plan.send_room,
                         sizeof child->plan.send_room);
    status = channel_new(ours, &child->control, error);
    if (status != STATUS_OK)
        return status;
    (void)file_steal(&ours);
    status = process_start(&child->plan.ground, child->plan.arguments, theirs,
                           &child->plan.identity, &child->process, error);
    if (status == STATUS_OK)
        status = watch(child, error);
    return status;
}

enum status child_start(struct child *child, struct error *error)
{
    child_rest(child);
    child->started_us = clock_timer_us();
    enum status status = launch(child, error);
    if (status != STATUS_OK)
        child_undo(child);
    return status;
}

static int on_due(sd_event_source *source, uint64_t at_us, void *context)
{
    struct child *child = context;
    (void)source;
    (void)at_us;
    child_rest(child);
    child->hooks.due(child->hooks.context);
    return 0;
}

uint32_t child_start_later(struct child *child, bool failed)
{
    uint64_t lived_ms = failed ? 0 : (clock_timer_us() - child->started_us) / 1000u;
    uint32_t delay_ms = backoff_next_ms(&child->backoff, lived_ms);
    child_rest(child);
    int problem = sd_event_add_time_relative(child->event, &child->restart, CLOCK_MONOTONIC,
                                             (uint64_t)delay_ms * 1000u, 0, on_due, child);
    if (problem < 0)
        log_error("cannot set a timer to start %s again: %s", child->plan.arguments[0],
                  strerror(-problem));
    return delay_ms;
}

void child_rest(struct child *child)
{
    child->restart = sd_event_source_disable_unref(child->restart);
}

bool child_is_running(const struct child *child)
{
    return child->process > 0;
}

void child_signal(struct child *child, int number)
{
    if (child->process > 0)
        kill(child->process, number);
}

void child_undo(struct child *child)
{
    pid_t process = child->process;
    child_signal(child, SIGKILL);
    forget(child);
    if (process > 0)
        (void)TEMP_FAILURE_RETRY(waitpid(process, NULL, 0));
}

struct channel *child_control(struct child *child)
{
    return child->control;
}

void child_deafen(struct child *child)
{
    child->readable = sd_event_source_disable_unref(child->readable);
}

enum status child_new(sd_event *event, const struct child_plan *plan,
                      const struct child_hooks *hooks, struct child **result, struct error *error)
{
    struct child *child = calloc(1, sizeof *child);
    if (child == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for %s", plan->arguments[0]);
    child->event = sd_event_ref(event);
    child->plan = *plan;
    child->hooks = *hooks;
    *result = child;
    return STATUS_OK;
}

void child_free(struct child *child)
{
    if (child == NULL)
        return;
    child_undo(child);
    child_rest(child);
    sd_event_unref(child->event);
    free(child);
}
