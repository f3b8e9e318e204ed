/*
 * One committed record, read for a decision: its head must hash to its leaf, its body must be the
 * one the head names. The leaves were held against the newest checkpoint when the ledger was
 * opened. Internal to the store.
 */
#ifndef SEALROOM_STORE_ROW_H
#define SEALROOM_STORE_ROW_H

#include <jansson.h>

#include "ledger/ledger.h"

/* STATUS_NOT_FOUND: no such row, or its body has expired; STATUS_MISMATCH: it is not what was
 * sealed. *body is the caller's to json_decref. */
MUST_CHECK enum status row_read(struct ledger *ledger, uint64_t number, struct record_head *head,
                                json_t **body, struct error *error);

#endif
