/*
 * Starting a process: its control socket as descriptor 3, a lock it holds as 4, nothing else open
 * but the standard three, its own process group, its own user, and an end when the supervisor ends.
 */
#ifndef SEALROOM_SUPERVISOR_PROCESS_H
#define SEALROOM_SUPERVISOR_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/status.h"

#define PROCESS_CONTROL 3 /* the descriptor every started process finds its control socket at */
#define PROCESS_LOCK    4 /* and the lock that shows that it lives */

/* What every process is started from; borrowed. */
struct process_ground {
    const char *programs; /* folder of the executables */
    /* A descriptor with a lock (flock(2)): each process keeps a copy, so the lock is free when
     * the last of them has ended, whatever became of the supervisor. */
    int lock;
};

#define IDENTITY_GROUPS_MAX 32

/* Who a process runs as. `change` false: as the supervisor does. */
struct identity {
    bool change;
    uid_t uid;
    gid_t gid;
    gid_t groups[IDENTITY_GROUPS_MAX]; /* dialout, for a serial line */
    int group_count;
};

/* Looks a user up. "" is an identity without change; so is any name if the supervisor is not
 * root, for then it cannot become anybody else. Unknown is STATUS_NOT_FOUND,
 * in too many groups STATUS_FULL. */
MUST_CHECK enum status identity_of(const char *user, struct identity *identity,
                                   struct error *error);

/* Starts PROGRAMS/arguments[0]. `arguments` ends in NULL. `control` is lent. An executable that
 * cannot be started is an error here, not a child that ends. */
MUST_CHECK enum status process_start(const struct process_ground *ground,
                                     const char *const *arguments, int control,
                                     const struct identity *identity, pid_t *process,
                                     struct error *error);

#endif
