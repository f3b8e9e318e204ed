/*
 * Control: what a door process hears beside its controller: the supervisor, the keeper over the
 * link, and the signal to stop.
 */
#ifndef SEALROOM_DOOR_CONTROL_H
#define SEALROOM_DOOR_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "door/link.h"

#define CONTROL_OTHERS_MAX 4

/* Everything is borrowed. */
struct control {
    struct channel *channel; /* to the supervisor */
    int stop_descriptor;     /* a signalfd, or -1; readable: stop */
    const char *source;      /* whose link it is */
    struct link *link;
    bool is_ended; /* told to stop, or the supervisor is gone */
};

/* Waits until one of them says something, one of `others` (at most CONTROL_OTHERS_MAX descriptors;
 * -1 is passed over) can be read, or timeout_ms are over, and takes in what supervisor and keeper
 * said. STATUS_INVALID: the supervisor sent what it may not. */
MUST_CHECK enum status control_listen(struct control *control, const int *others, size_t count,
                                      int timeout_ms, struct error *error);

#endif
