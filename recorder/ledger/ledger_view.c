/*
 * Reading a ledger without being its writer.
 * How the file is opened, and when what was read is true, stands in reading.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "ledger/ledger.h"
#include "ledger/ledger_schema.h"
#include "ledger/reading.h"
#include "ledger/unread.h"

struct ledger_view {
    char path[PATH_SIZE];
    sqlite3 *database;
    sqlite3_stmt *row;  /* one record by number */
    sqlite3_stmt *node; /* one node by level and position */
    sqlite3_stmt *newest;
    struct reading reading;
    struct unread *unread[2]; /* by enum unread_file */
    char origin[ORIGIN_SIZE];
    const struct suite *suite;
};

static void disconnect(struct ledger_view *view)
{
    sql_finalize(&view->row);
    sql_finalize(&view->node);
    sql_finalize(&view->newest);
    (void)sqlite3_close(view->database);
    view->database = NULL;
    for (unsigned which = UNREAD_DATABASE; which <= UNREAD_LOG; which++) {
        unread_free(view->unread[which]);
        view->unread[which] = NULL;
    }
}

static enum status prepare(struct ledger_view *view, struct error *error)
{
    ledger_harden(view->database);
    (void)sqlite3_busy_timeout(view->database, 5000);
    enum status status =
        sql_run(view->database,
                "PRAGMA mmap_size = 0; PRAGMA cache_size = -1024; PRAGMA query_only = ON;", error);
    if (status == STATUS_OK) {
        status = sql_prepare(view->database,
                             "SELECT number, head, body FROM record"
                             " WHERE number = ?1",
                             &view->row, error);
    }
    if (status == STATUS_OK) {
        status =
            sql_prepare(view->database, "SELECT hash FROM node WHERE level = ?1 AND position = ?2",
                        &view->node, error);
    }
    return status == STATUS_OK ? sql_prepare(view->database, "SELECT note FROM newest WHERE id = 1",
                                             &view->newest, error)
                               : status;
}

static enum status connect_view(struct ledger_view *view, struct error *error)
{
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                SQLITE_OPEN_PRIVATECACHE;
    enum status status = reading_open(&view->reading, view->path, flags, &view->database, error);
    if (status == STATUS_OK) {
        status = unread_watch(view->database, UNREAD_DATABASE, &view->unread[0], error);
    }
    if (status == STATUS_OK) {
        status = prepare(view, error);
    }
    if (status == STATUS_OK) {
        status = unread_watch(view->database, UNREAD_LOG, &view->unread[1], error);
    }
    if (status != STATUS_OK) {
        disconnect(view);
    }
    return status;
}

/* What table `ledger` says, as far as it can be read. */
static void read_identity(struct ledger_view *view)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    if (sql_prepare(view->database, "SELECT origin, suite FROM ledger WHERE id = 1", &select,
                    NULL) != STATUS_OK ||
        sql_step_row(select, NULL) != STATUS_OK) {
        return;
    }
    struct bytes origin = sql_column_bytes(select, 0);
    if (origin.size < sizeof view->origin && utf8_is_clean(origin, false)) {
        memcpy(view->origin, origin.data, origin.size);
    }
    const char *suite = (const char *)sqlite3_column_text(select, 1);
    view->suite = suite == NULL ? NULL : suite_named(suite);
}

enum status ledger_view_open(const char *path, struct ledger_view **view, struct error *error)
{
    *view = NULL;
    if (strlen(path) >= PATH_SIZE) {
        return error_set(error, STATUS_INVALID, "the path %.100s… is too long", path);
    }
    if (access(path, R_OK) != 0) {
        return error_set_errno(error, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, errno,
                               "%.200s", path);
    }
    struct ledger_view *opened = calloc(1, sizeof *opened);
    if (opened == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for reading the ledger");
    }
    memcpy(opened->path, path, strlen(path) + 1);
    enum status status = connect_view(opened, error);
    if (status != STATUS_OK) {
        ledger_view_free(opened);
        return status;
    }
    read_identity(opened);
    *view = opened;
    return STATUS_OK;
}

void ledger_view_free(struct ledger_view *view)
{
    if (view != NULL) {
        disconnect(view);
        free(view);
    }
}

const char *ledger_view_origin(const struct ledger_view *view)
{
    return view->origin;
}

const struct suite *ledger_view_suite(const struct ledger_view *view)
{
    return view->suite;
}

const struct unread *ledger_view_unread(const struct ledger_view *view, enum unread_file which)
{
    return view->unread[which];
}

struct sqlite3 *ledger_view_database(struct ledger_view *view)
{
    return view->database;
}

enum status ledger_view_begin(struct ledger_view *view, struct error *error)
{
    if (!reading_is_true(&view->reading)) {
        disconnect(view);
        enum status status = connect_view(view, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    enum status status = sql_run(view->database, "BEGIN", error);
    if (status == STATUS_OK) {
        /* The snapshot is taken by the first read, not by BEGIN; page 1 is needed anyway. */
        status = sql_run(view->database, "SELECT 1 FROM sqlite_schema LIMIT 1", error);
    }
    return status;
}

void ledger_view_end(struct ledger_view *view)
{
    (void)sqlite3_reset(view->row);
    (void)sqlite3_reset(view->newest);
    sql_roll_back(view->database);
}

/* The result of a read, unless somebody began to write while it was read at rest. */
static enum status proven(const struct ledger_view *view, enum status status, struct error *error)
{
    if (!reading_is_true(&view->reading)) {
        return error_set(error, STATUS_AGAIN,
                         "%.160s was opened for writing meanwhile; begin again", view->path);
    }
    return status;
}

static void take_row(sqlite3_stmt *select, struct ledger_row *row)
{
    *row = (struct ledger_row){.number = (uint64_t)sqlite3_column_int64(select, 0),
                               .has_body = sqlite3_column_type(select, 2) != SQLITE_NULL};
    row->head = sql_column_bytes(select, 1);
    if (row->has_body) {
        row->body = sql_column_bytes(select, 2);
    }
}

static enum status get_node(void *context, unsigned level, uint64_t index, struct digest *node)
{
    const struct ledger_view *view = context;
    (void)sqlite3_bind_int64(view->node, 1, (sqlite3_int64)level);
    (void)sqlite3_bind_int64(view->node, 2, (sqlite3_int64)index);
    enum status status = sql_step_row(view->node, NULL);
    if (status != STATUS_OK) {
        return status == STATUS_END ? STATUS_NOT_FOUND : status;
    }
    struct bytes hash = sql_column_bytes(view->node, 0);
    if (hash.size == sizeof node->bytes) {
        memcpy(node->bytes, hash.data, hash.size);
    } else {
        status = STATUS_NOT_FOUND;
    }
    (void)sqlite3_reset(view->node);
    return status;
}

struct merkle_nodes ledger_view_nodes(struct ledger_view *view)
{
    return (struct merkle_nodes){.get = get_node, .context = view};
}

/* The stored leaf hash; zero if it is missing, which no record hashes to. */
static void take_leaf(struct ledger_view *view, struct ledger_row *row)
{
    if (get_node(view, 0, row->number, &row->leaf) != STATUS_OK) {
        memset(&row->leaf, 0, sizeof row->leaf);
    }
}

enum status ledger_view_row(struct ledger_view *view, uint64_t number, struct ledger_row *row,
                            struct error *error)
{
    (void)sqlite3_reset(view->row);
    (void)sqlite3_bind_int64(view->row, 1, (sqlite3_int64)number);
    enum status status = sql_step_row(view->row, error);
    if (status == STATUS_OK) {
        take_row(view->row, row); /* the statement stays on the row until the next call */
        take_leaf(view, row);
    }
    if (status == STATUS_END) {
        status = error_set(error, STATUS_NOT_FOUND, "record %llu is missing",
                           (unsigned long long)number);
    }
    return proven(view, status, error);
}

/* Runs a query over many rows: `each` gets the statement, standing on a row. */
struct walk {
    struct ledger_view *view;
    enum status (*each)(struct walk *walk, sqlite3_stmt *row);
    const void *callback; /* points to the caller's function pointer */
    void *context;
};

static enum status walk_rows(struct walk *walk, const char *text, sqlite3_int64 from,
                             struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    enum status status = sql_prepare(walk->view->database, text, &select, error);
    if (status == STATUS_OK && sqlite3_bind_parameter_count(select) > 0) {
        (void)sqlite3_bind_int64(select, 1, from);
    }
    while (status == STATUS_OK && (status = sql_step_row(select, error)) == STATUS_OK) {
        enum status own = walk->each(walk, select);
        if (own != STATUS_OK) {
            return own;
        }
    }
    if (status == STATUS_MISMATCH) {
        status = STATUS_IO; /* damaged where it is read: see ledger.h */
    }
    return proven(walk->view, status == STATUS_END ? STATUS_OK : status, error);
}

typedef enum status (*row_callback)(void *, const struct ledger_row *);
typedef enum status (*number_callback)(void *, uint64_t);
typedef enum status (*checkpoint_callback)(void *, uint64_t, struct bytes);
typedef enum status (*quarantine_callback)(void *, const struct ledger_quarantined *);
typedef enum status (*source_callback)(void *, const char *, uint64_t, uint64_t);

static enum status each_row(struct walk *walk, sqlite3_stmt *select)
{
    struct ledger_row row;
    if (sqlite3_column_int64(select, 0) < 0) {
        return STATUS_OK; /* no record has such a number */
    }
    take_row(select, &row);
    take_leaf(walk->view, &row);
    return (*(const row_callback *)walk->callback)(walk->context, &row);
}

enum status ledger_view_rows(struct ledger_view *view, uint64_t from,
                             enum status (*each)(void *context, const struct ledger_row *row),
                             void *context, struct error *error)
{
    struct walk walk = {.view = view, .each = each_row, .callback = &each, .context = context};
    return walk_rows(&walk,
                     from == 0 ? "SELECT number, head, body FROM record ORDER BY number"
                               : "SELECT number, head, body FROM record WHERE number >= ?1"
                                 " ORDER BY number",
                     (sqlite3_int64)from, error);
}

static enum status each_number(struct walk *walk, sqlite3_stmt *select)
{
    return (*(const number_callback *)walk->callback)(walk->context,
                                                      (uint64_t)sqlite3_column_int64(select, 0));
}

enum status ledger_view_numbers(struct ledger_view *view, uint64_t from,
                                enum status (*each)(void *context, uint64_t number), void *context,
                                struct error *error)
{
    struct walk walk = {.view = view, .each = each_number, .callback = &each, .context = context};
    return walk_rows(&walk, "SELECT number FROM record WHERE number >= ?1 ORDER BY number",
                     from > INT64_MAX ? INT64_MAX : (sqlite3_int64)from, error);
}

enum status ledger_view_end_number(struct ledger_view *view, uint64_t *number, struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    *number = 0;
    enum status status = sql_prepare(
        view->database, "SELECT number FROM record ORDER BY number DESC LIMIT 1", &select, error);
    if (status == STATUS_OK) {
        status = sql_step_row(select, error);
    }
    if (status == STATUS_OK) {
        sqlite3_int64 last = sqlite3_column_int64(select, 0);
        *number = last < 0 ? 0 : (uint64_t)last + 1;
    }
    return proven(view, status == STATUS_END ? STATUS_OK : status, error);
}

static enum status each_checkpoint(struct walk *walk, sqlite3_stmt *select)
{
    uint64_t size = (uint64_t)sqlite3_column_int64(select, 0);
    return (*(const checkpoint_callback *)walk->callback)(walk->context, size,
                                                          sql_column_bytes(select, 1));
}

enum status ledger_view_checkpoints(struct ledger_view *view,
                                    enum status (*each)(void *context, uint64_t size,
                                                        struct bytes note),
                                    void *context, struct error *error)
{
    struct walk walk = {
        .view = view, .each = each_checkpoint, .callback = &each, .context = context};
    return walk_rows(&walk, "SELECT size, note FROM checkpoint ORDER BY size", 0, error);
}

enum status ledger_view_newest(struct ledger_view *view, struct bytes *note, struct error *error)
{
    *note = (struct bytes){0};
    (void)sqlite3_reset(view->newest);
    enum status status = sql_step_row(view->newest, error);
    if (status == STATUS_OK) {
        *note = sql_column_bytes(view->newest, 0);
    }
    return proven(view, status == STATUS_END ? STATUS_OK : status, error);
}

static enum status each_quarantined(struct walk *walk, sqlite3_stmt *select)
{
    struct ledger_quarantined row = {.table = (const char *)sqlite3_column_text(select, 0),
                                     .found_utc_ns = sqlite3_column_int64(select, 1),
                                     .number = sqlite3_column_int64(select, 2)};
    row.head = sql_column_bytes(select, 3);
    row.body = sql_column_bytes(select, 4);
    return (*(const quarantine_callback *)walk->callback)(walk->context, &row);
}

enum status ledger_view_quarantine(struct ledger_view *view,
                                   enum status (*each)(void *context,
                                                       const struct ledger_quarantined *row),
                                   void *context, struct error *error)
{
    struct walk walk = {
        .view = view, .each = each_quarantined, .callback = &each, .context = context};
    return walk_rows(&walk,
                     "SELECT origin_table, found_utc_ns, number, head, body FROM quarantine"
                     " ORDER BY id",
                     0, error);
}

static enum status each_source(struct walk *walk, sqlite3_stmt *select)
{
    const char *name = (const char *)sqlite3_column_text(select, 0);
    return (*(const source_callback *)walk->callback)(walk->context, name == NULL ? "" : name,
                                                      (uint64_t)sqlite3_column_int64(select, 1),
                                                      (uint64_t)sqlite3_column_int64(select, 2));
}

enum status ledger_view_sources(struct ledger_view *view,
                                enum status (*each)(void *context, const char *source, uint64_t seq,
                                                    uint64_t number),
                                void *context, struct error *error)
{
    struct walk walk = {.view = view, .each = each_source, .callback = &each, .context = context};
    return walk_rows(&walk, "SELECT name, seq, number FROM source ORDER BY name", 0, error);
}
