/*
 * The state directory as the keeper must find it: there, the keeper's own, and not in use by
 * another appliance.
 */
#ifndef SEALROOM_SUPERVISOR_STATE_DIRECTORY_H
#define SEALROOM_SUPERVISOR_STATE_DIRECTORY_H

#include "firmware/supervisor/process.h"

/* Makes STATE (0750), STATE/run (0755) and the video folder (0750) where they are absent, and
 * gives them to the keeper's user when that is another one. Takes the lock STATE/run/sealroomd.lock
 * and writes the process id into it; *lock is the caller's to hold and close. STATUS_EXISTS: an
 * appliance runs on this state already. */
MUST_CHECK enum status state_directory_prepare(const char *state, const char *video,
                                               const struct identity *keeper, int *lock,
                                               struct error *error);

#endif
