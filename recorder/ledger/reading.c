/*
 * Three ways a file can lie there, told apart by what SQLite keeps beside it:
 *   PATH-shm exists              somebody has it open, or was killed: an ordinary WAL reader
 *   no PATH-shm, PATH-wal empty  everybody closed it in order: `immutable`, which locks nothing
 *   or absent                    and writes nothing, neither into the file nor beside it
 *   no PATH-shm, PATH-wal with   copied from elsewhere, or a power cut: the index of the log is
 *   content                      made in memory. SQLite does that for whoever has the file for
 *                                himself, and takes our word for that: nothing is locked
 * At rest is right only as long as nobody writes. A writer makes PATH-shm before it writes
 * anything, and one that came and went has changed the file or the log.
 */
#include "ledger/reading.h"

#include <stdio.h>
#include <string.h>

static bool look_beside(const char *path, const char *suffix, struct stat *facts)
{
    char name[PATH_SIZE + 8];
    (void)snprintf(name, sizeof name, "%s%s", path, suffix);
    *facts = (struct stat){.st_size = -1};
    if (stat(name, facts) == 0) {
        return true;
    }
    *facts = (struct stat){.st_size = -1};
    return false;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool reading_is_true(const struct reading *reading)
{
    struct stat facts;
    struct stat file;
    struct stat log;
    if (!reading->at_rest) {
        return true;
    }
    bool open = look_beside(reading->path, "-shm", &facts);
    (void)look_beside(reading->path, "", &file);
    (void)look_beside(reading->path, "-wal", &log);
    return !open && is_same(&file, &reading->file) && is_same(&log, &reading->log);
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

enum status reading_open(struct reading *reading, const char *path, int flags, sqlite3 **database,
                         struct error *error)
{
    struct stat facts;
    struct buffer uri = {0};
    *database = NULL;
    if (strlen(path) >= sizeof reading->path) {
        return error_set(error, STATUS_INVALID, "the path %.100s… is too long", path);
    }
    memcpy(reading->path, path, strlen(path) + 1);
    reading->at_rest = !look_beside(path, "-shm", &facts);
    (void)look_beside(path, "", &reading->file);
    (void)look_beside(path, "-wal", &reading->log);
    /* Of a log beside an empty file SQLite reads nothing: it would remove it. */
    bool alone = reading->at_rest && reading->log.st_size > 0 && reading->file.st_size > 0;
    bool immutable = reading->at_rest && !alone;
    enum status status = make_uri(path, immutable ? "?mode=ro&immutable=1" : "?mode=ro", &uri);
    if (status != STATUS_OK) {
        buffer_release(&uri);
        return error_set(error, status, "no memory for reading %.100s", path);
    }
    int code = sqlite3_open_v2((const char *)uri.data, database, flags | SQLITE_OPEN_URI,
                               alone ? "unix-none" : NULL);
    buffer_release(&uri);
    if (code != SQLITE_OK) {
        return sql_failed(*database, code, path, error);
    }
    /* The log is folded in by nobody who only reads. */
    (void)sqlite3_db_config(*database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return alone ? sql_run(*database, "PRAGMA main.locking_mode = EXCLUSIVE", error) : STATUS_OK;
}
