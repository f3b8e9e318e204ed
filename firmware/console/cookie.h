/*
 * One cookie out of a Cookie header (RFC 6265, 5.4 and 4.2).
 */
#ifndef SEALROOM_CONSOLE_COOKIE_H
#define SEALROOM_CONSOLE_COOKIE_H

#include "base/bytes.h"

/* The value of `name` into `value` (`size` bytes with its NUL). False, and "", if it is not there,
 * stands there twice (one of them is somebody else's), is empty, does not fit, or holds anything
 * but letters, digits, '-' and '_' (base64url, RFC 4648, 5). */
bool cookie_find(struct bytes header, const char *name, char *value, size_t size);

#endif
