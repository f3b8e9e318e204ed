/*
 * piece         one row a sealed segment whose video is kept
 *   record      number of the segment's record
 *   pieces      the list, as follows
 *
 *   offset  size  field
 *   0       1     format: 1 with SHA-256 alone, 2 with SHA-256 and SM3
 *   1       4     number of pieces
 *   5       …     for each piece, in the order of the file:
 *     0     1     kind: 1 init part, 2 fragment, 3 torn tail
 *     1     1     1 if it begins with a keyframe, else 0
 *     2     8     size in bytes; where it begins follows from the sizes before it
 *     10    4     frames
 *     14    8     start, ns since 1970-01-01T00:00:00Z
 *     22    8     duration, ns
 *     30    32    SHA-256
 *     62    32    SM3, format 2 only
 *
 * All numbers are little-endian; nothing follows the last piece.
 */
#include "store/piece_table.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/sql.h"

#define FIXED_SIZE 5
#define PIECE_SIZE 62

const char piece_table_schema[] =
    "CREATE TABLE IF NOT EXISTS piece (record INTEGER PRIMARY KEY, pieces BLOB NOT NULL) STRICT;";

/* A change that waits for the commit: a row to write, or (without bytes) to drop. */
struct change {
    uint64_t record;
    struct buffer bytes;
};

struct piece_table {
    struct change *changes;
    size_t count;
    size_t capacity;
};

static void write_piece(struct writer *writer, const struct piece *piece, bool with_sm3)
{
    write_u8(writer, (uint8_t)piece->kind);
    write_u8(writer, piece->keyframe);
    write_u64(writer, piece->size);
    write_u32(writer, piece->frames);
    write_i64(writer, piece->start_utc_ns);
    write_i64(writer, piece->duration_ns);
    write_bytes(writer, piece->sha256.bytes, DIGEST_BYTES);
    if (with_sm3)
        write_bytes(writer, piece->sm3.bytes, DIGEST_BYTES);
}

enum status piece_list_encode(const struct piece_list *list, struct buffer *bytes)
{
    bool with_sm3 = piece_list_with_sm3(list);
    uint8_t space[PIECE_SIZE + DIGEST_BYTES];
    struct writer writer = writer_of(space, sizeof(space));
    enum status status = STATUS_OK;

    buffer_clear(bytes);
    write_u8(&writer, with_sm3 ? 2 : 1);
    write_u32(&writer, (uint32_t)piece_list_count(list));
    status = buffer_append(bytes, space, writer.size);
    for (size_t i = 0; i < piece_list_count(list) && status == STATUS_OK; i++) {
        writer = writer_of(space, sizeof(space));
        write_piece(&writer, piece_list_at(list, i), with_sm3);
        status = buffer_append(bytes, space, writer.size);
    }
    return status;
}

enum status piece_list_digest(const struct piece_list *list, struct digest *digest)
{
    struct buffer bytes = {0};
    enum status status = piece_list_encode(list, &bytes);

    if (status == STATUS_OK)
        digest_of(DIGEST_SHA256, buffer_bytes(&bytes), digest);
    buffer_release(&bytes);
    return status;
}

static void read_digest(struct reader *reader, struct digest *digest)
{
    struct bytes bytes = read_bytes(reader, DIGEST_BYTES);

    if (bytes.size == DIGEST_BYTES)
        memcpy(digest->bytes, bytes.data, DIGEST_BYTES);
}

static enum status read_piece(struct reader *reader, bool with_sm3, struct piece *piece)
{
    uint8_t keyframe = 0;

    memset(piece, 0, sizeof(*piece));
    piece->kind = (enum piece_kind)read_u8(reader);
    keyframe = read_u8(reader);
    piece->keyframe = keyframe == 1;
    piece->size = read_u64(reader);
    piece->frames = read_u32(reader);
    piece->start_utc_ns = read_i64(reader);
    piece->duration_ns = read_i64(reader);
    read_digest(reader, &piece->sha256);
    if (with_sm3)
        read_digest(reader, &piece->sm3);
    return reader->failed || keyframe > 1 || piece->duration_ns < 0 ? STATUS_INVALID : STATUS_OK;
}

enum status piece_list_decode(struct bytes bytes, struct piece_list **list, struct error *error)
{
    struct reader reader = reader_of(bytes);
    uint8_t format = read_u8(&reader);
    uint32_t count = read_u32(&reader);
    size_t each = PIECE_SIZE + (format == 2 ? DIGEST_BYTES : 0);
    struct piece_list *made AUTO_PIECES = NULL;
    enum status status = STATUS_OK;

    *list = NULL;
    if (reader.failed || (format != 1 && format != 2) || count > PIECE_LIST_MAX ||
        bytes.size - FIXED_SIZE != count * each)
        return error_set(error, STATUS_INVALID, "a damaged list of pieces");
    status = piece_list_new(format == 2, &made, error);
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        struct piece piece;

        if (read_piece(&reader, format == 2, &piece) != STATUS_OK)
            return error_set(error, STATUS_INVALID, "a damaged list of pieces");
        piece.offset = piece_list_size(made);
        status = piece_list_add(made, &piece, error);
    }
    if (status != STATUS_OK)
        return status;
    *list = made;
    made = NULL;
    return STATUS_OK;
}

static enum status write_change(struct sqlite3 *database, const struct change *change,
                                struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    bool drop = change->bytes.size == 0;
    const char *text = drop ? "DELETE FROM piece WHERE record = ?1"
                            : "INSERT OR REPLACE INTO piece VALUES (?1, ?2)";
    enum status status = sql_prepare(database, text, &statement, error);

    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)change->record);
    if (!drop)
        sql_bind_bytes(statement, 2, buffer_bytes(&change->bytes));
    return sql_step_done(statement, error);
}

static enum status write_changes(void *context, struct sqlite3 *database, struct error *error)
{
    struct piece_table *table = context;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < table->count && status == STATUS_OK; i++)
        status = write_change(database, &table->changes[i], error);
    return status;
}

static void forget_changes(void *context)
{
    struct piece_table *table = context;

    for (size_t i = 0; i < table->count; i++)
        buffer_release(&table->changes[i].bytes);
    table->count = 0;
}

enum status piece_table_attach(struct ledger *ledger, struct piece_table **table,
                               struct error *error)
{
    struct piece_table *made = calloc(1, sizeof(*made));
    struct ledger_index index = {.schema = piece_table_schema,
                                 .write = write_changes,
                                 .committed = forget_changes,
                                 .context = made};
    enum status status = STATUS_OK;

    *table = NULL;
    if (!made)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the table of pieces");
    status = ledger_attach(ledger, &index, error);
    if (status != STATUS_OK) {
        free(made);
        return status;
    }
    *table = made;
    return STATUS_OK;
}

void piece_table_free(struct piece_table *table)
{
    if (!table)
        return;
    forget_changes(table);
    free(table->changes);
    free(table);
}

static enum status new_change(struct piece_table *table, uint64_t record, struct change **change,
                              struct error *error)
{
    if (table->count == table->capacity) {
        size_t capacity = table->capacity > 0 ? 2 * table->capacity : 16;
        struct change *changes = realloc(table->changes, capacity * sizeof(*changes));

        if (!changes)
            return error_set(error, STATUS_NO_MEMORY, "no memory for the table of pieces");
        table->changes = changes;
        table->capacity = capacity;
    }
    *change = &table->changes[table->count];
    **change = (struct change){.record = record};
    return STATUS_OK;
}

enum status piece_table_add(struct piece_table *table, uint64_t record,
                            const struct piece_list *pieces, struct error *error)
{
    struct change *change = NULL;
    enum status status = new_change(table, record, &change, error);

    if (status != STATUS_OK)
        return status;
    status = piece_list_encode(pieces, &change->bytes);
    if (status != STATUS_OK) {
        buffer_release(&change->bytes);
        return error_set(error, status, "no memory for the table of pieces");
    }
    table->count++;
    return STATUS_OK;
}

enum status piece_table_remove(struct piece_table *table, uint64_t record, struct error *error)
{
    struct change *change = NULL;
    enum status status = new_change(table, record, &change, error);

    if (status == STATUS_OK)
        table->count++;
    return status;
}

enum status piece_table_read(struct sqlite3 *database, uint64_t record, struct piece_list **list,
                             struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status =
        sql_prepare(database, "SELECT pieces FROM piece WHERE record = ?1", &statement, error);

    *list = NULL;
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)record);
    status = sql_step_row(statement, error);
    if (status == STATUS_END)
        return error_set(error, STATUS_NOT_FOUND, "no list of pieces for record %llu",
                         (unsigned long long)record);
    if (status != STATUS_OK)
        return status;
    return piece_list_decode(sql_column_bytes(statement, 0), list, error);
}
