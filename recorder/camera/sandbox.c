#include "camera/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/socket.h>

#include "enclosure/enclosure.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum status sandbox_close_files(struct error *error)
{
    /* A description that says it is two gigabytes long costs this process its life, not the
     * board. */
    static const struct enclosure_limits limits = {.memory_bytes = (size_t)256 * 1024 * 1024,
                                                   .descriptors = 64};
    return enclosure_close_files(&limits, error);
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

static int add_sockets(enclosure_filter filter)
{
    static const int families[] = {AF_INET, AF_INET6};
    int failed = 0;
    for (size_t i = 0; i < COUNT(families) && failed == 0; i++) {
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
    static const struct enclosure_calls calls = {.allowed = {allowed, COUNT(allowed)},
                                                 .refused = {refused, COUNT(refused)},
                                                 .add_rules = add_sockets};
    return enclosure_close_calls(&calls, error);
}
