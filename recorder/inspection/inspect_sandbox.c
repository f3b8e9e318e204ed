#include "inspection/inspect_sandbox.h"

#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>

#include "base/file.h"
#include "crypto/suite.h"
#include "enclosure/enclosure.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const int allowed[] = {
    /* the keeper, by the socket that was handed over */
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(memfd_create),
    /* files: those that Landlock leaves open, for reading; and the memfd */
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(statx),
    SCMP_SYS(newfstatat),
    SCMP_SYS(fstat),
    SCMP_SYS(fstatfs),
    SCMP_SYS(getdents64),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(getcwd),
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(fadvise64),
    SCMP_SYS(fcntl),
    SCMP_SYS(dup),
    SCMP_SYS(close),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(prlimit64),
    /* SQLite's choice where to keep what it does not keep */
    SCMP_SYS(geteuid),
    SCMP_SYS(getuid),
};

/* Libraries try these and go on without. */
static const int refused[] = {
    SCMP_SYS(ioctl),     SCMP_SYS(sysinfo),   SCMP_SYS(getgid), SCMP_SYS(getegid),
    SCMP_SYS(unlink),    SCMP_SYS(prctl),     SCMP_SYS(fsync),  SCMP_SYS(fdatasync),
    SCMP_SYS(ftruncate), SCMP_SYS(pwrite64),  SCMP_SYS(fchown), SCMP_SYS(fchmod),
    SCMP_SYS(socket),    SCMP_SYS(getrusage),
};

/* Of the state folder, besides the names in it. Written in place, so that they stay the same. */
static const char *const files[] = {
    "ledger.db",      "ledger.db-wal", "ledger.db-shm", "catalog.db",     "catalog.db-wal",
    "catalog.db-shm", "progress.0",    "progress.1",    "key/device.crt",
};
#define PLACES (COUNT(files) + 2)

static void open_places(const struct inspect_places *places, struct enclosure_place *found)
{
    int state = open(places->state, O_PATH | O_DIRECTORY | O_CLOEXEC);
    found[0] = (struct enclosure_place){.descriptor = state, .names_only = true};
    found[1].descriptor = open(places->video, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < COUNT(files); i++)
        found[i + 2].descriptor =
            state < 0 ? -1 : openat(state, files[i], O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

enum status inspect_sandbox_enter(const struct inspect_places *places, struct error *error)
{
    static const struct enclosure_limits limits = {.memory_bytes = (size_t)1024 * 1024 * 1024,
                                                   .descriptors = 128};
    static const struct enclosure_calls calls = {.allowed = {allowed, COUNT(allowed)},
                                                 .refused = {refused, COUNT(refused)}};
    struct enclosure_place found[PLACES] = {{0}};
    crypto_warm_up();
    if (places != NULL)
        open_places(places, found);
    enum status status =
        enclosure_close_files_but_these(&limits, found, places == NULL ? 0 : PLACES, error);
    for (size_t i = 0; places != NULL && i < PLACES; i++)
        file_close(&found[i].descriptor);
    return status == STATUS_OK ? enclosure_close_calls(&calls, error) : status;
}
