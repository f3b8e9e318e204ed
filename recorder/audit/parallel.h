/*
 * The same work for every index, on several threads.
 */
#ifndef SEALROOM_AUDIT_PARALLEL_H
#define SEALROOM_AUDIT_PARALLEL_H

#include <stddef.h>

/* One a core this process may run on; at least 1. */
unsigned parallel_cores(void);
/* Calls `work` for 0 to count - 1, in no order, on `threads` threads, and returns when all are
 * done. `work` must not touch what another index touches. */
void parallel_for(unsigned threads, size_t count, void (*work)(void *context, size_t index),
                  void *context);

#endif
