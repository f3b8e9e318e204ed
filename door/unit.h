/*
 * A unit: one controller on a bus, as its process sees it: its profile, its doors, its own link to
 * the keeper, how it is asked next and whether it answers.
 */
#ifndef SEALROOM_DOOR_UNIT_H
#define SEALROOM_DOOR_UNIT_H

#include "door/shape.h"

/* After so many failures on end the controller is offline. */
#define UNIT_FAILURES   2
#define UNIT_BACKOFF_MS 5000 /* longest wait of its own between two attempts */

struct unit;

/* Reads the profile that `setup` names. The mistakes of a profile are logged. `clock` is borrowed.
 * The unit shares the line of `beside`, unless that is NULL. */
MUST_CHECK enum status unit_new(const struct message_door_setup *setup, const struct clock *clock,
                                const struct unit *beside, struct unit **unit, struct error *error);
/* NULL is allowed. */
void unit_free(struct unit *unit);

/* Its controller's id; borrowed. */
const char *unit_id(const struct unit *unit);
/* Of its records, or if that is a fixed one, of its clock. */
const struct zone *unit_zone(const struct unit *unit);
/* Stays the unit's. */
struct link *unit_link(const struct unit *unit);

/* The first visit is due from now on. */
void unit_begin(struct unit *unit);
/* The keeper's side is ready for a visit. */
bool unit_may_be_visited(const struct unit *unit);
/* When the next visit is due, monotonic. */
int64_t unit_due_ns(const struct unit *unit);
/* Between two visits, as asked for. */
int64_t unit_interval_ns(const struct unit *unit);
/* As the keeper was told last; neither before it answered or failed for the first time. */
bool unit_is_online(const struct unit *unit);
bool unit_is_offline(const struct unit *unit);
/* Makes one step of its shape, and says whether the unit answers when that changes. */
void unit_visit(struct unit *unit);

#endif
