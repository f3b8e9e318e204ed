/*
 * A process that is kept running: its control socket, its end, and when it is started again. What
 * it is told and what it says is its owner's business (keeper_process, worker).
 */
#ifndef SEALROOM_SUPERVISOR_CHILD_H
#define SEALROOM_SUPERVISOR_CHILD_H

#include <systemd/sd-event.h>

#include "base/channel.h"
#include "firmware/supervisor/process.h"

struct child;

#define CHILD_ARGUMENTS_MAX 12

struct child_plan {
    struct process_ground ground;
    struct identity identity;
    const char *arguments[CHILD_ARGUMENTS_MAX]; /* the first is the program; ends in NULL */
    int send_room;                              /* of the control socket in bytes; 0: as it is */
};

struct child_end {
    bool exited;
    int number; /* exit status, or the signal */
};

struct child_hooks {
    /* Something came on the control socket; NULL if nothing is to be read. */
    void (*readable)(void *context);
    /* It ended and is reaped; its socket is closed. All it said has been read before. */
    void (*ended)(void *context, const struct child_end *end);
    /* It is time to start it again. */
    void (*due)(void *context);
    void *context;
};

/* Copies the plan and the hooks, but for the texts, which are borrowed for its life; keeps a
 * reference to the loop. Nothing runs yet. */
MUST_CHECK enum status child_new(sd_event *event, const struct child_plan *plan,
                                 const struct child_hooks *hooks, struct child **child,
                                 struct error *error);
/* Kills what still runs and waits for it. NULL is allowed. */
void child_free(struct child *child);

/* Starts it; on failure nothing runs. It must not run already. */
MUST_CHECK enum status child_start(struct child *child, struct error *error);
/* `due` comes when backoff.h says so; what ran last counts by how long it lived, `failed` to come
 * to life as nothing. Returns after how many milliseconds. */
uint32_t child_start_later(struct child *child, bool failed);
/* `due` does not come. */
void child_rest(struct child *child);

bool child_is_running(const struct child *child);
/* Does nothing if it does not run. */
void child_signal(struct child *child, int number);
/* Kills it and waits for it; `ended` does not come. */
void child_undo(struct child *child);

/* Our end of its control socket, the child's; NULL while it does not run. */
struct channel *child_control(struct child *child);
/* Reads no more: the other side is closed, and its end is about to be reported. */
void child_deafen(struct child *child);

#endif
