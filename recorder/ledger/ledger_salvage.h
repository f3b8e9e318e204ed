/*
 * A ledger whose file is damaged in its structure is copied row by row into a new file.
 */
#ifndef SEALROOM_LEDGER_LEDGER_SALVAGE_H
#define SEALROOM_LEDGER_LEDGER_SALVAGE_H

#include <stdint.h>

#include "base/status.h"
#include "crypto/suite.h"

/* Copies every row of `path` that can be read into a new file with the ledger's tables and those of
 * `others` (ledger_open_with; NULL: whatever tables and indexes there are), which then takes
 * its name; the damaged one stays as PATH.damaged-<UTC>. Rows that no page points to any more are
 * found by reading all pages (ledger_scan.h). If one of `others` is not as it
 * should be, none of them is copied through its tree: an index that is empty is made again from the
 * records, one that belongs to another's counter is not. Nothing is judged here: what comes of it
 * is opened and checked like any other. Nobody else may have the file open for writing. */
MUST_CHECK enum status ledger_salvage(const char *path, const char *const *others,
                                      enum digest_algorithm algorithm, int64_t utc_ns,
                                      struct error *error);

#endif
