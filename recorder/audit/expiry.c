/*
 * Every expiry is judged again, by what the ledger itself says of that moment: the setting in
 * force, the holds in force, the age as lived.h has it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/records.h"

/* Names as expiry records have them. */
static const struct word reasons[] = {
    [RETENTION_AGE] = {RETENTION_AGE, "age", "for its age", "因到期"},
    [RETENTION_SHARE] = {RETENTION_SHARE, "share", "the camera's share was full",
                         "因摄像机配额已满"},
    [RETENTION_SPACE] = {RETENTION_SPACE, "space", "the disk was full", "因磁盘已满"},
};

/* Adds a finding that has its fault and its cause or detail, with the place and time of what was
 * named. */
static void report_as(struct audit *audit, const struct finding *fault, uint64_t number,
                      const struct expiry_record *expiry, const struct expiry_segment *named)
{
    struct finding finding = *fault;
    finding_set_record(&finding, number);
    finding_set_file(&finding, "%s/%s", audit->video_prefix, named->file);
    (void)snprintf(finding.subject, sizeof(finding.subject), "camera/%s", expiry->camera);
    finding.from_utc_ns = named->start_utc_ns;
    finding.to_utc_ns = named->end_utc_ns;
    if (fault_class(finding.fault) == FINDING_ALTERED ||
        (audit_wants_camera(audit, expiry->camera) &&
         audit_wants_time(audit, named->start_utc_ns, named->end_utc_ns))) {
        audit_add(audit, &finding);
    }
}

static void report(struct audit *audit, enum audit_fault fault, uint64_t number,
                   const struct expiry_record *expiry, const struct expiry_segment *named,
                   const char *detail)
{
    struct finding finding = finding_of(fault);
    finding_set_detail(&finding, "%s", detail);
    report_as(audit, &finding, number, expiry, named);
}

static bool names_truly(const struct book *book, const struct book_segment *segment,
                        const struct expiry_record *expiry, const struct expiry_segment *named)
{
    char file[SEGMENT_FILE_SIZE];
    book_segment_file(book, segment, file);
    return strcmp(book_camera_id(book, segment->camera), expiry->camera) == 0 &&
           strcmp(file, named->file) == 0 && segment->size == named->size &&
           segment->start_utc_ns == named->start_utc_ns && segment->end_utc_ns == named->end_utc_ns;
}

/* In order: listed as one line a camera, for there are a thousand a day. */
static void count_expired(struct audit *audit, uint64_t number, const struct book_segment *segment)
{
    struct book_camera *cameras = audit->book.cameras.data;
    struct book_camera *camera = &cameras[segment->camera];
    if (!audit_wants_camera(audit, camera->id) ||
        !audit_wants_time(audit, segment->start_utc_ns, segment->end_utc_ns)) {
        return;
    }
    if (camera->expired++ == 0) {
        camera->expired_first = number;
        camera->expired_from_utc_ns = segment->start_utc_ns;
        camera->expired_to_utc_ns = segment->end_utc_ns;
    }
    camera->expired_last = number;
    if (segment->start_utc_ns < camera->expired_from_utc_ns) {
        camera->expired_from_utc_ns = segment->start_utc_ns;
    }
    if (segment->end_utc_ns > camera->expired_to_utc_ns) {
        camera->expired_to_utc_ns = segment->end_utc_ns;
    }
}

void expiry_list(struct audit *audit)
{
    const struct book_camera *cameras = audit->book.cameras.data;
    for (size_t i = 0; i < audit->book.cameras.count; i++) {
        if (cameras[i].expired == 0) {
            continue;
        }
        struct finding finding = finding_of(FAULT_EXPIRED);
        finding_set_record(&finding, cameras[i].expired_first);
        finding.record_last = cameras[i].expired_last;
        (void)snprintf(finding.subject, sizeof(finding.subject), "camera/%s", cameras[i].id);
        finding.from_utc_ns = cameras[i].expired_from_utc_ns;
        finding.to_utc_ns = cameras[i].expired_to_utc_ns;
        finding.segments = cameras[i].expired;
        audit_add(audit, &finding);
    }
}

enum audit_fault expiry_weigh(bool held, int64_t age_ns, uint32_t days, char detail[96])
{
    detail[0] = '\0';
    if (held) {
        return FAULT_DELETED_HELD;
    }
    if (age_ns >= (int64_t)days * NS_PER_DAY) {
        return FAULT_NONE;
    }
    (void)snprintf(detail, 96, "after %.1f of %" PRIu32 " days",
                   (double)age_ns / (double)NS_PER_DAY, days);
    return FAULT_DELETED_EARLY;
}

/* What the record's own body would say, had it not expired since. */
static void learn(const struct book *book, struct book_segment *segment,
                  const struct expiry_record *expiry, const struct expiry_segment *named)
{
    if (!segment->bodiless || segment->expired_by != 0 ||
        strcmp(book_camera_id(book, segment->camera), expiry->camera) != 0 ||
        segment_id_time(named->id, &segment->id_utc_ns) != STATUS_OK) {
        return;
    }
    segment->id_random = strtoull(strchr(named->id, '-') + 1, NULL, 16);
    segment->size = named->size;
    segment->start_utc_ns = named->start_utc_ns;
    segment->end_utc_ns = named->end_utc_ns;
}

static void judge_segment(struct audit *audit, uint64_t number, const struct record_head *head,
                          const struct expiry_record *expiry, const struct expiry_segment *named)
{
    struct book *book = &audit->book;
    struct book_segment *segment = book_segment_of_record(book, named->record);
    if (segment == NULL) {
        if (named->record >= audit->size || audit->rows[named->record] == ROW_TRUE) {
            report(audit, FAULT_EXPIRY_FALSE, number, expiry, named, "there is no such segment");
        }
        return; /* its own record cannot be believed, and is reported */
    }
    learn(book, segment, expiry, named);
    if (!names_truly(book, segment, expiry, named)) {
        report(audit, FAULT_EXPIRY_FALSE, number, expiry, named, "it differs from the record");
        return;
    }
    if (segment->expired_by != 0) {
        return; /* named a second time: nothing more was deleted */
    }
    segment->expired_by = number;
    audit->report->expired++;
    char detail[96];
    int64_t age_ns =
        lived_age_ns(head->at_utc_ns, book->lived.total_ns, segment->end_utc_ns, segment->lived_ns);
    bool held =
        hold_is_held(book->holds, expiry->camera, segment->start_utc_ns, segment->end_utc_ns);
    enum audit_fault fault = expiry_weigh(held, age_ns, book->video_days, detail);
    if (fault == FAULT_NONE) {
        count_expired(audit, number, segment);
    } else if (fault == FAULT_DELETED_EARLY && named->below_floor) {
        struct finding finding = finding_of(FAULT_DELETED_BELOW_FLOOR);
        finding.cause = &reasons[expiry->reason];
        report_as(audit, &finding, number, expiry, named);
    } else {
        report(audit, fault, number, expiry, named, detail);
    }
}

enum status expiry_judge(struct audit *audit, uint64_t number, const struct record_head *head,
                         const json_t *body, struct error *error)
{
    struct error reason = {0};
    struct expiry_record *expiry = calloc(1, sizeof(*expiry));
    if (expiry == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for an expiry record");
    }
    if (expiry_record_parse(body, expiry, &reason) != STATUS_OK) {
        records_report(audit, FAULT_RECORD_MALFORMED, number, NULL, reason.text);
    } else {
        for (size_t i = 0; i < expiry->count; i++) {
            judge_segment(audit, number, head, expiry, &expiry->segments[i]);
        }
    }
    free(expiry);
    return STATUS_OK;
}
