/* The reading half of catalog.h; catalog.c and catalog_rows.c describe the tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/reading.h"
#include "ledger/sql.h"
#include "store/body_table.h"
#include "store/catalog.h"

struct catalog_view {
    struct reading reading;
    sqlite3 *database;
    char origin[ORIGIN_SIZE];
};

static void copy_text(sqlite3_stmt *row, int column, char *text, size_t size)
{
    struct bytes bytes = sql_column_bytes(row, column);
    size_t length = bytes.size < size ? bytes.size : size - 1;

    memset(text, 0, size);
    if (length > 0)
        memcpy(text, bytes.data, length);
}

static enum status read_own(struct catalog_view *view, uint64_t *through, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = sql_prepare(
        view->database, "SELECT through, origin FROM catalog WHERE id = 1", &statement, error);

    if (status != STATUS_OK)
        return status;
    status = sql_step_row(statement, error);
    if (status == STATUS_OK) {
        *through = (uint64_t)sqlite3_column_int64(statement, 0);
        copy_text(statement, 1, view->origin, sizeof(view->origin));
    }
    return status == STATUS_END ? STATUS_NOT_FOUND : status;
}

enum status catalog_view_open(const char *path, struct catalog_view **view, struct error *error)
{
    struct catalog_view *made = calloc(1, sizeof(*made));
    uint64_t through = 0;
    enum status status = STATUS_OK;

    *view = NULL;
    if (!made)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the catalog");
    status = reading_open(&made->reading, path,
                          SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                          &made->database, error);
    if (status == STATUS_OK) {
        sqlite3_busy_timeout(made->database, 1000);
        sqlite3_db_config(made->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        status = read_own(made, &through, error);
    }
    if (status != STATUS_OK) {
        catalog_view_free(made);
        return status;
    }
    *view = made;
    return STATUS_OK;
}

void catalog_view_free(struct catalog_view *view)
{
    if (!view)
        return;
    (void)sqlite3_close(view->database);
    free(view);
}

const char *catalog_view_origin(const struct catalog_view *view)
{
    return view->origin;
}

uint64_t catalog_view_through(struct catalog_view *view)
{
    uint64_t through = 0;

    return read_own(view, &through, NULL) == STATUS_OK ? through : 0;
}

#define HEAD "r.record, r.kind, r.source, r.seq, r.at_ns"

static void read_head(sqlite3_stmt *row, struct catalog_record *record)
{
    memset(record, 0, sizeof(*record));
    record->number = (uint64_t)sqlite3_column_int64(row, 0);
    record->kind = (enum record_kind)sqlite3_column_int(row, 1);
    copy_text(row, 2, record->source, sizeof(record->source));
    record->seq = (uint64_t)sqlite3_column_int64(row, 3);
    record->at_utc_ns = sqlite3_column_int64(row, 4);
}

/* The places of every query: a filter's members, NULL where they are left out. */
enum place {
    PLACE_FROM = 1,
    PLACE_TO,
    PLACE_CAMERA,
    PLACE_DOOR,
    PLACE_CONTROLLER,
    PLACE_CREDENTIAL,
    PLACE_SOURCE,
    PLACE_EVENT,
    PLACE_KIND,
    PLACE_LIMIT,
};

static void bind_time(sqlite3_stmt *statement, int place, int64_t utc_ns)
{
    if (utc_ns != 0)
        sqlite3_bind_int64(statement, place, utc_ns);
}

static void bind_word(sqlite3_stmt *statement, int place, const char *word)
{
    if (word)
        sql_bind_text(statement, place, word);
}

static void bind_code(sqlite3_stmt *statement, int place, int code)
{
    if (code != 0)
        sqlite3_bind_int(statement, place, code);
}

static void bind_filter(sqlite3_stmt *statement, const struct catalog_filter *filter)
{
    bind_time(statement, PLACE_FROM, filter->from_utc_ns);
    bind_time(statement, PLACE_TO, filter->to_utc_ns);
    bind_word(statement, PLACE_CAMERA, filter->camera);
    bind_word(statement, PLACE_DOOR, filter->door);
    bind_word(statement, PLACE_CONTROLLER, filter->controller);
    bind_word(statement, PLACE_CREDENTIAL, filter->credential);
    bind_word(statement, PLACE_SOURCE, filter->source);
    bind_code(statement, PLACE_EVENT, (int)filter->event);
    bind_code(statement, PLACE_KIND, (int)filter->kind);
    sqlite3_bind_int64(
        statement, PLACE_LIMIT,
        filter->limit == 0 || filter->limit > INT64_MAX ? -1 : (sqlite3_int64)filter->limit);
}

/* One query: what it selects, by which column it is put in order, and who gets the rows. */
struct query {
    const char *select;
    const char *order;      /* the oldest first */
    const char *order_back; /* the newest first */
    enum status (*each)(const struct query *query, sqlite3_stmt *row);
    const void *callback; /* points to the caller's function pointer */
    void *context;
};

static enum status run_query(struct catalog_view *view, const struct catalog_filter *filter,
                             const struct query *query, struct error *error)
{
    char text[2048];
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = STATUS_OK;

    snprintf(text, sizeof(text), "%s ORDER BY %s LIMIT ?10", query->select,
             filter->newest_first ? query->order_back : query->order);
    status = sql_prepare(view->database, text, &statement, error);
    if (status != STATUS_OK)
        return status;
    bind_filter(statement, filter);
    while ((status = sql_step_row(statement, error)) == STATUS_OK) {
        enum status own = query->each(query, statement);

        if (own != STATUS_OK)
            return own;
    }
    if (!reading_is_true(&view->reading))
        return error_set(error, STATUS_AGAIN, "the catalog was opened for writing meanwhile");
    return status == STATUS_END ? STATUS_OK : status;
}

typedef enum status (*record_callback)(void *, const struct catalog_record *);
typedef enum status (*entry_callback)(void *, const struct catalog_entry *);
typedef enum status (*span_callback)(void *, const struct catalog_span *);

static enum status each_record(const struct query *query, sqlite3_stmt *row)
{
    struct catalog_record record;

    read_head(row, &record);
    return (*(const record_callback *)query->callback)(query->context, &record);
}

enum status catalog_records(struct catalog_view *view, const struct catalog_filter *filter,
                            enum status (*each)(void *context, const struct catalog_record *record),
                            void *context, struct error *error)
{
    struct query query = {
        .select = "SELECT " HEAD " FROM record r WHERE (?1 IS NULL OR r.at_ns >= ?1)"
                  " AND (?2 IS NULL OR r.at_ns < ?2) AND (?7 IS NULL OR r.source = ?7)"
                  " AND (?9 IS NULL OR r.kind = ?9)"
                  " AND (?3 IS NULL OR r.source = 'camera/' || ?3)"
                  " AND (?4 IS NULL OR r.source = 'door/' || ?4)",
        .order = "r.record",
        .order_back = "r.record DESC",
        .each = each_record,
        .callback = &each,
        .context = context,
    };

    return run_query(view, filter, &query, error);
}

static enum status each_entry(const struct query *query, sqlite3_stmt *row)
{
    struct catalog_entry entry;
    json_t *body AUTO_JSON = NULL;

    read_head(row, &entry.record);
    if (record_body_parse(sql_column_bytes(row, 5), &body, NULL) != STATUS_OK ||
        entry_record_parse(body, &entry.entry, NULL) != STATUS_OK)
        return STATUS_OK;
    return (*(const entry_callback *)query->callback)(query->context, &entry);
}

#define ENTRIES                                                                                    \
    "SELECT " HEAD ", e.body FROM entry e JOIN record r ON r.record = e.record"                    \
    " WHERE (?3 IS NULL OR instr(' ' || e.cameras || ' ', ' ' || ?3 || ' ') > 0)"                  \
    " AND (?4 IS NULL OR e.door = ?4) AND (?5 IS NULL OR e.controller = ?5)"                       \
    " AND (?6 IS NULL OR e.credential = ?6) AND (?7 IS NULL OR r.source = ?7)"                     \
    " AND (?8 IS NULL OR e.event = ?8)"
/* Two ranges, each by its index. */
#define IN_RANGE(column)                                                                           \
    "SELECT record FROM entry WHERE " column " >= ifnull(?1, -9223372036854775807)"                \
    " AND " column " < ifnull(?2, 9223372036854775807)"

enum status catalog_entries(struct catalog_view *view, const struct catalog_filter *filter,
                            enum status (*each)(void *context, const struct catalog_entry *entry),
                            void *context, struct error *error)
{
    struct query query = {
        .select = filter->from_utc_ns == 0 && filter->to_utc_ns == 0 ? ENTRIES
                                                                     : ENTRIES
                      " AND e.record IN (" IN_RANGE("at_ns") " UNION " IN_RANGE("late_ns") ")",
        .order = "e.record",
        .order_back = "e.record DESC",
        .each = each_entry,
        .callback = &each,
        .context = context,
    };

    return run_query(view, filter, &query, error);
}

enum status catalog_expired_entries(struct catalog_view *view, const struct catalog_filter *filter,
                                    enum status (*each)(void *context,
                                                        const struct catalog_record *record),
                                    void *context, struct error *error)
{
    struct catalog_filter wanted = *filter;
    struct query query = {
        .select = "SELECT " HEAD " FROM record r WHERE (?1 IS NULL OR r.at_ns >= ?1)"
                  " AND (?2 IS NULL OR r.at_ns < ?2) AND (?7 IS NULL OR r.source = ?7)"
                  " AND r.kind = ?9 AND NOT EXISTS (SELECT 1 FROM entry e"
                  " WHERE e.record = r.record)",
        .order = "r.record",
        .order_back = "r.record DESC",
        .each = each_record,
        .callback = &each,
        .context = context,
    };

    wanted.kind = RECORD_ENTRY;
    return run_query(view, &wanted, &query, error);
}

static enum status each_span(const struct query *query, sqlite3_stmt *row)
{
    struct catalog_span span = {0};

    read_head(row, &span.record);
    copy_text(row, 5, span.camera, sizeof(span.camera));
    span.start_utc_ns = sqlite3_column_int64(row, 6);
    span.end_utc_ns = sqlite3_column_int64(row, 7);
    span.is_gap = sqlite3_column_int(row, 8) != 0;
    span.cause = (enum gap_cause)sqlite3_column_int(row, 9);
    copy_text(row, 10, span.detail, sizeof(span.detail));
    copy_text(row, 11, span.id, sizeof(span.id));
    span.size = (uint64_t)sqlite3_column_int64(row, 12);
    span.frames = (uint32_t)sqlite3_column_int64(row, 13);
    span.recovered = sqlite3_column_int(row, 14) != 0;
    span.has_not_covered = sqlite3_column_int(row, 15) != 0;
    span.expired_by = (uint64_t)sqlite3_column_int64(row, 16);
    return (*(const span_callback *)query->callback)(query->context, &span);
}

enum status catalog_spans(struct catalog_view *view, const struct catalog_filter *filter,
                          enum status (*each)(void *context, const struct catalog_span *span),
                          void *context, struct error *error)
{
    struct query query = {
        .select = "SELECT " HEAD ", s.camera, s.start_ns, s.end_ns, s.is_gap, s.cause, s.detail,"
                  " s.id, s.size, s.frames, s.recovered, s.not_covered,"
                  " coalesce((SELECT min(x.record) FROM expired x WHERE x.segment = s.record), 0)"
                  " FROM span s JOIN record r ON r.record = s.record"
                  " WHERE (?1 IS NULL OR s.end_ns > ?1) AND (?2 IS NULL OR s.start_ns < ?2)"
                  " AND (?3 IS NULL OR s.camera = ?3) AND (?7 IS NULL OR r.source = ?7)"
                  " AND (?9 IS NULL OR r.kind = ?9)",
        .order = "s.camera, s.start_ns, s.record",
        .order_back = "s.camera, s.start_ns DESC, s.record DESC",
        .each = each_span,
        .callback = &each,
        .context = context,
    };

    return run_query(view, filter, &query, error);
}
