/*
 * Where a processor has instructions for SHA-256, to copy out of the page cache takes a quarter of
 * what digesting does, however large the buffer: the copy waits for memory. To digest a mapped file
 * waits longer still, since no processor fetches ahead beyond the end of a page. So it is told to,
 * a page before the digest comes there, and then next to nothing is waited for.
 *
 * Each unmapping interrupts the other threads, for the processor they are on may remember the
 * pages: so a window holds several of the parts that are asked for one after the other.
 */
#include "audit/file_hash.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW    ((uint64_t)4 * 1024 * 1024) /* mapped at a time, by each thread */
#define WORTH_IT  ((uint64_t)192 * 1024)      /* mapping less costs more than copying it */
#define STEP      ((size_t)1024)
#define AHEAD     ((size_t)4096)
#define LINE_SIZE 64 /* of the cache; a larger one is asked for twice */

#define COULD_NOT_RUN 2

static const char *last_words; /* when a page that was there is there no more */

static void end(int number, siginfo_t *about, void *context)
{
    (void)context;
    if (about->si_code != BUS_ADRERR && about->si_code != BUS_MCEERR_AR) {
        (void)signal(number, SIG_DFL); /* no page: what did it is a mistake, and does it again */
        return;
    }
    (void)!write(STDERR_FILENO, last_words, strlen(last_words));
    _exit(COULD_NOT_RUN);
}

void file_hash_or_exit(const char *sentence)
{
    struct sigaction action = {.sa_sigaction = end, .sa_flags = SA_SIGINFO};
    last_words = sentence;
    (void)sigaction(SIGBUS, &action, NULL);
}

static void add(struct hasher *const *hashers, size_t count, struct bytes bytes)
{
    for (size_t i = 0; i < count; i++)
        hasher_add(hashers[i], bytes);
}

static void add_fetching_ahead(struct hasher *const *hashers, size_t count, struct bytes bytes)
{
    for (size_t at = 0; at < bytes.size; at += STEP) {
        size_t size = bytes.size - at < STEP ? bytes.size - at : STEP;
        for (size_t line = at + AHEAD; line < at + AHEAD + STEP && line < bytes.size;
             line += LINE_SIZE)
            __builtin_prefetch(bytes.data + line);
        add(hashers, count, (struct bytes){bytes.data + at, size});
    }
}

void file_window_close(struct file_window *window)
{
    if (window->map != NULL)
        (void)munmap(window->map, window->size);
    window->map = NULL;
}

static bool is_mapped(const struct file_window *window, uint64_t offset, size_t size)
{
    return window->map != NULL && offset >= window->from && offset - window->from <= window->size &&
           size <= window->size - (offset - window->from);
}

/* False: it is too little to be worth it, the kernel is older than 5.14, or something cannot be
 * read, and read(2) will say what. */
static bool map_from(struct file_window *window, uint64_t offset, uint64_t end)
{
    size_t before = (size_t)(offset % (uint64_t)sysconf(_SC_PAGESIZE));
    size_t size = before + (size_t)(end - offset < WINDOW ? end - offset : WINDOW);
    file_window_close(window);
    if (size - before < WORTH_IT)
        return false;
    uint8_t *map = mmap(NULL, size, PROT_READ, MAP_SHARED, window->file, (off_t)(offset - before));
    if (map == MAP_FAILED)
        return false;
    window->map = map;
    window->from = offset - before;
    window->size = size;
    (void)madvise(map, size, MADV_SEQUENTIAL);
    if (madvise(map, size, MADV_POPULATE_READ) != 0)
        file_window_close(window);
    return window->map != NULL;
}

static enum status add_copied(const struct file_window *window, uint64_t offset, size_t size,
                              struct hasher *const *hashers, size_t count)
{
    while (size > 0) {
        ssize_t got = pread(window->file, window->room,
                            size < FILE_HASH_ROOM ? size : FILE_HASH_ROOM, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 ? STATUS_END : STATUS_IO;
        add(hashers, count, (struct bytes){window->room, (size_t)got});
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return STATUS_OK;
}

/* Up to where the next window may reach. */
static uint64_t window_end(const struct file_window *window, uint64_t end, uint64_t file_size)
{
    uint64_t until = window->until > end ? window->until : end;
    return until < file_size ? until : file_size;
}

enum status file_hash(struct file_window *window, uint64_t offset, uint64_t size,
                      struct hasher *const *hashers, size_t count)
{
    struct stat facts;
    enum status status = STATUS_OK;
    if (fstat(window->file, &facts) != 0)
        return STATUS_IO;
    uint64_t file_size = (uint64_t)facts.st_size;
    if (offset > file_size || size > file_size - offset)
        return STATUS_END; /* behind its end a mapped page holds zeros */
    for (uint64_t end = offset + size; offset < end && status == STATUS_OK;) {
        size_t part = (size_t)(end - offset < WINDOW ? end - offset : WINDOW);
        if (is_mapped(window, offset, part) ||
            map_from(window, offset, window_end(window, end, file_size)))
            add_fetching_ahead(hashers, count,
                               (struct bytes){window->map + (offset - window->from), part});
        else
            status = add_copied(window, offset, part, hashers, count);
        offset += part;
    }
    return status;
}
