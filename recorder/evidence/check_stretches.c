#include "evidence/check_stretches.h"

#include <stdlib.h>
#include <string.h>

#include "audit/file_hash.h"
#include "audit/parallel.h"
#include "evidence/check_times.h"

#define JOBS_MAX 256u

struct work {
    const struct zip_reader *reader;
    enum digest_algorithm algorithm;
    struct stretch_job *jobs;
};

static enum status hash(const struct work *work, const struct stretch_job *job, uint8_t *room,
                        struct digest *digest)
{
    struct hasher *hasher = NULL;
    enum status status = hasher_new(work->algorithm, &hasher, NULL);
    if (status != STATUS_OK) {
        return status;
    }
    hasher_begin(hasher);
    status = file_hash(zip_reader_file(work->reader), zip_data_offset(job->member) + job->offset,
                       job->size, &hasher, 1, room);
    hasher_end(hasher, digest);
    hasher_free(hasher);
    return status == STATUS_END ? STATUS_IO : status; /* the package became shorter */
}

static void run_one(void *context, size_t index)
{
    const struct work *work = context;
    struct stretch_job *job = &work->jobs[index];
    struct digest digest;
    uint8_t *room = malloc(FILE_HASH_ROOM);
    job->status = room != NULL ? hash(work, job, room, &digest) : STATUS_NO_MEMORY;
    if (job->status == STATUS_OK && !digest_equal(&digest, &job->digest)) {
        job->status = STATUS_MISMATCH;
    }
    if (job->status == STATUS_OK && job->is_piece) {
        job->status = check_times_read(work->reader, job, room, FILE_HASH_ROOM);
    }
    free(room);
}

static void report_job(struct check *check, const struct stretch_job *job)
{
    struct finding finding = check_finding(
        check, job->is_piece ? FAULT_VIDEO_ALTERED : FAULT_MEMBER_ALTERED, job->member->name);
    finding_set_bytes(&finding, job->offset, (uint64_t)job->offset + job->size);
    if (job->is_piece) {
        const struct shown_segment *segment = check_segment(check, job->record);
        finding_set_record(&finding, job->record);
        finding.from_utc_ns = job->start_utc_ns;
        if (__builtin_add_overflow(job->start_utc_ns, job->duration_ns, &finding.to_utc_ns)) {
            finding.to_utc_ns = 0;
        }
        if (segment != NULL) {
            memcpy(finding.subject, check->sources[segment->source].name, sizeof(finding.subject));
        }
    }
    check_add(check, &finding);
}

void stretches_release(struct stretches *stretches)
{
    free(stretches->jobs);
    own_bytes_release(&stretches->own);
}

enum status check_stretches(struct check *check, struct stretches *stretches, struct error *error)
{
    struct work work = {check->zip, check->algorithm, stretches->jobs};
    unsigned threads = check->options->threads != 0 ? check->options->threads : parallel_cores();
    parallel_for(threads, stretches->count, run_one, &work);
    for (size_t i = 0; i < stretches->count; i++) {
        const struct stretch_job *job = &stretches->jobs[i];
        check->report->clip_bytes += job->size;
        if (job->status == STATUS_MISMATCH) {
            report_job(check, job);
        } else if (job->status != STATUS_OK) {
            return error_set(error, job->status, "%s cannot be read", job->member->name);
        } else if (job->is_piece) {
            check_times_judge(check, job);
        }
        enum status status = own_bytes_take(check, &stretches->own, job, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    stretches->count = 0;
    if (check->progress != NULL) {
        check->progress(check->progress_context, check->report->clip_bytes, stretches->total);
    }
    return STATUS_OK;
}

enum status check_stretch(struct check *check, struct stretches *stretches,
                          const struct stretch_job *job, struct error *error)
{
    if (stretches->jobs == NULL) {
        stretches->jobs = calloc(JOBS_MAX, sizeof(*stretches->jobs));
    }
    if (stretches->jobs == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory to verify a package");
    }
    stretches->jobs[stretches->count++] = *job;
    return stretches->count == JOBS_MAX ? check_stretches(check, stretches, error) : STATUS_OK;
}
