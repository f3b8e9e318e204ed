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
 * A sector that cannot be read when it comes to it is STATUS_IO. But of a file that is cut off, or
 * a medium that fails, in the very moment the process gets SIGBUS, as with any mapped file: for
 * programs that only verify, after file_hash_or_exit(). */
MUST_CHECK enum status file_hash(int file, uint64_t offset, uint64_t size,
                                 struct hasher *const *hashers, size_t count, uint8_t *room);
/* From now on such a SIGBUS ends the process, whichever thread meets it, with exit status 2, "could
 * not run", and the sentence on stderr: with its line end, borrowed for good. */
void file_hash_or_exit(const char *sentence);

#endif
