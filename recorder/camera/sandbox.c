#include "camera/sandbox.h"

#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

/* The sanitizers' own run-time opens files, makes calls of its own and traces itself. */
#if defined(__SANITIZE_ADDRESS__)
static const bool can_be_closed = false;
#else
static const bool can_be_closed = true;
#endif

/* Every right of Landlock's first version: what is not granted is denied, and none is. */
#define FILE_RIGHTS ((UINT64_C(1) << 13) - 1)

/* A description that says it is two gigabytes long costs this process its life, not the board. */
static bool limit_resources(void)
{
    static const struct {
        int resource;
        rlim_t most;
    } limits[] = {{RLIMIT_CORE, 0}, {RLIMIT_DATA, (rlim_t)256 * 1024 * 1024}, {RLIMIT_NOFILE, 64}};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct rlimit limit = {limits[i].most, limits[i].most};
        if (setrlimit((__rlimit_resource_t)limits[i].resource, &limit) != 0) {
            return false;
        }
    }
    return true;
}

enum status sandbox_close_files(struct error *error)
{
    struct landlock_ruleset_attr rules = {.handled_access_fs = FILE_RIGHTS};
    if (!can_be_closed) {
        log_warning("built with a sanitizer: there is no sandbox");
        return STATUS_OK;
    }
    if (!limit_resources() || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "the process cannot be closed in");
    }
    AUTO_CLOSE int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (ruleset < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) {
        log_warning("this kernel has no Landlock: files are closed by seccomp alone");
        return STATUS_OK;
    }
    if (ruleset < 0 || syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "Landlock");
    }
    return STATUS_OK;
}

static const int allowed[] = {
    /* the network */
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(accept4),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(shutdown),
    /* descriptors that are open */
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(close),
    SCMP_SYS(fcntl),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    /* memory, threads, signals, time */
    SCMP_SYS(brk),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(adjtimex),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(alarm),
    SCMP_SYS(setitimer),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(tgkill),
    SCMP_SYS(getrandom),
    SCMP_SYS(uname),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* Libraries try these and go on without. */
static const int refused[] = {
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(statx),
    SCMP_SYS(newfstatat),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(ioctl),
    SCMP_SYS(sysinfo),
    SCMP_SYS(prctl),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(sched_getaffinity),
};

/* A call that this architecture does not have (open, poll, alarm on arm64) needs no rule. */
static int add_calls(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    int failed = 0;
    for (size_t i = 0; i < count && failed == 0; i++) {
        failed = seccomp_rule_add(filter, action, calls[i], 0);
        failed = failed == -EDOM ? 0 : failed;
    }
    return failed;
}

static int add_rules(scmp_filter_ctx filter)
{
    static const int families[] = {AF_INET, AF_INET6};
    int failed = add_calls(filter, SCMP_ACT_ALLOW, allowed, sizeof allowed / sizeof allowed[0]);
    if (failed == 0) {
        failed =
            add_calls(filter, SCMP_ACT_ERRNO(EACCES), refused, sizeof refused / sizeof refused[0]);
    }
    for (size_t i = 0; i < 2 && failed == 0; i++) {
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                                  SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0));
    }
    /* getaddrinfo(3) asks the kernel for its addresses over netlink, and does without */
    return failed != 0 ? failed
                       : seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                                          SCMP_A0(SCMP_CMP_GT, (scmp_datum_t)AF_INET6, 0));
}

enum status sandbox_close_calls(struct error *error)
{
    if (!can_be_closed) {
        return STATUS_OK;
    }
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "seccomp");
    }
    int failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    failed = failed == 0 ? add_rules(filter) : failed;
    failed = failed == 0 ? seccomp_load(filter) : failed;
    seccomp_release(filter);
    return failed == 0 ? STATUS_OK
                       : error_set_errno(error, STATUS_IO, -failed, "seccomp cannot be loaded");
}
