#include "store/expiry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "store/body_table.h"
#include "store/row.h"

struct expiry {
    struct expiry_books books;
    struct expiry_record record; /* large, so made once */
    struct segment_row rows[RETENTION_CHOICES_MAX];
    uint64_t unlink_from; /* where expiry_unlink goes on */
    bool has_order;       /* `record` is the expiry record `order` */
    uint64_t order;
};

enum status expiry_new(const struct expiry_books *books, struct expiry **expiry,
                       struct error *error)
{
    struct expiry *made = calloc(1, sizeof(*made));

    *expiry = NULL;
    if (!made)
        return error_set(error, STATUS_NO_MEMORY, "no memory for expiries");
    made->books = *books;
    *expiry = made;
    return STATUS_OK;
}

void expiry_free(struct expiry *expiry)
{
    free(expiry);
}

static enum status next_segment(void *context, const char *camera, uint64_t from,
                                struct retention_segment *segment, struct error *error)
{
    const struct expiry *expiry = context;
    struct segment_row row;
    size_t count = 0;
    enum status status = segment_index_list(ledger_database(expiry->books.ledger), camera,
                                            SEGMENT_KEPT, from, &row, 1, &count, error);

    if (status != STATUS_OK)
        return status;
    if (count == 0)
        return STATUS_END;
    *segment = (struct retention_segment){
        .record = row.record,
        .size = row.size,
        .start_utc_ns = row.start_utc_ns,
        .end_utc_ns = row.end_utc_ns,
        .lived_ns = row.lived_ns,
        .held = hold_is_held(expiry->books.holds, row.camera, row.start_utc_ns, row.end_utc_ns),
    };
    return STATUS_OK;
}

struct retention_source expiry_source(struct expiry *expiry)
{
    return (struct retention_source){.next = next_segment, .context = expiry};
}

static enum status read_record(struct expiry *expiry, uint64_t number,
                               struct segment_record *record, struct error *error)
{
    struct record_head head;
    json_t *body AUTO_JSON = NULL;
    enum status status = row_read(expiry->books.ledger, number, &head, &body, error);

    if (status != STATUS_OK)
        return status;
    if (head.kind != RECORD_SEGMENT)
        return error_set(error, STATUS_MISMATCH, "not a segment's record");
    return segment_record_parse(body, record, error);
}

/* Does the record say what the index said, and does no hold touch it? The index decides nothing
 * on its own. */
static bool confirm(struct expiry *expiry, const char *camera,
                    const struct retention_choice *choice, struct expiry_segment *segment)
{
    struct segment_record record = {0};

    if (read_record(expiry, choice->segment.record, &record, NULL) != STATUS_OK ||
        strcmp(record.camera, camera) != 0 || record.start_utc_ns != choice->segment.start_utc_ns ||
        record.end_utc_ns != choice->segment.end_utc_ns ||
        hold_is_held(expiry->books.holds, camera, record.start_utc_ns, record.end_utc_ns))
        return false;
    memset(segment, 0, sizeof(*segment));
    segment->record = choice->segment.record;
    memcpy(segment->id, record.id, sizeof(segment->id));
    memcpy(segment->file, record.file, sizeof(segment->file));
    segment->start_utc_ns = record.start_utc_ns;
    segment->end_utc_ns = record.end_utc_ns;
    segment->size = record.size;
    segment->below_floor = choice->below_floor;
    segment->roots = record.roots;
    return true;
}

static enum status append_record(struct expiry *expiry, struct error *error)
{
    char source[SOURCE_SIZE];
    uint64_t number = 0;
    json_t *members AUTO_JSON = NULL;
    enum status status = expiry_record_members(&expiry->record, &members, error);

    if (status != STATUS_OK)
        return status;
    snprintf(source, sizeof(source), "camera/%s", expiry->record.camera);
    return ledger_append(expiry->books.ledger, RECORD_EXPIRY, source, members, &number, error);
}

/* All choices of one camera for one reason. */
static enum status append_group(struct expiry *expiry, const char *camera, size_t which,
                                enum retention_reason reason, const struct retention_policy *policy,
                                const struct retention_decision *decision, size_t *appended,
                                size_t *refused, struct error *error)
{
    struct expiry_record *record = &expiry->record;
    enum status status = STATUS_OK;

    expiry->has_order = false;
    memset(record, 0, sizeof(*record));
    snprintf(record->camera, sizeof(record->camera), "%s", camera);
    record->reason = reason;
    record->video_days = policy->video_days;
    for (size_t i = 0; i < decision->count; i++) {
        const struct retention_choice *choice = &decision->choices[i];

        if (choice->camera != which || choice->reason != reason)
            continue;
        if (confirm(expiry, camera, choice, &record->segments[record->count]))
            record->count++;
        else
            (*refused)++;
    }
    if (record->count == 0)
        return STATUS_OK;
    status = append_record(expiry, error);
    *appended += status == STATUS_OK;
    return status;
}

enum status expiry_append(struct expiry *expiry, const struct retention_policy *policy,
                          const struct retention_camera *cameras,
                          const struct retention_decision *decision, size_t *appended,
                          size_t *refused, struct error *error)
{
    enum status status = STATUS_OK;
    bool done[RETENTION_CAMERAS_MAX] = {false};

    *appended = 0;
    *refused = 0;
    for (size_t i = 0; i < decision->count; i++) {
        size_t which = decision->choices[i].camera;

        if (done[which])
            continue;
        done[which] = true;
        for (unsigned reason = RETENTION_AGE; reason <= RETENTION_SPACE; reason++) {
            status =
                append_group(expiry, cameras[which].camera, which, (enum retention_reason)reason,
                             policy, decision, appended, refused, error);
            if (status != STATUS_OK)
                return status;
        }
    }
    return STATUS_OK;
}

bool expiry_names(struct expiry *expiry, const struct segment_row *row)
{
    struct record_head head;
    json_t *body AUTO_JSON = NULL;

    if (!expiry->has_order || expiry->order != row->expired_by) {
        expiry->has_order =
            row_read(expiry->books.ledger, row->expired_by, &head, &body, NULL) == STATUS_OK &&
            head.kind == RECORD_EXPIRY &&
            expiry_record_parse(body, &expiry->record, NULL) == STATUS_OK;
        expiry->order = row->expired_by;
    }
    if (!expiry->has_order || strcmp(expiry->record.camera, row->camera) != 0)
        return false;
    for (size_t i = 0; i < expiry->record.count; i++)
        if (expiry->record.segments[i].record == row->record &&
            strcmp(expiry->record.segments[i].id, row->id) == 0)
            return true;
    return false;
}

/* Removes one file, durably, and writes that down. Which file it is follows from camera and id
 * alone. What no expiry record orders is left to segment_index_check. */
static enum status carry_out(struct expiry *expiry, const struct segment_row *row, size_t *removed,
                             enum status *failed, struct error *error)
{
    char file[SEGMENT_FILE_SIZE];
    enum status status = STATUS_OK;

    if (!expiry_names(expiry, row))
        return STATUS_OK;
    segment_file_name(file, row->camera, row->id);
    status = file_remove(expiry->books.volume, file, error);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        *failed = STATUS_IO;
        return STATUS_OK;
    }
    *removed += status == STATUS_OK;
    status = segment_index_gone(expiry->books.segments, row->record, error);
    if (status == STATUS_OK)
        status = piece_table_remove(expiry->books.pieces, row->record, error);
    return status;
}

enum status expiry_unlink(struct expiry *expiry, size_t limit, size_t *removed, struct error *error)
{
    size_t count = 0;
    size_t files = 0;
    size_t wanted = limit < RETENTION_CHOICES_MAX ? limit : RETENTION_CHOICES_MAX;
    enum status failed = STATUS_OK;
    enum status status =
        segment_index_list(ledger_database(expiry->books.ledger), NULL, SEGMENT_EXPIRED,
                           expiry->unlink_from, expiry->rows, wanted, &count, error);

    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        expiry->unlink_from = expiry->rows[i].record + 1;
        status = carry_out(expiry, &expiry->rows[i], &files, &failed, error);
    }
    if (removed)
        *removed = files;
    if (status != STATUS_OK)
        return status;
    if (count == wanted)
        return failed != STATUS_OK ? failed : STATUS_AGAIN;
    expiry->unlink_from = 0;
    return failed;
}
