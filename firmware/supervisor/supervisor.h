/*
 * The appliance as one thing: the keeper, the cameras' and the doors' processes, wired together
 * as recorder/DESIGN.md, "Who is connected to whom", says.
 */
#ifndef SEALROOM_SUPERVISOR_SUPERVISOR_H
#define SEALROOM_SUPERVISOR_SUPERVISOR_H

#include <systemd/sd-event.h>

#include "firmware/config/config.h"
#include "firmware/supervisor/process.h"

struct supervisor;

/* How long cameras and doors have to end in order. */
#define WORKERS_STOP_LIMIT_MS 10000u

struct supervisor_plan {
    const struct config *config; /* borrowed for the supervisor's life */
    struct process_ground ground;
    const char *page;     /* where verify.html is installed; borrowed for the supervisor's life */
    uint32_t patience_ms; /* how long the keeper may leave a question unanswered */
};

MUST_CHECK enum status supervisor_new(sd_event *event, const struct supervisor_plan *plan,
                                      struct supervisor **supervisor, struct error *error);
/* Kills what still runs. NULL is allowed. */
void supervisor_free(struct supervisor *supervisor);

/* Starts the keeper; everything else follows from events. When it is all over the loop is ended
 * by sd_event_exit: 0 after an ordered stop, EX_SOFTWARE (70) if the keeper failed in the middle of
 * one, EX_CONFIG (78) if the keeper says that somebody must look (no key, another ledger's
 * volume). */
void supervisor_start(struct supervisor *supervisor);
/* The roster is read again. */
void supervisor_read_people(struct supervisor *supervisor);
/* Cameras and doors first, then the keeper, then the loop ends. A second call does nothing. */
void supervisor_stop(struct supervisor *supervisor, const char *reason);

#endif
