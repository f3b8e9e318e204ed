/*
 * Patterns of paths, as the table of routes has them: "/api/entries/{number}/review".
 *
 * A path is compared as it came: nothing in it is decoded, so there is one way to write it. What
 * stands for a placeholder has only letters, digits and hyphens, and never leads anywhere.
 */
#ifndef SEALROOM_CONSOLE_PATH_H
#define SEALROOM_CONSOLE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message_field.h"

#define PATH_VALUES_MAX 3

/* What stood for the placeholders, in their order. */
struct path_values {
    size_t count;
    char texts[PATH_VALUES_MAX][SEGMENT_ID_SIZE];
};

/* Placeholders: {id} a camera's, door's or account's id; {segment} a segment's; {number} a record's
 * or piece's, decimal, without leading zeros, at most 2^53. */
bool path_fits(const char *pattern, const char *path, struct path_values *values);
/* Of a placeholder {number}. */
uint64_t path_number(const struct path_values *values, size_t index);

#endif
