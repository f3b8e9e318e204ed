#include "firmware/supervisor/exporter.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/channel.h"
#include "base/file.h"
#include "base/log.h"
#include "firmware/supervisor/child.h"

#define PROGRAM         "sealroom-export"
#define PICTURE_PROGRAM "sealroom-picture"

struct exporter {
    sd_event *event;
    struct process_ground ground;
    struct identity pictures;
    struct exporter_hooks hooks;
    struct child *child;
    uint32_t starts;
    uint32_t link;  /* 0: it was not handed over */
    bool is_wanted; /* as soon as the one before has ended */
};

static void report_failure(struct exporter *exporter, const struct error *error)
{
    struct message_worker_ended ended = {.role = ROLE_EXPORT, .exit_code = WORKER_NOT_STARTED};
    message_text(ended.detail, sizeof ended.detail, error->text);
    log_error(PROGRAM ": %s", error->text);
    child_undo(exporter->child);
    exporter->hooks.ended(exporter->hooks.context, &ended);
}

/* It ends by itself when the exporter's end is closed. */
static int on_picture_ended(sd_event_source *source, const siginfo_t *info, void *context)
{
    (void)source;
    (void)context;
    if (info->si_code != CLD_EXITED)
        log_warning(PICTURE_PROGRAM " was ended by signal %d", info->si_status);
    return 0;
}

static enum status start_picture(struct exporter *exporter, struct error *error)
{
    static const char *const arguments[] = {PICTURE_PROGRAM, NULL};
    struct message_export_picture picture = {0};
    int ends[2];
    pid_t process = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot make a pair of sockets");
    AUTO_CLOSE int ours = ends[0];
    AUTO_CLOSE int theirs = ends[1];
    enum status status =
        process_start(&exporter->ground, arguments, theirs, &exporter->pictures, &process, error);
    if (status != STATUS_OK)
        return status;
    int problem =
        sd_event_add_child(exporter->event, NULL, process, WEXITED, on_picture_ended, NULL);
    if (problem < 0)
        return error_set_errno(error, STATUS_IO, -problem, "cannot watch " PICTURE_PROGRAM);
    return channel_send(child_control(exporter->child), MESSAGE_EXPORT_PICTURE, &picture, ours,
                        NULL, error);
}

static enum status give_link(struct exporter *exporter, struct error *error)
{
    struct message_keeper_link link = {.generation = exporter->starts};
    int ends[2];
    enum status status = channel_pair(ends, error);
    if (status != STATUS_OK)
        return status;
    AUTO_CLOSE int ours = ends[0];
    AUTO_CLOSE int theirs = ends[1];
    status = channel_send(child_control(exporter->child), MESSAGE_KEEPER_LINK, &link, theirs, NULL,
                          error);
    return status == STATUS_OK
               ? exporter->hooks.link(exporter->hooks.context, ours, &exporter->link, error)
               : status;
}

void exporter_start(struct exporter *exporter)
{
    struct error error = {0};
    exporter->is_wanted = child_is_running(exporter->child);
    if (exporter->is_wanted)
        return;
    exporter->link = 0;
    enum status status = child_start(exporter->child, &error);
    if (status == STATUS_OK) {
        exporter->starts++;
        if (start_picture(exporter, &error) != STATUS_OK)
            log_warning("a package without stills: %s", error.text);
        status = give_link(exporter, &error);
    }
    if (status != STATUS_OK)
        report_failure(exporter, &error);
}

static void on_ended(void *context, const struct child_end *end)
{
    struct exporter *exporter = context;
    struct message_worker_ended ended = {.role = ROLE_EXPORT,
                                         .exit_code = end->exited ? end->number : -1,
                                         .signal = end->exited ? 0 : (uint32_t)end->number,
                                         .restarts = exporter->starts - 1};
    exporter->link = 0;
    if (exporter->is_wanted) { /* that was the one before, of which everything is known */
        exporter_start(exporter);
        return;
    }
    if (!end->exited || end->number != 0)
        log_warning(PROGRAM " ended (%s %d)", end->exited ? "exit status" : "signal", end->number);
    exporter->hooks.ended(exporter->hooks.context, &ended);
}

void exporter_kill(struct exporter *exporter)
{
    exporter->is_wanted = false;
    child_signal(exporter->child, SIGKILL);
}

void exporter_cut_off(struct exporter *exporter, const struct message_worker_cut_off *said)
{
    if (said->role == ROLE_EXPORT && exporter->link != 0 && said->link == exporter->link)
        child_signal(exporter->child, SIGKILL);
}

enum status exporter_new(sd_event *event, const struct exporter_plan *plan,
                         const struct exporter_hooks *hooks, struct exporter **result,
                         struct error *error)
{
    struct exporter *exporter = calloc(1, sizeof *exporter);
    if (exporter == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for " PROGRAM);
    exporter->hooks = *hooks;
    exporter->event = sd_event_ref(event);
    exporter->ground = plan->ground;
    exporter->pictures = plan->pictures;
    const struct child_hooks child_hooks = {NULL, on_ended, NULL, exporter};
    const struct child_plan child = {
        .ground = plan->ground,
        .identity = plan->identity,
        .arguments = {PROGRAM, "--state", plan->state, "--video", plan->video, NULL}};
    enum status status = child_new(event, &child, &child_hooks, &exporter->child, error);
    if (status != STATUS_OK) {
        exporter_free(exporter);
        return status;
    }
    *result = exporter;
    return STATUS_OK;
}

void exporter_free(struct exporter *exporter)
{
    if (exporter == NULL)
        return;
    child_free(exporter->child);
    sd_event_unref(exporter->event);
    free(exporter);
}
