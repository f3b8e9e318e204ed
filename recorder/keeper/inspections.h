/*
 * The inspection report and the verification that somebody asked for at the console: each on
 * record as a look-up, then made by a process of its own (sealroom-inspect), which reads ledger and
 * video, holds no key and says how far it is. One of each kind at a time.
 *
 * A report belongs to its session: with that it ends, running or done. A verification belongs to
 * nobody: it goes on whoever leaves, and its verdict is a record, `verified`, which is also what it
 * gets when it is not brought to an end. What came of it is kept until the next one.
 */
#ifndef SEALROOM_KEEPER_INSPECTIONS_H
#define SEALROOM_KEEPER_INSPECTIONS_H

#include "accounts/session_table.h"
#include "keeper/parts.h"

struct inspections;

MUST_CHECK enum status inspections_new(struct keeper *keeper, struct inspections **inspections,
                                       struct error *error);
/* NULL is allowed. */
void inspections_free(struct inspections *inspections);

/* INSPECT_ASK, INSPECT_LOOK and INSPECT_RESULT_ASK of the console, VERIFIED of a command; each
 * answered here. */
void inspections_ask(struct inspections *inspections, struct peer *peer,
                     const struct letter *letter);
void inspections_look(struct inspections *inspections, struct peer *peer,
                      const struct letter *letter);
void inspections_give(struct inspections *inspections, struct peer *peer,
                      const struct letter *letter);
void inspections_record(struct inspections *inspections, struct peer *peer,
                        const struct letter *letter);

/* The supervisor introduces the process that was wanted: `source` is the kind's. Takes
 * `descriptor`; closed if none is wanted any more. */
MUST_CHECK enum status inspections_introduce(struct inspections *inspections, const char *source,
                                             int descriptor, uint32_t link, struct error *error);
/* The process has ended, or did not start. */
void inspections_ended(struct inspections *inspections, const struct message_worker_ended *ended);
/* A session has ended. */
void inspections_leave(struct inspections *inspections, const struct session *session);
/* The recorder stops. */
void inspections_stop(struct inspections *inspections);

/* The messages of the process (desk_inspect.c). STATUS_REFUSED: nothing is asked of it. */
MUST_CHECK enum status inspections_greet(struct inspections *inspections, struct peer *inspector,
                                         struct error *error);
MUST_CHECK enum status inspections_progress(struct inspections *inspections,
                                            const struct peer *inspector,
                                            const struct message_inspect_progress *progress,
                                            struct error *error);
/* Steals `*file`. */
MUST_CHECK enum status inspections_result(struct inspections *inspections,
                                          const struct peer *inspector,
                                          const struct message_inspect_result *result, int *file,
                                          struct error *error);
MUST_CHECK enum status inspections_end(struct inspections *inspections,
                                       const struct peer *inspector,
                                       const struct message_inspect_end *end, struct error *error);
/* Its link is gone; `reason` NULL: its end will be told of. */
void inspections_inspector_gone(struct inspections *inspections, const struct peer *inspector,
                                const char *reason);

#endif
