/*
 * What the console answers to: one table, one line a route. What is not in it is not there.
 */
#ifndef SEALROOM_CONSOLE_ROUTE_H
#define SEALROOM_CONSOLE_ROUTE_H

#include "base/permission.h"
#include "firmware/console/body.h"
#include "firmware/console/path.h"

struct call;

struct route {
    const char *method; /* GET stands for HEAD too */
    const char *pattern;
    /* What whoever asks must be allowed, by the keeper's word. ACT_NONE: anybody may ask, and what
     * he is answered tells him nothing. */
    enum act act;
    bool is_poll;      /* pages ask it by themselves: it is no sign that somebody is there */
    const char *query; /* names that may stand behind the '?', by spaces */
    const struct body_form *body; /* of a POST */
    void (*handle)(struct call *call);
};

struct route_table {
    const struct route *routes;
    size_t count;
};

/* routes.c: all there are. */
extern const struct route_table console_routes;

enum route_fit { ROUTE_NOT_FOUND, ROUTE_OTHER_METHOD, ROUTE_FITS };

/* *route is set if it fits. */
enum route_fit route_find(const struct route_table *table, const char *method, const char *path,
                          struct path_values *values, const struct route **route);

#endif
