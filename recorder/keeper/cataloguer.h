/*
 * Keeps catalog.db following the ledger, in steps after commits. Nothing depends on it: trouble
 * with it is a `health` record, and the file is made anew.
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
