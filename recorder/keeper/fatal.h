/*
 * Ending the keeper when it must not go on (invariant 6): log, and leave at once. Nothing is
 * flushed, nothing is tidied; the next start rebuilds what is true from the disk.
 */
#ifndef SEALROOM_KEEPER_FATAL_H
#define SEALROOM_KEEPER_FATAL_H

#include "base/status.h"

/* sysexits(3). The supervisor starts the keeper again after the first, not after the second. */
enum keeper_exit {
    KEEPER_EXIT_AGAIN = 75,    /* an outcome is unknown, or the system failed us */
    KEEPER_EXIT_UNUSABLE = 78, /* key, volume or arguments: somebody must look */
};

/* `what` is what was being done: "committing". */
_Noreturn void fatal(const char *what, const struct error *error);
/* The same, for memory that has run out. */
_Noreturn void fatal_memory(const char *what);

#endif
