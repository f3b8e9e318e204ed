/*
 * Reading an SQLite file page by page, without its trees: what stands on a leaf page can be read
 * even when no page points to it any more. Internal to ledger_salvage.c.
 */
#ifndef SEALROOM_LEDGER_LEDGER_SCAN_H
#define SEALROOM_LEDGER_LEDGER_SCAN_H

#include "crypto/suite.h"
#include "ledger/sql.h"

/* Adds to `to` what it lacks and the pages of `path` have: nodes, checkpoints, quarantine, piece
 * lists; then records, but only such as hash to a stored leaf, for a page that nothing points to
 * may be long out of date. *added counts rows. Nobody may have the file open; its log must be
 * empty. Pages that make no sense are passed over. */
MUST_CHECK enum status ledger_scan(const char *path, enum digest_algorithm algorithm, sqlite3 *to,
                                   uint64_t *added, struct error *error);

#endif
