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

/* Changes of one input between two readings that are told one by one: of more nobody learns
 * anything from each, and telling them would hold up what happens elsewhere. */
#define COUNTS_TOLD_MAX 256
/* What a contact can make at most, for as long as it may. A door's makes a few a second; faster
 * ones bounce, which a controller filters for some milliseconds. */
#define COUNTS_A_SECOND_MAX 100

struct count {
    uint32_t value;  /* of the counter */
    bool is_on;      /* the contact, before `inverted` */
    bool is_late;    /* the level changed, its counter did not so far */
    bool has_broken; /* it ran backwards or jumped, and has not counted since */
    uint32_t before; /* has_broken: its value before that */
};

enum counts_step {
    COUNTS_SAME,
    COUNTS_AHEAD, /* by so many changes */
    COUNTS_LATE,  /* by so many changes, after which the level is another than it should be */
    COUNTS_BACK,  /* the counter is lower: it was reset */
};

/* What `now` is against `before`; *left is the number of changes between them. */
enum counts_step counts_look(const struct profile_inputs *inputs, const struct count *before,
                             const struct count *now, uint64_t *left);
/* Can `now` be told from `before` change by change? */
bool counts_follow(const struct profile_inputs *inputs, const struct count *before,
                   const struct count *now);
/* Can so many changes have happened in that time? */
bool counts_can_be(uint64_t changes, int64_t elapsed_ns);
/* How many of the changes that follow `before` are events, by their input's row. */
uint64_t counts_events(const struct profile_level *row, const struct count *before,
                       uint64_t changes);
/* One change on. */
void counts_advance(const struct profile_inputs *inputs, struct count *count);

/* All events so far, modulo counts_round. `counts` has inputs->level_count. */
uint64_t counts_sum(const struct profile_inputs *inputs, const struct count *counts);
uint64_t counts_round(const struct profile_inputs *inputs);

#endif
