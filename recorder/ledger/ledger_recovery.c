/*
 * What opening checks before anything is signed again, in this order:
 *
 * 1. The newest checkpoint. It stands twice; the larger copy that verifies under the device's own
 *    key counts. If neither verifies, nobody can say where the ledger ended: going on from an
 *    older checkpoint could sign a second history. The ledger is set aside.
 * 2. The tree. The stored peaks must hash to the signed root, the nodes above level 8 must fit
 *    those below. If not, the tree is made again from leaf hashes or rows that give that root.
 * 3. What lies beyond the newest checkpoint goes to quarantine, and is never signed.
 * 4. The sources' counters. Each names a record that is in the tree and bears its seq, and their
 *    sum is the number of records; then every one of them is right, for none can be too large and
 *    the sum leaves none too small. If not, they are counted again from the heads.
 *
 * Rows and the insides of chunks are checked later, in steps (ledger_check.c).
 */
#include <inttypes.h>
#include <string.h>

#include "ledger/ledger_file.h"
#include "ledger/ledger_recovery.h"

static enum status verify_note(const struct ledger *ledger, struct bytes note,
                               struct checkpoint *checkpoint)
{
    return checkpoint_verify(ledger->suite, device_key_public(ledger->key), note, checkpoint, NULL);
}

/* Reads one note by `text` (columns: note, size). STATUS_END: no row. Damage counts as a note that
 * does not verify. */
struct note_copy {
    bool there;
    bool valid;
    int64_t column_size;
    struct checkpoint checkpoint;
    struct buffer note;
};

static enum status read_note(const struct ledger *ledger, const char *text, struct note_copy *copy,
                             struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    enum status status = sql_prepare(ledger->database, text, &select, error);
    if (status == STATUS_OK) {
        status = sql_step_row(select, error);
    }
    if (status != STATUS_OK) {
        return status == STATUS_END ? STATUS_OK : status;
    }
    copy->there = true;
    copy->column_size = sqlite3_column_int64(select, 1);
    struct bytes note = sql_column_bytes(select, 0);
    copy->valid = verify_note(ledger, note, &copy->checkpoint) == STATUS_OK;
    buffer_clear(&copy->note);
    return buffer_append(&copy->note, note.data, note.size);
}

static bool table_is_empty(const struct ledger *ledger, const char *text)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    return sql_prepare(ledger->database, text, &select, NULL) == STATUS_OK &&
           sql_step_row(select, NULL) == STATUS_END;
}

static void name_last(struct ledger_findings *findings, const struct checkpoint *checkpoint,
                      struct bytes note)
{
    if (note.size <= CHECKPOINT_SIZE_MAX) {
        findings->has_last = true;
        findings->last = *checkpoint;
        memcpy(findings->last_note, note.data, note.size);
        findings->last_note[note.size] = 0;
    }
}

/* For the successor of a ledger that must be replaced: the newest checkpoint that still verifies.
 */
static void find_last(const struct ledger *ledger, struct ledger_findings *findings)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    if (sql_prepare(ledger->database, "SELECT note FROM checkpoint ORDER BY size DESC", &select,
                    NULL) != STATUS_OK) {
        return;
    }
    while (!findings->has_last && sql_step_row(select, NULL) == STATUS_OK) {
        struct checkpoint checkpoint;
        struct bytes note = sql_column_bytes(select, 0);
        if (verify_note(ledger, note, &checkpoint) == STATUS_OK) {
            name_last(findings, &checkpoint, note);
        }
    }
}

static enum status must_replace(struct recovery *recovery, struct error *error, const char *why)
{
    recovery->findings->needs_replacement = true;
    return error_set(error, STATUS_MISMATCH, "%s", why);
}

/* Neither copy verifies: a ledger that was only just made, or one that must be replaced. */
static enum status without_checkpoint(struct recovery *recovery, const struct note_copy *newest,
                                      const struct note_copy *top, struct error *error)
{
    struct ledger *ledger = recovery->ledger;
    if (!newest->there && !top->there &&
        table_is_empty(ledger, "SELECT number FROM record LIMIT 1")) {
        return STATUS_OK;
    }
    find_last(ledger, recovery->findings);
    return must_replace(recovery, error,
                        "the newest checkpoint is missing or not signed by this device's key");
}

static enum status choose_newest(struct recovery *recovery, struct note_copy *newest,
                                 struct note_copy *top, struct error *error)
{
    struct ledger *ledger = recovery->ledger;
    if (!newest->valid && !top->valid) {
        return without_checkpoint(recovery, newest, top, error);
    }
    bool take_top =
        top->valid && (!newest->valid || top->checkpoint.size > newest->checkpoint.size);
    struct note_copy *taken = take_top ? top : newest;
    recovery->newest = taken->checkpoint;
    recovery->mend_newest =
        take_top &&
        (!newest->valid || !bytes_equal(buffer_bytes(&top->note), buffer_bytes(&newest->note)));
    recovery->mend_checkpoint =
        !take_top && (!top->valid || top->column_size != (int64_t)newest->checkpoint.size ||
                      !bytes_equal(buffer_bytes(&top->note), buffer_bytes(&newest->note)));
    if (take_top && top->column_size != (int64_t)top->checkpoint.size) {
        recovery->mend_checkpoint = true;
    }
    buffer_release(&ledger->note);
    ledger->note = taken->note;
    taken->note = (struct buffer){0};
    name_last(recovery->findings, &recovery->newest, buffer_bytes(&ledger->note));
    memcpy(ledger->origin, recovery->newest.origin, sizeof ledger->origin);
    return STATUS_OK;
}

static enum status find_newest(struct recovery *recovery, struct error *error)
{
    struct note_copy newest = {0};
    struct note_copy top = {0};
    enum status status =
        read_note(recovery->ledger, "SELECT note, 0 FROM newest WHERE id = 1", &newest, error);
    if (status == STATUS_OK) {
        status =
            read_note(recovery->ledger,
                      "SELECT note, size FROM checkpoint ORDER BY size DESC LIMIT 1", &top, error);
    }
    if (status == STATUS_OK) {
        status = choose_newest(recovery, &newest, &top, error);
    }
    buffer_release(&newest.note);
    buffer_release(&top.note);
    return status;
}

/* Table `ledger` against the checkpoint, which is signed and therefore counts. */
static enum status check_identity(struct recovery *recovery, struct error *error)
{
    struct ledger *ledger = recovery->ledger;
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    enum status status = sql_prepare(
        ledger->database, "SELECT origin, suite, format FROM ledger WHERE id = 1", &select, error);
    if (status == STATUS_OK) {
        status = sql_step_row(select, error);
    }
    if (status != STATUS_OK && status != STATUS_END) {
        return status;
    }
    struct bytes origin = {0};
    bool suite_fits = false;
    if (status == STATUS_OK) {
        origin = sql_column_bytes(select, 0);
        suite_fits =
            bytes_equal(sql_column_bytes(select, 1), bytes_of_text(suite_name(ledger->suite))) &&
            sqlite3_column_int64(select, 2) == 1;
    }
    if (recovery->newest.size != 0) {
        recovery->mend_identity =
            !suite_fits || !bytes_equal(origin, bytes_of_text(ledger->origin));
        return STATUS_OK;
    }
    if (!suite_fits || origin.size == 0 || origin.size >= sizeof ledger->origin) {
        return must_replace(recovery, error,
                            "the ledger has no records, and no origin or another suite");
    }
    memcpy(ledger->origin, origin.data, origin.size);
    ledger->origin[origin.size] = 0;
    return STATUS_OK;
}

static bool tree_fits(struct recovery *recovery, enum status *status, struct error *error)
{
    struct ledger *ledger = recovery->ledger;
    *status = ledger_tree_frontier(ledger, recovery->newest.size, &ledger->committed, error);
    if (*status == STATUS_OK) {
        struct digest root;
        merkle_frontier_root(ledger->algorithm, &ledger->committed, &root);
        if (!digest_equal(&root, &recovery->newest.root)) {
            return false;
        }
        *status = ledger_tree_check_upper(ledger, recovery->newest.size, error);
    }
    return *status == STATUS_OK;
}

static enum status check_tree(struct recovery *recovery, struct error *error)
{
    struct ledger *ledger = recovery->ledger;
    enum status status = STATUS_OK;
    if (recovery->newest.size == 0) {
        merkle_frontier_init(&ledger->committed);
    } else if (!tree_fits(recovery, &status, error)) {
        if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
            return status;
        }
        status = ledger_tree_rebuild(ledger, recovery->newest.size, &recovery->newest.root, error);
        if (status == STATUS_NOT_FOUND) {
            return must_replace(recovery, error,
                                "neither the tree nor the rows fit the newest checkpoint");
        }
        if (status == STATUS_OK && !tree_fits(recovery, &status, error)) {
            /* a damaged page took the nodes and does not give them: the file is copied first */
            status = error_set(error, STATUS_MISMATCH, "the tree could not be made again");
        }
        recovery->findings->nodes_rebuilt = status == STATUS_OK;
    }
    ledger->pending = ledger->committed;
    return status;
}

static enum status put_back_checkpoint(const struct recovery *recovery, struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *put = NULL;
    enum status status = sql_prepare(recovery->ledger->database,
                                     "INSERT OR REPLACE INTO checkpoint"
                                     " (size, at_utc_ns, left_box, note) VALUES (?1, ?2, 0, ?3)",
                                     &put, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct record_head head = {0};
    (void)recovery_row_in_tree(recovery, recovery->newest.size - 1, &head);
    (void)sqlite3_bind_int64(put, 1, (sqlite3_int64)recovery->newest.size);
    (void)sqlite3_bind_int64(put, 2, head.at_utc_ns);
    sql_bind_bytes(put, 3, buffer_bytes(&recovery->ledger->note));
    return sql_step_done(put, error);
}

static enum status mend(void *context, struct sqlite3 *database, struct error *error)
{
    const struct recovery *recovery = context;
    struct ledger *ledger = recovery->ledger;
    enum status status = recovery_drop_nodes(recovery, error);
    if (status == STATUS_OK && recovery->quarantine) {
        status = recovery_move_beyond(recovery, error);
    }
    if (status == STATUS_OK && recovery->mend_checkpoint) {
        status = put_back_checkpoint(recovery, error);
    }
    if (status == STATUS_OK && recovery->mend_newest) {
        sqlite3_stmt *set = ledger->statements[LEDGER_SET_NEWEST];
        sql_bind_bytes(set, 1, buffer_bytes(&ledger->note));
        status = sql_step_done(set, error);
    }
    if (status == STATUS_OK && recovery->mend_identity) {
        status = ledger_write_identity(database, ledger->origin, suite_name(ledger->suite), error);
    }
    if (status == STATUS_OK && recovery->mend_sources) {
        status = recovery_write_sources(recovery, error);
    }
    return status;
}

/* Would the next commit's inserts work? A damaged page at the end of a table shows here, and not
 * only when a door waits. */
static enum status try_writing(struct recovery *recovery, struct error *error)
{
    struct ledger *ledger = recovery->ledger;
    enum status status = sql_step_done(ledger->statements[LEDGER_BEGIN], error);
    sqlite3_int64 next = (sqlite3_int64)recovery->newest.size;
    static const struct bytes nothing = {(const uint8_t *)"", 0};
    static const enum ledger_statement tried[] = {LEDGER_INSERT_RECORD, LEDGER_INSERT_CHECKPOINT,
                                                  LEDGER_SET_NEWEST};
    for (size_t i = 0; i < sizeof tried / sizeof tried[0] && status == STATUS_OK; i++) {
        sqlite3_stmt *statement = ledger->statements[tried[i]];
        int parameters = sqlite3_bind_parameter_count(statement);
        (void)sqlite3_bind_int64(statement, 1, next + (tried[i] == LEDGER_INSERT_CHECKPOINT));
        (void)sqlite3_bind_int64(statement, 2, 0);
        (void)sqlite3_bind_int64(statement, 3, 0);
        sql_bind_bytes(statement, parameters, nothing);
        if (tried[i] == LEDGER_INSERT_RECORD) {
            sql_bind_bytes(statement, 2, nothing);
        }
        status = sql_step_done(statement, error);
    }
    sql_roll_back(ledger->database);
    return status;
}

static void report(const struct recovery *recovery)
{
    struct ledger_findings *findings = recovery->findings;
    findings->checkpoint_mended = recovery->mend_checkpoint || recovery->mend_newest;
    findings->identity_mended = recovery->mend_identity;
    findings->sources_rebuilt = recovery->mend_sources;
    const struct {
        bool found;
        const char *text;
    } parts[] = {
        {findings->nodes_rebuilt, "the tree's nodes were made again; "},
        {findings->file_rebuilt, "the file was damaged and copied row by row; "},
        {findings->checkpoint_mended, "a copy of the newest checkpoint was put back; "},
        {findings->identity_mended, "origin and suite were put back; "},
        {findings->sources_rebuilt, "the sources were counted again; "},
        {recovery->quarantine, "rows beyond the newest checkpoint are in quarantine; "},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].found) {
            (void)strncat(findings->detail, parts[i].text,
                          sizeof findings->detail - strlen(findings->detail) - 1);
        }
    }
    size_t length = strlen(findings->detail);
    length -= length >= 2 ? 2 : 0;
    findings->detail[length] = 0;
    if (findings->damage[0] != 0)
        (void)snprintf(findings->detail + length, sizeof findings->detail - length, ": %s",
                       findings->damage);
}

enum status ledger_recover(struct ledger *ledger, struct ledger_findings *findings,
                           struct error *error)
{
    struct recovery recovery = {.ledger = ledger, .findings = findings};
    static enum status (*const steps[])(struct recovery *, struct error *) = {
        find_newest, check_identity, check_tree, recovery_count_beyond, recovery_check_sources,
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        enum status status = steps[i](&recovery, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (recovery.quarantine || recovery.mend_checkpoint || recovery.mend_newest ||
        recovery.mend_identity || recovery.mend_sources || findings->nodes_rebuilt) {
        enum status status = ledger_run_transaction(ledger, mend, &recovery, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (ledger->unsound) {
        return error_set(error, STATUS_MISMATCH, "a page of nodes is damaged");
    }
    report(&recovery);
    return try_writing(&recovery, error);
}
