#include "firmware/supervisor/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/file.h"
#include "base/log.h"
#include "firmware/supervisor/backoff.h"
#include "firmware/supervisor/resolver.h"

struct worker_kind {
    enum role role;
    const char *program;
    enum message_type setup;
};

static const struct worker_kind kinds[] = {
    {ROLE_CAMERA, "sealroom-camera", MESSAGE_CAMERA_SETUP},
    {ROLE_DOOR, "sealroom-door", MESSAGE_DOOR_SETUP},
};

struct worker {
    sd_event *event;
    const struct worker_kind *kind;
    struct worker_plan plan;
    struct worker_hooks hooks;
    struct backoff backoff;
    struct resolver *resolver;
    struct channel *control;
    sd_event_source *ending;  /* the child */
    sd_event_source *restart; /* the timer until it is started again */
    pid_t process;            /* 0 while it does not run */
    uint64_t started_us;
    uint32_t starts;
    uint32_t generation; /* of its link to the keeper, 0 for none */
    bool stopping;
    bool not_started; /* the last attempt failed, and that was said */
};

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static int on_restart(sd_event_source *source, uint64_t at_us, void *context)
{
    (void)source;
    (void)at_us;
    worker_start(context);
    return 0;
}

static void start_later(struct worker *worker, uint64_t lived_ms)
{
    uint32_t delay_ms = backoff_next_ms(&worker->backoff, lived_ms);
    worker->restart = sd_event_source_disable_unref(worker->restart);
    if (worker->stopping)
        return;
    log_info("%s %s is started again in %u s", worker->kind->program, worker->plan.source,
             delay_ms / 1000u);
    int problem = sd_event_add_time_relative(worker->event, &worker->restart, CLOCK_MONOTONIC,
                                             (uint64_t)delay_ms * 1000u, 0, on_restart, worker);
    if (problem < 0)
        log_error("cannot set a timer to start %s %s again: %s", worker->kind->program,
                  worker->plan.source, strerror(-problem));
}

static int on_ended(sd_event_source *source, const siginfo_t *info, void *context)
{
    struct worker *worker = context;
    bool exited = info->si_code == CLD_EXITED;
    struct message_worker_ended ended = {
        .role = (uint8_t)worker->plan.role,
        .exit_code = exited ? info->si_status : -1,
        .signal = exited ? 0 : (uint32_t)info->si_status,
        .restarts = worker->starts - 1,
        .ordered = worker->stopping,
    };
    (void)source;

    message_text(ended.source, sizeof ended.source, worker->plan.source);
    worker->ending = sd_event_source_disable_unref(worker->ending);
    channel_free(worker->control);
    worker->control = NULL;
    worker->process = 0;
    worker->generation = 0;
    if (!worker->stopping)
        log_warning("%s %s ended (%s %d)", worker->kind->program, worker->plan.source,
                    exited ? "exit status" : "signal", info->si_status);
    start_later(worker, (now_us() - worker->started_us) / 1000u);
    worker->hooks.ended(worker->hooks.context, worker, &ended);
    return 0;
}

static enum status launch(struct worker *worker, struct error *error)
{
    const char *const arguments[] = {worker->kind->program, worker->plan.source, NULL};
    int ends[2];
    enum status status = channel_pair(ends, error);
    if (status != STATUS_OK)
        return status;
    AUTO_CLOSE int ours = ends[0];
    AUTO_CLOSE int theirs = ends[1];

    status = channel_new(ours, &worker->control, error);
    if (status != STATUS_OK)
        return status;
    (void)file_steal(&ours);
    status = process_start(&worker->plan.ground, arguments, theirs, &worker->plan.identity,
                           &worker->process, error);
    if (status != STATUS_OK)
        return status;
    worker->starts++;
    worker->started_us = now_us();
    int problem = sd_event_add_child(worker->event, &worker->ending, worker->process, WEXITED,
                                     on_ended, worker);
    if (problem < 0)
        return error_set_errno(error, STATUS_IO, -problem, "cannot watch the process %d",
                               (int)worker->process);
    return channel_send(worker->control, worker->kind->setup, &worker->plan.setup, -1, NULL, error);
}

/* A start that failed half-way leaves nothing behind. */
static void undo_launch(struct worker *worker)
{
    worker->ending = sd_event_source_disable_unref(worker->ending);
    if (worker->process > 0) {
        kill(worker->process, SIGKILL);
        (void)TEMP_FAILURE_RETRY(waitpid(worker->process, NULL, 0));
        worker->process = 0;
    }
    channel_free(worker->control);
    worker->control = NULL;
}

static void fail_start(struct worker *worker)
{
    struct message_worker_ended ended = {.role = (uint8_t)worker->plan.role,
                                         .exit_code = WORKER_NOT_STARTED,
                                         .restarts = worker->starts};
    message_text(ended.source, sizeof ended.source, worker->plan.source);
    undo_launch(worker);
    start_later(worker, 0);
    if (!worker->not_started)
        worker->hooks.ended(worker->hooks.context, worker, &ended);
    worker->not_started = true;
}

static void start_resolved(struct worker *worker)
{
    struct error error = {0};
    if (launch(worker, &error) == STATUS_OK) {
        worker->not_started = false;
        worker->hooks.started(worker->hooks.context, worker);
        return;
    }
    log_error("%s %s: %s", worker->kind->program, worker->plan.source, error.text);
    fail_start(worker);
}

static void on_resolved(void *context, const char *address, const char *reason)
{
    struct worker *worker = context;
    char *known = worker->plan.setup.camera_setup.address;
    if (address[0] != '\0')
        message_text(known, NAME_SIZE, address);
    else
        log_warning("camera %s: the name %s has no address: %s%s%s", worker->plan.source,
                    worker->plan.host, reason, known[0] == '\0' ? "" : "; going on with ", known);
    resolver_free(worker->resolver);
    worker->resolver = NULL;
    if (known[0] == '\0')
        fail_start(worker);
    else
        start_resolved(worker);
}

void worker_start(struct worker *worker)
{
    struct error error = {0};
    worker->restart = sd_event_source_disable_unref(worker->restart);
    if (worker->process != 0 || worker->resolver != NULL || worker->stopping)
        return;
    if (worker->plan.role != ROLE_CAMERA ||
        resolver_is_numeric(worker->plan.host, worker->plan.setup.camera_setup.address)) {
        start_resolved(worker);
        return;
    }
    if (resolver_start(worker->event, worker->plan.host, on_resolved, worker, &worker->resolver,
                       &error) != STATUS_OK) {
        log_error("camera %s: %s", worker->plan.source, error.text);
        fail_start(worker);
    }
}

enum status worker_new(sd_event *event, const struct worker_plan *plan,
                       const struct worker_hooks *hooks, struct worker **result,
                       struct error *error)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for %s", plan->source);
    worker->event = sd_event_ref(event);
    worker->plan = *plan;
    worker->hooks = *hooks;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].role == plan->role)
            worker->kind = &kinds[i];
    *result = worker;
    return STATUS_OK;
}

void worker_free(struct worker *worker)
{
    if (worker == NULL)
        return;
    undo_launch(worker);
    resolver_free(worker->resolver);
    sd_event_source_disable_unref(worker->restart);
    sd_event_unref(worker->event);
    explicit_bzero(&worker->plan.setup, sizeof worker->plan.setup);
    free(worker);
}

enum role worker_role(const struct worker *worker)
{
    return worker->plan.role;
}

const char *worker_source(const struct worker *worker)
{
    return worker->plan.source;
}

bool worker_is_running(const struct worker *worker)
{
    return worker->process != 0;
}

void worker_stop(struct worker *worker)
{
    worker->stopping = true;
    worker->restart = sd_event_source_disable_unref(worker->restart);
    resolver_free(worker->resolver);
    worker->resolver = NULL;
    if (worker->process != 0)
        kill(worker->process, SIGTERM);
}

void worker_kill(struct worker *worker)
{
    if (worker->process != 0)
        kill(worker->process, SIGKILL);
}

enum status worker_link(struct worker *worker, uint32_t generation, int *keeper_end,
                        struct error *error)
{
    const struct message_keeper_link link = {.generation = generation};
    int ends[2];
    if (worker->generation == generation)
        return STATUS_EXISTS;
    if (worker->process == 0)
        return error_set(error, STATUS_END, "%s does not run", worker->plan.source);
    enum status status = channel_pair(ends, error);
    if (status != STATUS_OK)
        return status;
    AUTO_CLOSE int ours = ends[0];
    AUTO_CLOSE int theirs = ends[1];
    status = channel_send(worker->control, MESSAGE_KEEPER_LINK, &link, theirs, NULL, error);
    if (status != STATUS_OK)
        return status;
    worker->generation = generation;
    *keeper_end = file_steal(&ours);
    return STATUS_OK;
}
