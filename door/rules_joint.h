/*
 * A door of several controllers: a reader here, a contact there. Internal to sealroom_rules.
 *
 * Its events lie on the recorder's steady line (rules_source.h), where it is not known to the last
 * when they were. What allows must come before what it allowed: so openings and closings lie at the
 * latest that they can have been, and all else at the earliest. (A grant right after a closing may
 * so come to be one at the open door.)
 *
 * Nothing is judged before all controllers have been heard that may tell of what it is judged by.
 * Which they are shows in what they told of the door so far: openings and closings come from those
 * that told of one; credentials from all but those that told of openings or closings only. So how
 * long a door is open is known while its reader does not answer. The rules of each evidence see the
 * door as a rules_door of its own, with its own line of events.
 *
 * Meanwhile events wait; where more of them come than can, the earliest is taken as one of a door
 * that was found so. Of a time in which a controller that keeps no log was not watched nothing
 * falls due, and whether a grant was used then nobody knows; nor, where it reports more than
 * contacts, what allowed an opening.
 */
#ifndef SEALROOM_DOOR_RULES_JOINT_H
#define SEALROOM_DOOR_RULES_JOINT_H

#include "door/rules_rule.h"

/* Events that wait for the slowest. */
#define RULES_JOINT_WAITING_MAX 256u

bool rules_is_joint(const struct rules_door *door);
/* An event of one of its controllers. Of one that has no known place it is known only that it may
 * have allowed an opening just then. */
void rules_joint_take(struct rules_door *door, const struct rules_source *source,
                      const struct rules_event *event, const struct rules_place *place);
/* Records of one of its controllers may be lost, from at_ns to lost_to_ns on the steady line. */
void rules_joint_lose(struct rules_door *door, const struct rules_source *source,
                      const struct rules_event *loss);
/* The controller is back and had not been heard since known_ns. */
void rules_joint_return(struct rules_door *door, const struct rules_source *source, int64_t now_ns);
/* The steady line is another, on which it is now now_ns. */
void rules_joint_change_line(struct rules_door *door, int64_t now_ns);
void rules_joint_advance(struct rules_door *door, int64_t now_ns);
int64_t rules_joint_due_ns(const struct rules_door *door);

#endif
