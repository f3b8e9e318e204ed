/*
 * catalog.db is an SQLite 3 database in WAL mode: the tables of catalog_rows.c, and
 *
 * catalog       one row
 *   id          1
 *   origin      of the ledger it is of
 *   through     number of the record it wants next
 *
 * `PRAGMA user_version` is CATALOG_VERSION. A file of another version or ledger is made anew.
 */
#include "store/catalog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/ledger_file.h"
#include "ledger/sql.h"
#include "store/catalog_rows.h"

#define CATALOG_VERSION 5

struct catalog {
    char *path;
    char origin[ORIGIN_SIZE];
    sqlite3 *database;
    uint64_t through;
};

/* What is lost in a power cut comes back from the records: no fsync at each commit. */
static const char settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                               "PRAGMA mmap_size = 0; PRAGMA cache_size = -1024;";

static const char own_table[] =
    "CREATE TABLE IF NOT EXISTS catalog (id INTEGER PRIMARY KEY CHECK (id = 1),"
    " origin TEXT NOT NULL, through INTEGER NOT NULL) STRICT;";

static enum status open_database(struct catalog *catalog, struct error *error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    int code = sqlite3_open_v2(catalog->path, &catalog->database, flags, NULL);
    enum status status = STATUS_OK;

    if (code != SQLITE_OK)
        return sql_failed(catalog->database, code, "opening the catalog", error);
    sqlite3_busy_timeout(catalog->database, 1000);
    sqlite3_db_config(catalog->database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(catalog->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    status = sql_run(catalog->database, settings, error);
    if (status == STATUS_OK)
        status = sql_run(catalog->database, own_table, error);
    if (status == STATUS_OK)
        status = catalog_rows_make(catalog->database, "main", error);
    if (status == STATUS_OK)
        ledger_reserve_index(catalog->path);
    return status;
}

static void close_database(struct catalog *catalog)
{
    (void)sqlite3_close(catalog->database);
    catalog->database = NULL;
}

static enum status read_version(sqlite3 *database, int *version, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = sql_prepare(database, "PRAGMA user_version", &statement, error);

    if (status == STATUS_OK)
        status = sql_step_row(statement, error);
    if (status == STATUS_OK)
        *version = sqlite3_column_int(statement, 0);
    return status;
}

static enum status read_identity(sqlite3 *database, char origin[ORIGIN_SIZE], uint64_t *through,
                                 struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = sql_prepare(database, "SELECT origin, through FROM catalog WHERE id = 1",
                                     &statement, error);
    struct bytes text = {0};

    if (status != STATUS_OK)
        return status;
    status = sql_step_row(statement, error);
    if (status != STATUS_OK)
        return status == STATUS_END ? STATUS_NOT_FOUND : status;
    text = sql_column_bytes(statement, 0);
    if (text.size >= ORIGIN_SIZE)
        return error_set(error, STATUS_INVALID, "the catalog's origin is too long");
    memset(origin, 0, ORIGIN_SIZE);
    if (text.size > 0)
        memcpy(origin, text.data, text.size);
    *through = (uint64_t)sqlite3_column_int64(statement, 1);
    return STATUS_OK;
}

static enum status write_identity(struct catalog *catalog, uint64_t through, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = sql_prepare(
        catalog->database, "INSERT OR REPLACE INTO catalog VALUES (1, ?1, ?2)", &statement, error);

    if (status != STATUS_OK)
        return status;
    sql_bind_text(statement, 1, catalog->origin);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)through);
    return sql_step_done(statement, error);
}

/* Is the open file this ledger's, whole, and not ahead of it? */
static enum status judge(struct catalog *catalog, uint64_t size, struct error *error)
{
    char origin[ORIGIN_SIZE];
    int version = 0;
    enum status status = read_version(catalog->database, &version, error);

    if (status == STATUS_OK)
        status = read_identity(catalog->database, origin, &catalog->through, error);
    if (status == STATUS_NOT_FOUND)
        return error_set(error, STATUS_MISMATCH, "there was none");
    if (status != STATUS_OK)
        return status;
    if (version != CATALOG_VERSION)
        return error_set(error, STATUS_MISMATCH, "it is of version %d", version);
    if (strcmp(origin, catalog->origin) != 0)
        return error_set(error, STATUS_MISMATCH, "it is of another ledger");
    if (catalog->through > size)
        return error_set(error, STATUS_MISMATCH, "it is ahead of the ledger");
    return STATUS_OK;
}

static enum status remove_files(const struct catalog *catalog, struct error *error)
{
    static const char *const endings[] = {"", "-wal", "-shm"};

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        char path[4096];

        snprintf(path, sizeof(path), "%s%s", catalog->path, endings[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            return error_set_errno(error, STATUS_IO, errno, "cannot remove %s", path);
    }
    return STATUS_OK;
}

static enum status make_anew(struct catalog *catalog, struct error *error)
{
    char version[64];
    enum status status = STATUS_OK;

    close_database(catalog);
    status = remove_files(catalog, error);
    if (status == STATUS_OK)
        status = open_database(catalog, error);
    snprintf(version, sizeof(version), "PRAGMA user_version = %d", CATALOG_VERSION);
    if (status == STATUS_OK)
        status = sql_run(catalog->database, version, error);
    if (status == STATUS_OK)
        status = write_identity(catalog, 0, error);
    catalog->through = 0;
    return status;
}

enum status catalog_open(const char *path, const char *origin, uint64_t size,
                         struct catalog **catalog, bool *renewed, char detail[ERROR_TEXT_SIZE],
                         struct error *error)
{
    struct catalog *made = calloc(1, sizeof(*made));
    struct error why = {0};
    enum status status = STATUS_OK;

    *catalog = NULL;
    *renewed = false;
    detail[0] = '\0';
    if (made)
        made->path = strdup(path);
    if (!made || !made->path) {
        catalog_free(made);
        return error_set(error, STATUS_NO_MEMORY, "no memory for the catalog");
    }
    snprintf(made->origin, sizeof(made->origin), "%s", origin);
    status = open_database(made, &why);
    if (status == STATUS_OK)
        status = judge(made, size, &why);
    if (status != STATUS_OK) {
        *renewed = true;
        snprintf(detail, ERROR_TEXT_SIZE, "%s", why.text);
        status = make_anew(made, error);
    }
    if (status != STATUS_OK) {
        catalog_free(made);
        return status;
    }
    *catalog = made;
    return STATUS_OK;
}

void catalog_free(struct catalog *catalog)
{
    if (!catalog)
        return;
    close_database(catalog);
    free(catalog->path);
    free(catalog);
}

uint64_t catalog_through(const struct catalog *catalog)
{
    return catalog->through;
}

/* Rows on their way from a ledger's view into one of the schemas. */
struct taking {
    sqlite3 *database;
    const char *schema;
    enum digest_algorithm algorithm;
    uint64_t limit;
    uint64_t end; /* stop before this number */
    uint64_t next;
    uint64_t count;
    struct error *error;
};

/* STATUS_END: enough for now. */
static enum status take_row(void *context, const struct ledger_row *row)
{
    struct taking *taking = context;
    enum status status = STATUS_OK;

    if (taking->count == taking->limit || row->number >= taking->end)
        return STATUS_END;
    taking->count++;
    taking->next = row->number + 1;
    status =
        catalog_rows_add(taking->database, taking->schema, taking->algorithm, row, taking->error);
    return status;
}

static enum status algorithm_of(const struct ledger_view *view, enum digest_algorithm *algorithm,
                                struct error *error)
{
    const struct suite *suite = ledger_view_suite(view);

    if (!suite)
        return error_set(error, STATUS_INVALID, "the ledger does not say its suite");
    *algorithm = suite_digest_algorithm(suite);
    return STATUS_OK;
}

static void roll_back(sqlite3 *database)
{
    (void)sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
}

enum status catalog_follow(struct catalog *catalog, struct ledger_view *view, uint64_t limit,
                           struct error *error)
{
    struct taking taking = {.database = catalog->database,
                            .schema = "main",
                            .limit = limit,
                            .end = UINT64_MAX,
                            .next = catalog->through,
                            .error = error};
    enum status more = STATUS_OK;
    enum status status = algorithm_of(view, &taking.algorithm, error);

    if (status == STATUS_OK)
        status = sql_run(catalog->database, "BEGIN IMMEDIATE", error);
    if (status != STATUS_OK)
        return status;
    more = ledger_view_rows(view, catalog->through, take_row, &taking, error);
    status = more == STATUS_END ? STATUS_OK : more;
    if (status == STATUS_OK && taking.count > 0)
        status = write_identity(catalog, taking.next, error);
    if (status == STATUS_OK)
        status = sql_run(catalog->database, "COMMIT", error);
    if (status != STATUS_OK) {
        roll_back(catalog->database);
        return status;
    }
    catalog->through = taking.next;
    return more == STATUS_END ? STATUS_AGAIN : STATUS_OK;
}

static enum status compare_range(struct catalog *catalog, struct ledger_view *view,
                                 struct taking *taking, uint64_t from, uint64_t *different,
                                 struct error *error)
{
    enum status status = sql_run(catalog->database, "ATTACH ':memory:' AS fresh", error);
    enum status detached = STATUS_OK;

    if (status != STATUS_OK)
        return status;
    status = catalog_rows_make(catalog->database, "fresh", error);
    if (status == STATUS_OK)
        status = ledger_view_rows(view, from, take_row, taking, error);
    if (status == STATUS_OK || status == STATUS_END) {
        /* Nothing further: rows up to the end are compared, invented ones among them. */
        if (status == STATUS_OK || taking->count == 0)
            taking->next = taking->end;
        status = catalog_rows_differ(catalog->database, from, taking->next, different, error);
    }
    detached = sql_run(catalog->database, "DETACH fresh", status == STATUS_OK ? error : NULL);
    return status == STATUS_OK ? detached : status;
}

enum status catalog_compare(struct catalog *catalog, struct ledger_view *view, uint64_t *next,
                            uint64_t limit, uint64_t *different, struct error *error)
{
    struct taking taking = {.database = catalog->database,
                            .schema = "fresh",
                            .limit = limit,
                            .end = catalog->through,
                            .next = *next,
                            .error = error};
    enum status status = algorithm_of(view, &taking.algorithm, error);

    if (status != STATUS_OK || *next >= catalog->through)
        return status;
    status = compare_range(catalog, view, &taking, *next, different, error);
    if (status == STATUS_OK)
        *next = taking.next;
    return status;
}
