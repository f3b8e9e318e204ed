/*
 * Opening a database of the appliance for reading, by whoever likes to look. While the appliance
 * runs (PATH-shm exists) it is an ordinary WAL reader. Of a state at rest nothing is changed and
 * nothing is made beside it, with a log (power cut, a copy from elsewhere) or without one: it may
 * lie on a medium that cannot be written, or on a full one.
 */
#ifndef SEALROOM_LEDGER_READING_H
#define SEALROOM_LEDGER_READING_H

#include <sys/stat.h>

#include "base/message.h"
#include "ledger/sql.h"

/* One way of opening. */
struct reading {
    char path[PATH_SIZE];
    bool at_rest;
    struct stat file; /* at_rest: as they were when it was opened; log.st_size -1 without one */
    struct stat log;
};

/* `flags` are sqlite3_open_v2's; the file is read only whatever they say. The connection is the
 * caller's to close, also after a failure, when it may be NULL. */
MUST_CHECK enum status reading_open(struct reading *reading, const char *path, int flags,
                                    sqlite3 **database, struct error *error);
/* Is what was read up to now true? False: somebody began to write to what was at rest; close it
 * and begin again. */
bool reading_is_true(const struct reading *reading);

#endif
