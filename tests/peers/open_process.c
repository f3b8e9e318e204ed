/*
 * Keeps a process open to the leak check of a sanitized build, which attaches to it when it ends:
 * preloaded, it has the process stay dumpable and its system calls unfiltered. (The camera and the
 * door lay no sandbox around a sanitized build; the keeper does.)
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int seccomp_load(void *filter);

int seccomp_load(void *filter)
{
    (void)filter;
    return 0;
}

int prctl(int option, ...)
{
    unsigned long words[4];
    va_list more;
    va_start(more, option);
    for (int i = 0; i < 4; i++)
        words[i] = va_arg(more, unsigned long);
    va_end(more);
    if (option == PR_SET_DUMPABLE)
        return 0;
    return (int)syscall(SYS_prctl, option, words[0], words[1], words[2], words[3]);
}
