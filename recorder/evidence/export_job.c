#include "evidence/export_job.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "evidence/entries_csv.h"
#include "evidence/export_cameras.h"
#include "evidence/export_copy.h"
#include "evidence/export_outside.h"
#include "evidence/package_writer.h"
#include "evidence/site.h"

#define PAGE_NAME "verify.html"
/* Lines of proof/clips.txt, and of a record in proof/records.txt, about. */
#define PIECE_LINE_BYTES 192u
#define RECORD_BYTES     900u
/* The output is handed to its medium in parts of so much, so that a slow one does not fill the
 * system's memory with what waits for it, and recording waits behind that. */
#define PART_BYTES (UINT64_C(16) << 20)

struct job {
    const struct export_job_plan *plan;
    const struct export_task *task;
    struct certificate *certificate;
    struct export_outside outside;
    struct export_absents absents;
    struct export_cameras *cameras;
    struct package_writer *package;
    struct site *site;
    uint64_t done;   /* bytes of clips */
    uint64_t unsent; /* since the output was handed to its medium */
    uint64_t records;
    uint32_t clips;
    bool was_planned; /* the keeper knows */
    bool thoroughly;
    bool try_again;
};

/* ---- the ground ---- */

/* The device's: record 1 has it, for ever. */
static enum status read_certificate(struct job *job, struct error *error)
{
    struct ledger_row row;
    struct buffer der = {0};
    json_t *body = NULL;
    enum status status = ledger_view_row(job->plan->view, 1, &row, error);
    if (status == STATUS_OK) {
        status = record_body_parse(row.body, &body, error);
    }
    const char *text = status == STATUS_OK ? json_get_text(body, "certificate") : NULL;
    if (status == STATUS_OK && text == NULL) {
        status =
            error_set(error, STATUS_MISMATCH, "record 1 has no certificate: verify the ledger");
    }
    if (status == STATUS_OK) {
        status = base64_decode(bytes_of_text(text), &der);
    }
    if (status == STATUS_OK) {
        status = certificate_parse(buffer_bytes(&der), &job->certificate, error);
    }
    buffer_release(&der);
    json_decref(body);
    return status;
}

static enum status start_over(int file, struct error *error)
{
    return ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0
               ? STATUS_OK
               : error_set_errno(error, STATUS_IO, errno, "the package's file cannot be emptied");
}

static enum status see_keeper(void *context, struct error *error)
{
    struct job *job = context;
    return export_link_progress(job->plan->link, job->done,
                                job->cameras != NULL ? job->cameras->bytes : 0, error);
}

/* ---- what is going to be made ---- */

static enum status tell_plan(struct job *job, struct error *error)
{
    const struct selection *selection = package_writer_selection(job->package);
    struct selection_counts counts = selection_counts(selection);
    size_t segments = 0;
    const struct selected_segment *list = selection_segments(selection, &segments);
    struct message_export_plan plan = {
        .checkpoint = package_writer_checkpoint(job->package)->size,
        .bytes = job->cameras->bytes + job->cameras->fragments * PIECE_LINE_BYTES +
                 (counts.entries + counts.gaps + segments) * RECORD_BYTES,
        .scratch_bytes = job->cameras->fragments * PIECE_LINE_BYTES,
        .entries = counts.entries,
        .gaps = counts.gaps,
        .clips = job->cameras->clips,
        .absent = (uint32_t)job->absents.count,
    };
    for (size_t i = 0; i < segments; i++) {
        plan.absent += list[i].expired_by != 0;
    }
    if (job->was_planned) {
        return STATUS_OK;
    }
    job->was_planned = true;
    return export_link_plan(job->plan->link, &plan, error);
}

static enum status make_plan(struct job *job, struct error *error)
{
    const struct export_ground ground = {.view = job->plan->view,
                                         .video = job->plan->video,
                                         .request = package_writer_request(job->package),
                                         .selection = package_writer_selection(job->package)};
    enum status status = export_cameras_plan(&ground, job->thoroughly, see_keeper, job,
                                             &job->absents, job->cameras, error);
    return status == STATUS_OK ? tell_plan(job, error) : status;
}

/* ---- clips ---- */

static enum status wrote(void *context, uint64_t bytes, struct error *error)
{
    struct job *job = context;
    job->done += bytes;
    job->unsent += bytes;
    if (job->unsent >= PART_BYTES) {
        job->unsent = 0;
        /* without effect where the file system does not have it; errors come with the last sync */
        (void)sync_file_range(job->task->output, 0, 0, SYNC_FILE_RANGE_WRITE);
    }
    return see_keeper(job, error);
}

static void clip_name(char name[ZIP_NAME_SIZE], const struct export_camera *camera, size_t index,
                      const struct clip_stretch *stretch)
{
    time_t second = (time_t)(stretch->start_utc_ns / NS_PER_SECOND);
    char time[sizeof "20261122t081342z"] = "";
    struct tm utc;
    (void)gmtime_r(&second, &utc);
    (void)strftime(time, sizeof time, "%Y%m%dt%H%M%Sz", &utc);
    (void)snprintf(name, ZIP_NAME_SIZE, "clips/%s-%s-%zu.mp4", camera->id, time, index + 1);
}

/* Not the package is at fault but its source: once more, without what is no use. */
static enum status consider(struct job *job, const struct export_copy *copy, enum status status,
                            const struct error *error)
{
    if (status != STATUS_OK && !copy->is_package_at_fault && status != STATUS_NO_MEMORY &&
        !job->thoroughly) {
        log_warning("%s: every segment is looked through", error->text);
        job->thoroughly = true;
        job->try_again = true;
    }
    return status;
}

static enum status copy_camera(struct job *job, const struct export_camera *camera,
                               struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < clip_plan_count(camera->plan) && status == STATUS_OK; i++) {
        char name[ZIP_NAME_SIZE];
        struct export_copy copy = {.package = job->package,
                                   .segments = camera->segments,
                                   .stretch = clip_plan_at(camera->plan, i),
                                   .name = name,
                                   .wrote = wrote,
                                   .context = job};
        clip_name(name, camera, i, copy.stretch);
        status = consider(job, &copy, export_copy_pieces(&copy, error), error);
    }
    return status;
}

static enum status copy_clips(struct job *job, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < job->cameras->count && status == STATUS_OK; i++) {
        status = copy_camera(job, &job->cameras->list[i], error);
    }
    for (size_t i = 0; i < job->absents.count && status == STATUS_OK; i++) {
        const struct export_absent *absent = &job->absents.list[i];
        status = package_absent(job->package, absent->record, absent->cause, error);
    }
    return status;
}

/* ---- for people ---- */

static enum status put(void *context, struct bytes bytes, struct error *error)
{
    struct job *job = context;
    return package_file_add(job->package, bytes, error);
}

static enum status write_entries(struct job *job, struct error *error)
{
    const struct text_sink sink = {put, job};
    const struct content content = {.view = job->plan->view,
                                    .selection = package_writer_selection(job->package),
                                    .request = package_writer_request(job->package),
                                    .request_number = job->task->request,
                                    .size = package_writer_checkpoint(job->package)->size,
                                    .site = job->site};
    enum status status = package_file_begin(job->package, ENTRIES_CSV_NAME, error);
    if (status == STATUS_OK) {
        status = entries_csv_write(&content, &sink, NULL, error);
    }
    return status == STATUS_OK ? package_file_end(job->package, error) : status;
}

static enum status write_page(struct job *job, struct error *error)
{
    uint8_t block[65536];
    off_t at = 0;
    ssize_t got = 0;
    if (job->task->page < 0) {
        return STATUS_OK;
    }
    enum status status = package_file_begin(job->package, PAGE_NAME, error);
    while (status == STATUS_OK && (got = pread(job->task->page, block, sizeof block, at)) > 0) {
        status = package_file_add(job->package, (struct bytes){block, (size_t)got}, error);
        at += got;
    }
    if (status == STATUS_OK && got < 0) {
        status = error_set_errno(error, STATUS_IO, errno, "%s cannot be read", PAGE_NAME);
    }
    return status == STATUS_OK ? package_file_end(job->package, error) : status;
}

static enum status write_for_people(struct job *job, struct error *error)
{
    enum status status =
        site_read(job->plan->view, selection_configuration(package_writer_selection(job->package)),
                  &job->site, error);
    if (status == STATUS_OK) {
        status = write_entries(job, error);
    }
    return status == STATUS_OK ? write_page(job, error) : status;
}

/* ---- the whole ---- */

static enum status finish(struct job *job, struct error *error)
{
    struct buffer note = {0};
    enum status status = package_writer_proofs(job->package, error);
    if (status == STATUS_OK) {
        job->records = package_writer_records(job->package);
        job->clips = job->cameras->clips;
        status = package_writer_text(job->package, &note, error);
    }
    if (status == STATUS_OK) {
        status = export_link_sign(job->plan->link, &note, error);
    }
    if (status == STATUS_OK) {
        status = package_writer_finish(job->package, buffer_bytes(&note), error);
    }
    buffer_release(&note);
    return status == STATUS_OK ? file_sync(job->task->output, "the package", error) : status;
}

static enum status make(struct job *job, struct error *error)
{
    const struct package_plan plan = {.view = job->plan->view,
                                      .file = job->task->output,
                                      .scratch = job->task->scratch,
                                      .certificate = job->certificate,
                                      .request = job->task->request,
                                      .outside = job->outside.notes,
                                      .outside_count = job->outside.count};
    job->done = 0;
    job->try_again = false;
    enum status status = start_over(plan.file, error);
    if (status == STATUS_OK) {
        status = start_over(plan.scratch, error);
    }
    if (status == STATUS_OK) {
        status = package_writer_new(&plan, &job->package, error);
    }
    if (status == STATUS_OK) {
        status = make_plan(job, error);
    }
    if (status == STATUS_OK) {
        status = copy_clips(job, error);
    }
    if (status == STATUS_OK) {
        status = write_for_people(job, error);
    }
    if (status == STATUS_OK) {
        status = finish(job, error);
    }
    site_free(job->site);
    job->site = NULL;
    export_cameras_release(job->cameras);
    package_writer_free(job->package);
    job->package = NULL;
    return status;
}

static enum status run(struct job *job, struct error *error)
{
    enum status status = read_certificate(job, error);
    if (status == STATUS_OK) {
        status = export_outside_read(job->plan->view, job->certificate, job->task->since,
                                     &job->outside, error);
    }
    job->cameras = calloc(1, sizeof *job->cameras);
    if (status == STATUS_OK && job->cameras == NULL) {
        status = error_set(error, STATUS_NO_MEMORY, "no memory for an export");
    }
    if (status == STATUS_OK) {
        status = make(job, error);
    }
    if (job->try_again) {
        status = make(job, error);
    }
    return status;
}

enum status export_job_run(const struct export_job_plan *plan, struct message_export_end *end,
                           struct error *error)
{
    struct job job = {.plan = plan, .task = export_link_task(plan->link)};
    enum status status = run(&job, error);
    off_t size = status == STATUS_OK ? lseek(job.task->output, 0, SEEK_END) : 0;
    *end = (struct message_export_end){.size = (uint64_t)size,
                                       .records = job.records,
                                       .clips = job.clips,
                                       .absent = (uint32_t)job.absents.count};
    certificate_free(job.certificate);
    export_outside_release(&job.outside);
    free(job.absents.list);
    free(job.cameras);
    return status;
}
