/*
 * The command line's connection to a running keeper, STATE/run/keeper.sock.
 */
#ifndef SEALROOM_COMMAND_KEEPER_LINK_H
#define SEALROOM_COMMAND_KEEPER_LINK_H

#include "base/message.h"

struct keeper_link;

/* Connects and says HELLO. STATUS_NOT_FOUND: no appliance runs on this state; STATUS_AGAIN: one
 * is just starting or stopping, and still was after some seconds of waiting; STATUS_REFUSED: this
 * user may not connect. */
MUST_CHECK enum status keeper_link_open(const char *state, struct keeper_link **link,
                                        struct error *error);
/* NULL is allowed. */
void keeper_link_close(struct keeper_link *link);

typedef void keeper_link_other(void *context, enum message_type type,
                               const union message_payload *payload);

/* Asks and waits for the answer. What comes before it goes to `other` (may be NULL). An answer
 * that reports a failure is that failure, in the keeper's words. *record (may be NULL) is the
 * record that was made. */
MUST_CHECK enum status keeper_link_ask(struct keeper_link *link, enum message_type type,
                                       const void *payload, keeper_link_other *other, void *context,
                                       uint64_t *record, struct error *error);

/* Asks for something that takes its time, with a descriptor that is lent; *reference is by what its
 * answer names it. */
MUST_CHECK enum status keeper_link_send(struct keeper_link *link, enum message_type type,
                                        const void *payload, int attached, uint32_t *reference,
                                        struct error *error);
/* Readable when there is something to receive, or nobody is there any more. */
int keeper_link_descriptor(const struct keeper_link *link);
/* What came; STATUS_AGAIN: nothing yet. */
MUST_CHECK enum status keeper_link_receive(struct keeper_link *link, enum message_type *type,
                                           union message_payload *payload, struct error *error);

#endif
