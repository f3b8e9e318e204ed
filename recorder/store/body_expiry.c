#include "store/body_expiry.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/merkle.h"
#include "ledger/sql.h"
#include "store/body_expiry_record.h"
#include "store/body_table.h"
#include "store/row.h"

#define SOURCE "appliance"
/* So many bodies one record names at most: what it names is soon gone. */
#define NAMED_MAX 65536u

/* Before a record: what comes next, and the time lived through up to there. */
struct place {
    uint64_t next;
    struct lived lived;
};

struct body_expiry {
    struct expiry_books books;
    struct expiry *segments;          /* asks which segments were let go */
    struct body_expiry_record record; /* being found, or being carried out */
    uint64_t named;                   /* in it */
    struct place low;                 /* all before it is done with: a round begins here */
    struct place at;                  /* of the round */
    struct place left;                /* before the first that is of age and has to wait */
    bool has_left;
    bool in_round;
    bool is_full; /* there was more than the record names */
    size_t holds; /* when the round began: a hold that was set since covers what was found */
    bool removing;
    uint64_t order; /* the expiry record that is carried out */
    size_t range;   /* of its ranges, and the next record of that */
    uint64_t next;
    bool looked_back; /* `back` is set */
    uint64_t back;
};

enum status body_expiry_new(const struct expiry_books *books, struct body_expiry **expiry,
                            struct error *error)
{
    struct body_expiry *made = calloc(1, sizeof(*made));
    enum status status = STATUS_OK;

    *expiry = NULL;
    if (!made)
        return error_set(error, STATUS_NO_MEMORY, "no memory for expiries");
    made->books = *books;
    status = expiry_new(books, &made->segments, error);
    if (status != STATUS_OK) {
        body_expiry_free(made);
        return status;
    }
    *expiry = made;
    return STATUS_OK;
}

void body_expiry_free(struct body_expiry *expiry)
{
    if (!expiry)
        return;
    expiry_free(expiry->segments);
    free(expiry);
}

/* ---- finding ---- */

static int64_t floor_ns(const struct body_expiry_now *now)
{
    return (int64_t)now->record_days * NS_PER_DAY;
}

/* Its file was removed by an expiry record; the record itself is asked, not the index alone. */
static bool is_let_go(const struct body_expiry *expiry, uint64_t number)
{
    struct segment_row row;

    return segment_index_of_record(ledger_database(expiry->books.ledger), number, &row, NULL) ==
               STATUS_OK &&
           row.state == SEGMENT_GONE && expiry_names(expiry->segments, &row);
}

enum fate {
    GOES,
    WAITS, /* it is looked at again in the next round */
    STAYS, /* for ever */
};

/* What is altered stays as it is: nothing may cover its traces. */
static enum fate fate_of(const struct body_expiry *expiry, const struct body_expiry_now *now,
                         uint64_t number, const struct record_head *head, sqlite3_stmt *row,
                         int64_t lived_ns)
{
    enum digest_algorithm algorithm = suite_digest_algorithm(ledger_suite(expiry->books.ledger));

    if (record_kind_is_permanent(head->kind) || sqlite3_column_type(row, 2) == SQLITE_NULL)
        return STAYS;
    if (lived_age_ns(now->utc_ns, now->lived_ns, head->at_utc_ns, lived_ns) < floor_ns(now) ||
        hold_is_held_record(expiry->books.holds, head->source, head->at_utc_ns) ||
        (head->kind == RECORD_SEGMENT && !is_let_go(expiry, number)))
        return WAITS;
    return record_body_check(algorithm, head, sql_column_bytes(row, 2), NULL) == STATUS_OK ? GOES
                                                                                           : STAYS;
}

/* False: the record names as much as it can. */
static bool name(struct body_expiry *expiry, uint64_t number)
{
    struct body_expiry_record *record = &expiry->record;
    struct body_range *last = record->count > 0 ? &record->ranges[record->count - 1] : NULL;
    bool adjoins = last && last->last + 1 == number;

    if (expiry->named == NAMED_MAX || (!adjoins && record->count == BODY_RANGES_MAX))
        return false;
    if (adjoins)
        last->last = number;
    else
        record->ranges[record->count++] = (struct body_range){number, number};
    expiry->named++;
    return true;
}

/* The row's head, if it is the one that was sealed. */
static bool read_head(const struct body_expiry *expiry, sqlite3_stmt *row, struct record_head *head)
{
    struct bytes line = sql_column_bytes(row, 1);
    struct bytes stored = sql_column_bytes(row, 3);
    struct digest leaf;

    merkle_leaf(suite_digest_algorithm(ledger_suite(expiry->books.ledger)), line, &leaf);
    return stored.size == sizeof(leaf.bytes) &&
           memcmp(stored.data, leaf.bytes, sizeof(leaf.bytes)) == 0 &&
           record_head_parse(line, head, NULL) == STATUS_OK;
}

/* STATUS_END: from here on nothing is of age, or there is no room for more. */
static enum status take_row(struct body_expiry *expiry, const struct body_expiry_now *now,
                            sqlite3_stmt *row)
{
    uint64_t number = (uint64_t)sqlite3_column_int64(row, 0);
    struct place after = expiry->at;
    struct record_head head;
    enum fate fate = STAYS;

    after.next = number + 1;
    if (read_head(expiry, row, &head)) {
        lived_add(&after.lived, &head);
        if (now->lived_ns - after.lived.total_ns < floor_ns(now))
            return STATUS_END; /* lived time grows with the number */
        fate = fate_of(expiry, now, number, &head, row, after.lived.total_ns);
    }
    if (fate == GOES && !name(expiry, number)) {
        expiry->is_full = true;
        return STATUS_END;
    }
    if (fate == WAITS && !expiry->has_left) {
        expiry->has_left = true;
        expiry->left = expiry->at;
    }
    expiry->at = after;
    return STATUS_OK;
}

/* A statement over the ledger's records, with its two numbers. */
static enum status prepare(const struct body_expiry *expiry, const char *text, uint64_t first,
                           uint64_t second, sqlite3_stmt **statement, struct error *error)
{
    enum status status = sql_prepare(ledger_database(expiry->books.ledger), text, statement, error);
    if (status == STATUS_OK) {
        sqlite3_bind_int64(*statement, 1, (sqlite3_int64)first);
        sqlite3_bind_int64(*statement, 2, (sqlite3_int64)second);
    }
    return status;
}

static void begin_round(struct body_expiry *expiry)
{
    memset(&expiry->record, 0, sizeof(expiry->record));
    expiry->named = 0;
    expiry->at = expiry->low;
    expiry->has_left = false;
    expiry->is_full = false;
    expiry->holds = hold_index_count(expiry->books.holds);
    expiry->in_round = true;
}

enum status body_expiry_look(struct body_expiry *expiry, const struct body_expiry_now *now,
                             uint64_t rows, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    uint64_t count = 0;
    enum status status = STATUS_OK;

    if (!expiry->in_round)
        begin_round(expiry);
    if (now->lived_ns < floor_ns(now))
        return STATUS_OK;
    status = prepare(expiry,
                     "SELECT number, head, body, hash FROM record JOIN node ON level = 0"
                     " AND position = number WHERE number >= ?1 ORDER BY number LIMIT ?2",
                     expiry->at.next, rows, &statement, error);
    if (status != STATUS_OK)
        return status;
    while ((status = sql_step_row(statement, error)) == STATUS_OK) {
        count++;
        if (take_row(expiry, now, statement) == STATUS_END)
            return STATUS_OK;
    }
    if (status != STATUS_END)
        return status;
    return count == rows ? STATUS_AGAIN : STATUS_OK;
}

/* ---- naming ---- */

static void begin_removing(struct body_expiry *expiry, uint64_t order)
{
    expiry->removing = true;
    expiry->order = order;
    expiry->range = 0;
    expiry->next = expiry->record.ranges[0].first;
}

enum status body_expiry_append(struct body_expiry *expiry, const struct body_expiry_now *now,
                               bool *appended, struct error *error)
{
    uint64_t number = 0;
    json_t *members AUTO_JSON = NULL;
    enum status status = STATUS_OK;

    *appended = false;
    expiry->in_round = false;
    if (hold_index_count(expiry->books.holds) != expiry->holds)
        return STATUS_AGAIN;
    expiry->low = expiry->has_left ? expiry->left : expiry->at;
    if (expiry->record.count == 0)
        return STATUS_OK;
    expiry->record.record_days = now->record_days;
    status = body_expiry_record_members(&expiry->record, &members, error);
    if (status == STATUS_OK)
        status =
            ledger_append(expiry->books.ledger, RECORD_EXPIRY, SOURCE, members, &number, error);
    if (status != STATUS_OK)
        return status;
    *appended = true;
    begin_removing(expiry, number);
    return expiry->is_full ? STATUS_AGAIN : STATUS_OK;
}

/* ---- removing ---- */

bool body_expiry_is_removing(const struct body_expiry *expiry)
{
    return expiry->removing;
}

/* The next number to be removed. */
static bool next_number(struct body_expiry *expiry, uint64_t *number)
{
    const struct body_expiry_record *record = &expiry->record;

    if (expiry->range == record->count)
        return false;
    *number = expiry->next;
    if (expiry->next < record->ranges[expiry->range].last) {
        expiry->next++;
    } else {
        expiry->range++;
        if (expiry->range < record->count)
            expiry->next = record->ranges[expiry->range].first;
    }
    return true;
}

enum status body_expiry_remove(struct body_expiry *expiry, size_t limit, struct error *error)
{
    uint64_t numbers[BODY_EXPIRY_BATCH];
    size_t wanted = limit < BODY_EXPIRY_BATCH ? limit : BODY_EXPIRY_BATCH;
    size_t count = 0;
    size_t range = expiry->range;
    uint64_t next = expiry->next;
    enum status status = STATUS_OK;

    while (count < wanted && next_number(expiry, &numbers[count]))
        count++;
    status = ledger_expire_bodies(expiry->books.ledger, expiry->order, numbers, count, error);
    if (status == STATUS_TIMEOUT) { /* somebody else holds the file's lock for a moment */
        expiry->range = range;
        expiry->next = next;
        return STATUS_AGAIN;
    }
    if (status == STATUS_OK && expiry->range < expiry->record.count)
        return STATUS_AGAIN;
    expiry->removing = false;
    return status;
}

/* ---- after a start ---- */

/* Takes up the expiry record, if it is one, of bodies, and what was sealed. */
static bool take_up(struct body_expiry *expiry, uint64_t number)
{
    struct record_head head;
    json_t *body AUTO_JSON = NULL;

    if (row_read(expiry->books.ledger, number, &head, &body, NULL) != STATUS_OK ||
        head.kind != RECORD_EXPIRY || strcmp(head.source, SOURCE) != 0 ||
        body_expiry_record_parse(body, &expiry->record, NULL) != STATUS_OK ||
        expiry->record.ranges[expiry->record.count - 1].last >= number)
        return false;
    begin_removing(expiry, number);
    return true;
}

enum status body_expiry_resume(struct body_expiry *expiry, const struct body_expiry_now *now,
                               uint64_t rows, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    uint64_t from = 0;
    enum status status = STATUS_OK;

    if (!expiry->looked_back)
        expiry->back = ledger_size(expiry->books.ledger);
    expiry->looked_back = true;
    if (now->lived_ns < (int64_t)RETENTION_RECORD_DAYS_FLOOR * NS_PER_DAY)
        return STATUS_OK; /* none was ever made */
    from = expiry->back > rows ? expiry->back - rows : 0;
    status = prepare(expiry,
                     "SELECT number FROM record WHERE number >= ?1 AND number < ?2 AND"
                     " instr(head, CAST('{\"kind\":\"expiry\",\"source\":\"" SOURCE
                     "\"' AS BLOB)) = 1 ORDER BY number DESC",
                     from, expiry->back, &statement, error);
    if (status != STATUS_OK)
        return status;
    while ((status = sql_step_row(statement, error)) == STATUS_OK)
        if (take_up(expiry, (uint64_t)sqlite3_column_int64(statement, 0)))
            return STATUS_OK;
    if (status != STATUS_END)
        return status;
    expiry->back = from;
    return from > 0 ? STATUS_AGAIN : STATUS_OK;
}
