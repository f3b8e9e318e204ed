/*
 * A volume that is nearly full: preloaded, it lets a process see NARROW_FREE bytes free on every
 * volume while there is a file NARROW_FILE.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

int fstatvfs(int descriptor, struct statvfs *space)
{
    int (*real)(int, struct statvfs *) =
        (int (*)(int, struct statvfs *))dlsym(RTLD_NEXT, "fstatvfs");
    const char *file = getenv("NARROW_FILE");
    const char *left = getenv("NARROW_FREE");
    struct stat about;
    int result = real(descriptor, space);
    if (result == 0 && file != NULL && left != NULL && stat(file, &about) == 0)
        space->f_bavail = strtoul(left, NULL, 10) / space->f_frsize;
    return result;
}
