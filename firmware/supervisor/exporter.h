/*
 * The process that makes a package, as the supervisor sees it: started when the keeper wants one,
 * linked to it, and never started again by itself. At most one runs.
 */
#ifndef SEALROOM_SUPERVISOR_EXPORTER_H
#define SEALROOM_SUPERVISOR_EXPORTER_H

#include <systemd/sd-event.h>

#include "base/message.h"
#include "firmware/supervisor/process.h"

struct exporter;

struct exporter_hooks {
    /* The keeper's end of its socket, which is lent for the call: hand it over. *link is by what
     * the keeper names it. */
    enum status (*link)(void *context, int keeper_end, uint32_t *link, struct error *error);
    /* It ended, or could not be started. */
    void (*ended)(void *context, const struct message_worker_ended *ended);
    void *context;
};

struct exporter_plan {
    struct process_ground ground;
    struct identity identity;
    struct identity pictures; /* who decodes for it */
    const char *state;        /* folders; borrowed for its life */
    const char *video;
};

/* Copies plan and hooks, keeps a reference to the loop. Nothing runs yet. */
MUST_CHECK enum status exporter_new(sd_event *event, const struct exporter_plan *plan,
                                    const struct exporter_hooks *hooks, struct exporter **exporter,
                                    struct error *error);
/* Kills what still runs and waits for it. NULL is allowed. */
void exporter_free(struct exporter *exporter);

/* Starts one; if the one before has not quite ended, then. A failure is reported by `ended`. */
void exporter_start(struct exporter *exporter);
/* Kills it; nothing is started. */
void exporter_kill(struct exporter *exporter);
/* Kills it if the keeper means this one. */
void exporter_cut_off(struct exporter *exporter, const struct message_worker_cut_off *said);

#endif
