#include "keeper/noter.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "keeper/fatal.h"
#include "keeper/salvager.h"
#include "keeper/sealer.h"

struct noter {
    struct keeper *keeper;
    struct ticker *ticker;
    bool busy;
    bool frozen;
    int slot; /* to be written next */
    uint64_t sequence;
    size_t noted; /* segments in the newest note */
    /* No slot is known to be good: there was none at the start, or the last write failed. A note is
     * written though nothing is open, for a ledger that has lived without any looks altered. */
    bool owed;
    void (*done)(void *context);
    void *context;
    struct progress_note note; /* large, so made once */
};

enum status noter_new(struct keeper *keeper, struct noter **noter, struct error *error)
{
    struct noter *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for progress notes");
    made->keeper = keeper;
    *noter = made;
    return STATUS_OK;
}

void noter_free(struct noter *noter)
{
    if (noter == NULL)
        return;
    ticker_free(noter->ticker);
    free(noter);
}

static void turn(void *context)
{
    noter_round(context);
}

enum status noter_start(struct noter *noter, const struct progress_found *found,
                        struct error *error)
{
    if (found->newest >= 0) {
        noter->sequence = found->note.sequence;
        noter->slot = (found->newest + 1) % PROGRESS_SLOTS;
        noter->noted = found->note.count;
    }
    noter->owed = found->newest < 0;
    return ticker_new(noter->keeper->event, NOTER_PERIOD_MS, turn, noter, &noter->ticker, error);
}

static void end_round(struct noter *noter)
{
    noter->busy = false;
    if (noter->done != NULL && !noter->owed)
        noter_round(noter);
    else if (noter->done != NULL)
        noter->done(noter->context); /* the medium does not take it: an end all the same */
}

static void is_written(void *context, struct flush_job *job)
{
    struct noter *noter = context;
    noter->owed = job->note_status != STATUS_OK;
    if (!noter->owed) {
        noter->noted = noter->note.count;
        noter->slot = (noter->slot + 1) % PROGRESS_SLOTS;
    } else {
        /* the other slot still stands, and this one is tried again */
        log_error("%s", job->note_error.text);
    }
    if (noter->keeper->phase != KEEPER_STOPPED)
        alarms_set(noter->keeper->alarms, noter->owed,
                   word_health_event(HEALTH_STORAGE_ERROR)->name, APPLIANCE, "progress",
                   job->note_error.text);
    end_round(noter);
}

/* The segment, if it is not on record yet. */
static const struct segment *find_segment(const struct keeper *keeper,
                                          const struct flush_item *item)
{
    const struct camera *camera = roster_camera(&keeper->roster, item->camera);
    if (camera != NULL && camera->open != NULL && strcmp(segment_id(camera->open), item->id) == 0)
        return camera->open;
    for (const struct sealing *sealing = sealer_list(keeper->sealer); sealing != NULL;
         sealing = sealing->next) {
        if (strcmp(segment_id(sealing->segment), item->id) == 0)
            return sealing->segment;
    }
    return NULL;
}

/* What was durable of one segment when the flusher had done. */
static void add_to_note(struct noter *noter, const struct flush_item *item)
{
    const struct segment *segment = find_segment(noter->keeper, item);
    if (segment == NULL || noter->note.count == PROGRESS_SEGMENTS_MAX)
        return;
    const struct piece_list *pieces = segment_pieces(segment);
    struct progress_segment *said = &noter->note.segments[noter->note.count++];
    *said = (struct progress_segment){.pieces = (uint32_t)item->pieces};
    message_text(said->camera, sizeof said->camera, item->camera);
    message_text(said->id, sizeof said->id, item->id);
    said->start_utc_ns = segment_known(segment)->start_utc_ns;
    if (item->pieces > 0) {
        const struct piece *last = piece_list_at(pieces, item->pieces - 1);
        said->size = last->offset + last->size;
        said->end_utc_ns = last->start_utc_ns + last->duration_ns;
    }
    if (item->pieces == piece_list_count(pieces))
        piece_list_roots(pieces, &said->roots);
    else
        piece_list_roots_at(pieces, item->pieces, &said->roots);
}

/* After a failed fsync the next one says nothing of the pages that were lost: the segment is not
 * vouched for again. */
static void take_item(struct noter *noter, const struct flush_item *item)
{
    struct camera *camera = roster_camera(&noter->keeper->roster, item->camera);
    if (item->status != STATUS_OK && camera != NULL) {
        memcpy(camera->unsure, item->id, sizeof camera->unsure);
        keeper_storage_failed(noter->keeper, camera, &item->error);
    }
    if (item->status == STATUS_OK && (camera == NULL || strcmp(camera->unsure, item->id) != 0))
        add_to_note(noter, item);
}

static void begin_note(struct noter *noter)
{
    struct keeper *keeper = noter->keeper;
    struct checkpoint checkpoint = {.size = 0};
    struct error error;
    noter->note.count = 0;
    memcpy(noter->note.boot_id, keeper->clock->boot_id, sizeof noter->note.boot_id);
    message_text(noter->note.origin, sizeof noter->note.origin,
                 ledger_origin(keeper->identity.ledger));
    noter->note.sequence = ++noter->sequence;
    noter->note.at_utc_ns = clock_now(keeper->clock).utc_ns;
    if (checkpoint_parse(ledger_checkpoint(keeper->identity.ledger), &checkpoint, &error) !=
        STATUS_OK)
        fatal("reading the checkpoint just made", &error);
    noter->note.checkpoint_size = checkpoint.size;
    noter->note.checkpoint_root = checkpoint.root;
}

static void write_note(struct noter *noter)
{
    struct keeper *keeper = noter->keeper;
    struct error error;
    struct flush_job *job = flush_job_new(0);
    if (progress_sign(keeper->identity.key, &noter->note, &job->note, &error) != STATUS_OK)
        fatal("signing a progress note", &error);
    job->state_directory = keeper->identity.state;
    job->slot = noter->slot;
    job->finished = is_written;
    job->context = noter;
    flusher_submit(keeper->flusher, job);
}

static void are_durable(void *context, struct flush_job *job)
{
    struct noter *noter = context;
    struct keeper *keeper = noter->keeper;
    if (noter->frozen)
        return;
    begin_note(noter);
    for (size_t i = 0; i < job->count; i++)
        take_item(noter, &job->items[i]);
    salvager_vouch(keeper->salvager, &noter->note);
    write_note(noter);
}

static void add_segment(struct flush_job *job, const struct segment *segment)
{
    struct error error;
    if (flush_job_add(job, segment_camera(segment), segment_id(segment), segment_file(segment),
                      segment_descriptor(segment), segment_directory(segment),
                      piece_list_count(segment_pieces(segment)), &error) != STATUS_OK)
        fatal("making segments durable", &error);
}

/* Every segment that is begun and not on record. */
static void add_segments(const struct keeper *keeper, struct flush_job *job)
{
    for (size_t i = 0; i < keeper->roster.camera_count; i++) {
        const struct camera *camera = keeper->roster.cameras[i];
        if (camera->open != NULL)
            add_segment(job, camera->open);
    }
    for (const struct sealing *sealing = sealer_list(keeper->sealer); sealing != NULL;
         sealing = sealing->next) {
        if (job->count < PROGRESS_SEGMENTS_MAX && segment_has_begun(sealing->segment))
            add_segment(job, sealing->segment);
    }
}

void noter_round(struct noter *noter)
{
    struct keeper *keeper = noter->keeper;
    if (noter->busy)
        return;
    struct flush_job *job = flush_job_new(ROSTER_CAMERAS_MAX + PROGRESS_SEGMENTS_MAX);
    add_segments(keeper, job);
    if (job->count == 0 && noter->noted == salvager_vouching(keeper->salvager) && !noter->owed) {
        /* nothing is open but what a crash left, and the newest note says so */
        flush_job_free(job);
        if (noter->done != NULL)
            noter->done(noter->context);
        return;
    }
    noter->busy = true;
    job->finished = are_durable;
    job->context = noter;
    flusher_submit(keeper->flusher, job);
}

void noter_freeze(struct noter *noter)
{
    noter->frozen = true;
}

void noter_last(struct noter *noter, void (*done)(void *context), void *context)
{
    ticker_free(noter->ticker);
    noter->ticker = NULL;
    noter->done = done;
    noter->context = context;
    if (noter->frozen)
        done(context);
    else
        noter_round(noter);
}
