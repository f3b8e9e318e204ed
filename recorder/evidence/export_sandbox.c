#include "evidence/export_sandbox.h"

#include <seccomp.h>

#include "crypto/suite.h"
#include "enclosure/enclosure.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const int allowed[] = {
    /* the keeper, by the socket that was handed over */
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendto), /* the picture's */
    SCMP_SYS(memfd_create),
    /* files: segments, for Landlock lets nothing else be opened, and what was handed over */
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(stat),
    SCMP_SYS(statx),
    SCMP_SYS(newfstatat),
    SCMP_SYS(fstat),
    SCMP_SYS(fstatfs),
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(pwrite64),
    SCMP_SYS(lseek),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fadvise64),
    SCMP_SYS(sync_file_range),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(fcntl),
    SCMP_SYS(close),
};

/* Libraries try these and go on without. */
static const int refused[] = {
    SCMP_SYS(access),   SCMP_SYS(faccessat),  SCMP_SYS(faccessat2),
    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(ioctl),
    SCMP_SYS(sysinfo),  SCMP_SYS(lstat),      SCMP_SYS(getuid),
    SCMP_SYS(geteuid),  SCMP_SYS(getgid),     SCMP_SYS(getegid),
    SCMP_SYS(unlink),   SCMP_SYS(prctl),      SCMP_SYS(sched_getaffinity),
};

enum status export_sandbox_enter(int video, struct error *error)
{
    static const struct enclosure_limits limits = {.memory_bytes = (size_t)512 * 1024 * 1024,
                                                   .descriptors = 64};
    static const struct enclosure_calls calls = {.allowed = {allowed, COUNT(allowed)},
                                                 .refused = {refused, COUNT(refused)}};
    crypto_warm_up();
    enum status status = enclosure_close_files_but(&limits, video, error);
    return status == STATUS_OK ? enclosure_close_calls(&calls, error) : status;
}
