/*
 * Adds parts of files to digests, as fast as the page cache hands them out.
 */
#ifndef SEALROOM_AUDIT_FILE_HASH_H
#define SEALROOM_AUDIT_FILE_HASH_H

#include "crypto/suite.h"

#define FILE_HASH_ROOM ((size_t)256 * 1024)

/* One thread's view of a file, through which it goes from front to back. */
struct file_window {
    int file;       /* borrowed */
    uint8_t *room;  /* FILE_HASH_ROOM bytes, which are lost; borrowed */
    uint64_t until; /* what is asked for next ends here at the latest; mapped in few windows */

    uint8_t *map; /* its own: zero-initialise */
    uint64_t from;
    size_t size;
};

/* Unmaps it; `room` and `file` stay the caller's. */
void file_window_close(struct file_window *window);

/* `size` bytes from `offset` on, to each of `count` hashers, which have begun. STATUS_END: the file
 * ends before that; STATUS_IO, with errno: it cannot be read. Then what was added is anything.
 *
 * A sector that cannot be read when it comes to it is STATUS_IO. But of a file that is cut off, or
 * a medium that fails, in the very moment the process gets SIGBUS, as with any mapped file: for
 * programs that only verify, after file_hash_or_exit(). */
MUST_CHECK enum status file_hash(struct file_window *window, uint64_t offset, uint64_t size,
                                 struct hasher *const *hashers, size_t count);
/* From now on such a SIGBUS ends the process, whichever thread meets it, with exit status 2, "could
 * not run", and the sentence on stderr: with its line end, borrowed for good. */
void file_hash_or_exit(const char *sentence);

#endif
