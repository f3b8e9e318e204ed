/*
 * The tables of ledger.db, and how a connection to it is set up. The description, column by
 * column, stands at the top of ledger_schema.c.
 */
#ifndef SEALROOM_LEDGER_LEDGER_SCHEMA_H
#define SEALROOM_LEDGER_LEDGER_SCHEMA_H

#include "ledger/sql.h"

#define LEDGER_FORMAT 1

extern const char ledger_schema[];

/* Holds what the file has against `ledger_schema` and the NULL-terminated schemas of `others`: the
 * other modules' tables, which may all be missing while there are no records. STATUS_MISMATCH, and
 * in *error which object differs, is missing, or is nobody's. Without `others` (NULL) any further
 * table or index may be there; a trigger, a view or a virtual table never. */
MUST_CHECK enum status ledger_schema_check(sqlite3 *database, const char *const *others,
                                           struct error *error);
/* Has the file every object of `schemas` (NULL-terminated), made by the same sentence? */
MUST_CHECK enum status ledger_schema_has(sqlite3 *database, const char *const *schemas,
                                         struct error *error);
/* Runs each of them. NULL is none. */
MUST_CHECK enum status ledger_schema_make(sqlite3 *database, const char *const *schemas,
                                          struct error *error);
/* Opens the writer's connection: WAL, synchronous FULL, no triggers, no views, small caches.
 * The caller's to close. */
MUST_CHECK enum status ledger_connect(const char *path, sqlite3 **database, struct error *error);
/* What makes any connection to a file that others could have written harmless. */
void ledger_harden(sqlite3 *database);

#endif
