#include "audit/segments.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "audit/parallel.h"
#include "audit/segment_check.h"
#include "store/piece_table.h"

/* So many files are prepared at a time, then shared out among the threads. Their piece lists
 * are what takes memory: about 10 kB a minute of video. */
#define BATCH 128u

struct batch {
    struct audit *audit;
    struct segment_check *checks;
    uint64_t records[BATCH];
    size_t count;
    unsigned threads;
    pthread_t reader; /* the thread that may show progress */
    uint64_t total;
    _Atomic uint64_t hashed;
};

static bool is_wanted(const struct audit *audit, const struct book_segment *segment)
{
    return segment->expired_by == 0 &&
           audit_wants_camera(audit, book_camera_id(&audit->book, segment->camera)) &&
           audit_wants_time(audit, segment->start_utc_ns, segment->end_utc_ns);
}

static void report_pieces(struct audit *audit, uint64_t number, const struct segment_record *record,
                          const char *detail)
{
    struct finding finding = finding_of(FAULT_PIECES_ALTERED);
    finding_set_record(&finding, number);
    finding_set_file(&finding, "ledger.db");
    (void)snprintf(finding.subject, sizeof(finding.subject), "camera/%s", record->camera);
    finding.from_utc_ns = record->start_utc_ns;
    finding.to_utc_ns = record->end_utc_ns;
    finding_set_detail(&finding, "%s", detail);
    audit_add(audit, &finding);
}

/* The stored list, if it can be believed. */
static struct piece_list *read_pieces(struct audit *audit, uint64_t number,
                                      const struct segment_record *record)
{
    struct piece_list *pieces = NULL;
    char detail[96] = "it is missing";
    enum status status = piece_table_read(ledger_view_database(audit->view), number, &pieces, NULL);
    if (status == STATUS_OK && segment_pieces_fit(record, pieces, detail, sizeof(detail))) {
        return pieces;
    }
    if (status == STATUS_INVALID || status == STATUS_MISMATCH) {
        (void)snprintf(detail, sizeof(detail), "it cannot be read");
    }
    /* anything else is the whole table's fault, and reported with the file's structure */
    if (status == STATUS_OK || status == STATUS_NOT_FOUND || status == STATUS_INVALID ||
        status == STATUS_MISMATCH) {
        report_pieces(audit, number, record, detail);
    }
    if (status == STATUS_OK) {
        piece_list_free(pieces);
    }
    return NULL;
}

/* A file that was not what its progress note vouched for when it was sealed late. */
static void report_contradiction(struct audit *audit, uint64_t number,
                                 const struct segment_record *record)
{
    struct finding finding =
        finding_of(record->size == 0 ? FAULT_VIDEO_MISSING : FAULT_VIDEO_ALTERED);
    finding_set_record(&finding, number);
    finding_set_file(&finding, "%s/%s", audit->video_prefix, record->file);
    finding_set_bytes(&finding, 0, record->noted_size);
    (void)snprintf(finding.subject, sizeof(finding.subject), "camera/%s", record->camera);
    finding.from_utc_ns = record->start_utc_ns;
    finding.to_utc_ns = record->end_utc_ns;
    finding_set_detail(&finding,
                       "altered before it was sealed: the progress note vouched for %" PRIu64
                       " other bytes",
                       record->noted_size);
    audit_add(audit, &finding);
}

/* Reads the record again and makes a check of it; false if there is nothing to check. */
static enum status prepare(struct batch *batch, const struct book_segment *segment,
                           struct error *error)
{
    struct audit *audit = batch->audit;
    struct segment_check *check = &batch->checks[batch->count];
    struct ledger_row row;
    json_t *body = NULL;
    enum status status = ledger_view_row(audit->view, segment->record, &row, error);
    if (status == STATUS_OK) {
        status = record_body_parse(row.body, &body, error);
    }
    *check = (struct segment_check){.volume = audit->video,
                                    .algorithm = audit->algorithm,
                                    .both_digests = audit->options->both_digests,
                                    .hashed = &batch->hashed};
    if (status == STATUS_OK) {
        status = segment_record_parse(body, &check->record, error);
        json_decref(body);
    }
    if (status != STATUS_OK) {
        /* a damaged page can be read in one order and not in another; structure.c reports it */
        return status == STATUS_NO_MEMORY || status == STATUS_AGAIN ? status : STATUS_OK;
    }
    if (check->record.contradicts_note) {
        report_contradiction(audit, segment->record, &check->record);
    }
    if (check->record.size == 0) {
        return STATUS_OK; /* the record of a file that was gone */
    }
    check->pieces = read_pieces(audit, segment->record, &check->record);
    batch->records[batch->count++] = segment->record;
    return STATUS_OK;
}

static void work(void *context, size_t index)
{
    struct batch *batch = context;
    segment_check(&batch->checks[index]);
    if (pthread_equal(pthread_self(), batch->reader)) {
        audit_show(batch->audit, AUDIT_STAGE_VIDEO, batch->hashed, batch->total);
    }
}

/* Does the record of this number, beyond the snapshot, let the segment go? It is held against its
 * own digests only; the next verification judges it in full. */
static bool lets_go(struct audit *audit, struct ledger_view *view, uint64_t expiry, uint64_t number)
{
    struct ledger_row row;
    struct record_head head;
    json_t *body = NULL;
    bool found = false;
    if (ledger_view_row(view, expiry, &row, NULL) != STATUS_OK ||
        record_head_parse(row.head, &head, NULL) != STATUS_OK || head.kind != RECORD_EXPIRY ||
        record_body_check(audit->algorithm, &head, row.body, NULL) != STATUS_OK ||
        record_body_parse(row.body, &body, NULL) != STATUS_OK) {
        return false;
    }
    size_t index = 0;
    const json_t *segment = NULL;
    json_array_foreach(json_object_get(body, "segments"), index, segment)
    {
        uint64_t record = 0;
        found =
            found || (json_get_u64(segment, "record", &record) == STATUS_OK && record == number);
    }
    json_decref(body);
    return found;
}

/* On a running appliance a segment may reach its time while this goes on. */
static bool expired_meanwhile(struct audit *audit, uint64_t number)
{
    char path[PATH_SIZE];
    struct ledger_view *view = NULL;
    uint64_t end = 0;
    bool found = false;
    (void)snprintf(path, sizeof(path), "%s/ledger.db", audit->options->state);
    if (ledger_view_open(path, &view, NULL) == STATUS_OK &&
        ledger_view_end_number(view, &end, NULL) == STATUS_OK) {
        for (uint64_t expiry = audit->size; expiry < end && !found; expiry++) {
            found = lets_go(audit, view, expiry, number);
        }
    }
    ledger_view_free(view);
    return found;
}

static void report_faults(struct audit *audit, uint64_t number, const struct segment_check *check)
{
    const struct segment_record *record = &check->record;
    for (size_t i = 0; i < check->count; i++) {
        const struct segment_fault *fault = &check->faults[i];
        if (fault->fault == FAULT_VIDEO_MISSING && audit->live &&
            expired_meanwhile(audit, number)) {
            continue;
        }
        struct finding finding = finding_of(fault->fault);
        finding_set_record(&finding, number);
        finding_set_file(&finding, "%s/%s", audit->video_prefix, record->file);
        finding_set_bytes(&finding, fault->from, fault->to);
        (void)snprintf(finding.subject, sizeof(finding.subject), "camera/%s", record->camera);
        finding.from_utc_ns = record->start_utc_ns;
        finding.to_utc_ns = record->end_utc_ns;
        finding_set_detail(&finding, "%s", fault->detail);
        audit_add(audit, &finding);
    }
    if (record->has_not_covered && record->not_covered_from < record->size) {
        struct finding finding = finding_of(FAULT_VIDEO_NOT_COVERED);
        finding_set_record(&finding, number);
        finding_set_file(&finding, "%s/%s", audit->video_prefix, record->file);
        finding_set_bytes(&finding, record->not_covered_from, record->size);
        (void)snprintf(finding.subject, sizeof(finding.subject), "camera/%s", record->camera);
        finding.from_utc_ns = record->start_utc_ns;
        finding.to_utc_ns = record->end_utc_ns;
        audit_add(audit, &finding);
    }
}

static void run_batch(struct batch *batch)
{
    parallel_for(batch->threads, batch->count, work, batch);
    for (size_t i = 0; i < batch->count; i++) {
        struct segment_check *check = &batch->checks[i];
        report_faults(batch->audit, batch->records[i], check);
        batch->audit->report->segments++;
        piece_list_free(check->pieces);
        check->pieces = NULL;
    }
    batch->count = 0;
}

static enum status check_all(struct batch *batch, struct error *error)
{
    const struct book *book = &batch->audit->book;
    const struct book_segment *segments = book->segments.data;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < book->segments.count && status == STATUS_OK; i++) {
        if (is_wanted(batch->audit, &segments[i])) {
            status = prepare(batch, &segments[i], error);
        }
        if (batch->count == BATCH) {
            run_batch(batch);
        }
    }
    run_batch(batch);
    return status;
}

enum status segments_check(struct audit *audit, struct error *error)
{
    const struct book_segment *segments = audit->book.segments.data;
    struct batch batch = {.audit = audit, .reader = pthread_self()};
    batch.threads = audit->options->threads != 0 ? audit->options->threads : parallel_cores();
    batch.checks = calloc(BATCH, sizeof(*batch.checks));
    if (batch.checks == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory to check the video");
    }
    for (size_t i = 0; i < audit->book.segments.count; i++) {
        batch.total += is_wanted(audit, &segments[i]) ? segments[i].size : 0;
    }
    enum status status = check_all(&batch, error);
    audit->report->segment_bytes = batch.hashed;
    audit_show(audit, AUDIT_STAGE_VIDEO, batch.total, batch.total);
    free(batch.checks);
    return status;
}
