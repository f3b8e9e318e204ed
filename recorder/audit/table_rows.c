#include "audit/table_rows.h"

#include <stdio.h>
#include <string.h>

void table_report(struct audit *audit, enum audit_fault fault, uint64_t record, const char *detail)
{
    struct finding finding = finding_of(fault);
    finding_set_file(&finding, "ledger.db");
    if (record != UINT64_MAX) {
        finding_set_record(&finding, record);
    }
    finding_set_detail(&finding, "%s", detail);
    audit_add(audit, &finding);
}

void table_report_index(struct audit *audit, const char *table, uint64_t record, const char *what)
{
    char detail[128];
    (void)snprintf(detail, sizeof(detail), "table %s: %s", table, what);
    table_report(audit, FAULT_INDEX_ALTERED, record, detail);
}

bool table_is_judged(const struct audit *audit, uint64_t record)
{
    return record < audit->size ? audit->rows[record] == ROW_TRUE : record >= audit->rows_end;
}

bool table_is_settled(const struct audit *audit)
{
    return audit->book.doubtful == 0 && audit->size == audit->rows_end;
}

void table_each_row(struct audit *audit, const char *table, const char *query,
                    void (*each)(struct audit *audit, sqlite3_stmt *row, void *context),
                    void *context)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    struct error reason = {0};
    enum status status = sql_prepare(ledger_view_database(audit->view), query, &select, &reason);
    if (status != STATUS_OK && strstr(reason.text, "no such table") != NULL) {
        return;
    }
    while (status == STATUS_OK && (status = sql_step_row(select, &reason)) == STATUS_OK) {
        each(audit, select, context);
    }
    if (status != STATUS_END) {
        char detail[DETAIL_SIZE];
        (void)snprintf(detail, sizeof(detail), "table %s: %.160s", table, reason.text);
        table_report(audit, FAULT_LEDGER_STRUCTURE, UINT64_MAX, detail);
    }
}

bool table_column_is(sqlite3_stmt *row, int column, const char *text)
{
    return bytes_equal(sql_column_bytes(row, column), bytes_of_text(text));
}

uint64_t table_column_u64(sqlite3_stmt *row, int column)
{
    return (uint64_t)sqlite3_column_int64(row, column);
}
