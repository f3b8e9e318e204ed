/*
 * Server-sent events (WHATWG HTML, 9.2): an answer that does not end. What a client has not taken
 * yet waits here, STREAM_ROOM bytes at most; one that lets it fill, or takes nothing for
 * STREAM_PATIENCE_MS, is cut off: it asks again, and is told everything anew.
 */
#ifndef SEALROOM_CONSOLE_STREAM_H
#define SEALROOM_CONSOLE_STREAM_H

#include "firmware/console/request.h"

#define STREAM_ROOM        65536u
#define STREAM_PATIENCE_MS 30000u

struct stream;

/* Answers the request. `closed` is called when the client has gone; then the stream is no more.
 * NULL without memory: the request is answered all the same. */
struct stream *stream_open(struct request *request,
                           void (*closed)(void *context, struct stream *stream), void *context);
/* An event `name` whose data are `json`, which is borrowed. */
void stream_send(struct stream *stream, const char *name, const json_t *json);
/* A line that says nothing: only so is it noticed that a client has gone. */
void stream_beat(struct stream *stream);
/* Ends it, when what was said has been taken. */
void stream_close(struct stream *stream);

#endif
