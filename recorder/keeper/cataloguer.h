/*
 * Keeps catalog.db following the ledger, in steps after commits, and holds it against the records
 * again and again. Nothing depends on it: one that is damaged or does not fit is made anew, and
 * that is a `health` record.
 */
#ifndef SEALROOM_KEEPER_CATALOGUER_H
#define SEALROOM_KEEPER_CATALOGUER_H

#include "keeper/parts.h"

MUST_CHECK enum status cataloguer_new(struct keeper *keeper, struct cataloguer **cataloguer,
                                      struct error *error);
/* NULL is allowed. */
void cataloguer_free(struct cataloguer *cataloguer);
/* START: opens the file in the state directory, or makes it anew. */
MUST_CHECK enum status cataloguer_start(struct cataloguer *cataloguer, const char *path,
                                        struct error *error);
/* Takes in everything there is, for an ordered stop. */
void cataloguer_finish(struct cataloguer *cataloguer);
/* Records were committed. */
void cataloguer_wake(struct cataloguer *cataloguer);

#endif
