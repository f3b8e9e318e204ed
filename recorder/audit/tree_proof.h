/*
 * From signed roots down to the leaves: which leaf hashes are the ones that were sealed. Used
 * only where something stored does not fit. Internal to the tree.
 */
#ifndef SEALROOM_AUDIT_TREE_PROOF_H
#define SEALROOM_AUDIT_TREE_PROOF_H

#include "audit/claim.h"
#include "audit/context.h"
#include "audit/tree_rows.h"

struct tree_proof;
/* Proves what can be proved from the checkpoints among the claims. Records below `good_to` are
 * known to be right. */
MUST_CHECK enum status tree_proof_new(struct audit *audit, struct tree_rows *rows,
                                      const struct claims *claims, uint64_t good_to,
                                      struct tree_proof **proof, struct error *error);
void tree_proof_free(struct tree_proof *proof);
/* Is a leaf in [from, to) unknown? */
bool tree_proof_is_open(const struct tree_proof *proof, uint64_t from, uint64_t to);
/* The next range of unknown leaves at or after `at`; false if there is none. */
bool tree_proof_next_open(const struct tree_proof *proof, uint64_t at, uint64_t *from,
                          uint64_t *to);
/* The leaf that was sealed. `computed` is that of the row, NULL if there is no row. For an
 * unknown leaf the best guess. */
void tree_proof_leaf(const struct tree_proof *proof, uint64_t number, const struct digest *computed,
                     struct digest *leaf);

#endif
