/*
 * Every table is read forwards until something fails, then backwards until something fails;
 * between the two, tables that are numbered are asked row by row. Then all pages are read without
 * the trees: so one damaged page costs the rows on it and no more, whatever stood on it.
 */
#include "ledger/ledger_salvage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/message.h"
#include "ledger/ledger_file.h"
#include "ledger/ledger_scan.h"
#include "ledger/ledger_schema.h"

struct salvage {
    sqlite3 *from;
    sqlite3 *to;
    const char *const *others;
    uint64_t rows;
};

/* One table on its way. */
struct copying {
    struct salvage *salvage;
    const char *table;
    char columns[256]; /* as the new table has them, each with the table's name before it: so it
                          is never taken for a text */
    const char *order; /* forwards; backwards the same with DESC after each column */
    const char *backwards;
    bool numbered;
    sqlite3_stmt *insert;
    sqlite3_int64 last_forwards;
    sqlite3_int64 last_backwards;
};

/* Damage ends a reading; what the system or memory refuses ends the salvage. */
static bool is_damage(enum status status)
{
    return status == STATUS_MISMATCH || status == STATUS_IO;
}

static enum status insert_row(struct copying *copying, sqlite3_stmt *row, int first,
                              struct error *error)
{
    for (int i = first; i < sqlite3_column_count(row); i++) {
        (void)sqlite3_bind_value(copying->insert, i - first + 1, sqlite3_column_value(row, i));
    }
    copying->salvage->rows++;
    enum status status = sql_step_done(copying->insert, error);
    /* A row that the table itself refuses was never written by the recorder. */
    return status == STATUS_EXISTS ? STATUS_OK : status;
}

/* Columns of the row start at 1; column 0 is its number, or 0. STATUS_NOT_FOUND: damage met. */
static enum status copy_in_order(struct copying *copying, const char *order, sqlite3_int64 *last,
                                 struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    char text[1024];
    (void)snprintf(text, sizeof text, "SELECT %s, %s FROM \"%s\" ORDER BY %s",
                   copying->numbered ? "rowid" : "0", copying->columns, copying->table, order);
    enum status status = sql_prepare(copying->salvage->from, text, &select, error);
    while (status == STATUS_OK && (status = sql_step_row(select, error)) == STATUS_OK) {
        *last = sqlite3_column_int64(select, 0);
        status = insert_row(copying, select, 1, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (status == STATUS_END) {
        return STATUS_OK;
    }
    return is_damage(status) ? STATUS_NOT_FOUND : status;
}

static enum status copy_between(struct copying *copying, struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    char text[1024];
    (void)snprintf(text, sizeof text, "SELECT rowid, %s FROM \"%s\" WHERE rowid = ?1",
                   copying->columns, copying->table);
    enum status status = sql_prepare(copying->salvage->from, text, &select, error);
    for (sqlite3_int64 number = copying->last_forwards + 1;
         status == STATUS_OK && number < copying->last_backwards; number++) {
        (void)sqlite3_bind_int64(select, 1, number);
        status = sql_step_row(select, error);
        if (status == STATUS_OK) {
            status = insert_row(copying, select, 1, error);
            (void)sqlite3_reset(select);
        } else if (status == STATUS_END || is_damage(status)) {
            status = STATUS_OK;
        }
    }
    return status;
}

static enum status copy_rows(struct copying *copying, struct error *error)
{
    copying->last_forwards = INT64_MIN / 2;
    copying->last_backwards = INT64_MAX / 2;
    enum status status = copy_in_order(copying, copying->order, &copying->last_forwards, error);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    status = copy_in_order(copying, copying->backwards, &copying->last_backwards, error);
    bool both = copying->last_forwards != INT64_MIN / 2 && copying->last_backwards != INT64_MAX / 2;
    if (status == STATUS_NOT_FOUND && copying->numbered && both) {
        return copy_between(copying, error);
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* "INSERT OR IGNORE INTO t VALUES (?,…)" for as many columns as the table has. */
static enum status prepare_insert(struct copying *copying, struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    char text[1024];
    (void)snprintf(text, sizeof text, "SELECT * FROM \"%s\"", copying->table);
    enum status status = sql_prepare(copying->salvage->to, text, &select, error);
    if (status != STATUS_OK) {
        return status;
    }
    int columns = sqlite3_column_count(select);
    size_t named = 0;
    for (int i = 0; i < columns && named < sizeof copying->columns; i++) {
        named += (size_t)snprintf(copying->columns + named, sizeof copying->columns - named,
                                  "%s\"%s\".\"%s\"", i == 0 ? "" : ", ", copying->table,
                                  sqlite3_column_name(select, i));
    }
    size_t size = (size_t)snprintf(text, sizeof text, "INSERT OR IGNORE INTO \"%s\" VALUES (?1",
                                   copying->table);
    for (int i = 2; i <= columns && size < sizeof text - 8; i++) {
        size += (size_t)snprintf(text + size, sizeof text - size, ",?%d", i);
    }
    (void)snprintf(text + size, sizeof text - size, ")");
    return sql_prepare(copying->salvage->to, text, &copying->insert, error);
}

/* The key's columns in order, for a table WITHOUT ROWID; "rowid" for any other. */
static enum status name_order(struct copying *copying, char *order, char *backwards, size_t size,
                              struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    enum status status =
        sql_prepare(copying->salvage->to,
                    "SELECT group_concat('\"' || name || '\"'),"
                    " group_concat('\"' || name || '\" DESC'),"
                    " (SELECT wr FROM pragma_table_list WHERE name = ?1)"
                    " FROM (SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk)",
                    &select, error);
    if (status != STATUS_OK) {
        return status;
    }
    sql_bind_text(select, 1, copying->table);
    status = sql_step_row(select, error);
    if (status != STATUS_OK) {
        return status;
    }
    copying->numbered = sqlite3_column_int(select, 2) == 0;
    const char *columns = (const char *)sqlite3_column_text(select, 0);
    const char *descending = (const char *)sqlite3_column_text(select, 1);
    bool by_key = !copying->numbered && columns != NULL && descending != NULL;
    (void)snprintf(order, size, "%s", by_key ? columns : "rowid");
    (void)snprintf(backwards, size, "%s", by_key ? descending : "rowid DESC");
    return STATUS_OK;
}

/* Is this a table of the damaged file, and no view or virtual table? */
static bool is_table(const struct salvage *salvage, const char *name)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    if (sql_prepare(salvage->from,
                    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
                    " AND name = ?1",
                    &select, NULL) != STATUS_OK) {
        return false;
    }
    sql_bind_text(select, 1, name);
    return sql_step_row(select, NULL) == STATUS_OK;
}

static enum status copy_table(struct salvage *salvage, const char *table, struct error *error)
{
    if (!is_table(salvage, table)) {
        return STATUS_OK;
    }
    char order[256];
    char backwards[256];
    struct copying copying = {
        .salvage = salvage, .table = table, .order = order, .backwards = backwards};
    enum status status = name_order(&copying, order, backwards, sizeof order, error);
    if (status == STATUS_OK) {
        status = prepare_insert(&copying, error);
    }
    if (status == STATUS_OK) {
        status = copy_rows(&copying, error);
    }
    sql_finalize(&copying.insert);
    return status;
}

/* Runs `each` for what `text` lists (columns: name, sql). STATUS_NOT_FOUND: not even that can be
 * read. */
static enum status for_each(struct salvage *salvage, sqlite3 *database, const char *text,
                            enum status (*each)(struct salvage *salvage, const char *value,
                                                struct error *error),
                            struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    enum status status = sql_prepare(database, text, &select, error);
    while (status == STATUS_OK && (status = sql_step_row(select, error)) == STATUS_OK) {
        const char *value = (const char *)sqlite3_column_text(select, 0);
        if (value != NULL) {
            status = each(salvage, value, error);
        }
    }
    if (status == STATUS_END) {
        return STATUS_OK;
    }
    return is_damage(status) ? STATUS_NOT_FOUND : status;
}

/* A table of another module that is not in the new file yet. */
static enum status make_table(struct salvage *salvage, const char *sql, struct error *error)
{
    enum status status = sql_run(salvage->to, sql, error);
    return status == STATUS_NO_MEMORY || status == STATUS_FULL ? status : STATUS_OK;
}

/* The tables of the new file at this moment, as far as the damaged one has them. */
static enum status copy_tables(struct salvage *salvage, struct error *error)
{
    return for_each(salvage, salvage->to,
                    "SELECT name FROM sqlite_schema WHERE type = 'table'"
                    " AND name NOT LIKE 'sqlite_%'",
                    copy_table, error);
}

static enum status copy_known(struct salvage *salvage, struct error *error)
{
    bool whole = ledger_schema_has(salvage->from, salvage->others, NULL) == STATUS_OK;
    enum status status = STATUS_OK;
    if (whole) {
        status = ledger_schema_make(salvage->to, salvage->others, error);
    }
    if (status == STATUS_OK) {
        status = copy_tables(salvage, error);
    }
    return status;
}

static enum status copy_all(struct salvage *salvage, struct error *error)
{
    if (salvage->others != NULL) {
        return copy_known(salvage, error);
    }
    enum status status =
        for_each(salvage, salvage->from,
                 "SELECT sql FROM sqlite_schema WHERE type IN ('table', 'index')"
                 " AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC",
                 make_table, error);
    return status == STATUS_OK ? copy_tables(salvage, error) : status;
}

/* The damaged file is closed with its log folded in; it keeps a second name, and the new one takes
 * the first. */
static enum status keep_damaged(const char *path, int64_t utc_ns, struct error *error)
{
    char name[PATH_SIZE + TIME_TEXT_SIZE + 16];
    char at[TIME_TEXT_SIZE];
    time_format(at, utc_ns);
    (void)snprintf(name, sizeof name, "%s.damaged-%s", path, at);
    if (link(path, name) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "keeping the damaged %.160s", path);
    }
    static const char *const suffixes[] = {"-wal", "-shm"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        if (unlink(name) != 0 && errno != ENOENT) {
            return error_set_errno(error, STATUS_IO, errno, "%.200s", name);
        }
    }
    return ledger_sync_folder(path, error);
}

/* The log into the file, so that the file is all there is. */
static enum status fold_and_close(struct salvage *salvage, const char *path, struct error *error)
{
    enum status status = STATUS_OK;
    if (salvage->from != NULL) {
        int code =
            sqlite3_wal_checkpoint_v2(salvage->from, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        status = code == SQLITE_OK
                     ? STATUS_OK
                     : sql_failed(salvage->from, code, "folding a damaged ledger", error);
        (void)sqlite3_close(salvage->from);
        salvage->from = NULL;
    }
    char log[PATH_SIZE];
    struct stat facts;
    (void)snprintf(log, sizeof log, "%s-wal", path);
    if (status == STATUS_OK && stat(log, &facts) == 0 && facts.st_size != 0) {
        /* Without its log the file is an older state: to go on from it could sign a fork. */
        status = error_set(error, STATUS_NOT_FOUND, "the damaged ledger's log cannot be folded in");
    }
    return status;
}

/* All that can be read through the trees. Damage here is no failure: the pages are read next. */
static enum status copy_by_trees(struct salvage *salvage, const char *path, struct error *error)
{
    enum status status = ledger_connect(path, &salvage->from, error);
    if (status == STATUS_OK) {
        status = copy_all(salvage, error);
    }
    return is_damage(status) || status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status ledger_salvage(const char *path, const char *const *others,
                           enum digest_algorithm algorithm, int64_t utc_ns, struct error *error)
{
    char made[PATH_SIZE];
    uint64_t found = 0;
    if (snprintf(made, sizeof made, "%s.salvage", path) > PATH_SIZE - 32) {
        return error_set(error, STATUS_INVALID, "the path %.100s… is too long", path);
    }
    struct salvage salvage = {.others = others};
    enum status status = ledger_make_file(made, &salvage.to, error);
    if (status == STATUS_OK) {
        status = copy_by_trees(&salvage, path, error);
    }
    if (status == STATUS_OK) {
        status = ledger_schema_make(salvage.to, others, error);
    }
    if (status == STATUS_OK) {
        status = fold_and_close(&salvage, path, error);
    }
    if (status == STATUS_OK) {
        status = ledger_scan(path, algorithm, salvage.to, &found, error);
    }
    if (status == STATUS_OK) {
        status = keep_damaged(path, utc_ns, error);
    }
    if (status == STATUS_OK) {
        status = ledger_finish_file(&salvage.to, made, path, error);
        log_warning("the ledger was damaged: %" PRIu64 " rows were copied, %" PRIu64
                    " more were found on its pages",
                    salvage.rows, found);
    }
    (void)sqlite3_close(salvage.from);
    (void)sqlite3_close(salvage.to);
    return status;
}
