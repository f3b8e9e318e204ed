/*
 * What may be shown for what: the newest stretch of time without a reason, all else when a look-up
 * with one is on record (lookups.h).
 */
#ifndef SEALROOM_CONSOLE_SCOPE_H
#define SEALROOM_CONSOLE_SCOPE_H

#include "firmware/console/call.h"
#include "firmware/console/lookups.h"

/* What is newer needs no reason. */
int64_t scope_recent_utc_ns(const struct call *call);
/* Is all of it that is older within a look-up that the session has on record? */
bool scope_is_open_to(const struct console *console, const char *session,
                      const struct lookup_scope *scope);
/* The same of the call's session. */
bool scope_is_covered(const struct call *call, const struct lookup_scope *scope);
/* False, and the request is answered by a question for a reason, if that may not be shown yet. */
bool scope_is_open(struct call *call, const struct lookup_scope *scope);
/* The same for what is never shown without one, however new it is. */
bool scope_is_on_record(struct call *call, const struct lookup_scope *scope);

/* Answers that question. */
void scope_ask_reason(struct call *call);

/* POST /api/lookup: {what, from, to, cameras, doors, number, reason} */
extern const struct body_form lookup_form;
void api_lookup(struct call *call);
/* Has it put on record that the newest stretch is watched, which needs no reason, and then calls
 * `then`; at once, if it is on record. */
void scope_record_recent(struct call *call, const char *what, const char *camera,
                         void (*then)(struct call *call));

#endif
