/*
 * Rows and checkpoints beyond the newest checkpoint: counted, and moved where they are kept and
 * never signed.
 */
#include "ledger/ledger_recovery.h"

/* What stands beyond the newest checkpoint ?1, for counting and for moving. */
#define ROWS_BEYOND        "FROM record WHERE number < 0 OR number >= ?1"
#define CHECKPOINTS_BEYOND "FROM checkpoint WHERE size < 1 OR size > ?1"

static enum status run_with(const struct recovery *recovery, const char *text, sqlite3_int64 *count,
                            struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *statement = NULL;
    enum status status = sql_prepare(recovery->ledger->database, text, &statement, error);
    if (status != STATUS_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)recovery->newest.size);
    if (sqlite3_bind_parameter_count(statement) > 1) {
        (void)sqlite3_bind_int64(statement, 2, clock_now(recovery->ledger->clock).utc_ns);
    }
    status = sql_step_row(statement, error);
    if (status == STATUS_OK && count != NULL) {
        *count = sqlite3_column_int64(statement, 0);
    }
    return status == STATUS_END ? STATUS_OK : status;
}

enum status recovery_count_beyond(struct recovery *recovery, struct error *error)
{
    sqlite3_int64 rows = 0;
    sqlite3_int64 checkpoints = 0;
    enum status status = run_with(recovery, "SELECT count(*) " ROWS_BEYOND, &rows, error);
    if (status == STATUS_OK) {
        status = run_with(recovery, "SELECT count(*) " CHECKPOINTS_BEYOND, &checkpoints, error);
    }
    recovery->findings->rows_quarantined = (uint64_t)rows + (uint64_t)checkpoints;
    recovery->quarantine = rows + checkpoints != 0;
    return status;
}

enum status recovery_move_beyond(const struct recovery *recovery, struct error *error)
{
    static const char *const steps[] = {
        "INSERT INTO quarantine (found_utc_ns, origin_table, number, head, body)"
        " SELECT ?2, 'record', number, head, body " ROWS_BEYOND,
        "DELETE " ROWS_BEYOND,
        "INSERT INTO quarantine (found_utc_ns, origin_table, number, head, body)"
        " SELECT ?2, 'checkpoint', size, note, NULL " CHECKPOINTS_BEYOND,
        "DELETE " CHECKPOINTS_BEYOND,
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        enum status status = run_with(recovery, steps[i], NULL, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

enum status recovery_drop_nodes(const struct recovery *recovery, struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *drop = NULL;
    enum status status = sql_prepare(
        recovery->ledger->database,
        "DELETE FROM node WHERE level = ?1 AND (position < 0 OR position >= ?2)", &drop, error);
    for (int level = 0; level < MERKLE_LEVELS && status == STATUS_OK; level++) {
        (void)sqlite3_bind_int(drop, 1, level);
        (void)sqlite3_bind_int64(drop, 2, (sqlite3_int64)(recovery->newest.size >> level));
        status = sql_step_done(drop, error);
    }
    return status == STATUS_OK ? sql_run(recovery->ledger->database,
                                         "DELETE FROM node WHERE level < 0 OR level >= 64", error)
                               : status;
}
