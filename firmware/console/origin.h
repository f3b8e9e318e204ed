/*
 * Where a request comes from: a page of this console, or of somebody else's. What a browser says of
 * itself it cannot be made to say by a page: Host (RFC 9110, 7.2), Origin (RFC 6454, 7),
 * Sec-Fetch-Site (W3C Fetch Metadata).
 */
#ifndef SEALROOM_CONSOLE_ORIGIN_H
#define SEALROOM_CONSOLE_ORIGIN_H

#include <stdbool.h>

/* Headers as they came; NULL where one is absent. */
struct origin {
    const char *host;
    const char *origin;
    const char *fetch_site;
    bool is_secure; /* over TLS */
};

/* Is `host` an address, "localhost", or `name` (NULL: none), each with or without a port? A page
 * whose own name was led to this address (DNS rebinding) has its name there. */
bool origin_is_here(const char *host, const char *name);
/* Was this asked for by one of our own pages, or by no page at all? */
bool origin_is_own(const struct origin *origin);

#endif
