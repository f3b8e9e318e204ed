#include "store/recovery.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names looked up in one step. */
#define NAMES_A_STEP 1024

/* Sorted names of a folder. */
struct names {
    char **items;
    size_t count;
    size_t capacity;
    size_t next; /* the first that was not looked at */
};

/* The segments of a day that are on record and kept, sorted. */
struct known {
    char (*ids)[SEGMENT_ID_SIZE];
    size_t count;
    size_t capacity;
};

struct recovery {
    struct recovery_settings settings;
    char camera[ID_SIZE];
    struct names days;  /* taken from the end: the newest day first */
    struct names files; /* of the day at hand, the oldest first */
    char day[16];
    struct known known; /* of that day */
    size_t noted;       /* the next segment of the note to look for */
    /* The orphan at hand. */
    int descriptor;
    struct salvage *salvage;
    struct piece_list *pieces;
    struct segment_record record;
    int64_t written_utc_ns; /* its last change, by the file system */
};

static void names_clear(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    names->count = 0;
    names->next = 0;
}

static enum status names_add(struct names *names, const char *name)
{
    char *copy = NULL;

    if (names->count == names->capacity) {
        size_t capacity = names->capacity > 0 ? 2 * names->capacity : 64;
        char **items = realloc(names->items, capacity * sizeof(*items));

        if (!items)
            return STATUS_NO_MEMORY;
        names->items = items;
        names->capacity = capacity;
    }
    copy = strdup(name);
    if (!copy)
        return STATUS_NO_MEMORY;
    names->items[names->count] = copy;
    names->count++;
    return STATUS_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Reads a folder's names, sorted. One that is not there has none. */
static enum status names_read(struct names *names, int at, const char *folder, struct error *error)
{
    AUTO_CLOSE int descriptor = openat(at, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *entries = NULL;
    enum status status = STATUS_OK;
    struct dirent *entry = NULL;

    names_clear(names);
    if (descriptor < 0 && errno == ENOENT)
        return STATUS_OK;
    entries = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (!entries)
        return error_set_errno(error, STATUS_IO, errno, "cannot read the folder %s", folder);
    file_steal(&descriptor);
    errno = 0;
    while (status == STATUS_OK && (entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = names_add(names, entry->d_name);
        errno = 0;
    }
    if (status != STATUS_OK)
        error_set(error, status, "no memory for the names in %s", folder);
    else if (errno != 0)
        status = error_set_errno(error, STATUS_IO, errno, "cannot read the folder %s", folder);
    closedir(entries);
    if (names->count > 0)
        qsort(names->items, names->count, sizeof(*names->items), compare_names);
    return status;
}

enum status recovery_new(const struct recovery_settings *settings, struct recovery **recovery,
                         struct error *error)
{
    struct recovery *made = calloc(1, sizeof(*made));
    enum status status = STATUS_OK;

    *recovery = NULL;
    if (!made)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the recovery");
    made->settings = *settings;
    made->descriptor = -1;
    snprintf(made->camera, sizeof(made->camera), "%s", settings->camera);
    made->settings.camera = made->camera;
    status = camera_id_is_valid(made->camera)
                 ? names_read(&made->days, settings->volume, made->camera, error)
                 : error_set(error, STATUS_INVALID, "not a camera id");
    if (status != STATUS_OK) {
        recovery_free(made);
        return status;
    }
    *recovery = made;
    return STATUS_OK;
}

static void drop_orphan(struct recovery *recovery)
{
    salvage_free(recovery->salvage);
    recovery->salvage = NULL;
    piece_list_cleanup(&recovery->pieces);
    file_close(&recovery->descriptor);
}

void recovery_free(struct recovery *recovery)
{
    if (!recovery)
        return;
    drop_orphan(recovery);
    names_clear(&recovery->days);
    names_clear(&recovery->files);
    free(recovery->days.items);
    free(recovery->files.items);
    free(recovery->known.ids);
    free(recovery);
}

static enum status say(struct recovery_result *result, enum recovery_found found,
                       const char *format, const char *detail)
{
    result->found = found;
    snprintf(result->detail, sizeof(result->detail), format, detail);
    return STATUS_OK;
}

static bool is_day(const char *name)
{
    return strlen(name) == 8 && strspn(name, "0123456789") == 8;
}

/* The id in "ID.mp4" of the day at hand; false if it is not the recorder's name. */
static bool id_of_name(const struct recovery *recovery, const char *name, char id[SEGMENT_ID_SIZE])
{
    size_t length = strlen(name);

    if (length < 5 || length - 4 >= SEGMENT_ID_SIZE || strcmp(name + length - 4, ".mp4") != 0)
        return false;
    memcpy(id, name, length - 4);
    id[length - 4] = '\0';
    return segment_id_is_valid(id) && strncmp(id, recovery->day, 8) == 0;
}

static enum status open_orphan(struct recovery *recovery, const char *id, const char *file,
                               struct recovery_result *result, struct error *error)
{
    struct segment_record *record = &recovery->record;
    struct stat status_of_file;
    enum status status = STATUS_OK;

    memset(record, 0, sizeof(*record));
    snprintf(record->camera, sizeof(record->camera), "%s", recovery->camera);
    snprintf(record->id, sizeof(record->id), "%s", id);
    segment_file_name(record->file, record->camera, id);
    recovery->descriptor =
        openat(recovery->settings.volume, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (recovery->descriptor < 0 || fstat(recovery->descriptor, &status_of_file) != 0)
        return say(result, errno == ELOOP ? RECOVERY_FOREIGN : RECOVERY_UNREADABLE,
                   "cannot open it: %s", strerror(errno));
    if (!S_ISREG(status_of_file.st_mode))
        return say(result, RECOVERY_FOREIGN, "%s", "not a regular file");
    recovery->written_utc_ns =
        (int64_t)status_of_file.st_mtim.tv_sec * NS_PER_SECOND + status_of_file.st_mtim.tv_nsec;
    if (status_of_file.st_size == 0 &&
        (!recovery->settings.note || !progress_find(recovery->settings.note, id))) {
        status = file_remove(recovery->settings.volume, file, error);
        return status != STATUS_OK
                   ? status
                   : say(result, RECOVERY_EMPTY_REMOVED, "%s", "nothing was written in it");
    }
    status = piece_list_new(recovery->settings.with_sm3, &recovery->pieces, error);
    if (status == STATUS_OK)
        status = salvage_new(recovery->descriptor, recovery->pieces, &recovery->salvage, error);
    return status == STATUS_OK ? STATUS_AGAIN : status;
}

/* What the index says of a file's id. */
static enum status judge_known(const struct recovery *recovery, const struct segment_row *row,
                               struct recovery_result *result)
{
    if (strcmp(row->camera, recovery->camera) != 0)
        return say(result, RECOVERY_COPY, "it is a segment of camera %s", row->camera);
    if (row->state == SEGMENT_KEPT)
        return STATUS_AGAIN;
    if (row->state == SEGMENT_GONE)
        return say(result, RECOVERY_COPY, "%s", "it was removed when it expired, and is back");
    result->index_record = row->record;
    return say(result, RECOVERY_EXPIRED, "%s", "it has expired and is still there");
}

static enum status take_known(void *context, const struct segment_row *row)
{
    struct known *known = context;

    if (row->state != SEGMENT_KEPT)
        return STATUS_OK;
    if (known->count == known->capacity) {
        size_t capacity = known->capacity > 0 ? 2 * known->capacity : 256;
        char(*ids)[SEGMENT_ID_SIZE] = realloc(known->ids, capacity * sizeof(*ids));

        if (!ids)
            return STATUS_NO_MEMORY;
        known->ids = ids;
        known->capacity = capacity;
    }
    memcpy(known->ids[known->count], row->id, SEGMENT_ID_SIZE);
    known->count++;
    return STATUS_OK;
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The usual case, without a query for each name. */
static bool is_known(const struct recovery *recovery, const char *id)
{
    return recovery->known.count > 0 &&
           bsearch(id, recovery->known.ids, recovery->known.count, SEGMENT_ID_SIZE, compare_ids);
}

/* STATUS_AGAIN: nothing to say of this name (or an orphan was opened); STATUS_OK: *result. */
static enum status look_at(struct recovery *recovery, const char *name,
                           struct recovery_result *result, struct error *error)
{
    char id[SEGMENT_ID_SIZE];
    struct segment_row row;
    enum status status = STATUS_OK;

    snprintf(result->file, sizeof(result->file), "%s/%s/%.200s", recovery->camera, recovery->day,
             name);
    if (!id_of_name(recovery, name, id))
        return say(result, RECOVERY_FOREIGN, "%s", "not a name the recorder makes");
    if (is_known(recovery, id) ||
        (recovery->settings.is_open && recovery->settings.is_open(recovery->settings.context, id)))
        return STATUS_AGAIN;
    status = segment_index_find(recovery->settings.database, id, &row, error);
    if (status == STATUS_OK)
        return judge_known(recovery, &row, result);
    if (status != STATUS_NOT_FOUND)
        return status;
    status = open_orphan(recovery, id, result->file, result, error);
    if (status != STATUS_AGAIN)
        drop_orphan(recovery);
    return status;
}

/* Holds the file against what the note vouches for. A note of this segment covers its first
 * pieces; anything else of the file is not covered. */
static void hold_against_note(struct recovery *recovery)
{
    struct segment_record *record = &recovery->record;
    const struct progress_segment *noted =
        recovery->settings.note ? progress_find(recovery->settings.note, record->id) : NULL;
    struct piece_roots roots;
    uint64_t covered = 0;

    if (noted) {
        size_t count = piece_list_count(recovery->pieces);
        size_t pieces = noted->pieces < count ? noted->pieces : count;

        for (size_t i = 0; i < pieces; i++)
            covered += piece_list_at(recovery->pieces, i)->size;
        piece_list_roots_at(recovery->pieces, pieces, &roots);
        if (pieces != noted->pieces || covered != noted->size ||
            !digest_equal(&roots.sha256, &noted->roots.sha256) ||
            (roots.has_sm3 && noted->roots.has_sm3 &&
             !digest_equal(&roots.sm3, &noted->roots.sm3))) {
            record->contradicts_note = true;
            record->noted_size = noted->size;
            record->noted = noted->roots;
            covered = 0;
        }
    }
    record->recovered = true;
    record->recovered_from = covered;
    record->has_not_covered = covered < record->size;
    record->not_covered_from = record->has_not_covered ? covered : 0;
}

/* When was it? The note knows the start; else the last write is taken for the end. */
static void place_in_time(struct recovery *recovery)
{
    struct segment_record *record = &recovery->record;
    const struct progress_segment *noted =
        recovery->settings.note ? progress_find(recovery->settings.note, record->id) : NULL;
    int64_t duration = piece_list_end_utc_ns(recovery->pieces);

    if (noted)
        record->start_utc_ns = noted->start_utc_ns;
    else if (__builtin_sub_overflow(recovery->written_utc_ns, duration, &record->start_utc_ns))
        record->start_utc_ns = 0;
    record->times_estimated = !noted;
    piece_list_shift(recovery->pieces, record->start_utc_ns);
    record->end_utc_ns = piece_list_end_utc_ns(recovery->pieces);
    if (record->end_utc_ns < record->start_utc_ns)
        record->end_utc_ns = record->start_utc_ns;
}

static void fill_in(struct recovery *recovery)
{
    struct segment_record *record = &recovery->record;
    const struct box_track *track = salvage_track(recovery->salvage);

    record->size = piece_list_size(recovery->pieces);
    record->pieces = (uint32_t)piece_list_count(recovery->pieces);
    record->frames = piece_list_frames(recovery->pieces);
    if (track) {
        memcpy(record->video_codec, track->video_codec, sizeof(record->video_codec));
        memcpy(record->audio_codec, track->audio_codec, sizeof(record->audio_codec));
        record->width = track->width;
        record->height = track->height;
    }
    place_in_time(recovery);
    hold_against_note(recovery);
    piece_list_roots(recovery->pieces, &record->roots);
}

/* Syncs what a record will speak of: the file, then its folder. */
static enum status make_durable(struct recovery *recovery, struct error *error)
{
    char folder[SEGMENT_FILE_SIZE];
    AUTO_CLOSE int directory = -1;

    snprintf(folder, sizeof(folder), "%s/%s", recovery->camera, recovery->day);
    directory =
        openat(recovery->settings.volume, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (directory < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open the folder %s", folder);
    return segment_sync(recovery->descriptor, directory, recovery->record.file, error);
}

static enum status salvage_orphan(struct recovery *recovery, uint64_t budget,
                                  struct recovery_result *result, struct error *error)
{
    struct error why = {0};
    enum status status = salvage_step(recovery->salvage, budget, &why);

    if (status == STATUS_AGAIN)
        return status;
    memcpy(result->file, recovery->record.file, sizeof(recovery->record.file));
    if (status == STATUS_OK)
        status = make_durable(recovery, error);
    else if (status == STATUS_IO || status == STATUS_INVALID || status == STATUS_FULL) {
        drop_orphan(recovery);
        return say(result, RECOVERY_UNREADABLE, "%s", why.text);
    }
    if (status != STATUS_OK)
        return status;
    fill_in(recovery);
    /* The pieces are the caller's to look at until the next step. */
    salvage_free(recovery->salvage);
    recovery->salvage = NULL;
    result->record = recovery->record;
    result->pieces = recovery->pieces;
    return say(result, RECOVERY_SEALED_LATE, "%s", "recovered");
}

/* A segment that the note vouches for, and of which there is neither record nor file: it was
 * removed. That is put on record, with nothing in it. */
static enum status look_for_noted(struct recovery *recovery, struct recovery_result *result,
                                  struct error *error)
{
    const struct progress_note *note = recovery->settings.note;
    const struct progress_segment *noted = &note->segments[recovery->noted];
    struct segment_record *record = &recovery->record;
    struct segment_row row;
    struct stat file;
    enum status status = STATUS_OK;

    recovery->noted++;
    if (strcmp(noted->camera, recovery->camera) != 0 || noted->size == 0 ||
        (recovery->settings.is_open &&
         recovery->settings.is_open(recovery->settings.context, noted->id)))
        return STATUS_AGAIN;
    status = segment_index_find(recovery->settings.database, noted->id, &row, error);
    if (status != STATUS_NOT_FOUND)
        return status == STATUS_OK ? STATUS_AGAIN : status;
    memset(record, 0, sizeof(*record));
    snprintf(record->camera, sizeof(record->camera), "%s", recovery->camera);
    snprintf(record->id, sizeof(record->id), "%s", noted->id);
    segment_file_name(record->file, record->camera, record->id);
    /* A file that is there was yielded, or could not be read and was reported. */
    if (fstatat(recovery->settings.volume, record->file, &file, AT_SYMLINK_NOFOLLOW) == 0)
        return STATUS_AGAIN;
    status = piece_list_new(recovery->settings.with_sm3, &recovery->pieces, error);
    if (status != STATUS_OK)
        return status;
    record->start_utc_ns = noted->start_utc_ns;
    record->end_utc_ns =
        noted->end_utc_ns > noted->start_utc_ns ? noted->end_utc_ns : noted->start_utc_ns;
    record->recovered = true;
    record->contradicts_note = true;
    record->noted_size = noted->size;
    record->noted = noted->roots;
    piece_list_roots(recovery->pieces, &record->roots);
    memcpy(result->file, record->file, sizeof(record->file));
    result->record = *record;
    result->pieces = recovery->pieces;
    return say(result, RECOVERY_SEALED_LATE, "%s", "its file is missing");
}

static enum status read_known(struct recovery *recovery, struct error *error)
{
    enum status status = segment_index_day(recovery->settings.database, recovery->camera,
                                           recovery->day, take_known, &recovery->known, error);

    if (status == STATUS_NO_MEMORY)
        return error_set(error, status, "no memory for the segments of a day");
    return status == STATUS_OK ? STATUS_AGAIN : status;
}

/* The next day's names. STATUS_END: there is no further day. */
static enum status next_day(struct recovery *recovery, struct recovery_result *result,
                            struct error *error)
{
    char folder[SEGMENT_FILE_SIZE];
    const char *name = NULL;
    struct error why = {0};
    enum status status = STATUS_OK;

    if (recovery->days.next == recovery->days.count)
        return STATUS_END;
    name = recovery->days.items[recovery->days.count - 1 - recovery->days.next];
    recovery->days.next++;
    snprintf(result->file, sizeof(result->file), "%s/%.200s", recovery->camera, name);
    if (!is_day(name))
        return say(result, RECOVERY_FOREIGN, "%s", "not a name the recorder makes");
    snprintf(recovery->day, sizeof(recovery->day), "%s", name);
    snprintf(folder, sizeof(folder), "%s/%s", recovery->camera, name);
    status = names_read(&recovery->files, recovery->settings.volume, folder, &why);
    /* After the names: what is sealed meanwhile is known then. */
    recovery->known.count = 0;
    if (status == STATUS_OK)
        return read_known(recovery, error);
    names_clear(&recovery->files);
    if (status == STATUS_NO_MEMORY)
        return error_set(error, status, "%s", why.text);
    return say(result, RECOVERY_UNREADABLE, "%s", why.text);
}

enum status recovery_step(struct recovery *recovery, uint64_t budget,
                          struct recovery_result *result, struct error *error)
{
    enum status status = STATUS_AGAIN;

    memset(result, 0, sizeof(*result));
    if (recovery->salvage)
        return salvage_orphan(recovery, budget, result, error);
    drop_orphan(recovery);
    for (int i = 0; i < NAMES_A_STEP && status == STATUS_AGAIN; i++) {
        if (recovery->salvage)
            return STATUS_AGAIN;
        if (recovery->files.next == recovery->files.count) {
            status = next_day(recovery, result, error);
            break;
        }
        status = look_at(recovery, recovery->files.items[recovery->files.next++], result, error);
    }
    while (status == STATUS_END && recovery->settings.note &&
           recovery->noted < recovery->settings.note->count) {
        status = look_for_noted(recovery, result, error);
        if (status == STATUS_AGAIN)
            status = STATUS_END;
        else
            return status;
    }
    return status;
}

/* Hands out the note's cameras that have no folder. */
static enum status each_noted(int volume, const struct progress_note *note,
                              enum status (*each)(void *context, const char *camera), void *context)
{
    struct stat folder;

    for (size_t i = 0; i < note->count; i++) {
        const char *camera = note->segments[i].camera;
        bool handed = fstatat(volume, camera, &folder, AT_SYMLINK_NOFOLLOW) == 0;
        enum status status = STATUS_OK;

        for (size_t j = 0; j < i && !handed; j++)
            handed = strcmp(note->segments[j].camera, camera) == 0;
        if (!handed)
            status = each(context, camera);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status recovery_cameras(int volume, const struct progress_note *note,
                             enum status (*each)(void *context, const char *camera), void *context,
                             struct error *error)
{
    struct names names = {0};
    struct stat folder;
    enum status status = names_read(&names, volume, ".", error);

    for (size_t i = 0; i < names.count && status == STATUS_OK; i++) {
        const char *name = names.items[i];

        if (camera_id_is_valid(name) && fstatat(volume, name, &folder, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISDIR(folder.st_mode))
            status = each(context, name);
    }
    names_clear(&names);
    free(names.items);
    return status == STATUS_OK && note ? each_noted(volume, note, each, context) : status;
}
