/*
 * The tables of ledger.db, and how a connection to it is set up. The description, column by
 * column, stands at the top of ledger_schema.c.
 */
#ifndef SEALROOM_LEDGER_LEDGER_SCHEMA_H
#define SEALROOM_LEDGER_LEDGER_SCHEMA_H

#include "ledger/sql.h"

#define LEDGER_FORMAT 1

extern const char ledger_schema[];

/* Opens the writer's connection: WAL, synchronous FULL, no triggers, no views, small caches.
 * The caller's to close. */
MUST_CHECK enum status ledger_connect(const char *path, sqlite3 **database, struct error *error);
/* What makes any connection to a file that others could have written harmless. */
void ledger_harden(sqlite3 *database);

#endif
