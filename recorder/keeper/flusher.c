#include "keeper/flusher.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/file.h"
#include "keeper/fatal.h"
#include "store/progress.h"
#include "store/segment.h"

/* First in, first out. */
struct job_queue {
    struct flush_job *first;
    struct flush_job **last;
};

struct flusher {
    pthread_t thread;
    bool running;
    pthread_mutex_t lock; /* over the queues and `ending` */
    pthread_cond_t wake;
    struct job_queue waiting;
    struct job_queue done;
    bool ending;
    int finished; /* eventfd: something is in `done` */
    sd_event_source *source;
};

static void queue_put(struct job_queue *queue, struct flush_job *job)
{
    job->next = NULL;
    *queue->last = job;
    queue->last = &job->next;
}

static struct flush_job *queue_take(struct job_queue *queue)
{
    struct flush_job *job = queue->first;
    if (job != NULL) {
        queue->first = job->next;
        if (queue->first == NULL)
            queue->last = &queue->first;
    }
    return job;
}

static void run(struct flush_job *job)
{
    if (job->note.size > 0)
        job->note_status = progress_write(job->state_directory, job->slot, buffer_bytes(&job->note),
                                          &job->note_error);
    for (size_t i = 0; i < job->count; i++) {
        struct flush_item *item = &job->items[i];
        item->status = segment_sync(item->descriptor, item->directory, item->file, &item->error);
    }
}

static void *flusher_main(void *context)
{
    struct flusher *flusher = context;
    (void)pthread_mutex_lock(&flusher->lock);
    while (!flusher->ending) {
        struct flush_job *job = queue_take(&flusher->waiting);
        if (job == NULL) {
            (void)pthread_cond_wait(&flusher->wake, &flusher->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&flusher->lock);
        run(job);
        (void)pthread_mutex_lock(&flusher->lock);
        queue_put(&flusher->done, job);
        /* cannot fail: the counter is far from its end and the descriptor is ours */
        (void)eventfd_write(flusher->finished, 1);
    }
    (void)pthread_mutex_unlock(&flusher->lock);
    return NULL;
}

static struct flush_job *take_done(struct flusher *flusher)
{
    (void)pthread_mutex_lock(&flusher->lock);
    struct flush_job *job = queue_take(&flusher->done);
    (void)pthread_mutex_unlock(&flusher->lock);
    return job;
}

static int jobs_are_done(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
    (void)source;
    (void)events;
    eventfd_t count = 0;
    (void)eventfd_read(descriptor, &count);
    for (;;) {
        struct flush_job *job = take_done(context);
        if (job == NULL)
            return 0;
        job->finished(job->context, job);
        flush_job_free(job);
    }
}

static enum status begin(struct flusher *flusher, sd_event *event, struct error *error)
{
    flusher->finished = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (flusher->finished < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot make an eventfd");
    int result = sd_event_add_io(event, &flusher->source, flusher->finished, EPOLLIN, jobs_are_done,
                                 flusher);
    if (result < 0)
        return error_set_errno(error, STATUS_IO, -result, "cannot watch the flusher");
    result = pthread_create(&flusher->thread, NULL, flusher_main, flusher);
    if (result != 0)
        return error_set_errno(error, STATUS_IO, result, "cannot start the flusher's thread");
    flusher->running = true;
    return STATUS_OK;
}

enum status flusher_new(sd_event *event, struct flusher **flusher, struct error *error)
{
    struct flusher *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the flusher");
    made->finished = -1;
    made->waiting.last = &made->waiting.first;
    made->done.last = &made->done.first;
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->wake, NULL);
    enum status status = begin(made, event, error);
    if (status != STATUS_OK) {
        flusher_free(made);
        return status;
    }
    *flusher = made;
    return STATUS_OK;
}

static void drop(struct job_queue *queue)
{
    for (struct flush_job *job = queue_take(queue); job != NULL; job = queue_take(queue))
        flush_job_free(job);
}

void flusher_free(struct flusher *flusher)
{
    if (flusher == NULL)
        return;
    if (flusher->running) {
        (void)pthread_mutex_lock(&flusher->lock);
        flusher->ending = true;
        (void)pthread_cond_signal(&flusher->wake);
        (void)pthread_mutex_unlock(&flusher->lock);
        (void)pthread_join(flusher->thread, NULL);
    }
    drop(&flusher->waiting);
    drop(&flusher->done);
    (void)sd_event_source_disable_unref(flusher->source);
    file_close(&flusher->finished);
    (void)pthread_cond_destroy(&flusher->wake);
    (void)pthread_mutex_destroy(&flusher->lock);
    free(flusher);
}

struct flush_job *flush_job_new(size_t capacity)
{
    struct flush_job *job =
        calloc(1, sizeof(struct flush_job) + capacity * sizeof(struct flush_item));
    if (job == NULL)
        fatal_memory("making files durable");
    return job;
}

void flush_job_free(struct flush_job *job)
{
    if (job == NULL)
        return;
    for (size_t i = 0; i < job->count; i++) {
        file_close(&job->items[i].descriptor);
        file_close(&job->items[i].directory);
    }
    buffer_release(&job->note);
    free(job);
}

enum status flush_job_add(struct flush_job *job, const char *camera, const char *id,
                          const char *file, int descriptor, int directory, size_t pieces,
                          struct error *error)
{
    struct flush_item *item = &job->items[job->count];
    *item = (struct flush_item){.pieces = pieces};
    item->descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    item->directory = fcntl(directory, F_DUPFD_CLOEXEC, 3);
    if (item->descriptor < 0 || item->directory < 0) {
        enum status status =
            error_set_errno(error, STATUS_IO, errno, "cannot hand %s to the flusher", file);
        file_close(&item->descriptor);
        file_close(&item->directory);
        return status;
    }
    message_text(item->camera, sizeof item->camera, camera);
    message_text(item->id, sizeof item->id, id);
    message_text(item->file, sizeof item->file, file);
    job->count++;
    return STATUS_OK;
}

void flusher_submit(struct flusher *flusher, struct flush_job *job)
{
    (void)pthread_mutex_lock(&flusher->lock);
    queue_put(&flusher->waiting, job);
    (void)pthread_cond_signal(&flusher->wake);
    (void)pthread_mutex_unlock(&flusher->lock);
}
