/*
 * hold          one row a `hold` record, so that a start need not read all records for them
 *   record      its number
 */
#include "store/hold.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/sql.h"
#include "store/body_table.h"
#include "store/follow.h"

struct hold_index {
    struct hold *holds;
    size_t count;
    size_t capacity;
    struct follower follower; /* attached ones only */
    bool (*wants)(const void *context, const char *camera, int64_t from_utc_ns, int64_t to_utc_ns);
    const void *wants_context;
};

enum status hold_index_new(struct hold_index **index, struct error *error)
{
    *index = calloc(1, sizeof(**index));
    return *index ? STATUS_OK : error_set(error, STATUS_NO_MEMORY, "no memory for the holds");
}

void hold_index_free(struct hold_index *index)
{
    if (!index)
        return;
    free(index->holds);
    free(index);
}

static enum status release(struct hold_index *index, uint64_t number, uint64_t by,
                           struct error *error)
{
    for (size_t i = 0; i < index->count; i++) {
        if (index->holds[i].record == number && !index->holds[i].released) {
            index->holds[i].released = true;
            index->holds[i].release = by;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_NOT_FOUND, "record %llu is no hold in force",
                     (unsigned long long)number);
}

/* A new one, zeroed; NULL without memory. */
static struct hold *add(struct hold_index *index, uint64_t number)
{
    struct hold *hold = NULL;

    if (index->count == index->capacity) {
        size_t capacity = index->capacity > 0 ? 2 * index->capacity : 16;
        struct hold *holds = realloc(index->holds, capacity * sizeof(*holds));

        if (!holds)
            return NULL;
        index->holds = holds;
        index->capacity = capacity;
    }
    hold = &index->holds[index->count++];
    memset(hold, 0, sizeof(*hold));
    hold->record = number;
    return hold;
}

enum status hold_index_add(struct hold_index *index, uint64_t number,
                           const struct hold_record *record, struct error *error)
{
    struct hold *hold = NULL;

    if (record->release)
        return release(index, record->hold, number, error);
    hold = add(index, number);
    if (!hold)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the holds");
    hold->from_utc_ns = record->from_utc_ns;
    hold->to_utc_ns = record->to_utc_ns;
    memcpy(hold->cameras, record->cameras, sizeof(hold->cameras));
    memcpy(hold->doors, record->doors, sizeof(hold->doors));
    memcpy(hold->reason, record->reason, sizeof(hold->reason));
    return STATUS_OK;
}

enum status hold_index_add_unreadable(struct hold_index *index, uint64_t number,
                                      struct error *error)
{
    struct hold *hold = add(index, number);

    if (!hold)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the holds");
    hold->unreadable = true;
    return STATUS_OK;
}

void hold_index_drop(struct hold_index *index, uint64_t number)
{
    size_t kept = 0;

    for (size_t i = 0; i < index->count; i++)
        if (index->holds[i].record != number)
            index->holds[kept++] = index->holds[i];
    index->count = kept;
}

enum status hold_index_add_row(struct hold_index *index, enum digest_algorithm algorithm,
                               const struct ledger_row *row, struct error *error)
{
    struct record_head head;
    struct hold_record record;
    json_t *body AUTO_JSON = NULL;
    enum status status = STATUS_OK;

    if (record_head_parse(row->head, &head, NULL) != STATUS_OK || head.kind != RECORD_HOLD)
        return STATUS_OK;
    if (!row->has_body || record_body_check(algorithm, &head, row->body, NULL) != STATUS_OK ||
        record_body_parse(row->body, &body, NULL) != STATUS_OK ||
        hold_record_parse(body, &record, NULL) != STATUS_OK)
        return hold_index_add_unreadable(index, row->number, error);
    status = hold_index_add(index, row->number, &record, error);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status note_number(struct sqlite3 *database, uint64_t number, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status =
        sql_prepare(database, "INSERT OR IGNORE INTO hold (record) VALUES (?1)", &statement, error);

    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)number);
    return sql_step_done(statement, error);
}

static enum status take(void *context, struct sqlite3 *database,
                        const struct followed_record *followed, struct error *error)
{
    struct hold_index *index = context;
    struct hold_record record;
    enum status status = STATUS_OK;

    if (followed->head.kind != RECORD_HOLD)
        return STATUS_OK;
    status = note_number(database, followed->number, error);
    if (status != STATUS_OK)
        return status;
    if (!followed->body || hold_record_parse(followed->body, &record, NULL) != STATUS_OK)
        return hold_index_add_unreadable(index, followed->number, error);
    status = hold_index_add(index, followed->number, &record, error);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status restart(void *context, struct sqlite3 *database, struct error *error)
{
    struct hold_index *index = context;

    index->count = 0;
    return sql_run(database, "DELETE FROM hold", error);
}

/* The holds that the table names, before following on. */
static enum status load_named(struct hold_index *index, struct ledger *ledger, struct error *error)
{
    enum digest_algorithm algorithm = suite_digest_algorithm(ledger_suite(ledger));
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = sql_prepare(
        ledger_database(ledger),
        "SELECT number, head, body FROM record JOIN hold ON number = hold.record ORDER BY number",
        &statement, error);

    if (status != STATUS_OK)
        return status;
    while ((status = sql_step_row(statement, error)) == STATUS_OK) {
        struct ledger_row row = {.number = (uint64_t)sqlite3_column_int64(statement, 0),
                                 .head = sql_column_bytes(statement, 1),
                                 .body = sql_column_bytes(statement, 2),
                                 .has_body = true};

        status = hold_index_add_row(index, algorithm, &row, error);
        if (status != STATUS_OK)
            return status;
    }
    return status == STATUS_END ? STATUS_OK : status;
}

const char hold_schema[] = "CREATE TABLE IF NOT EXISTS hold (record INTEGER PRIMARY KEY) STRICT;";

enum status hold_index_attach(struct ledger *ledger, struct hold_index **index, struct error *error)
{
    struct hold_index *made = NULL;
    enum status status = hold_index_new(&made, error);

    *index = NULL;
    if (status != STATUS_OK)
        return status;
    made->follower = (struct follower){
        .name = "hold",
        .kinds = FOLLOW_KIND(RECORD_HOLD),
        .take = take,
        .restart = restart,
        .context = made,
    };
    status = sql_run(ledger_database(ledger), hold_schema, error);
    if (status == STATUS_OK)
        status = load_named(made, ledger, error);
    if (status == STATUS_OK)
        status = follow_attach(&made->follower, ledger, hold_schema, error);
    if (status != STATUS_OK) {
        hold_index_free(made);
        return status;
    }
    *index = made;
    return STATUS_OK;
}

static bool same_holds(const struct hold_index *index, const struct hold_index *found)
{
    bool same = index->count == found->count;

    for (size_t i = 0; same && i < index->count; i++) {
        same = index->holds[i].record == found->holds[i].record &&
               index->holds[i].released == found->holds[i].released &&
               index->holds[i].unreadable == found->holds[i].unreadable;
    }
    return same;
}

struct numbers {
    const uint64_t *items;
    size_t count;
};

/* Does the table name exactly the hold records? */
static enum status compare_table(struct sqlite3 *database, const struct numbers *numbers,
                                 bool *same, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    size_t at = 0;
    enum status status =
        sql_prepare(database, "SELECT record FROM hold ORDER BY record", &statement, error);

    if (status != STATUS_OK)
        return status;
    *same = true;
    while ((status = sql_step_row(statement, error)) == STATUS_OK) {
        *same = *same && at < numbers->count &&
                (uint64_t)sqlite3_column_int64(statement, 0) == numbers->items[at];
        at++;
    }
    *same = *same && at == numbers->count;
    return status == STATUS_END ? STATUS_OK : status;
}

static enum status write_table(void *context, struct sqlite3 *database, struct error *error)
{
    const struct numbers *numbers = context;
    enum status status = sql_run(database, "DELETE FROM hold", error);

    for (size_t i = 0; status == STATUS_OK && i < numbers->count; i++)
        status = note_number(database, numbers->items[i], error);
    return status;
}

enum status hold_index_replace(struct hold_index *index, struct hold_index *found,
                               const uint64_t *numbers, size_t count, bool *differed,
                               struct error *error)
{
    struct numbers written = {numbers, count};
    struct hold_index before = *index;
    bool same = false;
    enum status status =
        compare_table(ledger_database(index->follower.ledger), &written, &same, error);

    *differed = !(same && same_holds(index, found));
    if (status != STATUS_OK || !*differed)
        return status;
    index->holds = found->holds;
    index->count = found->count;
    index->capacity = found->capacity;
    found->holds = before.holds;
    found->count = before.count;
    found->capacity = before.capacity;
    return ledger_transaction(index->follower.ledger, write_table, &written, error);
}

struct loading {
    struct hold_index *index;
    enum digest_algorithm algorithm;
    struct error *error;
};

static enum status load_row(void *context, const struct ledger_row *row)
{
    const struct loading *loading = context;

    return hold_index_add_row(loading->index, loading->algorithm, row, loading->error);
}

enum status hold_index_load(struct hold_index *index, struct ledger_view *view, struct error *error)
{
    const struct suite *suite = ledger_view_suite(view);
    struct loading loading = {.index = index, .error = error};

    if (!suite)
        return error_set(error, STATUS_INVALID, "the ledger does not say its suite");
    loading.algorithm = suite_digest_algorithm(suite);
    return ledger_view_rows(view, 0, load_row, &loading, error);
}

static bool touches(const struct hold *hold, int64_t from_utc_ns, int64_t to_utc_ns)
{
    return !hold->released &&
           (hold->unreadable || (from_utc_ns < hold->to_utc_ns && to_utc_ns > hold->from_utc_ns));
}

/* The keeper puts the cameras of a door into the record: doors alone hold nothing. */
bool hold_is_held(const struct hold_index *index, const char *camera, int64_t from_utc_ns,
                  int64_t to_utc_ns)
{
    if (index->wants != NULL && index->wants(index->wants_context, camera, from_utc_ns, to_utc_ns))
        return true;
    for (size_t i = 0; i < index->count; i++) {
        const struct hold *hold = &index->holds[i];

        if (touches(hold, from_utc_ns, to_utc_ns) && (*hold->cameras || !*hold->doors) &&
            (*hold->cameras == '\0' || text_names(hold->cameras, camera)))
            return true;
    }
    return false;
}

void hold_index_ask(struct hold_index *index,
                    bool (*wants)(const void *context, const char *camera, int64_t from_utc_ns,
                                  int64_t to_utc_ns),
                    const void *context)
{
    index->wants = wants;
    index->wants_context = context;
}

bool hold_is_held_record(const struct hold_index *index, const char *source, int64_t at_utc_ns)
{
    static const char camera[] = "camera/";
    int64_t from_utc_ns = 0;
    int64_t to_utc_ns = 0;

    if (__builtin_sub_overflow(at_utc_ns, NS_PER_DAY, &from_utc_ns))
        from_utc_ns = INT64_MIN;
    if (__builtin_add_overflow(at_utc_ns, 1, &to_utc_ns))
        to_utc_ns = INT64_MAX;
    if (strncmp(source, camera, strlen(camera)) == 0)
        return hold_is_held(index, source + strlen(camera), from_utc_ns, to_utc_ns);
    for (size_t i = 0; i < index->count; i++)
        if (touches(&index->holds[i], from_utc_ns, to_utc_ns))
            return true;
    return false;
}

size_t hold_index_count(const struct hold_index *index)
{
    return index->count;
}

size_t hold_index_in_force(const struct hold_index *index)
{
    size_t count = 0;

    for (size_t i = 0; i < index->count; i++)
        count += !index->holds[i].released;
    return count;
}

size_t hold_index_unreadable(const struct hold_index *index, uint64_t *first)
{
    size_t count = 0;

    for (size_t i = index->count; i > 0; i--) {
        const struct hold *hold = &index->holds[i - 1];

        if (hold->unreadable && !hold->released) {
            *first = hold->record;
            count++;
        }
    }
    return count;
}

const struct hold *hold_index_at(const struct hold_index *index, size_t which)
{
    return &index->holds[which];
}
