#include "evidence/piece_hashing.h"

#include <stdlib.h>

#include "audit/parallel.h"

#define CHUNK ((size_t)256 * 1024)

struct work {
    const struct zip_reader *reader;
    enum digest_algorithm algorithm;
    struct stretch_job *jobs;
};

static enum status hash(const struct work *work, const struct stretch_job *job,
                        struct hasher *hasher, uint8_t *chunk, struct digest *digest)
{
    enum status status = STATUS_OK;
    hasher_begin(hasher);
    for (uint32_t at = 0; at < job->size && status == STATUS_OK;) {
        size_t size = job->size - at < CHUNK ? job->size - at : CHUNK;
        status = zip_reader_read(work->reader, job->member, (uint64_t)job->offset + at, chunk, size,
                                 NULL);
        if (status == STATUS_OK) {
            hasher_add(hasher, (struct bytes){chunk, size});
        }
        at += (uint32_t)size;
    }
    hasher_end(hasher, digest);
    return status;
}

static void run_one(void *context, size_t index)
{
    const struct work *work = context;
    struct stretch_job *job = &work->jobs[index];
    struct hasher *hasher = NULL;
    struct digest digest;
    uint8_t *chunk = malloc(CHUNK);
    job->status = chunk != NULL ? hasher_new(work->algorithm, &hasher, NULL) : STATUS_NO_MEMORY;
    if (job->status == STATUS_OK) {
        job->status = hash(work, job, hasher, chunk, &digest);
    }
    if (job->status == STATUS_OK && !digest_equal(&digest, &job->digest)) {
        job->status = STATUS_MISMATCH;
    }
    hasher_free(hasher);
    free(chunk);
}

void stretch_jobs_run(const struct zip_reader *reader, enum digest_algorithm algorithm,
                      unsigned threads, struct stretch_job *jobs, size_t count)
{
    struct work work = {reader, algorithm, jobs};
    parallel_for(threads != 0 ? threads : parallel_cores(), count, run_one, &work);
}
