#include "firmware/supervisor/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/message.h"

#define REPORT 5 /* the child's end of the pipe that tells why it could not be started */

enum status identity_of(const char *user, struct identity *identity, struct error *error)
{
    *identity = (struct identity){0};
    if (user[0] == '\0' || geteuid() != 0)
        return STATUS_OK;
    errno = 0;
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL)
        return error_set_errno(error, STATUS_NOT_FOUND, errno != 0 ? errno : ENOENT,
                               "the user %s is not known to this system", user);
    *identity = (struct identity){.change = true,
                                  .uid = entry->pw_uid,
                                  .gid = entry->pw_gid,
                                  .group_count = IDENTITY_GROUPS_MAX};
    if (getgrouplist(user, entry->pw_gid, identity->groups, &identity->group_count) < 0)
        return error_set(error, STATUS_FULL, "the user %s is in more than %d groups", user,
                         IDENTITY_GROUPS_MAX);
    return STATUS_OK;
}

static bool become(const struct identity *identity)
{
    return !identity->change || (setgroups((size_t)identity->group_count, identity->groups) == 0 &&
                                 setresgid(identity->gid, identity->gid, identity->gid) == 0 &&
                                 setresuid(identity->uid, identity->uid, identity->uid) == 0);
}

/* The lowest six descriptors in their places, everything else closed. */
static bool arrange_descriptors(int control, int lock, int report)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    /* Out of the way first, so that no dup2 below lands on one that is still needed. */
    int control_copy = fcntl(control, F_DUPFD_CLOEXEC, 10);
    int lock_copy = fcntl(lock, F_DUPFD_CLOEXEC, 10);
    int report_copy = fcntl(report, F_DUPFD_CLOEXEC, 10);
    return null >= 0 && control_copy >= 0 && lock_copy >= 0 && report_copy >= 0 &&
           dup2(null, STDIN_FILENO) >= 0 && dup2(control_copy, PROCESS_CONTROL) >= 0 &&
           dup2(lock_copy, PROCESS_LOCK) >= 0 && dup3(report_copy, REPORT, O_CLOEXEC) >= 0 &&
           close_range(REPORT + 1, ~0U, 0) == 0;
}

static void forget_notification(void)
{
    /* What sealroomd says to systemd is sealroomd's to say. */
    static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                                        "LISTEN_FDS",    "LISTEN_PID",    "LISTEN_FDNAMES"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
}

static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What a child is given; all of it is the parent's. */
struct child {
    const char *path;
    char *const *arguments;
    int control;
    int lock;
    int report;
    const struct identity *identity;
    pid_t parent;
};

static _Noreturn void run_child(const struct child *child)
{
    bool arranged = arrange_descriptors(child->control, child->lock, child->report);
    /* A group of its own: Ctrl-C on a terminal is for sealroomd, which then stops in order.
     * The death signal comes after the change of user, which would clear it; the parent may have
     * gone in between, so it is looked for once more. */
    if (arranged && setpgid(0, 0) == 0 && become(child->identity) &&
        prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        getppid() == child->parent) {
        forget_notification();
        reset_signals();
        execv(child->path, child->arguments);
    }
    int problem = errno;
    if (write(arranged ? REPORT : child->report, &problem, sizeof problem) < 0)
        _exit(126);
    _exit(127);
}

enum status process_start(const struct process_ground *ground, const char *const *arguments,
                          int control, const struct identity *identity, pid_t *process,
                          struct error *error)
{
    char path[PATH_SIZE];
    int ends[2];
    if (snprintf(path, sizeof path, "%s/%s", ground->programs, arguments[0]) >= (int)sizeof path)
        return error_set(error, STATUS_INVALID, "the path of %s is too long", arguments[0]);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot make a pipe to start %s", path);
    AUTO_CLOSE int reading = ends[0];
    AUTO_CLOSE int writing = ends[1];

    const struct child plan = {.path = path,
                               .arguments = (char *const *)arguments,
                               .control = control,
                               .lock = ground->lock,
                               .report = writing,
                               .identity = identity,
                               .parent = getpid()};
    pid_t child = fork();
    if (child == 0)
        run_child(&plan);
    if (child < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot start %s", path);
    file_close(&writing);

    int problem = 0;
    ssize_t size = TEMP_FAILURE_RETRY(read(reading, &problem, sizeof problem));
    if (size == (ssize_t)sizeof problem) {
        (void)TEMP_FAILURE_RETRY(waitpid(child, NULL, 0));
        return error_set_errno(error, problem == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, problem,
                               "cannot start %s", path);
    }
    *process = child;
    return STATUS_OK;
}
