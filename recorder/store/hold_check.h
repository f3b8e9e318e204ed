/*
 * What the records themselves say is held, whatever the index and its table say: both can be
 * altered without a trace in the tree. Every record is looked at, its head held against the tree,
 * a hold's body against its head.
 *
 * A record whose head cannot be believed (altered, gone, on a damaged page) may have been a hold.
 * It was not if another source misses it: sources count their records without holes, and only
 * operators set holds. So a record that lies where a camera, a door or the appliance lacks one is
 * that one's; any other is taken for a hold that cannot be read.
 */
#ifndef SEALROOM_STORE_HOLD_CHECK_H
#define SEALROOM_STORE_HOLD_CHECK_H

#include "store/hold.h"

struct hold_check;

/* `index` is an attached one of `ledger`; both are borrowed. */
MUST_CHECK enum status hold_check_new(struct ledger *ledger, struct hold_index *index,
                                      struct hold_check **check, struct error *error);
/* NULL is allowed. */
void hold_check_free(struct hold_check *check);
/* Looks at the next 256 records or so: STATUS_AGAIN until the last one. Then STATUS_OK, the index
 * holds what the records say, and *differed tells whether that is anything else than before:
 * before that nothing may be deleted. Not to be called again. STATUS_UNCERTAIN as
 * ledger_transaction. */
MUST_CHECK enum status hold_check_step(struct hold_check *check, bool *differed,
                                       struct error *error);

#endif
