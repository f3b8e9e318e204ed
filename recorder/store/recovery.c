#include "store/recovery.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/names.h"
#include "store/orphan.h"

/* Names looked up in one step. */
#define NAMES_A_STEP 1024

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
    struct known known;    /* of that day */
    size_t noted;          /* the next segment of the note to look for */
    struct orphan *orphan; /* the one at hand; done: until the next step */
};

enum status recovery_new(const struct recovery_settings *settings, struct recovery **recovery,
                         struct error *error)
{
    struct recovery *made = calloc(1, sizeof(*made));
    enum status status = STATUS_OK;

    *recovery = NULL;
    if (!made)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the recovery");
    made->settings = *settings;
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

void recovery_free(struct recovery *recovery)
{
    if (!recovery)
        return;
    orphan_free(recovery->orphan);
    names_release(&recovery->days);
    names_release(&recovery->files);
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

static struct orphan_settings settings_of(const struct recovery *recovery, const char *id)
{
    const struct progress_note *note = recovery->settings.note;

    return (struct orphan_settings){.volume = recovery->settings.volume,
                                    .camera = recovery->camera,
                                    .id = id,
                                    .noted = note ? progress_find(note, id) : NULL,
                                    .with_sm3 = recovery->settings.with_sm3};
}

/* STATUS_AGAIN: an orphan is at hand. */
static enum status open_orphan(struct recovery *recovery, const char *id,
                               struct recovery_result *result, struct error *error)
{
    struct orphan_settings settings = settings_of(recovery, id);
    struct error why = {0};
    enum status status = orphan_open(&settings, &recovery->orphan, &why);

    if (status == STATUS_OK)
        return STATUS_AGAIN;
    if (status == STATUS_NO_MEMORY)
        return error_set(error, status, "%s", why.text);
    if (status == STATUS_REFUSED)
        return say(result, RECOVERY_FOREIGN, "%s", why.text);
    if (status != STATUS_END)
        return say(result, RECOVERY_UNREADABLE, "%s", why.text);
    status = file_remove(recovery->settings.volume, result->file, error);
    return status == STATUS_OK ? say(result, RECOVERY_EMPTY_REMOVED, "%s", why.text) : status;
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

static bool is_open(const struct recovery *recovery, const char *id)
{
    return recovery->settings.is_open && recovery->settings.is_open(recovery->settings.context, id);
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
    if (is_known(recovery, id) || is_open(recovery, id))
        return STATUS_AGAIN;
    status = segment_index_find(recovery->settings.database, id, &row, error);
    if (status == STATUS_OK)
        return judge_known(recovery, &row, result);
    if (status != STATUS_NOT_FOUND)
        return status;
    return open_orphan(recovery, id, result, error);
}

/* The record and the pieces of the orphan at hand. */
static enum status hand_out(const struct recovery *recovery, const char *detail,
                            struct recovery_result *result)
{
    result->record = *orphan_record(recovery->orphan);
    result->pieces = orphan_pieces(recovery->orphan);
    memcpy(result->file, result->record.file, sizeof(result->record.file));
    return say(result, RECOVERY_SEALED_LATE, "%s", detail);
}

static enum status drop_orphan(struct recovery *recovery, enum status status)
{
    orphan_free(recovery->orphan);
    recovery->orphan = NULL;
    return status;
}

static enum status salvage_orphan(struct recovery *recovery, uint64_t budget,
                                  struct recovery_result *result, struct error *error)
{
    struct error why = {0};
    enum status status = orphan_step(recovery->orphan, budget, &why);

    if (status == STATUS_AGAIN)
        return status;
    if (status == STATUS_OK)
        return hand_out(recovery, "recovered", result);
    memcpy(result->file, orphan_record(recovery->orphan)->file,
           sizeof(orphan_record(recovery->orphan)->file));
    if (status == STATUS_UNCERTAIN || status == STATUS_NO_MEMORY)
        return drop_orphan(recovery, error_set(error, status, "%s", why.text));
    return drop_orphan(recovery, say(result, RECOVERY_UNREADABLE, "%s", why.text));
}

/* A segment that the note vouches for, and of which there is neither record nor file: it was
 * removed. That is put on record, with nothing in it. */
static enum status look_for_noted(struct recovery *recovery, struct recovery_result *result,
                                  struct error *error)
{
    const struct progress_segment *noted = &recovery->settings.note->segments[recovery->noted];
    struct orphan_settings settings = settings_of(recovery, noted->id);
    char name[SEGMENT_FILE_SIZE];
    struct segment_row row;
    struct stat file;
    enum status status = STATUS_OK;

    recovery->noted++;
    if (strcmp(noted->camera, recovery->camera) != 0 || noted->size == 0 ||
        is_open(recovery, noted->id))
        return STATUS_AGAIN;
    status = segment_index_find(recovery->settings.database, noted->id, &row, error);
    if (status != STATUS_NOT_FOUND)
        return status == STATUS_OK ? STATUS_AGAIN : status;
    segment_file_name(name, recovery->camera, noted->id);
    /* A file that is there was yielded, or could not be read and was reported. */
    if (fstatat(recovery->settings.volume, name, &file, AT_SYMLINK_NOFOLLOW) == 0)
        return STATUS_AGAIN;
    status = orphan_missing(&settings, &recovery->orphan, error);
    return status == STATUS_OK ? hand_out(recovery, "its file is missing", result) : status;
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
    if (recovery->orphan && !orphan_is_done(recovery->orphan))
        return salvage_orphan(recovery, budget, result, error);
    status = drop_orphan(recovery, STATUS_AGAIN);
    for (int i = 0; i < NAMES_A_STEP && status == STATUS_AGAIN; i++) {
        if (recovery->orphan)
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
