/*
 * Drives the store's recovery (store/recovery.h) through every camera's folder, once a start, in
 * steps between which entries go through. A camera with a live process waits for its HELLO, which
 * says what it still writes. Folders of cameras that are no more configured are looked through as
 * well.
 */
#ifndef SEALROOM_KEEPER_SALVAGER_H
#define SEALROOM_KEEPER_SALVAGER_H

#include "keeper/parts.h"
#include "store/progress.h"

MUST_CHECK enum status salvager_new(struct keeper *keeper, struct salvager **salvager,
                                    struct error *error);
/* NULL is allowed. */
void salvager_free(struct salvager *salvager);

/* START: hands in the newest valid progress note (copied; NULL if there is none) and the time of
 * the newest record, begins with the cameras that have no live peer. A file that no note vouches
 * for and that is younger than both is sealed as any other is, not covered; that an older state
 * may have been put back is said before, once, in a record and an alarm. */
MUST_CHECK enum status salvager_start(struct salvager *salvager, const struct progress_note *note,
                                      int64_t newest_utc_ns, struct error *error);
/* Begins with a camera, unless it was done. What is granted, open or being sealed is left alone. */
void salvager_recover(struct salvager *salvager, struct camera *camera);
/* Adds to a new progress note what the one found at the start vouches for and is not dealt with
 * yet: a second interruption must not take that away. What the note names already stays. */
void salvager_vouch(const struct salvager *salvager, struct progress_note *note);
/* How many segments that is, by itself. */
size_t salvager_vouching(const struct salvager *salvager);
#endif
