/*
 * The inner nodes of the tree as the rows make it. Those of subtrees of TREE_CHUNK leaves and more
 * are kept, a quarter of a byte a record; the ones below are computed again when they are asked
 * for. Internal to the tree.
 */
#ifndef SEALROOM_AUDIT_TREE_ROWS_H
#define SEALROOM_AUDIT_TREE_ROWS_H

#include "ledger/merkle.h"

#define TREE_CHUNK_LEVEL 8u
#define TREE_CHUNK       (UINT64_C(1) << TREE_CHUNK_LEVEL)

struct tree_rows;
MUST_CHECK enum status tree_rows_new(uint64_t size, struct tree_rows **rows, struct error *error);
void tree_rows_free(struct tree_rows *rows);
/* A node below TREE_CHUNK_LEVEL is passed over. */
void tree_rows_keep(struct tree_rows *rows, unsigned level, uint64_t index,
                    const struct digest *node);
/* `level` is TREE_CHUNK_LEVEL at least, and the node complete. */
void tree_rows_node(const struct tree_rows *rows, unsigned level, uint64_t index,
                    struct digest *node);

#endif
