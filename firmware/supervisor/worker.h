/*
 * One camera's or bus's process, or the console's: started, set up, linked to the keeper, and
 * started again whenever it ends, until it is told to stop.
 */
#ifndef SEALROOM_SUPERVISOR_WORKER_H
#define SEALROOM_SUPERVISOR_WORKER_H

#include <systemd/sd-event.h>

#include "base/message.h"
#include "firmware/supervisor/process.h"

struct console_setup;
struct worker;

/* What a worker is. Copied by worker_new, but for the first texts, which are borrowed for its
 * life. */
struct worker_plan {
    enum role role;     /* ROLE_CAMERA, ROLE_DOOR or ROLE_CONSOLE */
    const char *source; /* camera id, that of the bus's first controller, or CONSOLE */
    const char *host;   /* cameras: to be resolved into camera.address */
    /* cameras: to be read into camera.password before the first start; "" if it is known */
    const char *password_file;
    struct process_ground ground;
    struct identity identity;
    struct message_camera_setup camera;
    const struct message_door_setup *doors; /* one a controller of the bus */
    size_t door_count;
    struct console_setup *console; /* the console: borrowed for its life */
};

/* How often a running camera's name is looked up again: its process is told of another address, and
 * takes it at its next connection. */
#define WORKER_RENEW_MS 20000

/* What the supervisor wants to hear; neither may free the worker. */
struct worker_hooks {
    /* It runs and has its setup: time for a link. */
    void (*started)(void *context, struct worker *worker);
    /* It ended, or could not be started (exit code WORKER_NOT_STARTED; said once a reason, however
     * often it is tried). If it was not told to end, it is going to be started again. */
    void (*ended)(void *context, struct worker *worker, const struct message_worker_ended *ended);
    void *context;
};

/* Copies the plan, with its setups, and the hooks; keeps a reference to the loop. Nothing runs
 * yet. */
MUST_CHECK enum status worker_new(sd_event *event, const struct worker_plan *plan,
                                  const struct worker_hooks *hooks, struct worker **worker,
                                  struct error *error);
/* Kills what still runs, waits for it, wipes the setup. NULL is allowed. */
void worker_free(struct worker *worker);

enum role worker_role(const struct worker *worker);
/* What it has a link to the keeper for: one camera, or the controllers of a bus. */
size_t worker_source_count(const struct worker *worker);
const char *worker_source(const struct worker *worker, size_t index);
/* Is it this process that was cut off, not one before it? */
bool worker_is_cut_off(const struct worker *worker, const struct message_worker_cut_off *said);
bool worker_is_running(const struct worker *worker);
/* Says something on its control socket; `attached` is lent, or -1. STATUS_END if it does not run.
 */
MUST_CHECK enum status worker_say(struct worker *worker, enum message_type type,
                                  const void *payload, int attached, struct error *error);

/* Starts it; failures are logged and tried again like an end. */
void worker_start(struct worker *worker);
/* If it still cannot be started, that is said once more: to a keeper that has not heard it. */
void worker_say_again(struct worker *worker);
/* SIGTERM, and no start any more. */
void worker_stop(struct worker *worker);
/* SIGKILL, for one that was told to stop and did not. */
void worker_kill(struct worker *worker);

/* Gives a running worker one source's link of this generation; the sources come in order.
 * *keeper_end is the other end, the caller's. STATUS_EXISTS if it has all of that generation's
 * links already. */
MUST_CHECK enum status worker_link(struct worker *worker, size_t index, uint32_t generation,
                                   int *keeper_end, struct error *error);
/* By what the keeper names the link that was given last. */
void worker_linked(struct worker *worker, size_t index, uint32_t link);

#endif
