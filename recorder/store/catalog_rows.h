/*
 * What one record becomes in the catalog. Internal to the store.
 */
#ifndef SEALROOM_STORE_CATALOG_ROWS_H
#define SEALROOM_STORE_CATALOG_ROWS_H

#include "ledger/ledger.h"
#include "ledger/sql.h"

/* Spans are looked up by where they begin; one that is longer than this (segments take minutes,
 * gaps are cut hourly) by an index of its own. In nanoseconds. */
#define CATALOG_LONG_NS "7200000000000"

/* Makes the tables in a schema ("main", or an attached one). */
MUST_CHECK enum status catalog_rows_make(sqlite3 *database, const char *schema,
                                         struct error *error);
/* Writes the rows of one record into a schema. A record that cannot be read becomes no row, one
 * whose body cannot be read only one of table `record`. */
MUST_CHECK enum status catalog_rows_add(sqlite3 *database, const char *schema,
                                        enum digest_algorithm algorithm,
                                        const struct ledger_row *row, struct error *error);
/* Rows of records [from, to) that are in only one of the schemas "main" and "fresh". */
MUST_CHECK enum status catalog_rows_differ(sqlite3 *database, uint64_t from, uint64_t to,
                                           uint64_t *different, struct error *error);

#endif
