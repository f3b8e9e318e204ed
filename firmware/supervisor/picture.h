/*
 * The process that decodes for another (sealroom-picture): started beside it, joined to it by a
 * stream socket, and an end to itself when that is closed.
 */
#ifndef SEALROOM_SUPERVISOR_PICTURE_H
#define SEALROOM_SUPERVISOR_PICTURE_H

#include <systemd/sd-event.h>

#include "firmware/supervisor/process.h"

/* Starts one, for as long as the other end of *socket is open, which is the caller's. Its end is
 * told by `ended` (NULL: only logged), whoever has it. */
MUST_CHECK enum status picture_start(sd_event *event, const struct process_ground *ground,
                                     const struct identity *identity, bool in_background,
                                     sd_event_child_handler_t ended, void *context, pid_t *process,
                                     int *socket, struct error *error);
/* Logs an end that was none of its own. */
void picture_log_end(const siginfo_t *info);

/* One that is kept running for somebody who may be started again himself. */
struct picture_keeper;

struct picture_keeper_plan {
    struct process_ground ground;
    struct identity identity;
    /* Hands its socket, which is lent, to whom it decodes for; a failure: he does not run. */
    enum status (*give)(void *context, int socket, struct error *error);
    void *context;
};

/* Copies the plan, keeps a reference to the loop. Nothing runs yet. */
MUST_CHECK enum status picture_keeper_new(sd_event *event, const struct picture_keeper_plan *plan,
                                          struct picture_keeper **keeper, struct error *error);
/* NULL is allowed. What runs ends by itself, or with the supervisor. */
void picture_keeper_free(struct picture_keeper *keeper);
/* He has just been started: a new one for him. From then on it is started again whenever it ends,
 * by the rule of backoff.h, while he runs. */
void picture_keeper_start(struct picture_keeper *keeper);
/* He has ended: so does it, and is not started again until he is. */
void picture_keeper_rest(struct picture_keeper *keeper);

#endif
