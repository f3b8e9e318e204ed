/*
 * A process for one task, as the supervisor sees it (it makes a package, or inspects): started when
 * the keeper wants one, linked to it, and never started again by itself. At most one of each runs.
 */
#ifndef SEALROOM_SUPERVISOR_ERRAND_H
#define SEALROOM_SUPERVISOR_ERRAND_H

#include <systemd/sd-event.h>

#include "base/message.h"
#include "firmware/supervisor/process.h"

struct errand;

struct errand_hooks {
    /* The keeper's end of its socket, which is lent for the call: hand it over. *link is by what
     * the keeper names it. */
    enum status (*link)(void *context, enum role role, const char *source, int keeper_end,
                        uint32_t *link, struct error *error);
    /* It ended, or could not be started. */
    void (*ended)(void *context, const struct message_worker_ended *ended);
    void *context;
};

struct errand_plan {
    struct process_ground ground;
    struct identity identity;
    enum role role;
    const char *source;  /* by what the keeper knows it; texts are borrowed for its life */
    const char *program; /* in the ground's folder */
    const char *state;   /* folders */
    const char *video;
    const struct identity *pictures; /* who decodes for it; copied; NULL: it shows none */
};

/* Copies plan and hooks, keeps a reference to the loop. Nothing runs yet. */
MUST_CHECK enum status errand_new(sd_event *event, const struct errand_plan *plan,
                                  const struct errand_hooks *hooks, struct errand **errand,
                                  struct error *error);
/* Kills what still runs and waits for it. NULL is allowed. */
void errand_free(struct errand *errand);

/* Starts one; if the one before has not quite ended, then. A failure is reported by `ended`. */
void errand_start(struct errand *errand);
/* Kills it; nothing is started. */
void errand_kill(struct errand *errand);
/* Kills it if the keeper means this one. */
void errand_cut_off(struct errand *errand, const struct message_worker_cut_off *said);

#endif
