/*
 * entry_key     one row an entry that has a device number
 *   controller  its id
 *   boot_epoch  as in the record
 *   device_seq  as in the record
 *   record      number of the first record with this key
 *   registers   the first eight bytes, as a number, of the SHA-256 of `raw`; 0 without
 *   meaning     the same of what was made of them (entry_meaning)
 *
 * Derived from the `entry` records; 64-bit numbers are stored as SQLite's signed integers of the
 * same bits.
 */
#include "store/entry_key.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/sql.h"
#include "store/entry_record.h"
#include "store/follow.h"

const char entry_key_schema[] =
    "CREATE TABLE IF NOT EXISTS entry_key (controller TEXT NOT NULL, boot_epoch INTEGER NOT NULL,"
    " device_seq INTEGER NOT NULL, record INTEGER NOT NULL, registers INTEGER NOT NULL,"
    " meaning INTEGER NOT NULL, PRIMARY KEY (controller, boot_epoch, device_seq)) STRICT, WITHOUT "
    "ROWID;";

struct waiting_key {
    struct entry_key key;
    uint64_t record;
};

struct entry_key_index {
    struct follower follower;
    struct waiting_key waiting[LEDGER_BATCH_RECORDS];
    size_t count;
};

static uint64_t short_digest(const char *text)
{
    struct digest digest;
    uint64_t number = 0;
    digest_of(DIGEST_SHA256, bytes_of_text(text), &digest);
    for (size_t i = 0; i < sizeof(number); i++)
        number = number << 8 | digest.bytes[i];
    return number;
}

void entry_key_of(const char *controller, const struct message_entry *entry, struct entry_key *key)
{
    char meaning[ENTRY_MEANING_SIZE];

    *key = (struct entry_key){.boot_epoch = entry->boot_epoch, .device_seq = entry->device_seq};
    message_text(key->controller, sizeof(key->controller), controller);
    entry_meaning(entry, meaning);
    key->registers = entry->raw[0] != '\0' ? short_digest(entry->raw) : 0;
    key->meaning = short_digest(meaning);
}

static void bind_key(sqlite3_stmt *statement, const struct entry_key *key)
{
    sql_bind_text(statement, 1, key->controller);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)key->boot_epoch);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)key->device_seq);
}

static enum status take(void *context, struct sqlite3 *database,
                        const struct followed_record *followed, struct error *error)
{
    struct entry_record record;
    struct entry_key key;
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = STATUS_OK;

    (void)context;
    if (!followed->body || entry_record_parse(followed->body, &record, NULL) != STATUS_OK ||
        !record.entry.has_device_seq)
        return STATUS_OK;
    entry_key_of(record.controller, &record.entry, &key);
    /* The first record keeps the key: a second one for the same event would be a double. */
    status =
        sql_prepare(database, "INSERT OR IGNORE INTO entry_key VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    &statement, error);
    if (status != STATUS_OK)
        return status;
    bind_key(statement, &key);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)followed->number);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)key.registers);
    sqlite3_bind_int64(statement, 6, (sqlite3_int64)key.meaning);
    return sql_step_done(statement, error);
}

/* What waited stands in the table now; should the commit fail, the process ends. */
static enum status finish(void *context, struct sqlite3 *database, struct error *error)
{
    struct entry_key_index *index = context;

    (void)database;
    (void)error;
    index->count = 0;
    return STATUS_OK;
}

static enum status restart(void *context, struct sqlite3 *database, struct error *error)
{
    (void)context;
    return sql_run(database, "DELETE FROM entry_key", error);
}

/* The table of an earlier version, which does not tell what the entries said, is made again. */
static enum status drop_if_older(struct ledger *ledger, struct error *error)
{
    sqlite3 *database = ledger_database(ledger);
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = sql_prepare(
        database, "SELECT 1 WHERE (SELECT count(*) FROM pragma_table_info('entry_key')) = 4",
        &statement, error);

    if (status == STATUS_OK)
        status = sql_step_row(statement, error);
    if (status != STATUS_OK)
        return status == STATUS_END ? STATUS_OK : status;
    (void)sqlite3_reset(statement);
    return sql_run(database, "DROP TABLE entry_key; DELETE FROM followed WHERE name = 'entry_key'",
                   error);
}

enum status entry_key_attach(struct ledger *ledger, struct entry_key_index **index,
                             struct error *error)
{
    struct entry_key_index *made = calloc(1, sizeof(*made));
    enum status status = STATUS_OK;

    *index = NULL;
    if (!made)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the index of entries");
    made->follower = (struct follower){
        .name = "entry_key",
        .kinds = FOLLOW_KIND(RECORD_ENTRY),
        .take = take,
        .finish = finish,
        .restart = restart,
        .context = made,
    };
    status = drop_if_older(ledger, error);
    if (status == STATUS_OK)
        status = follow_attach(&made->follower, ledger, entry_key_schema, error);
    if (status != STATUS_OK) {
        free(made);
        return status;
    }
    *index = made;
    return STATUS_OK;
}

void entry_key_free(struct entry_key_index *index)
{
    free(index);
}

enum status entry_key_add(struct entry_key_index *index, const struct entry_key *key,
                          uint64_t record, struct error *error)
{
    if (index->count == LEDGER_BATCH_RECORDS)
        return error_set(error, STATUS_FULL, "too many entries wait for a commit");
    index->waiting[index->count] = (struct waiting_key){*key, record};
    index->count++;
    return STATUS_OK;
}

static bool keys_equal(const struct entry_key *a, const struct entry_key *b)
{
    return a->boot_epoch == b->boot_epoch && a->device_seq == b->device_seq &&
           strcmp(a->controller, b->controller) == 0;
}

static enum status hold_against(const struct entry_key *known, const struct entry_key *key,
                                struct error *error)
{
    if ((key->registers != 0 && known->registers == key->registers) ||
        known->meaning == key->meaning)
        return STATUS_OK;
    return error_set(error, STATUS_MISMATCH, "another entry of %s has this number",
                     key->controller);
}

enum status entry_key_find(struct entry_key_index *index, const struct entry_key *key,
                           uint64_t *record, bool *waiting, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = STATUS_OK;

    if (waiting)
        *waiting = true;
    for (size_t i = 0; i < index->count; i++) {
        if (keys_equal(&index->waiting[i].key, key)) {
            *record = index->waiting[i].record;
            return hold_against(&index->waiting[i].key, key, error);
        }
    }
    if (waiting)
        *waiting = false;
    status = sql_prepare(ledger_database(index->follower.ledger),
                         "SELECT record, registers, meaning FROM entry_key WHERE controller = ?1"
                         " AND boot_epoch = ?2 AND device_seq = ?3",
                         &statement, error);
    if (status != STATUS_OK)
        return status;
    bind_key(statement, key);
    status = sql_step_row(statement, error);
    if (status != STATUS_OK)
        return status == STATUS_END ? STATUS_NOT_FOUND : status;
    *record = (uint64_t)sqlite3_column_int64(statement, 0);
    struct entry_key known = {.registers = (uint64_t)sqlite3_column_int64(statement, 1),
                              .meaning = (uint64_t)sqlite3_column_int64(statement, 2)};
    return hold_against(&known, key, error);
}

/* The epochs are few and the keys of each are many: from epoch to epoch, the last key of each,
 * and of those the one of the newest record. Not the highest epoch: a controller that was
 * replaced may report a lower one. */
static const char newest[] =
    "WITH RECURSIVE epoch(at) AS (SELECT MAX(boot_epoch) FROM entry_key WHERE controller = ?1"
    " UNION ALL SELECT (SELECT MAX(boot_epoch) FROM entry_key WHERE controller = ?1"
    " AND boot_epoch < epoch.at) FROM epoch WHERE epoch.at IS NOT NULL)"
    " SELECT boot_epoch, device_seq FROM epoch JOIN entry_key ON controller = ?1"
    " AND boot_epoch = epoch.at AND device_seq = (SELECT MAX(device_seq) FROM entry_key"
    " WHERE controller = ?1 AND boot_epoch = epoch.at) ORDER BY record DESC LIMIT 1";

static enum status newest_committed(struct entry_key_index *index, struct entry_key *key,
                                    struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status =
        sql_prepare(ledger_database(index->follower.ledger), newest, &statement, error);

    if (status != STATUS_OK)
        return status;
    sql_bind_text(statement, 1, key->controller);
    status = sql_step_row(statement, error);
    if (status != STATUS_OK)
        return status == STATUS_END ? STATUS_NOT_FOUND : status;
    key->boot_epoch = (uint64_t)sqlite3_column_int64(statement, 0);
    key->device_seq = (uint64_t)sqlite3_column_int64(statement, 1);
    return STATUS_OK;
}

enum status entry_key_newest(struct entry_key_index *index, struct entry_key *key,
                             struct error *error)
{
    enum status status = newest_committed(index, key, error);

    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    for (size_t i = 0; i < index->count; i++) {
        const struct entry_key *waiting = &index->waiting[i].key;
        if (strcmp(waiting->controller, key->controller) != 0)
            continue;
        if (status == STATUS_NOT_FOUND || waiting->boot_epoch != key->boot_epoch ||
            waiting->device_seq > key->device_seq)
            *key = *waiting;
        status = STATUS_OK;
    }
    return status;
}
