/* What server.c, request.c and stream.c share. Internal. */
#ifndef SEALROOM_CONSOLE_SERVER_PARTS_H
#define SEALROOM_CONSOLE_SERVER_PARTS_H

#include <microhttpd.h>
#include <netinet/in.h>

#include "firmware/console/response_parts.h"
#include "firmware/console/server.h"

/* A client's, from its start to its end. */
struct connection {
    struct server *server;
    struct connection *previous;
    struct connection *next;
    struct MHD_Connection *handle;
    struct request *request; /* NULL between two */
    int descriptor;          /* libmicrohttpd's */
    bool is_suspended;
    uint64_t since_us;   /* what it is at began then */
    uint64_t allowed_us; /* and may take so long; 0: as long as it likes */
    char address[INET6_ADDRSTRLEN];
};

/* From now on it has so long. */
void connection_allow(struct connection *connection, uint64_t allowed_us);
void connection_suspend(struct connection *connection);
void connection_resume(struct connection *connection);

struct request {
    struct connection *connection;
    char *target; /* path and query, as they came; the '?' is a NUL */
    const char *query;
    const char *method;
    struct buffer body;
    bool is_begun;   /* its headers were looked at */
    bool is_handled; /* its handler was called */
    bool is_answered;
    struct response *response; /* not yet queued */
    void *kept;
    void (*release)(void *data);
};

struct request *request_new(const char *target);
void request_free(struct request *request);

#endif
