/*
 * Do pictures come? The keeper is told when they begin to, and of an outage once for each cause.
 */
#ifndef SEALROOM_CAMERA_STREAM_STATE_H
#define SEALROOM_CAMERA_STREAM_STATE_H

#include "base/clock.h"
#include "camera/noticeboard.h"
#include "camera/source.h"

/* Zero-initialise, and set the first three. */
struct stream_state {
    struct link *link;
    const struct clock *clock;
    struct noticeboard *board;
    enum gap_cause reported; /* cause of the outage that was told last; 0 while pictures come */
};

/* The first picture of a connection came: tells what identifies it, and what
 * sound is not recorded. `relay` may be NULL. */
void stream_state_up(struct stream_state *state, const struct message_camera_setup *setup,
                     struct relay *relay, const struct source_facts *facts);
/* Tells nothing if the outage goes on as it was. `text` says what happened. */
void stream_state_down(struct stream_state *state, enum gap_cause cause, const char *text);

#endif
