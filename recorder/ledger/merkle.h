/*
 * The Merkle tree of RFC 6962, section 2.1, over the suite's digest. Neither extended nor varied.
 *
 *   MTH({})     = H("")
 *   leaf(d)     = H(0x00 || d)
 *   node(l, r)  = H(0x01 || l || r)
 */
#ifndef SEALROOM_LEDGER_MERKLE_H
#define SEALROOM_LEDGER_MERKLE_H

#include "crypto/suite.h"

void merkle_empty_root(enum digest_algorithm algorithm, struct digest *root);
void merkle_leaf(enum digest_algorithm algorithm, struct bytes data, struct digest *leaf);
void merkle_node(enum digest_algorithm algorithm, const struct digest *left,
                 const struct digest *right, struct digest *node);

/* The right edge of a growing tree: the roots of its complete subtrees, largest first. A plain
 * value: copying it is how a transaction is prepared and given up. */
#define MERKLE_LEVELS 64
struct merkle_frontier {
    uint64_t size; /* leaves */
    struct digest peaks[MERKLE_LEVELS];
};

void merkle_frontier_init(struct merkle_frontier *frontier);
/* Adds a leaf hash. Every node that becomes complete, leaf included, is handed to `complete`
 * (may be NULL): level 0 is a leaf, index counts nodes of that level from the left. */
void merkle_frontier_add(enum digest_algorithm algorithm, struct merkle_frontier *frontier,
                         const struct digest *leaf,
                         void (*complete)(void *context, unsigned level, uint64_t index,
                                          const struct digest *node),
                         void *context);
/* Adds 2^level leaves at once by the node over them. STATUS_INVALID: no such node begins where the
 * tree ends, or there would be more leaves than a number can say. */
MUST_CHECK enum status merkle_frontier_add_node(enum digest_algorithm algorithm,
                                                struct merkle_frontier *frontier, unsigned level,
                                                const struct digest *node);
void merkle_frontier_root(enum digest_algorithm algorithm, const struct merkle_frontier *frontier,
                          struct digest *root);

/* Where a tree's complete nodes come from, for proofs. */
struct merkle_nodes {
    enum status (*get)(void *context, unsigned level, uint64_t index, struct digest *node);
    void *context;
};

struct merkle_path {
    unsigned length;
    struct digest nodes[2 * MERKLE_LEVELS];
};

/* Paths fail with what `get` returns, or STATUS_INVALID for an index or size out of range. */
/* RFC 6962 2.1.1: the audit path of leaf `index` in the tree of `size` leaves. */
MUST_CHECK enum status merkle_inclusion_path(enum digest_algorithm algorithm,
                                             const struct merkle_nodes *nodes, uint64_t index,
                                             uint64_t size, struct merkle_path *path);
/* RFC 6962 2.1.2: consistency of the tree of `first` leaves with that of `second`; first >= 1. */
MUST_CHECK enum status merkle_consistency_path(enum digest_algorithm algorithm,
                                               const struct merkle_nodes *nodes, uint64_t first,
                                               uint64_t second, struct merkle_path *path);
/* The same for the subtree of leaves [begin, end), not empty, in the tree of `size` leaves (IETF
 * draft-ietf-plants-merkle-tree-certs, 4.4); begin 0 is the consistency of two trees. */
MUST_CHECK enum status merkle_subtree_path(enum digest_algorithm algorithm,
                                           const struct merkle_nodes *nodes, uint64_t begin,
                                           uint64_t end, uint64_t size, struct merkle_path *path);
/* Is [begin, end) the range of leaves below one node of some tree? (4.1 of that draft) */
bool merkle_subtree_is_valid(uint64_t begin, uint64_t end);
/* RFC 9162 2.1.3.2 and 2.1.4.2. STATUS_OK or STATUS_MISMATCH. */
MUST_CHECK enum status merkle_verify_inclusion(enum digest_algorithm algorithm,
                                               const struct digest *leaf, uint64_t index,
                                               uint64_t size, const struct merkle_path *path,
                                               const struct digest *root);
MUST_CHECK enum status merkle_verify_consistency(enum digest_algorithm algorithm, uint64_t first,
                                                 const struct digest *first_root, uint64_t second,
                                                 const struct digest *second_root,
                                                 const struct merkle_path *path);

#endif
