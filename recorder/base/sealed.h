/*
 * Bytes in memory that nobody can change any more, for handing to another process as a descriptor
 * (memfd_create(2), F_ADD_SEALS of fcntl(2)): who reads them waits for no disk, and finds the same
 * each time.
 */
#ifndef SEALROOM_BASE_SEALED_H
#define SEALROOM_BASE_SEALED_H

#include "base/bytes.h"

/* The name is for who looks at the descriptor. It is the caller's to close. */
MUST_CHECK enum status sealed_new(const char *name, struct bytes bytes, int *file,
                                  struct error *error);
/* Reads all of it, at most `limit` bytes, into `data`; its position stays. STATUS_INVALID: it is
 * nothing of the kind, empty, or larger. */
MUST_CHECK enum status sealed_read(int file, void *data, size_t limit, size_t *size);

#endif
