/*
 * A file that is cut off while it is read: preloaded, it cuts the file CUT_FILE to nothing just
 * after a process had a part of any mapped and filled.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int madvise(void *address, size_t size, int advice)
{
    int result = (int)syscall(SYS_madvise, address, size, advice);
    const char *path = getenv("CUT_FILE");
    if (result == 0 && advice == MADV_POPULATE_READ && path != NULL) {
        result = truncate(path, 0);
    }
    return result;
}
