/*
 * The file format is SQLite's (sqlite.org/fileformat2.html, 1.6 "B-tree Pages" and 2.1 "Record
 * Format"), as far as pages of 4096 bytes with rows on them need it. Which table a row belongs to
 * is told from the types of its columns: every table of ours has a shape of its own.
 */
#include "ledger/ledger_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/merkle.h"

#define PAGE_SIZE     4096u
#define LEAF_TABLE    0x0d
#define LEAF_INDEX    0x0a
#define INNER_INDEX   0x02 /* holds rows too, each behind the number of a child page */
#define COLUMNS_MAX   6
#define PAYLOAD_MAX   (4u << 20)
#define TABLE_LOCAL   (PAGE_SIZE - 35)
#define INDEX_LOCAL   ((PAGE_SIZE - 12) * 64 / 255 - 23)
#define MINIMUM_LOCAL ((PAGE_SIZE - 12) * 32 / 255 - 23)

struct column {
    char type; /* 'N'ull, 'I'nteger, 'T'ext, 'B'lob */
    int64_t number;
    struct bytes bytes;
};

struct row {
    int64_t rowid; /* tables only */
    size_t count;
    struct column columns[COLUMNS_MAX];
};

struct scan {
    int file;
    uint32_t pages;
    enum digest_algorithm algorithm;
    sqlite3 *to;
    sqlite3_stmt *leaf; /* the stored hash of a leaf */
    bool records;       /* second pass */
    uint8_t page[PAGE_SIZE];
    struct buffer payload;
    uint64_t added;
};

/* Shapes: '?' is a blob or NULL. A table's first column, NULL, stands for its rowid. */
static const struct shape {
    uint8_t page_type;
    const char *types;
    const char *insert;
    bool is_record;
} shapes[] = {
    {LEAF_INDEX, "IIB", "INSERT OR IGNORE INTO node VALUES (?1, ?2, ?3)", false},
    {LEAF_TABLE, "NIIB", "INSERT OR IGNORE INTO checkpoint VALUES (?1, ?2, ?3, ?4)", false},
    {LEAF_TABLE, "NITI??", "INSERT OR IGNORE INTO quarantine VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
     false},
    {LEAF_TABLE, "NITT", "INSERT OR IGNORE INTO ledger VALUES (?1, ?2, ?3, ?4)", false},
    /* `newest` has one row, 1; record 1 is no segment. */
    {LEAF_TABLE, "NB", "INSERT OR IGNORE INTO newest SELECT ?1, ?2 WHERE ?1 = 1", false},
    {LEAF_TABLE, "NB", "INSERT OR IGNORE INTO piece SELECT ?1, ?2 WHERE ?1 > 1", false},
    {LEAF_TABLE, "NB?", "INSERT OR IGNORE INTO record VALUES (?1, ?2, ?3)", true},
};

/* A varint: seven bits a byte, big-endian, all eight of the ninth. */
static uint64_t read_varint(struct reader *reader)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        uint8_t byte = read_u8(reader);
        value = value << 7 | (byte & 0x7f);
        if ((byte & 0x80) == 0) {
            return value;
        }
    }
    return value << 8 | read_u8(reader);
}

static int64_t read_number(struct reader *reader, size_t size)
{
    struct bytes bytes = read_bytes(reader, size);
    uint64_t value = bytes.size > 0 && (bytes.data[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes.size; i++) {
        value = value << 8 | bytes.data[i];
    }
    return (int64_t)value;
}

/* One column's value of this serial type; false for what no table of ours has. */
static bool read_column(uint64_t serial, struct reader *content, struct column *column)
{
    static const size_t sizes[] = {0, 1, 2, 3, 4, 6, 8};
    *column = (struct column){.type = 'I'};
    if (serial == 0) {
        column->type = 'N';
    } else if (serial <= 6) {
        column->number = read_number(content, sizes[serial]);
    } else if (serial == 8 || serial == 9) {
        column->number = serial == 9;
    } else if (serial >= 12) {
        column->type = serial % 2 == 0 ? 'B' : 'T';
        column->bytes = read_bytes(content, (size_t)((serial - 12) / 2));
    } else {
        return false;
    }
    return !content->failed;
}

static bool read_columns(struct bytes payload, struct row *row)
{
    struct reader whole = reader_of(payload);
    uint64_t header_size = read_varint(&whole);
    if (whole.failed || header_size > payload.size || header_size < whole.at) {
        return false;
    }
    struct reader header = reader_of((struct bytes){payload.data, (size_t)header_size});
    struct reader content = reader_of(payload);
    header.at = whole.at;
    content.at = (size_t)header_size;
    for (row->count = 0; reader_left(&header) > 0; row->count++) {
        if (row->count == COLUMNS_MAX ||
            !read_column(read_varint(&header), &content, &row->columns[row->count]) ||
            header.failed) {
            return false;
        }
    }
    return reader_left(&content) == 0;
}

static bool read_page(const struct scan *scan, uint32_t number, uint8_t page[PAGE_SIZE])
{
    return number >= 1 && number <= scan->pages &&
           pread(scan->file, page, PAGE_SIZE, (off_t)(number - 1) * PAGE_SIZE) == PAGE_SIZE;
}

/* The cell's payload: what stands on the leaf, and the chain of overflow pages behind it. */
static bool gather(struct scan *scan, struct reader *cell, uint64_t size, size_t local_most)
{
    if (size > PAYLOAD_MAX) {
        return false;
    }
    size_t local = (size_t)size;
    if (size > local_most) {
        local = MINIMUM_LOCAL + (size_t)((size - MINIMUM_LOCAL) % (PAGE_SIZE - 4));
        local = local > local_most ? MINIMUM_LOCAL : local;
    }
    struct bytes here = read_bytes(cell, local);
    struct bytes link = size > local ? read_bytes(cell, 4) : (struct bytes){0};
    buffer_clear(&scan->payload);
    if (cell->failed || buffer_append(&scan->payload, here.data, here.size) != STATUS_OK) {
        return false;
    }
    uint32_t next = link.size == 4 ? big_u32(link.data) : 0;
    while (scan->payload.size < size) {
        uint8_t page[PAGE_SIZE];
        size_t left = (size_t)size - scan->payload.size;
        size_t here_size = left < PAGE_SIZE - 4 ? left : PAGE_SIZE - 4;
        if (!read_page(scan, next, page) ||
            buffer_append(&scan->payload, page + 4, here_size) != STATUS_OK) {
            return false;
        }
        next = big_u32(page);
    }
    return true;
}

static bool fits(const struct shape *shape, uint8_t page_type, const struct row *row)
{
    if (shape->page_type != page_type || strlen(shape->types) != row->count) {
        return false;
    }
    for (size_t i = 0; i < row->count; i++) {
        char type = row->columns[i].type;
        bool either = shape->types[i] == '?' && (type == 'B' || type == 'N');
        if (!either && type != shape->types[i]) {
            return false;
        }
    }
    return true;
}

/* Does the head hash to the leaf that is stored for this number? */
static bool is_in_tree(struct scan *scan, const struct row *row)
{
    struct digest leaf;
    merkle_leaf(scan->algorithm, row->columns[1].bytes, &leaf);
    (void)sqlite3_bind_int64(scan->leaf, 1, row->rowid);
    if (sql_step_row(scan->leaf, NULL) != STATUS_OK) {
        return false;
    }
    bool same =
        bytes_equal(sql_column_bytes(scan->leaf, 0), (struct bytes){leaf.bytes, sizeof leaf.bytes});
    (void)sqlite3_reset(scan->leaf);
    return same;
}

static void bind_column(sqlite3_stmt *insert, int parameter, const struct column *column)
{
    const char *text = column->bytes.size == 0 ? "" : (const char *)column->bytes.data;
    if (column->type == 'I') {
        (void)sqlite3_bind_int64(insert, parameter, column->number);
    } else if (column->type == 'B') {
        sql_bind_bytes(insert, parameter, column->bytes);
    } else if (column->type == 'T') {
        (void)sqlite3_bind_text(insert, parameter, text, (int)column->bytes.size, SQLITE_STATIC);
    } else {
        (void)sqlite3_bind_null(insert, parameter);
    }
}

static enum status insert_row(struct scan *scan, const struct shape *shape, const struct row *row,
                              struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *insert = NULL;
    if (sql_prepare(scan->to, shape->insert, &insert, NULL) != STATUS_OK) {
        return STATUS_OK; /* another module's table, which the new file does not have */
    }
    for (size_t i = 0; i < row->count; i++) {
        bind_column(insert, (int)i + 1, &row->columns[i]);
    }
    if (shape->page_type == LEAF_TABLE) {
        (void)sqlite3_bind_int64(insert, 1, row->rowid);
    }
    enum status status = sql_step_done(insert, error);
    scan->added += (uint64_t)sqlite3_changes(scan->to);
    /* What the table refuses was never written by the recorder. */
    return status == STATUS_EXISTS ? STATUS_OK : status;
}

static enum status take_row(struct scan *scan, uint8_t page_type, const struct row *row,
                            struct error *error)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const struct shape *shape = &shapes[i];
        if (shape->is_record != scan->records || !fits(shape, page_type, row) ||
            (shape->is_record && !is_in_tree(scan, row))) {
            continue;
        }
        enum status status = insert_row(scan, shape, row, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* The row of the cell at `at` on scan->page; false if it makes no sense. */
static bool read_cell(struct scan *scan, size_t at, struct row *row)
{
    uint8_t type = scan->page[0];
    if (at >= PAGE_SIZE) {
        return false;
    }
    struct reader cell = reader_of((struct bytes){scan->page, PAGE_SIZE});
    cell.at = at;
    (void)read_bytes(&cell, type == INNER_INDEX ? 4 : 0);
    uint64_t size = read_varint(&cell);
    row->rowid = type == LEAF_TABLE ? (int64_t)read_varint(&cell) : 0;
    return !cell.failed &&
           gather(scan, &cell, size, type == LEAF_TABLE ? TABLE_LOCAL : INDEX_LOCAL) &&
           read_columns(buffer_bytes(&scan->payload), row);
}

/* Every cell of the page in scan->page, if it is one that holds rows. */
static enum status take_page(struct scan *scan, struct error *error)
{
    uint8_t type = scan->page[0];
    size_t header = type == INNER_INDEX ? 12 : 8;
    size_t cells = big_u16(scan->page + 3);
    enum status status = STATUS_OK;
    if ((type != LEAF_TABLE && type != LEAF_INDEX && type != INNER_INDEX) ||
        header + 2 * cells > PAGE_SIZE) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < cells && status == STATUS_OK; i++) {
        struct row row = {0};
        if (read_cell(scan, big_u16(scan->page + header + 2 * i), &row)) {
            status = take_row(scan, type == LEAF_TABLE ? LEAF_TABLE : LEAF_INDEX, &row, error);
        }
    }
    return status;
}

static enum status scan_pages(struct scan *scan, struct error *error)
{
    enum status status = STATUS_OK;
    /* Page 1 begins with the file's header; its rows are the schema. */
    for (uint32_t number = 2; number <= scan->pages && status == STATUS_OK; number++) {
        if (read_page(scan, number, scan->page)) {
            status = take_page(scan, error);
        }
    }
    return status;
}

enum status ledger_scan(const char *path, enum digest_algorithm algorithm, sqlite3 *to,
                        uint64_t *added, struct error *error)
{
    struct scan scan = {.algorithm = algorithm, .to = to};
    AUTO_CLOSE int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat facts;
    if (file < 0 || fstat(file, &facts) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "%.200s", path);
    }
    scan.file = file;
    scan.pages = (uint32_t)(facts.st_size / PAGE_SIZE);
    enum status status = sql_prepare(to, "SELECT hash FROM node WHERE level = 0 AND position = ?1",
                                     &scan.leaf, error);
    if (status == STATUS_OK) {
        status = scan_pages(&scan, error);
    }
    scan.records = true;
    if (status == STATUS_OK) {
        status = scan_pages(&scan, error);
    }
    sql_finalize(&scan.leaf);
    buffer_release(&scan.payload);
    *added = scan.added;
    return status;
}
