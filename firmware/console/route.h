/*
 * What the console answers to: one table, one line a route. What is not in it is not there.
 */
#ifndef SEALROOM_CONSOLE_ROUTE_H
#define SEALROOM_CONSOLE_ROUTE_H

#include "firmware/console/request.h"

struct console;

/* What a request has come to when its handler is called. */
struct call {
    struct console *console;
    struct request *request;
    const struct path_values *path;
    const struct query *query;
    const void *body; /* a struct of the route's form */
};

struct route {
    const char *method; /* GET stands for HEAD too */
    const char *pattern;
    const char *query;            /* names that may stand behind the '?', by spaces; "": none */
    const struct body_form *body; /* POST only; NULL: none */
    void (*handle)(const struct call *call);
};

struct route_table {
    const struct route *routes;
    size_t count;
};

enum route_fit { ROUTE_NOT_FOUND, ROUTE_OTHER_METHOD, ROUTE_FITS };

/* *route is set if it fits. */
enum route_fit route_find(const struct route_table *table, const char *method, const char *path,
                          struct path_values *values, const struct route **route);

#endif
