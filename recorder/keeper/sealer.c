#include "keeper/sealer.h"

#include <stdlib.h>

#include "base/log.h"
#include "keeper/fatal.h"

/* Hashed in one step: about one piece. */
#define STEP_BYTES (UINT64_C(1024) * 1024)
/* Looks again at files whose writer may still be there. */
#define LOOK_MS 200u

struct sealer {
    struct keeper *keeper;
    struct sealing *first;
    struct idler *idler;
    struct ticker *ticker;
};

static void wake(void *context)
{
    struct sealer *sealer = context;
    if (sealer->first != NULL)
        idler_wake(sealer->idler);
}

static bool step(void *context);

enum status sealer_new(struct keeper *keeper, struct sealer **sealer, struct error *error)
{
    struct sealer *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the sealer");
    made->keeper = keeper;
    enum status status = idler_new(keeper->event, step, made, &made->idler, error);
    if (status == STATUS_OK)
        status = ticker_new(keeper->event, LOOK_MS, wake, made, &made->ticker, error);
    if (status != STATUS_OK) {
        sealer_free(made);
        return status;
    }
    *sealer = made;
    return STATUS_OK;
}

void sealer_free(struct sealer *sealer)
{
    if (sealer == NULL)
        return;
    while (sealer->first != NULL) {
        struct sealing *sealing = sealer->first;
        sealer->first = sealing->next;
        segment_free(sealing->segment);
        free(sealing);
    }
    idler_free(sealer->idler);
    ticker_free(sealer->ticker);
    free(sealer);
}

static void let_go(struct sealer *sealer, struct sealing *sealing)
{
    for (struct sealing **link = &sealer->first; *link != NULL; link = &(*link)->next) {
        if (*link == sealing) {
            *link = sealing->next;
            break;
        }
    }
    struct camera *camera = sealing->camera;
    camera->sealing--;
    segment_free(sealing->segment);
    free(sealing);
    camera_grant(sealer->keeper, camera); /* it may have waited for that */
    keeper_stop_continue(sealer->keeper);
}

static void keep_sealed(void *context, const struct promise *promise)
{
    struct sealing *sealing = context;
    (void)promise;
    let_go(sealing->sealer, sealing);
}

/* Durable, or as durable as the system says: on record now. */
static void record(struct sealer *sealer, struct sealing *sealing)
{
    struct keeper *keeper = sealer->keeper;
    struct error error;
    uint64_t number = 0;
    enum status status = segment_seal(sealing->segment, &keeper->books, &number, &error);
    if (status == STATUS_FULL) {
        committer_commit(keeper->committer);
        status = segment_seal(sealing->segment, &keeper->books, &number, &error);
    }
    if (status != STATUS_OK)
        fatal("sealing a segment", &error);
    if (segment_known(sealing->segment)->recovered)
        keeper_camera_note(keeper, sealing->camera, CAMERA_SEGMENT_RECOVERED, number,
                           segment_id(sealing->segment));
    struct promise promise = {.keep = keep_sealed, .context = sealing, .record = number};
    committer_promise(keeper->committer, &promise);
}

static void is_durable(void *context, struct flush_job *job)
{
    struct sealer *sealer = context;
    struct sealing *sealing = job->subject;
    if (job->items[0].status == STATUS_OK)
        keeper_storage_does_well(sealer->keeper, sealing->camera);
    else
        keeper_storage_failed(sealer->keeper, sealing->camera, &job->items[0].error);
    record(sealer, sealing);
}

static void flush(struct sealer *sealer, struct sealing *sealing)
{
    struct error error;
    const struct segment *segment = sealing->segment;
    struct flush_job *job = flush_job_new(1);
    if (flush_job_add(job, segment_camera(segment), segment_id(segment), segment_file(segment),
                      segment_descriptor(segment), segment_directory(segment), 0,
                      &error) != STATUS_OK)
        fatal("making a segment durable", &error);
    job->finished = is_durable;
    job->context = sealer;
    job->subject = sealing;
    flusher_submit(sealer->keeper->flusher, job);
}

static struct sealing *take(struct sealer *sealer, struct camera *camera, struct segment *segment)
{
    struct sealing *sealing = calloc(1, sizeof *sealing);
    if (sealing == NULL)
        fatal_memory("sealing a segment");
    *sealing = (struct sealing){
        .sealer = sealer, .camera = camera, .segment = segment, .next = sealer->first};
    sealer->first = sealing;
    camera->sealing++;
    return sealing;
}

void sealer_seal(struct sealer *sealer, struct camera *camera, struct segment *segment)
{
    flush(sealer, take(sealer, camera, segment));
}

void sealer_complete(struct sealer *sealer, struct camera *camera, struct segment *segment,
                     int64_t not_before_ns)
{
    struct sealing *sealing = take(sealer, camera, segment);
    sealing->completing = true;
    camera->completing++;
    sealing->not_before_ns = not_before_ns;
    idler_wake(sealer->idler);
}

void sealer_writer_ended(struct sealer *sealer, const struct camera *camera)
{
    for (struct sealing *sealing = sealer->first; sealing != NULL; sealing = sealing->next) {
        if (sealing->camera == camera)
            sealing->not_before_ns = 0;
    }
    wake(sealer);
}

/* Nothing was told of it: gone if it is empty, else what is in it is hashed like any rest. */
static bool discard(struct sealer *sealer, struct sealing *sealing)
{
    struct error error;
    enum status status = segment_discard(sealing->segment, sealer->keeper->identity.video, &error);
    if (status == STATUS_REFUSED)
        return false;
    if (status != STATUS_OK)
        log_warning("%s", error.text);
    sealing->camera->completing--;
    camera_hear(sealer->keeper, sealing->camera);
    let_go(sealer, sealing);
    return true;
}

/* All of it is hashed: the end of the video is known only now, and the camera's next process,
 * which waited for that, is heard. */
static void completed(struct sealer *sealer, struct sealing *sealing)
{
    struct camera *camera = sealing->camera;
    struct moment end = camera_segment_end(sealing->segment);
    sealing->completing = false;
    camera->completing--;
    if (end.utc_ns > camera->coverage.covered_to.utc_ns)
        coverage_end(&camera->coverage, end, false);
    camera_hear(sealer->keeper, camera);
}

/* One step of one file. False: it waits. */
static bool complete(struct sealer *sealer, struct sealing *sealing)
{
    struct error error;
    if (sealing->not_before_ns > clock_monotonic_ns(sealer->keeper->clock))
        return false;
    if (piece_list_count(segment_pieces(sealing->segment)) == 0 && discard(sealer, sealing))
        return true;
    enum status status = segment_complete(sealing->segment, STEP_BYTES, &error);
    if (status == STATUS_AGAIN)
        return true;
    if (status != STATUS_OK)
        /* unreadable: what was told is recorded, the rest is for verify to find */
        keeper_storage_failed(sealer->keeper, sealing->camera, &error);
    completed(sealer, sealing);
    flush(sealer, sealing);
    return true;
}

static bool step(void *context)
{
    struct sealer *sealer = context;
    for (struct sealing *sealing = sealer->first; sealing != NULL; sealing = sealing->next) {
        if (sealing->completing && complete(sealer, sealing))
            return true;
    }
    return false;
}

bool sealer_is_idle(const struct sealer *sealer)
{
    return sealer->first == NULL;
}

const struct sealing *sealer_list(const struct sealer *sealer)
{
    return sealer->first;
}
