/* A damaged ledger's pages, from the second on: read without their trees, believed only where a
 * record hashes to its leaf. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "ledger/ledger_scan.h"
#include "ledger/ledger_schema.h"
#include "ledger/merkle.h"

#define PAGE_SIZE 4096

static int64_t count(sqlite3 *database, const char *text)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    MUST(sql_prepare(database, text, &select, NULL) == STATUS_OK);
    MUST(sql_step_row(select, NULL) == STATUS_OK);
    return sqlite3_column_int64(select, 0);
}

/* Every record that was taken is the one its leaf names. */
static void check_records(sqlite3 *database)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    MUST(sql_prepare(database,
                     "SELECT head, hash FROM record JOIN node ON level = 0 AND position = number",
                     &select, NULL) == STATUS_OK);
    int64_t fitting = 0;
    while (sql_step_row(select, NULL) == STATUS_OK) {
        struct digest leaf;
        merkle_leaf(DIGEST_SHA256, sql_column_bytes(select, 0), &leaf);
        MUST(bytes_equal(sql_column_bytes(select, 1), (struct bytes){leaf.bytes, DIGEST_BYTES}));
        fitting++;
    }
    MUST(fitting == count(database, "SELECT count(*) FROM record"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    uint64_t added = 0;
    sqlite3 *database = NULL;
    int file = memfd_create("pages", MFD_CLOEXEC);
    MUST(file >= 0);
    MUST(pwrite(file, data, size, PAGE_SIZE) == (ssize_t)size);
    size_t whole = PAGE_SIZE + (size + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    MUST(ftruncate(file, (off_t)whole) == 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    MUST(sqlite3_open(":memory:", &database) == SQLITE_OK);
    MUST(sql_run(database, ledger_schema, NULL) == STATUS_OK);
    MUST(ledger_scan(path, DIGEST_SHA256, database, &added, NULL) == STATUS_OK);
    check_records(database);
    (void)sqlite3_close(database);
    (void)close(file);
    return 0;
}
