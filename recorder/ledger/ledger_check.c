/*
 * The check of stored rows, in steps of a chunk: leaves against their node of level 8 (of the
 * unfinished chunk: against the peaks in memory, which hash to the newest signed root), rows
 * against leaves, bodies against heads.
 */
#include <string.h>

#include "ledger/ledger_tree.h"

struct check {
    struct ledger *ledger;
    void (*fault)(void *context, enum ledger_fault fault, uint64_t number);
    void *context;
};

/* Do these leaves give what the tree says of the chunk? */
static enum status chunk_fits(struct ledger *ledger, const struct ledger_chunk *chunk, bool *fits,
                              struct error *error)
{
    struct merkle_frontier frontier;
    ledger_chunk_frontier(ledger, chunk, &frontier);
    *fits = true;
    if (chunk->count == LEDGER_CHUNK_LEAVES) {
        struct digest node;
        enum status status = ledger_tree_get(ledger, LEDGER_CHUNK_LEVEL,
                                             chunk->first >> LEDGER_CHUNK_LEVEL, &node, error);
        *fits = status == STATUS_OK && digest_equal(&node, &frontier.peaks[0]);
        return status == STATUS_NOT_FOUND || status == STATUS_MISMATCH ? STATUS_OK : status;
    }
    /* The unfinished chunk's peaks are the last ones of the tree. */
    const struct merkle_frontier *whole = &ledger->committed;
    unsigned own = (unsigned)__builtin_popcountll(frontier.size);
    unsigned all = (unsigned)__builtin_popcountll(whole->size);
    for (unsigned i = 0; i < own; i++) {
        *fits = *fits && digest_equal(&frontier.peaks[i], &whole->peaks[all - own + i]);
    }
    return STATUS_OK;
}

/* Leaves the chunk's true leaf hashes in *chunk; *stored tells whether they are the stored ones.
 * STATUS_NOT_FOUND: neither these nor the rows give what the tree says; the stored ones are left.
 */
static enum status true_leaves(struct ledger *ledger, struct ledger_chunk *chunk, bool *stored,
                               struct error *error)
{
    struct ledger_chunk rows = {.first = chunk->first, .count = chunk->count};
    bool whole = false;
    bool fits = false;
    enum status status = ledger_chunk_stored(ledger, chunk, &whole, error);
    if (status == STATUS_OK) {
        status = chunk_fits(ledger, chunk, stored, error);
    }
    if (status != STATUS_OK || *stored) {
        return status;
    }
    status = ledger_chunk_from_rows(ledger, &rows, &whole, error);
    if (status == STATUS_OK) {
        status = chunk_fits(ledger, &rows, &fits, error);
    }
    if (status != STATUS_OK || !fits) {
        return status == STATUS_OK ? STATUS_NOT_FOUND : status;
    }
    *chunk = rows;
    return STATUS_OK;
}

/* Leaves the chunk's true leaf hashes in *chunk, mending what is stored where that can be done. */
static enum status check_chunk(const struct check *check, struct ledger_chunk *chunk,
                               struct error *error)
{
    bool stored = false;
    enum status status = true_leaves(check->ledger, chunk, &stored, error);
    if (status == STATUS_NOT_FOUND) {
        check->fault(check->context, LEDGER_LEAVES_ALTERED, chunk->first);
        return STATUS_OK;
    }
    bool whole = status == STATUS_OK && stored && ledger_chunk_inside_fits(check->ledger, chunk) &&
                 !check->ledger->unsound;
    if (status != STATUS_OK || whole) {
        return status;
    }
    check->fault(check->context, LEDGER_NODES_MENDED, chunk->first);
    return ledger_tree_write_chunk(check->ledger, chunk, error);
}

/* What is wrong with the row, 0 if nothing. The statement stands on it. */
static enum ledger_fault judge_row(const struct ledger *ledger, sqlite3_stmt *row,
                                   const struct digest *leaf)
{
    struct digest own;
    struct record_head head;
    struct bytes line = sql_column_bytes(row, 0);
    merkle_leaf(ledger->algorithm, line, &own);
    if (!digest_equal(&own, leaf) || record_head_parse(line, &head, NULL) != STATUS_OK) {
        return LEDGER_ROW_HEAD;
    }
    if (sqlite3_column_type(row, 1) == SQLITE_NULL) {
        return record_kind_is_permanent(head.kind) ? LEDGER_ROW_BODY_GONE : (enum ledger_fault)0;
    }
    return record_body_check(ledger->algorithm, &head, sql_column_bytes(row, 1), NULL) == STATUS_OK
               ? (enum ledger_fault)0
               : LEDGER_ROW_BODY;
}

static enum status check_row(const struct check *check, uint64_t number, const struct digest *leaf,
                             struct error *error)
{
    sqlite3_stmt *select = check->ledger->statements[LEDGER_SELECT_RECORD];
    (void)sqlite3_bind_int64(select, 1, (sqlite3_int64)number);
    enum ledger_fault fault = LEDGER_ROW_MISSING;
    enum status status = sql_step_row(select, error);
    if (status == STATUS_OK) {
        fault = judge_row(check->ledger, select, leaf);
        (void)sqlite3_reset(select);
    } else if (status == STATUS_MISMATCH || status == STATUS_IO) {
        fault = LEDGER_ROW_UNREADABLE;
    } else if (status != STATUS_END) {
        return status;
    }
    if (fault != 0) {
        check->fault(check->context, fault, number);
    }
    return STATUS_OK;
}

enum status ledger_check_rows(struct ledger *ledger, uint64_t from, uint32_t budget, uint64_t *next,
                              void (*fault)(void *context, enum ledger_fault fault,
                                            uint64_t number),
                              void *context, struct error *error)
{
    const struct check check = {.ledger = ledger, .fault = fault, .context = context};
    enum status status = ledger_usable(ledger, error);
    uint64_t at = from - from % LEDGER_CHUNK_LEAVES;
    uint64_t end = from + budget;
    while (status == STATUS_OK && at < ledger->committed.size && at < end) {
        uint64_t left = ledger->committed.size - at;
        struct ledger_chunk chunk = {.first = at,
                                     .count = left < LEDGER_CHUNK_LEAVES ? (unsigned)left
                                                                         : LEDGER_CHUNK_LEAVES};
        status = check_chunk(&check, &chunk, error);
        for (unsigned i = 0; i < chunk.count && status == STATUS_OK; i++) {
            status = check_row(&check, at + i, &chunk.leaves[i], error);
        }
        at += chunk.count;
    }
    *next = at < ledger->committed.size ? at : ledger->committed.size;
    return status;
}

enum status ledger_leaves(struct ledger *ledger, uint64_t first,
                          struct digest leaves[LEDGER_LEAVES_MAX], unsigned *count,
                          struct error *error)
{
    uint64_t left = first < ledger->committed.size ? ledger->committed.size - first : 0;
    struct ledger_chunk chunk = {
        .first = first, .count = left < LEDGER_LEAVES_MAX ? (unsigned)left : LEDGER_LEAVES_MAX};
    bool stored = false;
    enum status status = ledger_usable(ledger, error);
    *count = chunk.count;
    if (status == STATUS_OK && chunk.count > 0) {
        status = true_leaves(ledger, &chunk, &stored, error);
    }
    memcpy(leaves, chunk.leaves, sizeof chunk.leaves);
    return status;
}
