/* What the process says and does that makes a report, or verifies. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "keeper/inspections_parts.h"

/* The supervisor tells how a process ended at once. */
#define LOST_NS (10 * NS_PER_SECOND)

static struct run *run_by(struct inspections *inspections, const struct peer *inspector)
{
    for (size_t i = 0; i < RUNS_MAX; i++)
        if (inspections->runs[i].inspector == peer_number(inspector))
            return &inspections->runs[i];
    return NULL;
}

enum status inspections_introduce(struct inspections *inspections, const char *source,
                                  int descriptor, uint32_t link, struct error *error)
{
    AUTO_CLOSE int owned = descriptor;
    struct run *run = inspections_wanted(inspections, source);
    struct peer *inspector = NULL;
    if (run == NULL || run->link != 0)
        return STATUS_OK; /* not wanted any more: its socket is closed, and it ends */
    enum status status = peers_add(inspections->keeper->peers, file_steal(&owned), &desk_inspect,
                                   source, false, &inspector, error);
    if (status != STATUS_OK)
        return status;
    run->inspector = peer_number(inspector);
    run->link = link;
    return STATUS_OK;
}

/* Its last words, and with them its verdict, may still lie in its socket: it is read to its end. */
void inspections_ended(struct inspections *inspections, const struct message_worker_ended *ended)
{
    char detail[DETAIL_SIZE];
    struct run *run = inspections_wanted(inspections, ended->source);
    if (run == NULL || (run->link == 0 && ended->exit_code != WORKER_NOT_STARTED))
        return; /* one that was let go before */
    if (ended->exit_code == WORKER_NOT_STARTED)
        (void)snprintf(detail, sizeof detail, "its process cannot be started: %.200s",
                       ended->detail);
    else if (ended->signal != 0)
        (void)snprintf(detail, sizeof detail, "its process was ended by signal %u", ended->signal);
    else
        (void)snprintf(detail, sizeof detail, "its process ended with exit status %d",
                       (int)ended->exit_code);
    if (peers_find(inspections->keeper->peers, run->inspector) == NULL) {
        inspections_fail(inspections, run, detail);
        return;
    }
    message_text(run->ended, sizeof run->ended, detail);
    run->lost_by_ns = clock_monotonic_ns(inspections->keeper->clock) + LOST_NS;
}

void inspections_inspector_gone(struct inspections *inspections, const struct peer *inspector,
                                const char *reason)
{
    struct run *run = run_by(inspections, inspector);
    if (run == NULL || run->phase != INSPECT_RUNNING)
        return;
    run->inspector = 0;
    if (reason != NULL)
        inspections_fail(inspections, run, reason);
    else if (run->ended[0] != '\0')
        inspections_fail(inspections, run, run->ended);
    else
        run->lost_by_ns = clock_monotonic_ns(inspections->keeper->clock) + LOST_NS;
}

static enum status at_work(struct inspections *inspections, const struct peer *inspector,
                           struct run **run, struct error *error)
{
    *run = run_by(inspections, inspector);
    return *run != NULL && (*run)->phase == INSPECT_RUNNING
               ? STATUS_OK
               : error_set(error, STATUS_REFUSED, "nothing is asked of it");
}

enum status inspections_greet(struct inspections *inspections, struct peer *inspector,
                              struct error *error)
{
    struct message_welcome welcome = keeper_welcome(inspections->keeper);
    struct run *run = NULL;
    enum status status = at_work(inspections, inspector, &run, error);
    if (status != STATUS_OK)
        return status;
    const struct message_inspect_task task = {
        .kind = (uint8_t)run->kind, .from_utc_ns = run->from_utc_ns, .to_utc_ns = run->to_utc_ns};
    peer_send(inspector, MESSAGE_WELCOME, &welcome, -1);
    peer_send(inspector, MESSAGE_INSPECT_TASK, &task, -1);
    return STATUS_OK;
}

enum status inspections_progress(struct inspections *inspections, const struct peer *inspector,
                                 const struct message_inspect_progress *progress,
                                 struct error *error)
{
    struct run *run = NULL;
    enum status status = at_work(inspections, inspector, &run, error);
    if (status != STATUS_OK)
        return status;
    run->state.stage = progress->stage;
    run->state.done = progress->done;
    run->state.total = progress->total;
    return STATUS_OK;
}

enum status inspections_result(struct inspections *inspections, const struct peer *inspector,
                               const struct message_inspect_result *result, int *file,
                               struct error *error)
{
    struct run *run = NULL;
    enum status status = at_work(inspections, inspector, &run, error);
    if (status == STATUS_OK && run->file >= 0)
        status = error_set(error, STATUS_REFUSED, "it has said what came of it");
    if (status != STATUS_OK)
        return status;
    run->result = *result;
    run->file = file_steal(file);
    return STATUS_OK;
}

enum status inspections_end(struct inspections *inspections, const struct peer *inspector,
                            const struct message_inspect_end *end, struct error *error)
{
    struct run *run = NULL;
    enum status status = at_work(inspections, inspector, &run, error);
    if (status != STATUS_OK)
        return status;
    run->inspector = 0; /* not closed in the middle of its message: it ends by itself */
    if (end->status == STATUS_OK && run->file < 0)
        return error_set(error, STATUS_REFUSED, "there is no result");
    memcpy(run->state.verdict, end->verdict, sizeof run->state.verdict);
    run->state.records = end->records;
    run->state.segments = end->segments;
    run->state.bytes = end->bytes;
    run->state.findings = end->findings;
    run->link = 0;
    run->lost_by_ns = 0;
    inspections_conclude(inspections, run, end->status == STATUS_OK ? NULL : end->text);
    return STATUS_OK;
}
