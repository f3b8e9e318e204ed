/*
 * The poller: a door process's loop. Reads the controller at its interval, at once where more
 * waits, and listens to supervisor and keeper in between.
 */
#ifndef SEALROOM_DOOR_POLLER_H
#define SEALROOM_DOOR_POLLER_H

#include "door/shape.h"

/* After so many failures on end the controller is offline; one is tried again at once. */
#define POLLER_FAILURES   2
#define POLLER_BACKOFF_MS 5000 /* longest wait between two attempts */

struct poller;

/* `watch`, `setup` and `control` are borrowed. stop_descriptor (a signalfd, or -1) stays the
 * caller's; when it can be read the loop ends. */
MUST_CHECK enum status poller_new(const struct watch *watch, const struct message_door_setup *setup,
                                  struct channel *control, int stop_descriptor,
                                  struct poller **poller, struct error *error);
/* NULL is allowed. */
void poller_free(struct poller *poller);
void poller_cleanup(struct poller **poller);
#define AUTO_POLLER __attribute__((cleanup(poller_cleanup)))

/* Runs until it is told to stop or the supervisor is gone (both STATUS_OK), or the supervisor
 * sends what it may not (STATUS_INVALID). */
MUST_CHECK enum status poller_run(struct poller *poller, struct error *error);

#endif
