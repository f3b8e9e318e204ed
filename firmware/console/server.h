/*
 * HTTP/1.1, by libmicrohttpd on the process's event loop. Nothing of libmicrohttpd is seen outside
 * of server.c, request.c, response.c and stream.c.
 *
 * Limits, each met by an answer or an end of the connection: requests have to be complete
 * SERVER_REQUEST_MS after the connection was opened or its last answer ended, and in an eighth of
 * that while there are more than SERVER_CROWD connections, answers have to be taken at SERVER_PACE
 * bytes a second, bodies have a length and at most REQUEST_BODY_MAX, and headers SERVER_HEADERS_MAX
 * lines that fit SERVER_MEMORY with the request's line. Connections past SERVER_CONNECTIONS_MAX
 * wait until another ends; past SERVER_ADDRESS_MAX of one address they are closed.
 */
#ifndef SEALROOM_CONSOLE_SERVER_H
#define SEALROOM_CONSOLE_SERVER_H

#include <systemd/sd-event.h>

#include "firmware/console/request.h"

#define SERVER_CONNECTIONS_MAX 160u
#define SERVER_ADDRESS_MAX     64u
#define SERVER_CROWD           (SERVER_CONNECTIONS_MAX / 2)
#define SERVER_MEMORY          32768u /* a connection's */
#define SERVER_HEADERS_MAX     64
#define SERVER_REQUEST_MS      15000u
#define SERVER_ANSWER_MS       30000u /* and for each byte its part of a second */
#define SERVER_PACE            16384u

struct server;

struct server_plan {
    sd_event *event;         /* a reference is kept */
    int socket;              /* listening; taken on success */
    const char *certificate; /* PEM, the chain with it; NULL: without TLS */
    const char *key;         /* PEM */
    uint32_t request_ms;     /* 0: SERVER_REQUEST_MS */
    void (*handle)(void *context, struct request *request);
    void *context;
};

MUST_CHECK enum status server_new(const struct server_plan *plan, struct server **server,
                                  struct error *error);
/* Whoever still waits is cut off; no handler is called any more. NULL is allowed. */
void server_free(struct server *server);

#endif
