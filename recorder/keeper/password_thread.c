#include "keeper/password_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "base/file.h"
#include "base/log.h"

#define NICENESS 10

/* A ring: jobs from `first` on; of these `done` have been looked at. */
struct password_thread {
    const struct suite *suite;
    pthread_t thread;
    bool running;
    pthread_mutex_t lock; /* over what follows, but for the job that is being looked at */
    pthread_cond_t wake;
    size_t first;
    size_t count;
    size_t done;
    bool ending;
    struct password_job jobs[PASSWORD_QUEUE];
    int finished; /* eventfd: one more is done */
    sd_event_source *source;
};

/* ---- in the thread ---- */

static bool was_used(const struct password_job *job)
{
    bool found = false;
    for (size_t i = 0; i < job->history_count; i++)
        found = verifier_check(&job->history[i], bytes_of_text(job->new_password)) == STATUS_OK ||
                found;
    return found;
}

static void look(const struct suite *suite, struct password_job *job)
{
    job->status =
        job->checks ? verifier_check(&job->verifier, bytes_of_text(job->password)) : STATUS_OK;
    if (job->status != STATUS_OK || !job->makes)
        return;
    job->status = was_used(job)
                      ? STATUS_EXISTS
                      : verifier_make(suite, bytes_of_text(job->new_password), &job->made, NULL);
}

static void *thread_main(void *context)
{
    struct password_thread *thread = context;
    /* 0: this thread */
    if (setpriority(PRIO_PROCESS, 0, NICENESS) != 0)
        log_debug("passwords are looked at at the usual priority");
    (void)pthread_mutex_lock(&thread->lock);
    while (!thread->ending) {
        if (thread->done == thread->count) {
            (void)pthread_cond_wait(&thread->wake, &thread->lock);
            continue;
        }
        struct password_job *job = &thread->jobs[(thread->first + thread->done) % PASSWORD_QUEUE];
        (void)pthread_mutex_unlock(&thread->lock);
        look(thread->suite, job);
        (void)pthread_mutex_lock(&thread->lock);
        thread->done++;
        /* cannot fail: the counter is far from its end and the descriptor is ours */
        (void)eventfd_write(thread->finished, 1);
    }
    (void)pthread_mutex_unlock(&thread->lock);
    return NULL;
}

/* ---- in the loop ---- */

/* The oldest, if it is done; out of the ring, which forgets it. */
static bool take_done(struct password_thread *thread, struct password_job *job)
{
    (void)pthread_mutex_lock(&thread->lock);
    bool found = thread->done > 0;
    if (found) {
        *job = thread->jobs[thread->first];
        explicit_bzero(&thread->jobs[thread->first], sizeof thread->jobs[0]);
        thread->first = (thread->first + 1) % PASSWORD_QUEUE;
        thread->count--;
        thread->done--;
    }
    (void)pthread_mutex_unlock(&thread->lock);
    return found;
}

static int jobs_are_done(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
    struct password_job job;
    eventfd_t count = 0;
    (void)source;
    (void)events;
    (void)eventfd_read(descriptor, &count);
    while (take_done(context, &job)) {
        job.finished(job.context, &job);
        explicit_bzero(&job, sizeof job);
    }
    return 0;
}

static enum status begin(struct password_thread *thread, sd_event *event, struct error *error)
{
    thread->finished = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (thread->finished < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot make an eventfd");
    int result =
        sd_event_add_io(event, &thread->source, thread->finished, EPOLLIN, jobs_are_done, thread);
    if (result >= 0)
        result = -pthread_create(&thread->thread, NULL, thread_main, thread);
    if (result < 0)
        return error_set_errno(error, STATUS_IO, -result, "cannot start the passwords' thread");
    thread->running = true;
    return STATUS_OK;
}

enum status password_thread_new(sd_event *event, const struct suite *suite,
                                struct password_thread **thread, struct error *error)
{
    struct password_thread *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the passwords' thread");
    made->suite = suite;
    made->finished = -1;
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->wake, NULL);
    enum status status = begin(made, event, error);
    if (status != STATUS_OK) {
        password_thread_free(made);
        return status;
    }
    *thread = made;
    return STATUS_OK;
}

void password_thread_free(struct password_thread *thread)
{
    if (thread == NULL)
        return;
    (void)pthread_mutex_lock(&thread->lock);
    thread->ending = true;
    (void)pthread_cond_signal(&thread->wake);
    (void)pthread_mutex_unlock(&thread->lock);
    if (thread->running)
        (void)pthread_join(thread->thread, NULL);
    (void)sd_event_source_disable_unref(thread->source);
    file_close(&thread->finished);
    (void)pthread_cond_destroy(&thread->wake);
    (void)pthread_mutex_destroy(&thread->lock);
    explicit_bzero(thread, sizeof *thread);
    free(thread);
}

enum status password_thread_ask(struct password_thread *thread, const struct password_job *job)
{
    (void)pthread_mutex_lock(&thread->lock);
    bool fits = thread->count < PASSWORD_QUEUE;
    if (fits) {
        thread->jobs[(thread->first + thread->count) % PASSWORD_QUEUE] = *job;
        thread->count++;
        (void)pthread_cond_signal(&thread->wake);
    }
    (void)pthread_mutex_unlock(&thread->lock);
    return fits ? STATUS_OK : STATUS_FULL;
}
