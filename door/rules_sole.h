/*
 * A door of one controller. Internal to sealroom_rules.
 *
 * Its events lie on the controller's own clock, where that is good, and each waits for the grace,
 * so that what happened before it takes its place.
 */
#ifndef SEALROOM_DOOR_RULES_SOLE_H
#define SEALROOM_DOOR_RULES_SOLE_H

#include "door/rules_rule.h"

/* Events that wait for their grace. With more, the earliest is judged at once. */
#define RULES_SOLE_WAITING_MAX 32u

void rules_sole_advance(struct rules_door *door, int64_t now_ns);
int64_t rules_sole_due_ns(const struct rules_door *door);

#endif
