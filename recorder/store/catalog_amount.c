/* How much of something there is in a range of time. catalog_page.h. */
#include "store/catalog_page.h"
#include "store/catalog_query.h"

struct adding {
    struct catalog_amount *amount;
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    int64_t end_utc_ns; /* of the stretch so far */
};

/* Segments of one connection follow one another within this. */
#define CLOSE_NS NS_PER_SECOND

static void add_video(struct adding *adding, int64_t start, int64_t end, int64_t size)
{
    struct catalog_amount *amount = adding->amount;
    int64_t from = start > adding->from_utc_ns ? start : adding->from_utc_ns;
    int64_t to = end < adding->to_utc_ns ? end : adding->to_utc_ns;
    if (to <= from)
        return;
    amount->clips += amount->video_ns == 0 || from - adding->end_utc_ns > CLOSE_NS ? 1u : 0u;
    amount->video_ns += to - from;
    amount->bytes += (uint64_t)((double)size * (double)(to - from) / (double)(end - start));
    adding->end_utc_ns = to;
}

static enum status each_span(void *context, sqlite3_stmt *row)
{
    struct adding *adding = context;
    int64_t start = sqlite3_column_int64(row, 0);
    int64_t end = sqlite3_column_int64(row, 1);
    bool is_video = sqlite3_column_int(row, 3) == 0 && sqlite3_column_int(row, 4) == 0;

    if (is_video)
        add_video(adding, start, end, sqlite3_column_int64(row, 2));
    if (end > adding->amount->newest_utc_ns)
        adding->amount->newest_utc_ns = end;
    return STATUS_OK;
}

enum status catalog_page_amount(struct catalog_view *view, const char *camera, int64_t from_utc_ns,
                                int64_t to_utc_ns, struct catalog_amount *amount,
                                struct error *error)
{
    struct adding adding = {.amount = amount, .from_utc_ns = from_utc_ns, .to_utc_ns = to_utc_ns};
    struct catalog_query query = {0};

    *amount = (struct catalog_amount){0};
    catalog_query_spans(&query,
                        "SELECT s.start_ns, s.end_ns, s.size, s.is_gap,"
                        " EXISTS (SELECT 1 FROM expired x WHERE x.segment = s.record), s.record",
                        camera, from_utc_ns, to_utc_ns);
    catalog_query_add(&query, " ORDER BY 1, 6");
    return catalog_query_run(&query, view, each_span, &adding, error);
}

static enum status take_count(void *context, sqlite3_stmt *row)
{
    uint64_t *count = context;

    *count = (uint64_t)sqlite3_column_int64(row, 0);
    return STATUS_OK;
}

static void add_door(struct catalog_query *query, const char *door)
{
    if (door)
        catalog_query_text(query, " AND e.door = ?", door);
}

enum status catalog_page_count(struct catalog_view *view, const char *door, int64_t from_utc_ns,
                               int64_t to_utc_ns, uint64_t *count, struct error *error)
{
    struct catalog_query query = {0};

    catalog_query_number(&query, "SELECT (SELECT count(*) FROM entry e WHERE e.at_ns >= ?",
                         from_utc_ns);
    catalog_query_number(&query, " AND e.at_ns < ?", to_utc_ns);
    add_door(&query, door);
    catalog_query_number(&query, ") + (SELECT count(*) FROM entry e WHERE e.late_ns >= ?",
                         from_utc_ns);
    catalog_query_number(&query, " AND e.late_ns < ?", to_utc_ns);
    catalog_query_number(&query, " AND NOT (e.at_ns >= ?", from_utc_ns);
    catalog_query_number(&query, " AND e.at_ns < ?)", to_utc_ns);
    add_door(&query, door);
    catalog_query_add(&query, ")");
    return catalog_query_run(&query, view, take_count, count, error);
}
