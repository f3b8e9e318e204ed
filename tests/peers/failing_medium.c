/*
 * A medium that fails in the middle: preloaded, it lets a process write FAIL_AFTER bytes into
 * files, and then has every write fail with the errno FAIL_WITH. (strace(1) cannot do it to a
 * process that filters its system calls.)
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t write(int descriptor, const void *data, size_t size)
{
    static size_t written;
    const char *after = getenv("FAIL_AFTER");
    const char *with = getenv("FAIL_WITH");
    struct stat about;
    if (after != NULL && with != NULL && fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode)) {
        written += size;
        if (written > strtoul(after, NULL, 10)) {
            errno = (int)strtol(with, NULL, 10);
            return -1;
        }
    }
    return syscall(SYS_write, descriptor, data, size);
}
