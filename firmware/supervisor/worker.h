/*
 * One camera or door process: started, set up, linked to the keeper, and started again whenever
 * it ends, until it is told to stop.
 */
#ifndef SEALROOM_SUPERVISOR_WORKER_H
#define SEALROOM_SUPERVISOR_WORKER_H

#include <systemd/sd-event.h>

#include "base/message.h"
#include "firmware/supervisor/process.h"

struct worker;

/* What a worker is. Copied by worker_new, but for the texts, which are borrowed for its life. */
struct worker_plan {
    enum role role;     /* ROLE_CAMERA or ROLE_DOOR */
    const char *source; /* camera or controller id */
    const char *host;   /* cameras: to be resolved into setup.camera_setup.address */
    struct process_ground ground;
    struct identity identity;
    union message_payload setup; /* CAMERA_SETUP or DOOR_SETUP */
};

/* How often a running camera's name is looked up again: its process is told of another address, and
 * takes it at its next connection. */
#define WORKER_RENEW_MS 20000

/* What the supervisor wants to hear; neither may free the worker. */
struct worker_hooks {
    /* It runs and has its setup: time for a link. */
    void (*started)(void *context, struct worker *worker);
    /* It ended, or could not be started (exit code WORKER_NOT_STARTED; said once, however often
     * it is tried). If it was not told to end, it is going to be started again. */
    void (*ended)(void *context, struct worker *worker, const struct message_worker_ended *ended);
    void *context;
};

/* Copies the plan, with its setup, and the hooks; keeps a reference to the loop. Nothing runs
 * yet. */
MUST_CHECK enum status worker_new(sd_event *event, const struct worker_plan *plan,
                                  const struct worker_hooks *hooks, struct worker **worker,
                                  struct error *error);
/* Kills what still runs, waits for it, wipes the setup. NULL is allowed. */
void worker_free(struct worker *worker);

enum role worker_role(const struct worker *worker);
const char *worker_source(const struct worker *worker);
bool worker_is_running(const struct worker *worker);

/* Starts it; failures are logged and tried again like an end. */
void worker_start(struct worker *worker);
/* SIGTERM, and no start any more. */
void worker_stop(struct worker *worker);
/* SIGKILL, for one that was told to stop and did not. */
void worker_kill(struct worker *worker);

/* Gives a running worker its link of this generation. *keeper_end is the other end, the
 * caller's. STATUS_EXISTS if it has that generation's link already. */
MUST_CHECK enum status worker_link(struct worker *worker, uint32_t generation, int *keeper_end,
                                   struct error *error);

#endif
