/*
 * hold          one row a `hold` record, so that a start need not read all records for them
 *   record      its number
 */
#include "store/hold.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/merkle.h"
#include "ledger/sql.h"
#include "store/body.h"
#include "store/follow.h"

/* What the records themselves say, as far as they were read since the ledger was opened. */
struct confirming {
    uint64_t next;
    struct hold_index *found;
    uint64_t *numbers; /* of its records, releases too */
    size_t count;
    size_t capacity;
};

struct hold_index {
    struct hold *holds;
    size_t count;
    size_t capacity;
    struct follower follower; /* attached ones only */
    struct confirming confirming;
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
    hold_index_free(index->confirming.found);
    free(index->confirming.numbers);
    free(index->holds);
    free(index);
}

static enum status release(struct hold_index *index, uint64_t number, struct error *error)
{
    for (size_t i = 0; i < index->count; i++) {
        if (index->holds[i].record == number && !index->holds[i].released) {
            index->holds[i].released = true;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_NOT_FOUND, "record %llu is no hold in force",
                     (unsigned long long)number);
}

enum status hold_index_add(struct hold_index *index, uint64_t number,
                           const struct hold_record *record, struct error *error)
{
    struct hold *hold = NULL;

    if (record->release)
        return release(index, record->hold, error);
    if (index->count == index->capacity) {
        size_t capacity = index->capacity > 0 ? 2 * index->capacity : 16;
        struct hold *holds = realloc(index->holds, capacity * sizeof(*holds));

        if (!holds)
            return error_set(error, STATUS_NO_MEMORY, "no memory for the holds");
        index->holds = holds;
        index->capacity = capacity;
    }
    hold = &index->holds[index->count];
    memset(hold, 0, sizeof(*hold));
    hold->record = number;
    hold->from_utc_ns = record->from_utc_ns;
    hold->to_utc_ns = record->to_utc_ns;
    memcpy(hold->cameras, record->cameras, sizeof(hold->cameras));
    memcpy(hold->doors, record->doors, sizeof(hold->doors));
    memcpy(hold->reason, record->reason, sizeof(hold->reason));
    index->count++;
    return STATUS_OK;
}

struct loading {
    struct hold_index *index;
    enum digest_algorithm algorithm;
    struct error *error;
};

/* Rows that are not what they were are the ledger's to report. */
static enum status load_row(void *context, const struct ledger_row *row)
{
    struct loading *loading = context;
    struct record_head head;
    struct hold_record record;
    json_t *body AUTO_JSON = NULL;
    enum status status = STATUS_OK;

    if (record_head_parse(row->head, &head, NULL) != STATUS_OK || head.kind != RECORD_HOLD ||
        !row->has_body ||
        record_body_check(loading->algorithm, &head, row->body, NULL) != STATUS_OK ||
        record_body_parse(row->body, &body, NULL) != STATUS_OK ||
        hold_record_parse(body, &record, NULL) != STATUS_OK)
        return STATUS_OK;
    status = hold_index_add(loading->index, row->number, &record, loading->error);
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

    if (!followed->body || hold_record_parse(followed->body, &record, NULL) != STATUS_OK)
        return STATUS_OK;
    status = note_number(database, followed->number, error);
    if (status == STATUS_OK)
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
    struct loading loading = {
        .index = index, .algorithm = suite_digest_algorithm(ledger_suite(ledger)), .error = error};
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

        status = load_row(&loading, &row);
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

/* ---- confirming ---- */

static enum status confirm_number(struct confirming *confirming, uint64_t number,
                                  struct error *error)
{
    if (confirming->count == confirming->capacity) {
        size_t capacity = confirming->capacity > 0 ? 2 * confirming->capacity : 16;
        uint64_t *numbers = realloc(confirming->numbers, capacity * sizeof(*numbers));

        if (!numbers)
            return error_set(error, STATUS_NO_MEMORY, "no memory for the holds");
        confirming->numbers = numbers;
        confirming->capacity = capacity;
    }
    confirming->numbers[confirming->count++] = number;
    return STATUS_OK;
}

/* The statement stands on a row whose head may be a hold's. */
static enum status confirm_row(struct hold_index *index, struct sqlite3_stmt *statement,
                               struct error *error)
{
    struct confirming *confirming = &index->confirming;
    struct loading loading = {.index = confirming->found,
                              .algorithm =
                                  suite_digest_algorithm(ledger_suite(index->follower.ledger)),
                              .error = error};
    struct ledger_row row = {.number = (uint64_t)sqlite3_column_int64(statement, 0),
                             .head = sql_column_bytes(statement, 1),
                             .body = sql_column_bytes(statement, 2),
                             .has_body = sqlite3_column_type(statement, 2) != SQLITE_NULL};
    struct bytes stored = sql_column_bytes(statement, 3);
    struct record_head head;
    struct digest leaf;
    enum status status = STATUS_OK;

    merkle_leaf(loading.algorithm, row.head, &leaf);
    if (stored.size != sizeof(leaf.bytes) ||
        memcmp(stored.data, leaf.bytes, sizeof(leaf.bytes)) != 0 ||
        record_head_parse(row.head, &head, NULL) != STATUS_OK || head.kind != RECORD_HOLD)
        return STATUS_OK;
    status = confirm_number(confirming, row.number, error);
    return status == STATUS_OK ? load_row(&loading, &row) : status;
}

static enum status confirm_rows(struct hold_index *index, uint64_t end, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    /* A head is one line of canonical JSON: one without the word is no hold's. */
    enum status status =
        sql_prepare(ledger_database(index->follower.ledger),
                    "SELECT number, head, body, hash FROM record JOIN node"
                    " ON level = 0 AND position = number WHERE number >= ?1 AND number < ?2"
                    " AND instr(head, CAST('\"hold\"' AS BLOB)) > 0 ORDER BY number",
                    &statement, error);

    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)index->confirming.next);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)end);
    while ((status = sql_step_row(statement, error)) == STATUS_OK) {
        status = confirm_row(index, statement, error);
        if (status != STATUS_OK)
            return status;
    }
    return status == STATUS_END ? STATUS_OK : status;
}

static bool same_holds(const struct hold_index *index, const struct hold_index *found)
{
    bool same = index->count == found->count;

    for (size_t i = 0; same && i < index->count; i++) {
        same = index->holds[i].record == found->holds[i].record &&
               index->holds[i].released == found->holds[i].released;
    }
    return same;
}

/* Does the table name exactly the hold records? */
static enum status compare_table(const struct hold_index *index, bool *same, struct error *error)
{
    const struct confirming *confirming = &index->confirming;
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    size_t at = 0;
    enum status status = sql_prepare(ledger_database(index->follower.ledger),
                                     "SELECT record FROM hold ORDER BY record", &statement, error);

    if (status != STATUS_OK)
        return status;
    *same = true;
    while ((status = sql_step_row(statement, error)) == STATUS_OK) {
        *same = *same && at < confirming->count &&
                (uint64_t)sqlite3_column_int64(statement, 0) == confirming->numbers[at];
        at++;
    }
    *same = *same && at == confirming->count;
    return status == STATUS_END ? STATUS_OK : status;
}

static enum status write_table(void *context, struct sqlite3 *database, struct error *error)
{
    const struct confirming *confirming = context;
    enum status status = sql_run(database, "DELETE FROM hold", error);

    for (size_t i = 0; status == STATUS_OK && i < confirming->count; i++)
        status = note_number(database, confirming->numbers[i], error);
    return status;
}

/* All records were read: what they say counts. */
static enum status settle(struct hold_index *index, bool *differed, struct error *error)
{
    struct confirming *confirming = &index->confirming;
    struct hold_index *found = confirming->found;
    struct hold *holds = index->holds;
    bool same = false;
    enum status status = compare_table(index, &same, error);

    if (status != STATUS_OK || (same && same_holds(index, found)))
        return status;
    *differed = true;
    index->holds = found->holds;
    index->count = found->count;
    index->capacity = found->capacity;
    found->holds = holds;
    return ledger_transaction(index->follower.ledger, write_table, confirming, error);
}

static void confirming_end(struct confirming *confirming)
{
    hold_index_free(confirming->found);
    free(confirming->numbers);
    *confirming = (struct confirming){.next = confirming->next};
}

enum status hold_index_confirm(struct hold_index *index, uint64_t budget, bool *differed,
                               struct error *error)
{
    struct confirming *confirming = &index->confirming;
    uint64_t size = ledger_size(index->follower.ledger);
    uint64_t end = size - confirming->next > budget ? confirming->next + budget : size;
    enum status status = STATUS_OK;

    *differed = false;
    if (!confirming->found)
        status = hold_index_new(&confirming->found, error);
    if (status == STATUS_OK)
        status = confirm_rows(index, end, error);
    if (status != STATUS_OK)
        return status;
    confirming->next = end;
    if (end < size)
        return STATUS_AGAIN;
    status = settle(index, differed, error);
    confirming_end(confirming);
    return status;
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

/* Is `id` one of the ids in the list? An empty list names all. */
static bool names(const char *list, const char *id)
{
    size_t length = strlen(id);

    if (*list == '\0')
        return true;
    for (const char *at = list; *at != '\0';) {
        size_t word = strcspn(at, " ");

        if (word == length && memcmp(at, id, length) == 0)
            return true;
        at += word;
        at += *at == ' ';
    }
    return false;
}

static bool touches(const struct hold *hold, int64_t from_utc_ns, int64_t to_utc_ns)
{
    return !hold->released && from_utc_ns < hold->to_utc_ns && to_utc_ns > hold->from_utc_ns;
}

/* The keeper puts the cameras of a door into the record: doors alone hold nothing. */
bool hold_is_held(const struct hold_index *index, const char *camera, int64_t from_utc_ns,
                  int64_t to_utc_ns)
{
    for (size_t i = 0; i < index->count; i++) {
        const struct hold *hold = &index->holds[i];

        if (touches(hold, from_utc_ns, to_utc_ns) && (*hold->cameras || !*hold->doors) &&
            names(hold->cameras, camera))
            return true;
    }
    return false;
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

const struct hold *hold_index_at(const struct hold_index *index, size_t which)
{
    return &index->holds[which];
}
