/*
 * Access units that wait for a file: from the camera's first keyframe until the keeper grants one.
 *
 * Bounded by HOLD_BYTES and HOLD_UNITS. When it is full everything held is given up, counted, and
 * holding begins again with the next keyframe: the newest pictures are kept, in whole GOPs.
 */
#ifndef SEALROOM_CAMERA_HOLD_H
#define SEALROOM_CAMERA_HOLD_H

#include "camera/access_unit.h"

#define HOLD_BYTES ((size_t)8 * 1024 * 1024)
#define HOLD_UNITS 2048u

struct hold {
    struct access_unit *units;
    size_t count;
    size_t taken;
    size_t capacity;
    size_t bytes;
    uint64_t lost_pictures;
};

void hold_release(struct hold *hold);
/* Takes the unit's memory. What is not a keyframe is passed over while nothing is held. */
void hold_put(struct hold *hold, struct access_unit *unit);
/* The oldest unit; false if none is held. *unit's old memory is kept for later. */
bool hold_take(struct hold *hold, struct access_unit *unit);
/* Gives everything up, counted as lost. */
void hold_give_up(struct hold *hold);

#endif
