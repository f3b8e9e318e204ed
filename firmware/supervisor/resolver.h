/*
 * From a camera's host name to its numeric addresses, in a process of its own: what a name server
 * answers is parsed outside the supervisor, and waiting for it holds nothing up.
 */
#ifndef SEALROOM_SUPERVISOR_RESOLVER_H
#define SEALROOM_SUPERVISOR_RESOLVER_H

#include <systemd/sd-event.h>

#include "base/message.h"

struct resolver;

#define RESOLVER_TIMEOUT_MS 15000u

/* `addresses`, separated by blanks, IPv4 first, always in the same order; "" if there is no answer,
 * and `reason` then says why. The resolver is done: the callback frees it. */
typedef void resolver_answer(void *context, const char *addresses, const char *reason);

/* True if `host` is a numeric IPv4 or IPv6 address already; it is then copied to `address`. */
bool resolver_is_numeric(const char *host, char address[NAME_SIZE]);

MUST_CHECK enum status resolver_start(sd_event *event, const char *host, resolver_answer *answer,
                                      void *context, struct resolver **resolver,
                                      struct error *error);
/* Gives up; no answer comes any more. NULL is allowed. */
void resolver_free(struct resolver *resolver);

#endif
