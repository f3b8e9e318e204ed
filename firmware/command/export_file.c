#include "firmware/command/export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static enum status open_directory(struct export_file *file, struct error *error)
{
    char copy[PATH_SIZE];
    memcpy(copy, file->path, sizeof copy);
    const char *directory = dirname(copy);
    file->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return file->directory >= 0
               ? STATUS_OK
               : error_set_errno(error, STATUS_IO, errno, "cannot open the folder %s", directory);
}

enum status export_file_open(struct export_file *file, const char *path, struct error *error)
{
    struct stat about;
    *file = (struct export_file){.directory = -1, .part_file = -1};
    if (snprintf(file->path, sizeof file->path, "%s", path) >= (int)sizeof file->path)
        return error_set(error, STATUS_INVALID, "the path %.100s… is too long", path);
    (void)snprintf(file->part, sizeof file->part, "%s.part", path);
    if (lstat(path, &about) == 0)
        return error_set(error, STATUS_EXISTS, "%s is there already", path);
    enum status status = open_directory(file, error);
    if (status != STATUS_OK)
        return status;
    file->part_file = open(file->part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (file->part_file < 0 && errno == EEXIST)
        return error_set(error, STATUS_EXISTS,
                         "%s is there already: another export writes it, or left it; remove it",
                         file->part);
    return file->part_file >= 0
               ? STATUS_OK
               : error_set_errno(error, STATUS_IO, errno, "cannot make %s", file->part);
}

/* Is what was written still what lies under its name? */
static bool is_there(const struct export_file *file)
{
    struct stat ours;
    struct stat found;
    return fstat(file->part_file, &ours) == 0 && lstat(file->part, &found) == 0 &&
           ours.st_dev == found.st_dev && ours.st_ino == found.st_ino;
}

/* Nothing of that name is replaced; not every medium's file system can promise it. */
static enum status rename_part(const struct export_file *file, struct error *error)
{
    struct stat about;
    if (renameat2(AT_FDCWD, file->part, AT_FDCWD, file->path, RENAME_NOREPLACE) == 0)
        return STATUS_OK;
    if (errno != EINVAL)
        return error_set_errno(error, errno == EEXIST ? STATUS_EXISTS : STATUS_IO, errno,
                               "%s cannot be named %s", file->part, file->path);
    if (lstat(file->path, &about) == 0)
        return error_set(error, STATUS_EXISTS, "%s is there already", file->path);
    return rename(file->part, file->path) == 0
               ? STATUS_OK
               : error_set_errno(error, STATUS_IO, errno, "%s cannot be named %s", file->part,
                                 file->path);
}

enum status export_file_keep(struct export_file *file, struct error *error)
{
    enum status status = file_sync(file->part_file, file->part, error);
    if (status == STATUS_OK && !is_there(file))
        status = error_set(error, STATUS_MISMATCH,
                           "%s was taken away or replaced while it was written", file->part);
    file->is_whole = status == STATUS_OK;
    if (status == STATUS_OK)
        status = rename_part(file, error);
    file->is_named = status == STATUS_OK;
    return status == STATUS_OK ? directory_sync(file->directory, file->path, error) : status;
}

const char *export_file_whole(const struct export_file *file)
{
    if (!file->is_whole)
        return NULL;
    return file->is_named ? file->path : file->part;
}

void export_file_close(struct export_file *file)
{
    if (file->part_file >= 0 && !file->is_whole && is_there(file))
        (void)unlink(file->part);
    file_close(&file->part_file);
    file_close(&file->directory);
}
