#include "store/stored.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/sql.h"

static struct stored_sum *find(const struct stored *stored, const char *camera)
{
    for (size_t i = 0; i < stored->count; i++)
        if (strcmp(stored->sums[i].camera, camera) == 0)
            return &stored->sums[i];
    return NULL;
}

/* Cameras come once in a lifetime. */
static struct stored_sum *find_or_make(struct stored *stored, const char *camera)
{
    struct stored_sum *sum = find(stored, camera);

    if (sum)
        return sum;
    sum = realloc(stored->sums, (stored->count + 1) * sizeof(*sum));
    if (!sum)
        return NULL;
    stored->sums = sum;
    sum += stored->count;
    memset(sum, 0, sizeof(*sum));
    snprintf(sum->camera, sizeof(sum->camera), "%s", camera);
    stored->count++;
    return sum;
}

static enum status add(struct stored *stored, const char *camera, uint64_t segments, uint64_t bytes,
                       struct error *error)
{
    struct stored_sum *sum = find_or_make(stored, camera);

    if (!sum)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the index of segments");
    sum->segments += segments;
    sum->bytes += bytes;
    return STATUS_OK;
}

enum status stored_load(struct stored *stored, struct sqlite3 *database, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = sql_prepare(
        database, "SELECT camera, count(*), sum(size) FROM segment WHERE state = 0 GROUP BY camera",
        &statement, error);

    stored_clear(stored);
    if (status != STATUS_OK)
        return status;
    while ((status = sql_step_row(statement, error)) == STATUS_OK) {
        struct bytes text = sql_column_bytes(statement, 0);
        char camera[ID_SIZE] = "";

        if (text.size > 0 && text.size < sizeof(camera))
            memcpy(camera, text.data, text.size);
        status = add(stored, camera, (uint64_t)sqlite3_column_int64(statement, 1),
                     (uint64_t)sqlite3_column_int64(statement, 2), error);
        if (status != STATUS_OK)
            return status;
    }
    return status == STATUS_END ? STATUS_OK : status;
}

void stored_clear(struct stored *stored)
{
    free(stored->sums);
    *stored = (struct stored){0};
}

enum status stored_come(struct stored *stored, const struct segment_row *row, struct error *error)
{
    return add(stored, row->camera, 1, row->size, error);
}

void stored_go(struct stored *stored, const struct segment_row *row)
{
    struct stored_sum *sum = find(stored, row->camera);

    if (!sum)
        return;
    sum->segments -= sum->segments > 0;
    sum->bytes -= row->size < sum->bytes ? row->size : sum->bytes;
}

void stored_total(const struct stored *stored, const char *camera, struct segment_total *total)
{
    const struct stored_sum *sum = find(stored, camera);

    memset(total, 0, sizeof(*total));
    if (!sum)
        return;
    total->segments = sum->segments;
    total->bytes = sum->bytes;
}
