/*
 * SQLite with this project's statuses: prepared statements that clean up after themselves, and
 * one place that says what a result code means.
 */
#ifndef SEALROOM_LEDGER_SQL_H
#define SEALROOM_LEDGER_SQL_H

#include <sqlite3.h>

#include "base/bytes.h"
#include "base/status.h"

void sql_finalize(sqlite3_stmt **statement);
#define AUTO_STATEMENT __attribute__((cleanup(sql_finalize)))

/* The status of a result code, and in *error the connection's own words for it:
 * BUSY and LOCKED are STATUS_TIMEOUT, FULL is STATUS_FULL, CORRUPT and NOTADB are
 * STATUS_MISMATCH, CONSTRAINT is STATUS_EXISTS, NOMEM is STATUS_NO_MEMORY, PROTOCOL (the
 * locks are in disorder, which only opening the file again mends) is STATUS_UNCERTAIN, all else
 * STATUS_IO. */
enum status sql_failed(sqlite3 *database, int code, const char *doing, struct error *error);

/* Runs one or more statements that give no rows. */
MUST_CHECK enum status sql_run(sqlite3 *database, const char *text, struct error *error);
/* Gives up a transaction if there is one. NULL is allowed. */
void sql_roll_back(sqlite3 *database);
/* Prepares one statement that will be used for long. The caller's to finalize. */
MUST_CHECK enum status sql_prepare(sqlite3 *database, const char *text, sqlite3_stmt **statement,
                                   struct error *error);
/* Steps a statement that gives no rows, and resets it. */
MUST_CHECK enum status sql_step_done(sqlite3_stmt *statement, struct error *error);
/* Steps to the next row: STATUS_OK. At the end it resets and gives STATUS_END. */
MUST_CHECK enum status sql_step_row(sqlite3_stmt *statement, struct error *error);

/* A column's bytes, borrowed until the next step; empty for NULL. */
struct bytes sql_column_bytes(sqlite3_stmt *statement, int column);
/* Binds bytes that stay valid until the statement is reset; never NULL, even when empty. */
void sql_bind_bytes(sqlite3_stmt *statement, int parameter, struct bytes bytes);
void sql_bind_text(sqlite3_stmt *statement, int parameter, const char *text);

#endif
