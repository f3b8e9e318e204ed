/*
 * A statement made of the conditions that are wanted, and no others, so that SQLite finds the index
 * for them. Internal to the store.
 */
#ifndef SEALROOM_STORE_CATALOG_QUERY_H
#define SEALROOM_STORE_CATALOG_QUERY_H

#include "ledger/ledger.h"
#include "ledger/reading.h"
#include "ledger/sql.h"
#include "store/catalog.h"

#define CATALOG_VALUES_MAX 160u

/* The view's own; catalog_view.c makes and frees it. */
struct catalog_view {
    struct reading reading;
    sqlite3 *database;
    char origin[ORIGIN_SIZE];
};

struct catalog_query {
    char text[8192];
    size_t length;
    size_t count;
    struct {
        const char *text; /* NULL: it is the number */
        int64_t number;
    } values[CATALOG_VALUES_MAX];
    bool is_full; /* more than fits: it cannot be run */
};

/* Appends SQL. */
void catalog_query_add(struct catalog_query *query, const char *sql);
/* Appends SQL with one '?' in it, and its value. Texts are borrowed until the rows are read. */
void catalog_query_number(struct catalog_query *query, const char *sql, int64_t value);
void catalog_query_text(struct catalog_query *query, const char *sql, const char *value);

/* Appends " AND e.record IN (…)": entries that happened in the range or, if that is apart, were
 * received in it; 0 leaves an end open. */
void catalog_query_entries_in(struct catalog_query *query, int64_t from_utc_ns, int64_t to_utc_ns);
/* Appends a query of its own for `columns` ("SELECT …") of a camera's spans `s` that touch the
 * range, in no order. */
void catalog_query_spans(struct catalog_query *query, const char *columns, const char *camera,
                         int64_t from_utc_ns, int64_t to_utc_ns);

/* How many rows of a page are given where so many are wanted. */
uint32_t catalog_page_limit(uint32_t limit);

/* Hands each row to `each`, which ends it by anything but STATUS_OK, and that is the result.
 * STATUS_AGAIN: the catalog was opened for writing meanwhile. */
MUST_CHECK enum status catalog_query_run(const struct catalog_query *query,
                                         struct catalog_view *view,
                                         enum status (*each)(void *context, sqlite3_stmt *row),
                                         void *context, struct error *error);

/* The columns of a record's head, of table `record r`; read from column 0 on. */
#define CATALOG_HEAD "r.record, r.kind, r.source, r.seq, r.at_ns"
void catalog_read_head(sqlite3_stmt *row, struct catalog_record *record);
/* CATALOG_HEAD, then an entry's body. False if it cannot be parsed. */
bool catalog_read_entry(sqlite3_stmt *row, struct catalog_entry *entry);
void catalog_copy_text(sqlite3_stmt *row, int column, char *text, size_t size);

#endif
