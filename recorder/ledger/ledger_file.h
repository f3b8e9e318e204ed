/*
 * The ledger's files as files: making one under another name, giving it its name when it is whole
 * and durable, putting one aside. Internal to the ledger; ledger_create and ledger_set_aside are
 * declared in ledger.h.
 */
#ifndef SEALROOM_LEDGER_LEDGER_FILE_H
#define SEALROOM_LEDGER_LEDGER_FILE_H

#include "ledger/sql.h"

/* fsync of the folder that `path` lies in. */
MUST_CHECK enum status ledger_sync_folder(const char *path, struct error *error);
/* An empty ledger at `path`, whatever was there, with a transaction begun: the tables are made,
 * table `ledger` is empty. The caller's to finish or to close. */
MUST_CHECK enum status ledger_make_file(const char *path, sqlite3 **database, struct error *error);
/* Commits, closes and renames `made` to `path`, each durably. *database is NULL afterwards. */
MUST_CHECK enum status ledger_finish_file(sqlite3 **database, const char *made, const char *path,
                                          struct error *error);
/* Room on the medium for the index of the log (PATH-shm), which this process must have open: SQLite
 * maps it, and a page that finds no room ends the process by a signal. Where the file system
 * cannot do that, or has no room, nothing changes. */
void ledger_reserve_index(const char *path);
/* The row of table `ledger`. */
MUST_CHECK enum status ledger_write_identity(sqlite3 *database, const char *origin,
                                             const char *suite, struct error *error);

#endif
