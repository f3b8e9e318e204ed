/*
 * Which cameras a hold is for. Said of doors, it is for the cameras that see them by the
 * configuration in force, and its record names these: what is held does not change with a later
 * configuration, and a verifier can tell from the records alone.
 */
#ifndef SEALROOM_KEEPER_HOLD_SCOPE_H
#define SEALROOM_KEEPER_HOLD_SCOPE_H

#include "keeper/parts.h"

/* Adds the cameras of `said`'s doors to its cameras, each once, ids by single spaces, and checks
 * every name, so that no hold is acknowledged that holds nothing. STATUS_NOT_FOUND: no such camera
 * is configured or has video, no such door is configured; STATUS_INVALID: a door has no camera;
 * STATUS_FULL: more cameras than a record can name. *said is then not to be used. */
MUST_CHECK enum status hold_scope_settle(const struct keeper *keeper, struct hold_record *said,
                                         struct error *error);

#endif
