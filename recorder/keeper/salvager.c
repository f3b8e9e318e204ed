#include "keeper/salvager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "keeper/fatal.h"
#include "keeper/sealer.h"

/* Hashed in one step: about one piece. */
#define STEP_BYTES (UINT64_C(1024) * 1024)

/* While it records, every minute brings a record, so no file is this much younger than the newest.
 */
#define YOUNGER_NS (120 * NS_PER_SECOND)

struct salvager {
    struct keeper *keeper;
    int64_t newest_utc_ns;      /* of the newest record and the note */
    bool suspects;              /* that the state was rolled back, and has said so */
    struct progress_note *note; /* NULL if there is none */
    struct idler *idler;
    size_t stray_count;
    struct camera *strays[ROSTER_CAMERAS_MAX]; /* folders without a configured camera */
    struct recovery_result result;             /* of the step at hand */
};

static bool step(void *context);

enum status salvager_new(struct keeper *keeper, struct salvager **salvager, struct error *error)
{
    struct salvager *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the salvager");
    made->keeper = keeper;
    enum status status = idler_new(keeper->event, step, made, &made->idler, error);
    if (status != STATUS_OK) {
        salvager_free(made);
        return status;
    }
    *salvager = made;
    return STATUS_OK;
}

void salvager_free(struct salvager *salvager)
{
    if (salvager == NULL)
        return;
    for (size_t i = 0; i < salvager->stray_count; i++)
        camera_free(salvager->strays[i]);
    idler_free(salvager->idler);
    free(salvager->note);
    free(salvager);
}

/* A camera's folder; made a camera of its own if it is not configured any more. */
static enum status look_at_folder(void *context, const char *id)
{
    struct salvager *salvager = context;
    struct message_camera_settings settings = {.share_percent = 0};
    if (roster_camera(&salvager->keeper->roster, id) != NULL)
        return STATUS_OK;
    if (salvager->stray_count == ROSTER_CAMERAS_MAX) {
        log_warning("the folder of camera %s is not looked through: too many", id);
        return STATUS_OK;
    }
    message_text(settings.camera, sizeof settings.camera, id);
    struct camera *camera = NULL;
    enum status status = camera_new(&settings, &camera, NULL);
    if (status != STATUS_OK)
        return status;
    salvager->strays[salvager->stray_count++] = camera;
    salvager_recover(salvager, camera);
    return STATUS_OK;
}

enum status salvager_start(struct salvager *salvager, const struct progress_note *note,
                           int64_t newest_utc_ns, struct error *error)
{
    struct keeper *keeper = salvager->keeper;
    salvager->newest_utc_ns = newest_utc_ns;
    if (note != NULL) {
        salvager->note = malloc(sizeof *note);
        if (salvager->note == NULL)
            return error_set(error, STATUS_NO_MEMORY, "no memory for the progress note");
        *salvager->note = *note;
        if (note->at_utc_ns > newest_utc_ns)
            salvager->newest_utc_ns = note->at_utc_ns;
    }
    for (size_t i = 0; i < keeper->roster.camera_count; i++) {
        struct camera *camera = keeper->roster.cameras[i];
        if (peers_of(keeper->peers, ROLE_CAMERA, camera->id) == NULL)
            salvager_recover(salvager, camera);
    }
    return recovery_cameras(keeper->identity.video, salvager->note, look_at_folder, salvager,
                            error);
}

static bool is_dealt_with(const struct salvager *salvager, const char *id)
{
    const struct camera *camera = roster_camera(&salvager->keeper->roster, id);
    for (size_t i = 0; camera == NULL && i < salvager->stray_count; i++) {
        if (strcmp(salvager->strays[i]->id, id) == 0)
            camera = salvager->strays[i];
    }
    return camera != NULL && camera->recovered;
}

void salvager_vouch(const struct salvager *salvager, struct progress_note *note)
{
    for (size_t i = 0; salvager->note != NULL && i < salvager->note->count; i++) {
        const struct progress_segment *segment = &salvager->note->segments[i];
        if (note->count < PROGRESS_SEGMENTS_MAX && progress_find(note, segment->id) == NULL &&
            !is_dealt_with(salvager, segment->camera))
            note->segments[note->count++] = *segment;
    }
}

size_t salvager_vouching(const struct salvager *salvager)
{
    size_t count = 0;
    for (size_t i = 0; salvager->note != NULL && i < salvager->note->count; i++) {
        if (!is_dealt_with(salvager, salvager->note->segments[i].camera))
            count++;
    }
    return count;
}

static bool is_segment(const struct segment *segment, const char *id)
{
    return segment != NULL && strcmp(segment_id(segment), id) == 0;
}

/* The segment is in our hands: its life goes on without recovery. */
static bool is_open(void *context, const char *id)
{
    const struct keeper *keeper = context;
    for (size_t i = 0; i < keeper->roster.camera_count; i++) {
        const struct camera *camera = keeper->roster.cameras[i];
        if (is_segment(camera->grant, id) || is_segment(camera->open, id))
            return true;
    }
    for (const struct sealing *sealing = sealer_list(keeper->sealer); sealing != NULL;
         sealing = sealing->next) {
        if (is_segment(sealing->segment, id))
            return true;
    }
    return false;
}

void salvager_recover(struct salvager *salvager, struct camera *camera)
{
    struct keeper *keeper = salvager->keeper;
    if (camera->recovered || camera->recovering)
        return;
    struct recovery_settings settings = {
        .volume = keeper->identity.video,
        .camera = camera->id,
        .is_open = is_open,
        .context = keeper,
        .note = salvager->note,
        .with_sm3 = keeper_with_sm3(keeper),
        .database = ledger_database(keeper->identity.ledger),
    };
    struct error error;
    enum status status = recovery_new(&settings, &camera->recovery, &error);
    if (status == STATUS_NO_MEMORY)
        fatal("looking through what a crash left", &error);
    if (status != STATUS_OK) {
        /* something else is in the folder's place: the others have nothing to do with that */
        keeper_storage_failed(keeper, camera, &error);
        camera->recovered = true;
        return;
    }
    camera->recovering = true;
    idler_wake(salvager->idler);
}

/* Ledger and notes put back together vouch for each other; the files on the volume do not. */
static void look_for_rollback(struct salvager *salvager, const struct segment_record *record)
{
    struct keeper *keeper = salvager->keeper;
    int64_t made_utc_ns = 0;
    char text[DETAIL_SIZE];
    bool noted = salvager->note != NULL && progress_find(salvager->note, record->id) != NULL;
    if (salvager->suspects || noted || segment_id_time(record->id, &made_utc_ns) != STATUS_OK ||
        made_utc_ns - salvager->newest_utc_ns < YOUNGER_NS)
        return;
    salvager->suspects = true;
    (void)snprintf(text, sizeof text,
                   "%s is %lld s younger than the newest record, and no progress note knows it: "
                   "an older state may have been put back",
                   record->file,
                   (long long)((made_utc_ns - salvager->newest_utc_ns) / NS_PER_SECOND));
    log_error("%s", text);
    keeper_health(keeper, HEALTH_ROLLED_BACK, record->camera, text, 0);
    alarms_begin(keeper->alarms, word_health_event(HEALTH_ROLLED_BACK)->name, APPLIANCE, "", text);
}

/* A file without a record: on record now, and in the camera's coverage. */
static void seal_late(struct keeper *keeper, struct camera *camera,
                      const struct recovery_result *result)
{
    struct error error;
    uint64_t number = 0;
    const struct segment_record *record = &result->record;
    enum gap_cause cause = camera->coverage.cause;
    struct coverage_gap gap =
        coverage_begin(&camera->coverage, (struct moment){.utc_ns = record->start_utc_ns});
    coverage_end(&camera->coverage, (struct moment){.utc_ns = record->end_utc_ns}, false);
    camera->coverage.cause = cause;
    camera->coverage.said = true;
    keeper_gap(keeper, camera, &gap);
    enum status status =
        segment_record_seal(record, result->pieces, &keeper->books, &number, &error);
    if (status != STATUS_OK)
        fatal("sealing what a crash left", &error);
    keeper_camera_note(keeper, camera, CAMERA_SEGMENT_RECOVERED, number, record->id);
    committer_commit(keeper->committer);
}

static void take(struct salvager *salvager, struct camera *camera,
                 const struct recovery_result *result)
{
    struct keeper *keeper = salvager->keeper;
    struct error error = {.status = STATUS_IO};
    switch (result->found) {
    case RECOVERY_SEALED_LATE:
        look_for_rollback(salvager, &result->record);
        seal_late(keeper, camera, result);
        break;
    case RECOVERY_UNREADABLE:
        message_text(error.text, sizeof error.text, result->detail);
        keeper_storage_failed(keeper, camera, &error);
        break;
    case RECOVERY_COPY:
        keeper_health(keeper, HEALTH_VOLUME_MISMATCH, camera->id, result->detail, 0);
        break;
    case RECOVERY_EMPTY_REMOVED:
    case RECOVERY_EXPIRED: /* the janitor goes on with it */
    case RECOVERY_FOREIGN:
        log_info("%s: %s", result->file, result->detail);
        break;
    }
}

static void done(struct salvager *salvager, struct camera *camera)
{
    recovery_free(camera->recovery);
    camera->recovery = NULL;
    camera->recovering = false;
    camera->recovered = true;
    if (camera->unheard.cause != 0)
        camera_lost(salvager->keeper, camera, (enum gap_cause)camera->unheard.cause,
                    camera->unheard.detail, keeper_moment(salvager->keeper));
    camera->unheard.cause = 0;
    camera_hear(salvager->keeper, camera);
}

static void recover_step(struct salvager *salvager, struct camera *camera)
{
    struct error error;
    struct recovery_result *result = &salvager->result;
    enum status status = recovery_step(camera->recovery, STEP_BYTES, result, &error);
    if (status == STATUS_OK)
        take(salvager, camera, result);
    if (status == STATUS_OK || status == STATUS_AGAIN)
        return;
    if (status != STATUS_END)
        /* the folder cannot be read: what is in it stays for the next start */
        keeper_storage_failed(salvager->keeper, camera, &error);
    done(salvager, camera);
}

/* The camera at hand, NULL when all are done. */
static struct camera *next_camera(const struct salvager *salvager)
{
    const struct roster *roster = &salvager->keeper->roster;
    for (size_t i = 0; i < roster->camera_count; i++) {
        if (roster->cameras[i]->recovering)
            return roster->cameras[i];
    }
    for (size_t i = 0; i < salvager->stray_count; i++) {
        if (salvager->strays[i]->recovering)
            return salvager->strays[i];
    }
    return NULL;
}

static bool step(void *context)
{
    struct salvager *salvager = context;
    struct camera *camera = next_camera(salvager);
    /* what is left when the keeper stops is for the next start */
    if (salvager->keeper->phase != KEEPER_RUNNING)
        return false;
    if (camera != NULL)
        recover_step(salvager, camera);
    return next_camera(salvager) != NULL;
}
