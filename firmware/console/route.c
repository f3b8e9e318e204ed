#include "firmware/console/route.h"

#include <string.h>

static bool is_method(const struct route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

enum route_fit route_find(const struct route_table *table, const char *method, const char *path,
                          struct path_values *values, const struct route **route)
{
    enum route_fit fit = ROUTE_NOT_FOUND;
    for (size_t i = 0; i < table->count; i++) {
        const struct route *each = &table->routes[i];
        if (!path_fits(each->pattern, path, values))
            continue;
        fit = ROUTE_OTHER_METHOD;
        if (is_method(each, method)) {
            *route = each;
            return ROUTE_FITS;
        }
    }
    return fit;
}
