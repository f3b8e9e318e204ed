/*
 * The sandbox: what a door process can still do once it has started. It can talk on what it has
 * open, make new connections, and open its one serial device again; nothing else has a name for
 * it. A system call that is not on the list ends the process.
 */
#ifndef SEALROOM_DOOR_SANDBOX_H
#define SEALROOM_DOOR_SANDBOX_H

#include "base/status.h"

/* `device` is the serial device's path, or NULL. Where the kernel has no Landlock or no seccomp,
 * that half is left out with a line in the log. */
MUST_CHECK enum status sandbox_enter(const char *device, struct error *error);

#endif
