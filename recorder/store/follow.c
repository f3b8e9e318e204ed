/*
 * followed      one row an index: how far it has taken the records in
 *   name        the index's table
 *   next        number of the record it wants next
 */
#include "store/follow.h"

#include <sqlite3.h>

#include "ledger/sql.h"
#include "store/body_table.h"

const char followed_schema[] =
    "CREATE TABLE IF NOT EXISTS followed (name TEXT PRIMARY KEY, next INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;";

/* The body, if one of this kind is wanted and it fits the head; else NULL. */
static json_t *body_of(enum digest_algorithm algorithm, uint64_t kinds,
                       const struct record_head *head, struct bytes line)
{
    json_t *body = NULL;

    if (line.size == 0 || !(kinds & FOLLOW_KIND(head->kind)))
        return NULL;
    if (record_body_check(algorithm, head, line, NULL) != STATUS_OK ||
        record_body_parse(line, &body, NULL) != STATUS_OK)
        return NULL;
    return body;
}

enum status follow_records(struct sqlite3 *database, enum digest_algorithm algorithm,
                           uint64_t kinds, uint64_t *next, uint64_t limit,
                           enum status (*take)(void *context, struct sqlite3 *database,
                                               const struct followed_record *record,
                                               struct error *error),
                           void *context, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = sql_prepare(
        database,
        "SELECT number, head, body FROM record WHERE number >= ?1 ORDER BY number LIMIT ?2",
        &statement, error);

    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)*next);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)limit);
    while ((status = sql_step_row(statement, error)) == STATUS_OK) {
        struct followed_record record = {.number = (uint64_t)sqlite3_column_int64(statement, 0)};
        json_t *body AUTO_JSON = NULL;

        *next = record.number + 1;
        if (record_head_parse(sql_column_bytes(statement, 1), &record.head, NULL) != STATUS_OK)
            continue;
        body = body_of(algorithm, kinds, &record.head, sql_column_bytes(statement, 2));
        record.body = body;
        status = take(context, database, &record, error);
        if (status != STATUS_OK)
            return status;
    }
    return status == STATUS_END ? STATUS_OK : status;
}

static enum status read_next(struct follower *follower, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status =
        sql_prepare(ledger_database(follower->ledger), "SELECT next FROM followed WHERE name = ?1",
                    &statement, error);

    follower->next = 0;
    if (status != STATUS_OK)
        return status;
    sql_bind_text(statement, 1, follower->name);
    status = sql_step_row(statement, error);
    if (status == STATUS_OK)
        follower->next = (uint64_t)sqlite3_column_int64(statement, 0);
    return status == STATUS_END ? STATUS_OK : status;
}

static enum status write_next(const struct follower *follower, struct sqlite3 *database,
                              struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status =
        sql_prepare(database, "INSERT OR REPLACE INTO followed VALUES (?1, ?2)", &statement, error);

    if (status != STATUS_OK)
        return status;
    sql_bind_text(statement, 1, follower->name);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)follower->next);
    return sql_step_done(statement, error);
}

/* A transaction that fails ends the process, so what it changed in memory needs no undoing. */
static enum status follow_on(void *context, struct sqlite3 *database, struct error *error)
{
    struct follower *follower = context;
    enum digest_algorithm algorithm = suite_digest_algorithm(ledger_suite(follower->ledger));
    enum status status = STATUS_OK;

    if (follower->next == 0 && follower->restart)
        status = follower->restart(follower->context, database, error);
    if (status == STATUS_OK)
        status = follow_records(database, algorithm, follower->kinds, &follower->next, INT64_MAX,
                                follower->take, follower->context, error);
    if (status == STATUS_OK && follower->finish)
        status = follower->finish(follower->context, database, error);
    return status == STATUS_OK ? write_next(follower, database, error) : status;
}

enum status follow_attach(struct follower *follower, struct ledger *ledger, const char *schema,
                          struct error *error)
{
    struct ledger_index index = {.schema = schema, .write = follow_on, .context = follower};
    enum status status = STATUS_OK;

    follower->ledger = ledger;
    status = sql_run(ledger_database(ledger), followed_schema, error);
    if (status == STATUS_OK)
        status = ledger_attach(ledger, &index, error);
    if (status == STATUS_OK)
        status = read_next(follower, error);
    if (status != STATUS_OK)
        return status;
    if (follower->next > ledger_size(ledger))
        follower->next = 0;
    /* The ledger's file may have been made again from its rows, without its indexes. */
    if (follower->next < ledger_size(ledger) || follower->next == 0)
        status = ledger_transaction(ledger, follow_on, follower, error);
    return status;
}
