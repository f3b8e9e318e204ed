/* The tables that the store derives from the records, held against them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/table_rows.h"
#include "store/entry_key.h"
#include "store/entry_record.h"

/* table segment */

static const char *segment_difference(const struct audit *audit, const struct book_segment *segment,
                                      sqlite3_stmt *row)
{
    char file[SEGMENT_FILE_SIZE];
    char stored[SEGMENT_FILE_SIZE] = "";
    struct bytes camera = sql_column_bytes(row, 1);
    struct bytes id = sql_column_bytes(row, 2);
    uint64_t state = table_column_u64(row, 7);
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
    if (segment->size != table_column_u64(row, 5)) {
        return "size";
    }
    if (audit->book.doubtful == 0 && !segment->bodiless &&
        segment->lived_ns != sqlite3_column_int64(row, 6)) {
        return "lived_ns";
    }
    if (state > 2 || (state == 0) != (segment->expired_by == 0)) {
        return "state";
    }
    return segment->expired_by != table_column_u64(row, 8) ? "expired_by" : NULL;
}

static void check_segment(struct audit *audit, sqlite3_stmt *row, void *context)
{
    uint64_t *count = context;
    uint64_t record = table_column_u64(row, 0);
    const struct book_segment *segment = book_segment_of_record(&audit->book, record);
    if (segment == NULL) {
        if (table_is_judged(audit, record)) {
            table_report_index(audit, "segment", record, "there is no such segment");
        }
        return;
    }
    ++*count;
    const char *difference = segment_difference(audit, segment, row);
    if (difference != NULL) {
        table_report_index(audit, "segment", record, difference);
    }
}

/* table entry_key */

static bool is_of_source(sqlite3_stmt *row, const char *source)
{
    static const char prefix[] = "door/";
    return strncmp(source, prefix, strlen(prefix)) == 0 &&
           table_column_is(row, 0, source + strlen(prefix));
}

static void check_entry_key(struct audit *audit, sqlite3_stmt *row, void *context)
{
    uint64_t *count = context;
    uint64_t record = table_column_u64(row, 3);
    struct ledger_row entry_row;
    struct record_head head;
    struct entry_record entry = {0};
    json_t *body = NULL;
    ++*count;
    if (!table_is_judged(audit, record)) {
        return;
    }
    bool fits = record < audit->size &&
                ledger_view_row(audit->view, record, &entry_row, NULL) == STATUS_OK &&
                record_head_parse(entry_row.head, &head, NULL) == STATUS_OK &&
                head.kind == RECORD_ENTRY;
    if (fits && (audit->bodies[record] & BODY_ABSENT) != 0) {
        --*count; /* it expired; what stays of it is only looked at for its source */
        if (!is_of_source(row, head.source)) {
            table_report_index(audit, "entry_key", record, "it does not fit the entry");
        }
        return;
    }
    if (fits && record_body_check(audit->algorithm, &head, entry_row.body, NULL) != STATUS_OK) {
        return; /* its content is altered, and reported */
    }
    fits = fits && record_body_parse(entry_row.body, &body, NULL) == STATUS_OK &&
           entry_record_parse(body, &entry, NULL) == STATUS_OK;
    json_decref(body);
    struct entry_key key;
    entry_key_of(entry.controller, &entry.entry, &key);
    if (!fits || !table_column_is(row, 0, entry.controller) || !entry.entry.has_device_seq ||
        key.boot_epoch != table_column_u64(row, 1) || key.device_seq != table_column_u64(row, 2) ||
        key.registers != table_column_u64(row, 4) || key.meaning != table_column_u64(row, 5)) {
        table_report_index(audit, "entry_key", record, "it does not fit the entry");
    }
}

/* table hold */

static void check_hold(struct audit *audit, sqlite3_stmt *row, void *context)
{
    uint64_t *count = context;
    uint64_t record = table_column_u64(row, 0);
    struct ledger_row hold;
    struct record_head head;
    ++*count;
    if (!table_is_judged(audit, record)) {
        return;
    }
    if (record >= audit->size || ledger_view_row(audit->view, record, &hold, NULL) != STATUS_OK ||
        record_head_parse(hold.head, &head, NULL) != STATUS_OK || head.kind != RECORD_HOLD) {
        table_report_index(audit, "hold", record, "it is no hold");
    }
}

/* tables lived and followed */

static void check_lived(struct audit *audit, sqlite3_stmt *row, void *context)
{
    const struct lived *lived = &audit->book.lived;
    uint64_t *count = context;
    *count += sqlite3_column_int64(row, 4) == 1;
    if (table_is_settled(audit) && (!table_column_is(row, 0, lived->boot_id) ||
                                    sqlite3_column_int64(row, 1) != lived->monotonic_ns ||
                                    sqlite3_column_int64(row, 2) != lived->total_ns ||
                                    table_column_u64(row, 3) != lived->next)) {
        table_report_index(audit, "lived", UINT64_MAX, "it does not fit the records");
    }
}

static void check_followed(struct audit *audit, sqlite3_stmt *row, void *context)
{
    static const char *const names[] = {"segment", "entry_key", "hold"};
    uint64_t *count = context;
    bool known = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        known = known || table_column_is(row, 0, names[i]);
    }
    *count += known;
    if (!known) {
        table_report_index(audit, "followed", UINT64_MAX, "nothing is called so");
    }
    if (table_column_u64(row, 1) != audit->size && table_is_settled(audit)) {
        table_report_index(audit, "followed", UINT64_MAX, "it does not fit the records");
    }
}

/* A derived table that lacks rows of true records. */
static void check_count(struct audit *audit, const char *table, uint64_t found, uint64_t expected)
{
    char detail[96];
    if (found < expected) {
        (void)snprintf(detail, sizeof(detail), "%" PRIu64 " rows are missing", expected - found);
        table_report_index(audit, table, UINT64_MAX, detail);
    }
}

void tables_check_store(struct audit *audit)
{
    uint64_t segments = 0;
    uint64_t keys = 0;
    uint64_t holds = 0;
    table_each_row(audit, "segment",
                   "SELECT record, camera, id, start_ns, end_ns, size, lived_ns, state, expired_by"
                   " FROM segment NOT INDEXED ORDER BY record",
                   check_segment, &segments);
    check_count(audit, "segment", segments, audit->book.segments.count);
    table_each_row(audit, "entry_key",
                   "SELECT controller, boot_epoch, device_seq, record, registers, meaning"
                   " FROM entry_key",
                   check_entry_key, &keys);
    check_count(audit, "entry_key", keys, audit->book.keyed_entries);
    table_each_row(audit, "hold", "SELECT record FROM hold", check_hold, &holds);
    check_count(audit, "hold", holds, audit->book.hold_records);
    uint64_t lived = 0;
    table_each_row(audit, "lived", "SELECT boot_id, monotonic_ns, total_ns, next, id FROM lived",
                   check_lived, &lived);
    check_count(audit, "lived", lived, audit->book.segments.count > 0 ? 1 : 0);
    uint64_t followed = 0;
    table_each_row(audit, "followed", "SELECT name, next FROM followed", check_followed, &followed);
    check_count(audit, "followed", followed, audit->book.segments.count > 0 ? 3 : 0);
}
