#include "evidence/export_job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "evidence/export_cameras.h"
#include "evidence/export_copy.h"
#include "evidence/export_outside.h"
#include "evidence/export_people.h"
#include "evidence/export_room.h"
#include "evidence/export_transport.h"
#include "evidence/package_writer.h"
#include "evidence/site.h"
#include "store/key_record.h"

struct job {
    const struct export_job_plan *plan;
    const struct export_task *task;
    int file; /* the package's: the task's output, or where it is encrypted out of */
    struct certificate *certificate;
    struct certificate *sealers[CLIP_SEALS];
    struct export_outside outside;
    struct export_absents absents;
    struct export_cameras *cameras;
    struct package_writer *package;
    struct site *site;
    struct export_items items;
    struct export_room room;
    int64_t began_utc_ns;
    uint64_t done;   /* bytes of clips */
    uint64_t unsent; /* since the output was handed to its medium */
    uint64_t records;
    uint32_t clips;
    bool thoroughly;
    bool try_again;
};

/* ---- the ground ---- */

/* The certificate in a `key` record. */
static enum status read_certificate(struct job *job, uint64_t record,
                                    struct certificate **certificate, struct error *error)
{
    struct ledger_row row;
    struct record_head head;
    json_t *body = NULL;
    enum status status = ledger_view_row(job->plan->view, record, &row, error);
    if (status == STATUS_OK) {
        status = record_head_parse(row.head, &head, error);
    }
    if (status == STATUS_OK) {
        status = record_body_check(suite_digest_algorithm(ledger_view_suite(job->plan->view)),
                                   &head, row.body, error);
    }
    if (status == STATUS_OK) {
        status = record_body_parse(row.body, &body, error);
    }
    if (status == STATUS_OK) {
        status = key_record_certificate(body, certificate, error);
    }
    json_decref(body);
    return status;
}

/* The device's, which record 1 has for ever, and the export keys'. */
static enum status read_certificates(struct job *job, struct error *error)
{
    enum status status = read_certificate(job, 1, &job->certificate, error);
    if (status == STATUS_OK) {
        status = read_certificate(job, job->task->keys.rsa, &job->sealers[CLIP_SEAL_RSA], error);
    }
    return status == STATUS_OK
               ? read_certificate(job, job->task->keys.suite, &job->sealers[CLIP_SEAL_SUITE], error)
               : status;
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
    return export_link_progress(job->plan->link, EXPORT_COPYING, job->done,
                                job->cameras != NULL ? job->cameras->bytes : 0, error);
}

/* ---- what is going to be made ---- */

/* Better before anything is copied than after hours. */
static enum status tell_plan(struct job *job, struct error *error)
{
    const struct selection *selection = package_writer_selection(job->package);
    const struct export_parts parts = {.cameras = job->cameras,
                                       .selection = selection,
                                       .page = job->task->page,
                                       .with_stills = job->task->picture >= 0};
    struct selection_counts counts = selection_counts(selection);
    size_t segments = 0;
    const struct selected_segment *list = selection_segments(selection, &segments);
    enum status status = export_room_plan(&parts, job->task->output, &job->room, error);
    struct message_export_plan plan = {
        .checkpoint = package_writer_checkpoint(job->package)->size,
        .bytes = job->room.package,
        .scratch_bytes = job->room.scratch,
        .entries = counts.entries,
        .gaps = counts.gaps,
        .clips = job->cameras->clips,
        .absent = (uint32_t)job->absents.count,
    };
    for (size_t i = 0; i < segments; i++) {
        plan.absent += list[i].expired_by != 0;
    }
    return status == STATUS_OK ? export_link_plan(job->plan->link, &plan, error) : status;
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
    file_drain(job->file, &job->unsent, bytes);
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

static enum status sign(void *context, enum clip_seal seal, const struct digest *digest,
                        uint8_t *signature, size_t *size, struct error *error)
{
    const struct job *job = context;
    return export_link_seal(job->plan->link,
                            seal == CLIP_SEAL_RSA ? EXPORT_KEY_RSA : EXPORT_KEY_SUITE, digest,
                            signature, size, error);
}

/* What was recorded and is no stream that tables can be made of is handed on as it is. */
static enum status copy_stretch(struct job *job, const struct export_camera *camera,
                                struct export_copy *copy, struct error *error)
{
    const struct export_record *request = package_writer_request(job->package);
    char unit[NAME_SIZE + sizeof "sealroom, "];
    char operator[sizeof "uid 4294967295"];
    char information[2 * DETAIL_SIZE + 2];
    const struct clip_sealer sealer = {
        .certificates = {job->sealers[CLIP_SEAL_RSA], job->sealers[CLIP_SEAL_SUITE]},
        .sign = sign,
        .context = job};
    const struct clip_about about = {.unit_name = unit,
                                     .exported_utc_ns = job->began_utc_ns,
                                     .operator_name = operator,
                                     .source_name = site_camera(job->site, camera->id),
                                     .source_line = camera->id,
                                     .user_information = information};
    (void)snprintf(unit, sizeof unit, "sealroom, %s", site_name(job->site));
    (void)snprintf(operator, sizeof operator, "uid %u", request->uid);
    (void)snprintf(information, sizeof information, "%s\n%s", request->case_number,
                   request->purpose);
    enum status status = export_copy_clip(copy, &about, &sealer, error);
    if (status != STATUS_UNSUPPORTED || !job->thoroughly) {
        return status;
    }
    log_warning("%s: it is copied as it was recorded", error->text);
    return export_copy_pieces(copy, error);
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
        clip_name(name, camera, i, clip_plan_at(camera->plan, i));
        struct export_item *item = export_items_add(&job->items, name, camera->id);
        if (item == NULL) {
            return error_set(error, STATUS_NO_MEMORY, "no memory for a package");
        }
        struct export_copy copy = {.package = job->package,
                                   .segments = camera->segments,
                                   .stretch = clip_plan_at(camera->plan, i),
                                   .name = name,
                                   .item = &item->item,
                                   .wrote = wrote,
                                   .context = job};
        status = consider(job, &copy, copy_stretch(job, camera, &copy, error), error);
        if (status == STATUS_OK) {
            item->item.size_bytes = package_writer_last(job->package)->size;
        }
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

static enum status still(void *context, uint64_t record, int64_t at_utc_ns, struct buffer *jpeg,
                         int64_t *taken_utc_ns, struct error *error)
{
    struct job *job = context;
    enum status status = see_keeper(job, error);
    return status == STATUS_OK ? export_cameras_still(job->cameras, job->task->picture, record,
                                                      at_utc_ns, jpeg, taken_utc_ns, error)
                               : status;
}

static enum status write_for_people(struct job *job, struct error *error)
{
    const struct report_pictures pictures = {still, job};
    const struct export_people people = {
        .package = job->package,
        .view = job->plan->view,
        .site = job->site,
        .certificate = job->certificate,
        .request = job->task->request,
        .page = job->task->page,
        .items = &job->items,
        .absents = &job->absents,
        .pictures = job->task->picture >= 0 ? &pictures : NULL,
        .language = job->task->language == LANGUAGE_CHINESE ? LANGUAGE_CHINESE : LANGUAGE_ENGLISH};
    return export_people_write(&people, error);
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
    return status;
}

/* The whole package, where it was asked for. */
static enum status deliver(struct job *job, struct error *error)
{
    enum status status =
        job->task->phrase >= 0 ? export_transport_write(job->plan->link, error) : STATUS_OK;
    return status == STATUS_OK ? file_sync(job->task->output, "the package", error) : status;
}

static enum status make(struct job *job, struct error *error)
{
    const struct package_plan plan = {.view = job->plan->view,
                                      .file = job->file,
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
        status = site_read(job->plan->view,
                           selection_configuration(package_writer_selection(job->package)),
                           &job->site, error);
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
    export_items_release(&job->items);
    export_cameras_release(job->cameras);
    package_writer_free(job->package);
    job->package = NULL;
    return status;
}

/* The package does not leave before it is encrypted. */
static enum status explain_video(enum status status, struct error *error)
{
    return error->errno_value == ENOSPC || error->errno_value == EDQUOT
               ? error_set(error, STATUS_FULL,
                           "the volume of the video is full, where a package is made before it is "
                           "encrypted")
               : status;
}

static enum status run(struct job *job, struct error *error)
{
    enum status status = read_certificates(job, error);
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
    bool is_on_medium = job->file == job->task->output;
    if (status == STATUS_OK) {
        status = deliver(job, error);
        is_on_medium = true;
    }
    return is_on_medium ? export_room_explain(&job->room, status, error)
                        : explain_video(status, error);
}

enum status export_job_run(const struct export_job_plan *plan, struct message_export_end *end,
                           struct error *error)
{
    struct job job = {
        .plan = plan, .task = export_link_task(plan->link), .began_utc_ns = clock_utc_ns()};
    bool is_encrypted = job.task->phrase >= 0;
    job.file = is_encrypted ? job.task->plain : job.task->output;
    enum status status = run(&job, error);
    off_t size = status == STATUS_OK ? lseek(job.file, 0, SEEK_END) : 0;
    off_t encrypted_size =
        status == STATUS_OK && is_encrypted ? lseek(job.task->output, 0, SEEK_END) : 0;
    *end = (struct message_export_end){.size = (uint64_t)size,
                                       .encrypted_size = (uint64_t)encrypted_size,
                                       .records = job.records,
                                       .clips = job.clips,
                                       .absent = (uint32_t)job.absents.count};
    certificate_free(job.certificate);
    certificate_free(job.sealers[CLIP_SEAL_RSA]);
    certificate_free(job.sealers[CLIP_SEAL_SUITE]);
    export_outside_release(&job.outside);
    free(job.absents.list);
    free(job.cameras);
    return status;
}
