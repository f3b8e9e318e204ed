/*
 * The poller: a door process's loop. Visits the units of its bus, each at its interval and at once
 * where more waits, and listens to supervisor and keeper in between.
 *
 * The unit that has waited longest comes first, and one visit reads at most one record, so a
 * backlog of one does not hold up the others. A unit that is offline costs all others its time-out
 * each time it is tried: after such a visit the others have POLLER_TROUBLE_SHARE times as long. One
 * that answers, but takes POLLER_SLOW_RATIO times as long as another and longer than another's
 * interval in POLLER_SLOW_VISITS visits on end, costs them its slowness: after such a visit they
 * have POLLER_SLOW_SHARE times as long. Both hold for all such units together, and as long as any
 * other unit of the bus answers.
 */
#ifndef SEALROOM_DOOR_POLLER_H
#define SEALROOM_DOOR_POLLER_H

#include "door/control.h"
#include "door/unit.h"

#define POLLER_UNITS_MAX     CONTROL_LINKS_MAX
#define POLLER_TROUBLE_SHARE 8
#define POLLER_SLOW_SHARE    3
#define POLLER_SLOW_RATIO    8
#define POLLER_SLOW_VISITS   3

struct poller;

/* `units` and `control` are borrowed. stop_descriptor (a signalfd, or -1) stays the caller's; when
 * it can be read the loop ends. */
MUST_CHECK enum status poller_new(struct unit *const *units, size_t count,
                                  const struct clock *clock, struct channel *control,
                                  int stop_descriptor, struct poller **poller, struct error *error);
/* NULL is allowed. */
void poller_free(struct poller *poller);
void poller_cleanup(struct poller **poller);
#define AUTO_POLLER __attribute__((cleanup(poller_cleanup)))

/* Runs until it is told to stop or the supervisor is gone (both STATUS_OK), or the supervisor
 * sends what it may not (STATUS_INVALID). */
MUST_CHECK enum status poller_run(struct poller *poller, struct error *error);

#endif
