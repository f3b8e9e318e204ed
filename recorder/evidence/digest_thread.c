#include "evidence/digest_thread.h"

#include <pthread.h>
#include <stdlib.h>

#define BLOCKS      4u
#define HASHERS_MAX 2u
#define STACK_SIZE  ((size_t)256 * 1024)

struct digest_thread {
    struct hasher *hashers[HASHERS_MAX];
    size_t hasher_count;
    pthread_t thread;
    pthread_mutex_t lock; /* over the counts and `ending` */
    pthread_cond_t moved; /* one of them */
    uint64_t given;       /* blocks so far */
    uint64_t digested;
    bool ending;
    size_t sizes[BLOCKS];
    uint8_t *blocks; /* BLOCKS of them, in turn */
};

static uint8_t *block_at(const struct digest_thread *thread, uint64_t number)
{
    return thread->blocks + number % BLOCKS * DIGEST_BLOCK_SIZE;
}

static void *thread_main(void *context)
{
    struct digest_thread *thread = context;
    (void)pthread_mutex_lock(&thread->lock);
    while (thread->digested < thread->given || !thread->ending) {
        if (thread->digested == thread->given) {
            (void)pthread_cond_wait(&thread->moved, &thread->lock);
            continue;
        }
        struct bytes bytes = {block_at(thread, thread->digested),
                              thread->sizes[thread->digested % BLOCKS]};
        (void)pthread_mutex_unlock(&thread->lock);
        for (size_t i = 0; i < thread->hasher_count; i++)
            hasher_add(thread->hashers[i], bytes);
        (void)pthread_mutex_lock(&thread->lock);
        thread->digested++;
        (void)pthread_cond_signal(&thread->moved);
    }
    (void)pthread_mutex_unlock(&thread->lock);
    return NULL;
}

enum status digest_thread_new(struct hasher *const *hashers, size_t count,
                              struct digest_thread **thread, struct error *error)
{
    struct digest_thread *made = calloc(1, sizeof(*made));
    uint8_t *blocks = malloc(BLOCKS * DIGEST_BLOCK_SIZE);

    if (made == NULL || blocks == NULL || count > HASHERS_MAX) {
        free(made);
        free(blocks);
        return error_set(error, STATUS_NO_MEMORY, "no memory for digests");
    }
    made->blocks = blocks;
    made->hasher_count = count;
    for (size_t i = 0; i < count; i++)
        made->hashers[i] = hashers[i];
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->moved, NULL);
    pthread_attr_t attributes;
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
    int result = pthread_create(&made->thread, &attributes, thread_main, made);
    (void)pthread_attr_destroy(&attributes);
    if (result != 0) {
        (void)pthread_cond_destroy(&made->moved);
        (void)pthread_mutex_destroy(&made->lock);
        free(blocks);
        free(made);
        return error_set_errno(error, STATUS_NO_MEMORY, result, "no memory for digests");
    }
    *thread = made;
    return STATUS_OK;
}

void digest_thread_free(struct digest_thread *thread)
{
    if (thread == NULL)
        return;
    (void)pthread_mutex_lock(&thread->lock);
    thread->ending = true;
    (void)pthread_cond_signal(&thread->moved);
    (void)pthread_mutex_unlock(&thread->lock);
    (void)pthread_join(thread->thread, NULL);
    (void)pthread_cond_destroy(&thread->moved);
    (void)pthread_mutex_destroy(&thread->lock);
    free(thread->blocks);
    free(thread);
}

uint8_t *digest_thread_block(struct digest_thread *thread)
{
    (void)pthread_mutex_lock(&thread->lock);
    while (thread->given - thread->digested == BLOCKS)
        (void)pthread_cond_wait(&thread->moved, &thread->lock);
    (void)pthread_mutex_unlock(&thread->lock);
    return block_at(thread, thread->given);
}

void digest_thread_add(struct digest_thread *thread, size_t size)
{
    (void)pthread_mutex_lock(&thread->lock);
    thread->sizes[thread->given % BLOCKS] = size;
    thread->given++;
    (void)pthread_cond_signal(&thread->moved);
    (void)pthread_mutex_unlock(&thread->lock);
}
