/*
 * A shape: a way in which controllers tell of their events. One table of functions a shape.
 */
#ifndef SEALROOM_DOOR_SHAPE_H
#define SEALROOM_DOOR_SHAPE_H

#include "door/bus.h"
#include "door/link.h"
#include "door/profile.h"

/* What a shape works on; everything is borrowed. */
struct watch {
    const struct profile *profile;
    const struct door_list *doors;
    const struct clock *clock;
    struct bus *bus;
    struct link *link;
};

struct shape {
    size_t state_size; /* of its state, which begins as zeros */
    /* May the next step be made, as far as the keeper is concerned? Asked only after the keeper's
     * first WELCOME. */
    bool (*is_ready)(const struct watch *watch);
    /* The connection was made anew, or there was a time without steps: what was read before may
     * be out of date. */
    void (*resumed)(void *state);
    /* Reads what there is now and says it to the keeper; at most one record. *more: another
     * step should follow at once, without waiting for the next poll. Returns what the bus
     * returned. */
    enum status (*step)(void *state, const struct watch *watch, bool *more, struct error *error);
};

/* By enum profile_shape. */
const struct shape *shape_of(enum profile_shape shape);

extern const struct shape shape_cursor;
extern const struct shape shape_level;

#endif
