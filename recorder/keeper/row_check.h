/*
 * Looks through the ledger's stored rows in the background, again and again: a row that does not
 * fit its leaf is a `health` record and an alarm, and recording goes on. Indexes that do not fit
 * their records are mended on the way.
 */
#ifndef SEALROOM_KEEPER_ROW_CHECK_H
#define SEALROOM_KEEPER_ROW_CHECK_H

#include "keeper/parts.h"

MUST_CHECK enum status row_check_new(struct keeper *keeper, struct row_check **check,
                                     struct error *error);
/* NULL is allowed. */
void row_check_free(struct row_check *check);
/* START. */
MUST_CHECK enum status row_check_start(struct row_check *check, struct error *error);

#endif
