#include "evidence/export_people.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "evidence/entries_csv.h"

void export_items_release(struct export_items *items)
{
    free(items->list);
    *items = (struct export_items){0};
}

struct export_item *export_items_add(struct export_items *items, const char *name,
                                     const char *camera)
{
    struct export_item *list =
        array_room(items->list, items->count, &items->capacity, sizeof *list);
    if (list == NULL) {
        return NULL;
    }
    items->list = list;
    struct export_item *item = &list[items->count++];
    *item = (struct export_item){0};
    message_text(item->name, sizeof item->name, name);
    message_text(item->camera, sizeof item->camera, camera);
    return item;
}

/* ---- one file ---- */

static enum status put(void *context, struct bytes bytes, struct error *error)
{
    const struct export_people *people = context;
    return package_file_add(people->package, bytes, error);
}

/* The file that was begun is complete; it is an item, with the suite's digest. It goes to *ended.
 */
static enum status end_file(const struct export_people *people, struct report_item **ended,
                            struct error *error)
{
    enum status status = package_file_end(people->package, error);
    if (status != STATUS_OK) {
        return status;
    }
    const struct manifest_member *member = package_writer_last(people->package);
    struct export_item *item = export_items_add(people->items, member->name, "");
    if (item == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a package");
    }
    bool with_sm3 = suite_digest_algorithm(certificate_suite(people->certificate)) == DIGEST_SM3;
    item->item.size_bytes = member->size;
    item->item.has_sm3 = with_sm3;
    item->item.has_sha256 = !with_sm3;
    *(with_sm3 ? &item->item.sm3 : &item->item.sha256) = member->digest;
    *ended = &item->item;
    return STATUS_OK;
}

static enum status write_entries(const struct export_people *people, const struct content *content,
                                 struct error *error)
{
    const struct text_sink sink = {put, (void *)people};
    struct report_item *item = NULL;
    enum status status = package_file_begin(people->package, ENTRIES_CSV_NAME, error);
    if (status == STATUS_OK) {
        status = entries_csv_write(content, &sink, NULL, error);
    }
    return status == STATUS_OK ? end_file(people, &item, error) : status;
}

static enum status copy_page(const struct export_people *people, struct hasher *sha256,
                             struct error *error)
{
    uint8_t block[65536];
    off_t at = 0;
    ssize_t got = 0;
    enum status status = package_file_begin(people->package, REPORT_PAGE_NAME, error);
    while (status == STATUS_OK && (got = pread(people->page, block, sizeof block, at)) > 0) {
        const struct bytes bytes = {block, (size_t)got};
        hasher_add(sha256, bytes);
        status = package_file_add(people->package, bytes, error);
        at += got;
    }
    return status == STATUS_OK && got < 0
               ? error_set_errno(error, STATUS_IO, errno, "%s cannot be read", REPORT_PAGE_NAME)
               : status;
}

/* With its SHA-256 in any suite: that is what people hold it against. */
static enum status write_page(const struct export_people *people, struct error *error)
{
    struct hasher *sha256 = NULL;
    struct report_item *item = NULL;
    if (people->page < 0) {
        return STATUS_OK;
    }
    enum status status = hasher_new(DIGEST_SHA256, &sha256, error);
    if (status == STATUS_OK) {
        hasher_begin(sha256);
        status = copy_page(people, sha256, error);
    }
    if (status == STATUS_OK) {
        status = end_file(people, &item, error);
    }
    if (status == STATUS_OK) {
        item->has_sha256 = true;
        hasher_end(sha256, &item->sha256);
    }
    hasher_free(sha256);
    return status;
}

/* ---- the report ---- */

/* As the kernel knows it (adjtimex(2)). */
static struct report_clock read_clock(void)
{
    struct timex state = {.modes = 0};
    int result = adjtimex(&state);
    bool synced = result >= 0 && result != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
    int64_t unit_ns = (state.status & STA_NANO) != 0 ? 1 : 1000;
    return (struct report_clock){.is_known = result >= 0,
                                 .quality = synced ? CLOCK_SYNCED : CLOCK_UNSYNCED,
                                 .at_utc_ns = clock_utc_ns(),
                                 .offset_ns = synced ? state.offset * unit_ns : 0,
                                 .error_max_ns = synced ? state.maxerror * INT64_C(1000) : 0};
}

static int by_record(const void *a, const void *b)
{
    const struct report_absence *left = a;
    const struct report_absence *right = b;
    return (left->record > right->record) - (left->record < right->record);
}

static enum status write_report_of(const struct export_people *people,
                                   const struct content *content, struct report_item *items,
                                   struct report_absence *absences, struct error *error)
{
    const struct text_sink sink = {put, (void *)people};
    const struct report_plan plan = {.content = content,
                                     .certificate = people->certificate,
                                     .checkpoint = package_writer_checkpoint(people->package),
                                     .version = SEALROOM_VERSION,
                                     .clock = read_clock(),
                                     .items = items,
                                     .item_count = people->items->count,
                                     .absences = absences,
                                     .absence_count = people->absents->count,
                                     .pictures = people->pictures,
                                     .no_pictures = "there is no program that makes stills",
                                     .language = people->language};
    for (size_t i = 0; i < plan.item_count; i++) {
        const struct export_item *item = &people->items->list[i];
        items[i] = item->item;
        items[i].name = item->name;
        items[i].camera = item->camera[0] != '\0' ? item->camera : NULL;
    }
    for (size_t i = 0; i < plan.absence_count; i++) {
        const struct export_absent *absent = &people->absents->list[i];
        absences[i] = (struct report_absence){.record = absent->record, .cause = absent->cause};
    }
    qsort(absences, plan.absence_count, sizeof *absences, by_record);
    enum status status = package_file_begin(people->package, REPORT_NAME, error);
    if (status == STATUS_OK) {
        status = report_write(&plan, &sink, error);
    }
    return status == STATUS_OK ? package_file_end(people->package, error) : status;
}

static enum status write_report(const struct export_people *people, const struct content *content,
                                struct error *error)
{
    struct report_item *items = calloc(people->items->count + 1, sizeof *items);
    struct report_absence *absences = calloc(people->absents->count + 1, sizeof *absences);
    enum status status = items != NULL && absences != NULL
                             ? write_report_of(people, content, items, absences, error)
                             : error_set(error, STATUS_NO_MEMORY, "no memory for a report");
    free(items);
    free(absences);
    return status;
}

enum status export_people_write(const struct export_people *people, struct error *error)
{
    const struct content content = {.view = people->view,
                                    .selection = package_writer_selection(people->package),
                                    .request = package_writer_request(people->package),
                                    .request_number = people->request,
                                    .size = package_writer_checkpoint(people->package)->size,
                                    .site = people->site};
    enum status status = write_entries(people, &content, error);
    if (status == STATUS_OK) {
        status = write_page(people, error);
    }
    return status == STATUS_OK ? write_report(people, &content, error) : status;
}
