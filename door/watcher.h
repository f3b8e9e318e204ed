/*
 * The watcher: a door process's loop over GPIO lines, as the poller is over a bus. The kernel says
 * when there is something to read. Every interval the levels are looked at as well, and whether the
 * chip is still there.
 *
 * A chip that has gone is looked for by its name until it is back. What happened on its lines while
 * nobody watched cannot be known: after every opening but the first ever that is said
 * (loss_unknown), and the levels are read.
 */
#ifndef SEALROOM_DOOR_WATCHER_H
#define SEALROOM_DOOR_WATCHER_H

#include "door/control.h"
#include "door/lines.h"
#include "door/shape.h"

#define WATCHER_RETRY_MS 1000 /* until a chip is looked for again */

struct watcher;

/* Reads the profile that `setup` names, which is of shape: lines; its mistakes are logged. Nothing
 * is opened yet. `clock` and `channel`, to the supervisor, are borrowed. stop_descriptor (a
 * signalfd, or -1) stays the caller's; when it can be read the loop ends. */
MUST_CHECK enum status watcher_new(const struct message_door_setup *setup,
                                   const struct clock *clock, struct channel *channel,
                                   int stop_descriptor, struct watcher **watcher,
                                   struct error *error);
/* NULL is allowed. */
void watcher_free(struct watcher *watcher);

/* As poller_run. */
MUST_CHECK enum status watcher_run(struct watcher *watcher, struct error *error);

#endif
