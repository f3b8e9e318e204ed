/*
 * What stands behind the '?' of a request, as application/x-www-form-urlencoded
 * (WHATWG URL, 5.1), read strictly: each name once, everything clean UTF-8, and nothing that the
 * route does not know.
 */
#ifndef SEALROOM_CONSOLE_QUERY_H
#define SEALROOM_CONSOLE_QUERY_H

#include <stdint.h>

#include "base/bytes.h"

#define QUERY_SIZE_MAX  2048
#define QUERY_ITEMS_MAX 24

struct query {
    size_t count;
    struct {
        const char *name; /* in `text` */
        const char *value;
    } items[QUERY_ITEMS_MAX];
    char text[QUERY_SIZE_MAX + 2 * QUERY_ITEMS_MAX + 2]; /* decoded, with a NUL behind each */
};

/* `names`: what may stand in it, by spaces. Anything else is STATUS_INVALID. */
MUST_CHECK enum status query_read(struct bytes text, const char *names, struct query *query,
                                  struct error *error);
/* "" where it is absent. */
const char *query_text(const struct query *query, const char *name);
/* A whole decimal number; `absent` where it is absent or empty. STATUS_INVALID if it is none, or
 * not from `least` to `most`: then too the number is `absent`, so that it may be reckoned with. */
MUST_CHECK enum status query_number(const struct query *query, const char *name, int64_t least,
                                    int64_t most, int64_t absent, int64_t *number,
                                    struct error *error);

#endif
