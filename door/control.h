/*
 * Control: what a door process hears beside its controllers: the supervisor, the keeper over each
 * controller's link, and the signal to stop.
 */
#ifndef SEALROOM_DOOR_CONTROL_H
#define SEALROOM_DOOR_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "door/link.h"

#define CONTROL_LINKS_MAX  64
#define CONTROL_OTHERS_MAX 4

struct control_link {
    const char *source; /* whose it is */
    struct link *link;
};

/* Everything is borrowed. */
struct control {
    struct channel *channel; /* to the supervisor */
    int stop_descriptor;     /* a signalfd, or -1; readable: stop */
    struct control_link links[CONTROL_LINKS_MAX];
    size_t link_count;
    bool is_ended; /* told to stop, or the supervisor is gone */
};

/* Waits until one of them says something, one of `others` (at most CONTROL_OTHERS_MAX descriptors;
 * -1 is passed over) can be read, or timeout_ms are over, takes in what supervisor and keeper said,
 * and has each link say again what is due. STATUS_INVALID: the supervisor sent what it may not;
 * STATUS_REFUSED: a link is cut off. Either way the process has to end. */
MUST_CHECK enum status control_listen(struct control *control, const int *others, size_t count,
                                      int timeout_ms, struct error *error);

/* How long to listen when something is due in left_ns: at most so long that links can say again
 * what is due. */
int control_timeout_ms(int64_t left_ns);

#endif
