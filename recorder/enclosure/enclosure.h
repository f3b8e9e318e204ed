/*
 * What a process that reads hostile bytes cannot do once it has what it needs: open any file
 * (Landlock), make any system call but those of a list (seccomp: it is killed), gain rights, use
 * more than its share of memory and descriptors.
 *
 * A kernel without Landlock is told of in the log, and the rest holds. Built with a sanitizer,
 * whose run time needs files and calls of its own, nothing is closed.
 */
#ifndef SEALROOM_ENCLOSURE_ENCLOSURE_H
#define SEALROOM_ENCLOSURE_ENCLOSURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* seccomp.h's filter context, which nobody else need know. */
typedef void *enclosure_filter;

struct enclosure_limits {
    size_t memory_bytes; /* of data (RLIMIT_DATA) */
    unsigned descriptors;
};

/* No core dump, no new rights, no files. Holds for threads that are started later. */
MUST_CHECK enum status enclosure_close_files(const struct enclosure_limits *limits,
                                             struct error *error);

/* The same, but for one folder, a descriptor: what lies below it may be opened for reading. */
MUST_CHECK enum status enclosure_close_files_but(const struct enclosure_limits *limits, int folder,
                                                 struct error *error);

/* The same, but for these: a file, or a folder and what lies below it, by descriptors (of O_PATH).
 */
struct enclosure_place {
    int descriptor;  /* -1: there is none */
    bool names_only; /* a folder whose files' names may be listed, and none opened */
};
MUST_CHECK enum status enclosure_close_files_but_these(const struct enclosure_limits *limits,
                                                       const struct enclosure_place *places,
                                                       size_t count, struct error *error);

struct enclosure_list {
    const int *calls; /* SCMP_SYS(…); one that this architecture does not have needs no rule */
    size_t count;
};

struct enclosure_calls {
    struct enclosure_list allowed; /* besides memory, threads, signals, time and the end */
    struct enclosure_list refused; /* answered EACCES: libraries try these and go on without */
    /* Rules that look at arguments; 0, or what libseccomp said. NULL: none. */
    int (*add_rules)(enclosure_filter filter);
};

/* The list of system calls, for all threads. The last step of the start. */
MUST_CHECK enum status enclosure_close_calls(const struct enclosure_calls *calls,
                                             struct error *error);

#endif
