/*
 * Which look-ups are on record: what of which range a session may be shown without another. Only a
 * memory of what the keeper has recorded; it grants nothing, and is empty after a start.
 */
#ifndef SEALROOM_CONSOLE_LOOKUPS_H
#define SEALROOM_CONSOLE_LOOKUPS_H

#include "base/message.h"

#define LOOKUPS_MAX 256u /* the oldest goes first */

struct lookups;

MUST_CHECK enum status lookups_new(struct lookups **lookups, struct error *error);
/* NULL is allowed. */
void lookups_free(struct lookups *lookups);

/* "entries", "video", "live" or "register"; `which`: cameras or doors by spaces, "" for all. */
struct lookup_scope {
    const char *what;
    const char *which;
    int64_t from_utc_ns;
    int64_t to_utc_ns;
};

/* It is on record. */
void lookups_add(struct lookups *lookups, const char *session, const struct lookup_scope *scope);
/* Is all of that within one that is? scope->which is one id, or "" for all. */
bool lookups_cover(const struct lookups *lookups, const char *session,
                   const struct lookup_scope *scope);
/* Is any of it? */
bool lookups_touch(const struct lookups *lookups, const char *session,
                   const struct lookup_scope *scope);

#endif
