#include "ledger/sql.h"

#include <string.h>

void sql_finalize(sqlite3_stmt **statement)
{
    (void)sqlite3_finalize(*statement);
    *statement = NULL;
}

static enum status status_of_code(int code)
{
    static const struct {
        int code;
        enum status status;
    } meanings[] = {
        {SQLITE_BUSY, STATUS_TIMEOUT},    {SQLITE_LOCKED, STATUS_TIMEOUT},
        {SQLITE_FULL, STATUS_FULL},       {SQLITE_CORRUPT, STATUS_MISMATCH},
        {SQLITE_NOTADB, STATUS_MISMATCH}, {SQLITE_CONSTRAINT, STATUS_EXISTS},
        {SQLITE_NOMEM, STATUS_NO_MEMORY}, {SQLITE_PROTOCOL, STATUS_UNCERTAIN},
    };
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (meanings[i].code == (code & 0xff)) {
            return meanings[i].status;
        }
    }
    return STATUS_IO;
}

enum status sql_failed(sqlite3 *database, int code, const char *doing, struct error *error)
{
    const char *words = database == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(database);
    int errno_value = database == NULL ? 0 : sqlite3_system_errno(database);
    enum status status = status_of_code(code);
    if (errno_value != 0 && (status == STATUS_IO || status == STATUS_FULL)) {
        return error_set_errno(error, status, errno_value, "%s: %s (%d)", doing, words, code);
    }
    return error_set(error, status, "%s: %s (%d)", doing, words, code);
}

enum status sql_run(sqlite3 *database, const char *text, struct error *error)
{
    int code = sqlite3_exec(database, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? STATUS_OK : sql_failed(database, code, "the database", error);
}

void sql_roll_back(sqlite3 *database)
{
    if (database != NULL && sqlite3_get_autocommit(database) == 0) {
        (void)sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
    }
}

enum status sql_prepare(sqlite3 *database, const char *text, sqlite3_stmt **statement,
                        struct error *error)
{
    int code = sqlite3_prepare_v3(database, text, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    return code == SQLITE_OK ? STATUS_OK : sql_failed(database, code, "the database", error);
}

enum status sql_step_row(sqlite3_stmt *statement, struct error *error)
{
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        return STATUS_OK;
    }
    enum status status = STATUS_END;
    if (code != SQLITE_DONE) {
        status = sql_failed(sqlite3_db_handle(statement), code, "the database", error);
    }
    (void)sqlite3_reset(statement);
    return status;
}

enum status sql_step_done(sqlite3_stmt *statement, struct error *error)
{
    enum status status = sql_step_row(statement, error);
    if (status == STATUS_OK) {
        (void)sqlite3_reset(statement);
    }
    return status == STATUS_END ? STATUS_OK : status;
}

struct bytes sql_column_bytes(sqlite3_stmt *statement, int column)
{
    /* The pointer first, the size after: SQLite's documented order. */
    const void *data = sqlite3_column_blob(statement, column);
    return (struct bytes){data, (size_t)sqlite3_column_bytes(statement, column)};
}

void sql_bind_bytes(sqlite3_stmt *statement, int parameter, struct bytes bytes)
{
    /* Cannot fail: nothing is copied, no parameter is out of range, statements are always reset. */
    (void)sqlite3_bind_blob64(statement, parameter, bytes.size == 0 ? "" : (const void *)bytes.data,
                              bytes.size, SQLITE_STATIC);
}

void sql_bind_text(sqlite3_stmt *statement, int parameter, const char *text)
{
    (void)sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC);
}
