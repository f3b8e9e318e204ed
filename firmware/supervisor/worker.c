#include "firmware/supervisor/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/file.h"
#include "base/log.h"
#include "base/vocabulary.h"
#include "firmware/config/camera_password.h"
#include "firmware/supervisor/child.h"
#include "firmware/supervisor/console_setup.h"
#include "firmware/supervisor/resolver.h"

struct worker_kind {
    enum role role;
    const char *program;
    /* Is what it alone needs there? If not, *cause says what a camera's gap comes from. */
    enum status (*look_ready)(struct worker *worker, enum gap_cause *cause, struct error *error);
    enum status (*set_up)(struct worker *worker, struct error *error);
};

struct worker {
    sd_event *event;
    const struct worker_kind *kind;
    struct worker_plan plan;
    struct message_door_setup *doors; /* the plan's, owned */
    struct worker_hooks hooks;
    struct child *child;
    struct resolver *resolver; /* before a start */
    struct resolver *renewal;  /* while it runs */
    sd_event_source *renewing; /* the timer until the name is looked up again */
    bool unresolved;           /* the last renewal failed, and that was said */
    uint32_t starts;
    uint32_t generation; /* of its links to the keeper, 0 for none */
    uint32_t first_link; /* by what the keeper names the first of these; they grow. 0 for none */
    bool stopping;
    char failure[DETAIL_SIZE]; /* of the last attempt, as it was said; "" if it did not fail */
};

static enum status look_for_password(struct worker *worker, enum gap_cause *cause,
                                     struct error *error)
{
    char *password = worker->plan.camera.password;
    if (worker->plan.password_file[0] == '\0' || password[0] != '\0')
        return STATUS_OK;
    *cause = GAP_PASSWORD_UNREADABLE;
    return camera_password_read(worker->plan.password_file, password, error);
}

static enum status look_for_profiles(struct worker *worker, enum gap_cause *cause,
                                     struct error *error)
{
    (void)cause;
    for (size_t i = 0; i < worker->plan.door_count; i++) {
        const struct message_door_setup *door = &worker->doors[i];
        if (access(door->profile, R_OK) != 0)
            return error_set_errno(error, STATUS_NOT_FOUND, errno,
                                   "the profile %s of controller %s cannot be read", door->profile,
                                   door->controller);
    }
    return STATUS_OK;
}

static enum status set_up_camera(struct worker *worker, struct error *error)
{
    return channel_send(child_control(worker->child), MESSAGE_CAMERA_SETUP, &worker->plan.camera,
                        -1, NULL, error);
}

static enum status set_up_bus(struct worker *worker, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < worker->plan.door_count; i++) {
        worker->doors[i].more = (uint8_t)(worker->plan.door_count - 1 - i);
        status = channel_send(child_control(worker->child), MESSAGE_DOOR_SETUP, &worker->doors[i],
                              -1, NULL, error);
    }
    return status;
}

static enum status listen_for_console(struct worker *worker, enum gap_cause *cause,
                                      struct error *error)
{
    (void)cause;
    return console_setup_listen(worker->plan.console, error);
}

static enum status set_up_console(struct worker *worker, struct error *error)
{
    return console_setup_send(worker->plan.console, child_control(worker->child), error);
}

static const struct worker_kind kinds[] = {
    {ROLE_CAMERA, "sealroom-camera", look_for_password, set_up_camera},
    {ROLE_DOOR, "sealroom-door", look_for_profiles, set_up_bus},
    {ROLE_CONSOLE, "sealroom-console", listen_for_console, set_up_console},
};

static const struct worker_kind *kind_of(enum role role)
{
    size_t i = 0;
    while (kinds[i].role != role)
        i++;
    return &kinds[i];
}

/* The id, for people who read the list of processes; the console finds its folders there. */
static struct child_plan plan_child(const struct worker_plan *plan, const struct worker_kind *kind)
{
    struct child_plan child = {.ground = plan->ground,
                               .identity = plan->identity,
                               .arguments = {kind->program, plan->source, NULL}};
    if (plan->console != NULL)
        console_setup_arguments(plan->console, child.arguments + 1);
    return child;
}

static void start_later(struct worker *worker, bool failed)
{
    if (worker->stopping)
        return;
    uint32_t delay_ms = child_start_later(worker->child, failed);
    log_info("%s %s is started again in %u s", worker->kind->program, worker->plan.source,
             delay_ms / 1000u);
}

static void end_renewing(struct worker *worker)
{
    worker->renewing = sd_event_source_disable_unref(worker->renewing);
    resolver_free(worker->renewal);
    worker->renewal = NULL;
}

static void on_ended(void *context, const struct child_end *end)
{
    struct worker *worker = context;
    struct message_worker_ended ended = {
        .role = (uint8_t)worker->plan.role,
        .exit_code = end->exited ? end->number : -1,
        .signal = end->exited ? 0 : (uint32_t)end->number,
        .restarts = worker->starts - 1,
        .ordered = worker->stopping,
    };

    message_text(ended.source, sizeof ended.source, worker->plan.source);
    worker->generation = 0;
    worker->first_link = 0;
    end_renewing(worker);
    if (!worker->stopping)
        log_warning("%s %s ended (%s %d)", worker->kind->program, worker->plan.source,
                    end->exited ? "exit status" : "signal", end->number);
    start_later(worker, false);
    worker->hooks.ended(worker->hooks.context, worker, &ended);
}

static void on_due(void *context)
{
    worker_start(context);
}

static enum status launch(struct worker *worker, struct error *error)
{
    enum status status = child_start(worker->child, error);
    if (status != STATUS_OK)
        return status;
    worker->starts++;
    return worker->kind->set_up(worker, error);
}

static void fail_start(struct worker *worker, enum gap_cause cause, const char *reason)
{
    struct message_worker_ended ended = {.role = (uint8_t)worker->plan.role,
                                         .exit_code = WORKER_NOT_STARTED,
                                         .restarts = worker->starts,
                                         .cause = (uint16_t)cause};
    message_text(ended.source, sizeof ended.source, worker->plan.source);
    message_text(ended.detail, sizeof ended.detail, reason);
    bool is_news = strcmp(worker->failure, ended.detail) != 0;
    if (is_news)
        log_error("%s %s: %s", worker->kind->program, worker->plan.source, reason);
    memcpy(worker->failure, ended.detail, sizeof worker->failure);
    child_undo(worker->child);
    end_renewing(worker);
    start_later(worker, true);
    if (is_news)
        worker->hooks.ended(worker->hooks.context, worker, &ended);
}

void worker_say_again(struct worker *worker)
{
    worker->failure[0] = '\0';
}

static bool has_name(struct worker *worker)
{
    return worker->plan.role == ROLE_CAMERA &&
           !resolver_is_numeric(worker->plan.host, worker->plan.camera.address);
}

/* Tells a running camera process where its camera is by now. */
static void on_renewed(void *context, const char *address, const char *reason)
{
    struct worker *worker = context;
    struct error error = {0};
    char *known = worker->plan.camera.address;
    struct message_camera_address message = {0};
    resolver_free(worker->renewal);
    worker->renewal = NULL;
    if (address[0] == '\0' && !worker->unresolved)
        log_warning("camera %s: the name %s has no address: %s; going on with %s",
                    worker->plan.source, worker->plan.host, reason, known);
    worker->unresolved = address[0] == '\0';
    if (worker->unresolved || strcmp(address, known) == 0)
        return;
    message_text(known, NAME_SIZE, address);
    message_text(message.address, sizeof message.address, address);
    if (channel_send(child_control(worker->child), MESSAGE_CAMERA_ADDRESS, &message, -1, NULL,
                     &error) != STATUS_OK)
        log_warning("camera %s: %s", worker->plan.source, error.text);
}

static int on_renewal_due(sd_event_source *source, uint64_t at_us, void *context)
{
    struct worker *worker = context;
    struct error error = {0};
    (void)at_us;
    sd_event_source_set_time_relative(source, WORKER_RENEW_MS * UINT64_C(1000));
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    if (worker->renewal == NULL && resolver_start(worker->event, worker->plan.host, on_renewed,
                                                  worker, &worker->renewal, &error) != STATUS_OK)
        log_warning("camera %s: %s", worker->plan.source, error.text);
    return 0;
}

static void renew_from_now_on(struct worker *worker)
{
    int problem =
        sd_event_add_time_relative(worker->event, &worker->renewing, CLOCK_MONOTONIC,
                                   WORKER_RENEW_MS * UINT64_C(1000), 0, on_renewal_due, worker);
    if (problem < 0)
        log_warning("camera %s: cannot set a timer to look its name up again: %s",
                    worker->plan.source, strerror(-problem));
}

static void start_resolved(struct worker *worker)
{
    struct error error = {0};
    if (launch(worker, &error) == STATUS_OK) {
        worker->failure[0] = '\0';
        if (has_name(worker))
            renew_from_now_on(worker);
        worker->hooks.started(worker->hooks.context, worker);
        return;
    }
    fail_start(worker, GAP_CAMERA_PROCESS, error.text);
}

static void on_resolved(void *context, const char *address, const char *reason)
{
    struct worker *worker = context;
    struct error error = {0};
    char *known = worker->plan.camera.address;
    if (address[0] != '\0')
        message_text(known, NAME_SIZE, address);
    else
        log_warning("camera %s: the name %s has no address: %s%s%s", worker->plan.source,
                    worker->plan.host, reason, known[0] == '\0' ? "" : "; going on with ", known);
    resolver_free(worker->resolver);
    worker->resolver = NULL;
    if (known[0] == '\0') {
        (void)error_set(&error, STATUS_NOT_FOUND, "the name %s has no address", worker->plan.host);
        fail_start(worker, GAP_UNREACHABLE, error.text);
        return;
    }
    start_resolved(worker);
}

void worker_start(struct worker *worker)
{
    struct error error = {0};
    enum gap_cause cause = GAP_CAMERA_PROCESS;
    child_rest(worker->child);
    if (child_is_running(worker->child) || worker->resolver != NULL || worker->stopping)
        return;
    enum status status = worker->kind->look_ready(worker, &cause, &error);
    if (status == STATUS_OK && !has_name(worker)) {
        start_resolved(worker);
        return;
    }
    if (status == STATUS_OK)
        status = resolver_start(worker->event, worker->plan.host, on_resolved, worker,
                                &worker->resolver, &error);
    if (status != STATUS_OK)
        fail_start(worker, cause, error.text);
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
    worker->kind = kind_of(plan->role);
    worker->doors = calloc(plan->door_count + 1, sizeof *worker->doors);
    if (worker->doors == NULL) {
        worker_free(worker);
        return error_set(error, STATUS_NO_MEMORY, "no memory for %s", plan->source);
    }
    if (plan->door_count > 0)
        memcpy(worker->doors, plan->doors, plan->door_count * sizeof *worker->doors);
    worker->plan.doors = worker->doors;
    const struct child_hooks child_hooks = {NULL, on_ended, on_due, worker};
    const struct child_plan child = plan_child(plan, worker->kind);
    enum status status = child_new(event, &child, &child_hooks, &worker->child, error);
    if (status != STATUS_OK) {
        worker_free(worker);
        return status;
    }
    *result = worker;
    return STATUS_OK;
}

void worker_free(struct worker *worker)
{
    if (worker == NULL)
        return;
    child_free(worker->child);
    end_renewing(worker);
    resolver_free(worker->resolver);
    sd_event_unref(worker->event);
    explicit_bzero(&worker->plan.camera, sizeof worker->plan.camera);
    free(worker->doors);
    free(worker);
}

enum role worker_role(const struct worker *worker)
{
    return worker->plan.role;
}

size_t worker_source_count(const struct worker *worker)
{
    return worker->plan.role == ROLE_DOOR ? worker->plan.door_count : 1;
}

const char *worker_source(const struct worker *worker, size_t index)
{
    return worker->plan.role == ROLE_DOOR ? worker->doors[index].controller : worker->plan.source;
}

bool worker_is_cut_off(const struct worker *worker, const struct message_worker_cut_off *said)
{
    bool is_found = false;
    for (size_t i = 0; i < worker_source_count(worker) && !is_found; i++)
        is_found = strcmp(worker_source(worker, i), said->source) == 0;
    return is_found && worker_role(worker) == (enum role)said->role && worker->first_link != 0 &&
           said->link >= worker->first_link;
}

void worker_linked(struct worker *worker, size_t index, uint32_t link)
{
    if (index == 0)
        worker->first_link = link;
}

bool worker_is_running(const struct worker *worker)
{
    return child_is_running(worker->child);
}

enum status worker_say(struct worker *worker, enum message_type type, const void *payload,
                       int attached, struct error *error)
{
    struct channel *control = child_control(worker->child);
    if (control == NULL)
        return error_set(error, STATUS_END, "%s does not run", worker->plan.source);
    return channel_send(control, type, payload, attached, NULL, error);
}

void worker_stop(struct worker *worker)
{
    worker->stopping = true;
    child_rest(worker->child);
    end_renewing(worker);
    resolver_free(worker->resolver);
    worker->resolver = NULL;
    child_signal(worker->child, SIGTERM);
}

void worker_kill(struct worker *worker)
{
    child_signal(worker->child, SIGKILL);
}

enum status worker_link(struct worker *worker, size_t index, uint32_t generation, int *keeper_end,
                        struct error *error)
{
    struct message_keeper_link link = {.generation = generation};
    int ends[2];
    message_text(link.source, sizeof link.source, worker_source(worker, index));
    if (worker->generation == generation)
        return STATUS_EXISTS;
    if (!child_is_running(worker->child))
        return error_set(error, STATUS_END, "%s does not run", worker->plan.source);
    enum status status = channel_pair(ends, error);
    if (status != STATUS_OK)
        return status;
    AUTO_CLOSE int ours = ends[0];
    AUTO_CLOSE int theirs = ends[1];
    status =
        channel_send(child_control(worker->child), MESSAGE_KEEPER_LINK, &link, theirs, NULL, error);
    if (status != STATUS_OK)
        return status;
    if (index + 1 == worker_source_count(worker))
        worker->generation = generation;
    *keeper_end = file_steal(&ours);
    return STATUS_OK;
}
