#include "ledger/unread.h"

#include <stdlib.h>

#include "ledger/sql.h"

/* SQLite's file object begins with a pointer to its methods: they are replaced by a copy in which
 * reading is ours. */
struct unread {
    sqlite3_io_methods methods; /* first: a file leads here */
    const sqlite3_io_methods *original;
    size_t count;
    struct unread_range ranges[UNREAD_MAX];
};

static void note_range(struct unread *unread, struct unread_range range)
{
    for (size_t i = 0; i < unread->count; i++) {
        struct unread_range *known = &unread->ranges[i];
        bool touches = range.from <= known->to && known->from <= range.to;
        if (touches || i == UNREAD_MAX - 1) {
            known->from = range.from < known->from ? range.from : known->from;
            known->to = range.to > known->to ? range.to : known->to;
            return;
        }
    }
    unread->ranges[unread->count++] = range;
}

static int read_noting(sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
{
    struct unread *unread = (struct unread *)(uintptr_t)file->pMethods;
    int code = unread->original->xRead(file, data, size, offset);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) {
        uint64_t from = (uint64_t)offset;
        note_range(unread, (struct unread_range){from, from + (uint64_t)size});
    }
    return code;
}

static const int file_pointers[] = {
    [UNREAD_DATABASE] = SQLITE_FCNTL_FILE_POINTER,
    [UNREAD_LOG] = SQLITE_FCNTL_JOURNAL_POINTER,
};

enum status unread_watch(sqlite3 *database, enum unread_file which, struct unread **unread,
                         struct error *error)
{
    sqlite3_file *file = NULL;
    *unread = NULL;
    int code = sqlite3_file_control(database, "main", file_pointers[which], (void *)&file);
    if (code != SQLITE_OK) {
        return sql_failed(database, code, "the ledger's file", error);
    }
    if (file->pMethods == NULL) {
        return STATUS_OK;
    }
    struct unread *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for reading the ledger");
    }
    made->original = file->pMethods;
    made->methods = *made->original;
    made->methods.xRead = read_noting;
    file->pMethods = &made->methods;
    *unread = made;
    return STATUS_OK;
}

void unread_free(struct unread *unread)
{
    free(unread);
}

size_t unread_count(const struct unread *unread)
{
    return unread == NULL ? 0 : unread->count;
}

struct unread_range unread_at(const struct unread *unread, size_t index)
{
    return unread->ranges[index];
}
