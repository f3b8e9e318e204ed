/*
 * The sources' counters at a start: are they right, and if not, what are they?
 */
#include <string.h>

#include "ledger/ledger_recovery.h"

bool recovery_row_in_tree(const struct recovery *recovery, uint64_t number,
                          struct record_head *head)
{
    struct ledger *ledger = recovery->ledger;
    sqlite3_stmt *select = ledger->statements[LEDGER_SELECT_RECORD];
    (void)sqlite3_bind_int64(select, 1, (sqlite3_int64)number);
    if (number >= recovery->newest.size || sql_step_row(select, NULL) != STATUS_OK) {
        return false;
    }
    struct bytes line = sql_column_bytes(select, 0);
    struct digest leaf;
    merkle_leaf(ledger->algorithm, line, &leaf);
    bool parsed = record_head_parse(line, head, NULL) == STATUS_OK;
    (void)sqlite3_reset(select);
    struct merkle_nodes nodes = ledger_tree_nodes(ledger);
    struct merkle_path path;
    return parsed &&
           merkle_inclusion_path(ledger->algorithm, &nodes, number, recovery->newest.size, &path) ==
               STATUS_OK &&
           merkle_verify_inclusion(ledger->algorithm, &leaf, number, recovery->newest.size, &path,
                                   &recovery->newest.root) == STATUS_OK;
}

/* One stored counter. A record that was altered since cannot bear its counter out, and must not
 * make the source count its number twice: such a counter is taken as it is, and the sum judges. */
static enum status take_counter(const struct recovery *recovery, struct ledger_sources *sources,
                                const struct record_head *claim, uint64_t number, bool *proven)
{
    struct record_head head;
    if (!recovery_row_in_tree(recovery, number, &head)) {
        *proven = *proven && number < recovery->newest.size;
        return ledger_sources_note(sources, claim, number);
    }
    *proven = *proven && head.seq == claim->seq && strcmp(head.source, claim->source) == 0;
    return ledger_sources_note(sources, &head, number);
}

/* The stored counters into *sources; *proven tells whether all of them are right. */
static enum status load_sources(const struct recovery *recovery, struct ledger_sources *sources,
                                bool *proven, struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    enum status status = sql_prepare(recovery->ledger->database,
                                     "SELECT name, seq, number FROM source", &select, error);
    *proven = true;
    while (status == STATUS_OK && (status = sql_step_row(select, error)) == STATUS_OK) {
        struct record_head claim = {.seq = (uint64_t)sqlite3_column_int64(select, 1)};
        struct bytes name = sql_column_bytes(select, 0);
        if (name.size >= sizeof claim.source || claim.seq > recovery->newest.size) {
            *proven = false;
            continue;
        }
        memcpy(claim.source, name.data, name.size);
        status = take_counter(recovery, sources, &claim, (uint64_t)sqlite3_column_int64(select, 2),
                              proven);
    }
    *proven = *proven && ledger_sources_sum(sources) == recovery->newest.size;
    return status == STATUS_END ? STATUS_OK : status;
}

/* Counts again from all heads that fit their leaves; a source's largest seq counts. */
static enum status count_sources(const struct recovery *recovery, struct ledger_sources *sources,
                                 struct error *error)
{
    struct ledger *ledger = recovery->ledger;
    sqlite3_stmt *select = ledger->statements[LEDGER_SELECT_RECORD];
    for (uint64_t number = 0; number < recovery->newest.size; number++) {
        struct digest stored;
        struct digest leaf;
        struct record_head head;
        (void)sqlite3_bind_int64(select, 1, (sqlite3_int64)number);
        if (ledger_tree_get(ledger, 0, number, &stored, NULL) != STATUS_OK ||
            sql_step_row(select, NULL) != STATUS_OK) {
            continue;
        }
        struct bytes line = sql_column_bytes(select, 0);
        merkle_leaf(ledger->algorithm, line, &leaf);
        bool sound =
            digest_equal(&leaf, &stored) && record_head_parse(line, &head, NULL) == STATUS_OK;
        (void)sqlite3_reset(select);
        const struct ledger_source *known =
            sound ? ledger_sources_find(sources, head.source) : NULL;
        if (sound && (known == NULL || known->seq < head.seq)) {
            enum status status = ledger_sources_note(sources, &head, number);
            if (status != STATUS_OK) {
                return error_set(error, status, "no room for the sources' counters");
            }
        }
    }
    return STATUS_OK;
}

enum status recovery_check_sources(struct recovery *recovery, struct error *error)
{
    struct ledger *ledger = recovery->ledger;
    bool proven = false;
    enum status status = load_sources(recovery, &ledger->sources, &proven, error);
    if (status == STATUS_OK && !proven) {
        recovery->mend_sources = true;
        ledger_sources_release(&ledger->sources);
        status = count_sources(recovery, &ledger->sources, error);
    }
    for (size_t i = 0; i < ledger->sources.count; i++) {
        ledger->sources.items[i].changed = false;
    }
    return status;
}

enum status recovery_write_sources(const struct recovery *recovery, struct error *error)
{
    sqlite3_stmt *set = recovery->ledger->statements[LEDGER_SET_SOURCE];
    enum status status = sql_run(recovery->ledger->database, "DELETE FROM source", error);
    for (size_t i = 0; i < recovery->ledger->sources.count && status == STATUS_OK; i++) {
        const struct ledger_source *source = &recovery->ledger->sources.items[i];
        sql_bind_text(set, 1, source->name);
        (void)sqlite3_bind_int64(set, 2, (sqlite3_int64)source->seq);
        (void)sqlite3_bind_int64(set, 3, (sqlite3_int64)source->number);
        status = sql_step_done(set, error);
    }
    return status;
}
