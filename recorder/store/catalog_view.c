/* The reading half of catalog.h; catalog.c and catalog_rows.c describe the tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/catalog_query.h"
#include "store/catalog_rows.h"

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
        catalog_copy_text(statement, 1, view->origin, sizeof(view->origin));
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

/* One way of looking: which column is which filter's, NULL where it has none. */
struct columns {
    const char *camera;
    const char *door;
    const char *controller;
    const char *credential;
    const char *source;
    const char *event;
    const char *kind;
};

static void want_text(struct catalog_query *query, const char *sql, const char *value)
{
    if (sql && value)
        catalog_query_text(query, sql, value);
}

static void want_code(struct catalog_query *query, const char *sql, int code)
{
    if (sql && code != 0)
        catalog_query_number(query, sql, code);
}

static void want(struct catalog_query *query, const struct columns *columns,
                 const struct catalog_filter *filter)
{
    want_text(query, columns->camera, filter->camera);
    want_text(query, columns->door, filter->door);
    want_text(query, columns->controller, filter->controller);
    want_text(query, columns->credential, filter->credential);
    want_text(query, columns->source, filter->source);
    want_code(query, columns->event, (int)filter->event);
    want_code(query, columns->kind, (int)filter->kind);
}

static void want_range(struct catalog_query *query, const char *from, const char *to,
                       const struct catalog_filter *filter)
{
    if (filter->from_utc_ns != 0)
        catalog_query_number(query, from, filter->from_utc_ns);
    if (filter->to_utc_ns != 0)
        catalog_query_number(query, to, filter->to_utc_ns);
}

static void put_in_order(struct catalog_query *query, const char *oldest, const char *newest,
                         const struct catalog_filter *filter)
{
    catalog_query_add(query, filter->newest_first ? newest : oldest);
    if (filter->limit != 0 && filter->limit <= INT64_MAX)
        catalog_query_number(query, " LIMIT ?", (int64_t)filter->limit);
}

struct record_caller {
    enum status (*each)(void *, const struct catalog_record *);
    void *context;
};

static enum status each_record(void *context, sqlite3_stmt *row)
{
    const struct record_caller *caller = context;
    struct catalog_record record;

    catalog_read_head(row, &record);
    return caller->each(caller->context, &record);
}

enum status catalog_records(struct catalog_view *view, const struct catalog_filter *filter,
                            enum status (*each)(void *context, const struct catalog_record *record),
                            void *context, struct error *error)
{
    static const struct columns columns = {.camera = " AND r.source = 'camera/' || ?",
                                           .door = " AND r.source = 'door/' || ?",
                                           .source = " AND r.source = ?",
                                           .kind = " AND r.kind = ?"};
    struct record_caller caller = {each, context};
    struct catalog_query query = {0};

    catalog_query_add(&query, "SELECT " CATALOG_HEAD " FROM record r WHERE true");
    want(&query, &columns, filter);
    want_range(&query, " AND r.at_ns >= ?", " AND r.at_ns < ?", filter);
    put_in_order(&query, " ORDER BY r.record", " ORDER BY r.record DESC", filter);
    return catalog_query_run(&query, view, each_record, &caller, error);
}

struct entry_caller {
    enum status (*each)(void *, const struct catalog_entry *);
    void *context;
};

static enum status each_entry(void *context, sqlite3_stmt *row)
{
    const struct entry_caller *caller = context;
    struct catalog_entry entry;

    return catalog_read_entry(row, &entry) ? caller->each(caller->context, &entry) : STATUS_OK;
}

enum status catalog_entries(struct catalog_view *view, const struct catalog_filter *filter,
                            enum status (*each)(void *context, const struct catalog_entry *entry),
                            void *context, struct error *error)
{
    static const struct columns columns = {
        .camera = " AND instr(' ' || e.cameras || ' ', ' ' || ? || ' ') > 0",
        .door = " AND e.door = ?",
        .controller = " AND e.controller = ?",
        .credential = " AND e.credential = ?",
        .source = " AND r.source = ?",
        .event = " AND e.event = ?"};
    struct entry_caller caller = {each, context};
    struct catalog_query query = {0};

    catalog_query_add(&query, "SELECT " CATALOG_HEAD ", e.body FROM entry e"
                              " JOIN record r ON r.record = e.record WHERE true");
    want(&query, &columns, filter);
    if (filter->from_utc_ns != 0 || filter->to_utc_ns != 0)
        catalog_query_entries_in(&query, filter->from_utc_ns, filter->to_utc_ns);
    put_in_order(&query, " ORDER BY e.record", " ORDER BY e.record DESC", filter);
    return catalog_query_run(&query, view, each_entry, &caller, error);
}

enum status catalog_expired_entries(struct catalog_view *view, const struct catalog_filter *filter,
                                    enum status (*each)(void *context,
                                                        const struct catalog_record *record),
                                    void *context, struct error *error)
{
    static const struct columns columns = {.source = " AND r.source = ?"};
    struct record_caller caller = {each, context};
    struct catalog_query query = {0};

    catalog_query_add(&query, "SELECT " CATALOG_HEAD " FROM record r WHERE NOT EXISTS"
                              " (SELECT 1 FROM entry e WHERE e.record = r.record)");
    catalog_query_number(&query, " AND r.kind = ?", RECORD_ENTRY);
    want(&query, &columns, filter);
    want_range(&query, " AND r.at_ns >= ?", " AND r.at_ns < ?", filter);
    put_in_order(&query, " ORDER BY r.record", " ORDER BY r.record DESC", filter);
    return catalog_query_run(&query, view, each_record, &caller, error);
}

struct span_caller {
    enum status (*each)(void *, const struct catalog_span *);
    void *context;
};

static enum status each_span(void *context, sqlite3_stmt *row)
{
    const struct span_caller *caller = context;
    struct catalog_span span = {0};

    catalog_read_head(row, &span.record);
    catalog_copy_text(row, 5, span.camera, sizeof(span.camera));
    span.start_utc_ns = sqlite3_column_int64(row, 6);
    span.end_utc_ns = sqlite3_column_int64(row, 7);
    span.is_gap = sqlite3_column_int(row, 8) != 0;
    span.cause = (enum gap_cause)sqlite3_column_int(row, 9);
    catalog_copy_text(row, 10, span.detail, sizeof(span.detail));
    catalog_copy_text(row, 11, span.id, sizeof(span.id));
    span.size = (uint64_t)sqlite3_column_int64(row, 12);
    span.frames = (uint32_t)sqlite3_column_int64(row, 13);
    span.recovered = sqlite3_column_int(row, 14) != 0;
    span.has_not_covered = sqlite3_column_int(row, 15) != 0;
    span.expired_by = (uint64_t)sqlite3_column_int64(row, 16);
    return caller->each(caller->context, &span);
}

enum status catalog_spans(struct catalog_view *view, const struct catalog_filter *filter,
                          enum status (*each)(void *context, const struct catalog_span *span),
                          void *context, struct error *error)
{
    static const struct columns columns = {
        .camera = " AND s.camera = ?", .source = " AND r.source = ?", .kind = " AND r.kind = ?"};
    struct span_caller caller = {each, context};
    struct catalog_query query = {0};

    catalog_query_add(&query,
                      "SELECT " CATALOG_HEAD ", s.camera, s.start_ns, s.end_ns, s.is_gap, s.cause,"
                      " s.detail, s.id, s.size, s.frames, s.recovered, s.not_covered,"
                      " coalesce((SELECT min(x.record) FROM expired x WHERE x.segment = s.record),"
                      " 0) FROM span s JOIN record r ON r.record = s.record WHERE true");
    want(&query, &columns, filter);
    want_range(&query, " AND s.end_ns > ?", " AND s.start_ns < ?", filter);
    if (filter->camera && filter->from_utc_ns != 0 && filter->to_utc_ns != 0) {
        catalog_query_add(&query, " AND s.record IN (");
        catalog_query_spans(&query, "SELECT s.record", filter->camera, filter->from_utc_ns,
                            filter->to_utc_ns);
        catalog_query_add(&query, ")");
    }
    put_in_order(&query, " ORDER BY s.camera, s.start_ns, s.record",
                 " ORDER BY s.camera, s.start_ns DESC, s.record DESC", filter);
    return catalog_query_run(&query, view, each_span, &caller, error);
}
