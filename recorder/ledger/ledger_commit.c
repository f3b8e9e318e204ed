/*
 * The batch and its one transaction. In steady state a commit costs one fdatasync: the WAL is
 * folded into the file by ledger_tidy, after what was committed has been acknowledged.
 */
#include <string.h>

#include "base/log.h"
#include "ledger/ledger_internal.h"

#define WAL_PAGES_TIDY  512  /* 2 MiB: worth folding when nobody waits */
#define WAL_PAGES_FORCE 4096 /* 16 MiB: fold even if nobody ever calls ledger_tidy */

enum status ledger_usable(const struct ledger *ledger, struct error *error)
{
    return ledger->failed ? error_set(error, STATUS_UNCERTAIN,
                                      "the ledger failed before (%s); it must be opened again",
                                      status_name(ledger->cause))
                          : STATUS_OK;
}

static void remember_failure(struct ledger *ledger, enum status cause)
{
    ledger->failed = true;
    ledger->cause = cause;
}

void ledger_mark_damaged(struct ledger *ledger)
{
    /* If even this cannot be written, opening will meet the damage by itself. */
    (void)sqlite3_exec(ledger->database, "PRAGMA user_version = 1", NULL, NULL, NULL);
}

bool ledger_is_marked_damaged(const struct ledger *ledger)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    return sql_prepare(ledger->database, "PRAGMA user_version", &select, NULL) == STATUS_OK &&
           sql_step_row(select, NULL) == STATUS_OK && sqlite3_column_int(select, 0) != 0;
}

enum status ledger_run_transaction(struct ledger *ledger,
                                   enum status (*write)(void *context, struct sqlite3 *database,
                                                        struct error *error),
                                   void *context, struct error *error)
{
    struct error own = {0};
    enum status status = sql_step_done(ledger->statements[LEDGER_BEGIN], &own);
    if (status == STATUS_TIMEOUT) {
        return error_set(error, status, "the ledger's write lock is held by somebody else");
    }
    if (status == STATUS_OK) {
        status = write(context, ledger->database, &own);
    }
    if (status == STATUS_OK) {
        status = sql_step_done(ledger->statements[LEDGER_COMMIT], &own);
    }
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    remember_failure(ledger, status);
    sql_roll_back(ledger->database);
    if (status == STATUS_MISMATCH) {
        ledger_mark_damaged(ledger);
    }
    return error_set(error, STATUS_UNCERTAIN, "the ledger could not commit: %.200s", own.text);
}

void ledger_batch_node(void *context, unsigned level, uint64_t position, const struct digest *node)
{
    struct ledger_batch *batch = &((struct ledger *)context)->batch;
    batch->nodes[batch->node_count++] =
        (struct waiting_node){.hash = *node, .position = position, .level = level};
}

static enum status batch_has_room(const struct ledger_batch *batch, struct error *error)
{
    if (batch->record_count == LEDGER_BATCH_RECORDS || batch->text.size >= LEDGER_BATCH_BYTES) {
        return error_set(error, STATUS_FULL, "%zu records wait for a commit", batch->record_count);
    }
    return STATUS_OK;
}

static enum status make_record(struct ledger *ledger, enum record_kind kind, const char *source,
                               const json_t *members, struct record_head *head, struct error *error)
{
    struct clock_reading now = clock_now(ledger->clock);
    const struct ledger_source *counter = ledger_sources_find(&ledger->sources, source);
    *head = (struct record_head){.kind = kind,
                                 .seq = counter == NULL ? 1 : counter->seq + 1,
                                 .at_utc_ns = now.utc_ns,
                                 .monotonic_ns = now.monotonic_ns,
                                 .quality = now.quality};
    memcpy(head->boot_id, ledger->clock->boot_id, sizeof head->boot_id);
    if (strlen(source) >= sizeof head->source) {
        return error_set(error, STATUS_INVALID, "the source \"%.60s…\" is too long", source);
    }
    memcpy(head->source, source, strlen(source) + 1);
    return record_make(ledger->algorithm, head, members, &ledger->head_line, &ledger->body_line,
                       error);
}

/* From here on the record stands in the batch: nothing may fail after it is counted. */
static enum status enqueue(struct ledger *ledger, const struct record_head *head,
                           struct error *error)
{
    struct ledger_batch *batch = &ledger->batch;
    struct waiting_record record = {.head_at = batch->text.size,
                                    .head_size = ledger->head_line.size,
                                    .body_size = ledger->body_line.size};
    if (buffer_append(&batch->text, ledger->head_line.data, ledger->head_line.size) != STATUS_OK ||
        buffer_append(&batch->text, ledger->body_line.data, ledger->body_line.size) != STATUS_OK) {
        batch->text.size = record.head_at;
        return error_set(error, STATUS_NO_MEMORY, "no memory for a waiting record");
    }
    enum status status = ledger_sources_note(&ledger->sources, head, ledger->pending.size);
    if (status != STATUS_OK) {
        batch->text.size = record.head_at;
        return error_set(error, status, "no room for the source \"%s\"", head->source);
    }
    batch->records[batch->record_count++] = record;
    batch->last_at_utc_ns = head->at_utc_ns;
    struct digest leaf;
    merkle_leaf(ledger->algorithm, buffer_bytes(&ledger->head_line), &leaf);
    merkle_frontier_add(ledger->algorithm, &ledger->pending, &leaf, ledger_batch_node, ledger);
    return STATUS_OK;
}

enum status ledger_append(struct ledger *ledger, enum record_kind kind, const char *source,
                          const json_t *members, uint64_t *number, struct error *error)
{
    struct ledger_batch *batch = &ledger->batch;
    struct record_head head;
    enum status status = ledger_usable(ledger, error);
    if (status == STATUS_OK) {
        status = batch_has_room(batch, error);
    }
    if (status == STATUS_OK) {
        status = make_record(ledger, kind, source, members, &head, error);
    }
    if (status == STATUS_OK) {
        status = enqueue(ledger, &head, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    batch->leaves_box = batch->leaves_box || kind == RECORD_ANCHOR;
    *number = ledger->pending.size - 1;
    return STATUS_OK;
}

static enum status write_records(struct ledger *ledger, struct error *error)
{
    const struct ledger_batch *batch = &ledger->batch;
    sqlite3_stmt *insert = ledger->statements[LEDGER_INSERT_RECORD];
    for (size_t i = 0; i < batch->record_count; i++) {
        const struct waiting_record *record = &batch->records[i];
        const uint8_t *head = batch->text.data + record->head_at;
        (void)sqlite3_bind_int64(insert, 1,
                                 (sqlite3_int64)ledger->committed.size + (sqlite3_int64)i);
        sql_bind_bytes(insert, 2, (struct bytes){head, record->head_size});
        sql_bind_bytes(insert, 3, (struct bytes){head + record->head_size, record->body_size});
        enum status status = sql_step_done(insert, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status write_nodes(struct ledger *ledger, struct error *error)
{
    const struct ledger_batch *batch = &ledger->batch;
    sqlite3_stmt *insert = ledger->statements[LEDGER_INSERT_NODE];
    for (size_t i = 0; i < batch->node_count; i++) {
        const struct waiting_node *node = &batch->nodes[i];
        (void)sqlite3_bind_int64(insert, 1, (sqlite3_int64)node->level);
        (void)sqlite3_bind_int64(insert, 2, (sqlite3_int64)node->position);
        sql_bind_bytes(insert, 3, (struct bytes){node->hash.bytes, sizeof node->hash.bytes});
        enum status status = sql_step_done(insert, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status write_checkpoint(struct ledger *ledger, struct bytes note, struct error *error)
{
    sqlite3_stmt *insert = ledger->statements[LEDGER_INSERT_CHECKPOINT];
    (void)sqlite3_bind_int64(insert, 1, (sqlite3_int64)ledger->pending.size);
    (void)sqlite3_bind_int64(insert, 2, ledger->batch.last_at_utc_ns);
    (void)sqlite3_bind_int(insert, 3, ledger->batch.leaves_box);
    sql_bind_bytes(insert, 4, note);
    enum status status = sql_step_done(insert, error);
    if (status != STATUS_OK) {
        return status;
    }
    sqlite3_stmt *newest = ledger->statements[LEDGER_SET_NEWEST];
    sql_bind_bytes(newest, 1, note);
    return sql_step_done(newest, error);
}

static enum status write_sources(struct ledger *ledger, struct error *error)
{
    sqlite3_stmt *set = ledger->statements[LEDGER_SET_SOURCE];
    for (size_t i = 0; i < ledger->sources.count; i++) {
        const struct ledger_source *source = &ledger->sources.items[i];
        if (!source->changed) {
            continue;
        }
        sql_bind_text(set, 1, source->name);
        (void)sqlite3_bind_int64(set, 2, (sqlite3_int64)source->seq);
        (void)sqlite3_bind_int64(set, 3, (sqlite3_int64)source->number);
        enum status status = sql_step_done(set, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* Once an hour: of the checkpoints older than a day, the last of each hour stays, and those that
 * left the box. A clock that steps can only make the remaining ones sparser. */
static enum status thin_checkpoints(struct ledger *ledger, struct error *error)
{
    int64_t hour = ledger->batch.last_at_utc_ns / (3600 * NS_PER_SECOND);
    if (hour == ledger->thinned_hour) {
        return STATUS_OK;
    }
    ledger->thinned_hour = hour;
    sqlite3_stmt *thin = ledger->statements[LEDGER_THIN_CHECKPOINTS];
    (void)sqlite3_bind_int64(thin, 1, ledger->batch.last_at_utc_ns - NS_PER_DAY);
    return sql_step_done(thin, error);
}

static enum status write_indexes(struct ledger *ledger, struct error *error)
{
    for (size_t i = 0; i < ledger->index_count; i++) {
        const struct ledger_index *index = &ledger->indexes[i];
        enum status status = index->write(index->context, ledger->database, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

struct commit {
    struct ledger *ledger;
    struct buffer note;
};

static enum status write_batch(void *context, struct sqlite3 *database, struct error *error)
{
    (void)database;
    const struct commit *commit = context;
    struct ledger *ledger = commit->ledger;
    enum status status = write_records(ledger, error);
    if (status == STATUS_OK) {
        status = write_nodes(ledger, error);
    }
    if (status == STATUS_OK) {
        status = write_checkpoint(ledger, buffer_bytes(&commit->note), error);
    }
    if (status == STATUS_OK) {
        status = write_sources(ledger, error);
    }
    if (status == STATUS_OK) {
        status = thin_checkpoints(ledger, error);
    }
    return status == STATUS_OK ? write_indexes(ledger, error) : status;
}

static enum status sign_pending(struct commit *commit, struct error *error)
{
    const struct ledger *ledger = commit->ledger;
    struct checkpoint checkpoint = {.size = ledger->pending.size};
    memcpy(checkpoint.origin, ledger->origin, sizeof checkpoint.origin);
    merkle_frontier_root(ledger->algorithm, &ledger->pending, &checkpoint.root);
    return checkpoint_sign(ledger->key, &checkpoint, &commit->note, error);
}

/* The batch is durable: it is the past now. */
static void settle(struct ledger *ledger, struct commit *commit)
{
    struct ledger_batch *batch = &ledger->batch;
    ledger->committed = ledger->pending;
    buffer_release(&ledger->note);
    ledger->note = commit->note;
    commit->note = (struct buffer){0};
    for (size_t i = 0; i < ledger->sources.count; i++) {
        ledger->sources.items[i].changed = false;
    }
    batch->record_count = 0;
    batch->node_count = 0;
    batch->leaves_box = false;
    if (batch->text.capacity > LEDGER_BATCH_BYTES / 16) {
        buffer_release(&batch->text); /* one big batch must not cost its memory for ever */
    } else {
        buffer_clear(&batch->text);
    }
    for (size_t i = 0; i < ledger->index_count; i++) {
        if (ledger->indexes[i].committed != NULL) {
            ledger->indexes[i].committed(ledger->indexes[i].context);
        }
    }
}

/* Moves the WAL into the file as far as readers allow. What was committed is safe either way,
 * but a failed fsync here may have dropped pages of the file: nothing goes on after it. */
static void fold_wal(struct ledger *ledger)
{
    int code =
        sqlite3_wal_checkpoint_v2(ledger->database, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (code == SQLITE_OK) {
        ledger->wal_pages = 0;
    } else if ((code & 0xff) != SQLITE_BUSY && (code & 0xff) != SQLITE_LOCKED) {
        struct error error;
        remember_failure(ledger, sql_failed(ledger->database, code, "folding the WAL", &error));
        log_error("%s", error.text);
    }
}

enum status ledger_commit(struct ledger *ledger, struct error *error)
{
    enum status status = ledger_usable(ledger, error);
    if (status != STATUS_OK || ledger->batch.record_count == 0) {
        return status;
    }
    struct commit commit = {.ledger = ledger};
    status = sign_pending(&commit, error);
    if (status == STATUS_OK) {
        status = ledger_run_transaction(ledger, write_batch, &commit, error);
    }
    if (status == STATUS_OK) {
        settle(ledger, &commit);
        if (ledger->wal_pages >= WAL_PAGES_FORCE) {
            fold_wal(ledger);
        }
    }
    buffer_release(&commit.note);
    return status;
}

enum status ledger_tidy(struct ledger *ledger, struct error *error)
{
    enum status status = ledger_usable(ledger, error);
    if (status == STATUS_OK && ledger->wal_pages >= WAL_PAGES_TIDY) {
        fold_wal(ledger);
        status = ledger_usable(ledger, error);
    }
    return status;
}

enum status ledger_transaction(struct ledger *ledger,
                               enum status (*write)(void *context, struct sqlite3 *database,
                                                    struct error *error),
                               void *context, struct error *error)
{
    enum status status = ledger_usable(ledger, error);
    return status == STATUS_OK ? ledger_run_transaction(ledger, write, context, error) : status;
}
