/*
 * The recorder's own conclusions from door entries (door/rules.h), each an `entry` record of the
 * source derived/CONTROLLER with `derived`, the rule and the records it is drawn from, and an
 * alarm where the rule says so. The controller is the door's, of several its first.
 *
 * It follows the ledger as a reader does, in steps when nothing else is to do: so a conclusion is
 * drawn from durable records alone and no entry's answer ever waits for one. At a start it reads
 * the newest records twice: what was concluded before, then what happened, so that its state is
 * what it was, nothing is said twice, and what fell due meanwhile is said late, with its time.
 */
#ifndef SEALROOM_KEEPER_DERIVER_H
#define SEALROOM_KEEPER_DERIVER_H

#include "keeper/parts.h"

MUST_CHECK enum status deriver_new(struct keeper *keeper, struct deriver **deriver,
                                   struct error *error);
/* NULL is allowed. */
void deriver_free(struct deriver *deriver);
/* START. Without a door that has rules it stays idle. */
MUST_CHECK enum status deriver_start(struct deriver *deriver, struct error *error);
/* Records were committed. */
void deriver_wake(struct deriver *deriver);

/* Writes "derived/CONTROLLER". */
void deriver_source(char source[SOURCE_SIZE], const char *controller);

#endif
