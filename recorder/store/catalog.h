/*
 * catalog.db: an index for people who search. Written by the keeper after a commit, made again
 * from the records at any time, trusted by nothing that decides. catalog.c describes the schema
 * column by column.
 *
 * It holds no row that is not derived from one record; `through` is the number of records taken
 * in. What it shows is to be read from the record itself before it is believed.
 */
#ifndef SEALROOM_STORE_CATALOG_H
#define SEALROOM_STORE_CATALOG_H

#include "ledger/ledger.h"
#include "store/alarm_record.h"
#include "store/entry_record.h"
#include "store/gap_record.h"
#include "store/segment_record.h"

/* Writing: the keeper. */
struct catalog;

/* Opens, or makes an empty one. A file that is of another ledger or schema, damaged, or ahead of
 * the ledger's `size` is removed and made anew: *renewed says so, `detail` why. */
MUST_CHECK enum status catalog_open(const char *path, const char *origin, uint64_t size,
                                    struct catalog **catalog, bool *renewed,
                                    char detail[ERROR_TEXT_SIZE], struct error *error);
/* NULL is allowed. What was not committed is given up. */
void catalog_free(struct catalog *catalog);
/* The number of the record it wants next. */
uint64_t catalog_through(const struct catalog *catalog);
/* Takes in at most `limit` records after `through` from a view, in one transaction. STATUS_AGAIN:
 * there are more; STATUS_OK: it has caught up. A record that cannot be parsed is passed over and
 * stands as kind alone. */
MUST_CHECK enum status catalog_follow(struct catalog *catalog, struct ledger_view *view,
                                      uint64_t limit, struct error *error);
/* Compares the rows of at most `limit` records from *next on with the records; *different counts
 * rows that are missing, invented or altered. *next is where to go on; it equals `through` at the
 * end. A difference calls for a new one: without its file catalog_open begins anew. */
MUST_CHECK enum status catalog_compare(struct catalog *catalog, struct ledger_view *view,
                                       uint64_t *next, uint64_t limit, uint64_t *different,
                                       struct error *error);

/* Reading: anybody. */
struct catalog_view;

MUST_CHECK enum status catalog_view_open(const char *path, struct catalog_view **view,
                                         struct error *error);
/* NULL is allowed. */
void catalog_view_free(struct catalog_view *view);
const char *catalog_view_origin(const struct catalog_view *view);
uint64_t catalog_view_through(struct catalog_view *view);

/* What to look for. Zeros and NULLs leave a member out. Texts are compared exactly. */
struct catalog_filter {
    int64_t from_utc_ns;
    int64_t to_utc_ns; /* not in the range */
    const char *camera;
    const char *door;
    const char *controller;
    const char *credential;
    const char *source;    /* records only */
    enum door_event event; /* entries only */
    enum record_kind kind; /* records only */
    bool newest_first;
    uint64_t limit;
};

struct catalog_record {
    uint64_t number;
    enum record_kind kind;
    char source[SOURCE_SIZE];
    uint64_t seq;
    int64_t at_utc_ns;
};

/* Any record, by its own time. */
MUST_CHECK enum status
catalog_records(struct catalog_view *view, const struct catalog_filter *filter,
                enum status (*each)(void *context, const struct catalog_record *record),
                void *context, struct error *error);

struct catalog_entry {
    struct catalog_record record;
    struct entry_record entry; /* as far as the catalog holds it: no raw bytes */
};

/* Entries in the order of their records, of a range where it happened in it or, if that is apart
 * (entry_record_time), was received in it: a wrong clock hides nothing. */
MUST_CHECK enum status
catalog_entries(struct catalog_view *view, const struct catalog_filter *filter,
                enum status (*each)(void *context, const struct catalog_entry *entry),
                void *context, struct error *error);

/* Entries whose bodies have expired (or were taken away), by the time of their records: who came
 * in is not known any more, but that there was something. */
MUST_CHECK enum status
catalog_expired_entries(struct catalog_view *view, const struct catalog_filter *filter,
                        enum status (*each)(void *context, const struct catalog_record *record),
                        void *context, struct error *error);

/* A stretch of a camera's time: a segment or a gap. */
struct catalog_span {
    struct catalog_record record;
    char camera[ID_SIZE];
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    bool is_gap;
    enum gap_cause cause; /* gaps */
    char id[SEGMENT_ID_SIZE];
    uint64_t size;
    uint32_t frames;
    bool recovered;
    bool has_not_covered;
    uint64_t expired_by; /* number of the expiry record that names it, 0 if it is kept */
    char detail[DETAIL_SIZE];
};

/* Segments and gaps that touch the range, by camera and start. */
MUST_CHECK enum status catalog_spans(struct catalog_view *view, const struct catalog_filter *filter,
                                     enum status (*each)(void *context,
                                                         const struct catalog_span *span),
                                     void *context, struct error *error);

#endif
