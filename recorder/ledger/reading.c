/*
 * Ways a file can lie there:
 *   somebody has it open         an ordinary WAL reader. Whoever has it open holds a lock on
 *                                PATH-shm; what a kill left of that file says nothing
 *   nobody has, PATH-wal empty   it was closed in order: `immutable`, which locks nothing and
 *   or absent                    writes nothing, neither into the file nor beside it
 *   nobody has, PATH-wal with    a kill, a power cut, or a copy of one: the index of the log is
 *   content                      made in memory. SQLite does that for whoever has the file for
 *                                himself, and takes our word for that: nothing is locked, and
 *                                PATH-shm, which it would make anew, is not looked at
 * At rest is right only as long as nobody writes. A writer makes PATH-shm, or makes it anew,
 * before it writes anything, and one that came and went has changed the file or the log.
 */
#include "ledger/reading.h"

#include <stdio.h>
#include <string.h>

/* Its size is -1 if there is none. */
static void look_beside(const char *path, const char *suffix, struct stat *facts)
{
    char name[PATH_SIZE + 8];
    (void)snprintf(name, sizeof name, "%s%s", path, suffix);
    if (stat(name, facts) != 0) {
        *facts = (struct stat){.st_size = -1};
    }
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A FIFO would be waited for, and a device read. */
enum status reading_refuse_other(const char *path, struct error *error)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        struct stat facts;
        look_beside(path, suffixes[i], &facts);
        if (facts.st_size >= 0 && !S_ISREG(facts.st_mode)) {
            return error_set(error, STATUS_INVALID, "%.200s%s is not a regular file", path,
                             suffixes[i]);
        }
    }
    return STATUS_OK;
}

bool reading_is_true(const struct reading *reading)
{
    struct stat file;
    struct stat log;
    struct stat index;
    if (!reading->at_rest) {
        return true;
    }
    look_beside(reading->path, "", &file);
    look_beside(reading->path, "-wal", &log);
    look_beside(reading->path, "-shm", &index);
    return is_same(&file, &reading->file) && is_same(&log, &reading->log) &&
           is_same(&index, &reading->index);
}

/* A file: URI in which every byte that could mean something else is escaped. */
static enum status make_uri(const char *path, const char *options, struct buffer *uri)
{
    enum status status = buffer_append_text(uri, "file:");
    for (const char *at = path; *at != 0 && status == STATUS_OK; at++) {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                     (*at >= '0' && *at <= '9') || strchr("/-_.", *at) != NULL;
        status = plain ? buffer_append(uri, at, 1)
                       : buffer_append_format(uri, "%%%02x", (unsigned)(unsigned char)*at);
    }
    if (status == STATUS_OK) {
        status = buffer_append_text(uri, options);
    }
    return status == STATUS_OK ? buffer_append(uri, "", 1) : status;
}

static enum status open_as(const char *path, const char *options, int flags, const char *vfs,
                           sqlite3 **database, struct error *error)
{
    struct buffer uri = {0};
    enum status status = make_uri(path, options, &uri);
    if (status != STATUS_OK) {
        buffer_release(&uri);
        return error_set(error, status, "no memory for reading %.100s", path);
    }
    int code = sqlite3_open_v2((const char *)uri.data, database, flags | SQLITE_OPEN_URI, vfs);
    buffer_release(&uri);
    return code == SQLITE_OK ? STATUS_OK : sql_failed(*database, code, path, error);
}

/* What SQLite takes at a time of the index. */
#define INDEX_REGION 32768

/* Does anybody, perhaps this process, have the file open? SQLite is asked: a descriptor of our own
 * on PATH-shm would, when closed, drop the locks that this process has. Told to leave the index as
 * it is, it says READONLY_CANTINIT where nobody holds the lock that makes the index true. */
static bool is_open_somewhere(const char *path)
{
    sqlite3 *database = NULL;
    sqlite3_file *file = NULL;
    void volatile *region = NULL;
    bool open = true;
    if (open_as(path, "?mode=ro&readonly_shm=1", SQLITE_OPEN_READONLY, NULL, &database, NULL) ==
            STATUS_OK &&
        sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK) {
        open =
            file->pMethods->xShmMap(file, 0, INDEX_REGION, 0, &region) != SQLITE_READONLY_CANTINIT;
        (void)file->pMethods->xShmUnmap(file, 0);
    }
    (void)sqlite3_close(database);
    return open;
}

enum status reading_open(struct reading *reading, const char *path, int flags, sqlite3 **database,
                         struct error *error)
{
    *database = NULL;
    if (strlen(path) >= sizeof reading->path) {
        return error_set(error, STATUS_INVALID, "the path %.100s… is too long", path);
    }
    enum status status = reading_refuse_other(path, error);
    if (status != STATUS_OK) {
        return status;
    }
    memcpy(reading->path, path, strlen(path) + 1);
    look_beside(path, "", &reading->file);
    look_beside(path, "-wal", &reading->log);
    look_beside(path, "-shm", &reading->index);
    /* Of a log beside an empty file SQLite reads nothing: it would remove it. And a writer that
     * has the file open keeps its log there, if an empty one. */
    bool has_log = reading->file.st_size > 0 && reading->log.st_size >= 0;
    reading->at_rest = !has_log || reading->index.st_size < 0 || !is_open_somewhere(path);
    bool alone = reading->at_rest && has_log && reading->log.st_size > 0;
    bool immutable = reading->at_rest && !alone;
    status = open_as(path, immutable ? "?mode=ro&immutable=1" : "?mode=ro", flags,
                     alone ? "unix-none" : NULL, database, error);
    if (status != STATUS_OK) {
        return status;
    }
    /* The log is folded in by nobody who only reads. */
    (void)sqlite3_db_config(*database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return alone ? sql_run(*database, "PRAGMA main.locking_mode = EXCLUSIVE", error) : STATUS_OK;
}
