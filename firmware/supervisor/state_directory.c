#include "firmware/supervisor/state_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/message.h"

static enum status prepare(const char *path, mode_t mode, const struct identity *owner,
                           struct error *error)
{
    struct stat found;
    enum status status = directory_make(AT_FDCWD, path, mode, error);
    if (status != STATUS_OK && status != STATUS_EXISTS)
        return status;
    AUTO_CLOSE int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 || fstat(directory, &found) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open the folder %s", path);
    if (owner->change && found.st_uid != owner->uid &&
        fchown(directory, owner->uid, owner->gid) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot give %s to the keeper's user",
                               path);
    return STATUS_OK;
}

static enum status take_lock(const char *path, int *lock, struct error *error)
{
    AUTO_CLOSE int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open %s", path);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0)
        return error_set_errno(error, errno == EWOULDBLOCK ? STATUS_EXISTS : STATUS_IO, errno,
                               "another sealroomd runs on this state: %s is locked", path);
    if (ftruncate(descriptor, 0) != 0 || dprintf(descriptor, "%d\n", (int)getpid()) < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot write %s", path);
    *lock = file_steal(&descriptor);
    return STATUS_OK;
}

enum status state_directory_prepare(const char *state, const char *video,
                                    const struct identity *keeper, int *lock, struct error *error)
{
    char run[PATH_SIZE];
    char path[PATH_SIZE + 32];
    if (snprintf(run, sizeof run, "%s/run", state) >= (int)sizeof run)
        return error_set(error, STATUS_INVALID, "the path of the state folder is too long");
    snprintf(path, sizeof path, "%s/sealroomd.lock", run);

    enum status status = prepare(state, 0750, keeper, error);
    if (status == STATUS_OK)
        status = prepare(run, 0755, keeper, error);
    if (status == STATUS_OK)
        status = prepare(video, 0750, keeper, error);
    if (status == STATUS_OK)
        status = take_lock(path, lock, error);
    return status;
}
