/*
 * The way to the controller that `sealroom door-probe` looks at, from its options.
 */
#ifndef SEALROOM_COMMAND_DOOR_PROBE_BUS_H
#define SEALROOM_COMMAND_DOOR_PROBE_BUS_H

#include "door/bus.h"
#include "firmware/command/command.h"

/* "192.0.2.7:502", "panel.example", "[2001:db8::1]:502" or "[2001:db8::1]": a numeric address and a
 * port, 502 if none is given. STATUS_INVALID says what would be right. */
MUST_CHECK enum status door_probe_resolve(const char *text, char address[PATH_SIZE], uint16_t *port,
                                          struct error *error);
/* Opens it by --address or --port, --unit, --baud and --parity. *bus is the caller's to bus_free.
 */
MUST_CHECK enum status door_probe_open(const struct invocation *invocation, struct bus **bus,
                                       struct error *error);

#endif
