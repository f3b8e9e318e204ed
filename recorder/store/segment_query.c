/* The reading half of segment_index.h; segment_index.c describes the table. */
#include <sqlite3.h>
#include <string.h>

#include "ledger/sql.h"
#include "store/segment_index.h"

#define COLUMNS "record, camera, id, start_ns, end_ns, size, lived_ns, state, expired_by"

static void read_text(sqlite3_stmt *statement, int column, char *text, size_t size)
{
    struct bytes bytes = sql_column_bytes(statement, column);
    size_t length = bytes.size < size ? bytes.size : size - 1;

    memset(text, 0, size);
    if (length > 0)
        memcpy(text, bytes.data, length);
}

static void read_row(sqlite3_stmt *statement, struct segment_row *row)
{
    memset(row, 0, sizeof(*row));
    row->record = (uint64_t)sqlite3_column_int64(statement, 0);
    read_text(statement, 1, row->camera, sizeof(row->camera));
    read_text(statement, 2, row->id, sizeof(row->id));
    row->start_utc_ns = sqlite3_column_int64(statement, 3);
    row->end_utc_ns = sqlite3_column_int64(statement, 4);
    row->size = (uint64_t)sqlite3_column_int64(statement, 5);
    row->lived_ns = sqlite3_column_int64(statement, 6);
    row->state = (enum segment_state)sqlite3_column_int(statement, 7);
    row->expired_by = (uint64_t)sqlite3_column_int64(statement, 8);
}

static enum status read_one(sqlite3_stmt *statement, struct segment_row *row, struct error *error)
{
    enum status status = sql_step_row(statement, error);

    if (status == STATUS_OK)
        read_row(statement, row);
    return status == STATUS_END ? STATUS_NOT_FOUND : status;
}

enum status segment_index_find(struct sqlite3 *database, const char *id, struct segment_row *row,
                               struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status =
        sql_prepare(database, "SELECT " COLUMNS " FROM segment WHERE id = ?1 ORDER BY record",
                    &statement, error);

    if (status != STATUS_OK)
        return status;
    sql_bind_text(statement, 1, id);
    return read_one(statement, row, error);
}

enum status segment_index_of_record(struct sqlite3 *database, uint64_t record,
                                    struct segment_row *row, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = sql_prepare(database, "SELECT " COLUMNS " FROM segment WHERE record = ?1",
                                     &statement, error);

    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)record);
    return read_one(statement, row, error);
}

enum status segment_index_list(struct sqlite3 *database, const char *camera,
                               enum segment_state state, uint64_t from, struct segment_row *rows,
                               size_t limit, size_t *count, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    /* The partial index on expired ones is taken for a constant only. */
    const char *text = camera ? "SELECT " COLUMNS " FROM segment WHERE camera = ?1 AND state = ?2"
                                " AND record >= ?3 ORDER BY record LIMIT ?4"
                       : state == SEGMENT_EXPIRED
                           ? "SELECT " COLUMNS " FROM segment WHERE state = 1"
                             " AND record >= ?3 ORDER BY record LIMIT ?4"
                           : "SELECT " COLUMNS " FROM segment WHERE ?1 IS NULL AND state = ?2"
                             " AND record >= ?3 ORDER BY record LIMIT ?4";
    enum status status = sql_prepare(database, text, &statement, error);

    *count = 0;
    if (status != STATUS_OK)
        return status;
    if (camera)
        sql_bind_text(statement, 1, camera);
    sqlite3_bind_int(statement, 2, (int)state);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)from);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)limit);
    while (*count < limit && (status = sql_step_row(statement, error)) == STATUS_OK) {
        read_row(statement, &rows[*count]);
        (*count)++;
    }
    return status == STATUS_END ? STATUS_OK : status;
}

enum status segment_index_day(struct sqlite3 *database, const char *camera, const char *day,
                              enum status (*each)(void *context, const struct segment_row *row),
                              void *context, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    /* ':' follows the digits. */
    enum status status = sql_prepare(database,
                                     "SELECT " COLUMNS " FROM segment WHERE camera = ?1"
                                     " AND id >= ?2 AND id < ?2 || ':' ORDER BY id, record",
                                     &statement, error);

    if (status != STATUS_OK)
        return status;
    sql_bind_text(statement, 1, camera);
    sql_bind_text(statement, 2, day);
    while ((status = sql_step_row(statement, error)) == STATUS_OK) {
        struct segment_row row;
        enum status own = STATUS_OK;

        read_row(statement, &row);
        own = each(context, &row);
        if (own != STATUS_OK)
            return own;
    }
    return status == STATUS_END ? STATUS_OK : status;
}

/* Two statements rather than one with "?1 IS NULL OR": only so SQLite takes the index. */
static enum status query_camera(struct sqlite3 *database, const char *camera, const char *of_one,
                                const char *of_all, sqlite3_stmt **statement, struct error *error)
{
    enum status status = sql_prepare(database, camera ? of_one : of_all, statement, error);

    if (status == STATUS_OK && camera)
        sql_bind_text(*statement, 1, camera);
    return status;
}

static enum status first_time(struct sqlite3 *database, const char *camera, const char *of_one,
                              const char *of_all, int64_t *time, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = query_camera(database, camera, of_one, of_all, &statement, error);

    *time = 0;
    if (status != STATUS_OK)
        return status;
    status = sql_step_row(statement, error);
    if (status == STATUS_OK)
        *time = sqlite3_column_int64(statement, 0);
    return status == STATUS_END ? STATUS_OK : status;
}

enum status segment_index_bounds(struct sqlite3 *database, const char *camera,
                                 struct segment_total *total, struct error *error)
{
    enum status status = first_time(
        database, camera,
        "SELECT start_ns FROM segment WHERE camera = ?1 AND state = 0 ORDER BY record LIMIT 1",
        "SELECT start_ns FROM segment WHERE state = 0 ORDER BY record LIMIT 1",
        &total->oldest_start_utc_ns, error);
    if (status != STATUS_OK)
        return status;
    return first_time(
        database, camera,
        "SELECT end_ns FROM segment WHERE camera = ?1 AND state = 0 ORDER BY record DESC LIMIT 1",
        "SELECT end_ns FROM segment WHERE state = 0 ORDER BY record DESC LIMIT 1",
        &total->newest_end_utc_ns, error);
}

enum status segment_index_bytes_since(struct sqlite3 *database, const char *camera,
                                      int64_t lived_from_ns, uint64_t *bytes, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = query_camera(
        database, camera,
        "SELECT coalesce(sum(size), 0) FROM segment WHERE camera = ?1 AND lived_ns > ?2",
        "SELECT coalesce(sum(size), 0) FROM segment WHERE lived_ns > ?2", &statement, error);

    *bytes = 0;
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 2, lived_from_ns);
    status = sql_step_row(statement, error);
    if (status == STATUS_OK)
        *bytes = (uint64_t)sqlite3_column_int64(statement, 0);
    return status == STATUS_END ? STATUS_OK : status;
}
