#include "firmware/command/export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
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

/* -1: there it can have no file without a name. That one can be named later is known of these only:
 * it must not turn out when hours of copying are over. */
static int open_unnamed(int directory)
{
    static const uint32_t types[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC,
                                     F2FS_SUPER_MAGIC, TMPFS_MAGIC,     OVERLAYFS_SUPER_MAGIC};
    struct statfs about;
    bool is_known = false;
    for (size_t i = 0; fstatfs(directory, &about) == 0 && i < sizeof types / sizeof types[0]; i++)
        is_known = is_known || (uint32_t)about.f_type == types[i];
    return is_known ? openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0640) : -1;
}

static enum status refuse_part(const struct export_file *file, struct error *error)
{
    return error_set(error, STATUS_EXISTS,
                     "%s is there already: another export writes it, or left it; remove it",
                     file->part);
}

static enum status open_part(struct export_file *file, struct error *error)
{
    file->file = open(file->part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
    file->is_part = file->file >= 0;
    if (file->file < 0 && errno == EEXIST)
        return refuse_part(file, error);
    return file->file >= 0 ? STATUS_OK
                           : error_set_errno(error, STATUS_IO, errno, "cannot make %s", file->part);
}

enum status export_file_open(struct export_file *file, const char *path, struct error *error)
{
    struct stat about;
    *file = (struct export_file){.directory = -1, .file = -1};
    if (snprintf(file->path, sizeof file->path, "%s", path) >= (int)sizeof file->path)
        return error_set(error, STATUS_INVALID, "the path %.100s… is too long", path);
    (void)snprintf(file->part, sizeof file->part, "%s.part", path);
    if (lstat(path, &about) == 0)
        return error_set(error, STATUS_EXISTS, "%s is there already", path);
    /* also where it is only needed if the other name is taken meanwhile */
    if (lstat(file->part, &about) == 0)
        return refuse_part(file, error);
    enum status status = open_directory(file, error);
    if (status != STATUS_OK)
        return status;
    file->file = open_unnamed(file->directory);
    return file->file >= 0 ? STATUS_OK : open_part(file, error);
}

/* Is what was written still what lies under its name? */
static bool is_there(const struct export_file *file, const char *path)
{
    struct stat ours;
    struct stat found;
    return fstat(file->file, &ours) == 0 && lstat(path, &found) == 0 &&
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

/* linkat(2) replaces nothing. By its descriptor alone it takes a privilege; by /proc it does not.
 */
static bool link_as(const struct export_file *file, const char *path)
{
    char ours[sizeof "/proc/self/fd/" + 11];
    (void)snprintf(ours, sizeof ours, "/proc/self/fd/%d", file->file);
    return linkat(AT_FDCWD, ours, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 ||
           (errno == ENOENT && linkat(file->file, "", AT_FDCWD, path, AT_EMPTY_PATH) == 0);
}

static enum status link_unnamed(struct export_file *file, struct error *error)
{
    file->is_named = link_as(file, file->path);
    if (!file->is_named)
        (void)error_set_errno(&file->unnamed, STATUS_IO, errno, "the package cannot be named %s",
                              file->path);
    file->is_whole = file->is_named || link_as(file, file->part);
    return file->is_whole ? STATUS_OK : error_set(error, STATUS_IO, "%s", file->unnamed.text);
}

static enum status name_part(struct export_file *file, struct error *error)
{
    if (!is_there(file, file->part))
        return error_set(error, STATUS_MISMATCH,
                         "%s was taken away or replaced while it was written", file->part);
    file->is_whole = true;
    file->is_named = rename_part(file, &file->unnamed) == STATUS_OK;
    return STATUS_OK;
}

const char *export_file_whole(const struct export_file *file)
{
    if (!file->is_whole)
        return NULL;
    return file->is_named ? file->path : file->part;
}

void export_file_discard(struct export_file *file)
{
    const char *path = export_file_whole(file);
    if (path != NULL && is_there(file, path))
        (void)unlink(path);
    file->is_whole = file->is_named = false;
}

enum status export_file_keep(struct export_file *file, struct error *error)
{
    enum status status = file_sync(file->file, file->path, error);
    if (status == STATUS_OK)
        status = file->is_part ? name_part(file, error) : link_unnamed(file, error);
    if (status == STATUS_OK)
        status = directory_sync(file->directory, file->path, error);
    if (status != STATUS_OK)
        export_file_discard(file);
    return status;
}

void export_file_close(struct export_file *file)
{
    if (file->is_part && !file->is_whole && is_there(file, file->part))
        (void)unlink(file->part);
    file_close(&file->file);
    file_close(&file->directory);
}
