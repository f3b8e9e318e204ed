#include "door/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

/* The sanitizers' own run time needs calls that this program does not. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER true
#elif defined(__has_feature)
#define HAS_SANITIZER __has_feature(address_sanitizer)
#else
#define HAS_SANITIZER false
#endif

#define DESCRIPTORS_MAX 128

/* Everything of Landlock's first version, which every kernel that has it knows. */
#define ALL_FILES                                                                                  \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |   \
     LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |                                 \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

/* All of the ioctls of GPIO chips and lines have this type (ioctl(2), _IOC_TYPE). */
#define GPIO_IOCTLS     (GPIO_V2_GET_LINE_IOCTL & (_IOC_TYPEMASK << _IOC_TYPESHIFT))
#define IOCTL_TYPE_MASK (_IOC_TYPEMASK << _IOC_TYPESHIFT)

/* A device, or a folder of them. */
static enum status allow_device(int rules, const char *device, struct error *error)
{
    AUTO_CLOSE int place = open(device, O_PATH | O_CLOEXEC);
    /* It may be plugged in later; it then gets in reach when the process is started again. */
    if (place < 0) {
        log_warning("%s is not there, and cannot be opened by this process any more", device);
        return STATUS_OK;
    }
    struct landlock_path_beneath_attr rule = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE |
                                                                LANDLOCK_ACCESS_FS_WRITE_FILE,
                                              .parent_fd = place};
    if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot keep %s in reach", device);
    return STATUS_OK;
}

static enum status restrict_files(const char *device, struct error *error)
{
    struct landlock_ruleset_attr handled = {.handled_access_fs = ALL_FILES};
    AUTO_CLOSE int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (rules < 0) {
        log_warning("this kernel has no Landlock: files are not put out of reach");
        return STATUS_OK;
    }
    enum status status = device != NULL ? allow_device(rules, device, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    if (syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot put files out of reach");
    return STATUS_OK;
}

static const int common_calls[] = {
    /* messages, bus, lines */
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(sendto),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(fcntl),
    SCMP_SYS(close),
    /* Landlock says what */
    SCMP_SYS(openat),
    SCMP_SYS(open),
    /* time, memory, signals, end */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(adjtimex),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(brk),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(mprotect),
    SCMP_SYS(futex),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getrandom),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(tgkill),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

static const int bus_calls[] = {
    SCMP_SYS(select),     SCMP_SYS(pselect6),   SCMP_SYS(_newselect),
    SCMP_SYS(socket),     SCMP_SYS(connect),    SCMP_SYS(shutdown),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(ioctl), /* termios */
};

/* libgpiod makes sure, by /sys, that a device is a GPIO chip before it opens it. */
static const int lines_calls[] = {SCMP_SYS(newfstatat), SCMP_SYS(fstat),    SCMP_SYS(stat),
                                  SCMP_SYS(lstat),      SCMP_SYS(readlink), SCMP_SYS(readlinkat)};

/* Asked by the C library on its way; a plain refusal is an answer it understands. */
static const int bus_refused_calls[] = {SCMP_SYS(newfstatat), SCMP_SYS(fstat), SCMP_SYS(stat),
                                        SCMP_SYS(readlink),   SCMP_SYS(lseek), SCMP_SYS(access)};
static const int lines_refused_calls[] = {SCMP_SYS(lseek), SCMP_SYS(access), SCMP_SYS(socket)};

static bool add_calls(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    /* A call that this architecture does not have is no loss. */
    for (size_t at = 0; at < count; at++) {
        int result = seccomp_rule_add(filter, action, calls[at], 0);
        if (result != 0 && result != -EDOM)
            return false;
    }
    return true;
}

#define ADD_CALLS(filter, action, calls)                                                           \
    add_calls(filter, action, calls, sizeof(calls) / sizeof((calls)[0]))

static bool add_bus_calls(scmp_filter_ctx filter)
{
    return ADD_CALLS(filter, SCMP_ACT_ALLOW, bus_calls) &&
           ADD_CALLS(filter, SCMP_ACT_ERRNO(EACCES), bus_refused_calls);
}

static bool add_lines_calls(scmp_filter_ctx filter)
{
    /* the log asks whether it is a terminal */
    const struct scmp_arg_cmp terminal = {.arg = 1, .op = SCMP_CMP_EQ, .datum_a = TCGETS};
    const struct scmp_arg_cmp lines = {
        .arg = 1, .op = SCMP_CMP_MASKED_EQ, .datum_a = IOCTL_TYPE_MASK, .datum_b = GPIO_IOCTLS};
    return ADD_CALLS(filter, SCMP_ACT_ALLOW, lines_calls) &&
           ADD_CALLS(filter, SCMP_ACT_ERRNO(EACCES), lines_refused_calls) &&
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, &terminal) == 0 &&
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, &lines) == 0;
}

static enum status restrict_calls(bool (*add_own_calls)(scmp_filter_ctx filter),
                                  struct error *error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL)
        return error_set(error, STATUS_NO_MEMORY, "cannot make a filter of system calls");
    bool is_made = ADD_CALLS(filter, SCMP_ACT_ALLOW, common_calls) && add_own_calls(filter);
    int result = is_made ? seccomp_load(filter) : -EINVAL;
    seccomp_release(filter);
    if (!is_made)
        return error_set(error, STATUS_IO, "cannot list the system calls that are allowed");
    if (result != 0)
        log_warning("this kernel has no seccomp: system calls are not limited");
    return STATUS_OK;
}

static enum status enter(const char *device, bool (*add_own_calls)(scmp_filter_ctx filter),
                         struct error *error)
{
    /* libmodbus waits with select(2), which writes past its set at descriptor FD_SETSIZE. */
    struct rlimit limit = {.rlim_cur = DESCRIPTORS_MAX, .rlim_max = DESCRIPTORS_MAX};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot limit the descriptors");
    if (HAS_SANITIZER)
        return STATUS_OK;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot give up new privileges");
    enum status status = restrict_files(device, error);
    return status == STATUS_OK ? restrict_calls(add_own_calls, error) : status;
}

enum status sandbox_enter(const char *device, struct error *error)
{
    return enter(device, add_bus_calls, error);
}

enum status sandbox_enter_lines(struct error *error)
{
    return enter("/dev", add_lines_calls, error);
}
