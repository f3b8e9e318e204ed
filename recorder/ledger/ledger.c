/*
 * Making, opening and closing a ledger. The tables are described in ledger_schema.c, the batch
 * and its commit live in ledger_commit.c, what opening checks in ledger_recovery.c.
 */
#include "ledger/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "ledger/ledger_file.h"
#include "ledger/ledger_internal.h"
#include "ledger/ledger_salvage.h"
#include "ledger/ledger_schema.h"

static const char thin_checkpoints[] =
    "DELETE FROM checkpoint WHERE left_box = 0 AND at_utc_ns < ?1 AND size NOT IN"
    " (SELECT max(size) FROM checkpoint WHERE at_utc_ns < ?1"
    " GROUP BY at_utc_ns / 3600000000000)";

static const char *const statement_texts[LEDGER_STATEMENTS] = {
    [LEDGER_BEGIN] = "BEGIN IMMEDIATE",
    [LEDGER_COMMIT] = "COMMIT",
    [LEDGER_INSERT_RECORD] = "INSERT INTO record (number, head, body) VALUES (?1, ?2, ?3)",
    [LEDGER_INSERT_NODE] =
        "INSERT OR REPLACE INTO node (level, position, hash) VALUES (?1, ?2, ?3)",
    [LEDGER_INSERT_CHECKPOINT] =
        "INSERT INTO checkpoint (size, at_utc_ns, left_box, note) VALUES (?1, ?2, ?3, ?4)",
    [LEDGER_SET_NEWEST] = "INSERT OR REPLACE INTO newest (id, note) VALUES (1, ?1)",
    [LEDGER_SET_SOURCE] = "INSERT OR REPLACE INTO source (name, seq, number) VALUES (?1, ?2, ?3)",
    [LEDGER_THIN_CHECKPOINTS] = thin_checkpoints,
    [LEDGER_CLEAR_BODY] = "UPDATE record SET body = NULL WHERE number = ?1",
    [LEDGER_SELECT_RECORD] = "SELECT head, body FROM record WHERE number = ?1",
    [LEDGER_SELECT_NODE] = "SELECT hash FROM node WHERE level = ?1 AND position = ?2",
};

enum status ledger_prepare(struct ledger *ledger, struct error *error)
{
    for (size_t i = 0; i < LEDGER_STATEMENTS; i++) {
        enum status status =
            sql_prepare(ledger->database, statement_texts[i], &ledger->statements[i], error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

void ledger_finalize(struct ledger *ledger)
{
    for (size_t i = 0; i < LEDGER_STATEMENTS; i++) {
        sql_finalize(&ledger->statements[i]);
    }
}

static int count_wal_pages(void *context, sqlite3 *database, const char *name, int pages)
{
    (void)database;
    (void)name;
    ((struct ledger *)context)->wal_pages = pages;
    return SQLITE_OK;
}

static enum status allocate(struct ledger *ledger, const char *path)
{
    ledger->path = strdup(path);
    ledger->batch.records = calloc(LEDGER_BATCH_RECORDS, sizeof *ledger->batch.records);
    ledger->batch.nodes = calloc(LEDGER_BATCH_NODES, sizeof *ledger->batch.nodes);
    bool all = ledger->path != NULL && ledger->batch.records != NULL && ledger->batch.nodes != NULL;
    return all ? STATUS_OK : STATUS_NO_MEMORY;
}

/* All or none, so that a table which is missing later was taken away. */
static enum status make_others(struct ledger *ledger, struct error *error)
{
    if (ledger->others == NULL ||
        ledger_schema_has(ledger->database, ledger->others, NULL) == STATUS_OK) {
        return STATUS_OK;
    }
    enum status status = sql_run(ledger->database, "BEGIN IMMEDIATE", error);
    if (status == STATUS_OK) {
        status = ledger_schema_make(ledger->database, ledger->others, error);
    }
    if (status == STATUS_OK) {
        status = sql_run(ledger->database, "COMMIT", error);
    }
    sql_roll_back(ledger->database);
    return status;
}

static enum status connect_and_recover(struct ledger *ledger, struct ledger_findings *findings,
                                       struct error *error)
{
    enum status status = ledger_connect(ledger->path, &ledger->database, error);
    if (status == STATUS_OK) {
        (void)sqlite3_wal_hook(ledger->database, count_wal_pages, ledger);
        status = ledger_schema_check(ledger->database, ledger->others, error);
    }
    if (status == STATUS_OK) {
        status = make_others(ledger, error);
    }
    if (status == STATUS_OK) {
        status = ledger_prepare(ledger, error);
    }
    if (status == STATUS_OK && ledger_is_marked_damaged(ledger)) {
        status = error_set(error, STATUS_MISMATCH, "the ledger was found damaged before");
    }
    if (status == STATUS_OK) {
        ledger_reserve_index(ledger->path);
        status = ledger_recover(ledger, findings, error);
    }
    return status;
}

static void disconnect(struct ledger *ledger)
{
    ledger_finalize(ledger);
    (void)sqlite3_close(ledger->database);
    ledger->database = NULL;
    ledger_sources_release(&ledger->sources);
    ledger->failed = false;
    ledger->cause = STATUS_OK;
    ledger->unsound = false;
}

/* The file's structure is damaged: once, everything readable is copied into a new file. */
static enum status salvage(struct ledger *ledger, struct ledger_findings *findings,
                           struct error *error)
{
    disconnect(ledger);
    message_text(findings->damage, sizeof findings->damage, error->text);
    enum status status = ledger_salvage(ledger->path, ledger->others, ledger->algorithm,
                                        clock_now(ledger->clock).utc_ns, error);
    if (status != STATUS_OK) {
        return status;
    }
    findings->file_rebuilt = true;
    return connect_and_recover(ledger, findings, error);
}

enum status ledger_open(const char *path, struct device_key *key, const struct clock *clock,
                        struct ledger **ledger, struct ledger_findings *findings,
                        struct error *error)
{
    return ledger_open_with(path, NULL, key, clock, ledger, findings, error);
}

enum status ledger_open_with(const char *path, const char *const *others, struct device_key *key,
                             const struct clock *clock, struct ledger **ledger,
                             struct ledger_findings *findings, struct error *error)
{
    *ledger = NULL;
    memset(findings, 0, sizeof *findings);
    if (access(path, F_OK) != 0) {
        return error_set_errno(error, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, errno,
                               "%.200s", path);
    }
    struct ledger *opened = calloc(1, sizeof *opened);
    if (opened == NULL || allocate(opened, path) != STATUS_OK) {
        ledger_free(opened);
        return error_set(error, STATUS_NO_MEMORY, "no memory for the ledger");
    }
    opened->others = others;
    opened->key = key;
    opened->clock = clock;
    opened->suite = device_key_suite(key);
    opened->algorithm = suite_digest_algorithm(opened->suite);
    struct error own = {0};
    enum status status = connect_and_recover(opened, findings, &own);
    bool damaged = status == STATUS_MISMATCH ||
                   (status == STATUS_UNCERTAIN && opened->cause == STATUS_MISMATCH);
    if (damaged && !findings->needs_replacement) {
        status = salvage(opened, findings, &own);
        findings->needs_replacement |= status == STATUS_MISMATCH || status == STATUS_NOT_FOUND;
    }
    if (status != STATUS_OK) {
        ledger_free(opened);
        if (findings->needs_replacement) {
            (void)snprintf(findings->detail, sizeof findings->detail, "%s", own.text);
            status = STATUS_MISMATCH;
        }
        return error_set(error, status, "%s", own.text);
    }
    *ledger = opened;
    return STATUS_OK;
}

void ledger_free(struct ledger *ledger)
{
    if (ledger == NULL) {
        return;
    }
    disconnect(ledger);
    buffer_release(&ledger->batch.text);
    buffer_release(&ledger->note);
    buffer_release(&ledger->head_line);
    buffer_release(&ledger->body_line);
    free(ledger->batch.records);
    free(ledger->batch.nodes);
    free(ledger->path);
    free(ledger);
}

enum status ledger_attach(struct ledger *ledger, const struct ledger_index *index,
                          struct error *error)
{
    enum status status = ledger_usable(ledger, error);
    if (status == STATUS_OK && ledger->index_count == LEDGER_INDEXES_MAX) {
        status = error_set(error, STATUS_FULL, "more than %d indexes", LEDGER_INDEXES_MAX);
    }
    if (status == STATUS_OK) {
        status = sql_run(ledger->database, index->schema, error);
    }
    if (status == STATUS_OK) {
        ledger->indexes[ledger->index_count++] = *index;
    }
    return status;
}

const char *ledger_origin(const struct ledger *ledger)
{
    return ledger->origin;
}

const struct suite *ledger_suite(const struct ledger *ledger)
{
    return ledger->suite;
}

uint64_t ledger_size(const struct ledger *ledger)
{
    return ledger->committed.size;
}

uint64_t ledger_pending_size(const struct ledger *ledger)
{
    return ledger->pending.size;
}

struct bytes ledger_checkpoint(const struct ledger *ledger)
{
    return buffer_bytes(&ledger->note);
}

struct sqlite3 *ledger_database(struct ledger *ledger)
{
    return ledger->database;
}

void ledger_source_state(const struct ledger *ledger, const char *source, uint64_t *seq,
                         int64_t *at_utc_ns, int64_t *monotonic_ns)
{
    static const struct ledger_source silent;
    const struct ledger_source *found = ledger_sources_find(&ledger->sources, source);
    if (found == NULL) {
        found = &silent;
    }
    *seq = found->seq;
    *at_utc_ns = found->at_utc_ns;
    *monotonic_ns = found->monotonic_ns;
}
