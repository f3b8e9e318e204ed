#include "ledger/ledger_tree.h"

#include <string.h>

enum status ledger_tree_get(struct ledger *ledger, unsigned level, uint64_t position,
                            struct digest *node, struct error *error)
{
    sqlite3_stmt *select = ledger->statements[LEDGER_SELECT_NODE];
    (void)sqlite3_bind_int64(select, 1, (sqlite3_int64)level);
    (void)sqlite3_bind_int64(select, 2, (sqlite3_int64)position);
    enum status status = sql_step_row(select, error);
    ledger->unsound = ledger->unsound || status == STATUS_MISMATCH;
    if (status != STATUS_OK) {
        return status == STATUS_END ? STATUS_NOT_FOUND : status;
    }
    struct bytes hash = sql_column_bytes(select, 0);
    if (hash.size == sizeof node->bytes) {
        memcpy(node->bytes, hash.data, hash.size);
    } else {
        status = STATUS_NOT_FOUND;
    }
    (void)sqlite3_reset(select);
    return status;
}

static enum status get_for_path(void *context, unsigned level, uint64_t index, struct digest *node)
{
    return ledger_tree_get(context, level, index, node, NULL);
}

struct merkle_nodes ledger_tree_nodes(struct ledger *ledger)
{
    return (struct merkle_nodes){.get = get_for_path, .context = ledger};
}

enum status ledger_tree_frontier(struct ledger *ledger, uint64_t size,
                                 struct merkle_frontier *frontier, struct error *error)
{
    merkle_frontier_init(frontier);
    frontier->size = size;
    unsigned peak = 0;
    uint64_t done = 0;
    for (unsigned level = MERKLE_LEVELS; level-- > 0;) {
        if ((size >> level & 1) == 0) {
            continue;
        }
        enum status status =
            ledger_tree_get(ledger, level, done >> level, &frontier->peaks[peak++], error);
        if (status != STATUS_OK) {
            return status;
        }
        done += UINT64_C(1) << level;
    }
    return STATUS_OK;
}

/* One node against its two children. */
static enum status check_node(struct ledger *ledger, unsigned level, uint64_t position,
                              struct error *error)
{
    struct digest node;
    struct digest left;
    struct digest right;
    enum status status = ledger_tree_get(ledger, level, position, &node, error);
    if (status == STATUS_OK) {
        status = ledger_tree_get(ledger, level - 1, 2 * position, &left, error);
    }
    if (status == STATUS_OK) {
        status = ledger_tree_get(ledger, level - 1, 2 * position + 1, &right, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct digest expected;
    merkle_node(ledger->algorithm, &left, &right, &expected);
    return digest_equal(&node, &expected) ? STATUS_OK : STATUS_NOT_FOUND;
}

enum status ledger_tree_check_upper(struct ledger *ledger, uint64_t size, struct error *error)
{
    for (unsigned level = LEDGER_CHUNK_LEVEL + 1; level < MERKLE_LEVELS && size >> level != 0;
         level++) {
        for (uint64_t position = 0; position < size >> level; position++) {
            enum status status = check_node(ledger, level, position, error);
            if (status != STATUS_OK) {
                return status;
            }
        }
    }
    return STATUS_OK;
}

/* A part of the file that cannot be read counts as not there; the system failing does not. */
static bool is_absence(enum status status)
{
    return status == STATUS_NOT_FOUND || status == STATUS_END || status == STATUS_MISMATCH;
}

enum status ledger_chunk_stored(struct ledger *ledger, struct ledger_chunk *chunk, bool *whole,
                                struct error *error)
{
    *whole = true;
    for (unsigned i = 0; i < chunk->count; i++) {
        enum status status = ledger_tree_get(ledger, 0, chunk->first + i, &chunk->leaves[i], error);
        if (status != STATUS_OK && !is_absence(status)) {
            return status;
        }
        if (status != STATUS_OK) {
            memset(&chunk->leaves[i], 0, sizeof chunk->leaves[i]);
            *whole = false;
        }
    }
    return STATUS_OK;
}

enum status ledger_chunk_from_rows(struct ledger *ledger, struct ledger_chunk *chunk, bool *whole,
                                   struct error *error)
{
    sqlite3_stmt *select = ledger->statements[LEDGER_SELECT_RECORD];
    *whole = true;
    for (unsigned i = 0; i < chunk->count; i++) {
        memset(&chunk->leaves[i], 0, sizeof chunk->leaves[i]);
        (void)sqlite3_bind_int64(select, 1, (sqlite3_int64)chunk->first + i);
        enum status status = sql_step_row(select, error);
        if (status == STATUS_OK) {
            merkle_leaf(ledger->algorithm, sql_column_bytes(select, 0), &chunk->leaves[i]);
            (void)sqlite3_reset(select);
        } else if (is_absence(status)) {
            *whole = false;
        } else {
            return status;
        }
    }
    return STATUS_OK;
}

void ledger_chunk_frontier(const struct ledger *ledger, const struct ledger_chunk *chunk,
                           struct merkle_frontier *frontier)
{
    merkle_frontier_init(frontier);
    for (unsigned i = 0; i < chunk->count; i++) {
        merkle_frontier_add(ledger->algorithm, frontier, &chunk->leaves[i], NULL, NULL);
    }
}

struct inside {
    struct ledger *ledger;
    uint64_t first;
    bool fits;
};

static void compare_inside(void *context, unsigned level, uint64_t position,
                           const struct digest *node)
{
    struct inside *inside = context;
    struct digest stored;
    if (inside->fits && level > 0) {
        inside->fits = ledger_tree_get(inside->ledger, level, position + (inside->first >> level),
                                       &stored, NULL) == STATUS_OK &&
                       digest_equal(&stored, node);
    }
}

bool ledger_chunk_inside_fits(struct ledger *ledger, const struct ledger_chunk *chunk)
{
    struct inside inside = {.ledger = ledger, .first = chunk->first, .fits = true};
    struct merkle_frontier frontier;
    merkle_frontier_init(&frontier);
    for (unsigned i = 0; i < chunk->count; i++) {
        merkle_frontier_add(ledger->algorithm, &frontier, &chunk->leaves[i], compare_inside,
                            &inside);
    }
    return inside.fits;
}

static void chunk_root(const struct ledger *ledger, const struct ledger_chunk *chunk,
                       struct digest *root)
{
    struct merkle_frontier frontier;
    ledger_chunk_frontier(ledger, chunk, &frontier);
    merkle_frontier_root(ledger->algorithm, &frontier, root);
}

/* The chunk's leaves from whichever copy its node of level 8 confirms. Where that node does not
 * decide, `prefer_rows` does; the root over all judges the choice. */
static enum status chunk_resolve(struct ledger *ledger, bool prefer_rows,
                                 struct ledger_chunk *chunk, struct error *error)
{
    struct ledger_chunk rows = {.first = chunk->first, .count = chunk->count};
    bool stored_whole = false;
    bool rows_whole = false;
    enum status status = ledger_chunk_stored(ledger, chunk, &stored_whole, error);
    if (status == STATUS_OK) {
        status = ledger_chunk_from_rows(ledger, &rows, &rows_whole, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    bool take_rows = !stored_whole || (rows_whole && prefer_rows);
    struct digest node;
    if (chunk->count == LEDGER_CHUNK_LEAVES &&
        ledger_tree_get(ledger, LEDGER_CHUNK_LEVEL, chunk->first >> LEDGER_CHUNK_LEVEL, &node,
                        NULL) == STATUS_OK) {
        struct digest from_stored;
        struct digest from_rows;
        chunk_root(ledger, chunk, &from_stored);
        chunk_root(ledger, &rows, &from_rows);
        if (digest_equal(&node, &from_stored)) {
            take_rows = false;
        } else if (digest_equal(&node, &from_rows)) {
            take_rows = true;
        }
    }
    if (take_rows) {
        *chunk = rows;
    }
    return STATUS_OK;
}

struct rebuild {
    struct ledger *ledger;
    uint64_t size;
    bool prefer_rows;
    bool write;
    uint64_t first; /* of the chunk at hand, for ledger_tree_write_chunk */
    const struct ledger_chunk *chunk;
    struct digest root;
    enum status status;
    struct error *error;
};

static enum status write_node(struct ledger *ledger, unsigned level, uint64_t position,
                              const struct digest *node, struct error *error)
{
    sqlite3_stmt *insert = ledger->statements[LEDGER_INSERT_NODE];
    (void)sqlite3_bind_int64(insert, 1, (sqlite3_int64)level);
    (void)sqlite3_bind_int64(insert, 2, (sqlite3_int64)position);
    sql_bind_bytes(insert, 3, (struct bytes){node->bytes, sizeof node->bytes});
    return sql_step_done(insert, error);
}

static void rebuild_node(void *context, unsigned level, uint64_t position,
                         const struct digest *node)
{
    struct rebuild *rebuild = context;
    if (rebuild->write && rebuild->status == STATUS_OK) {
        rebuild->status = write_node(rebuild->ledger, level, position + (rebuild->first >> level),
                                     node, rebuild->error);
    }
}

/* Over all chunks; computes the root, and writes the nodes if asked. */
static enum status rebuild_pass(struct rebuild *rebuild)
{
    struct ledger *ledger = rebuild->ledger;
    struct merkle_frontier frontier;
    merkle_frontier_init(&frontier);
    while (frontier.size < rebuild->size && rebuild->status == STATUS_OK) {
        uint64_t left = rebuild->size - frontier.size;
        struct ledger_chunk chunk = {.first = frontier.size,
                                     .count = left < LEDGER_CHUNK_LEAVES ? (unsigned)left
                                                                         : LEDGER_CHUNK_LEAVES};
        rebuild->status = chunk_resolve(ledger, rebuild->prefer_rows, &chunk, rebuild->error);
        for (unsigned i = 0; i < chunk.count && rebuild->status == STATUS_OK; i++) {
            merkle_frontier_add(ledger->algorithm, &frontier, &chunk.leaves[i], rebuild_node,
                                rebuild);
        }
    }
    merkle_frontier_root(ledger->algorithm, &frontier, &rebuild->root);
    return rebuild->status;
}

static enum status rebuild_write(void *context, struct sqlite3 *database, struct error *error)
{
    (void)database;
    struct rebuild *rebuild = context;
    rebuild->write = true;
    rebuild->error = error;
    return rebuild_pass(rebuild);
}

enum status ledger_tree_rebuild(struct ledger *ledger, uint64_t size, const struct digest *root,
                                struct error *error)
{
    for (int prefer_rows = 0; prefer_rows < 2; prefer_rows++) {
        struct rebuild rebuild = {
            .ledger = ledger, .size = size, .prefer_rows = prefer_rows != 0, .error = error};
        enum status status = rebuild_pass(&rebuild);
        if (status != STATUS_OK) {
            return status;
        }
        if (digest_equal(&rebuild.root, root)) {
            return ledger_run_transaction(ledger, rebuild_write, &rebuild, error);
        }
    }
    return error_set(error, STATUS_NOT_FOUND,
                     "neither the stored leaf hashes nor the rows hash to the signed root");
}

/* In the order of the table, the chunk's nodes of this level follow one another. */
static enum status walk_level(sqlite3_stmt *select, unsigned level, uint64_t from, uint64_t count,
                              bool *whole, struct error *error)
{
    enum status status = STATUS_OK;
    (void)sqlite3_bind_int64(select, 1, (sqlite3_int64)level);
    (void)sqlite3_bind_int64(select, 2, (sqlite3_int64)from);
    for (uint64_t i = 0; i < count && *whole && status == STATUS_OK; i++) {
        status = sql_step_row(select, error);
        *whole = status == STATUS_OK && sqlite3_column_int64(select, 0) == (sqlite3_int64)level &&
                 (uint64_t)sqlite3_column_int64(select, 1) == from + i;
    }
    (void)sqlite3_reset(select);
    return status == STATUS_END ? STATUS_OK : status;
}

/* Where a cell's pointer is damaged, the node that it led to is written beside it, and the wrong
 * cell stays: by their keys all nodes are found, until the next write to the page. */
static enum status walk_chunk(struct ledger *ledger, const struct ledger_chunk *chunk, bool *whole,
                              struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    enum status status = sql_prepare(ledger->database,
                                     "SELECT level, position FROM node WHERE level = ?1"
                                     " AND position >= ?2 ORDER BY position",
                                     &select, error);
    for (unsigned level = 0; level <= LEDGER_CHUNK_LEVEL && status == STATUS_OK; level++) {
        status =
            walk_level(select, level, chunk->first >> level, chunk->count >> level, whole, error);
    }
    return status;
}

/* Does the file give what was written? A page whose pointers are damaged may not. */
static enum status read_back(struct ledger *ledger, const struct ledger_chunk *written,
                             struct error *error)
{
    struct ledger_chunk chunk = {.first = written->first, .count = written->count};
    bool whole = false;
    enum status status = ledger_chunk_stored(ledger, &chunk, &whole, error);
    for (unsigned i = 0; i < chunk.count; i++) {
        whole = whole && digest_equal(&chunk.leaves[i], &written->leaves[i]);
    }
    whole = whole && ledger_chunk_inside_fits(ledger, written);
    if (status == STATUS_OK && whole) {
        status = walk_chunk(ledger, written, &whole, error);
    }
    if (status == STATUS_OK && (!whole || ledger->unsound)) {
        status = error_set(error, STATUS_MISMATCH, "mended nodes cannot be read back");
    }
    return status;
}

static enum status chunk_write(void *context, struct sqlite3 *database, struct error *error)
{
    (void)database;
    struct rebuild *rebuild = context;
    rebuild->error = error;
    struct merkle_frontier frontier;
    merkle_frontier_init(&frontier);
    for (unsigned i = 0; i < rebuild->chunk->count && rebuild->status == STATUS_OK; i++) {
        merkle_frontier_add(rebuild->ledger->algorithm, &frontier, &rebuild->chunk->leaves[i],
                            rebuild_node, rebuild);
    }
    return rebuild->status == STATUS_OK ? read_back(rebuild->ledger, rebuild->chunk, error)
                                        : rebuild->status;
}

enum status ledger_tree_write_chunk(struct ledger *ledger, const struct ledger_chunk *chunk,
                                    struct error *error)
{
    struct rebuild rebuild = {
        .ledger = ledger, .write = true, .first = chunk->first, .chunk = chunk};
    return ledger_run_transaction(ledger, chunk_write, &rebuild, error);
}
