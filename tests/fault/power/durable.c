/*
 * Laid under the keeper by LD_PRELOAD: keeps, in the folder $DURABLE, what a power cut must leave.
 *
 *   DURABLE/<inode>         a file's bytes as they were at its last fsync or fdatasync
 *   DURABLE/<inode>.names   a folder's entries at its last fsync: "<inode> <name>\n" each
 *
 * Everything else, written or named since, may be lost, or not: power_test.py throws the dice.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void stop(const char *what)
{
    perror(what);
    abort();
}

static int copy_bytes(int descriptor, int out)
{
    char buffer[65536];
    char path[64];
    ssize_t got = 0;

    /* The descriptor may be open for writing only. */
    snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
    int in = open(path, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return -1;
    while ((got = read(in, buffer, sizeof(buffer))) > 0) {
        if (write(out, buffer, (size_t)got) != got)
            got = -1;
        if (got < 0)
            break;
    }
    close(in);
    return got == 0 ? 0 : -1;
}

static int copy_names(int descriptor, int out)
{
    int again = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again >= 0 ? fdopendir(again) : NULL;

    if (!entries)
        return -1;
    for (struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            dprintf(out, "%llu %s\n", (unsigned long long)entry->d_ino, entry->d_name);
    }
    return closedir(entries);
}

/* Named only when it is whole: a kill in between leaves what was durable before. */
static void keep(int descriptor)
{
    const char *folder = getenv("DURABLE");
    char made[4200];
    char name[4096];
    struct stat file;
    int error = errno;

    if (!folder || fstat(descriptor, &file) != 0)
        return;
    snprintf(name, sizeof(name), "%s/%llu%s", folder, (unsigned long long)file.st_ino,
             S_ISDIR(file.st_mode) ? ".names" : "");
    snprintf(made, sizeof(made), "%s.%d.new", name, (int)gettid());
    int out = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0 ||
        (S_ISDIR(file.st_mode) ? copy_names(descriptor, out) : copy_bytes(descriptor, out)) != 0)
        stop("durable");
    close(out);
    if (rename(made, name) != 0)
        stop("durable");
    errno = error;
}

static int call(const char *name, int descriptor)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int result = real(descriptor);

    if (result == 0)
        keep(descriptor);
    return result;
}

int fsync(int descriptor)
{
    return call("fsync", descriptor);
}

int fdatasync(int descriptor)
{
    return call("fdatasync", descriptor);
}
