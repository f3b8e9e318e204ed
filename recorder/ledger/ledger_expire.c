/*
 * Bodies go; heads, and with them the tree, stay for ever.
 */
#include "ledger/ledger_tree.h"

/* The kind of a committed record. STATUS_NOT_FOUND if its row is missing, lies on a damaged page,
 * or is not the one that was recorded: an altered head could disguise a kind that stays. */
static enum status kind_of(struct ledger *ledger, uint64_t number, enum record_kind *kind,
                           struct error *error)
{
    struct digest stored;
    enum status status = ledger_tree_get(ledger, 0, number, &stored, error);
    sqlite3_stmt *select = ledger->statements[LEDGER_SELECT_RECORD];
    (void)sqlite3_bind_int64(select, 1, (sqlite3_int64)number);
    if (status == STATUS_OK) {
        status = sql_step_row(select, error);
    }
    if (status != STATUS_OK) {
        bool gone = status == STATUS_END || status == STATUS_MISMATCH;
        return gone ? STATUS_NOT_FOUND : status;
    }
    struct record_head head = {0};
    struct digest leaf;
    struct bytes line = sql_column_bytes(select, 0);
    merkle_leaf(ledger->algorithm, line, &leaf);
    if (!digest_equal(&leaf, &stored) || record_head_parse(line, &head, NULL) != STATUS_OK) {
        status = STATUS_NOT_FOUND;
    }
    *kind = head.kind;
    (void)sqlite3_reset(select);
    return status;
}

struct expiring {
    struct ledger *ledger;
    const uint64_t *numbers;
    size_t count;
};

static enum status clear_bodies(void *context, struct sqlite3 *database, struct error *error)
{
    (void)database;
    const struct expiring *expiring = context;
    sqlite3_stmt *clear = expiring->ledger->statements[LEDGER_CLEAR_BODY];
    for (size_t i = 0; i < expiring->count; i++) {
        enum record_kind kind;
        enum status status = kind_of(expiring->ledger, expiring->numbers[i], &kind, error);
        if (status == STATUS_NOT_FOUND) {
            continue; /* altered: what is left of it stays */
        }
        (void)sqlite3_bind_int64(clear, 1, (sqlite3_int64)expiring->numbers[i]);
        if (status == STATUS_OK) {
            status = sql_step_done(clear, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* All of them may go, or none goes. */
static enum status judge(struct ledger *ledger, const uint64_t *numbers, size_t count,
                         struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        enum record_kind kind = RECORD_ENTRY;
        if (numbers[i] >= ledger->committed.size) {
            return error_set(error, STATUS_NOT_FOUND, "record %llu is not committed",
                             (unsigned long long)numbers[i]);
        }
        enum status status = kind_of(ledger, numbers[i], &kind, error);
        if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
            return status;
        }
        if (status == STATUS_OK && record_kind_is_permanent(kind)) {
            return error_set(error, STATUS_REFUSED,
                             "record %llu is of a kind that stays whole for ever",
                             (unsigned long long)numbers[i]);
        }
    }
    return STATUS_OK;
}

enum status ledger_expire_bodies(struct ledger *ledger, uint64_t expiry, const uint64_t *numbers,
                                 size_t count, struct error *error)
{
    enum record_kind kind = RECORD_LEDGER;
    enum status status = ledger_usable(ledger, error);
    if (status == STATUS_OK && expiry < ledger->committed.size) {
        status = kind_of(ledger, expiry, &kind, error);
    }
    if (status == STATUS_OK && kind != RECORD_EXPIRY) {
        return error_set(error, STATUS_REFUSED, "record %llu is no committed expiry record",
                         (unsigned long long)expiry);
    }
    if (status == STATUS_OK) {
        status = judge(ledger, numbers, count, error);
    }
    if (status != STATUS_OK || count == 0) {
        return status;
    }
    struct expiring expiring = {.ledger = ledger, .numbers = numbers, .count = count};
    return ledger_run_transaction(ledger, clear_bodies, &expiring, error);
}
