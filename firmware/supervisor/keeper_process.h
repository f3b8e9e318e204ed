/*
 * The keeper's process as the supervisor sees it: started with its settings, asked for progress,
 * told of workers, stopped in order, killed when it does not answer, started again when it ends.
 */
#ifndef SEALROOM_SUPERVISOR_KEEPER_PROCESS_H
#define SEALROOM_SUPERVISOR_KEEPER_PROCESS_H

#include <systemd/sd-event.h>

#include "base/message.h"
#include "firmware/supervisor/process.h"

struct config;
struct keeper_process;

/* How long an answer may take before the keeper is killed. Starting holds recovery. */
#define KEEPER_START_LIMIT_MS  300000u
#define KEEPER_STOP_LIMIT_MS   60000u
#define KEEPER_END_LIMIT_MS    10000u /* after it refused */
#define KEEPER_ASK_INTERVAL_MS 2000u

struct keeper_end {
    bool failed;      /* anything but exit status 0 */
    bool unusable;    /* somebody must look (exit status EX_CONFIG) */
    const char *text; /* why it refused to start, "" otherwise */
};

struct keeper_hooks {
    /* Its settings are sent: hand over live workers by keeper_process_peer, before START. */
    void (*settled)(void *context);
    /* It acknowledges from now on. */
    void (*ready)(void *context);
    void (*progress)(void *context, const struct message_progress *progress);
    /* It hears nothing more from the worker of this source that had this link. */
    void (*cut_off)(void *context, const struct message_worker_cut_off *said);
    /* It wants a package made, or an inspection: the source of the errand's peer. */
    void (*errand_wanted)(void *context, enum role role, const char *source);
    /* It ended. Unless it is unusable or was told to stop it is going to be started again. */
    void (*ended)(void *context, const struct keeper_end *end);
    void *context;
};

/* `config`, `ground` and the texts in them are borrowed for its life. `config_digests` are the
 * SHA-256 and the SM3 of the configuration file. */
struct keeper_plan {
    const struct config *config;
    struct process_ground ground;
    struct identity identity;
    const char *page;     /* where verify.html is installed; borrowed */
    uint32_t patience_ms; /* for an answer on its progress; a slow disk may hold it up */
    uint8_t config_sha256[DIGEST_SIZE];
    uint8_t config_sm3[DIGEST_SIZE];
};

/* Copies the plan and the hooks, keeps a reference to the loop. Nothing runs yet. */
MUST_CHECK enum status keeper_process_new(sd_event *event, const struct keeper_plan *plan,
                                          const struct keeper_hooks *hooks,
                                          struct keeper_process **keeper, struct error *error);
/* Kills what still runs and waits for it. NULL is allowed. */
void keeper_process_free(struct keeper_process *keeper);

/* Starts it; a failure is reported through `ended`. */
void keeper_process_start(struct keeper_process *keeper);
/* STOP if it is ready, SIGTERM if not; it is not started again. */
void keeper_process_stop(struct keeper_process *keeper, const char *reason);

bool keeper_process_is_running(const struct keeper_process *keeper);
bool keeper_process_is_ready(const struct keeper_process *keeper);
/* Counts its starts, from 1. */
uint32_t keeper_process_generation(const struct keeper_process *keeper);

/* Hands over the keeper's end of a worker's socket, which is lent for the call. *link is by what
 * the keeper names it; it grows from one to the next, and begins again with a keeper's start. */
MUST_CHECK enum status keeper_process_peer(struct keeper_process *keeper, enum role role,
                                           const char *source, int keeper_end, uint32_t *link,
                                           struct error *error);
/* Tells it that a worker ended. STATUS_AGAIN: it is not ready; tell it later. */
MUST_CHECK enum status keeper_process_report(struct keeper_process *keeper,
                                             const struct message_worker_ended *ended,
                                             struct error *error);
/* Hands over the roster as its file is now. STATUS_AGAIN: it is not ready, and gets it when it is
 * started. */
MUST_CHECK enum status keeper_process_people(struct keeper_process *keeper, struct error *error);

#endif
