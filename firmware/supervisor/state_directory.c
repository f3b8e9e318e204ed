#include "firmware/supervisor/state_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/message.h"

#define INTERVAL_MS 20
/* A command that asks whether the state is held holds it itself for a moment. */
#define ASKED_MS 500

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

/* The kernel tells nobody when a lock is free, so it is tried again; a signal ends the wait. */
static enum status wait_for_lock(int lock, int limit_ms, const char *waiting, struct error *error)
{
    const struct timespec interval = {.tv_nsec = INTERVAL_MS * NS_PER_MS};
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    for (int left_ms = limit_ms; flock(lock, LOCK_EX | LOCK_NB) != 0; left_ms -= INTERVAL_MS) {
        if (errno != EWOULDBLOCK)
            return error_set_errno(error, STATUS_IO, errno, "cannot lock the state folder");
        if (left_ms == limit_ms && waiting != NULL)
            log_info("%s", waiting);
        if (left_ms <= 0)
            return STATUS_TIMEOUT;
        if (sigtimedwait(&stop, NULL, &interval) > 0)
            return error_set(error, STATUS_END, "told to stop while waiting for a lock");
    }
    return STATUS_OK;
}

static enum status take_own(const char *state, int *lock, struct error *error)
{
    *lock = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open %s", state);
    enum status status = wait_for_lock(*lock, ASKED_MS, NULL, error);
    return status == STATUS_TIMEOUT
               ? error_set(error, STATUS_EXISTS, "another sealroomd runs on this state: %s", state)
               : status;
}

static enum status take_processes(const char *state, int *lock, struct error *error)
{
    char path[PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/processes.lock", state);
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (*lock < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open %s", path);
    enum status status = wait_for_lock(
        *lock, STATE_WAIT_MS, "waiting for the processes of an earlier sealroomd to end", error);
    return status == STATUS_TIMEOUT
               ? error_set(error, status,
                           "processes of an earlier sealroomd do not end: %s is still locked; "
                           "fuser shows them",
                           path)
               : status;
}

enum status state_directory_prepare(const char *state, const char *video,
                                    const struct identity *keeper, struct state_locks *locks,
                                    struct error *error)
{
    char run[PATH_SIZE];
    struct error refusal;
    if (snprintf(run, sizeof run, "%s/run", state) >= (int)sizeof run)
        return error_set(error, STATUS_INVALID, "the path of the state folder is too long");

    enum status status = prepare(state, 0750, keeper, error);
    /* nothing is recorded there: the keeper says what becomes of it */
    if (status == STATUS_OK && prepare(run, 0755, keeper, &refusal) != STATUS_OK)
        log_warning("%s", refusal.text);
    if (status == STATUS_OK)
        status = prepare(video, 0750, keeper, error);
    if (status == STATUS_OK)
        status = take_own(state, &locks->own, error);
    if (status == STATUS_OK)
        status = take_processes(state, &locks->processes, error);
    return status;
}
