#include "store/orphan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/salvage.h"

struct orphan {
    struct orphan_settings settings; /* camera and id stand in the record */
    int descriptor;
    struct salvage *salvage;
    struct piece_list *pieces;
    struct segment_record record;
    int64_t written_utc_ns; /* its last change, by the file system */
    bool done;
};

static enum status orphan_new(const struct orphan_settings *settings, struct orphan **orphan,
                              struct error *error)
{
    struct orphan *made = calloc(1, sizeof(*made));
    struct segment_record *record = NULL;
    enum status status = STATUS_OK;

    *orphan = NULL;
    if (!made)
        return error_set(error, STATUS_NO_MEMORY, "no memory to recover a segment");
    made->settings = *settings;
    made->descriptor = -1;
    record = &made->record;
    snprintf(record->camera, sizeof(record->camera), "%s", settings->camera);
    snprintf(record->id, sizeof(record->id), "%s", settings->id);
    segment_file_name(record->file, record->camera, record->id);
    record->recovered = true;
    status = piece_list_new(settings->with_sm3, &made->pieces, error);
    if (status != STATUS_OK) {
        orphan_free(made);
        return status;
    }
    *orphan = made;
    return STATUS_OK;
}

void orphan_free(struct orphan *orphan)
{
    if (!orphan)
        return;
    salvage_free(orphan->salvage);
    piece_list_free(orphan->pieces);
    file_close(&orphan->descriptor);
    free(orphan);
}

static enum status open_file(struct orphan *orphan, struct error *error)
{
    const struct progress_segment *noted = orphan->settings.noted;
    struct stat file;

    orphan->descriptor =
        file_open_below(orphan->settings.volume, orphan->record.file, O_RDONLY | O_NONBLOCK);
    if (orphan->descriptor < 0)
        return error_set_errno(error,
                               errno == ELOOP || errno == ENOTDIR ? STATUS_REFUSED : STATUS_IO,
                               errno, "cannot open it");
    if (fstat(orphan->descriptor, &file) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot look at it");
    if (!S_ISREG(file.st_mode))
        return error_set(error, STATUS_REFUSED, "not a regular file");
    if (file.st_size == 0 && (!noted || noted->size == 0))
        return error_set(error, STATUS_END, "nothing was written in it");
    orphan->written_utc_ns = (int64_t)file.st_mtim.tv_sec * NS_PER_SECOND + file.st_mtim.tv_nsec;
    return STATUS_OK;
}

enum status orphan_open(const struct orphan_settings *settings, struct orphan **orphan,
                        struct error *error)
{
    struct orphan *made = NULL;
    enum status status = orphan_new(settings, &made, error);

    *orphan = NULL;
    if (status == STATUS_OK)
        status = open_file(made, error);
    if (status == STATUS_OK)
        status = salvage_new(made->descriptor, made->pieces, &made->salvage, error);
    if (status != STATUS_OK) {
        orphan_free(made);
        return status;
    }
    *orphan = made;
    return STATUS_OK;
}

/* The file is not what the note vouched for. */
static void contradict(struct segment_record *record, const struct progress_segment *noted)
{
    record->contradicts_note = true;
    record->noted_size = noted->size;
    record->noted = noted->roots;
}

enum status orphan_missing(const struct orphan_settings *settings, struct orphan **orphan,
                           struct error *error)
{
    const struct progress_segment *noted = settings->noted;
    struct segment_record *record = NULL;
    enum status status = orphan_new(settings, orphan, error);

    if (status != STATUS_OK)
        return status;
    record = &(*orphan)->record;
    record->start_utc_ns = noted->start_utc_ns;
    record->end_utc_ns =
        noted->end_utc_ns > noted->start_utc_ns ? noted->end_utc_ns : noted->start_utc_ns;
    contradict(record, noted);
    piece_list_roots((*orphan)->pieces, &record->roots);
    (*orphan)->done = true;
    return STATUS_OK;
}

/* When was it? The note knows the start; else the last write is taken for the end. */
static void place_in_time(struct orphan *orphan)
{
    struct segment_record *record = &orphan->record;
    const struct progress_segment *noted = orphan->settings.noted;
    int64_t duration = piece_list_end_utc_ns(orphan->pieces);

    if (noted)
        record->start_utc_ns = noted->start_utc_ns;
    else if (__builtin_sub_overflow(orphan->written_utc_ns, duration, &record->start_utc_ns))
        record->start_utc_ns = 0;
    record->times_estimated = !noted;
    piece_list_shift(orphan->pieces, record->start_utc_ns);
    record->end_utc_ns = piece_list_end_utc_ns(orphan->pieces);
    if (record->end_utc_ns < record->start_utc_ns)
        record->end_utc_ns = record->start_utc_ns;
}

/* Do the first pieces make up what the note vouches for? *covered is their size. */
static bool fits_note(const struct orphan *orphan, uint64_t *covered)
{
    const struct progress_segment *noted = orphan->settings.noted;
    size_t count = piece_list_count(orphan->pieces);
    struct piece_roots roots;

    *covered = 0;
    if (noted->pieces > count)
        return false;
    for (size_t i = 0; i < noted->pieces; i++)
        *covered += piece_list_at(orphan->pieces, i)->size;
    piece_list_roots_at(orphan->pieces, noted->pieces, &roots);
    return *covered == noted->size && digest_equal(&roots.sha256, &noted->roots.sha256) &&
           (!roots.has_sm3 || !noted->roots.has_sm3 || digest_equal(&roots.sm3, &noted->roots.sm3));
}

/* What lies beyond the note, or all of it if there is none or it does not fit, is covered by no
 * signature made before the crash. */
static void hold_against_note(struct orphan *orphan)
{
    struct segment_record *record = &orphan->record;
    const struct progress_segment *noted = orphan->settings.noted;
    uint64_t covered = 0;

    if (noted && !fits_note(orphan, &covered)) {
        contradict(record, noted);
        covered = 0;
    }
    record->recovered_from = covered;
    record->has_not_covered = covered < record->size;
    record->not_covered_from = record->has_not_covered ? covered : 0;
}

static void fill_in(struct orphan *orphan)
{
    struct segment_record *record = &orphan->record;
    const struct box_track *track = salvage_track(orphan->salvage);

    record->size = piece_list_size(orphan->pieces);
    record->pieces = (uint32_t)piece_list_count(orphan->pieces);
    record->frames = piece_list_frames(orphan->pieces);
    if (track) {
        memcpy(record->video_codec, track->video_codec, sizeof(record->video_codec));
        memcpy(record->audio_codec, track->audio_codec, sizeof(record->audio_codec));
        record->width = track->width;
        record->height = track->height;
    }
    place_in_time(orphan);
    hold_against_note(orphan);
    piece_list_roots(orphan->pieces, &record->roots);
}

/* Syncs what a record will speak of: the file, then its folder. */
static enum status make_durable(const struct orphan *orphan, struct error *error)
{
    char folder[SEGMENT_FILE_SIZE];
    AUTO_CLOSE int directory = -1;

    snprintf(folder, sizeof(folder), "%s", orphan->record.file);
    *strrchr(folder, '/') = '\0';
    directory = file_open_below(orphan->settings.volume, folder, O_RDONLY | O_DIRECTORY);
    if (directory < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open the folder %s", folder);
    return segment_sync(orphan->descriptor, directory, orphan->record.file, error);
}

enum status orphan_step(struct orphan *orphan, uint64_t budget, struct error *error)
{
    enum status status = salvage_step(orphan->salvage, budget, error);

    if (status == STATUS_OK)
        status = make_durable(orphan, error);
    if (status != STATUS_OK)
        return status;
    fill_in(orphan);
    orphan->done = true;
    return STATUS_OK;
}

bool orphan_is_done(const struct orphan *orphan)
{
    return orphan->done;
}

const struct segment_record *orphan_record(const struct orphan *orphan)
{
    return &orphan->record;
}

const struct piece_list *orphan_pieces(const struct orphan *orphan)
{
    return orphan->pieces;
}
