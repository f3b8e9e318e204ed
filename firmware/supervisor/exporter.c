#include "firmware/supervisor/exporter.h"

#include <signal.h>
#include <stdlib.h>

#include "base/channel.h"
#include "base/file.h"
#include "base/log.h"
#include "firmware/supervisor/child.h"

#define PROGRAM "sealroom-export"

struct exporter {
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
    free(exporter);
}
