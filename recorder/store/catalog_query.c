#include "store/catalog_query.h"

#include <string.h>

#include "store/body_table.h"
#include "store/catalog_page.h"
#include "store/catalog_rows.h"

void catalog_query_add(struct catalog_query *query, const char *sql)
{
    size_t size = strlen(sql);

    if (size >= sizeof(query->text) - query->length) {
        query->is_full = true;
        return;
    }
    memcpy(query->text + query->length, sql, size + 1);
    query->length += size;
}

static void add_value(struct catalog_query *query, const char *sql, const char *text,
                      int64_t number)
{
    if (query->count == CATALOG_VALUES_MAX) {
        query->is_full = true;
        return;
    }
    catalog_query_add(query, sql);
    query->values[query->count].text = text;
    query->values[query->count].number = number;
    query->count++;
}

void catalog_query_number(struct catalog_query *query, const char *sql, int64_t value)
{
    add_value(query, sql, NULL, value);
}

void catalog_query_text(struct catalog_query *query, const char *sql, const char *value)
{
    add_value(query, sql, value, 0);
}

/* Two ranges, each by its index. */
void catalog_query_entries_in(struct catalog_query *query, int64_t from_utc_ns, int64_t to_utc_ns)
{
    int64_t from = from_utc_ns != 0 ? from_utc_ns : INT64_MIN;
    int64_t to = to_utc_ns != 0 ? to_utc_ns : INT64_MAX;

    catalog_query_number(query, " AND e.record IN (SELECT record FROM entry WHERE at_ns >= ?",
                         from);
    catalog_query_number(query, " AND at_ns < ?", to);
    catalog_query_number(query, " UNION SELECT record FROM entry WHERE late_ns >= ?", from);
    catalog_query_number(query, " AND late_ns < ?)", to);
}

/* By where they begin, not long before the range; and those that are so long that they may begin
 * anywhere before that. */
void catalog_query_spans(struct catalog_query *query, const char *columns, const char *camera,
                         int64_t from_utc_ns, int64_t to_utc_ns)
{
    catalog_query_add(query, columns);
    catalog_query_text(query, " FROM span s WHERE s.camera = ?", camera);
    catalog_query_number(query, " AND s.start_ns > ? - " CATALOG_LONG_NS, from_utc_ns);
    catalog_query_number(query, " AND s.start_ns < ?", to_utc_ns);
    catalog_query_number(query, " AND s.end_ns > ? UNION ALL ", from_utc_ns);
    catalog_query_add(query, columns);
    catalog_query_text(query, " FROM span s WHERE s.camera = ?", camera);
    catalog_query_add(query, " AND s.end_ns - s.start_ns > " CATALOG_LONG_NS);
    catalog_query_number(query, " AND s.start_ns <= ? - " CATALOG_LONG_NS, from_utc_ns);
    catalog_query_number(query, " AND s.end_ns > ?", from_utc_ns);
}

uint32_t catalog_page_limit(uint32_t limit)
{
    return limit == 0 || limit > CATALOG_PAGE_MAX ? CATALOG_PAGE_MAX : limit;
}

static void bind_values(const struct catalog_query *query, sqlite3_stmt *statement)
{
    for (size_t i = 0; i < query->count; i++) {
        int place = (int)i + 1;

        if (query->values[i].text)
            sql_bind_text(statement, place, query->values[i].text);
        else
            sqlite3_bind_int64(statement, place, query->values[i].number);
    }
}

enum status catalog_query_run(const struct catalog_query *query, struct catalog_view *view,
                              enum status (*each)(void *context, sqlite3_stmt *row), void *context,
                              struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = STATUS_OK;

    if (query->is_full)
        return error_set(error, STATUS_INVALID, "a query has too many conditions");
    status = sql_prepare(view->database, query->text, &statement, error);
    if (status != STATUS_OK)
        return status;
    bind_values(query, statement);
    while ((status = sql_step_row(statement, error)) == STATUS_OK) {
        enum status own = each(context, statement);

        if (own != STATUS_OK)
            return own;
    }
    if (!reading_is_true(&view->reading))
        return error_set(error, STATUS_AGAIN, "the catalog was opened for writing meanwhile");
    return status == STATUS_END ? STATUS_OK : status;
}

void catalog_copy_text(sqlite3_stmt *row, int column, char *text, size_t size)
{
    struct bytes bytes = sql_column_bytes(row, column);
    size_t length = bytes.size < size ? bytes.size : size - 1;

    memset(text, 0, size);
    if (length > 0)
        memcpy(text, bytes.data, length);
}

void catalog_read_head(sqlite3_stmt *row, struct catalog_record *record)
{
    memset(record, 0, sizeof(*record));
    record->number = (uint64_t)sqlite3_column_int64(row, 0);
    record->kind = (enum record_kind)sqlite3_column_int(row, 1);
    catalog_copy_text(row, 2, record->source, sizeof(record->source));
    record->seq = (uint64_t)sqlite3_column_int64(row, 3);
    record->at_utc_ns = sqlite3_column_int64(row, 4);
}

bool catalog_read_entry(sqlite3_stmt *row, struct catalog_entry *entry)
{
    json_t *body AUTO_JSON = NULL;

    catalog_read_head(row, &entry->record);
    return record_body_parse(sql_column_bytes(row, 5), &body, NULL) == STATUS_OK &&
           entry_record_parse(body, &entry->entry, NULL) == STATUS_OK;
}
