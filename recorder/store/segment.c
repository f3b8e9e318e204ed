#include "store/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/salvage.h"

#define FILE_MODE   0640
#define FOLDER_MODE 0750

struct segment {
    int descriptor; /* O_WRONLY|O_APPEND */
    int reading;    /* while segment_complete is at work; else -1 */
    int directory;
    bool has_begun;
    struct segment_record known;
    struct piece_list *pieces;
    struct salvage *salvage;
};

static enum status segment_new(const char *camera, const char *id, bool with_sm3,
                               struct segment **segment, struct error *error)
{
    struct segment *made = calloc(1, sizeof(*made));
    enum status status = STATUS_OK;

    *segment = NULL;
    if (!made)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a segment");
    made->descriptor = -1;
    made->reading = -1;
    made->directory = -1;
    snprintf(made->known.camera, sizeof(made->known.camera), "%s", camera);
    snprintf(made->known.id, sizeof(made->known.id), "%s", id);
    segment_file_name(made->known.file, camera, id);
    status = piece_list_new(with_sm3, &made->pieces, error);
    if (status != STATUS_OK) {
        segment_free(made);
        return status;
    }
    *segment = made;
    return STATUS_OK;
}

void segment_free(struct segment *segment)
{
    if (!segment)
        return;
    salvage_free(segment->salvage);
    piece_list_free(segment->pieces);
    file_close(&segment->descriptor);
    file_close(&segment->reading);
    file_close(&segment->directory);
    free(segment);
}

void segment_cleanup(struct segment **segment)
{
    segment_free(*segment);
    *segment = NULL;
}

/* CAMERA/YYYYMMDD of a segment's file. */
static void folder_of(const struct segment *segment, char folder[SEGMENT_FILE_SIZE])
{
    const char *end = strrchr(segment->known.file, '/');
    int length = end == NULL ? 0 : (int)(end - segment->known.file);

    snprintf(folder, SEGMENT_FILE_SIZE, "%.*s", length, segment->known.file);
}

static const char *name_of(const struct segment *segment)
{
    const char *slash = strrchr(segment->known.file, '/');

    return slash == NULL ? segment->known.file : slash + 1;
}

static enum status open_folder(struct segment *segment, int volume, struct error *error)
{
    char folder[SEGMENT_FILE_SIZE];

    folder_of(segment, folder);
    segment->directory = file_open_below(volume, folder, O_RDONLY | O_DIRECTORY);
    if (segment->directory >= 0)
        return STATUS_OK;
    return error_set_errno(error, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, errno,
                           "cannot open the folder %s", folder);
}

static enum status create_file(struct segment *segment, int volume, struct error *error)
{
    char folder[SEGMENT_FILE_SIZE];
    enum status status = open_folder(segment, volume, error);

    if (status == STATUS_NOT_FOUND) {
        folder_of(segment, folder);
        status = directory_make(volume, folder, FOLDER_MODE, error);
        if (status == STATUS_OK)
            status = open_folder(segment, volume, error);
    }
    if (status != STATUS_OK)
        return status;
    segment->descriptor =
        openat(segment->directory, name_of(segment),
               O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (segment->descriptor >= 0)
        return STATUS_OK;
    return error_set_errno(error, errno == ENOSPC || errno == EDQUOT ? STATUS_FULL : STATUS_IO,
                           errno, "cannot create %s", segment->known.file);
}

enum status segment_create(int volume, const char *camera, int64_t utc_ns, bool with_sm3,
                           struct segment **segment, struct error *error)
{
    char id[SEGMENT_ID_SIZE];
    struct segment *made AUTO_SEGMENT = NULL;
    enum status status = STATUS_OK;

    *segment = NULL;
    if (!camera_id_is_valid(camera))
        return error_set(error, STATUS_INVALID, "not a camera id");
    segment_id_make(id, utc_ns);
    status = segment_new(camera, id, with_sm3, &made, error);
    if (status == STATUS_OK)
        status = create_file(made, volume, error);
    if (status != STATUS_OK)
        return status;
    *segment = made;
    made = NULL;
    return STATUS_OK;
}

enum status segment_adopt(int volume, const char *camera, const char *id, bool with_sm3,
                          struct segment **segment, struct error *error)
{
    struct segment *made AUTO_SEGMENT = NULL;
    struct stat file;
    enum status status = STATUS_OK;

    *segment = NULL;
    if (!camera_id_is_valid(camera) || !segment_id_is_valid(id))
        return error_set(error, STATUS_INVALID, "not a segment id");
    status = segment_new(camera, id, with_sm3, &made, error);
    if (status == STATUS_OK)
        status = open_folder(made, volume, error);
    if (status != STATUS_OK)
        return status;
    made->descriptor = openat(made->directory, name_of(made),
                              O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (made->descriptor < 0)
        return error_set_errno(error, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, errno,
                               "cannot open %s", made->known.file);
    if (fstat(made->descriptor, &file) != 0 || !S_ISREG(file.st_mode))
        return error_set(error, STATUS_INVALID, "%s is not a regular file", made->known.file);
    *segment = made;
    made = NULL;
    return STATUS_OK;
}

const char *segment_id(const struct segment *segment)
{
    return segment->known.id;
}

const char *segment_camera(const struct segment *segment)
{
    return segment->known.camera;
}

const char *segment_file(const struct segment *segment)
{
    return segment->known.file;
}

int segment_descriptor(const struct segment *segment)
{
    return segment->descriptor;
}

int segment_directory(const struct segment *segment)
{
    return segment->directory;
}

bool segment_has_begun(const struct segment *segment)
{
    return segment->has_begun;
}

const struct piece_list *segment_pieces(const struct segment *segment)
{
    return segment->pieces;
}

const struct segment_record *segment_known(const struct segment *segment)
{
    return &segment->known;
}

enum status segment_begin(struct segment *segment, const struct message_segment_begin *message,
                          struct error *error)
{
    struct segment_record *known = &segment->known;

    if (segment->has_begun)
        return error_set(error, STATUS_INVALID, "segment %s has begun already", known->id);
    if (strcmp(message->segment, known->id) != 0)
        return error_set(error, STATUS_INVALID, "segment %s begins, not the one that was granted",
                         message->segment);
    if (!cut_reason_name((enum cut_reason)message->reason))
        return error_set(error, STATUS_INVALID, "segment %s begins for no reason", known->id);
    segment->has_begun = true;
    known->cut = (enum cut_reason)message->reason;
    known->start_utc_ns = message->start_utc_ns;
    known->end_utc_ns = message->start_utc_ns;
    known->start_monotonic_ns = message->start_monotonic_ns;
    known->utc_minus_raw_ns = message->utc_minus_raw_ns;
    known->quality = message->clock_quality == CLOCK_SYNCED ? CLOCK_SYNCED : CLOCK_UNSYNCED;
    known->camera_clock_known = message->camera_clock_known != 0;
    known->camera_clock_offset_ns = message->camera_clock_offset_ns;
    memcpy(known->video_codec, message->video_codec, sizeof(known->video_codec));
    memcpy(known->audio_codec, message->audio_codec, sizeof(known->audio_codec));
    known->width = message->width;
    known->height = message->height;
    known->connection = message->connection;
    return STATUS_OK;
}

/* What the pieces say. An end before the start (a camera's word) would make no record. */
static void sum_up(struct segment *segment)
{
    struct segment_record *known = &segment->known;
    int64_t end = piece_list_end_utc_ns(segment->pieces);

    known->size = piece_list_size(segment->pieces);
    known->pieces = (uint32_t)piece_list_count(segment->pieces);
    known->frames = piece_list_frames(segment->pieces);
    if (end > known->end_utc_ns)
        known->end_utc_ns = end;
}

static enum status file_length(const struct segment *segment, uint64_t *length, struct error *error)
{
    struct stat file;

    if (fstat(segment->descriptor, &file) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot look at %s", segment->known.file);
    *length = (uint64_t)file.st_size;
    return STATUS_OK;
}

enum status segment_add(struct segment *segment, const struct message_fragment *message,
                        struct error *error)
{
    struct piece piece;
    uint64_t length = 0;
    enum status status = STATUS_OK;

    if (!segment->has_begun)
        return error_set(error, STATUS_INVALID, "a piece before the segment has begun");
    status = piece_of_message(message, &piece, error);
    if (status == STATUS_OK && !piece_list_with_sm3(segment->pieces))
        memset(&piece.sm3, 0, sizeof(piece.sm3));
    if (status == STATUS_OK)
        status = file_length(segment, &length, error);
    if (status != STATUS_OK)
        return status;
    if (piece.offset > length || piece.size > length - piece.offset)
        return error_set(error, STATUS_INVALID, "a piece beyond what is written of %s",
                         segment->known.file);
    status = piece_list_add(segment->pieces, &piece, error);
    if (status == STATUS_OK)
        sum_up(segment);
    return status;
}

enum status segment_end(struct segment *segment, const struct message_segment_end *message,
                        struct error *error)
{
    struct segment_record *known = &segment->known;
    uint64_t length = 0;
    enum status status = file_length(segment, &length, error);

    if (status != STATUS_OK)
        return status;
    if (strcmp(message->segment, known->id) != 0 || !segment->has_begun)
        return error_set(error, STATUS_INVALID, "segment %s ends, which is not open",
                         message->segment);
    if (message->size != known->size || message->pieces != known->pieces ||
        message->frames != known->frames || length < known->size)
        return error_set(error, STATUS_INVALID, "the end of segment %s does not fit its pieces",
                         known->id);
    if (message->end_utc_ns < known->start_utc_ns)
        return error_set(error, STATUS_INVALID, "segment %s ends before it begins", known->id);
    if (known->pieces == 0)
        return STATUS_AGAIN; /* no video, so no time either */
    known->end_utc_ns = message->end_utc_ns;
    known->continues = message->continues != 0 && length == known->size;
    return length == known->size ? STATUS_OK : STATUS_AGAIN;
}

enum status segment_sync(int descriptor, int directory, const char *file, struct error *error)
{
    enum status status = file_sync(descriptor, file, error);

    return status == STATUS_OK ? directory_sync(directory, file, error) : status;
}

static enum status begin_salvage(struct segment *segment, struct error *error)
{
    segment->reading =
        openat(segment->directory, name_of(segment), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (segment->reading < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open %s to read it",
                               segment->known.file);
    return salvage_new(segment->reading, segment->pieces, &segment->salvage, error);
}

/* Nothing was told of it: the start is that of the grant, as near as anybody knows. */
static void place_unbegun(struct segment *segment)
{
    const struct box_track *track = salvage_track(segment->salvage);
    struct segment_record *known = &segment->known;

    if (segment_id_time(known->id, &known->start_utc_ns) != STATUS_OK)
        known->start_utc_ns = 0;
    known->end_utc_ns = known->start_utc_ns;
    known->times_estimated = true;
    piece_list_shift(segment->pieces, known->start_utc_ns);
    if (!track)
        return;
    memcpy(known->video_codec, track->video_codec, sizeof(known->video_codec));
    memcpy(known->audio_codec, track->audio_codec, sizeof(known->audio_codec));
    known->width = track->width;
    known->height = track->height;
}

enum status segment_complete(struct segment *segment, uint64_t budget, struct error *error)
{
    uint64_t told = segment->known.size;
    enum status status = STATUS_OK;

    if (!segment->salvage)
        status = begin_salvage(segment, error);
    if (status == STATUS_OK)
        status = salvage_step(segment->salvage, budget, error);
    if (status != STATUS_OK)
        return status;
    if (piece_list_size(segment->pieces) > told) {
        segment->known.recovered = true;
        segment->known.recovered_from = told;
    }
    if (!segment->has_begun)
        place_unbegun(segment);
    sum_up(segment);
    salvage_free(segment->salvage);
    segment->salvage = NULL;
    file_close(&segment->reading);
    return STATUS_OK;
}

enum status segment_seal(const struct segment *segment, const struct segment_books *books,
                         uint64_t *number, struct error *error)
{
    if (piece_list_count(segment->pieces) == 0)
        return error_set(error, STATUS_REFUSED, "nothing was written in segment %s",
                         segment->known.id);
    return segment_record_seal(&segment->known, segment->pieces, books, number, error);
}

enum status segment_discard(struct segment *segment, int volume, struct error *error)
{
    uint64_t length = 0;
    enum status status = file_length(segment, &length, error);

    if (status != STATUS_OK)
        return status;
    if (length > 0)
        return error_set(error, STATUS_REFUSED, "segment %s is not empty", segment->known.id);
    status = file_remove(volume, segment->known.file, error);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}
