#include "firmware/console/sandbox.h"

#include <seccomp.h>

#include "crypto/suite.h"
#include "enclosure/enclosure.h"
#include "firmware/console/server.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const int allowed[] = {
    /* browsers, by the socket that was handed over */
    SCMP_SYS(accept4),
    SCMP_SYS(accept),
    SCMP_SYS(shutdown),
    SCMP_SYS(recvfrom),
    SCMP_SYS(sendto),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendfile),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    /* the loop */
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(eventfd2),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(signalfd4),
    /* files: video, for Landlock lets nothing else be opened, and the catalog, which is open */
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(statx),
    SCMP_SYS(newfstatat),
    SCMP_SYS(fstat),
    SCMP_SYS(fstatfs),
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(fcntl),
    SCMP_SYS(dup),
    SCMP_SYS(close),
    /* a pass phrase on its way to the keeper */
    SCMP_SYS(memfd_create),
};

/* Libraries try these and go on without. */
static const int refused[] = {
    SCMP_SYS(access),     SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(ioctl),     SCMP_SYS(sysinfo),    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),    SCMP_SYS(getgid),    SCMP_SYS(getegid),    SCMP_SYS(unlink),
    SCMP_SYS(prctl),      SCMP_SYS(fchown),    SCMP_SYS(ftruncate),  SCMP_SYS(pwrite64),
    SCMP_SYS(fsync),      SCMP_SYS(fdatasync), SCMP_SYS(getrusage),  SCMP_SYS(sched_getaffinity),
    SCMP_SYS(socket),     SCMP_SYS(connect),   SCMP_SYS(bind),       SCMP_SYS(listen),
};

enum status console_sandbox_enter(int video, struct error *error)
{
    static const struct enclosure_limits limits = {.memory_bytes = (size_t)256 * 1024 * 1024,
                                                   .descriptors = SERVER_CONNECTIONS_MAX + 96};
    static const struct enclosure_calls calls = {.allowed = {allowed, COUNT(allowed)},
                                                 .refused = {refused, COUNT(refused)}};
    crypto_warm_up();
    enum status status = enclosure_close_files_but(&limits, video, error);
    return status == STATUS_OK ? enclosure_close_calls(&calls, error) : status;
}
