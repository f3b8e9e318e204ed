/*
 * What the steps of a start share. Internal to ledger_recovery.c, ledger_quarantine.c and
 * ledger_recount.c.
 */
#ifndef SEALROOM_LEDGER_LEDGER_RECOVERY_H
#define SEALROOM_LEDGER_LEDGER_RECOVERY_H

#include "ledger/ledger_tree.h"

struct recovery {
    struct ledger *ledger;
    struct ledger_findings *findings;
    struct checkpoint newest; /* size 0 for a ledger without records */
    bool mend_newest;
    bool mend_checkpoint;
    bool mend_identity;
    bool mend_sources;
    bool quarantine;
};

/* ledger_quarantine.c */

/* How much stands beyond recovery->newest, into the findings. */
MUST_CHECK enum status recovery_count_beyond(struct recovery *recovery, struct error *error);
/* Moves it, inside a transaction. */
MUST_CHECK enum status recovery_move_beyond(const struct recovery *recovery, struct error *error);
/* Deletes nodes beyond the tree, inside a transaction: they say nothing that a row does not. */
MUST_CHECK enum status recovery_drop_nodes(const struct recovery *recovery, struct error *error);

/* ledger_recount.c */

/* Is the row the record that stands in the tree at `number`? Fills *head if so. */
bool recovery_row_in_tree(const struct recovery *recovery, uint64_t number,
                          struct record_head *head);
/* Fills the ledger's counters, and sets mend_sources if the stored ones are not right. */
MUST_CHECK enum status recovery_check_sources(struct recovery *recovery, struct error *error);
/* Writes all counters anew, inside a transaction. */
MUST_CHECK enum status recovery_write_sources(const struct recovery *recovery, struct error *error);

#endif
