/*
 * Hashes a segment file from a piece boundary on, piece by piece, in bounded steps: what the
 * camera did not tell of, or nobody did.
 */
#ifndef SEALROOM_STORE_SALVAGE_H
#define SEALROOM_STORE_SALVAGE_H

#include "store/box.h"
#include "store/piece.h"

struct salvage;

/* `descriptor` is open for reading and borrowed, as is `pieces`, which is added to. The times of
 * fragments follow on from the last one in `pieces`; if there is none, they count from 0 and are
 * to be moved with piece_list_shift. */
MUST_CHECK enum status salvage_new(int descriptor, struct piece_list *pieces,
                                   struct salvage **salvage, struct error *error);
/* NULL is allowed. */
void salvage_free(struct salvage *salvage);
void salvage_cleanup(struct salvage **salvage);
#define AUTO_SALVAGE __attribute__((cleanup(salvage_cleanup)))
/* Hashes at most `budget` bytes (at least 64 KiB). STATUS_AGAIN: there is more; STATUS_OK: the
 * pieces tile the file, a torn tail being the last. STATUS_IO: unreadable. */
MUST_CHECK enum status salvage_step(struct salvage *salvage, uint64_t budget, struct error *error);
/* What the init part says; NULL until it was read, or if it cannot be. Borrowed. */
const struct box_track *salvage_track(const struct salvage *salvage);

#endif
