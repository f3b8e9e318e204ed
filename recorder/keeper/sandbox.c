#include "keeper/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* What a keeper has no use for, whatever it is made to believe. io_uring would go round the rule
 * on sockets. */
static const int forbidden[] = {
    SCMP_SYS(execve),     SCMP_SYS(execveat),   SCMP_SYS(io_uring_setup), SCMP_SYS(mount),
    SCMP_SYS(umount2),    SCMP_SYS(pivot_root), SCMP_SYS(init_module),    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load), SCMP_SYS(bpf),        SCMP_SYS(setns),          SCMP_SYS(unshare),
};

static int add_rules(scmp_filter_ctx filter)
{
    int result = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket), 1,
                                  SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0));
    for (size_t i = 0; result == 0 && i < sizeof forbidden / sizeof forbidden[0]; i++)
        result = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, forbidden[i], 0);
    return result;
}

static enum status filter_calls(struct error *error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a system call filter");
    int result = add_rules(filter);
    if (result == 0)
        result = seccomp_load(filter);
    seccomp_release(filter);
    if (result != 0)
        return error_set_errno(error, STATUS_IO, -result, "cannot filter system calls");
    return STATUS_OK;
}

enum status sandbox_enter(struct error *error)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot give up rights");
    return filter_calls(error);
}
