/*
 * What else stands in ledger.db: the structure of the file, the quarantine, and the tables that
 * are derived from the records. None of it is evidence, all of it is held against the records.
 */
#ifndef SEALROOM_AUDIT_TABLES_H
#define SEALROOM_AUDIT_TABLES_H

#include "audit/context.h"

/* SQLite's own check of the file's pages, each fault with its page. Also where the ledger cannot
 * be read any further. */
void structure_check(struct audit *audit);
/* The file's first 100 bytes, by SQLite's file format, section 1.3. Before the view is opened: in
 * one process no other descriptor of the file may be closed while SQLite has it open. */
void structure_check_header(struct audit *audit);
/* After records_read. */
void tables_check(struct audit *audit);

#endif
