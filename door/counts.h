/*
 * Counts: an input's level and the counter of its changes, and how many events lie between two
 * readings of them.
 *
 * A counter counts when the contact goes on, or off, or both. Between two changes of one kind lies
 * one of the other, so counter and level together say every change. The events of all inputs,
 * those changes that the profile gives a meaning, add up to a number that the controller carries
 * on by itself, modulo counts_round (a counter that wraps changes nothing in it).
 */
#ifndef SEALROOM_DOOR_COUNTS_H
#define SEALROOM_DOOR_COUNTS_H

#include "door/profile.h"

struct count {
    uint32_t value; /* of the counter */
    bool is_on;     /* the contact, before `inverted` */
    bool is_late;   /* the level changed, its counter did not so far */
};

enum counts_step {
    COUNTS_SAME,
    COUNTS_AHEAD, /* by so many changes */
    COUNTS_LATE,  /* by so many changes, after which the level is another than it should be */
    COUNTS_BACK,  /* the counter is lower: it was reset */
};

/* What `now` is against `before`; *left is the number of changes between them. */
enum counts_step counts_look(const struct profile_inputs *inputs, const struct count *before,
                             const struct count *now, uint32_t *left);
/* One change on. */
void counts_advance(const struct profile_inputs *inputs, struct count *count);

/* All events so far, modulo counts_round. `counts` has inputs->level_count. */
uint64_t counts_sum(const struct profile_inputs *inputs, const struct count *counts);
uint64_t counts_round(const struct profile_inputs *inputs);

#endif
