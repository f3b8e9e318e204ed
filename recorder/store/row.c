#include "store/row.h"

#include <sqlite3.h>
#include <string.h>

#include "ledger/sql.h"

static enum status check_leaf(enum digest_algorithm algorithm, struct bytes head,
                              struct bytes stored, struct error *error)
{
    struct digest leaf;

    merkle_leaf(algorithm, head, &leaf);
    if (stored.size != DIGEST_BYTES || memcmp(stored.data, leaf.bytes, DIGEST_BYTES) != 0)
        return error_set(error, STATUS_MISMATCH, "a record does not fit its leaf");
    return STATUS_OK;
}

enum status row_read(struct ledger *ledger, uint64_t number, struct record_head *head,
                     json_t **body, struct error *error)
{
    enum digest_algorithm algorithm = suite_digest_algorithm(ledger_suite(ledger));
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    struct bytes line = {0};
    enum status status = sql_prepare(ledger_database(ledger),
                                     "SELECT head, body, hash FROM record JOIN node ON level = 0"
                                     " AND position = number WHERE number = ?1",
                                     &statement, error);

    *body = NULL;
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)number);
    status = sql_step_row(statement, error);
    if (status != STATUS_OK)
        return status == STATUS_END ? STATUS_NOT_FOUND : status;
    if (sqlite3_column_type(statement, 1) == SQLITE_NULL)
        return STATUS_NOT_FOUND;
    line = sql_column_bytes(statement, 1);
    status = check_leaf(algorithm, sql_column_bytes(statement, 0), sql_column_bytes(statement, 2),
                        error);
    if (status == STATUS_OK)
        status = record_head_parse(sql_column_bytes(statement, 0), head, error);
    if (status == STATUS_OK)
        status = record_body_check(algorithm, head, line, error);
    return status == STATUS_OK ? record_body_parse(line, body, error) : status;
}
