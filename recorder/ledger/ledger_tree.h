/*
 * The stored tree: reading nodes, holding them against one another, and making them again from
 * leaf hashes or rows. Internal to the ledger.
 *
 * Leaves are taken in chunks of 256 (level 8). The nodes above are checked at every start, for
 * they are few; what lies inside a chunk is checked in steps later, against its node of level 8.
 */
#ifndef SEALROOM_LEDGER_LEDGER_TREE_H
#define SEALROOM_LEDGER_LEDGER_TREE_H

#include "ledger/ledger_internal.h"

#define LEDGER_CHUNK_LEVEL  8u
#define LEDGER_CHUNK_LEAVES LEDGER_LEAVES_MAX

/* STATUS_NOT_FOUND, STATUS_MISMATCH (damaged file or a hash of a wrong length), STATUS_IO. */
MUST_CHECK enum status ledger_tree_get(struct ledger *ledger, unsigned level, uint64_t position,
                                       struct digest *node, struct error *error);
/* The same for merkle_inclusion_path. */
struct merkle_nodes ledger_tree_nodes(struct ledger *ledger);

/* The frontier of the first `size` records from the stored nodes. */
MUST_CHECK enum status ledger_tree_frontier(struct ledger *ledger, uint64_t size,
                                            struct merkle_frontier *frontier, struct error *error);
/* Do the nodes above level 8 fit those below them? STATUS_NOT_FOUND if one is missing or wrong. */
MUST_CHECK enum status ledger_tree_check_upper(struct ledger *ledger, uint64_t size,
                                               struct error *error);

/* Leaf hashes of a chunk, or of its part that is in the tree. */
struct ledger_chunk {
    uint64_t first; /* number of its first leaf */
    unsigned count;
    struct digest leaves[LEDGER_CHUNK_LEAVES];
};

/* As stored. A leaf that is missing or unreadable is zero, and *whole false. */
MUST_CHECK enum status ledger_chunk_stored(struct ledger *ledger, struct ledger_chunk *chunk,
                                           bool *whole, struct error *error);
/* As the rows' heads have it. */
MUST_CHECK enum status ledger_chunk_from_rows(struct ledger *ledger, struct ledger_chunk *chunk,
                                              bool *whole, struct error *error);
void ledger_chunk_frontier(const struct ledger *ledger, const struct ledger_chunk *chunk,
                           struct merkle_frontier *frontier);
/* Are the stored nodes above the chunk's leaves, up to level 8, what these leaves give? */
bool ledger_chunk_inside_fits(struct ledger *ledger, const struct ledger_chunk *chunk);

/* Makes all nodes again so that they hash to `root`, from stored leaf hashes where they fit and
 * from rows where those do. STATUS_NOT_FOUND: neither gives the root; nothing was written. */
MUST_CHECK enum status ledger_tree_rebuild(struct ledger *ledger, uint64_t size,
                                           const struct digest *root, struct error *error);
/* Writes a chunk's leaves and the nodes inside it, in a transaction of its own, and reads them
 * back: a damaged page takes them and does not give them again, and then nothing is written and
 * the file is marked as damaged. */
MUST_CHECK enum status ledger_tree_write_chunk(struct ledger *ledger,
                                               const struct ledger_chunk *chunk,
                                               struct error *error);

#endif
