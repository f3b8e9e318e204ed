/* A stretch of time on one line: runs of video and gaps, entries as marks. catalog_page.h. */
#include "store/catalog_page.h"
#include "store/catalog_query.h"

/* Segments of one connection follow one another without a gap; so much is rounding. */
#define CLOSE_NS NS_PER_SECOND

struct run_caller {
    enum status (*each)(void *, const struct catalog_run *);
    void *context;
    struct catalog_run run; /* not handed on yet; kind 0: there is none */
    int64_t from_utc_ns;
    int64_t to_utc_ns;
};

static enum status hand_on(struct run_caller *caller)
{
    struct catalog_run run = caller->run;

    if (run.kind == 0)
        return STATUS_OK;
    caller->run.kind = 0;
    if (run.start_utc_ns < caller->from_utc_ns)
        run.start_utc_ns = caller->from_utc_ns;
    if (run.end_utc_ns > caller->to_utc_ns)
        run.end_utc_ns = caller->to_utc_ns;
    return caller->each(caller->context, &run);
}

static enum status each_span(void *context, sqlite3_stmt *row)
{
    struct run_caller *caller = context;
    struct catalog_run *run = &caller->run;
    struct catalog_run next = {.start_utc_ns = sqlite3_column_int64(row, 0),
                               .end_utc_ns = sqlite3_column_int64(row, 1),
                               .cause = (enum gap_cause)sqlite3_column_int(row, 3)};
    enum status status = STATUS_OK;

    next.kind = sqlite3_column_int(row, 2)   ? CATALOG_RUN_GAP
                : sqlite3_column_int(row, 4) ? CATALOG_RUN_EXPIRED
                                             : CATALOG_RUN_VIDEO;
    if (run->kind == next.kind && run->cause == next.cause &&
        next.start_utc_ns - run->end_utc_ns <= CLOSE_NS) {
        if (next.end_utc_ns > run->end_utc_ns)
            run->end_utc_ns = next.end_utc_ns;
        return STATUS_OK;
    }
    status = hand_on(caller);
    *run = next;
    return status;
}

enum status catalog_page_runs(struct catalog_view *view, const char *camera, int64_t from_utc_ns,
                              int64_t to_utc_ns,
                              enum status (*each)(void *context, const struct catalog_run *run),
                              void *context, struct error *error)
{
    struct run_caller caller = {
        .each = each, .context = context, .from_utc_ns = from_utc_ns, .to_utc_ns = to_utc_ns};
    struct catalog_query query = {0};
    enum status status = STATUS_OK;

    catalog_query_spans(&query,
                        "SELECT s.start_ns, s.end_ns, s.is_gap, s.cause,"
                        " EXISTS (SELECT 1 FROM expired x WHERE x.segment = s.record), s.record",
                        camera, from_utc_ns, to_utc_ns);
    catalog_query_add(&query, " ORDER BY 1, 6");
    status = catalog_query_run(&query, view, each_span, &caller, error);
    return status == STATUS_OK ? hand_on(&caller) : status;
}

struct mark_caller {
    enum status (*each)(void *, const struct catalog_mark *);
    void *context;
    uint32_t left;
};

static enum status each_mark(void *context, sqlite3_stmt *row)
{
    struct mark_caller *caller = context;
    struct catalog_mark mark = {.record = (uint64_t)sqlite3_column_int64(row, 0),
                                .at_utc_ns = sqlite3_column_int64(row, 1),
                                .event = (enum door_event)sqlite3_column_int(row, 2),
                                .alarming = sqlite3_column_int(row, 3) != 0};

    catalog_copy_text(row, 4, mark.door, sizeof(mark.door));
    catalog_copy_text(row, 5, mark.cameras, sizeof(mark.cameras));
    caller->left--;
    return caller->each(caller->context, &mark);
}

enum status catalog_page_marks(struct catalog_view *view, int64_t from_utc_ns, int64_t to_utc_ns,
                               uint32_t limit,
                               enum status (*each)(void *context, const struct catalog_mark *mark),
                               void *context, struct error *error)
{
    static const char *const kinds[] = {" AND e.alarming", " AND NOT e.alarming"};
    struct mark_caller caller = {.each = each, .context = context, .left = limit};
    enum status status = STATUS_OK;

    for (size_t i = 0; i < 2 && status == STATUS_OK && caller.left > 0; i++) {
        struct catalog_query query = {0};

        catalog_query_number(&query,
                             "SELECT e.record, e.at_ns, e.event, e.alarming, e.door,"
                             " e.cameras FROM entry e WHERE e.at_ns >= ?",
                             from_utc_ns);
        catalog_query_number(&query, " AND e.at_ns < ?", to_utc_ns);
        catalog_query_add(&query, kinds[i]);
        catalog_query_number(&query, " ORDER BY e.at_ns DESC LIMIT ?", caller.left);
        status = catalog_query_run(&query, view, each_mark, &caller, error);
    }
    return status;
}
