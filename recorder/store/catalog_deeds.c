/* What operators did, and alarms with what was done about them: catalog_page.h. */
#include <string.h>

#include "store/catalog_page.h"
#include "store/catalog_query.h"

struct deed_caller {
    enum status (*each)(void *, const struct catalog_deed *);
    void *context;
};

#define DEEDS                                                                                      \
    "SELECT " CATALOG_HEAD ", d.action, d.what, d.subject, d.body FROM deed d"                     \
    " JOIN record r ON r.record = d.record WHERE true"

static enum status each_deed(void *context, sqlite3_stmt *row)
{
    const struct deed_caller *caller = context;
    struct catalog_deed deed = {0};

    catalog_read_head(row, &deed.record);
    catalog_copy_text(row, 5, deed.action, sizeof(deed.action));
    catalog_copy_text(row, 6, deed.what, sizeof(deed.what));
    deed.has_subject = sqlite3_column_type(row, 7) != SQLITE_NULL;
    deed.subject = (uint64_t)sqlite3_column_int64(row, 7);
    deed.body = sql_column_bytes(row, 8);
    return caller->each(caller->context, &deed);
}

enum status catalog_page_deeds(struct catalog_view *view, const struct catalog_deeds_wanted *wanted,
                               enum status (*each)(void *context, const struct catalog_deed *deed),
                               void *context, struct error *error)
{
    struct deed_caller caller = {each, context};
    struct catalog_query query = {0};

    catalog_query_add(&query, DEEDS);
    if (wanted->source)
        catalog_query_text(&query, " AND r.source = ?", wanted->source);
    if (wanted->action)
        catalog_query_text(&query, " AND d.action = ?", wanted->action);
    if (wanted->from_utc_ns != 0)
        catalog_query_number(&query, " AND r.at_ns >= ?", wanted->from_utc_ns);
    if (wanted->to_utc_ns != 0)
        catalog_query_number(&query, " AND r.at_ns < ?", wanted->to_utc_ns);
    if (wanted->before != 0)
        catalog_query_number(&query, " AND d.record < ?", (int64_t)wanted->before);
    catalog_query_number(&query, " ORDER BY d.record DESC LIMIT ?",
                         catalog_page_limit(wanted->limit));
    return catalog_query_run(&query, view, each_deed, &caller, error);
}

struct once {
    struct deed_caller caller;
    bool found;
};

static enum status note_deed(void *context, const struct catalog_deed *deed)
{
    struct once *once = context;

    once->found = true;
    return once->caller.each(once->caller.context, deed);
}

enum status catalog_page_deed_about(struct catalog_view *view, uint64_t subject, const char *action,
                                    enum status (*each)(void *context,
                                                        const struct catalog_deed *deed),
                                    void *context, struct error *error)
{
    struct once once = {.caller = {each, context}};
    struct deed_caller caller = {note_deed, &once};
    struct catalog_query query = {0};
    enum status status = STATUS_OK;

    catalog_query_number(&query, DEEDS " AND d.subject = ?", (int64_t)subject);
    catalog_query_text(&query, " AND d.action = ? ORDER BY d.record DESC LIMIT 1", action);
    status = catalog_query_run(&query, view, each_deed, &caller, error);
    if (status == STATUS_OK && !once.found)
        return error_set(error, STATUS_NOT_FOUND, "nobody did that with record %llu",
                         (unsigned long long)subject);
    return status;
}

struct alarm_caller {
    enum status (*each)(void *, const struct catalog_alarm *);
    void *context;
};

static enum status each_alarm(void *context, sqlite3_stmt *row)
{
    const struct alarm_caller *caller = context;
    struct catalog_alarm alarm = {.begin = (uint64_t)sqlite3_column_int64(row, 0),
                                  .since_utc_ns = sqlite3_column_int64(row, 1),
                                  .until_utc_ns = sqlite3_column_int64(row, 2),
                                  .acknowledged = (uint64_t)sqlite3_column_int64(row, 6)};

    catalog_copy_text(row, 3, alarm.kind, sizeof(alarm.kind));
    catalog_copy_text(row, 4, alarm.subject, sizeof(alarm.subject));
    catalog_copy_text(row, 5, alarm.detail, sizeof(alarm.detail));
    return caller->each(caller->context, &alarm);
}

#define END "SELECT min(z.at_ns) FROM alarm z WHERE z.begin = a.record AND z.is_end"

enum status
catalog_page_alarms(struct catalog_view *view, bool open_only, uint64_t before, uint32_t limit,
                    enum status (*each)(void *context, const struct catalog_alarm *alarm),
                    void *context, struct error *error)
{
    struct alarm_caller caller = {each, context};
    struct catalog_query query = {0};

    catalog_query_add(&query, "SELECT a.record, a.at_ns, coalesce((" END "), 0), a.kind, a.subject,"
                              " a.detail, coalesce((SELECT max(d.record) FROM deed d WHERE"
                              " d.subject = a.record AND d.action = 'acknowledge'), 0)"
                              " FROM alarm a WHERE NOT a.is_end");
    if (open_only)
        catalog_query_add(&query, " AND (" END ") IS NULL");
    if (before != 0)
        catalog_query_number(&query, " AND a.record < ?", (int64_t)before);
    catalog_query_number(&query, " ORDER BY a.record DESC LIMIT ?", catalog_page_limit(limit));
    return catalog_query_run(&query, view, each_alarm, &caller, error);
}
