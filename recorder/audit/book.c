#include "audit/book.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum status book_open(struct book *book, struct error *error)
{
    *book = (struct book){.video_days = RETENTION_VIDEO_DAYS_FLOOR,
                          .record_days = RETENTION_RECORD_DAYS_FLOOR};
    return hold_index_new(&book->holds, error);
}

void book_release(struct book *book)
{
    free(book->cameras.data);
    free(book->segments.data);
    free(book->gaps.data);
    free(book->steps.data);
    free(book->doors.data);
    free(book->sources.data);
    free(book->boots.data);
    free(book->marks.data);
    hold_index_free(book->holds);
    *book = (struct book){0};
}

void *book_list_add(struct book_list *list, size_t item)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 16 : list->capacity * 2;
        void *data = reallocarray(list->data, capacity, item);
        if (data == NULL) {
            return NULL;
        }
        list->data = data;
        list->capacity = capacity;
    }
    void *added = (char *)list->data + list->count * item;
    memset(added, 0, item);
    list->count++;
    return added;
}

uint32_t book_camera_index(struct book *book, const char *id)
{
    const struct book_camera *cameras = book->cameras.data;
    for (size_t i = 0; i < book->cameras.count; i++) {
        if (strcmp(cameras[i].id, id) == 0) {
            return (uint32_t)i;
        }
    }
    struct book_camera *camera = book_list_add(&book->cameras, sizeof(*camera));
    if (camera == NULL) {
        return UINT32_MAX;
    }
    (void)snprintf(camera->id, sizeof(camera->id), "%s", id);
    return (uint32_t)(book->cameras.count - 1);
}

const char *book_camera_id(const struct book *book, uint32_t index)
{
    const struct book_camera *cameras = book->cameras.data;
    return cameras[index].id;
}

struct book_source *book_source(struct book *book, const char *name)
{
    struct book_source *sources = book->sources.data;
    for (size_t i = 0; i < book->sources.count; i++) {
        if (strcmp(sources[i].name, name) == 0) {
            return &sources[i];
        }
    }
    struct book_source *source = book_list_add(&book->sources, sizeof(*source));
    if (source != NULL) {
        (void)snprintf(source->name, sizeof(source->name), "%s", name);
    }
    return source;
}

bool book_door_has_camera(const struct book *book, const char *door, const char *camera)
{
    const struct book_door *doors = book->doors.data;
    for (size_t i = 0; i < book->doors.count; i++) {
        if (strcmp(doors[i].door, door) == 0 && strcmp(doors[i].camera, camera) == 0) {
            return true;
        }
    }
    return false;
}

enum status book_door_add(struct book *book, const char *door, const char *camera)
{
    if (book_door_has_camera(book, door, camera)) {
        return STATUS_OK;
    }
    struct book_door *added = book_list_add(&book->doors, sizeof(*added));
    if (added == NULL) {
        return STATUS_NO_MEMORY;
    }
    (void)snprintf(added->door, sizeof(added->door), "%s", door);
    (void)snprintf(added->camera, sizeof(added->camera), "%s", camera);
    return STATUS_OK;
}

void book_drop_unknown(struct book *book)
{
    struct book_segment *segments = book->segments.data;
    size_t kept = 0;
    for (size_t i = 0; i < book->segments.count; i++) {
        if (!segments[i].bodiless || segments[i].expired_by != 0) {
            segments[kept++] = segments[i];
        }
    }
    book->segments.count = kept;
}

static int compare_record(const void *key, const void *item)
{
    const uint64_t *record = key;
    const struct book_segment *segment = item;
    return *record < segment->record ? -1 : *record > segment->record;
}

struct book_segment *book_segment_of_record(const struct book *book, uint64_t record)
{
    if (book->segments.count == 0) {
        return NULL;
    }
    return bsearch(&record, book->segments.data, book->segments.count, sizeof(struct book_segment),
                   compare_record);
}

/* One segment of the book. */
struct book_reference {
    const struct book_segment *segment;
};

struct book_by_id {
    const struct book *book;
    size_t count;
    struct book_reference sorted[];
};

static int compare_id(const struct book_segment *a, const struct book_segment *b)
{
    if (a->camera != b->camera) {
        return a->camera < b->camera ? -1 : 1;
    }
    if (a->id_utc_ns != b->id_utc_ns) {
        return a->id_utc_ns < b->id_utc_ns ? -1 : 1;
    }
    return a->id_random < b->id_random ? -1 : a->id_random > b->id_random;
}

static int compare_references(const void *left, const void *right)
{
    const struct book_reference *a = left;
    const struct book_reference *b = right;
    return compare_id(a->segment, b->segment);
}

enum status book_by_id_new(const struct book *book, struct book_by_id **by_id, struct error *error)
{
    size_t count = book->segments.count;
    const struct book_segment *segments = book->segments.data;
    struct book_by_id *made = malloc(sizeof(*made) + count * sizeof(made->sorted[0]));
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for the list of segments");
    }
    made->book = book;
    made->count = count;
    for (size_t i = 0; i < count; i++) {
        made->sorted[i].segment = &segments[i];
    }
    if (count > 0) {
        qsort(made->sorted, count, sizeof(made->sorted[0]), compare_references);
    }
    *by_id = made;
    return STATUS_OK;
}

void book_by_id_free(struct book_by_id *by_id)
{
    free(by_id);
}

const struct book_segment *book_by_id_find(const struct book_by_id *by_id, const char *camera,
                                           const char *id)
{
    const struct book_camera *cameras = by_id->book->cameras.data;
    struct book_segment key = {0};
    while (key.camera < by_id->book->cameras.count && strcmp(cameras[key.camera].id, camera) != 0) {
        key.camera++;
    }
    if (by_id->count == 0 || !segment_id_is_valid(id) ||
        segment_id_time(id, &key.id_utc_ns) != STATUS_OK) {
        return NULL;
    }
    key.id_random = strtoull(strchr(id, '-') + 1, NULL, 16);
    const struct book_reference wanted = {&key};
    const struct book_reference *found =
        bsearch(&wanted, by_id->sorted, by_id->count, sizeof(by_id->sorted[0]), compare_references);
    return found != NULL ? found->segment : NULL;
}

void book_segment_file(const struct book *book, const struct book_segment *segment,
                       char file[SEGMENT_FILE_SIZE])
{
    char id[SEGMENT_ID_SIZE];
    struct tm date;
    time_t seconds = (time_t)(segment->id_utc_ns / NS_PER_SECOND);
    char text[32] = "";
    if (gmtime_r(&seconds, &date) != NULL) {
        (void)strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &date);
    }
    (void)snprintf(id, sizeof(id), "%s-%016" PRIx64, text, segment->id_random);
    segment_file_name(file, book_camera_id(book, segment->camera), id);
}
