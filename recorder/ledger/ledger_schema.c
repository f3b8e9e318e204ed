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
    int code = sqlite3_open_v2(path, database, flags, NULL);
    enum status status = STATUS_OK;
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
