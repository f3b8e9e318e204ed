#include "audit/references.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "ledger/sql.h"

#define PAGE_SIZE 4096u
#define DEPTH_MAX 32u
/* https://www.sqlite.org/fileformat2.html, 1.5: the next trunk, a count, that many free pages */
#define FREE_PAGES_MAX (PAGE_SIZE / 4 - 2)

struct references {
    struct audit *audit;
    sqlite3 *database;
    uint32_t pages;
    uint32_t *from;  /* by page: the first that leads there; 0: none yet */
    uint32_t *cells; /* by page: how many are on it */
    uint32_t path[DEPTH_MAX];
    uint32_t overflow; /* the last page of an overflow chain */
    bool in_list;      /* of free pages, after the trees */
    void (*report)(struct audit *audit, uint32_t page, const char *detail);
};

/* Who leads to the page. A table's root is named by the schema, on page 1. `path` is "/" for it,
 * "/01b/" for the child of its cell 0x1b, "/01b/000+000000" for the first overflow page of that
 * child's first cell. */
static uint32_t leads_there(struct references *references, const char *path, uint32_t page)
{
    unsigned depth = 0;
    for (const char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
        depth++;
    }
    const char *part = strchr(path, '+');
    if (depth == 0 || depth > DEPTH_MAX) {
        return 0;
    }
    if (part != NULL) {
        bool is_first = strtoul(part + 1, NULL, 16) == 0;
        uint32_t before = is_first ? references->path[depth - 1] : references->overflow;
        references->overflow = page;
        return before;
    }
    references->path[depth - 1] = page;
    return depth == 1 ? 1 : references->path[depth - 2];
}

static void report_both(const struct references *references, uint32_t from, uint32_t other,
                        uint32_t page)
{
    char detail[96];
    (void)snprintf(detail, sizeof(detail),
                   "page %" PRIu32 " leads to page %" PRIu32 ", and so does page %" PRIu32, from,
                   page, other);
    references->report(references->audit, from, detail);
}

/* False: the page is not in the file, or was met before. */
static bool take(struct references *references, uint32_t from, uint32_t page)
{
    char detail[96];
    if (from == 0 || from > references->pages) {
        return false;
    }
    if (page == 0 || page > references->pages) {
        (void)snprintf(detail, sizeof(detail),
                       "page %" PRIu32 " leads to page %" PRIu32 ", which is not in the file", from,
                       page);
        references->report(references->audit, from, detail);
        return false;
    }
    uint32_t first = references->from[page - 1];
    if (first == 0) {
        references->from[page - 1] = from;
        return true;
    }
    if (first != from) {
        report_both(references, first, from, page);
        report_both(references, from, first, page);
    } else if (references->in_list) { /* in a tree SQLite names it, or it is met twice itself */
        report_both(references, from, from, page);
    }
    return false;
}

/* Pages that lead in a circle, or manifold to others, come without end: twice as many as there are
 * is enough to meet every damaged pointer but in a file that was made so. */
static void take_trees(struct references *references)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    /* An SQLite without this table tells less, and nothing wrong. */
    enum status status =
        sql_prepare(references->database, "SELECT path, pageno, ncell FROM dbstat", &select, NULL);
    for (uint64_t i = 0; status == STATUS_OK && i < 2 * (uint64_t)references->pages; i++) {
        status = sql_step_row(select, NULL);
        const char *path =
            status == STATUS_OK ? (const char *)sqlite3_column_text(select, 0) : NULL;
        if (path != NULL) {
            uint32_t page = (uint32_t)sqlite3_column_int64(select, 1);
            if (take(references, leads_there(references, path, page), page)) {
                references->cells[page - 1] = (uint32_t)sqlite3_column_int64(select, 2);
            }
        }
    }
}

/* By SQLite's own descriptor: to open the file once more and close it would drop its locks. */
static bool read_page(const struct references *references, uint32_t page, uint8_t data[PAGE_SIZE])
{
    sqlite3_file *file = NULL;
    return sqlite3_file_control(references->database, "main", SQLITE_FCNTL_FILE_POINTER,
                                (void *)&file) == SQLITE_OK &&
           file->pMethods != NULL &&
           file->pMethods->xRead(file, data, PAGE_SIZE, (sqlite3_int64)(page - 1) * PAGE_SIZE) ==
               SQLITE_OK;
}

/* A list that goes on over a page which is none of its trunks mostly ends there. Which of its
 * pointers and counts is wrong does not show: all pages that hold one are told. */
static void report_list(const struct references *references, uint32_t trunk, uint32_t found,
                        uint32_t wanted)
{
    char detail[96];
    (void)snprintf(detail, sizeof(detail),
                   "the list of free pages over this page holds %" PRIu32 " of %" PRIu32, found,
                   wanted);
    for (uint32_t page = trunk; page != 1; page = references->from[page - 1]) {
        references->report(references->audit, page, detail);
    }
    references->report(references->audit, 1, detail);
}

/* After the trees: a damaged pointer of theirs into the list does not lead into a tree, but one of
 * the list's would lead the walk there. */
static void take_free(struct references *references)
{
    uint8_t data[PAGE_SIZE];
    if (!read_page(references, 1, data)) {
        return;
    }
    uint32_t wanted = big_u32(data + 36);
    uint32_t found = 0;
    uint32_t from = 1;
    uint32_t trunk = big_u32(data + 32);
    references->in_list = true;
    while (trunk != 0 && take(references, from, trunk) && read_page(references, trunk, data)) {
        uint32_t count = big_u32(data + 4);
        for (uint32_t i = 0; i < count && i < FREE_PAGES_MAX; i++) {
            (void)take(references, trunk, big_u32(data + 8 + (size_t)4 * i));
        }
        found += 1 + count;
        from = trunk;
        trunk = big_u32(data);
    }
    if (trunk == 0 && found != wanted) {
        report_list(references, from, found, wanted);
    }
}

static bool has_log(const struct audit *audit)
{
    struct stat facts;
    return fstatat(audit->state, "ledger.db-wal", &facts, 0) == 0 && facts.st_size > 0;
}

/* The key above a page is not less than its last. */
static void report_above(const struct references *references, const struct disorder *disorder)
{
    char detail[96];
    uint32_t page = disorder->page;
    if (page == 0 || page > references->pages || references->from[page - 1] <= 1 ||
        references->cells[page - 1] != disorder->cell + 1) {
        return;
    }
    (void)snprintf(detail, sizeof(detail),
                   "page %" PRIu32 " ends after the key that page %" PRIu32 " has for it", page,
                   references->from[page - 1]);
    references->report(references->audit, references->from[page - 1], detail);
}

void references_check(struct audit *audit, const struct disorder *disorders, size_t count,
                      void (*report)(struct audit *audit, uint32_t page, const char *detail))
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    struct references references = {
        .audit = audit, .database = ledger_view_database(audit->view), .report = report};
    if (sql_prepare(references.database, "PRAGMA page_count", &select, NULL) != STATUS_OK ||
        sql_step_row(select, NULL) != STATUS_OK) {
        return;
    }
    references.pages = (uint32_t)sqlite3_column_int64(select, 0);
    references.from = calloc(references.pages, sizeof(*references.from));
    references.cells = calloc(references.pages, sizeof(*references.cells));
    if (references.from != NULL && references.cells != NULL) {
        take_trees(&references);
        for (size_t i = 0; i < count; i++) {
            report_above(&references, &disorders[i]);
        }
        if (!has_log(audit)) {
            take_free(&references);
        }
    }
    free(references.from);
    free(references.cells);
}
