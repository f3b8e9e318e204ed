/*
 * Passwords take 50 to 100 ms each to look at, on purpose; so that is done on a thread of its own,
 * one after the other, at a lower priority than whoever records. The queue is short: whoever tries
 * passwords by the hundred waits for himself and for nobody else's entry.
 */
#ifndef SEALROOM_KEEPER_PASSWORD_THREAD_H
#define SEALROOM_KEEPER_PASSWORD_THREAD_H

#include <systemd/sd-event.h>

#include "accounts/account.h"

#define PASSWORD_QUEUE 8u

struct password_thread;

/* What is to be found out, what for, and the answer. */
struct password_job {
    /* asked */
    bool checks; /* whether `password` fits `verifier` */
    struct verifier verifier;
    char password[PASSWORD_SIZE];
    bool makes; /* a verifier of `new_password`, if the other fits and it is none of `history` */
    char new_password[PASSWORD_SIZE];
    size_t history_count;
    struct verifier history[PASSWORD_HISTORY];
    /* found: STATUS_OK, STATUS_MISMATCH: it does not fit, STATUS_EXISTS: it was used before */
    enum status status;
    struct verifier made;
    /* whose it is; the asker's, handed back as it was */
    void (*finished)(void *context, const struct password_job *job);
    void *context;
    uint64_t peer;
    uint32_t reference;
    char session[TOKEN_SIZE];
    char account[ID_SIZE];
    char person[NAME_SIZE];
    char address[NAME_SIZE];
    char second[ID_SIZE];
    char reason[DETAIL_SIZE];
    char code[FIRST_CODE_SIZE];
    uint16_t number; /* an act, a role */
};

MUST_CHECK enum status password_thread_new(sd_event *event, const struct suite *suite,
                                           struct password_thread **thread, struct error *error);
/* Gives up what waits. NULL is allowed. */
void password_thread_free(struct password_thread *thread);
/* Copies the job; `finished` is called in the loop, in the order of asking. STATUS_FULL:
 * PASSWORD_QUEUE wait already. */
MUST_CHECK enum status password_thread_ask(struct password_thread *thread,
                                           const struct password_job *job);

#endif
