#include "ledger/ledger_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/message.h"
#include "ledger/ledger.h"
#include "ledger/ledger_schema.h"

/* The folder that `path` lies in, open; the caller's to close. */
static int open_folder(const char *path)
{
    char *copy = strdup(path);
    int descriptor = copy == NULL ? -1 : open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    return descriptor;
}

enum status ledger_sync_folder(const char *path, struct error *error)
{
    AUTO_CLOSE int folder = open_folder(path);
    if (folder < 0) {
        return error_set_errno(error, STATUS_IO, errno, "the folder of %.200s", path);
    }
    return directory_sync(folder, path, error);
}

/* The index of a log of 32,000 pages; it is folded in long before. */
#define INDEX_BYTES (INT64_C(8) * 32768)

/* The process has few files open; a process that gave up rights cannot list them. */
#define DESCRIPTORS_MAX 1024

/* By SQLite's own descriptor: to open the file once more and close it would drop its locks. */
void ledger_reserve_index(const char *path)
{
    char name[PATH_SIZE + 8];
    struct stat wanted;
    struct stat found;
    (void)snprintf(name, sizeof name, "%s-shm", path);
    if (stat(name, &wanted) != 0) {
        return;
    }
    for (int descriptor = 0; descriptor < DESCRIPTORS_MAX; descriptor++) {
        if (fstat(descriptor, &found) == 0 && found.st_dev == wanted.st_dev &&
            found.st_ino == wanted.st_ino) {
            (void)fallocate(descriptor, 0, 0, INDEX_BYTES);
        }
    }
}

static enum status write_identity(sqlite3 *database, const struct suite *suite, struct error *error)
{
    uint8_t unique[16];
    char text[2 * sizeof unique + 1];
    char origin[ORIGIN_SIZE];
    random_fill(unique, sizeof unique);
    hex_encode(text, unique, sizeof unique);
    (void)snprintf(origin, sizeof origin, "sealroom/%s", text);
    return ledger_write_identity(database, origin, suite_name(suite), error);
}

enum status ledger_write_identity(sqlite3 *database, const char *origin, const char *suite,
                                  struct error *error)
{
    AUTO_STATEMENT sqlite3_stmt *insert = NULL;
    enum status status = sql_prepare(
        database,
        "INSERT OR REPLACE INTO ledger (id, format, origin, suite) VALUES (1, ?1, ?2, ?3)", &insert,
        error);
    if (status != STATUS_OK) {
        return status;
    }
    (void)sqlite3_bind_int(insert, 1, LEDGER_FORMAT);
    sql_bind_text(insert, 2, origin);
    sql_bind_text(insert, 3, suite);
    return sql_step_done(insert, error);
}

/* What SQLite keeps beside a file that is not there: left by a kill between two renames. SQLite
 * would replay such a log into whatever gets the file's name. It may hold evidence: it stays. */
static enum status put_away_orphans(const char *path, struct error *error)
{
    char from[PATH_SIZE];
    char to[PATH_SIZE];
    (void)snprintf(from, sizeof from, "%s-shm", path);
    if (unlink(from) != 0 && errno != ENOENT) {
        return error_set_errno(error, STATUS_IO, errno, "%.200s", from);
    }
    (void)snprintf(from, sizeof from, "%s-wal", path);
    for (unsigned i = 0; access(from, F_OK) == 0; i++) {
        (void)snprintf(to, sizeof to, "%s.orphan-wal-%u", path, i);
        if (access(to, F_OK) != 0 && rename(from, to) != 0) {
            return error_set_errno(error, STATUS_IO, errno, "%.200s", from);
        }
    }
    return ledger_sync_folder(path, error);
}

enum status ledger_make_file(const char *path, sqlite3 **database, struct error *error)
{
    if (strlen(path) > PATH_SIZE - 32) {
        return error_set(error, STATUS_INVALID, "the path %.100s… is too long", path);
    }
    enum status status = put_away_orphans(path, error);
    if (status != STATUS_OK) {
        return status;
    }
    AUTO_CLOSE int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (file < 0) {
        return error_set_errno(error, STATUS_IO, errno, "%.200s", path);
    }
    file_close(&file); /* before SQLite opens it: a close drops a process's locks on the file */
    status = ledger_connect(path, database, error);
    if (status == STATUS_OK) {
        status = sql_run(*database, "BEGIN IMMEDIATE", error);
    }
    if (status == STATUS_OK) {
        status = sql_run(*database, ledger_schema, error);
    }
    return status;
}

/* Everything is in the file, and on the medium, before the file has its name. */
enum status ledger_finish_file(sqlite3 **database, const char *made, const char *path,
                               struct error *error)
{
    enum status status = sql_run(*database, "COMMIT", error);
    int code = SQLITE_OK;
    if (status == STATUS_OK) {
        code = sqlite3_wal_checkpoint_v2(*database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        status =
            code == SQLITE_OK ? STATUS_OK : sql_failed(*database, code, "making a ledger", error);
    }
    (void)sqlite3_close(*database);
    *database = NULL;
    if (status == STATUS_OK && rename(made, path) != 0) {
        status = error_set_errno(error, STATUS_IO, errno, "%.200s", path);
    }
    return status == STATUS_OK ? ledger_sync_folder(path, error) : status;
}

enum status ledger_create(const char *path, const struct suite *suite, struct error *error)
{
    if (access(path, F_OK) == 0) {
        return error_set(error, STATUS_EXISTS, "%.200s is there already", path);
    }
    char made[PATH_SIZE];
    if (snprintf(made, sizeof made, "%s.new", path) > PATH_SIZE - 32) {
        return error_set(error, STATUS_INVALID, "the path %.100s… is too long", path);
    }
    sqlite3 *database = NULL;
    enum status status = put_away_orphans(path, error);
    if (status == STATUS_OK) {
        status = ledger_make_file(made, &database, error);
    }
    if (status == STATUS_OK) {
        status = write_identity(database, suite, error);
    }
    if (status == STATUS_OK) {
        status = ledger_finish_file(&database, made, path, error);
    }
    (void)sqlite3_close(database);
    return status;
}

/* The file and what SQLite keeps beside it. If this is cut off in the middle, ledger_create
 * finds the rest and puts it away. */
static enum status rename_all(const char *path, const char *name, struct error *error)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char from[PATH_SIZE];
        char to[PATH_SIZE];
        if (snprintf(from, sizeof from, "%s%s", path, suffixes[i]) >= (int)sizeof from ||
            snprintf(to, sizeof to, "%s%s", name, suffixes[i]) >= (int)sizeof to) {
            return error_set(error, STATUS_INVALID, "the path %.100s… is too long", path);
        }
        if (rename(from, to) != 0 && errno != ENOENT) {
            return error_set_errno(error, STATUS_IO, errno, "renaming %.200s", from);
        }
    }
    return ledger_sync_folder(path, error);
}

enum status ledger_set_aside(const char *path, int64_t utc_ns, char *name, size_t name_size,
                             struct error *error)
{
    char at[TIME_TEXT_SIZE];
    time_format(at, utc_ns);
    if ((size_t)snprintf(name, name_size, "%s.aside-%s", path, at) >= name_size) {
        return error_set(error, STATUS_INVALID, "the path %.100s… is too long", path);
    }
    return rename_all(path, name, error);
}
