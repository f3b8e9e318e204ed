#include "firmware/supervisor/keeper_process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/file.h"
#include "base/log.h"
#include "firmware/config/config.h"
#include "firmware/supervisor/backoff.h"
#include "firmware/supervisor/keeper_settings.h"

#define PROGRAM "sealroom-keeper"

enum state { DOWN, STARTING, READY, STOPPING };

struct keeper_process {
    sd_event *event;
    struct keeper_plan plan;
    struct keeper_hooks hooks;
    struct backoff backoff;
    struct channel *control;
    sd_event_source *readable;
    sd_event_source *ending;
    sd_event_source *restart;
    sd_event_source *asking;   /* every KEEPER_ASK_INTERVAL_MS while it is ready */
    sd_event_source *deadline; /* armed while an answer is due */
    const char *due;           /* what it is due for, for the log */
    pid_t process;             /* 0 while it does not run */
    uint64_t started_us;
    uint32_t generation;
    uint32_t start_sequence; /* of START or STOP: the message whose DONE is waited for */
    uint32_t peers;
    enum state state;
    bool no_more; /* told to stop: it is not started again */
    char refusal[DETAIL_SIZE];
};

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* ---- deadlines ---- */

static int on_deadline(sd_event_source *source, uint64_t at_us, void *context)
{
    struct keeper_process *keeper = context;
    (void)source;
    (void)at_us;
    log_error("%s does not answer (%s): it is killed", PROGRAM, keeper->due);
    kill(keeper->process, SIGKILL);
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
    if (keeper->process > 0)
        kill(keeper->process, SIGKILL);
}

/* ---- progress ---- */

static int on_ask(sd_event_source *source, uint64_t at_us, void *context)
{
    struct keeper_process *keeper = context;
    const struct message_progress_ask ask = {0};
    struct error error = {0};
    (void)at_us;

    if (keeper->due == NULL) {
        if (channel_send(keeper->control, MESSAGE_PROGRESS_ASK, &ask, -1, NULL, &error) ==
            STATUS_OK)
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

static int on_readable(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
    struct keeper_process *keeper = context;
    union message_payload payload;
    enum message_type type;
    uint32_t sequence;
    int attached = -1;
    struct error error = {0};
    (void)descriptor;
    (void)events;

    enum status status =
        channel_receive(keeper->control, &type, &sequence, &payload, &attached, &error);
    file_close(&attached);
    if (status == STATUS_AGAIN)
        return 0;
    if (status != STATUS_OK) {
        /* Its end is reported by the kernel; a closed socket must not spin until then. */
        sd_event_source_set_enabled(source, SD_EVENT_OFF);
        if (status != STATUS_END)
            give_up(keeper, &error);
        return 0;
    }
    if (type == MESSAGE_DONE) {
        on_done(keeper, &payload.done);
    } else if (type == MESSAGE_PROGRESS) {
        if (keeper->state == READY)
            expect_nothing(keeper);
        keeper->hooks.progress(keeper->hooks.context, &payload.progress);
    }
    return 0;
}

/* ---- the start ---- */

static enum status introduce(struct keeper_process *keeper, struct error *error)
{
    struct message_hello hello = {.protocol = MESSAGE_PROTOCOL, .process = (uint32_t)getpid()};
    message_text(hello.program, sizeof hello.program, "sealroomd");
    message_text(hello.version, sizeof hello.version, SEALROOM_VERSION);

    enum status status = channel_send(keeper->control, MESSAGE_HELLO, &hello, -1, NULL, error);
    if (status == STATUS_OK)
        status = keeper_settings_send(&keeper->plan, keeper->control, error);
    if (status != STATUS_OK)
        return status;
    keeper->hooks.settled(keeper->hooks.context);
    const struct message_start start = {.peers = keeper->peers};
    return channel_send(keeper->control, MESSAGE_START, &start, -1, &keeper->start_sequence, error);
}

static int on_restart(sd_event_source *source, uint64_t at_us, void *context)
{
    (void)source;
    (void)at_us;
    keeper_process_start(context);
    return 0;
}

static void start_later(struct keeper_process *keeper)
{
    uint64_t lived_ms = (now_us() - keeper->started_us) / 1000u;
    uint32_t delay_ms = backoff_next_ms(&keeper->backoff, lived_ms);
    keeper->restart = sd_event_source_disable_unref(keeper->restart);
    int problem = sd_event_add_time_relative(keeper->event, &keeper->restart, CLOCK_MONOTONIC,
                                             (uint64_t)delay_ms * 1000u, 0, on_restart, keeper);
    if (problem < 0)
        log_error("cannot set a timer to start %s again: %s", PROGRAM, strerror(-problem));
}

/* Forgets the process that ended, or that never came to life. */
static void settle_end(struct keeper_process *keeper, bool unusable)
{
    expect_nothing(keeper);
    keeper->asking = sd_event_source_disable_unref(keeper->asking);
    keeper->readable = sd_event_source_disable_unref(keeper->readable);
    keeper->ending = sd_event_source_disable_unref(keeper->ending);
    channel_free(keeper->control);
    keeper->control = NULL;
    keeper->process = 0;
    keeper->state = DOWN;
    keeper->no_more = keeper->no_more || unusable;
    keeper->hooks.ended(keeper->hooks.context, unusable, keeper->refusal);
    if (!keeper->no_more)
        start_later(keeper);
}

static int on_ended(sd_event_source *source, const siginfo_t *info, void *context)
{
    struct keeper_process *keeper = context;
    bool exited = info->si_code == CLD_EXITED;
    (void)source;
    if (!keeper->no_more || !exited || info->si_status != 0)
        log_error("%s ended (%s %d)", PROGRAM, exited ? "exit status" : "signal", info->si_status);
    settle_end(keeper, exited && info->si_status == EX_CONFIG);
    return 0;
}

static enum status watch(struct keeper_process *keeper, struct error *error)
{
    int problem = sd_event_add_child(keeper->event, &keeper->ending, keeper->process, WEXITED,
                                     on_ended, keeper);
    if (problem >= 0)
        problem =
            sd_event_add_io(keeper->event, &keeper->readable, channel_descriptor(keeper->control),
                            EPOLLIN, on_readable, keeper);
    /* What it said last (why it refused) is read before its end is dealt with. */
    if (problem >= 0)
        problem = sd_event_source_set_priority(keeper->ending, SD_EVENT_PRIORITY_IDLE);
    if (problem < 0)
        return error_set_errno(error, STATUS_IO, -problem, "cannot watch %s", PROGRAM);
    return STATUS_OK;
}

static enum status launch(struct keeper_process *keeper, struct error *error)
{
    const struct config *config = keeper->plan.config;
    const char *const arguments[] = {PROGRAM,       "--state", config->state,        "--video",
                                     config->video, "--suite", config_suite(config), NULL};
    const int room = 1024 * 1024; /* all settings at once, before it reads the first */
    int ends[2];
    enum status status = channel_pair(ends, error);
    if (status != STATUS_OK)
        return status;
    AUTO_CLOSE int ours = ends[0];
    AUTO_CLOSE int theirs = ends[1];

    (void)setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    status = channel_new(ours, &keeper->control, error);
    if (status != STATUS_OK)
        return status;
    (void)file_steal(&ours);
    status = process_start(&keeper->plan.ground, arguments, theirs, &keeper->plan.identity,
                           &keeper->process, error);
    if (status == STATUS_OK)
        status = watch(keeper, error);
    return status;
}

void keeper_process_start(struct keeper_process *keeper)
{
    struct error error = {0};
    keeper->restart = sd_event_source_disable_unref(keeper->restart);
    if (keeper->state != DOWN || keeper->no_more)
        return;
    keeper->refusal[0] = '\0';
    keeper->started_us = now_us();
    keeper->generation++;
    keeper->peers = 0;
    keeper->state = STARTING;
    if (launch(keeper, &error) != STATUS_OK) {
        message_text(keeper->refusal, sizeof keeper->refusal, error.text);
        if (keeper->process > 0) {
            kill(keeper->process, SIGKILL);
            (void)TEMP_FAILURE_RETRY(waitpid(keeper->process, NULL, 0));
        }
        settle_end(keeper, false);
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
    keeper->restart = sd_event_source_disable_unref(keeper->restart);
    keeper->asking = sd_event_source_disable_unref(keeper->asking);
    if (keeper->state == DOWN)
        return;
    keeper->state = STOPPING;
    expect(keeper, "stop", KEEPER_STOP_LIMIT_MS);
    message_text(stop.reason, sizeof stop.reason, reason);
    if (!was_ready)
        kill(keeper->process, SIGTERM);
    else if (channel_send(keeper->control, MESSAGE_STOP, &stop, -1, &keeper->start_sequence,
                          &error) != STATUS_OK)
        give_up(keeper, &error);
}

/* ---- what it is told ---- */

enum status keeper_process_peer(struct keeper_process *keeper, enum role role, const char *source,
                                int keeper_end, struct error *error)
{
    struct message_peer peer = {.role = (uint8_t)role};
    if (keeper->control == NULL)
        return error_set(error, STATUS_END, "%s does not run", PROGRAM);
    message_text(peer.source, sizeof peer.source, source);
    enum status status =
        channel_send(keeper->control, MESSAGE_PEER, &peer, keeper_end, NULL, error);
    if (status == STATUS_OK)
        keeper->peers++;
    return status;
}

enum status keeper_process_report(struct keeper_process *keeper,
                                  const struct message_worker_ended *ended, struct error *error)
{
    if (keeper->state != READY)
        return STATUS_AGAIN;
    return channel_send(keeper->control, MESSAGE_WORKER_ENDED, ended, -1, NULL, error);
}

bool keeper_process_is_running(const struct keeper_process *keeper)
{
    return keeper->process != 0;
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
    keeper->event = sd_event_ref(event);
    keeper->plan = *plan;
    keeper->hooks = *hooks;
    *result = keeper;
    return STATUS_OK;
}

void keeper_process_free(struct keeper_process *keeper)
{
    if (keeper == NULL)
        return;
    expect_nothing(keeper);
    sd_event_source_disable_unref(keeper->asking);
    sd_event_source_disable_unref(keeper->readable);
    sd_event_source_disable_unref(keeper->ending);
    sd_event_source_disable_unref(keeper->restart);
    if (keeper->process > 0) {
        kill(keeper->process, SIGKILL);
        (void)TEMP_FAILURE_RETRY(waitpid(keeper->process, NULL, 0));
    }
    channel_free(keeper->control);
    sd_event_unref(keeper->event);
    free(keeper);
}
