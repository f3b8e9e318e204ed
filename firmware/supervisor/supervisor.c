#include "firmware/supervisor/supervisor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "base/file.h"
#include "base/log.h"
#include "crypto/suite.h"
#include "firmware/supervisor/console_setup.h"
#include "firmware/supervisor/errand.h"
#include "firmware/supervisor/keeper_process.h"
#include "firmware/supervisor/picture.h"
#include "firmware/supervisor/plan.h"
#include "firmware/supervisor/watchdog.h"
#include "firmware/supervisor/worker.h"

#define WORKERS_MAX (CONFIG_CAMERAS_MAX + CONFIG_CONTROLLERS_MAX + 1)

/* An inspection's source says which. */
static const struct {
    enum role role;
    const char *source;
    const char *program;
} errands[] = {
    {ROLE_EXPORT, "export", "sealroom-export"},
    {ROLE_INSPECT, "report", "sealroom-inspect"},
    {ROLE_INSPECT, "verify", "sealroom-inspect"},
};
#define ERRANDS (sizeof errands / sizeof errands[0])

enum phase { STARTING, RUNNING, STOPPING_WORKERS, STOPPING_KEEPER };

struct supervisor {
    sd_event *event;
    const struct config *config;
    struct keeper_process *keeper;
    struct worker *workers[WORKERS_MAX];
    /* The newest end of each worker that the keeper has not been told of yet; one is enough, for
     * it counts the restarts. */
    struct message_worker_ended untold[WORKERS_MAX];
    size_t worker_count;
    struct errand *errands[ERRANDS];
    struct console_setup *console;   /* NULL: there is none */
    struct worker *console_worker;   /* one of the workers */
    struct picture_keeper *pictures; /* that decodes for it */
    sd_event_source *watchdog;
    sd_event_source *patience; /* until workers that were told to stop are killed */
    uint64_t watchdog_us;
    int64_t durable_ns;
    uint32_t alarms; /* open, as the keeper said last */
    enum phase phase;
    bool has_recorded; /* a keeper was ready */
    int result;        /* exit status */
    char reason[DETAIL_SIZE];
};

static int64_t monotonic_raw_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* ---- links between workers and the keeper ---- */

static enum status link_source(struct supervisor *supervisor, struct worker *worker, size_t index,
                               struct error *error)
{
    AUTO_CLOSE int end = -1;
    uint32_t link = 0;
    enum status status =
        worker_link(worker, index, keeper_process_generation(supervisor->keeper), &end, error);
    if (status == STATUS_OK)
        status = keeper_process_peer(supervisor->keeper, worker_role(worker),
                                     worker_source(worker, index), end, &link, error);
    if (status == STATUS_OK)
        worker_linked(worker, index, link);
    return status;
}

static void link_worker(struct supervisor *supervisor, struct worker *worker)
{
    struct error error = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < worker_source_count(worker); i++)
        status = link_source(supervisor, worker, i, &error);
    /* It has them, or one of the two is about to be started again. */
    if (status == STATUS_OK || status == STATUS_EXISTS || status == STATUS_END)
        return;
    /* Without a link a worker is of no use; its end starts it again. */
    log_error("cannot link %s to the keeper: %s", worker_source(worker, 0), error.text);
    worker_kill(worker);
}

static void link_running_workers(struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->worker_count; i++)
        if (worker_is_running(supervisor->workers[i]))
            link_worker(supervisor, supervisor->workers[i]);
}

static void tell_ends(struct supervisor *supervisor)
{
    struct error error = {0};
    for (size_t i = 0; i < supervisor->worker_count; i++) {
        struct message_worker_ended *ended = &supervisor->untold[i];
        if (ended->role == 0)
            continue;
        enum status status = keeper_process_report(supervisor->keeper, ended, &error);
        if (status == STATUS_AGAIN)
            return;
        if (status != STATUS_OK)
            log_warning("cannot tell the keeper of a worker's end: %s", error.text);
        ended->role = 0;
    }
}

static bool workers_have_ended(const struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->worker_count; i++)
        if (worker_is_running(supervisor->workers[i]))
            return false;
    return true;
}

/* A stop without a keeper that sees to it leaves open what it would have sealed; before the first
 * keeper was ready there is nothing. */
static void end(struct supervisor *supervisor, bool failed)
{
    if (failed && supervisor->has_recorded && supervisor->result == EX_OK) {
        log_error("the keeper failed while stopping: what was open is left for the next start to "
                  "seal");
        supervisor->result = EX_SOFTWARE;
    }
    sd_event_exit(supervisor->event, supervisor->result);
}

static void stop_keeper(struct supervisor *supervisor)
{
    supervisor->phase = STOPPING_KEEPER;
    supervisor->patience = sd_event_source_disable_unref(supervisor->patience);
    if (keeper_process_is_running(supervisor->keeper))
        keeper_process_stop(supervisor->keeper, supervisor->reason);
    else
        end(supervisor, true);
}

/* ---- what the processes report ---- */

static void on_worker_started(void *context, struct worker *worker)
{
    struct supervisor *supervisor = context;
    if (worker_role(worker) == ROLE_CONSOLE)
        picture_keeper_start(supervisor->pictures);
    if (keeper_process_is_ready(supervisor->keeper))
        link_worker(supervisor, worker);
}

static void on_worker_ended(void *context, struct worker *worker,
                            const struct message_worker_ended *ended)
{
    struct supervisor *supervisor = context;
    for (size_t i = 0; i < supervisor->worker_count; i++)
        if (supervisor->workers[i] == worker)
            supervisor->untold[i] = *ended;
    if (worker_role(worker) == ROLE_CONSOLE)
        picture_keeper_rest(supervisor->pictures);
    tell_ends(supervisor);
    if (supervisor->phase == STOPPING_WORKERS && workers_have_ended(supervisor))
        stop_keeper(supervisor);
}

static void on_keeper_settled(void *context)
{
    link_running_workers(context);
}

/* For `systemctl status`. */
static void announce(const struct supervisor *supervisor, const char *also)
{
    char alarms[48] = "";
    if (supervisor->alarms > 0)
        snprintf(alarms, sizeof alarms, ", %u alarms", supervisor->alarms);
    sd_notifyf(0, "%sSTATUS=Recording: %zu cameras, %zu controllers%s", also,
               supervisor->config->camera_count, supervisor->config->controller_count, alarms);
}

static void on_keeper_ready(void *context)
{
    struct supervisor *supervisor = context;
    supervisor->durable_ns = monotonic_raw_ns();
    if (supervisor->phase == STARTING) {
        supervisor->phase = RUNNING;
        supervisor->has_recorded = true;
        for (size_t i = 0; i < supervisor->worker_count; i++)
            worker_start(supervisor->workers[i]);
        log_info("recording: %zu cameras, %zu controllers", supervisor->config->camera_count,
                 supervisor->config->controller_count);
        announce(supervisor, "READY=1\n");
    } else {
        log_info("the keeper is back");
        for (size_t i = 0; i < supervisor->worker_count; i++)
            worker_say_again(supervisor->workers[i]);
    }
    link_running_workers(supervisor);
    tell_ends(supervisor);
}

static void on_keeper_progress(void *context, const struct message_progress *progress)
{
    struct supervisor *supervisor = context;
    if (progress->durable_monotonic_ns > supervisor->durable_ns)
        supervisor->durable_ns = progress->durable_monotonic_ns;
    if (progress->alarms != supervisor->alarms) {
        supervisor->alarms = progress->alarms;
        announce(supervisor, "");
    }
}

static void on_worker_cut_off(void *context, const struct message_worker_cut_off *said)
{
    struct supervisor *supervisor = context;
    for (size_t i = 0; i < ERRANDS; i++)
        errand_cut_off(supervisor->errands[i], said);
    for (size_t i = 0; i < supervisor->worker_count; i++)
        if (worker_is_cut_off(supervisor->workers[i], said))
            worker_kill(supervisor->workers[i]);
}

/* ---- packages and inspections ---- */

static void on_errand_wanted(void *context, enum role role, const char *source)
{
    struct supervisor *supervisor = context;
    for (size_t i = 0; i < ERRANDS; i++)
        if (errands[i].role == role && strcmp(errands[i].source, source) == 0)
            errand_start(supervisor->errands[i]);
}

static enum status on_errand_linked(void *context, enum role role, const char *source,
                                    int keeper_end, uint32_t *link, struct error *error)
{
    struct supervisor *supervisor = context;
    return keeper_process_peer(supervisor->keeper, role, source, keeper_end, link, error);
}

static void on_errand_ended(void *context, const struct message_worker_ended *ended)
{
    struct supervisor *supervisor = context;
    struct error error = {0};
    /* a keeper that was started since has nothing to do with it */
    enum status status = keeper_process_report(supervisor->keeper, ended, &error);
    if (status != STATUS_OK && status != STATUS_AGAIN)
        log_warning("cannot tell the keeper of an errand's end: %s", error.text);
}

static void on_keeper_ended(void *context, const struct keeper_end *ended)
{
    struct supervisor *supervisor = context;
    for (size_t i = 0; i < ERRANDS; i++)
        errand_kill(supervisor->errands[i]); /* nobody is left to take what it makes */
    if (ended->text[0] != '\0')
        log_error("the keeper does not start: %s", ended->text);
    if (supervisor->phase == STOPPING_KEEPER) {
        end(supervisor, ended->failed);
    } else if (ended->unusable) {
        /* Waiting would not help: a person has to settle it, and the service manager may try
         * again from the beginning meanwhile. */
        supervisor->result = EX_CONFIG;
        supervisor_stop(supervisor,
                        ended->text[0] != '\0' ? ended->text : "the keeper cannot be used");
    }
}

/* ---- the watchdog ---- */

static int on_watchdog(sd_event_source *source, uint64_t at_us, void *context)
{
    struct supervisor *supervisor = context;
    (void)at_us;
    if (watchdog_allows(monotonic_raw_ns(), supervisor->durable_ns,
                        keeper_process_is_ready(supervisor->keeper)) ||
        supervisor->phase >= STOPPING_WORKERS)
        sd_notify(0, "WATCHDOG=1");
    else
        log_error("nothing has reached the disk for too long: the watchdog is left alone");
    sd_event_source_set_time_relative(source, supervisor->watchdog_us / 2);
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    return 0;
}

static void start_watchdog(struct supervisor *supervisor)
{
    if (sd_watchdog_enabled(0, &supervisor->watchdog_us) <= 0)
        return;
    int problem = sd_event_add_time_relative(supervisor->event, &supervisor->watchdog,
                                             CLOCK_MONOTONIC, 0, 0, on_watchdog, supervisor);
    if (problem < 0)
        log_error("cannot set the watchdog's timer: %s", strerror(-problem));
}

/* ---- making it ---- */

static enum status add_worker(struct supervisor *supervisor, const struct worker_plan *plan,
                              struct error *error)
{
    const struct worker_hooks hooks = {on_worker_started, on_worker_ended, supervisor};
    enum status status = worker_new(supervisor->event, plan, &hooks,
                                    &supervisor->workers[supervisor->worker_count], error);
    if (status == STATUS_OK)
        supervisor->worker_count++;
    return status;
}

static enum status add_camera(struct supervisor *supervisor, const struct config_camera *camera,
                              const struct worker_plan *common, struct error *error)
{
    struct worker_plan plan = *common;
    plan_camera(supervisor->config, camera, &plan);
    enum status status = add_worker(supervisor, &plan, error);
    explicit_bzero(&plan.camera, sizeof plan.camera);
    return status;
}

static enum status add_bus(struct supervisor *supervisor, size_t first,
                           const struct worker_plan *common, struct error *error)
{
    struct message_door_setup setups[CONFIG_CONTROLLERS_MAX];
    struct worker_plan plan = *common;
    if (!plan_begins_bus(supervisor->config, first))
        return STATUS_OK;
    enum status status = plan_bus(supervisor->config, first, setups, &plan, error);
    return status == STATUS_OK ? add_worker(supervisor, &plan, error) : status;
}

static enum status add_workers(struct supervisor *supervisor, const struct process_ground *ground,
                               struct error *error)
{
    const struct config *config = supervisor->config;
    struct worker_plan common = {.ground = *ground};
    enum status status = identity_of(config->run_as.cameras, &common.identity, error);
    for (size_t i = 0; status == STATUS_OK && i < config->camera_count; i++)
        status = add_camera(supervisor, &config->cameras[i], &common, error);
    if (status == STATUS_OK)
        status = identity_of(config->run_as.doors, &common.identity, error);
    for (size_t i = 0; status == STATUS_OK && i < config->controller_count; i++)
        status = add_bus(supervisor, i, &common, error);
    return status;
}

/* Who may read ledger and video, by the keeper's group, and not the key. Where no such user is
 * named it is the keeper's own: the process's sandbox keeps the key from it too. */
static enum status reader_identity(const struct config *config, const char *user,
                                   struct identity *identity, struct error *error)
{
    struct identity keeper;
    enum status status = identity_of(config->run_as.keeper, &keeper, error);
    if (status != STATUS_OK || user[0] == '\0') {
        *identity = keeper;
        return status;
    }
    status = identity_of(user, identity, error);
    if (status != STATUS_OK || !identity->change || !keeper.change)
        return status;
    if (identity->group_count == IDENTITY_GROUPS_MAX)
        return error_set(error, STATUS_FULL, "the user %s is in %d groups, and needs another", user,
                         IDENTITY_GROUPS_MAX);
    identity->groups[identity->group_count++] = keeper.gid;
    return STATUS_OK;
}

static enum status add_errands(struct supervisor *supervisor, const struct process_ground *ground,
                               struct error *error)
{
    const struct config *config = supervisor->config;
    const struct errand_hooks hooks = {on_errand_linked, on_errand_ended, supervisor};
    struct errand_plan plan = {.ground = *ground, .state = config->state, .video = config->video};
    struct identity pictures = {0};
    enum status status = reader_identity(config, config->run_as.exports, &plan.identity, error);
    if (status == STATUS_OK) /* what decodes a camera's bytes can do no more than its process */
        status = identity_of(config->run_as.cameras, &pictures, error);
    for (size_t i = 0; status == STATUS_OK && i < ERRANDS; i++) {
        plan.role = errands[i].role;
        plan.source = errands[i].source;
        plan.program = errands[i].program;
        plan.pictures = plan.role == ROLE_EXPORT ? &pictures : NULL;
        status = errand_new(supervisor->event, &plan, &hooks, &supervisor->errands[i], error);
    }
    return status;
}

static enum status give_pictures(void *context, int socket, struct error *error)
{
    struct supervisor *supervisor = context;
    const struct message_console_picture picture = {0};
    return worker_say(supervisor->console_worker, MESSAGE_CONSOLE_PICTURE, &picture, socket, error);
}

static enum status add_pictures(struct supervisor *supervisor, const struct process_ground *ground,
                                struct error *error)
{
    struct picture_keeper_plan plan = {
        .ground = *ground, .give = give_pictures, .context = supervisor};
    enum status status = identity_of(supervisor->config->run_as.cameras, &plan.identity, error);
    return status == STATUS_OK
               ? picture_keeper_new(supervisor->event, &plan, &supervisor->pictures, error)
               : status;
}

static enum status add_console(struct supervisor *supervisor, const struct process_ground *ground,
                               struct error *error)
{
    const struct config *config = supervisor->config;
    struct worker_plan plan = {.role = ROLE_CONSOLE, .source = CONSOLE, .ground = *ground};
    if (!config->console.present)
        return STATUS_OK;
    enum status status = console_setup_new(config, &supervisor->console, error);
    if (status == STATUS_OK)
        status = reader_identity(config, config->run_as.console, &plan.identity, error);
    plan.console = supervisor->console;
    if (status == STATUS_OK)
        status = add_pictures(supervisor, ground, error);
    if (status == STATUS_OK)
        status = add_worker(supervisor, &plan, error);
    if (status == STATUS_OK)
        supervisor->console_worker = supervisor->workers[supervisor->worker_count - 1];
    return status;
}

static enum status add_keeper(struct supervisor *supervisor, const struct supervisor_plan *own,
                              struct error *error)
{
    const struct keeper_hooks hooks = {on_keeper_settled, on_keeper_ready,  on_keeper_progress,
                                       on_worker_cut_off, on_errand_wanted, on_keeper_ended,
                                       supervisor};
    struct keeper_plan plan = {.config = supervisor->config,
                               .ground = own->ground,
                               .page = own->page,
                               .patience_ms = own->patience_ms};
    struct digest digest;
    digest_of(DIGEST_SHA256, buffer_bytes(&supervisor->config->text), &digest);
    memcpy(plan.config_sha256, digest.bytes, sizeof plan.config_sha256);
    digest_of(DIGEST_SM3, buffer_bytes(&supervisor->config->text), &digest);
    memcpy(plan.config_sm3, digest.bytes, sizeof plan.config_sm3);
    enum status status = identity_of(supervisor->config->run_as.keeper, &plan.identity, error);
    if (status != STATUS_OK)
        return status;
    return keeper_process_new(supervisor->event, &plan, &hooks, &supervisor->keeper, error);
}

enum status supervisor_new(sd_event *event, const struct supervisor_plan *plan,
                           struct supervisor **result, struct error *error)
{
    struct supervisor *supervisor = calloc(1, sizeof *supervisor);
    if (supervisor == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the supervisor");
    supervisor->event = sd_event_ref(event);
    supervisor->config = plan->config;
    supervisor->durable_ns = monotonic_raw_ns();
    enum status status = add_keeper(supervisor, plan, error);
    if (status == STATUS_OK)
        status = add_workers(supervisor, &plan->ground, error);
    if (status == STATUS_OK)
        status = add_errands(supervisor, &plan->ground, error);
    if (status == STATUS_OK)
        status = add_console(supervisor, &plan->ground, error);
    if (status != STATUS_OK) {
        supervisor_free(supervisor);
        return status;
    }
    *result = supervisor;
    return STATUS_OK;
}

void supervisor_free(struct supervisor *supervisor)
{
    if (supervisor == NULL)
        return;
    for (size_t i = 0; i < supervisor->worker_count; i++)
        worker_free(supervisor->workers[i]);
    for (size_t i = 0; i < ERRANDS; i++)
        errand_free(supervisor->errands[i]);
    console_setup_free(supervisor->console);
    picture_keeper_free(supervisor->pictures);
    keeper_process_free(supervisor->keeper);
    sd_event_source_disable_unref(supervisor->watchdog);
    sd_event_source_disable_unref(supervisor->patience);
    sd_event_unref(supervisor->event);
    free(supervisor);
}

void supervisor_start(struct supervisor *supervisor)
{
    start_watchdog(supervisor);
    keeper_process_start(supervisor->keeper);
}

/* ---- the ordered stop ---- */

static int on_patience_over(sd_event_source *source, uint64_t at_us, void *context)
{
    struct supervisor *supervisor = context;
    (void)source;
    (void)at_us;
    for (size_t i = 0; i < supervisor->worker_count; i++) {
        if (!worker_is_running(supervisor->workers[i]))
            continue;
        log_warning("%s does not stop: it is killed", worker_source(supervisor->workers[i], 0));
        worker_kill(supervisor->workers[i]);
    }
    return 0;
}

void supervisor_read_people(struct supervisor *supervisor)
{
    struct error error = {0};
    enum status status = keeper_process_people(supervisor->keeper, &error);
    if (status != STATUS_OK && status != STATUS_AGAIN)
        log_error("the roster was not handed over: %s", error.text);
}

void supervisor_stop(struct supervisor *supervisor, const char *reason)
{
    if (supervisor->phase >= STOPPING_WORKERS)
        return;
    log_info("stopping: %s", reason);
    sd_notifyf(0, "STOPPING=1\nSTATUS=Stopping: %s", reason);
    message_text(supervisor->reason, sizeof supervisor->reason, reason);
    supervisor->phase = STOPPING_WORKERS;
    for (size_t i = 0; i < supervisor->worker_count; i++)
        worker_stop(supervisor->workers[i]);
    if (workers_have_ended(supervisor)) {
        stop_keeper(supervisor);
        return;
    }
    int problem = sd_event_add_time_relative(
        supervisor->event, &supervisor->patience, CLOCK_MONOTONIC,
        (uint64_t)WORKERS_STOP_LIMIT_MS * 1000u, 0, on_patience_over, supervisor);
    if (problem < 0)
        on_patience_over(NULL, 0, supervisor);
}
