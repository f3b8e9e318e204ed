/*
 * A row of the ledger read back, believed only if it is what was signed.
 */
#ifndef SEALROOM_KEEPER_SIGNED_ROW_H
#define SEALROOM_KEEPER_SIGNED_ROW_H

#include <jansson.h>

#include "ledger/ledger.h"

/* Reads a row whose head hashes to its leaf and whose body to its head; STATUS_MISMATCH or
 * STATUS_INVALID otherwise. *body is the caller's to json_decref, NULL if it has expired. */
MUST_CHECK enum status signed_row_parse(enum digest_algorithm algorithm,
                                        const struct ledger_row *row, struct record_head *head,
                                        json_t **body);

#endif
