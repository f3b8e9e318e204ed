/*
 * A shape: a way in which controllers tell of their events. One table of functions a shape.
 */
#ifndef SEALROOM_DOOR_SHAPE_H
#define SEALROOM_DOOR_SHAPE_H

#include "door/bus.h"
#include "door/link.h"
#include "door/profile.h"

/* In so many steps on end one record must be refused, and something else that the controller has
 * be given, before it is passed over: seconds, for a unit that fails is asked less and less often
 * (unit.h). Where nothing else is given, it is busy or starts, and nothing is passed over. */
#define SHAPE_REFUSALS 8

/* What a shape works on; everything is borrowed. */
struct watch {
    const struct profile *profile;
    const struct door_list *doors;
    const struct clock *clock;
    struct bus *bus;
    struct link *link;
    int64_t interval_ns; /* between two polls, as asked for */
};

struct reporter;

struct shape {
    size_t state_size;  /* of its state, which begins as zeros */
    size_t reporter_at; /* where its reporter is in that */
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

/* Makes each write in turn until one fails; `number` goes where one asks for it. */
MUST_CHECK enum status shape_write(const struct watch *watch, const struct profile_writes *writes,
                                   uint64_t number, struct error *error);
/* The same for what must not be done twice: STATUS_REFUSED only if the last was not done; after any
 * other status but STATUS_OK that is unknown. */
MUST_CHECK enum status shape_write_once(const struct watch *watch,
                                        const struct profile_writes *writes, uint64_t number,
                                        struct error *error);
/* Everything that was said is durable: for shapes that must know before they go on. */
bool shape_is_idle(const struct watch *watch);

/* The reporter in a shape's state. */
struct reporter *shape_reporter(const struct shape *shape, void *state);

/* By enum profile_shape. */
const struct shape *shape_of(enum profile_shape shape);

extern const struct shape shape_cursor;
extern const struct shape shape_latch;
extern const struct shape shape_history;
extern const struct shape shape_level;

#endif
