#include "evidence/check_stretches.h"

#include <stdlib.h>
#include <string.h>

#include "audit/file_hash.h"
#include "audit/parallel.h"
#include "evidence/check_times.h"

#define JOBS_MAX 256u
#define RUN      8u

struct work {
    const struct zip_reader *reader;
    enum digest_algorithm algorithm;
    struct stretch_job *jobs;
    size_t count;
};

/* What a thread has for a run of jobs. */
struct tools {
    struct hasher *hasher;
    struct file_window window;
};

static uint64_t job_offset(const struct stretch_job *job)
{
    return zip_data_offset(job->member) + job->offset;
}

static void run_job(const struct work *work, struct stretch_job *job, struct tools *tools)
{
    struct digest digest;
    hasher_begin(tools->hasher);
    job->status = file_hash(&tools->window, job_offset(job), job->size, &tools->hasher, 1);
    hasher_end(tools->hasher, &digest);
    if (job->status == STATUS_END) {
        job->status = STATUS_IO; /* the package became shorter */
    }
    if (job->status == STATUS_OK && !digest_equal(&digest, &job->digest)) {
        job->status = STATUS_MISMATCH;
    }
    if (job->status == STATUS_OK && job->is_piece) {
        job->status = check_times_read(work->reader, job, tools->window.room, FILE_HASH_ROOM);
    }
}

/* Several that mostly follow one another in the package, so that few windows hold them. */
static void run_jobs(void *context, size_t index)
{
    const struct work *work = context;
    size_t end = (index + 1) * RUN < work->count ? (index + 1) * RUN : work->count;
    const struct stretch_job *last = &work->jobs[end - 1];
    uint8_t *room = malloc(FILE_HASH_ROOM);
    struct tools tools = {.window = {.file = zip_reader_file(work->reader),
                                     .room = room,
                                     .until = job_offset(last) + last->size}};
    bool ready = room != NULL && hasher_new(work->algorithm, &tools.hasher, NULL) == STATUS_OK;
    for (size_t i = index * RUN; i < end; i++) {
        if (ready) {
            run_job(work, &work->jobs[i], &tools);
        } else {
            work->jobs[i].status = STATUS_NO_MEMORY;
        }
    }
    file_window_close(&tools.window);
    hasher_free(tools.hasher);
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
    struct work work = {check->zip, check->algorithm, stretches->jobs, stretches->count};
    unsigned threads = check->options->threads != 0 ? check->options->threads : parallel_cores();
    parallel_for(threads, (stretches->count + RUN - 1) / RUN, run_jobs, &work);
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
