/*
 * The sandbox: what a door process can still do once it has started. It can talk on what it has
 * open, and besides
 *
 *     TCP     make new connections
 *     serial  open its one device again
 *     GPIO    open devices again, for a chip that returns is a new file. Of those in /dev that its
 *             user may open, only a GPIO chip answers: it has no ioctl but GPIO's, and no network
 *
 * Nothing else has a name for it. A system call that is not on the list ends the process.
 */
#ifndef SEALROOM_DOOR_SANDBOX_H
#define SEALROOM_DOOR_SANDBOX_H

#include "base/status.h"

/* Of a bus: `device` is the serial device's path, or NULL. Where the kernel has no Landlock or no
 * seccomp, that half is left out with a line in the log. */
MUST_CHECK enum status sandbox_enter(const char *device, struct error *error);
/* The same for GPIO lines. */
MUST_CHECK enum status sandbox_enter_lines(struct error *error);

#endif
