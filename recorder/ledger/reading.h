/*
 * Opening a database of the appliance for reading, by whoever likes to look. While somebody writes
 * to it, it is an ordinary WAL reader. Of a state at rest no byte is changed and nothing is made
 * beside it, with a log (a kill, a power cut, a copy of one) or without one: it is evidence, and
 * may lie on a medium that cannot be written, or on a full one.
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
    struct stat file; /* as they were before it was opened; st_size is -1 where there is none */
    struct stat log;
    struct stat index;
};

/* `flags` are sqlite3_open_v2's; the file is read only whatever they say. The connection is the
 * caller's to close, also after a failure, when it may be NULL. */
MUST_CHECK enum status reading_open(struct reading *reading, const char *path, int flags,
                                    sqlite3 **database, struct error *error);
/* STATUS_INVALID if there is something at `path`, or where SQLite keeps its files beside it, that
 * is no regular file. SQLite does not ask, and waits for ever on a FIFO; reading_open asks this. */
MUST_CHECK enum status reading_refuse_other(const char *path, struct error *error);
/* Is what was read up to now true? False: somebody began to write to what was at rest; close it
 * and begin again. */
bool reading_is_true(const struct reading *reading);

#endif
