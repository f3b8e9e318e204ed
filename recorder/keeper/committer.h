/*
 * Group commit: every record that the messages of one round brought is one transaction, and what
 * was promised for it (a DONE, a checkpoint) is kept only after that transaction is durable.
 *
 * A round ends when no descriptor is ready any more, or after COMMITTER_ROUND messages, so that
 * an entry waits for no timer and nobody can hold the round open. A commit that fails ends the
 * process (fatal.h).
 */
#ifndef SEALROOM_KEEPER_COMMITTER_H
#define SEALROOM_KEEPER_COMMITTER_H

#include <systemd/sd-event.h>

#include "ledger/ledger.h"

#define COMMITTER_ROUND 64u

/* Something to do once all that was appended before it is durable. `keep` is called once, in
 * the order of the promises; it may append and promise again, and must not close a peer. */
struct promise {
    void (*keep)(void *context, const struct promise *promise);
    void *context;
    uint64_t peer;      /* number of the peer that waits; 0 for none (peer.h) */
    uint32_t reference; /* sequence of its message */
    enum status status;
    uint64_t record;
};

struct committer;

/* `event` and `ledger` are borrowed. `committed` is called after each commit that made records,
 * before promises are kept; it may be NULL. */
MUST_CHECK enum status committer_new(sd_event *event, struct ledger *ledger,
                                     const struct clock *clock, void (*committed)(void *context),
                                     void *context, struct committer **committer,
                                     struct error *error);
/* NULL is allowed. Promises that are left are not kept. */
void committer_free(struct committer *committer);

/* Appends a record and returns its number. Takes `members`; NULL is memory run out. Does not
 * return if the record cannot be made: everything in it was checked before. */
uint64_t committer_record(struct committer *committer, enum record_kind kind, const char *source,
                          json_t *members);
void committer_promise(struct committer *committer, const struct promise *promise);
/* Somebody appended to the ledger himself (the store): a commit is due this round. */
void committer_touch(struct committer *committer);
/* A message was handled; ends the round if it was the last that fits. */
void committer_count(struct committer *committer);
/* Ends the round now: commits and keeps every promise, those made meanwhile included. */
void committer_commit(struct committer *committer);

/* When the newest checkpoint became durable; zeros before the first. */
struct clock_reading committer_durable_at(const struct committer *committer);

#endif
