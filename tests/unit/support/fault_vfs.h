/*
 * An SQLite VFS over the real one that fails the Nth writing call, once or for ever, as SQLite's
 * own tests do; or cuts the power there, and with it what was not synced.
 *
 * Counted: write, truncate, sync of the database and its log. Reads, locks and shared memory pass.
 */
#ifndef SEALROOM_TESTS_FAULT_VFS_H
#define SEALROOM_TESTS_FAULT_VFS_H

#include <stdbool.h>

enum fault_kind {
    FAULT_NONE,
    FAULT_EIO,      /* the call fails, nothing is done */
    FAULT_EIO_DONE, /* the call is done, and says that it failed */
    FAULT_ENOSPC,   /* a write does nothing and says that the disk is full */
    FAULT_SHORT,    /* a write writes its first half and fails */
    FAULT_POWER,    /* before the call the power is cut: of what was written to each file since its
                       last sync, only a first part stays; the process ends with 42 */
};

/* Registers the VFS as the default one. Call once, before any database is opened. */
void fault_vfs_install(void);
/* From now on: fail call number `nth` (from 1), and if `forever` every one after it. */
void fault_vfs_arm(enum fault_kind kind, unsigned nth, bool forever);
/* For FAULT_POWER: how much of 256 parts of the unsynced writes stays; 0 none. */
void fault_vfs_keep(unsigned parts);
/* Calls counted since it was armed. */
unsigned fault_vfs_calls(void);
/* Did the fault happen? */
bool fault_vfs_fired(void);

#endif
