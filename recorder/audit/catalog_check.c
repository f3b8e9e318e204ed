#include "audit/catalog_check.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/reading.h"
#include "ledger/sql.h"
#include "store/catalog_rows.h"

#define CATALOG_FILE "catalog.db"
/* Records whose rows are made again and compared at a time. */
#define CHUNK 4096u

static void report(struct audit *audit, enum audit_fault fault, uint64_t from, uint64_t to,
                   const char *detail)
{
    struct finding finding = finding_of(fault);
    finding_set_file(&finding, CATALOG_FILE);
    if (from < to) {
        finding_set_record(&finding, from);
        finding.record_last = to - 1;
    }
    finding_set_detail(&finding, "%s", detail);
    audit_add(audit, &finding);
}

static bool exists(const struct audit *audit, const char *name, off_t *size)
{
    struct stat facts;
    bool there = fstatat(audit->state, name, &facts, AT_SYMLINK_NOFOLLOW) == 0;
    *size = there ? facts.st_size : 0;
    return there;
}

/* Reading must leave nothing behind: see reading.h. */
static enum status open_catalog(struct audit *audit, sqlite3 **database, struct error *error)
{
    struct reading reading;
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d/" CATALOG_FILE, audit->state);
    /* READWRITE is what the scratch database beside it inherits */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                SQLITE_OPEN_PRIVATECACHE;
    enum status status = reading_open(&reading, path, flags, database, error);
    if (status != STATUS_OK) {
        return status;
    }
    (void)sqlite3_db_config(*database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(*database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_busy_timeout(*database, 5000);
    return sql_run(*database, "PRAGMA mmap_size = 0", error);
}

struct comparison {
    struct audit *audit;
    sqlite3 *database;
    struct error *error;
};

static enum status add_row(void *context, uint64_t number, const struct ledger_row *row,
                           enum status status)
{
    struct comparison *comparison = context;
    (void)status;
    if (row == NULL || comparison->audit->rows[number] == ROW_ALTERED) {
        return STATUS_OK;
    }
    struct ledger_row known = *row;
    if ((comparison->audit->bodies[number] & BODY_NAMED) != 0) {
        known.has_body = false; /* it may still be there: the expiry record counts */
    }
    return catalog_rows_add(comparison->database, "fresh", comparison->audit->algorithm, &known,
                            comparison->error);
}

static enum status compare(struct comparison *comparison, uint64_t from, uint64_t to)
{
    struct audit *audit = comparison->audit;
    uint64_t different = 0;
    enum status status =
        sql_run(comparison->database, "ATTACH ':memory:' AS fresh", comparison->error);
    if (status != STATUS_OK) {
        return status;
    }
    status = catalog_rows_make(comparison->database, "fresh", comparison->error);
    if (status == STATUS_OK && from < audit->size) {
        status = audit_rows(audit, from, to, add_row, comparison, comparison->error);
    }
    if (status == STATUS_OK) {
        status = catalog_rows_differ(comparison->database, from, to, &different, comparison->error);
    }
    enum status detached = sql_run(comparison->database, "DETACH fresh", NULL);
    if (status == STATUS_OK && different > 0) {
        char detail[64];
        (void)snprintf(detail, sizeof(detail), "%" PRIu64 " rows differ", different);
        report(audit, FAULT_CATALOG_DIFFERS, from, to, detail);
    }
    return status != STATUS_OK ? status : detached;
}

/* How far the catalog says that it has come. */
static enum status read_through(struct audit *audit, sqlite3 *database, uint64_t *through,
                                struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    enum status status =
        sql_prepare(database, "SELECT origin, through FROM catalog WHERE id = 1", &select, error);
    if (status == STATUS_OK) {
        status = sql_step_row(select, error);
    }
    if (status != STATUS_OK) {
        return status == STATUS_END ? error_set(error, STATUS_MISMATCH, "it is empty") : status;
    }
    if (!bytes_equal(sql_column_bytes(select, 0), bytes_of_text(audit->origin))) {
        return error_set(error, STATUS_MISMATCH, "it is of another ledger");
    }
    *through = (uint64_t)sqlite3_column_int64(select, 1);
    if (*through > audit->rows_end && !audit->live) {
        return error_set(error, STATUS_MISMATCH, "it goes beyond the records");
    }
    return STATUS_OK;
}

static enum status check_structure(sqlite3 *database, struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *check = NULL;
    enum status status = sql_prepare(database, "PRAGMA integrity_check(1)", &check, error);
    if (status == STATUS_OK) {
        status = sql_step_row(check, error);
    }
    if (status == STATUS_OK && !bytes_equal(sql_column_bytes(check, 0), bytes_of_text("ok"))) {
        const char *text = (const char *)sqlite3_column_text(check, 0);
        return error_set(error, STATUS_MISMATCH, "%.200s", text != NULL ? text : "");
    }
    return status;
}

static enum status check_rows(struct audit *audit, sqlite3 *database, struct error *error)
{
    struct comparison comparison = {audit, database, error};
    uint64_t through = 0;
    enum status status = check_structure(database, error);
    if (status == STATUS_OK) {
        status = read_through(audit, database, &through, error);
    }
    uint64_t end = through < audit->size ? through : audit->size;
    for (uint64_t from = 0; status == STATUS_OK && from < end; from += CHUNK) {
        uint64_t to = from + CHUNK < end ? from + CHUNK : end;
        status = compare(&comparison, from, to);
        audit_show(audit, AUDIT_STAGE_CATALOG, to, end);
    }
    if (status == STATUS_OK && !audit->live) {
        status = compare(&comparison, audit->rows_end, INT64_MAX); /* rows that no record has */
    }
    return status;
}

enum status catalog_check(struct audit *audit, struct error *error)
{
    sqlite3 *database = NULL;
    struct error reason = {0};
    off_t size = 0;
    (void)error;
    if (!exists(audit, CATALOG_FILE, &size)) {
        report(audit, FAULT_CATALOG_UNREADABLE, 0, 0, "missing");
        return STATUS_OK;
    }
    enum status status = open_catalog(audit, &database, &reason);
    if (status == STATUS_OK) {
        status = check_rows(audit, database, &reason);
    }
    (void)sqlite3_close(database);
    if (status != STATUS_OK) {
        report(audit, FAULT_CATALOG_UNREADABLE, 0, 0, reason.text);
    }
    return STATUS_OK;
}
