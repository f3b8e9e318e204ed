#include "firmware/supervisor/keeper_process.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/file.h"
#include "base/log.h"
#include "firmware/config/config.h"
#include "firmware/supervisor/child.h"
#include "firmware/supervisor/keeper_people.h"
#include "firmware/supervisor/keeper_settings.h"

#define PROGRAM   "sealroom-keeper"
#define SEND_ROOM (1024 * 1024) /* all settings at once, before it reads the first */

enum state { DOWN, STARTING, READY, STOPPING };

struct keeper_process {
    sd_event *event;
    struct keeper_plan plan;
    struct keeper_hooks hooks;
    struct child *child;
    sd_event_source *asking;   /* every KEEPER_ASK_INTERVAL_MS while it is ready */
    sd_event_source *deadline; /* armed while an answer is due */
    const char *due;           /* what it is due for, for the log */
    uint32_t generation;
    uint32_t start_sequence; /* of START or STOP: the message whose DONE is waited for */
    uint32_t peers;
    enum state state;
    bool no_more; /* told to stop: it is not started again */
    char refusal[DETAIL_SIZE];
};

/* ---- deadlines ---- */

static int on_deadline(sd_event_source *source, uint64_t at_us, void *context)
{
    struct keeper_process *keeper = context;
    (void)source;
    (void)at_us;
    log_error("%s does not answer (%s): it is killed", PROGRAM, keeper->due);
    child_signal(keeper->child, SIGKILL);
    return 0;
}

static void expect(struct keeper_process *keeper, const char *what, uint32_t limit_ms)
{
    keeper->due = what;
    keeper->deadline = sd_event_source_disable_unref(keeper->deadline);
    int problem = sd_event_add_time_relative(keeper->event, &keeper->deadline, CLOCK_MONOTONIC,
                                             (uint64_t)limit_ms * 1000u, 0, on_deadline, keeper);
    if (problem < 0)
        log_error("cannot set a deadline for %s: %s", PROGRAM, strerror(-problem));
}

static void expect_nothing(struct keeper_process *keeper)
{
    keeper->deadline = sd_event_source_disable_unref(keeper->deadline);
    keeper->due = NULL;
}

/* One that cannot be told anything is of no use: its end starts it again. */
static void give_up(struct keeper_process *keeper, const struct error *error)
{
    log_error("%s: %s: it is killed", PROGRAM, error->text);
    child_signal(keeper->child, SIGKILL);
}

/* ---- progress ---- */

static int on_ask(sd_event_source *source, uint64_t at_us, void *context)
{
    struct keeper_process *keeper = context;
    const struct message_progress_ask ask = {0};
    struct error error = {0};
    (void)at_us;

    if (keeper->due == NULL) {
        if (channel_send(child_control(keeper->child), MESSAGE_PROGRESS_ASK, &ask, -1, NULL,
                         &error) == STATUS_OK)
            expect(keeper, "progress", keeper->plan.patience_ms);
        else
            give_up(keeper, &error);
    }
    sd_event_source_set_time_relative(source, (uint64_t)KEEPER_ASK_INTERVAL_MS * 1000u);
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    return 0;
}

static void on_done(struct keeper_process *keeper, const struct message_done *done)
{
    if (done->reference != keeper->start_sequence)
        return; /* of a WORKER_ENDED: nothing hangs on it */
    expect_nothing(keeper);
    if (keeper->state != STARTING)
        return; /* of STOP: its end follows */
    if (done->status != STATUS_OK) {
        message_text(keeper->refusal, sizeof keeper->refusal, done->text);
        expect(keeper, "its end after it refused to start", KEEPER_END_LIMIT_MS);
        return;
    }
    keeper->state = READY;
    int problem = sd_event_add_time_relative(keeper->event, &keeper->asking, CLOCK_MONOTONIC, 0, 0,
                                             on_ask, keeper);
    if (problem < 0)
        log_error("cannot set a timer to ask %s: %s", PROGRAM, strerror(-problem));
    keeper->hooks.ready(keeper->hooks.context);
}

static void on_readable(void *context)
{
    struct keeper_process *keeper = context;
    union message_payload payload;
    enum message_type type;
    uint32_t sequence;
    int attached = -1;
    struct error error = {0};

    enum status status = channel_receive(child_control(keeper->child), &type, &sequence, &payload,
                                         &attached, &error);
    file_close(&attached);
    if (status == STATUS_AGAIN)
        return;
    if (status != STATUS_OK) {
        /* Its end is reported by the kernel; a closed socket must not spin until then. */
        child_deafen(keeper->child);
        if (status != STATUS_END)
            give_up(keeper, &error);
        return;
    }
    if (type == MESSAGE_DONE) {
        on_done(keeper, &payload.done);
    } else if (type == MESSAGE_PROGRESS) {
        if (keeper->state == READY)
            expect_nothing(keeper);
        keeper->hooks.progress(keeper->hooks.context, &payload.progress);
    } else if (type == MESSAGE_WORKER_CUT_OFF) {
        const struct message_worker_cut_off *said = &payload.worker_cut_off;
        if (said->role != ROLE_EXPORT && said->role != ROLE_INSPECT)
            log_warning("%s has cut %s %s off", PROGRAM, role_name((enum role)said->role),
                        said->source);
        keeper->hooks.cut_off(keeper->hooks.context, said);
    } else if (type == MESSAGE_EXPORT_START) {
        keeper->hooks.errand_wanted(keeper->hooks.context, ROLE_EXPORT, "export");
    } else if (type == MESSAGE_INSPECT_START) {
        bool is_report = payload.inspect_start.kind == INSPECT_REPORT;
        keeper->hooks.errand_wanted(keeper->hooks.context, ROLE_INSPECT,
                                    is_report ? "report" : "verify");
    }
}

/* ---- the start ---- */

static enum status introduce(struct keeper_process *keeper, struct error *error)
{
    struct message_hello hello = {.protocol = MESSAGE_PROTOCOL, .process = (uint32_t)getpid()};
    message_text(hello.program, sizeof hello.program, "sealroomd");
    message_text(hello.version, sizeof hello.version, SEALROOM_VERSION);

    enum status status =
        channel_send(child_control(keeper->child), MESSAGE_HELLO, &hello, -1, NULL, error);
    if (status == STATUS_OK)
        status = keeper_settings_send(&keeper->plan, child_control(keeper->child), error);
    if (status == STATUS_OK)
        status = keeper_people_send(keeper->plan.config, child_control(keeper->child), error);
    if (status != STATUS_OK)
        return status;
    keeper->hooks.settled(keeper->hooks.context);
    const struct message_start start = {.peers = keeper->peers};
    return channel_send(child_control(keeper->child), MESSAGE_START, &start, -1,
                        &keeper->start_sequence, error);
}

/* The process has ended, or never came to life. */
static void settle_end(struct keeper_process *keeper, bool failed, bool unusable)
{
    const struct keeper_end end = {failed, unusable, keeper->refusal};
    expect_nothing(keeper);
    keeper->asking = sd_event_source_disable_unref(keeper->asking);
    keeper->state = DOWN;
    keeper->no_more = keeper->no_more || unusable;
    keeper->hooks.ended(keeper->hooks.context, &end);
    if (!keeper->no_more)
        (void)child_start_later(keeper->child, false);
}

static void on_ended(void *context, const struct child_end *end)
{
    struct keeper_process *keeper = context;
    bool failed = !end->exited || end->number != 0;
    if (!keeper->no_more || failed)
        log_error("%s ended (%s %d)", PROGRAM, end->exited ? "exit status" : "signal", end->number);
    settle_end(keeper, failed, end->exited && end->number == EX_CONFIG);
}

static void on_due(void *context)
{
    keeper_process_start(context);
}

void keeper_process_start(struct keeper_process *keeper)
{
    struct error error = {0};
    child_rest(keeper->child);
    if (keeper->state != DOWN || keeper->no_more)
        return;
    keeper->refusal[0] = '\0';
    keeper->generation++;
    keeper->peers = 0;
    keeper->state = STARTING;
    if (child_start(keeper->child, &error) != STATUS_OK) {
        message_text(keeper->refusal, sizeof keeper->refusal, error.text);
        settle_end(keeper, true, false);
        return;
    }
    expect(keeper, "start", KEEPER_START_LIMIT_MS);
    if (introduce(keeper, &error) != STATUS_OK)
        give_up(keeper, &error);
}

void keeper_process_stop(struct keeper_process *keeper, const char *reason)
{
    struct message_stop stop = {0};
    struct error error = {0};
    bool was_ready = keeper->state == READY;

    keeper->no_more = true;
    child_rest(keeper->child);
    keeper->asking = sd_event_source_disable_unref(keeper->asking);
    if (keeper->state == DOWN)
        return;
    keeper->state = STOPPING;
    expect(keeper, "stop", KEEPER_STOP_LIMIT_MS);
    message_text(stop.reason, sizeof stop.reason, reason);
    if (!was_ready)
        child_signal(keeper->child, SIGTERM);
    else if (channel_send(child_control(keeper->child), MESSAGE_STOP, &stop, -1,
                          &keeper->start_sequence, &error) != STATUS_OK)
        give_up(keeper, &error);
}

/* ---- what it is told ---- */

enum status keeper_process_peer(struct keeper_process *keeper, enum role role, const char *source,
                                int keeper_end, uint32_t *link, struct error *error)
{
    struct message_peer peer = {.role = (uint8_t)role};
    if (!child_is_running(keeper->child))
        return error_set(error, STATUS_END, "%s does not run", PROGRAM);
    message_text(peer.source, sizeof peer.source, source);
    enum status status =
        channel_send(child_control(keeper->child), MESSAGE_PEER, &peer, keeper_end, link, error);
    if (status == STATUS_OK)
        keeper->peers++;
    return status;
}

enum status keeper_process_report(struct keeper_process *keeper,
                                  const struct message_worker_ended *ended, struct error *error)
{
    if (keeper->state != READY)
        return STATUS_AGAIN;
    return channel_send(child_control(keeper->child), MESSAGE_WORKER_ENDED, ended, -1, NULL, error);
}

enum status keeper_process_people(struct keeper_process *keeper, struct error *error)
{
    if (keeper->state != READY)
        return STATUS_AGAIN;
    return keeper_people_send(keeper->plan.config, child_control(keeper->child), error);
}

bool keeper_process_is_running(const struct keeper_process *keeper)
{
    return child_is_running(keeper->child);
}

bool keeper_process_is_ready(const struct keeper_process *keeper)
{
    return keeper->state == READY;
}

uint32_t keeper_process_generation(const struct keeper_process *keeper)
{
    return keeper->generation;
}

enum status keeper_process_new(sd_event *event, const struct keeper_plan *plan,
                               const struct keeper_hooks *hooks, struct keeper_process **result,
                               struct error *error)
{
    struct keeper_process *keeper = calloc(1, sizeof *keeper);
    if (keeper == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for %s", PROGRAM);
    const struct config *config = plan->config;
    const struct child_hooks child_hooks = {on_readable, on_ended, on_due, keeper};
    const struct child_plan child = {.ground = plan->ground,
                                     .identity = plan->identity,
                                     .arguments = {PROGRAM, "--state", config->state, "--video",
                                                   config->video, "--suite", config_suite(config),
                                                   "--page", plan->page, NULL},
                                     .send_room = SEND_ROOM};
    keeper->event = sd_event_ref(event);
    keeper->plan = *plan;
    keeper->hooks = *hooks;
    enum status status = child_new(event, &child, &child_hooks, &keeper->child, error);
    if (status != STATUS_OK) {
        keeper_process_free(keeper);
        return status;
    }
    *result = keeper;
    return STATUS_OK;
}

void keeper_process_free(struct keeper_process *keeper)
{
    if (keeper == NULL)
        return;
    expect_nothing(keeper);
    sd_event_source_disable_unref(keeper->asking);
    child_free(keeper->child);
    sd_event_unref(keeper->event);
    free(keeper);
}
