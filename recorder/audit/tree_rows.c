#include "audit/tree_rows.h"

#include <stdlib.h>

struct tree_rows {
    uint64_t size;
    struct digest *levels[MERKLE_LEVELS]; /* from TREE_CHUNK_LEVEL on */
};

enum status tree_rows_new(uint64_t size, struct tree_rows **rows, struct error *error)
{
    struct tree_rows *made = calloc(1, sizeof(*made));
    bool enough = made != NULL;
    if (enough) {
        made->size = size;
    }
    for (unsigned level = TREE_CHUNK_LEVEL; enough && (size >> level) > 0; level++) {
        made->levels[level] = calloc(size >> level, sizeof(struct digest));
        enough = made->levels[level] != NULL;
    }
    if (!enough) {
        tree_rows_free(made);
        return error_set(error, STATUS_NO_MEMORY, "no memory for the tree");
    }
    *rows = made;
    return STATUS_OK;
}

void tree_rows_free(struct tree_rows *rows)
{
    if (rows == NULL) {
        return;
    }
    for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
        free(rows->levels[level]);
    }
    free(rows);
}

void tree_rows_keep(struct tree_rows *rows, unsigned level, uint64_t index,
                    const struct digest *node)
{
    if (level >= TREE_CHUNK_LEVEL && level < MERKLE_LEVELS && index < rows->size >> level) {
        rows->levels[level][index] = *node;
    }
}

void tree_rows_node(const struct tree_rows *rows, unsigned level, uint64_t index,
                    struct digest *node)
{
    *node = rows->levels[level][index];
}
