#include "firmware/supervisor/state_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
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

static enum status open_lock(const char *run, const char *name, int *lock, struct error *error)
{
    char path[PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/%s", run, name);
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (*lock < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open %s", path);
    return STATUS_OK;
}

static enum status take_own(const char *run, int *lock, struct error *error)
{
    enum status status = open_lock(run, "sealroomd.lock", lock, error);
    if (status != STATUS_OK)
        return status;
    if (flock(*lock, LOCK_EX | LOCK_NB) != 0)
        return error_set_errno(error, errno == EWOULDBLOCK ? STATUS_EXISTS : STATUS_IO, errno,
                               "another sealroomd runs on this state: %s/sealroomd.lock", run);
    if (ftruncate(*lock, 0) != 0 || dprintf(*lock, "%d\n", (int)getpid()) < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot write %s/sealroomd.lock", run);
    return STATUS_OK;
}

/* The kernel tells nobody when a lock is free, so it is tried again; a signal ends the wait. */
static enum status take_processes(const char *run, int *lock, struct error *error)
{
    const struct timespec interval = {.tv_nsec = 20000000};
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    enum status status = open_lock(run, "processes.lock", lock, error);
    if (status != STATUS_OK)
        return status;
    for (int left_ms = STATE_WAIT_MS; flock(*lock, LOCK_EX | LOCK_NB) != 0; left_ms -= 20) {
        if (errno != EWOULDBLOCK)
            return error_set_errno(error, STATUS_IO, errno, "cannot lock %s/processes.lock", run);
        if (left_ms == STATE_WAIT_MS)
            log_info("waiting for the processes of an earlier sealroomd to end");
        if (left_ms <= 0)
            return error_set(error, STATUS_TIMEOUT,
                             "processes of an earlier sealroomd do not end: %s/processes.lock is "
                             "still locked; fuser shows them",
                             run);
        if (sigtimedwait(&stop, NULL, &interval) > 0)
            return error_set(error, STATUS_END,
                             "told to stop while waiting for an earlier "
                             "sealroomd's processes");
    }
    return STATUS_OK;
}

enum status state_directory_prepare(const char *state, const char *video,
                                    const struct identity *keeper, struct state_locks *locks,
                                    struct error *error)
{
    char run[PATH_SIZE];
    if (snprintf(run, sizeof run, "%s/run", state) >= (int)sizeof run)
        return error_set(error, STATUS_INVALID, "the path of the state folder is too long");

    enum status status = prepare(state, 0750, keeper, error);
    if (status == STATUS_OK)
        status = prepare(run, 0755, keeper, error);
    if (status == STATUS_OK)
        status = prepare(video, 0750, keeper, error);
    if (status == STATUS_OK)
        status = take_own(run, &locks->own, error);
    if (status == STATUS_OK)
        status = take_processes(run, &locks->processes, error);
    return status;
}
