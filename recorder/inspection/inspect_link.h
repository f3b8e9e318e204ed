/*
 * The inspector's connection to the keeper: what it is to do, how far it is, what came of it.
 * Without a keeper nobody waits for it, and sealroomd ends it.
 */
#ifndef SEALROOM_INSPECTION_INSPECT_LINK_H
#define SEALROOM_INSPECTION_INSPECT_LINK_H

#include "base/bytes.h"
#include "base/message.h"

struct inspect_link;

/* The set-up comes on descriptor `control`, which is taken. */
MUST_CHECK enum status inspect_link_open(int control, struct inspect_link **link,
                                         struct error *error);
/* NULL is allowed. */
void inspect_link_free(struct inspect_link *link);
/* Borrowed. */
const struct message_inspect_task *inspect_link_task(const struct inspect_link *link);

/* What the running recorder says: as STATUS_ASK is answered. */
MUST_CHECK enum status inspect_link_status(struct inspect_link *link,
                                           void (*take)(void *context, enum message_type type,
                                                        const union message_payload *payload),
                                           void *context, struct error *error);
/* Says how far it is, now and then and when a stage begins. Who wants it no more has it killed. */
void inspect_link_progress(struct inspect_link *link,
                           const struct message_inspect_progress *progress);
/* The three parts of a result, one after the other in `bytes`. */
MUST_CHECK enum status inspect_link_result(struct inspect_link *link, struct bytes bytes,
                                           const struct message_inspect_result *sizes,
                                           struct error *error);
MUST_CHECK enum status inspect_link_end(struct inspect_link *link,
                                        const struct message_inspect_end *end, struct error *error);

#endif
