/*
 * Every two seconds: all open segments are made durable together by the flusher, and a progress
 * note (store/progress.h) is signed over what was told before that and written to the slot that
 * is not the newest. One round at a time: on a slow disk rounds are left out, not heaped up.
 */
#ifndef SEALROOM_KEEPER_NOTER_H
#define SEALROOM_KEEPER_NOTER_H

#include "keeper/parts.h"
#include "store/progress.h"

#define NOTER_PERIOD_MS 2000u

MUST_CHECK enum status noter_new(struct keeper *keeper, struct noter **noter, struct error *error);
/* NULL is allowed. */
void noter_free(struct noter *noter);

/* START: goes on after what was found in the slots. */
MUST_CHECK enum status noter_start(struct noter *noter, const struct progress_found *found,
                                   struct error *error);
/* A round now, if none is under way. */
void noter_round(struct noter *noter);
/* No note is written any more: a file stays open, and what the newest note says of it stands. */
void noter_freeze(struct noter *noter);
/* Nothing is open any more: the last note says so. `done` is called once it is written. */
void noter_last(struct noter *noter, void (*done)(void *context), void *context);

#endif
