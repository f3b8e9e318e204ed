/*
 * ledger.db is an SQLite 3 database: pages of 4096 bytes, WAL journal, UTF-8. A transaction holds
 * the rows of its records, the nodes that became complete with them, one checkpoint over all
 * records so far, the sources' counters, and what other modules keep beside (their own files
 * describe those tables). Nothing in the file is believed because it stands there: rows are held
 * against leaves, leaves and nodes against the root, and the root against a signature.
 *
 * ledger        one row: what this ledger is
 *   id          1
 *   format      1, the version of this description
 *   origin      the checkpoints' origin line; the `ledger` record and every checkpoint repeat it
 *   suite       "sm" or "nist"
 *
 * record        one row a record
 *   number      leaf index, from 0, without holes
 *   head        first line, verbatim, without the newline; the leaf's data
 *   body        second line, verbatim, without the newline; NULL after an expiry record named it
 *
 * node          the complete subtrees of the RFC 6962 tree, leaves included
 *   level       0 for a leaf hash; a node of level n covers 2^n leaves
 *   position    counts the nodes of a level from the left, from 0
 *   hash        32 bytes
 *
 * checkpoint    signed notes; after a day one an hour stays, and all that left the box
 *   size        records it covers
 *   at_utc_ns   `at` of record size - 1
 *   left_box    1: it was committed with an anchor record, which says that it left the box
 *   note        the signed note, verbatim
 *
 * newest        one row: the newest checkpoint a second time, on another page, so that one
 *               flipped bit does not take the only proof of the last records
 *   id          1
 *   note        the same bytes as the row of `checkpoint` with the largest size
 *
 * source        one row a source; derived from the records and checked against them at each start
 *   name        as in the head
 *   seq         of its newest record
 *   number      of that record. The sum of all seq is the number of records.
 *
 * quarantine    rows and checkpoints that were found beyond the newest checkpoint at a start;
 *               never signed, never deleted: while it is not empty the verdict is `altered`
 *   id          counts
 *   found_utc_ns  when
 *   origin_table  "record" or "checkpoint"
 *   number      as it was claimed: record.number or checkpoint.size
 *   head        record.head, or checkpoint.note
 *   body        record.body, or NULL
 *
 * PRAGMA user_version is 0; 1 asks the next opening to copy the file, for a transaction met a
 * damaged page.
 */
#include "ledger/ledger_schema.h"

#include "base/utf8.h"
#include "ledger/reading.h"

const char ledger_schema[] =
    "CREATE TABLE ledger (id INTEGER PRIMARY KEY CHECK (id = 1), format INTEGER NOT NULL,"
    " origin TEXT NOT NULL, suite TEXT NOT NULL) STRICT;"
    "CREATE TABLE record (number INTEGER PRIMARY KEY, head BLOB NOT NULL, body BLOB) STRICT;"
    "CREATE TABLE node (level INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL,"
    " PRIMARY KEY (level, position)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, at_utc_ns INTEGER NOT NULL,"
    " left_box INTEGER NOT NULL, note BLOB NOT NULL) STRICT;"
    "CREATE TABLE newest (id INTEGER PRIMARY KEY CHECK (id = 1), note BLOB NOT NULL) STRICT;"
    "CREATE TABLE source (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, number INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE quarantine (id INTEGER PRIMARY KEY, found_utc_ns INTEGER NOT NULL,"
    " origin_table TEXT NOT NULL, number INTEGER NOT NULL, head BLOB, body BLOB) STRICT;";

/* No mmap: an I/O error must be a result code, not a signal. Checkpoints of the WAL are made by
 * hand (ledger_tidy), so that their failure is seen and they delay no acknowledgement. */
static const char settings[] = "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = FULL;"
                               "PRAGMA wal_autocheckpoint = 0;"
                               "PRAGMA journal_size_limit = 8388608;"
                               "PRAGMA mmap_size = 0;"
                               "PRAGMA cache_size = -1024;"
                               "PRAGMA temp_store = MEMORY;";

void ledger_harden(sqlite3 *database)
{
    /* These cannot fail on a connection that is open; an older SQLite passes over what it does
     * not know. */
    (void)sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    (void)sqlite3_exec(database, "PRAGMA cell_size_check = ON;", NULL, NULL, NULL);
}

enum status ledger_connect(const char *path, sqlite3 **database, struct error *error)
{
    *database = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                SQLITE_OPEN_PRIVATECACHE;
    enum status status = reading_refuse_other(path, error);
    if (status != STATUS_OK) {
        return status;
    }
    int code = sqlite3_open_v2(path, database, flags, NULL);
    if (code != SQLITE_OK) {
        status = sql_failed(*database, code, path, error);
    } else {
        ledger_harden(*database);
        (void)sqlite3_busy_timeout(*database, 1000);
        status = sql_run(*database, settings, error);
    }
    if (status != STATUS_OK) {
        (void)sqlite3_close(*database);
        *database = NULL;
    }
    return status;
}

enum status ledger_schema_make(sqlite3 *database, const char *const *schemas, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; schemas != NULL && schemas[i] != NULL && status == STATUS_OK; i++) {
        status = sql_run(database, schemas[i], error);
    }
    return status;
}

/* A database in memory with these tables; the caller's to close. */
static enum status make_expected(const char *const *schemas, sqlite3 **expected,
                                 struct error *error)
{
    int code =
        sqlite3_open_v2(":memory:", expected, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (code != SQLITE_OK) {
        return sql_failed(*expected, code, "the expected schema", error);
    }
    return ledger_schema_make(*expected, schemas, error);
}

/* STATUS_END: there is no object with these four columns. */
static enum status find_object(sqlite3 *database, sqlite3_stmt *object, struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    enum status status =
        sql_prepare(database,
                    "SELECT 1 FROM sqlite_schema WHERE type = ?1 AND name = ?2 AND tbl_name = ?3"
                    " AND sql IS ?4",
                    &select, error);
    for (int column = 0; column < 4 && status == STATUS_OK; column++) {
        (void)sqlite3_bind_value(select, column + 1, sqlite3_column_value(object, column));
    }
    return status == STATUS_OK ? sql_step_row(select, error) : status;
}

/* STATUS_MISMATCH: an object of `from` is not in `in`. */
static enum status compare(sqlite3 *from, sqlite3 *in, const char *what, struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    enum status status =
        sql_prepare(from, "SELECT type, name, tbl_name, sql FROM sqlite_schema", &select, error);
    while (status == STATUS_OK && (status = sql_step_row(select, error)) == STATUS_OK) {
        status = find_object(in, select, error);
        if (status == STATUS_END) {
            const char *type = (const char *)sqlite3_column_text(select, 0);
            const char *name = (const char *)sqlite3_column_text(select, 1);
            struct bytes shown = bytes_of_text(name == NULL ? "" : name);
            return error_set(error, STATUS_MISMATCH, "%s: %.20s %.60s", what,
                             type == NULL ? "" : type,
                             utf8_is_clean(shown, false) ? (const char *)shown.data : "?");
        }
    }
    return status == STATUS_END ? STATUS_OK : status;
}

enum status ledger_schema_has(sqlite3 *database, const char *const *schemas, struct error *error)
{
    sqlite3 *expected = NULL;
    enum status status = make_expected(schemas, &expected, error);
    if (status == STATUS_OK) {
        status = compare(expected, database, "missing or made otherwise", error);
    }
    (void)sqlite3_close(expected);
    return status;
}

/* STATUS_MISMATCH if `text` gives a row. */
static enum status refuse(sqlite3 *database, const char *text, const char *why, struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    enum status status = sql_prepare(database, text, &select, error);
    if (status == STATUS_OK) {
        status = sql_step_row(select, error);
    }
    if (status == STATUS_OK) {
        return error_set(error, STATUS_MISMATCH, "%s", why);
    }
    return status == STATUS_END ? STATUS_OK : status;
}

/* What `database` has beyond the expected tables. */
static enum status check_foreign(sqlite3 *database, const char *const *others, struct error *error)
{
    enum status status = refuse(database,
                                "SELECT 1 FROM sqlite_schema WHERE type NOT IN ('table', 'index')"
                                " OR (type = 'table' AND rootpage = 0)",
                                "a trigger, a view or a virtual table is in the file", error);
    if (status != STATUS_OK || others == NULL) {
        return status;
    }
    sqlite3 *expected = NULL;
    status = make_expected((const char *const[]){ledger_schema, NULL}, &expected, error);
    if (status == STATUS_OK) {
        status = ledger_schema_make(expected, others, error);
    }
    if (status == STATUS_OK) {
        status = compare(database, expected, "not of the recorder", error);
    }
    (void)sqlite3_close(expected);
    return status;
}

enum status ledger_schema_check(sqlite3 *database, const char *const *others, struct error *error)
{
    enum status status =
        ledger_schema_has(database, (const char *const[]){ledger_schema, NULL}, error);
    if (status == STATUS_OK) {
        status = check_foreign(database, others, error);
    }
    if (status != STATUS_OK || others == NULL) {
        return status;
    }
    status = ledger_schema_has(database, others, error);
    if (status == STATUS_MISMATCH &&
        refuse(database, "SELECT 1 FROM record LIMIT 1", "there are records", NULL) == STATUS_OK) {
        return STATUS_OK;
    }
    return status;
}
