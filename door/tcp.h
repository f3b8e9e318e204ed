/*
 * Connecting to a controller over TCP.
 */
#ifndef SEALROOM_DOOR_TCP_H
#define SEALROOM_DOOR_TCP_H

#include <stdint.h>

#include "base/status.h"

/* Connects to a numeric IPv4 or IPv6 address within timeout_ms. The descriptor is the caller's,
 * close-on-exec, below FD_SETSIZE (libmodbus uses select), without delay, and gives up on a peer
 * that acknowledges nothing for timeout_ms (TCP_USER_TIMEOUT). */
MUST_CHECK enum status tcp_connect(const char *address, uint16_t port, uint32_t timeout_ms,
                                   int *descriptor, struct error *error);

#endif
