/*
 * The state directory as the keeper must find it: there, the keeper's own, and not in use by
 * another appliance.
 *
 *   STATE                  itself locked (flock) by sealroomd: no file that could be taken away
 *                          from under the lock, and STATE/run may be removed at any time
 *   STATE/processes.lock   locked by every process that sealroomd started, for as long as it lives:
 *                          a keeper or a camera that outlives its sealroomd by a moment must be
 *                          gone before another keeper touches ledger and video
 */
#ifndef SEALROOM_SUPERVISOR_STATE_DIRECTORY_H
#define SEALROOM_SUPERVISOR_STATE_DIRECTORY_H

#include "firmware/supervisor/process.h"

/* How long the processes of a sealroomd that was killed have to end. */
#define STATE_WAIT_MS 60000

/* Both descriptors are the caller's to close; -1 for none. */
struct state_locks {
    int own;
    int processes; /* to be handed on to each process that is started */
};

/* Makes STATE (0750), STATE/run (0755) and the video folder (0750) where they are absent, gives
 * them to the keeper's user when that is another one, and takes the locks. STATUS_EXISTS: another
 * sealroomd runs on this state; STATUS_TIMEOUT: it does not, but processes of an earlier one have
 * not ended; STATUS_END: SIGTERM or SIGINT came while it waited for them (both must be blocked). */
MUST_CHECK enum status state_directory_prepare(const char *state, const char *video,
                                               const struct identity *keeper,
                                               struct state_locks *locks, struct error *error);

#endif
