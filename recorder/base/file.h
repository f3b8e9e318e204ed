/*
 * Durable files: what must be on the medium before anything is said about it.
 *
 * The only place in the project that calls fsync. The order of creation is
 * create → write → fsync(file) → fsync(directory) → record; of deletion
 * record → unlink → fsync(directory). Recovery is that list backwards.
 */
#ifndef SEALROOM_BASE_FILE_H
#define SEALROOM_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/status.h"

/* Closes and sets to -1; for __attribute__((cleanup)). */
void file_close(int *descriptor);
#define AUTO_CLOSE __attribute__((cleanup(file_close)))
/* Gives up ownership: returns *descriptor and sets it to -1. */
int file_steal(int *descriptor);

/* For the first line of main: holds the numbers of standard input, output and error where they are
 * closed, or the next file or socket would get one and what is printed would go there. Reading and
 * writing fail as if they were closed. */
void file_hold_standard(void);

/* All of `bytes`, retrying on EINTR and short writes. ENOSPC and EDQUOT are STATUS_FULL. */
MUST_CHECK enum status file_write_all(int descriptor, struct bytes bytes, struct error *error);
/* fdatasync; failure is STATUS_UNCERTAIN, for the kernel may have dropped the pages. */
MUST_CHECK enum status file_sync(int descriptor, const char *name, struct error *error);
/* Begins to hand what was written to its medium whenever that is another 16 MiB: so a slow one does
 * not fill the system's memory with what waits for it, and recording waits behind that. *unsent
 * begins at 0. Waits for nothing, has no effect where the file system cannot do it; errors come
 * with file_sync. */
void file_drain(int descriptor, uint64_t *unsent, uint64_t written);
/* fsync of a directory that is open. */
MUST_CHECK enum status directory_sync(int directory, const char *name, struct error *error);

/* openat of a file that must be a regular one, without waiting for anything: a FIFO or a device of
 * that name is STATUS_INVALID. The caller's to close. */
MUST_CHECK enum status file_open_regular(int directory, const char *path, int flags,
                                         int *descriptor, struct error *error);
/* Reads a whole regular file of at most `limit` bytes at path (relative to directory, or
 * AT_FDCWD) into *buffer, which is cleared first. Too large is STATUS_INVALID. */
MUST_CHECK enum status file_read(int directory, const char *path, size_t limit,
                                 struct buffer *buffer, struct error *error);
/* Replaces path durably: temporary file → write → fsync → rename → fsync(directory). */
MUST_CHECK enum status file_replace(int directory, const char *path, struct bytes bytes,
                                    mode_t mode, struct error *error);
/* Creates path durably; STATUS_EXISTS if it is there. */
MUST_CHECK enum status file_create(int directory, const char *path, struct bytes bytes, mode_t mode,
                                   struct error *error);
/* openat of path, names below `directory` by single slashes, with no link followed on the way nor
 * at its end, and nothing outside of `directory` reached. The caller's to close; -1 and errno:
 * ENOTDIR if something on the way is no folder, a link for one, ELOOP if the end is a link. */
int file_open_below(int directory, const char *path, int flags);
/* unlink → fsync(directory); absent is STATUS_NOT_FOUND. Path is opened as file_open_below does. */
MUST_CHECK enum status file_remove(int directory, const char *path, struct error *error);
/* mkdir -p below `directory`, each new level made durable. */
MUST_CHECK enum status directory_make(int directory, const char *path, mode_t mode,
                                      struct error *error);

#endif
