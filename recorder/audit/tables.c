#include "audit/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/sql.h"
#include "store/entry_record.h"

#define LEDGER_FORMAT 1

static void report(struct audit *audit, enum audit_fault fault, uint64_t record, const char *detail)
{
    struct finding finding = finding_of(fault);
    finding_set_file(&finding, "ledger.db");
    if (record != UINT64_MAX) {
        finding_set_record(&finding, record);
    }
    finding_set_detail(&finding, "%s", detail);
    audit_add(audit, &finding);
}

static void report_index(struct audit *audit, const char *table, uint64_t record, const char *what)
{
    char detail[128];
    (void)snprintf(detail, sizeof(detail), "table %s: %s", table, what);
    report(audit, FAULT_INDEX_ALTERED, record, detail);
}

/* Is it known what this record says? One beyond the proved ones is reported itself; one beyond
 * all rows does not exist, which is known too. */
static bool is_judged(const struct audit *audit, uint64_t record)
{
    return record < audit->size ? audit->rows[record] == ROW_TRUE : record >= audit->rows_end;
}

/* Do the derived tables speak of just the records that are proved? */
static bool is_settled(const struct audit *audit)
{
    return audit->book.doubtful == 0 && audit->size == audit->rows_end;
}

/* Runs a query and hands its rows to `each`; a failure is a finding of the structure. A table
 * that is not there holds nothing: a ledger without video has none of the store's. */
static void each_row(struct audit *audit, const char *table, const char *query,
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
        report(audit, FAULT_LEDGER_STRUCTURE, UINT64_MAX, detail);
    }
}

static bool column_is(sqlite3_stmt *row, int column, const char *text)
{
    return bytes_equal(sql_column_bytes(row, column), bytes_of_text(text));
}

static uint64_t column_u64(sqlite3_stmt *row, int column)
{
    return (uint64_t)sqlite3_column_int64(row, column);
}

/* table ledger */

static void check_identity(struct audit *audit, sqlite3_stmt *row, void *context)
{
    bool *seen = context;
    *seen = true;
    if (sqlite3_column_int64(row, 0) != LEDGER_FORMAT) {
        report(audit, FAULT_LEDGER_IDENTITY, UINT64_MAX, "format");
    }
    if (audit->origin[0] != '\0' && !column_is(row, 1, audit->origin)) {
        report(audit, FAULT_LEDGER_IDENTITY, UINT64_MAX, "origin");
    }
    if (audit->suite != NULL && !column_is(row, 2, suite_name(audit->suite))) {
        report(audit, FAULT_LEDGER_IDENTITY, UINT64_MAX, "suite");
    }
}

static void check_ledger(struct audit *audit)
{
    bool seen = false;
    each_row(audit, "ledger", "SELECT format, origin, suite FROM ledger WHERE id = 1",
             check_identity, &seen);
    if (!seen) {
        report(audit, FAULT_LEDGER_IDENTITY, UINT64_MAX, "missing");
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
    uint64_t size = column_u64(row, 0);
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
        report_index(audit, "checkpoint", size - 1, "at_utc_ns");
    }
    bool left = has_anchor(audit, rows->before, size, &doubtful);
    if (!doubtful && sqlite3_column_int64(row, 2) != (left ? 1 : 0)) {
        report_index(audit, "checkpoint", size - 1, "left_box");
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
                report_index(audit, "source", sources[i].number, detail);
            }
            return STATUS_OK;
        }
    }
    (void)snprintf(detail, sizeof(detail), "nobody is called %s", name);
    report_index(audit, "source", UINT64_MAX, detail);
    return STATUS_OK;
}

static void check_sources(struct audit *audit)
{
    struct source_rows rows = {.audit = audit};
    if (!is_settled(audit)) {
        return; /* the true counts are not known */
    }
    if (ledger_view_sources(audit->view, check_source, &rows, NULL) == STATUS_OK &&
        rows.count < audit->book.sources.count) {
        report_index(audit, "source", UINT64_MAX, "a row is missing");
    }
}

/* table segment */

static const char *segment_difference(const struct audit *audit, const struct book_segment *segment,
                                      sqlite3_stmt *row)
{
    char file[SEGMENT_FILE_SIZE];
    char stored[SEGMENT_FILE_SIZE] = "";
    struct bytes camera = sql_column_bytes(row, 1);
    struct bytes id = sql_column_bytes(row, 2);
    uint64_t state = column_u64(row, 7);
    book_segment_file(&audit->book, segment, file);
    (void)snprintf(stored, sizeof(stored), "%.*s/%.8s/%.*s.mp4",
                   (int)(camera.size < ID_SIZE ? camera.size : 0), (const char *)camera.data,
                   (const char *)id.data, (int)(id.size < SEGMENT_ID_SIZE ? id.size : 0),
                   (const char *)id.data);
    if (strcmp(file, stored) != 0) {
        return "camera or id";
    }
    if (segment->start_utc_ns != sqlite3_column_int64(row, 3) ||
        segment->end_utc_ns != sqlite3_column_int64(row, 4)) {
        return "start or end";
    }
    if (segment->size != column_u64(row, 5)) {
        return "size";
    }
    if (audit->book.doubtful == 0 && segment->lived_ns != sqlite3_column_int64(row, 6)) {
        return "lived_ns";
    }
    if (state > 2 || (state == 0) != (segment->expired_by == 0)) {
        return "state";
    }
    return segment->expired_by != column_u64(row, 8) ? "expired_by" : NULL;
}

static void check_segment(struct audit *audit, sqlite3_stmt *row, void *context)
{
    uint64_t *count = context;
    uint64_t record = column_u64(row, 0);
    const struct book_segment *segment = book_segment_of_record(&audit->book, record);
    if (segment == NULL) {
        if (is_judged(audit, record)) {
            report_index(audit, "segment", record, "there is no such segment");
        }
        return;
    }
    ++*count;
    const char *difference = segment_difference(audit, segment, row);
    if (difference != NULL) {
        report_index(audit, "segment", record, difference);
    }
}

/* table entry_key */

static void check_entry_key(struct audit *audit, sqlite3_stmt *row, void *context)
{
    uint64_t *count = context;
    uint64_t record = column_u64(row, 3);
    struct ledger_row entry_row;
    struct record_head head;
    struct entry_record entry = {0};
    json_t *body = NULL;
    ++*count;
    if (!is_judged(audit, record)) {
        return;
    }
    bool fits = record < audit->size &&
                ledger_view_row(audit->view, record, &entry_row, NULL) == STATUS_OK &&
                record_head_parse(entry_row.head, &head, NULL) == STATUS_OK &&
                head.kind == RECORD_ENTRY;
    if (fits && record_body_check(audit->algorithm, &head, entry_row.body, NULL) != STATUS_OK) {
        return; /* its content is altered, and reported */
    }
    fits = fits && record_body_parse(entry_row.body, &body, NULL) == STATUS_OK &&
           entry_record_parse(body, &entry, NULL) == STATUS_OK;
    json_decref(body);
    if (!fits || !column_is(row, 0, entry.controller) || !entry.entry.has_device_seq ||
        entry.entry.boot_epoch != column_u64(row, 1) ||
        entry.entry.device_seq != column_u64(row, 2)) {
        report_index(audit, "entry_key", record, "it does not fit the entry");
    }
}

/* table hold */

static void check_hold(struct audit *audit, sqlite3_stmt *row, void *context)
{
    uint64_t *count = context;
    uint64_t record = column_u64(row, 0);
    struct ledger_row hold;
    struct record_head head;
    ++*count;
    if (!is_judged(audit, record)) {
        return;
    }
    if (record >= audit->size || ledger_view_row(audit->view, record, &hold, NULL) != STATUS_OK ||
        record_head_parse(hold.head, &head, NULL) != STATUS_OK || head.kind != RECORD_HOLD) {
        report_index(audit, "hold", record, "it is no hold");
    }
}

/* tables lived and followed */

static void check_lived(struct audit *audit, sqlite3_stmt *row, void *context)
{
    const struct lived *lived = &audit->book.lived;
    uint64_t *count = context;
    *count += sqlite3_column_int64(row, 4) == 1;
    if (is_settled(audit) &&
        (!column_is(row, 0, lived->boot_id) ||
         sqlite3_column_int64(row, 1) != lived->monotonic_ns ||
         sqlite3_column_int64(row, 2) != lived->total_ns || column_u64(row, 3) != lived->next)) {
        report_index(audit, "lived", UINT64_MAX, "it does not fit the records");
    }
}

static void check_followed(struct audit *audit, sqlite3_stmt *row, void *context)
{
    static const char *const names[] = {"segment", "entry_key", "hold"};
    uint64_t *count = context;
    bool known = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        known = known || column_is(row, 0, names[i]);
    }
    *count += known;
    if (!known) {
        report_index(audit, "followed", UINT64_MAX, "nothing is called so");
    }
    if (column_u64(row, 1) != audit->size && is_settled(audit)) {
        report_index(audit, "followed", UINT64_MAX, "it does not fit the records");
    }
}

/* A derived table that lacks rows of true records. */
static void check_count(struct audit *audit, const char *table, uint64_t found, uint64_t expected)
{
    char detail[96];
    if (found < expected) {
        (void)snprintf(detail, sizeof(detail), "%" PRIu64 " rows are missing", expected - found);
        report_index(audit, table, UINT64_MAX, detail);
    }
}

static void check_store(struct audit *audit)
{
    uint64_t segments = 0;
    uint64_t keys = 0;
    uint64_t holds = 0;
    each_row(audit, "segment",
             "SELECT record, camera, id, start_ns, end_ns, size, lived_ns, state, expired_by"
             " FROM segment NOT INDEXED ORDER BY record",
             check_segment, &segments);
    check_count(audit, "segment", segments, audit->book.segments.count);
    each_row(audit, "entry_key", "SELECT controller, boot_epoch, device_seq, record FROM entry_key",
             check_entry_key, &keys);
    check_count(audit, "entry_key", keys, audit->book.keyed_entries);
    each_row(audit, "hold", "SELECT record FROM hold", check_hold, &holds);
    check_count(audit, "hold", holds, audit->book.hold_records);
    uint64_t lived = 0;
    each_row(audit, "lived", "SELECT boot_id, monotonic_ns, total_ns, next, id FROM lived",
             check_lived, &lived);
    check_count(audit, "lived", lived, audit->book.segments.count > 0 ? 1 : 0);
    uint64_t followed = 0;
    each_row(audit, "followed", "SELECT name, next FROM followed", check_followed, &followed);
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
    report(audit, FAULT_RECORD_BEYOND, UINT64_MAX, detail);
}

void tables_check(struct audit *audit)
{
    struct checkpoint_rows checkpoints = {0};
    check_ledger(audit);
    each_row(audit, "checkpoint", "SELECT size, at_utc_ns, left_box FROM checkpoint ORDER BY size",
             check_checkpoint, &checkpoints);
    check_sources(audit);
    check_store(audit);
    (void)!ledger_view_quarantine(audit->view, check_quarantined, audit, NULL);
    each_row(audit, "node", "SELECT level, position FROM node ORDER BY level, position",
             check_extra_node, NULL);
    each_row(audit, "record", "SELECT number FROM record WHERE number < 0", check_extra_record,
             NULL);
}
