/*
 * Adds parts of files to digests, as fast as the page cache hands them out.
 */
#ifndef SEALROOM_AUDIT_FILE_HASH_H
#define SEALROOM_AUDIT_FILE_HASH_H

#include "crypto/suite.h"

#define FILE_HASH_ROOM ((size_t)256 * 1024)

/* `size` bytes from `offset` on, to each of `count` hashers, which have begun. `room` is for
 * FILE_HASH_ROOM bytes, which are lost. STATUS_END: the file ends before that; STATUS_IO, with
 * errno: it cannot be read. Then what was added is anything.
 *
 * A file that somebody cuts off in the very moment may end the process (SIGBUS), as any mapped file
 * does: for programs that only verify. A sector that cannot be read does not. */
MUST_CHECK enum status file_hash(int file, uint64_t offset, uint64_t size,
                                 struct hasher *const *hashers, size_t count, uint8_t *room);

#endif
