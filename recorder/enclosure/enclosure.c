#include "enclosure/enclosure.h"

#include <errno.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
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
#define READ_RIGHTS ((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR))

static bool limit_resources(const struct enclosure_limits *wanted)
{
    const struct {
        int resource;
        rlim_t most;
    } limits[] = {{RLIMIT_CORE, 0},
                  {RLIMIT_DATA, wanted->memory_bytes},
                  {RLIMIT_NOFILE, wanted->descriptors}};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct rlimit limit = {limits[i].most, limits[i].most};
        if (setrlimit((__rlimit_resource_t)limits[i].resource, &limit) != 0) {
            return false;
        }
    }
    return true;
}

/* Of a file there is nothing to list, and a rule that says so is refused. */
static uint64_t rights_of(const struct enclosure_place *place)
{
    struct stat about;
    if (fstat(place->descriptor, &about) == 0 && !S_ISDIR(about.st_mode))
        return LANDLOCK_ACCESS_FS_READ_FILE;
    return place->names_only ? (uint64_t)LANDLOCK_ACCESS_FS_READ_DIR : READ_RIGHTS;
}

static bool allow(int ruleset, const struct enclosure_place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct landlock_path_beneath_attr below = {.allowed_access = rights_of(&places[i]),
                                                         .parent_fd = places[i].descriptor};
        if (places[i].descriptor >= 0 &&
            syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &below, 0) != 0)
            return false;
    }
    return true;
}

enum status enclosure_close_files(const struct enclosure_limits *limits, struct error *error)
{
    return enclosure_close_files_but(limits, -1, error);
}

enum status enclosure_close_files_but(const struct enclosure_limits *limits, int folder,
                                      struct error *error)
{
    const struct enclosure_place place = {.descriptor = folder};
    return enclosure_close_files_but_these(limits, &place, 1, error);
}

enum status enclosure_close_files_but_these(const struct enclosure_limits *limits,
                                            const struct enclosure_place *places, size_t count,
                                            struct error *error)
{
    struct landlock_ruleset_attr rules = {.handled_access_fs = FILE_RIGHTS};
    if (!can_be_closed) {
        log_warning("built with a sanitizer: there is no sandbox");
        return STATUS_OK;
    }
    if (!limit_resources(limits) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "the process cannot be closed in");
    }
    AUTO_CLOSE int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (ruleset < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) {
        log_warning("this kernel has no Landlock: files are closed by seccomp alone");
        return STATUS_OK;
    }
    if (ruleset < 0 || !allow(ruleset, places, count) ||
        syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "Landlock");
    }
    return STATUS_OK;
}

/* Memory, threads (with add_threads), signals, time, and the end. */
static const int common[] = {
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

static int add_calls(scmp_filter_ctx filter, uint32_t action, const struct enclosure_list *list)
{
    int failed = 0;
    for (size_t i = 0; i < list->count && failed == 0; i++) {
        failed = seccomp_rule_add(filter, action, list->calls[i], 0);
        failed = failed == -EDOM ? 0 : failed;
    }
    return failed;
}

/* A thread, but no process. clone3 has its flags in memory, where no filter sees them: without it
 * the C library takes clone. */
static int add_threads(scmp_filter_ctx filter)
{
    int failed =
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                         SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, (scmp_datum_t)CLONE_THREAD));
    return failed == 0 ? seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0)
                       : failed;
}

static int add_rules(scmp_filter_ctx filter, const struct enclosure_calls *calls)
{
    static const struct enclosure_list everybody = {common, sizeof common / sizeof common[0]};
    int failed = add_calls(filter, SCMP_ACT_ALLOW, &everybody);
    failed = failed == 0 ? add_threads(filter) : failed;
    failed = failed == 0 ? add_calls(filter, SCMP_ACT_ALLOW, &calls->allowed) : failed;
    failed = failed == 0 ? add_calls(filter, SCMP_ACT_ERRNO(EACCES), &calls->refused) : failed;
    return failed == 0 && calls->add_rules != NULL ? calls->add_rules(filter) : failed;
}

enum status enclosure_close_calls(const struct enclosure_calls *calls, struct error *error)
{
    if (!can_be_closed) {
        return STATUS_OK;
    }
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "seccomp");
    }
    int failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    failed = failed == 0 ? add_rules(filter, calls) : failed;
    failed = failed == 0 ? seccomp_load(filter) : failed;
    seccomp_release(filter);
    return failed == 0 ? STATUS_OK
                       : error_set_errno(error, STATUS_IO, -failed, "seccomp cannot be loaded");
}
