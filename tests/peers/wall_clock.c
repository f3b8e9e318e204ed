/*
 * A clock that a test can move: preloaded, it adds the number of seconds in the file $WALL_CLOCK to
 * CLOCK_REALTIME, and leaves every other clock and all timers alone, which libfaketime does not.
 * With $RAW_CLOCK, a file too, the same to CLOCK_MONOTONIC_RAW: the machine has run on for so long.
 * With $CLOCK_SYNCED, a file too, the kernel holds its clock for synchronised if its number is not
 * 0.
 *
 * The files are mapped before a sandbox can put them out of reach. So they are to be written in
 * place, and never made shorter.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static const char *wall;
static const char *raw;
static const char *synced;

/* What follows the file's bytes in their page is zeros, which end its text. */
static const char *map(const char *name)
{
    const char *path = getenv(name);
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return NULL;
    void *mapped = mmap(NULL, 1, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    return mapped == MAP_FAILED ? NULL : mapped;
}

__attribute__((constructor)) static void begin(void)
{
    wall = map("WALL_CLOCK");
    raw = map("RAW_CLOCK");
    synced = map("CLOCK_SYNCED");
}

static long number(const char *text)
{
    return text == NULL ? 0 : strtol(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && clock == CLOCK_REALTIME)
        now->tv_sec += number(wall);
    if (result == 0 && clock == CLOCK_MONOTONIC_RAW)
        now->tv_sec += number(raw);
    return result;
}

int adjtimex(struct timex *state)
{
    int result = (int)syscall(SYS_adjtimex, state);
    if (result < 0 || synced == NULL)
        return result;
    if (number(synced) == 0) {
        state->status |= STA_UNSYNC;
        return TIME_ERROR;
    }
    state->status &= ~STA_UNSYNC;
    return TIME_OK;
}
