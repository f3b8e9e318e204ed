#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/references.h"
#include "audit/tables.h"
#include "base/file.h"
#include "ledger/ledger_schema.h"
#include "ledger/sql.h"
#include "store/schemas.h"

#define PAGE_SIZE   4096u
#define HEADER_SIZE 100u

static void report_as(struct audit *audit, enum audit_fault fault, uint64_t from, uint64_t to,
                      const char *detail)
{
    struct finding finding = finding_of(fault);
    finding_set_file(&finding, "ledger.db");
    if (to > from) {
        finding_set_bytes(&finding, from, to);
    }
    finding_set_detail(&finding, "%s", detail);
    audit_add(audit, &finding);
}

static void report(struct audit *audit, uint64_t from, uint64_t to, const char *detail)
{
    report_as(audit, FAULT_LEDGER_STRUCTURE, from, to, detail);
}

/* Fields of the header with the one value that they have in a ledger. */
static const struct {
    unsigned offset;
    unsigned size;
    const char *value;
    const char *name;
} header_fields[] = {
    {0, 16, "SQLite format 3", "magic"},
    {16, 2, "\x10\x00", "page size"},
    {18, 1, "\x02", "write version"},
    {19, 1, "\x02", "read version"},
    {20, 1, "\x00", "reserved space"},
    {21, 3, "\x40\x20\x20", "payload fractions"},
    {44, 4, "\x00\x00\x00\x04", "schema format"},
    {48, 4, "\x00\x00\x00\x00", "cache size"},
    {52, 4, "\x00\x00\x00\x00", "auto-vacuum"},
    {56, 4, "\x00\x00\x00\x01", "text encoding"},
    {60, 4, "\x00\x00\x00\x00", "user version"},
    {64, 4, "\x00\x00\x00\x00", "incremental vacuum"},
    {68, 4, "\x00\x00\x00\x00", "application id"},
    {72, 20, "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
     "reserved bytes"},
};

static void check_fields(struct audit *audit, const uint8_t header[HEADER_SIZE], uint64_t size)
{
    for (size_t i = 0; i < sizeof(header_fields) / sizeof(header_fields[0]); i++) {
        unsigned offset = header_fields[i].offset;
        if (memcmp(header + offset, header_fields[i].value, header_fields[i].size) != 0) {
            report(audit, offset, offset + header_fields[i].size, header_fields[i].name);
        }
    }
    /* The version of SQLite that wrote last is valid for the change counter beside it. */
    if (memcmp(header + 24, header + 92, 4) != 0) {
        report(audit, 24, 28, "change counter");
    }
    if (size % PAGE_SIZE != 0) {
        report(audit, size - size % PAGE_SIZE, size, "the file ends inside a page");
    }
}

void structure_check_header(struct audit *audit)
{
    uint8_t header[HEADER_SIZE];
    struct stat facts;
    AUTO_CLOSE int descriptor = -1;
    if (file_open_regular(audit->state, "ledger.db", O_RDONLY, &descriptor, NULL) != STATUS_OK ||
        fstat(descriptor, &facts) != 0 || facts.st_size == 0) {
        return; /* missing, or nothing was moved from the WAL into it yet */
    }
    ssize_t got = pread(descriptor, header, sizeof(header), 0);
    if (got < 0) {
        report_as(audit, FAULT_LEDGER_UNREADABLE, 0, sizeof(header), strerror(errno));
        return;
    }
    if (got != (ssize_t)sizeof(header)) {
        report(audit, 0, (uint64_t)facts.st_size, "it has no header");
        return;
    }
    check_fields(audit, header, (uint64_t)facts.st_size);
}

/* SQLite's sentences name the page in several ways; all have its number after this word. */
static uint64_t page_of(const char *sentence)
{
    const char *at = strcasestr(sentence, "page ");
    return at != NULL ? strtoull(at + strlen("page "), NULL, 10) : 0;
}

static void report_sentence(struct audit *audit, const char *sentence)
{
    uint64_t page = page_of(sentence);
    uint64_t from = page > 0 ? (page - 1) * PAGE_SIZE : 0;
    char detail[DETAIL_SIZE];
    /* one line */
    size_t length = strcspn(sentence, "\n");
    (void)snprintf(detail, sizeof(detail), "%.*s", (int)(length < 200 ? length : 200), sentence);
    report(audit, from, page > 0 ? from + PAGE_SIZE : 0, detail);
}

static enum status attach_expected(sqlite3 *expected)
{
    enum status status = sql_run(expected, ledger_schema, NULL);
    return status == STATUS_OK ? ledger_schema_make(expected, store_schemas, NULL) : status;
}

/* Is there an object with these four columns? */
static bool has_object(sqlite3 *database, sqlite3_stmt *object)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    if (sql_prepare(database,
                    "SELECT 1 FROM sqlite_schema WHERE type = ?1 AND name = ?2 AND tbl_name = ?3"
                    " AND sql IS ?4",
                    &select, NULL) != STATUS_OK) {
        return false;
    }
    for (int column = 0; column < 4; column++) {
        (void)sqlite3_bind_value(select, column + 1, sqlite3_column_value(object, column));
    }
    return sql_step_row(select, NULL) == STATUS_OK;
}

/* What of `from` is not in `in`. */
static void report_objects(struct audit *audit, sqlite3 *from, sqlite3 *in, const char *what)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    enum status status =
        sql_prepare(from, "SELECT type, name, tbl_name, sql FROM sqlite_schema", &select, NULL);
    while (status == STATUS_OK && (status = sql_step_row(select, NULL)) == STATUS_OK) {
        if (!has_object(in, select)) {
            char detail[DETAIL_SIZE];
            const char *name = (const char *)sqlite3_column_text(select, 1);
            (void)snprintf(detail, sizeof(detail), "%s: %.100s", what, name != NULL ? name : "?");
            report(audit, 0, PAGE_SIZE, detail);
        }
    }
}

/* A table under another name, or made by another sentence, is not the table that it was. */
static void check_schema(struct audit *audit)
{
    sqlite3 *expected = NULL;
    sqlite3 *stored = ledger_view_database(audit->view);
    if (sqlite3_open_v2(":memory:", &expected, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) ==
            SQLITE_OK &&
        attach_expected(expected) == STATUS_OK) {
        report_objects(audit, stored, expected, "unknown object");
        report_objects(audit, expected, stored, "missing object");
    }
    (void)sqlite3_close(expected);
}

static void report_page(struct audit *audit, uint32_t page, const char *detail)
{
    report(audit, (uint64_t)(page - 1) * PAGE_SIZE, (uint64_t)page * PAGE_SIZE, detail);
}

#define SENTENCES_MAX 100

struct sentences {
    bool any;
    struct disorder disorders[SENTENCES_MAX];
    size_t disordered;
};

static void take_sentence(struct audit *audit, const char *sentence, struct sentences *sentences)
{
    const char *cell = strstr(sentence, " cell ");
    size_t length = strcspn(sentence, "\n");
    const char *order = strstr(sentence, "out of order");
    report_sentence(audit, sentence);
    sentences->any = true;
    if (cell != NULL && order != NULL && cell < order && order < sentence + length &&
        sentences->disordered < SENTENCES_MAX) {
        sentences->disorders[sentences->disordered++] =
            (struct disorder){.page = (uint32_t)page_of(sentence),
                              .cell = (uint32_t)strtoul(cell + strlen(" cell "), NULL, 10)};
    }
}

void structure_check(struct audit *audit)
{
    check_schema(audit);
    AUTO_STATEMENT sqlite3_stmt *check = NULL;
    struct error reason = {0};
    struct sentences sentences = {0};
    enum status status = sql_prepare(ledger_view_database(audit->view),
                                     "PRAGMA integrity_check(100)", &check, &reason);
    while (status == STATUS_OK && (status = sql_step_row(check, &reason)) == STATUS_OK) {
        const char *text = (const char *)sqlite3_column_text(check, 0);
        if (text == NULL || strcmp(text, "ok") == 0) {
            continue;
        }
        /* a heading line, then one fault a line */
        for (const char *line = text; line != NULL && *line != '\0';) {
            if (strncmp(line, "***", 3) != 0) {
                take_sentence(audit, line, &sentences);
            }
            line = strchr(line, '\n');
            line = line != NULL ? line + 1 : NULL;
        }
    }
    if (status != STATUS_END) {
        report(audit, 0, 0, reason.text);
    }
    if (status != STATUS_END || sentences.any) {
        references_check(audit, sentences.disorders, sentences.disordered, report_page);
    }
}
