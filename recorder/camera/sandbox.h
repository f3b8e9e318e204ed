/*
 * What a camera process cannot do once it has what it needs (enclosure/enclosure.h): open any
 * file, make any system call that recording does not need, gain rights, use more than 256 MiB of
 * memory or 64 descriptors.
 */
#ifndef SEALROOM_CAMERA_SANDBOX_H
#define SEALROOM_CAMERA_SANDBOX_H

#include "base/status.h"

/* No core dump, no new rights, no files. Holds for threads that are started later. */
MUST_CHECK enum status sandbox_close_files(struct error *error);
/* The list of system calls, for all threads. The last step of the start. */
MUST_CHECK enum status sandbox_close_calls(struct error *error);

#endif
