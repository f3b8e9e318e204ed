#include "keeper/committer.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/log.h"
#include "keeper/fatal.h"

/* While another process holds the write lock of ledger.db. */
#define RETRY_US UINT64_C(100000)

struct committer {
    sd_event *event;
    struct ledger *ledger;
    const struct clock *clock;
    void (*committed)(void *context);
    void *context;
    sd_event_source *round; /* runs when nothing else is ready */
    sd_event_source *retry;
    struct promise *promises;
    size_t count;
    size_t capacity;
    uint32_t messages; /* in this round */
    bool keeping;      /* promises are being kept */
    struct clock_reading durable_at;
};

static int round_ends(sd_event_source *source, void *context)
{
    (void)source;
    committer_commit(context);
    return 0;
}

static int retry_is_due(sd_event_source *source, uint64_t usec, void *context)
{
    (void)source;
    (void)usec;
    committer_commit(context);
    return 0;
}

enum status committer_new(sd_event *event, struct ledger *ledger, const struct clock *clock,
                          void (*committed)(void *context), void *context,
                          struct committer **committer, struct error *error)
{
    struct committer *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the committer");
    *made = (struct committer){.event = event,
                               .ledger = ledger,
                               .clock = clock,
                               .committed = committed,
                               .context = context};
    int result = sd_event_add_defer(event, &made->round, round_ends, made);
    if (result >= 0)
        result = sd_event_source_set_enabled(made->round, SD_EVENT_OFF);
    if (result >= 0)
        result = sd_event_source_set_priority(made->round, SD_EVENT_PRIORITY_IDLE);
    if (result >= 0)
        result = sd_event_add_time_relative(event, &made->retry, CLOCK_MONOTONIC, RETRY_US, 0,
                                            retry_is_due, made);
    if (result >= 0)
        result = sd_event_source_set_enabled(made->retry, SD_EVENT_OFF);
    if (result < 0) {
        committer_free(made);
        return error_set_errno(error, STATUS_IO, -result, "cannot set up the committer");
    }
    *committer = made;
    return STATUS_OK;
}

void committer_free(struct committer *committer)
{
    if (committer == NULL)
        return;
    (void)sd_event_source_disable_unref(committer->round);
    (void)sd_event_source_disable_unref(committer->retry);
    free(committer->promises);
    free(committer);
}

void committer_touch(struct committer *committer)
{
    int result = sd_event_source_set_enabled(committer->round, SD_EVENT_ONESHOT);
    if (result < 0) {
        struct error error;
        (void)error_set_errno(&error, STATUS_IO, -result, "the event loop refuses a commit");
        fatal("committing", &error);
    }
}

uint64_t committer_record(struct committer *committer, enum record_kind kind, const char *source,
                          json_t *members)
{
    struct error error;
    uint64_t number = 0;
    enum status status =
        error_set(&error, STATUS_NO_MEMORY, "no memory for a record of %s", source);
    if (members != NULL) {
        status = ledger_append(committer->ledger, kind, source, members, &number, &error);
        if (status == STATUS_FULL) {
            committer_commit(committer);
            status = ledger_append(committer->ledger, kind, source, members, &number, &error);
        }
    }
    json_decref(members);
    if (status != STATUS_OK)
        fatal("making a record", &error);
    committer_touch(committer);
    return number;
}

void committer_promise(struct committer *committer, const struct promise *promise)
{
    struct promise *promises =
        array_room(committer->promises, committer->count, &committer->capacity, sizeof *promises);
    if (promises == NULL)
        fatal_memory("promising an answer");
    committer->promises = promises;
    committer->promises[committer->count++] = *promise;
    committer_touch(committer);
}

void committer_count(struct committer *committer)
{
    if (++committer->messages >= COMMITTER_ROUND)
        committer_commit(committer);
}

/* One transaction. False if the file is locked: everything still waits. */
static bool commit_once(struct committer *committer)
{
    struct error error;
    bool makes_records = ledger_pending_size(committer->ledger) > ledger_size(committer->ledger);
    enum status status = ledger_commit(committer->ledger, &error);
    if (status == STATUS_TIMEOUT) {
        log_warning("%s", error.text);
        int result = sd_event_source_set_time_relative(committer->retry, RETRY_US);
        if (result >= 0)
            result = sd_event_source_set_enabled(committer->retry, SD_EVENT_ONESHOT);
        if (result >= 0)
            return false;
        (void)error_set_errno(&error, STATUS_IO, -result, "the event loop refuses a timer");
    }
    if (status != STATUS_OK)
        fatal("committing", &error);
    if (makes_records) {
        committer->durable_at = clock_now(committer->clock);
        if (committer->committed != NULL)
            committer->committed(committer->context);
    }
    return true;
}

void committer_commit(struct committer *committer)
{
    committer->messages = 0;
    if (committer->keeping) {
        /* the batch filled up under a promise: only make room, the outer call goes on */
        (void)commit_once(committer);
        return;
    }
    do {
        /* what is promised while these are kept waits for the next transaction */
        size_t due = committer->count;
        if (!commit_once(committer))
            return;
        committer->keeping = true;
        for (size_t i = 0; i < due; i++) {
            struct promise promise = committer->promises[i];
            promise.keep(promise.context, &promise);
        }
        committer->keeping = false;
        committer->count -= due;
        for (size_t i = 0; i < committer->count; i++)
            committer->promises[i] = committer->promises[due + i];
    } while (committer->count > 0);
    /* the answers are out: what this costs delays nobody */
    struct error error;
    if (ledger_tidy(committer->ledger, &error) != STATUS_OK)
        fatal("tidying the ledger", &error);
}

struct clock_reading committer_durable_at(const struct committer *committer)
{
    return committer->durable_at;
}
