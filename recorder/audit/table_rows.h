/*
 * What the checks of single tables share. Internal to tables.h.
 */
#ifndef SEALROOM_AUDIT_TABLE_ROWS_H
#define SEALROOM_AUDIT_TABLE_ROWS_H

#include "audit/context.h"
#include "ledger/sql.h"

/* A finding in ledger.db; `record` UINT64_MAX if it is of none. */
void table_report(struct audit *audit, enum audit_fault fault, uint64_t record, const char *detail);
/* FAULT_INDEX_ALTERED: "table NAME: what". */
void table_report_index(struct audit *audit, const char *table, uint64_t record, const char *what);
/* Is it known what this record says? One beyond the proved ones is reported itself; one beyond
 * all rows does not exist, which is known too. */
bool table_is_judged(const struct audit *audit, uint64_t record);
/* Do the derived tables speak of just the records that are proved? */
bool table_is_settled(const struct audit *audit);
/* Runs a query and hands its rows to `each`; a failure is a finding of the structure. A table
 * that is not there holds nothing: a ledger without video has none of the store's. */
void table_each_row(struct audit *audit, const char *table, const char *query,
                    void (*each)(struct audit *audit, sqlite3_stmt *row, void *context),
                    void *context);
bool table_column_is(sqlite3_stmt *row, int column, const char *text);
uint64_t table_column_u64(sqlite3_stmt *row, int column);

/* The tables of the store (tables_store.c). */
void tables_check_store(struct audit *audit);

#endif
