/*
 * A ledger whose file is damaged in its structure is copied row by row into a new file.
 */
#ifndef SEALROOM_LEDGER_LEDGER_SALVAGE_H
#define SEALROOM_LEDGER_LEDGER_SALVAGE_H

#include <stdint.h>

#include "base/status.h"
#include "crypto/suite.h"

/* Copies every table and every row of `path` that can be read into a new file, which then takes
 * its name; the damaged one stays as PATH.damaged-<UTC>. Rows that no page points to any more are
 * found by reading all pages (ledger_scan.h). Nothing is judged here: what comes of it is opened
 * and checked like any other. Nobody else may have the file open for writing. */
MUST_CHECK enum status ledger_salvage(const char *path, enum digest_algorithm algorithm,
                                      int64_t utc_ns, struct error *error);

#endif
