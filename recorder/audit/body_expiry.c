/*
 * Bodies that went, judged by the same rules as video: the setting in force, the holds in force,
 * the age as lived.h has it. What has to be known of a record is in its head, which stays.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "audit/records.h"
#include "store/body_expiry_record.h"

/* One expiry record against the records that it names. */
struct judging {
    struct audit *audit;
    uint64_t number; /* of the expiry record */
    const struct record_head *head;
    struct body_range range;
    uint64_t next; /* where `lived` stands */
    struct lived lived;
};

static void report_false(const struct judging *judging, const char *what, uint64_t record)
{
    struct finding finding = finding_of_record(FAULT_EXPIRY_FALSE, judging->number, judging->head);
    finding_set_detail(&finding, "record %" PRIu64 " %s", record, what);
    audit_add(judging->audit, &finding);
}

/* Why an expiry record may not name it; NULL if it may. */
static const char *objection(const struct audit *audit, uint64_t number,
                             const struct record_head *head)
{
    if (record_kind_is_permanent(head->kind)) {
        return "is of a kind that stays whole for ever";
    }
    const struct book_segment *segment = book_segment_of_record(&audit->book, number);
    return segment != NULL && segment->expired_by == 0 ? "is of video that was not let go" : NULL;
}

static void count_expired(struct book *book, uint64_t expiry, int64_t at_utc_ns)
{
    if (book->bodies_expired++ == 0) {
        book->bodies_expired_first = expiry;
        book->bodies_from_utc_ns = at_utc_ns;
        book->bodies_to_utc_ns = at_utc_ns;
    }
    book->bodies_expired_last = expiry;
    if (at_utc_ns < book->bodies_from_utc_ns) {
        book->bodies_from_utc_ns = at_utc_ns;
    }
    if (at_utc_ns > book->bodies_to_utc_ns) {
        book->bodies_to_utc_ns = at_utc_ns;
    }
}

static void judge_body(const struct judging *judging, uint64_t number,
                       const struct record_head *head)
{
    struct audit *audit = judging->audit;
    struct book *book = &audit->book;
    const char *why = objection(audit, number, head);
    char detail[96];
    if (why != NULL) {
        report_false(judging, why, number);
        return;
    }
    if ((audit->bodies[number] & BODY_NAMED) != 0) {
        return; /* named a second time: nothing more went */
    }
    audit->bodies[number] |= BODY_NAMED;
    audit->report->bodies_expired++;
    int64_t age_ns = lived_age_ns(judging->head->at_utc_ns, book->lived.total_ns, head->at_utc_ns,
                                  judging->lived.total_ns);
    bool held = hold_is_held_record(book->holds, head->source, head->at_utc_ns);
    enum audit_fault fault = expiry_weigh(held, age_ns, book->record_days, detail);
    if (fault == FAULT_NONE) {
        count_expired(book, judging->number, head->at_utc_ns);
        return;
    }
    struct finding finding = finding_of_record(fault, number, head);
    finding_set_detail(&finding, "by record %" PRIu64 "%s%s", judging->number,
                       detail[0] != '\0' ? ", " : "", detail);
    audit_add(audit, &finding);
}

static enum status judge_row(void *context, uint64_t number, const struct ledger_row *row,
                             enum status status)
{
    struct judging *judging = context;
    uint8_t state = judging->audit->rows[number];
    struct record_head head;
    (void)status;
    judging->next = number + 1;
    if (row == NULL || (state != ROW_TRUE && state != ROW_BODY_ALTERED) ||
        record_head_parse(row->head, &head, NULL) != STATUS_OK) {
        return STATUS_OK; /* it cannot be believed, and is reported */
    }
    lived_add(&judging->lived, &head);
    if (number >= judging->range.first) {
        judge_body(judging, number, &head);
    }
    return STATUS_OK;
}

/* From the mark before the range, or from where the range before ended. */
static enum status judge_range(struct judging *judging, struct error *error)
{
    const struct lived *marks = judging->audit->book.marks.data;
    uint64_t mark = judging->range.first / LIVED_MARK;
    if (judging->range.last >= judging->number) {
        report_false(judging, "is not one that came before", judging->range.last);
        return STATUS_OK;
    }
    if (mark * LIVED_MARK > judging->next || judging->next == 0) {
        judging->next = mark * LIVED_MARK;
        judging->lived = marks[mark];
    }
    return audit_rows(judging->audit, judging->next, judging->range.last + 1, judge_row, judging,
                      error);
}

enum status body_expiry_judge(struct audit *audit, uint64_t number, const struct record_head *head,
                              const json_t *body, struct error *error)
{
    struct error reason = {0};
    struct judging judging = {.audit = audit, .number = number, .head = head};
    struct body_expiry_record *record = calloc(1, sizeof(*record));
    if (record == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for an expiry record");
    }
    enum status status = STATUS_OK;
    if (body_expiry_record_parse(body, record, &reason) != STATUS_OK) {
        struct finding finding = finding_of_record(FAULT_RECORD_MALFORMED, number, head);
        finding_set_detail(&finding, "%s", reason.text);
        audit_add(audit, &finding);
    }
    for (size_t i = 0; i < record->count && status == STATUS_OK; i++) {
        judging.range = record->ranges[i];
        status = judge_range(&judging, error);
    }
    free(record);
    return status;
}

/* A body that is not there and that nothing names, or the other way round. */
static void report_odd(struct audit *audit, uint64_t number)
{
    bool absent = (audit->bodies[number] & BODY_ABSENT) != 0;
    struct ledger_row row;
    struct record_head head = {0};
    if (ledger_view_row(audit->view, number, &row, NULL) == STATUS_OK) {
        (void)!record_head_parse(row.head, &head, NULL);
    }
    struct finding finding =
        finding_of_record(absent ? FAULT_BODY_MISSING : FAULT_BODY_EXPIRED, number, &head);
    audit_add(audit, &finding);
    if (absent) {
        audit->rows[number] = ROW_BODY_ALTERED;
        audit->book.doubtful_bodies = true;
    }
}

void body_expiry_list(struct audit *audit)
{
    const struct book *book = &audit->book;
    for (uint64_t number = 0; number < audit->size; number++) {
        uint8_t state = audit->bodies[number];
        if (state == BODY_ABSENT || (state == BODY_NAMED && audit->rows[number] == ROW_TRUE)) {
            report_odd(audit, number);
        }
    }
    if (book->bodies_expired == 0) {
        return;
    }
    struct finding finding = finding_of(FAULT_BODIES_EXPIRED);
    finding_set_record(&finding, book->bodies_expired_first);
    finding.record_last = book->bodies_expired_last;
    finding.from_utc_ns = book->bodies_from_utc_ns;
    finding.to_utc_ns = book->bodies_to_utc_ns;
    finding.bodies = book->bodies_expired;
    audit_add(audit, &finding);
}
