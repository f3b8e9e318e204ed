#include "audit/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/table_rows.h"

#define LEDGER_FORMAT 1

/* table ledger */

static void check_identity(struct audit *audit, sqlite3_stmt *row, void *context)
{
    bool *seen = context;
    *seen = true;
    if (sqlite3_column_int64(row, 0) != LEDGER_FORMAT) {
        table_report(audit, FAULT_LEDGER_IDENTITY, UINT64_MAX, "format");
    }
    if (audit->origin[0] != '\0' && !table_column_is(row, 1, audit->origin)) {
        table_report(audit, FAULT_LEDGER_IDENTITY, UINT64_MAX, "origin");
    }
    if (audit->suite != NULL && !table_column_is(row, 2, suite_name(audit->suite))) {
        table_report(audit, FAULT_LEDGER_IDENTITY, UINT64_MAX, "suite");
    }
}

static void check_ledger(struct audit *audit)
{
    bool seen = false;
    table_each_row(audit, "ledger", "SELECT format, origin, suite FROM ledger WHERE id = 1",
                   check_identity, &seen);
    if (!seen) {
        table_report(audit, FAULT_LEDGER_IDENTITY, UINT64_MAX, "missing");
    }
}

/* table checkpoint: what stands beside the notes */

struct checkpoint_rows {
    uint64_t before; /* size of the row before */
};

/* Was a checkpoint handed out with a record in [from, to)? */
static bool has_anchor(struct audit *audit, uint64_t from, uint64_t to, bool *doubtful)
{
    for (uint64_t number = from; number < to; number++) {
        struct ledger_row row;
        struct record_head head;
        if (audit->rows[number] != ROW_TRUE ||
            ledger_view_row(audit->view, number, &row, NULL) != STATUS_OK ||
            record_head_parse(row.head, &head, NULL) != STATUS_OK) {
            *doubtful = true;
        } else if (head.kind == RECORD_ANCHOR) {
            return true;
        }
    }
    return false;
}

static void check_checkpoint(struct audit *audit, sqlite3_stmt *row, void *context)
{
    struct checkpoint_rows *rows = context;
    uint64_t size = table_column_u64(row, 0);
    struct ledger_row last;
    struct record_head head;
    bool doubtful = false;
    if (size == 0 || size > audit->size || size <= rows->before) {
        return; /* reported with its note */
    }
    if (audit->rows[size - 1] == ROW_TRUE &&
        ledger_view_row(audit->view, size - 1, &last, NULL) == STATUS_OK &&
        record_head_parse(last.head, &head, NULL) == STATUS_OK &&
        head.at_utc_ns != sqlite3_column_int64(row, 1)) {
        table_report_index(audit, "checkpoint", size - 1, "at_utc_ns");
    }
    bool left = has_anchor(audit, rows->before, size, &doubtful);
    if (!doubtful && sqlite3_column_int64(row, 2) != (left ? 1 : 0)) {
        table_report_index(audit, "checkpoint", size - 1, "left_box");
    }
    rows->before = size;
}

/* table source */

struct source_rows {
    struct audit *audit;
    size_t count;
};

static enum status check_source(void *context, const char *name, uint64_t seq, uint64_t number)
{
    struct source_rows *rows = context;
    struct audit *audit = rows->audit;
    const struct book_source *sources = audit->book.sources.data;
    char detail[96];
    rows->count++;
    for (size_t i = 0; i < audit->book.sources.count; i++) {
        if (strcmp(sources[i].name, name) == 0) {
            if (sources[i].seq != seq || sources[i].number != number) {
                (void)snprintf(detail, sizeof(detail), "the counter of %s", name);
                table_report_index(audit, "source", sources[i].number, detail);
            }
            return STATUS_OK;
        }
    }
    (void)snprintf(detail, sizeof(detail), "nobody is called %s", name);
    table_report_index(audit, "source", UINT64_MAX, detail);
    return STATUS_OK;
}

static void check_sources(struct audit *audit)
{
    struct source_rows rows = {.audit = audit};
    if (!table_is_settled(audit)) {
        return; /* the true counts are not known */
    }
    if (ledger_view_sources(audit->view, check_source, &rows, NULL) == STATUS_OK &&
        rows.count < audit->book.sources.count) {
        table_report_index(audit, "source", UINT64_MAX, "a row is missing");
    }
}

static enum status check_quarantined(void *context, const struct ledger_quarantined *row)
{
    struct audit *audit = context;
    struct finding finding = finding_of(FAULT_QUARANTINE);
    finding_set_file(&finding, "ledger.db");
    if (row->number >= 0) {
        finding_set_record(&finding, (uint64_t)row->number);
    }
    finding.from_utc_ns = row->found_utc_ns;
    finding.to_utc_ns = row->found_utc_ns;
    finding_set_detail(&finding, "a row of table %s", row->table != NULL ? row->table : "?");
    audit_add(audit, &finding);
    return STATUS_OK;
}

/* Nodes that no sealed record has part in, and rows with numbers that no record can have. */
static void check_extra_node(struct audit *audit, sqlite3_stmt *row, void *context)
{
    struct finding finding = finding_of(FAULT_NODE_EXTRA);
    int64_t level = sqlite3_column_int64(row, 0);
    int64_t position = sqlite3_column_int64(row, 1);
    (void)context;
    uint64_t end = audit->size > audit->rows_end ? audit->size : audit->rows_end;
    if (level >= 0 && level < MERKLE_LEVELS && position >= 0 && (uint64_t)position < end >> level) {
        return;
    }
    finding_set_file(&finding, "ledger.db");
    finding_set_detail(&finding, "node %" PRId64 "/%" PRId64, level, position);
    audit_add(audit, &finding);
}

static void check_extra_record(struct audit *audit, sqlite3_stmt *row, void *context)
{
    char detail[64];
    (void)context;
    (void)snprintf(detail, sizeof(detail), "number %" PRId64,
                   (int64_t)sqlite3_column_int64(row, 0));
    table_report(audit, FAULT_RECORD_BEYOND, UINT64_MAX, detail);
}

void tables_check(struct audit *audit)
{
    struct checkpoint_rows checkpoints = {0};
    check_ledger(audit);
    table_each_row(audit, "checkpoint",
                   "SELECT size, at_utc_ns, left_box FROM checkpoint ORDER BY size",
                   check_checkpoint, &checkpoints);
    check_sources(audit);
    tables_check_store(audit);
    (void)!ledger_view_quarantine(audit->view, check_quarantined, audit, NULL);
    table_each_row(audit, "node", "SELECT level, position FROM node ORDER BY level, position",
                   check_extra_node, NULL);
    table_each_row(audit, "record", "SELECT number FROM record WHERE number < 0",
                   check_extra_record, NULL);
}
