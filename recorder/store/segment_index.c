/*
 * segment       one row a `segment` record; derived from the records but for state 2
 *   record      its number
 *   camera      as in the record
 *   id          as in the record
 *   start_ns    start, ns since 1970-01-01T00:00:00Z
 *   end_ns      end
 *   size        bytes
 *   lived_ns    lived time of the ledger at the record
 *   state       0 kept; 1 an expiry record names it; 2 and its file is gone
 *   expired_by  number of that expiry record, 0 while it is kept
 *
 * lived         one row: lived time up to the last record (lived.h)
 *   id          1
 *   boot_id, monotonic_ns, total_ns, next   as in struct lived
 */
#include "store/segment_index.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/sql.h"
#include "store/expiry_record.h"
#include "store/follow.h"
#include "store/stored.h"

const char segment_index_schema[] =
    "CREATE TABLE IF NOT EXISTS segment (record INTEGER PRIMARY KEY, camera TEXT NOT NULL,"
    " id TEXT NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,"
    " size INTEGER NOT NULL, lived_ns INTEGER NOT NULL, state INTEGER NOT NULL,"
    " expired_by INTEGER NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS segment_id ON segment (id);"
    "CREATE INDEX IF NOT EXISTS segment_day ON segment (camera, id);"
    "CREATE INDEX IF NOT EXISTS segment_kept ON segment (camera, state, record, size);"
    "CREATE INDEX IF NOT EXISTS segment_rate ON segment (camera, lived_ns, size);"
    "CREATE INDEX IF NOT EXISTS segment_expired ON segment (record) WHERE state = 1;"
    "CREATE TABLE IF NOT EXISTS lived (id INTEGER PRIMARY KEY CHECK (id = 1),"
    " boot_id TEXT NOT NULL, monotonic_ns INTEGER NOT NULL, total_ns INTEGER NOT NULL,"
    " next INTEGER NOT NULL) STRICT;";

/* Files whose removal waits for the next commit to be written down. */
#define GONE_MAX 1024

struct segment_index {
    struct follower follower;
    struct stored stored;
    struct lived lived;
    struct lived checked; /* lived time where segment_index_check stands */
    struct expiry_record *expiry;
    uint64_t gone[GONE_MAX];
    size_t gone_count;
};

static void read_text(sqlite3_stmt *statement, int column, char *text, size_t size)
{
    struct bytes bytes = sql_column_bytes(statement, column);
    size_t length = bytes.size < size ? bytes.size : size - 1;

    memset(text, 0, size);
    if (length > 0)
        memcpy(text, bytes.data, length);
}

static enum status insert_row(struct sqlite3 *database, const struct segment_row *row,
                              struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status =
        sql_prepare(database, "INSERT OR REPLACE INTO segment VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
                    &statement, error);

    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)row->record);
    sql_bind_text(statement, 2, row->camera);
    sql_bind_text(statement, 3, row->id);
    sqlite3_bind_int64(statement, 4, row->start_utc_ns);
    sqlite3_bind_int64(statement, 5, row->end_utc_ns);
    sqlite3_bind_int64(statement, 6, (sqlite3_int64)row->size);
    sqlite3_bind_int64(statement, 7, row->lived_ns);
    sqlite3_bind_int(statement, 8, (int)row->state);
    sqlite3_bind_int64(statement, 9, (sqlite3_int64)row->expired_by);
    return sql_step_done(statement, error);
}

/* Runs a statement with a record's number in it, and another number where it has a second place.
 * *changes (may be NULL) is added to. */
static enum status run_with(struct sqlite3 *database, const char *text, uint64_t record,
                            uint64_t other, uint64_t *changes, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = sql_prepare(database, text, &statement, error);

    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)record);
    if (sqlite3_bind_parameter_count(statement) > 1)
        sqlite3_bind_int64(statement, 2, (sqlite3_int64)other);
    status = sql_step_done(statement, error);
    if (changes)
        *changes += (uint64_t)sqlite3_changes(database);
    return status;
}

/* What a `segment` record's row must be. */
static bool row_of_record(const struct followed_record *followed, const struct lived *lived,
                          struct segment_row *row)
{
    struct segment_record record;

    if (followed->head.kind != RECORD_SEGMENT || !followed->body ||
        segment_record_parse(followed->body, &record, NULL) != STATUS_OK)
        return false;
    memset(row, 0, sizeof(*row));
    row->record = followed->number;
    memcpy(row->camera, record.camera, sizeof(row->camera));
    memcpy(row->id, record.id, sizeof(row->id));
    row->start_utc_ns = record.start_utc_ns;
    row->end_utc_ns = record.end_utc_ns;
    row->size = record.size;
    row->lived_ns = lived->total_ns;
    return true;
}

/* The row of a segment whose own record's body has expired since: from what named it. At what
 * lived time it was recorded is not known any more, and nothing asks. */
static enum status insert_named(struct sqlite3 *database, const struct expiry_record *expiry,
                                const struct expiry_segment *named, uint64_t *changes,
                                struct error *error)
{
    struct segment_row row = {.record = named->record,
                              .start_utc_ns = named->start_utc_ns,
                              .end_utc_ns = named->end_utc_ns,
                              .size = named->size};

    memcpy(row.camera, expiry->camera, sizeof(row.camera));
    memcpy(row.id, named->id, sizeof(row.id));
    if (changes)
        ++*changes;
    return insert_row(database, &row, error);
}

/* Marks what an `expiry` record names. *changes counts rows that were not marked. */
static enum status mark_expired(struct segment_index *index, struct sqlite3 *database,
                                const struct followed_record *followed, uint64_t *changes,
                                struct error *error)
{
    enum status status = STATUS_OK;

    if (followed->head.kind != RECORD_EXPIRY || !followed->body ||
        expiry_record_parse(followed->body, index->expiry, NULL) != STATUS_OK)
        return STATUS_OK;
    for (size_t i = 0; i < index->expiry->count && status == STATUS_OK; i++) {
        uint64_t record = index->expiry->segments[i].record;
        struct segment_row row;

        status = segment_index_of_record(database, record, &row, error);
        if (status == STATUS_OK && row.state == SEGMENT_KEPT)
            stored_go(&index->stored, &row);
        if (status == STATUS_NOT_FOUND)
            status =
                insert_named(database, index->expiry, &index->expiry->segments[i], changes, error);
        if (status == STATUS_OK)
            status = run_with(database,
                              "UPDATE segment SET state = max(state, 1), expired_by = ?2"
                              " WHERE record = ?1 AND (state = 0 OR expired_by <> ?2)",
                              record, followed->number, changes, error);
    }
    return status;
}

static enum status take(void *context, struct sqlite3 *database,
                        const struct followed_record *followed, struct error *error)
{
    struct segment_index *index = context;
    struct segment_row row;

    lived_add(&index->lived, &followed->head);
    if (row_of_record(followed, &index->lived, &row)) {
        enum status status = insert_row(database, &row, error);

        return status == STATUS_OK ? stored_come(&index->stored, &row, error) : status;
    }
    return mark_expired(index, database, followed, NULL, error);
}

static enum status write_lived(const struct lived *lived, struct sqlite3 *database,
                               struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = sql_prepare(
        database, "INSERT OR REPLACE INTO lived VALUES (1, ?1, ?2, ?3, ?4)", &statement, error);

    if (status != STATUS_OK)
        return status;
    sql_bind_text(statement, 1, lived->boot_id);
    sqlite3_bind_int64(statement, 2, lived->monotonic_ns);
    sqlite3_bind_int64(statement, 3, lived->total_ns);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)lived->next);
    return sql_step_done(statement, error);
}

static enum status read_lived(struct lived *lived, struct sqlite3 *database, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = sql_prepare(
        database, "SELECT boot_id, monotonic_ns, total_ns, next FROM lived WHERE id = 1",
        &statement, error);

    memset(lived, 0, sizeof(*lived));
    if (status != STATUS_OK)
        return status;
    status = sql_step_row(statement, error);
    if (status != STATUS_OK)
        return status == STATUS_END ? STATUS_OK : status;
    read_text(statement, 0, lived->boot_id, sizeof(lived->boot_id));
    lived->monotonic_ns = sqlite3_column_int64(statement, 1);
    lived->total_ns = sqlite3_column_int64(statement, 2);
    lived->next = (uint64_t)sqlite3_column_int64(statement, 3);
    return STATUS_OK;
}

static enum status finish(void *context, struct sqlite3 *database, struct error *error)
{
    struct segment_index *index = context;
    enum status status = write_lived(&index->lived, database, error);

    for (size_t i = 0; i < index->gone_count && status == STATUS_OK; i++)
        status = run_with(database, "UPDATE segment SET state = 2 WHERE record = ?1",
                          index->gone[i], 0, NULL, error);
    index->gone_count = 0;
    return status;
}

static enum status restart(void *context, struct sqlite3 *database, struct error *error)
{
    struct segment_index *index = context;

    memset(&index->lived, 0, sizeof(index->lived));
    stored_clear(&index->stored);
    return sql_run(database, "DELETE FROM segment; DELETE FROM lived;", error);
}

enum status segment_index_attach(struct ledger *ledger, struct segment_index **index,
                                 struct error *error)
{
    struct segment_index *made = calloc(1, sizeof(*made));
    enum status status = STATUS_OK;

    *index = NULL;
    if (made)
        made->expiry = calloc(1, sizeof(*made->expiry));
    if (!made || !made->expiry) {
        segment_index_free(made);
        return error_set(error, STATUS_NO_MEMORY, "no memory for the index of segments");
    }
    made->follower = (struct follower){
        .name = "segment",
        .kinds = FOLLOW_KIND(RECORD_SEGMENT) | FOLLOW_KIND(RECORD_EXPIRY),
        .take = take,
        .finish = finish,
        .restart = restart,
        .context = made,
    };
    status = sql_run(ledger_database(ledger), segment_index_schema, error);
    if (status == STATUS_OK)
        status = read_lived(&made->lived, ledger_database(ledger), error);
    if (status == STATUS_OK)
        status = stored_load(&made->stored, ledger_database(ledger), error);
    if (status == STATUS_OK)
        status = follow_attach(&made->follower, ledger, segment_index_schema, error);
    if (status != STATUS_OK) {
        segment_index_free(made);
        return status;
    }
    *index = made;
    return STATUS_OK;
}

void segment_index_free(struct segment_index *index)
{
    if (!index)
        return;
    stored_clear(&index->stored);
    free(index->expiry);
    free(index);
}

enum status segment_index_gone(struct segment_index *index, uint64_t record, struct error *error)
{
    if (index->gone_count == GONE_MAX)
        return error_set(error, STATUS_FULL, "too many removals wait for a commit");
    index->gone[index->gone_count] = record;
    index->gone_count++;
    return STATUS_OK;
}

enum status segment_index_stored(const struct segment_index *index, const char *camera,
                                 struct segment_total *total, struct error *error)
{
    struct sqlite3 *database = ledger_database(index->follower.ledger);

    stored_total(&index->stored, camera, total);
    return segment_index_bounds(database, camera, total, error);
}

const struct lived *segment_index_lived(const struct segment_index *index)
{
    return &index->lived;
}

/* One step of segment_index_check. */
struct checking {
    struct segment_index *index;
    uint64_t next;
    uint64_t budget;
    uint64_t mended;
};

static bool rows_agree(const struct segment_row *a, const struct segment_row *b)
{
    return a->record == b->record && strcmp(a->camera, b->camera) == 0 &&
           strcmp(a->id, b->id) == 0 && a->start_utc_ns == b->start_utc_ns &&
           a->end_utc_ns == b->end_utc_ns && a->size == b->size && a->lived_ns == b->lived_ns;
}

static enum status check_record(void *context, struct sqlite3 *database,
                                const struct followed_record *followed, struct error *error)
{
    struct checking *checking = context;
    struct segment_row expected;
    struct segment_row stored;
    enum status found = STATUS_OK;

    lived_add(&checking->index->checked, &followed->head);
    if (!row_of_record(followed, &checking->index->checked, &expected)) {
        enum status status = STATUS_OK;

        /* A body that is gone or altered leaves the row as it is: it may be right. */
        if (followed->head.kind != RECORD_SEGMENT)
            status = run_with(database, "DELETE FROM segment WHERE record = ?1", followed->number,
                              0, &checking->mended, error);
        return status == STATUS_OK
                   ? mark_expired(checking->index, database, followed, &checking->mended, error)
                   : status;
    }
    found = segment_index_of_record(database, followed->number, &stored, error);
    if (found != STATUS_OK && found != STATUS_NOT_FOUND)
        return found;
    if (found == STATUS_OK && rows_agree(&stored, &expected))
        return STATUS_OK;
    if (found == STATUS_OK) {
        expected.state = stored.state;
        expected.expired_by = stored.expired_by;
    }
    checking->mended++;
    return insert_row(database, &expected, error);
}

static enum status check_step(void *context, struct sqlite3 *database, struct error *error)
{
    struct checking *checking = context;
    struct ledger *ledger = checking->index->follower.ledger;

    return follow_records(database, suite_digest_algorithm(ledger_suite(ledger)),
                          checking->index->follower.kinds, &checking->next, checking->budget,
                          check_record, checking, error);
}

enum status segment_index_check(struct segment_index *index, uint64_t *next, uint64_t budget,
                                uint64_t *mended, struct error *error)
{
    struct checking checking = {.index = index, .next = *next, .budget = budget};
    enum status status = STATUS_OK;

    if (*next == 0)
        memset(&index->checked, 0, sizeof(index->checked));
    status = ledger_transaction(index->follower.ledger, check_step, &checking, error);
    if (status != STATUS_OK)
        return status;
    *next = checking.next == *next ? ledger_size(index->follower.ledger) : checking.next;
    *mended += checking.mended;
    return checking.mended == 0
               ? STATUS_OK
               : stored_load(&index->stored, ledger_database(index->follower.ledger), error);
}
