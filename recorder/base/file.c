#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DRAIN_BYTES (UINT64_C(16) << 20)

void file_close(int *descriptor)
{
    if (*descriptor >= 0) {
        (void)close(*descriptor);
        *descriptor = -1;
    }
}

int file_steal(int *descriptor)
{
    int stolen = *descriptor;
    *descriptor = -1;
    return stolen;
}

void file_hold_standard(void)
{
    int descriptor = -1;
    do {
        descriptor = open("/dev/null", O_PATH);
    } while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    file_close(&descriptor);
}

static enum status status_of_errno(int errno_value)
{
    switch (errno_value) {
    case ENOSPC:
    case EDQUOT:
        return STATUS_FULL;
    case ENOENT:
        return STATUS_NOT_FOUND;
    case EEXIST:
        return STATUS_EXISTS;
    default:
        return STATUS_IO;
    }
}

enum status file_write_all(int descriptor, struct bytes bytes, struct error *error)
{
    size_t done = 0;
    while (done < bytes.size) {
        ssize_t written = write(descriptor, bytes.data + done, bytes.size - done);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return error_set_errno(error, status_of_errno(errno), errno, "cannot write %zu bytes",
                                   bytes.size - done);
        }
        done += (size_t)written;
    }
    return STATUS_OK;
}

enum status file_sync(int descriptor, const char *name, struct error *error)
{
    int result = 0;
    do {
        result = fdatasync(descriptor);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        return error_set_errno(error, STATUS_UNCERTAIN, errno, "cannot make %s durable", name);
    }
    return STATUS_OK;
}

void file_drain(int descriptor, uint64_t *unsent, uint64_t written)
{
    *unsent += written;
    if (*unsent >= DRAIN_BYTES) {
        *unsent = 0;
        (void)sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
    }
}

enum status directory_sync(int directory, const char *name, struct error *error)
{
    int result = 0;
    do {
        result = fsync(directory);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        return error_set_errno(error, STATUS_UNCERTAIN, errno, "cannot make directory %s durable",
                               name);
    }
    return STATUS_OK;
}

enum status file_open_regular(int directory, const char *path, int flags, int *descriptor,
                              struct error *error)
{
    struct stat about;
    AUTO_CLOSE int opened = openat(directory, path, flags | O_CLOEXEC | O_NONBLOCK);
    if (opened < 0 && errno != ENXIO) {
        return error_set_errno(error, status_of_errno(errno), errno, "cannot open %s", path);
    }
    if (opened >= 0 && fstat(opened, &about) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "cannot examine %s", path);
    }
    if (opened < 0 || !S_ISREG(about.st_mode)) { /* ENXIO: a socket, or a FIFO that nobody reads */
        return error_set(error, STATUS_INVALID, "%s is not a regular file", path);
    }
    *descriptor = file_steal(&opened);
    return STATUS_OK;
}

static enum status read_to_end(int descriptor, const char *path, size_t limit,
                               struct buffer *buffer, struct error *error)
{
    uint8_t piece[4096];
    for (;;) {
        ssize_t got = read(descriptor, piece, sizeof piece);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return error_set_errno(error, STATUS_IO, errno, "cannot read %s", path);
        }
        if (got == 0) {
            return STATUS_OK;
        }
        if ((size_t)got > limit - buffer->size) {
            return error_set(error, STATUS_INVALID, "%s is larger than %zu bytes", path, limit);
        }
        if (buffer_append(buffer, piece, (size_t)got) != STATUS_OK) {
            return error_set(error, STATUS_NO_MEMORY, "no memory to read %s", path);
        }
    }
}

enum status file_read(int directory, const char *path, size_t limit, struct buffer *buffer,
                      struct error *error)
{
    buffer_clear(buffer);
    AUTO_CLOSE int descriptor = -1;
    enum status status = file_open_regular(directory, path, O_RDONLY, &descriptor, error);
    return status == STATUS_OK ? read_to_end(descriptor, path, limit, buffer, error) : status;
}

int file_open_below(int directory, const char *path, int flags)
{
    AUTO_CLOSE int level = -1;
    for (const char *at = path;;) {
        size_t length = strcspn(at, "/");
        bool last = at[length] == '\0';
        char name[NAME_MAX + 1];
        if (length == 0 || length >= sizeof name || (length <= 2 && strspn(at, ".") == length)) {
            errno = EINVAL;
            return -1;
        }
        memcpy(name, at, length);
        name[length] = '\0';
        int next = openat(level >= 0 ? level : directory, name,
                          (last ? flags : O_PATH | O_DIRECTORY) | O_NOFOLLOW | O_CLOEXEC);
        if (last || next < 0) {
            return next;
        }
        file_close(&level);
        level = next;
        at += length + 1;
    }
}

static int open_as_named(int directory, const char *path, int flags)
{
    return openat(directory, path, flags | O_CLOEXEC);
}

/* Opens the directory that holds path and finds the last part of the name. */
static enum status parent_open(int directory, const char *path,
                               int (*open_folder)(int directory, const char *path, int flags),
                               int *parent, const char **name, struct error *error)
{
    char text[PATH_MAX];
    const char *slash = strrchr(path, '/');
    *name = slash == NULL ? path : slash + 1;
    size_t length = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    if (length >= sizeof text || **name == '\0') {
        return error_set(error, STATUS_INVALID, "%s is not a file's name", path);
    }
    if (length == 0) {
        *parent = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    } else {
        memcpy(text, path, length);
        text[length == 1 ? 1 : length - 1] = '\0'; /* "/" is a folder too */
        *parent = open_folder(directory, text, O_RDONLY | O_DIRECTORY);
    }
    if (*parent < 0) {
        return error_set_errno(error, status_of_errno(errno), errno, "cannot open the folder of %s",
                               path);
    }
    return STATUS_OK;
}

#define TEMPORARY_SUFFIX ".new"

/* Writes parent/temporary and makes it durable. What an earlier crash left under that name was
 * never said to exist, and goes. */
static enum status temporary_write(int parent, const char *temporary, struct bytes bytes,
                                   mode_t mode, struct error *error)
{
    if (unlinkat(parent, temporary, 0) != 0 && errno != ENOENT) {
        return error_set_errno(error, STATUS_IO, errno, "cannot remove old %s", temporary);
    }
    AUTO_CLOSE int descriptor =
        openat(parent, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (descriptor < 0) {
        return error_set_errno(error, status_of_errno(errno), errno, "cannot create %s", temporary);
    }
    enum status status = file_write_all(descriptor, bytes, error);
    if (status == STATUS_OK) {
        status = file_sync(descriptor, temporary, error);
    }
    return status;
}

static int rename_over(int parent, const char *temporary, const char *name)
{
    return renameat(parent, temporary, parent, name);
}

/* Not every file system can rename without replacing (FUSE and NFS cannot); a second name does
 * the same in two steps. */
static int rename_beside(int parent, const char *temporary, const char *name)
{
    int result = renameat2(parent, temporary, parent, name, RENAME_NOREPLACE);
    if (result == 0 || errno != EINVAL) {
        return result;
    }
    result = linkat(parent, temporary, parent, name, 0);
    if (result == 0) {
        (void)unlinkat(parent, temporary, 0);
    }
    return result;
}

/* temporary file → write → fsync → rename → fsync(directory); the name appears whole or not. */
static enum status write_and_rename(int directory, const char *path, struct bytes bytes,
                                    mode_t mode,
                                    int (*put)(int parent, const char *temporary, const char *name),
                                    struct error *error)
{
    AUTO_CLOSE int parent = -1;
    const char *name = NULL;
    enum status status = parent_open(directory, path, open_as_named, &parent, &name, error);
    if (status != STATUS_OK) {
        return status;
    }
    char temporary[NAME_MAX + 1];
    if ((size_t)snprintf(temporary, sizeof temporary, "%s" TEMPORARY_SUFFIX, name) >=
        sizeof temporary) {
        return error_set(error, STATUS_INVALID, "the name %s is too long", name);
    }
    status = temporary_write(parent, temporary, bytes, mode, error);
    if (status == STATUS_OK && put(parent, temporary, name) != 0) {
        status =
            error_set_errno(error, status_of_errno(errno), errno, "cannot put %s in place", path);
    }
    if (status != STATUS_OK) {
        (void)unlinkat(parent, temporary, 0);
        return status;
    }
    return directory_sync(parent, path, error);
}

enum status file_replace(int directory, const char *path, struct bytes bytes, mode_t mode,
                         struct error *error)
{
    return write_and_rename(directory, path, bytes, mode, rename_over, error);
}

enum status file_create(int directory, const char *path, struct bytes bytes, mode_t mode,
                        struct error *error)
{
    return write_and_rename(directory, path, bytes, mode, rename_beside, error);
}

enum status file_remove(int directory, const char *path, struct error *error)
{
    AUTO_CLOSE int parent = -1;
    const char *name = NULL;
    enum status status = parent_open(directory, path, file_open_below, &parent, &name, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (unlinkat(parent, name, 0) != 0) {
        return error_set_errno(error, status_of_errno(errno), errno, "cannot remove %s", path);
    }
    return directory_sync(parent, path, error);
}

/* Makes one level under *level, made durable if it is new, and steps into it. Levels are held by
 * O_PATH: they may be passed through without being readable. */
static enum status level_make(int *level, const char *name, mode_t mode, struct error *error)
{
    if (mkdirat(*level, name, mode) == 0) {
        AUTO_CLOSE int parent = openat(*level, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (parent < 0) {
            return error_set_errno(error, STATUS_IO, errno, "cannot open the folder of %s", name);
        }
        enum status status = directory_sync(parent, name, error);
        if (status != STATUS_OK) {
            return status;
        }
    } else if (errno != EEXIST) {
        return error_set_errno(error, status_of_errno(errno), errno, "cannot make folder %s", name);
    }
    int next = openat(*level, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (next < 0) {
        return error_set_errno(error, STATUS_IO, errno, "cannot open folder %s", name);
    }
    file_close(level);
    *level = next;
    return STATUS_OK;
}

enum status directory_make(int directory, const char *path, mode_t mode, struct error *error)
{
    AUTO_CLOSE int level =
        openat(directory, path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (level < 0) {
        return error_set_errno(error, STATUS_IO, errno, "cannot open the folder of %s", path);
    }
    for (const char *at = path; *at != '\0';) {
        size_t length = strcspn(at, "/");
        char name[NAME_MAX + 1];
        if (length >= sizeof name) {
            return error_set(error, STATUS_INVALID, "a part of %s is too long", path);
        }
        memcpy(name, at, length);
        name[length] = '\0';
        enum status status = length == 0 ? STATUS_OK : level_make(&level, name, mode, error);
        if (status != STATUS_OK) {
            return status;
        }
        at += length + (at[length] == '/');
    }
    return STATUS_OK;
}
