#include "audit/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define THREADS_MAX 64u

unsigned parallel_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) != 0) {
        return 1;
    }
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : (unsigned)count;
}

struct work {
    atomic_size_t next;
    size_t count;
    void (*work)(void *context, size_t index);
    void *context;
};

static void *run(void *argument)
{
    struct work *work = argument;
    for (;;) {
        size_t index = atomic_fetch_add(&work->next, 1);
        if (index >= work->count) {
            return NULL;
        }
        work->work(work->context, index);
    }
}

void parallel_for(unsigned threads, size_t count, void (*work)(void *context, size_t index),
                  void *context)
{
    struct work shared = {.count = count, .work = work, .context = context};
    pthread_t others[THREADS_MAX];
    unsigned started = 0;
    /* this thread is one of them; where none can be made it does the work alone */
    while (started + 1 < threads && started < THREADS_MAX && started + 1 < count &&
           pthread_create(&others[started], NULL, run, &shared) == 0) {
        started++;
    }
    (void)run(&shared);
    for (unsigned i = 0; i < started; i++) {
        (void)pthread_join(others[i], NULL);
    }
}
