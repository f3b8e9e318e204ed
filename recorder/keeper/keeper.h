/*
 * The keeper: the only one that holds the key and writes the ledger. It is wired here; what it
 * does with which message stands in the desks (desk_*.c).
 *
 * Its life: identity_open → settings, cameras, doors, peers from the supervisor → START → running
 * → STOP, SIGTERM or the end of the control socket → everything that is open is sealed → end.
 * One thread for the ledger, one that only waits for the disk (flusher.h). One system event loop.
 *
 * SEAL_NOW has every camera cut at its next keyframe, writes a progress note, and is answered at
 * once: nothing waits for a camera.
 */
#ifndef SEALROOM_KEEPER_KEEPER_H
#define SEALROOM_KEEPER_KEEPER_H

#include "keeper/identity.h"

struct keeper;

/* Opens everything. `control` is the socket to the supervisor; it is taken on success. Blocks
 * SIGTERM and SIGINT in the calling thread. STATUS_REFUSED: somebody must look. */
MUST_CHECK enum status keeper_new(const struct identity_settings *settings, int control,
                                  struct keeper **keeper, struct error *error);
/* NULL is allowed. */
void keeper_free(struct keeper *keeper);
/* How long a stop may take, in seconds, where it is not KEEPER_STOP_S: a disk that never answers
 * would leave a keeper behind whose supervisor is gone, and no other could start. One that is not
 * at its end by then says so and exits with KEEPER_EXIT_AGAIN, as if it had been killed. */
#define KEEPER_STOP_S 45u /* less than the supervisor waits, at a stop and for one left behind */
void keeper_limit_stop(struct keeper *keeper, unsigned seconds);
/* Where verify.html is installed; borrowed. Without it packages have none. */
void keeper_set_page(struct keeper *keeper, const char *path);
/* Runs until it is stopped in order; returns the exit status (fatal.h, or 0). */
int keeper_run(struct keeper *keeper);

/* For an appliance that cannot start: answers the supervisor's START with why, so that it can be
 * shown. `control` is taken. */
void keeper_refuse(int control, const struct error *error);

#endif
