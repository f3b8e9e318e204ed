/*
 * The stored checkpoints: each one's signature, and what it states held against the tree.
 */
#ifndef SEALROOM_AUDIT_CHECKPOINTS_H
#define SEALROOM_AUDIT_CHECKPOINTS_H

#include "audit/claim.h"
#include "audit/context.h"

struct checkpoints;

/* Reads them all, verifies the signatures, and finds the newest that holds: fills audit->size and
 * origin, and the report's newest. */
MUST_CHECK enum status checkpoints_read(struct audit *audit, struct checkpoints **checkpoints,
                                        struct error *error);
void checkpoints_free(struct checkpoints *checkpoints);
/* Adds what they, and the checkpoint from outside, state to the claims. */
MUST_CHECK enum status checkpoints_claim(const struct audit *audit,
                                         const struct checkpoints *checkpoints,
                                         struct claims *claims);
/* After tree_judge: reports what does not fit, and records that nothing covers. */
void checkpoints_judge(struct audit *audit, const struct checkpoints *checkpoints,
                       const struct claims *claims);

/* The most records that any stored row, valid or not, speaks of. */
uint64_t checkpoints_claimed(const struct checkpoints *checkpoints);

/* Verifies the checkpoint from outside: fills the report's `since`. STATUS_REFUSED: it is no
 * checkpoint of this key, so there is nothing to hold the ledger against. */
MUST_CHECK enum status checkpoints_take_since(struct audit *audit, struct error *error);

#endif
