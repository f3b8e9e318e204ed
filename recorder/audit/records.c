#include "audit/records.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/keys.h"
#include "store/account_record.h"
#include "store/body_expiry_record.h"
#include "store/entry_record.h"

struct reading {
    struct audit *audit;
    struct error *error;
};

struct record {
    uint64_t number;
    const struct record_head *head;
    const json_t *body;
};

static enum status out_of_memory(struct error *error)
{
    return error_set(error, STATUS_NO_MEMORY, "no memory for what the records say");
}

void records_report(struct audit *audit, enum audit_fault fault, uint64_t number,
                    const struct record_head *head, const char *detail)
{
    struct finding finding = finding_of_record(fault, number, head);
    finding_set_detail(&finding, "%s", detail);
    audit_add(audit, &finding);
}

static enum status take_segment(struct reading *reading, const struct record *record)
{
    struct book *book = &reading->audit->book;
    struct segment_record parsed;
    struct error reason = {0};
    if (segment_record_parse(record->body, &parsed, &reason) != STATUS_OK) {
        records_report(reading->audit, FAULT_RECORD_MALFORMED, record->number, record->head,
                       reason.text);
        return STATUS_OK;
    }
    uint32_t camera = book_camera_index(book, parsed.camera);
    struct book_segment *segment = book_list_add(&book->segments, sizeof(*segment));
    if (segment == NULL || camera == UINT32_MAX) {
        return out_of_memory(reading->error);
    }
    *segment = (struct book_segment){
        .record = record->number,
        .size = parsed.size,
        .not_covered_from = parsed.has_not_covered ? parsed.not_covered_from : UINT64_MAX,
        .start_utc_ns = parsed.start_utc_ns,
        .end_utc_ns = parsed.end_utc_ns,
        .lived_ns = book->lived.total_ns,
        .id_random = strtoull(strchr(parsed.id, '-') + 1, NULL, 16),
        .camera = camera,
        .continues = parsed.continues,
    };
    return segment_id_time(parsed.id, &segment->id_utc_ns);
}

/* Its expiry record will say the rest, if there is one. */
static enum status take_bodiless_segment(struct reading *reading, uint64_t number,
                                         const struct record_head *head)
{
    static const char prefix[] = "camera/";
    struct book *book = &reading->audit->book;
    if (head->kind != RECORD_SEGMENT || strncmp(head->source, prefix, strlen(prefix)) != 0 ||
        !camera_id_is_valid(head->source + strlen(prefix))) {
        return STATUS_OK;
    }
    uint32_t camera = book_camera_index(book, head->source + strlen(prefix));
    struct book_segment *segment = book_list_add(&book->segments, sizeof(*segment));
    if (segment == NULL || camera == UINT32_MAX) {
        return out_of_memory(reading->error);
    }
    *segment = (struct book_segment){.record = number,
                                     .not_covered_from = UINT64_MAX,
                                     .lived_ns = book->lived.total_ns,
                                     .camera = camera,
                                     .bodiless = true};
    return STATUS_OK;
}

static enum status take_gap(struct reading *reading, const struct record *record)
{
    struct book *book = &reading->audit->book;
    struct gap_record parsed;
    struct error reason = {0};
    if (gap_record_parse(record->body, &parsed, &reason) != STATUS_OK) {
        records_report(reading->audit, FAULT_RECORD_MALFORMED, record->number, record->head,
                       reason.text);
        return STATUS_OK;
    }
    uint32_t camera = book_camera_index(book, parsed.camera);
    struct book_gap *gap = book_list_add(&book->gaps, sizeof(*gap));
    if (gap == NULL || camera == UINT32_MAX) {
        return out_of_memory(reading->error);
    }
    *gap = (struct book_gap){
        .record = record->number,
        .start_utc_ns = parsed.start_utc_ns,
        .end_utc_ns = parsed.end_utc_ns,
        .camera = camera,
        .cause = parsed.cause,
        .continues = parsed.continues,
    };
    return STATUS_OK;
}

static enum status take_hold(struct reading *reading, const struct record *record)
{
    struct hold_record parsed;
    struct error reason = {0};
    if (hold_record_parse(record->body, &parsed, &reason) != STATUS_OK) {
        records_report(reading->audit, FAULT_RECORD_MALFORMED, record->number, record->head,
                       reason.text);
        return STATUS_OK;
    }
    reading->audit->book.hold_records++;
    enum status status =
        hold_index_add(reading->audit->book.holds, record->number, &parsed, &reason);
    if (status == STATUS_NO_MEMORY) {
        return out_of_memory(reading->error);
    }
    return STATUS_OK; /* a release of what is not held changes nothing */
}

static enum status take_entry(struct reading *reading, const struct record *record)
{
    struct entry_record entry = {0};
    struct error reason = {0};
    if (entry_record_parse(record->body, &entry, &reason) != STATUS_OK) {
        records_report(reading->audit, FAULT_RECORD_MALFORMED, record->number, record->head,
                       reason.text);
    } else if (entry.entry.has_device_seq) {
        reading->audit->book.keyed_entries++;
    }
    return STATUS_OK;
}

static enum status take_expiry(struct reading *reading, const struct record *record)
{
    return (body_expiry_record_is(record->body) ? body_expiry_judge : expiry_judge)(
        reading->audit, record->number, record->head, record->body, reading->error);
}

static enum status take_lost(struct reading *reading, const struct record *record)
{
    char detail[128];
    const char *records = json_get_text(record->body, "records");
    const char *known = json_get_text(record->body, "checkpoint_size");
    (void)snprintf(detail, sizeof(detail), "%.20s records were left of %.20s",
                   records != NULL ? records : "?", known != NULL ? known : "?");
    records_report(reading->audit, FAULT_ROLLED_BACK, record->number, record->head, detail);
    return STATUS_OK;
}

/* A file of the state folder itself: what a record names is nothing to follow elsewhere. */
static bool is_there(const struct audit *audit, const char *name)
{
    struct stat facts;
    return name != NULL && name[0] != '\0' && strchr(name, '/') == NULL &&
           fstatat(audit->state, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(facts.st_mode);
}

/* A ledger is succeeded only when it is gone or cannot be used. */
static enum status take_ledger(struct reading *reading, const struct record *record)
{
    const json_t *predecessor = json_object_get(record->body, "predecessor");
    if (!json_is_object(predecessor)) {
        return STATUS_OK;
    }
    char detail[ORIGIN_SIZE + 64];
    struct checkpoint last;
    const char *origin = json_get_text(predecessor, "origin");
    const char *note = json_get_text(predecessor, "checkpoint");
    if (note != NULL && checkpoint_parse(bytes_of_text(note), &last, NULL) == STATUS_OK) {
        (void)snprintf(detail, sizeof(detail), "%s, %" PRIu64 " records", last.origin, last.size);
    } else {
        (void)snprintf(detail, sizeof(detail), "%.*s", ORIGIN_SIZE - 1,
                       origin != NULL && origin[0] != '\0' ? origin : "origin not known");
    }
    struct finding finding =
        finding_of_record(FAULT_PREDECESSOR_LOST, record->number, record->head);
    const char *file = json_get_text(predecessor, "file");
    finding_set_detail(&finding, "%s", detail);
    if (is_there(reading->audit, file)) {
        finding.fault = FAULT_PREDECESSOR_ASIDE;
        finding_set_file(&finding, "%s", file);
    }
    audit_add(reading->audit, &finding);
    return STATUS_OK;
}

static enum status take_doors(struct reading *reading, const json_t *doors)
{
    size_t index = 0;
    const json_t *door = NULL;
    json_array_foreach(doors, index, door)
    {
        const char *id = json_get_text(door, "door");
        const json_t *cameras = json_object_get(door, "cameras");
        for (size_t i = 0; id != NULL && i < json_array_size(cameras); i++) {
            const char *camera = json_string_value(json_array_get(cameras, i));
            if (camera != NULL && book_door_add(&reading->audit->book, id, camera) != STATUS_OK) {
                return out_of_memory(reading->error);
            }
        }
    }
    return STATUS_OK;
}

static void take_days(const json_t *body, const char *key, uint32_t floor, uint32_t *days)
{
    json_int_t set = json_integer_value(json_object_get(body, key));
    if (set >= floor && set <= UINT32_MAX) {
        *days = (uint32_t)set;
    }
}

/* Which file it was, if the record says so in its form. */
static void take_configuration(struct book *book, const json_t *body)
{
    const char *path = json_get_text(body, "path");
    book->configuration[0] = '\0';
    if (path != NULL && strlen(path) < sizeof(book->configuration) &&
        json_get_digest(body, "sha256", &book->configuration_sha256) == STATUS_OK) {
        memcpy(book->configuration, path, strlen(path) + 1);
    }
}

static enum status take_config(struct reading *reading, const struct record *record)
{
    struct book *book = &reading->audit->book;
    take_configuration(book, record->body);
    take_days(record->body, "video_days", RETENTION_VIDEO_DAYS_FLOOR, &book->video_days);
    take_days(record->body, "record_days", RETENTION_RECORD_DAYS_FLOOR, &book->record_days);
    return take_doors(reading, json_object_get(record->body, "doors"));
}

static enum status take_clock(struct reading *reading, const struct record *record)
{
    struct book *book = &reading->audit->book;
    int64_t difference = 0;
    if (json_get_i64(record->body, "difference_ns", &difference) != STATUS_OK) {
        return STATUS_OK;
    }
    struct book_step *step = book_list_add(&book->steps, sizeof(*step));
    if (step == NULL) {
        return out_of_memory(reading->error);
    }
    *step = (struct book_step){record->number, difference};
    return STATUS_OK;
}

static enum status take_key(struct reading *reading, const struct record *record)
{
    keys_judge_record(reading->audit, record->number, record->head, record->body);
    return STATUS_OK;
}

static enum status take_account(struct reading *reading, const struct record *record)
{
    struct account_record account;
    struct error reason = {0};
    if (account_record_parse(record->body, &account, &reason) != STATUS_OK) {
        records_report(reading->audit, FAULT_RECORD_MALFORMED, record->number, record->head,
                       reason.text);
    }
    return STATUS_OK;
}

/* What the kinds mean to a verification; the others are only counted. */
static enum status (*const takers[])(struct reading *reading, const struct record *record) = {
    [RECORD_LEDGER] = take_ledger,   [RECORD_CHECKPOINT_LOST] = take_lost,
    [RECORD_ENTRY] = take_entry,     [RECORD_SEGMENT] = take_segment,
    [RECORD_GAP] = take_gap,         [RECORD_HOLD] = take_hold,
    [RECORD_EXPIRY] = take_expiry,   [RECORD_CONFIG] = take_config,
    [RECORD_CLOCK] = take_clock,     [RECORD_KEY] = take_key,
    [RECORD_ACCOUNT] = take_account,
};

/* The body, if it is there and is the one that was sealed; the caller's to json_decref. */
static json_t *believed_body(struct audit *audit, const struct ledger_row *row,
                             const struct record_head *head)
{
    json_t *body = NULL;
    struct error reason = {0};
    if (!row->has_body) {
        audit->bodies[row->number] |= BODY_ABSENT; /* a later record may say why */
        return NULL;
    }
    if (record_body_check(audit->algorithm, head, row->body, NULL) != STATUS_OK) {
        records_report(audit, FAULT_BODY_ALTERED, row->number, head, "");
        audit->rows[row->number] = ROW_BODY_ALTERED;
        audit->book.doubtful_bodies = true;
        return NULL;
    }
    if (record_body_parse(row->body, &body, &reason) != STATUS_OK) {
        records_report(audit, FAULT_RECORD_MALFORMED, row->number, head, reason.text);
        return NULL;
    }
    return body;
}

static enum status read_record(struct reading *reading, const struct ledger_row *row)
{
    struct audit *audit = reading->audit;
    struct record_head head;
    struct error reason = {0};
    if (record_head_parse(row->head, &head, &reason) != STATUS_OK) {
        records_report(audit, FAULT_RECORD_MALFORMED, row->number, NULL, reason.text);
        sources_pass(audit, row->number);
        return STATUS_OK;
    }
    lived_add(&audit->book.lived, &head);
    json_t *body = believed_body(audit, row, &head);
    sources_take(audit, row->number, &head, body);
    asked_look(audit, body);

    enum status status = STATUS_OK;
    struct record record = {row->number, &head, body};
    if (body != NULL && (size_t)head.kind < sizeof(takers) / sizeof(takers[0]) &&
        takers[head.kind] != NULL) {
        status = takers[head.kind](reading, &record);
    } else if (!row->has_body) {
        status = take_bodiless_segment(reading, row->number, &head);
    }
    json_decref(body);
    return status;
}

/* Every LIVED_MARK records, whatever stands there. */
static enum status keep_mark(struct reading *reading, uint64_t number)
{
    struct book *book = &reading->audit->book;
    if (number % LIVED_MARK != 0) {
        return STATUS_OK;
    }
    struct lived *mark = book_list_add(&book->marks, sizeof(*mark));
    if (mark == NULL) {
        return out_of_memory(reading->error);
    }
    *mark = book->lived;
    return STATUS_OK;
}

static enum status each(void *context, uint64_t number, const struct ledger_row *row,
                        enum status status)
{
    struct reading *reading = context;
    struct audit *audit = reading->audit;
    audit_show(audit, AUDIT_STAGE_RECORDS, audit->size + number + 1, audit->size * 2);
    status = keep_mark(reading, number);
    if (status != STATUS_OK) {
        return status;
    }
    if (row == NULL || audit->rows[number] != ROW_TRUE) {
        sources_pass(audit, number);
        return STATUS_OK;
    }
    return read_record(reading, row);
}

/* When a record was made, 0 if it cannot be told. */
static int64_t time_of(struct audit *audit, uint64_t number)
{
    struct ledger_row row;
    struct record_head head;
    if (number >= audit->size || audit->rows[number] != ROW_TRUE ||
        ledger_view_row(audit->view, number, &row, NULL) != STATUS_OK ||
        record_head_parse(row.head, &head, NULL) != STATUS_OK) {
        return 0;
    }
    return head.at_utc_ns;
}

/* What cannot be believed cannot say when it was made; its neighbours can. */
static void date_findings(struct audit *audit)
{
    struct findings *findings = &audit->report->findings;
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *finding = &findings->list[i];
        if (!finding->has_record || finding->from_utc_ns != 0 || finding->to_utc_ns != 0) {
            continue;
        }
        finding->from_utc_ns = finding->record > 0 ? time_of(audit, finding->record - 1) : 0;
        finding->to_utc_ns = time_of(audit, finding->record_last + 1);
    }
}

enum status records_read(struct audit *audit, struct error *error)
{
    struct reading reading = {audit, error};
    enum status status = audit_rows(audit, 0, audit->size, each, &reading, error);
    if (status == STATUS_OK) {
        expiry_list(audit);
        body_expiry_list(audit);
        book_drop_unknown(&audit->book);
        date_findings(audit);
        status = asked_check(audit, error);
    }
    return status;
}
