/*
 * The life of a camera process: connect, record, reconnect; serve the two sockets meanwhile.
 *
 * One thread. libavformat calls back at least every 100 ms while it waits; the sockets are served
 * from there and after every picture.
 */
#ifndef SEALROOM_CAMERA_RECORDING_H
#define SEALROOM_CAMERA_RECORDING_H

#include "base/channel.h"
#include "base/clock.h"
#include "camera/link.h"
#include "camera/source.h"

/* What a camera process is given; all borrowed, all live as long as it runs. */
struct recording_parts {
    struct message_camera_setup *setup; /* its address follows the camera's */
    const struct source_operations *source;
    const struct clock *clock;
    struct channel *control; /* from the supervisor */
    int signals;             /* signalfd of SIGTERM and SIGINT */
    /* Done before the first connection, the link to the keeper is served already. *relay stays
     * NULL unless the URL is rtsps://, and is the recording's to free. A failure with a *cause is
     * told and tried again in a while, one without (0) is the process's end. */
    enum status (*enclose)(void *context, struct relay **relay, enum gap_cause *cause,
                           struct error *error);
    void *context;
};

/* Records until it is told to stop (STATUS_OK: what was open is ended and told), or until the
 * keeper cuts it off (STATUS_REFUSED: nothing more is written; the supervisor starts another).
 * Without a keeper it goes on recording and waits for the next. */
MUST_CHECK enum status recording_run(const struct recording_parts *parts, struct error *error);

#endif
