/*
 * sealroom-picture [--background]: stills of recorded video, and stretches of it encoded anew, for
 * those who must not decode anything. Everything it is asked and says goes over descriptor 3, a
 * stream socket; it can open nothing and has no network.
 */
#include <linux/ioprio.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "enclosure/enclosure.h"
#include "firmware/picture/answerer.h"
#include "firmware/picture/decoder.h"

#define SOCKET 3

static const int allowed[] = {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close)};

static const int refused[] = {
    SCMP_SYS(open),   SCMP_SYS(openat),     SCMP_SYS(fstat),
    SCMP_SYS(stat),   SCMP_SYS(newfstatat), SCMP_SYS(statx),
    SCMP_SYS(access), SCMP_SYS(readlink),   SCMP_SYS(readlinkat),
    SCMP_SYS(ioctl),  SCMP_SYS(fcntl),      SCMP_SYS(sysinfo),
    SCMP_SYS(prctl),  SCMP_SYS(lseek),      SCMP_SYS(sched_getaffinity),
};

static enum status enclose(struct error *error)
{
    /* Pictures of sixteen million pixels, as many as a stream may ask to be kept. */
    static const struct enclosure_limits limits = {.memory_bytes = (size_t)512 * 1024 * 1024,
                                                   .descriptors = 8};
    static const struct enclosure_calls calls = {
        .allowed = {allowed, sizeof allowed / sizeof allowed[0]},
        .refused = {refused, sizeof refused / sizeof refused[0]}};
    enum status status = enclosure_close_files(&limits, error);
    return status == STATUS_OK ? enclosure_close_calls(&calls, error) : status;
}

/* Whatever records goes first. */
static void step_back(void)
{
    if (setpriority(PRIO_PROCESS, 0, 19) != 0 ||
        syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)) !=
            0)
        log_warning("the priority cannot be lowered");
}

int main(int count, char **arguments)
{
    struct error error = {0};
    file_hold_standard();
    log_set_program("sealroom-picture");
    if (count > 1 && strcmp(arguments[1], "--background") == 0)
        step_back();
    (void)signal(SIGPIPE, SIG_IGN);
    decoder_prepare();
    enum status status = enclose(&error);
    status = status == STATUS_OK ? answerer_run(SOCKET, &error) : status;
    if (status != STATUS_OK) {
        log_error("%s", error.text);
    }
    return status == STATUS_OK ? 0 : 1;
}
