/*
 * The console's link to the keeper: many questions at once, each with its own answers. There may be
 * none for a while, when the keeper is started again: what is asked then, or was, is answered by a
 * DONE that says so, as is what the keeper leaves unanswered for KEEPER_LINK_PATIENCE_MS.
 */
#ifndef SEALROOM_CONSOLE_KEEPER_LINK_H
#define SEALROOM_CONSOLE_KEEPER_LINK_H

#include <systemd/sd-event.h>

#include "base/message.h"

#define KEEPER_LINK_PATIENCE_MS 30000u
#define KEEPER_LINK_QUESTIONS   512u /* more at once are answered by STATUS_FULL */

struct keeper_link;

struct keeper_answer {
    enum message_type type;
    const union message_payload *payload;
    int *attached; /* may be stolen; -1: none */
};

/* Nothing is kept after the last of its answers, which is DONE, or one for which this is true. */
typedef bool (*keeper_answered)(void *context, const struct keeper_answer *answer);

struct keeper_link_hooks {
    /* What the keeper says by itself. */
    void (*news)(void *context, const struct message_news *news);
    void (*accounts)(void *context, const struct message_accounts_state *state);
    /* The link came or went. */
    void (*linked)(void *context, bool is_linked);
    void *context;
};

MUST_CHECK enum status keeper_link_new(sd_event *event, const struct keeper_link_hooks *hooks,
                                       struct keeper_link **link, struct error *error);
/* What waits is not answered any more. NULL is allowed. */
void keeper_link_free(struct keeper_link *link);
/* Another keeper's socket, which is taken, in place of the one before. */
MUST_CHECK enum status keeper_link_take(struct keeper_link *link, int descriptor,
                                        struct error *error);
/* Asks. The answer may come before this returns, if it cannot be asked. `attached` is lent, or -1.
 */
void keeper_link_ask(struct keeper_link *link, enum message_type type, const void *payload,
                     int attached, keeper_answered answered, void *context);
/* The same, of what may take hours: only the link's end answers in the keeper's place. Returns what
 * later messages refer to it by; 0: it was answered. */
MUST_CHECK uint32_t keeper_link_ask_long(struct keeper_link *link, enum message_type type,
                                         const void *payload, int attached,
                                         keeper_answered answered, void *context);
/* Tells it what has no answer. `attached` is lent, or -1. */
MUST_CHECK enum status keeper_link_tell(struct keeper_link *link, enum message_type type,
                                        const void *payload, int attached, struct error *error);

#endif
