#include "store/hold_check.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/merkle.h"
#include "ledger/sql.h"

/* With so many in memory, doubtful records are only counted: one of them holds everything. */
#define FOUND_MAX 4096u

/* A source that sets no holds, as far as its records were read. */
struct counted {
    char name[SOURCE_SIZE];
    uint64_t seq;    /* of its latest believed record */
    uint64_t number; /* of that record */
};

struct numbers {
    uint64_t *items;
    size_t count;
    size_t capacity;
};

struct hold_check {
    struct ledger *ledger;
    struct hold_index *index;
    enum digest_algorithm algorithm;
    uint64_t next;
    struct hold_index *found;
    struct numbers holds;    /* of all hold records, releases too */
    struct numbers doubtful; /* records without a believed head that no source misses so far */
    bool left_out;           /* some doubtful ones are not in `found` */
    struct counted *sources;
    size_t source_count;
    struct digest leaves[LEDGER_LEAVES_MAX];
};

static enum status no_memory(struct error *error)
{
    return error_set(error, STATUS_NO_MEMORY, "no memory to check the holds");
}

enum status hold_check_new(struct ledger *ledger, struct hold_index *index,
                           struct hold_check **check, struct error *error)
{
    struct hold_check *made = calloc(1, sizeof(*made));

    *check = NULL;
    if (!made)
        return no_memory(error);
    made->ledger = ledger;
    made->index = index;
    made->algorithm = suite_digest_algorithm(ledger_suite(ledger));
    if (hold_index_new(&made->found, error) != STATUS_OK) {
        free(made);
        return STATUS_NO_MEMORY;
    }
    *check = made;
    return STATUS_OK;
}

void hold_check_free(struct hold_check *check)
{
    if (!check)
        return;
    hold_index_free(check->found);
    free(check->holds.items);
    free(check->doubtful.items);
    free(check->sources);
    free(check);
}

static enum status note(struct numbers *numbers, uint64_t number, struct error *error)
{
    if (numbers->count == numbers->capacity) {
        size_t capacity = numbers->capacity > 0 ? 2 * numbers->capacity : 16;
        uint64_t *items = realloc(numbers->items, capacity * sizeof(*items));

        if (!items)
            return no_memory(error);
        numbers->items = items;
        numbers->capacity = capacity;
    }
    numbers->items[numbers->count++] = number;
    return STATUS_OK;
}

/* In force from its place on, so that a release that follows finds it. */
static enum status doubt(struct hold_check *check, uint64_t number, struct error *error)
{
    enum status status = note(&check->doubtful, number, error);

    if (status == STATUS_OK && hold_index_count(check->found) < FOUND_MAX)
        return hold_index_add_unreadable(check->found, number, error);
    check->left_out = check->left_out || status == STATUS_OK;
    return status;
}

/* From record `from` to the one that was just read a source lacks `missing`: the first doubtful
 * ones there are they. The first, for what is lacking up to a later record may lie later too. */
static void explain(struct hold_check *check, uint64_t from, uint64_t missing)
{
    struct numbers *doubtful = &check->doubtful;
    size_t kept = 0;

    for (size_t i = 0; i < doubtful->count; i++) {
        uint64_t number = doubtful->items[i];

        if (missing > 0 && number >= from) {
            hold_index_drop(check->found, number);
            missing--;
        } else {
            doubtful->items[kept++] = number;
        }
    }
    doubtful->count = kept;
}

static enum status count_source(struct hold_check *check, const struct record_head *head,
                                uint64_t number, struct error *error)
{
    static const char operators[] = "operator/";
    struct counted *source = NULL;
    struct counted *sources = NULL;

    if (strncmp(head->source, operators, sizeof(operators) - 1) == 0)
        return STATUS_OK;
    for (size_t i = 0; i < check->source_count && !source; i++)
        if (strcmp(check->sources[i].name, head->source) == 0)
            source = &check->sources[i];
    if (source) {
        if (head->seq > source->seq + 1)
            explain(check, source->number + 1, head->seq - source->seq - 1);
    } else {
        sources = realloc(check->sources, (check->source_count + 1) * sizeof(*sources));
        if (!sources)
            return no_memory(error);
        check->sources = sources;
        source = &sources[check->source_count++];
        memcpy(source->name, head->source, sizeof(source->name));
        if (head->seq > 1)
            explain(check, 0, head->seq - 1);
    }
    source->seq = head->seq;
    source->number = number;
    return STATUS_OK;
}

static enum status take_hold(struct hold_check *check, sqlite3_stmt *statement,
                             struct ledger_row *row, struct error *error)
{
    enum status status = note(&check->holds, row->number, error);

    row->body = sql_column_bytes(statement, 1);
    row->has_body = sqlite3_column_type(statement, 1) != SQLITE_NULL;
    return status == STATUS_OK ? hold_index_add_row(check->found, check->algorithm, row, error)
                               : status;
}

/* The statement stands on the row. */
static enum status take(struct hold_check *check, sqlite3_stmt *statement, uint64_t number,
                        const struct digest *leaf, struct error *error)
{
    struct ledger_row row = {.number = number, .head = sql_column_bytes(statement, 0)};
    struct record_head head;
    struct digest own;

    merkle_leaf(check->algorithm, row.head, &own);
    if (!digest_equal(&own, leaf) || record_head_parse(row.head, &head, NULL) != STATUS_OK)
        return doubt(check, number, error);
    if (head.kind == RECORD_HOLD)
        return take_hold(check, statement, &row, error);
    return count_source(check, &head, number, error);
}

static enum status read_row(struct hold_check *check, sqlite3_stmt *statement, uint64_t number,
                            const struct digest *leaf, struct error *error)
{
    enum status status = STATUS_OK;

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)number);
    status = sql_step_row(statement, NULL);
    if (status == STATUS_OK) {
        status = take(check, statement, number, leaf, error);
    } else if (status == STATUS_NO_MEMORY) {
        status = no_memory(error);
    } else { /* gone, or on a page that cannot be read */
        status = doubt(check, number, error);
    }
    (void)sqlite3_reset(statement);
    return status;
}

static enum status read_chunk(struct hold_check *check, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    unsigned from = (unsigned)(check->next % LEDGER_LEAVES_MAX);
    unsigned count = 0;
    uint64_t first = check->next - from;
    enum status status = ledger_leaves(check->ledger, first, check->leaves, &count, error);
    bool believed = status != STATUS_NOT_FOUND;

    if (status != STATUS_OK && believed)
        return status;
    status = sql_prepare(ledger_database(check->ledger),
                         "SELECT head, body FROM record WHERE number = ?1", &statement, error);
    for (unsigned i = from; status == STATUS_OK && i < count; i++)
        status = believed ? read_row(check, statement, first + i, &check->leaves[i], error)
                          : doubt(check, first + i, error);
    check->next = first + count;
    return status;
}

enum status hold_check_step(struct hold_check *check, bool *differed, struct error *error)
{
    enum status status = STATUS_OK;

    *differed = false;
    if (check->next < ledger_size(check->ledger))
        status = read_chunk(check, error);
    if (status != STATUS_OK)
        return status;
    if (check->next < ledger_size(check->ledger))
        return STATUS_AGAIN;
    if (check->left_out && check->doubtful.count > 0)
        status = hold_index_add_unreadable(check->found,
                                           check->doubtful.items[check->doubtful.count - 1], error);
    if (status != STATUS_OK)
        return status;
    return hold_index_replace(check->index, check->found, check->holds.items, check->holds.count,
                              differed, error);
}
