/*
 * The names in a folder, sorted. Internal to the store.
 */
#ifndef SEALROOM_STORE_NAMES_H
#define SEALROOM_STORE_NAMES_H

#include <stddef.h>

#include "base/status.h"

struct names {
    char **items;
    size_t count;
    size_t capacity;
    size_t next; /* for the caller: the first that was not looked at */
};

/* Reads the names in `folder`, below the descriptor `at` or "." for its own, in place of what was
 * there; `next` is 0. A folder that does not exist has none; one that is a link is STATUS_IO. */
MUST_CHECK enum status names_read(struct names *names, int at, const char *folder,
                                  struct error *error);
void names_clear(struct names *names);
void names_release(struct names *names);

#endif
