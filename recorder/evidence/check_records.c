/*
 * proof/records.txt: every record's own digests, and what is to be known of them later.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/check_parts.h"
#include "store/body_expiry_record.h"
#include "store/expiry_record.h"
#include "store/gap_record.h"
#include "store/segment_record.h"

struct walk {
    struct check *check;
    struct list misfits; /* struct misfit */
    struct expiry_record *expiry;
    struct body_expiry_record *bodies;
};

/* One record that is shown, and what it is. */
struct shown {
    const struct shown_record *record;
    struct record_head head;
    json_t *body; /* NULL if it is not shown, or cannot be believed */
    uint32_t source;
};

static enum status no_memory(struct error *error)
{
    return error_set(error, STATUS_NO_MEMORY, "no memory to verify a package");
}

/* ---- sources ---- */

static enum status find_source(struct check *check, const char *name, uint32_t *source,
                               struct error *error)
{
    for (uint32_t i = 0; i < check->source_count; i++) {
        if (strcmp(check->sources[i].name, name) == 0) {
            *source = i;
            return STATUS_OK;
        }
    }
    if (check->source_count == CHECK_SOURCES_MAX) {
        return error_set(error, STATUS_INVALID, "records of too many sources");
    }
    *source = (uint32_t)check->source_count++;
    memcpy(check->sources[*source].name, name, strlen(name) + 1);
    return STATUS_OK;
}

/* A record of a run follows on the one before. */
static void follow_run(struct check *check, const struct shown *shown)
{
    struct shown_source *source = &check->sources[shown->source];
    const struct record_head *head = &shown->head;
    if (!source->has_run) {
        source->has_run = true;
        source->first_seq = head->seq;
        source->first_at_utc_ns = head->at_utc_ns;
    } else if (head->seq != source->last_seq + 1 && check->unbelieved == 0) {
        char detail[DETAIL_SIZE];
        (void)snprintf(detail, sizeof(detail), "%" PRIu64 " follows %" PRIu64, head->seq,
                       source->last_seq);
        check_report_record(check, FAULT_SEQUENCE_BROKEN, shown->record, head, detail);
    }
    source->last_seq = head->seq;
    source->last_at_utc_ns = head->at_utc_ns;
    source->last_number = shown->record->number;
}

static enum status note_head(struct check *check, const struct shown *shown, struct error *error)
{
    struct shown_head *head = list_add(&check->heads, sizeof(*head));
    if (head == NULL) {
        return no_memory(error);
    }
    *head = (struct shown_head){shown->record->number, shown->head.at_utc_ns, shown->source};
    return STATUS_OK;
}

/* ---- what bodies say ---- */

/* Of a camera's time, from which on to when: mostly it goes on where the one before ends. */
static enum status add_time(struct check *check, uint32_t source, int64_t start_utc_ns,
                            int64_t end_utc_ns, struct error *error)
{
    struct list *cover = &check->sources[source].cover;
    struct shown_time *times = cover->data;
    struct shown_time *last = cover->count > 0 ? &times[cover->count - 1] : NULL;
    if (last != NULL && start_utc_ns <= check_time_after(last->end_utc_ns) &&
        last->start_utc_ns <= check_time_after(end_utc_ns)) {
        last->start_utc_ns = start_utc_ns < last->start_utc_ns ? start_utc_ns : last->start_utc_ns;
        last->end_utc_ns = end_utc_ns > last->end_utc_ns ? end_utc_ns : last->end_utc_ns;
        return STATUS_OK;
    }
    struct shown_time *added = list_add(cover, sizeof(*added));
    if (added == NULL) {
        return no_memory(error);
    }
    *added = (struct shown_time){start_utc_ns, end_utc_ns};
    return STATUS_OK;
}

static enum status take_segment(struct walk *walk, const struct shown *shown, struct error *error)
{
    struct check *check = walk->check;
    struct segment_record record;
    struct error problem = {0};
    enum status status = segment_record_parse(shown->body, &record, &problem);
    const struct digest *root =
        status == STATUS_OK ? piece_roots_of(&record.roots, check->algorithm) : NULL;
    if (status == STATUS_OK && root == NULL) {
        status = error_set(&problem, STATUS_INVALID, "\"%s\" is missing or not in its form",
                           "root_sm3"); /* only of this suite it may be left out */
    }
    if (status != STATUS_OK) {
        check_report_record(check, FAULT_RECORD_MALFORMED, shown->record, &shown->head,
                            problem.text);
        return STATUS_OK;
    }
    struct shown_segment *segment = list_add(&check->segments, sizeof(*segment));
    if (segment == NULL) {
        return no_memory(error);
    }
    *segment = (struct shown_segment){
        .number = shown->record->number,
        .start_utc_ns = record.start_utc_ns,
        .end_utc_ns = record.end_utc_ns,
        .pieces = record.pieces,
        .source = (uint16_t)shown->source,
        .has_bytes = record.size > 0,
        .is_covered = !record.has_not_covered || record.not_covered_from >= record.size,
        .recovered = record.recovered,
        .continues = record.continues,
        .contradicts_note = record.contradicts_note,
        .root = *root,
    };
    return add_time(check, shown->source, record.start_utc_ns, record.end_utc_ns, error);
}

static enum status take_gap(struct walk *walk, const struct shown *shown, struct error *error)
{
    struct check *check = walk->check;
    struct gap_record record;
    struct error problem = {0};
    if (gap_record_parse_any(shown->body, &record, &problem) != STATUS_OK) {
        check_report_record(check, FAULT_RECORD_MALFORMED, shown->record, &shown->head,
                            problem.text);
        return STATUS_OK;
    }
    struct shown_gap *gap = list_add(&check->gaps, sizeof(*gap));
    if (gap == NULL) {
        return no_memory(error);
    }
    *gap = (struct shown_gap){.number = shown->record->number,
                              .start_utc_ns = record.start_utc_ns,
                              .end_utc_ns = record.end_utc_ns,
                              .source = shown->source};
    (void)snprintf(gap->cause, sizeof(gap->cause), "%s", json_get_text(shown->body, "cause"));
    return add_time(check, shown->source, record.start_utc_ns, record.end_utc_ns, error);
}

static enum status add_expiry(struct list *list, uint64_t first, uint64_t last, uint64_t by,
                              struct error *error)
{
    if (first >= by) {
        return STATUS_OK; /* only what came before it can have gone */
    }
    struct shown_expiry *before = list->count > 0 ? list->data : NULL;
    before = before != NULL ? &before[list->count - 1] : NULL;
    if (before != NULL && before->by == by && before->last + 1 == first && last < by) {
        before->last = last; /* most of what is named together was recorded together */
        return STATUS_OK;
    }
    struct shown_expiry *expiry = list_add(list, sizeof(*expiry));
    if (expiry == NULL) {
        return no_memory(error);
    }
    *expiry = (struct shown_expiry){first, last < by ? last : by - 1, by};
    return STATUS_OK;
}

static enum status take_expiry(struct walk *walk, const struct shown *shown, struct error *error)
{
    struct check *check = walk->check;
    uint64_t by = shown->record->number;
    enum status status = STATUS_OK;
    if (body_expiry_record_is(shown->body)) {
        if (body_expiry_record_parse_any(shown->body, walk->bodies, NULL) != STATUS_OK) {
            return STATUS_OK; /* it lets nothing go, and what is gone is missed */
        }
        for (size_t i = 0; i < walk->bodies->count && status == STATUS_OK; i++) {
            status = add_expiry(&check->expired_bodies, walk->bodies->ranges[i].first,
                                walk->bodies->ranges[i].last, by, error);
        }
    } else if (expiry_record_parse_any(shown->body, walk->expiry, NULL) == STATUS_OK) {
        for (size_t i = 0; i < walk->expiry->count && status == STATUS_OK; i++) {
            uint64_t record = walk->expiry->segments[i].record;
            status = add_expiry(&check->expired_segments, record, record, by, error);
        }
    }
    return status;
}

static enum status take_operator(struct walk *walk, const struct shown *shown, struct error *error)
{
    struct check *check = walk->check;
    struct error problem = {0};
    (void)error;
    if (!check->has_manifest || shown->record->number != check->manifest.request) {
        return STATUS_OK;
    }
    enum status status = export_record_parse(shown->body, check->request, &problem);
    if (status == STATUS_OK && check->request->to_utc_ns > shown->head.at_utc_ns) {
        status = error_set(&problem, STATUS_INVALID, "\"to\" is later than the request");
    }
    if (status != STATUS_OK) {
        check_report_record(check, FAULT_RECORD_MALFORMED, shown->record, &shown->head,
                            problem.text);
        return STATUS_OK;
    }
    check->report->has_request = true;
    check->report->request = shown->record->number;
    check->report->uid = check->request->uid;
    memcpy(check->report->account, check->request->account, sizeof(check->report->account));
    check->report->from_utc_ns = check->request->from_utc_ns;
    check->report->to_utc_ns = check->request->to_utc_ns;
    memcpy(check->report->purpose, check->request->purpose, sizeof(check->report->purpose));
    memcpy(check->report->case_number, check->request->case_number,
           sizeof(check->report->case_number));
    return STATUS_OK;
}

/* Record 0 names the ledger. */
static enum status take_ledger(struct walk *walk, const struct shown *shown, struct error *error)
{
    struct check *check = walk->check;
    const char *origin = json_get_text(shown->body, "origin");
    (void)error;
    check->has_ledger_record = check->has_ledger_record || shown->record->number == 0;
    if (shown->record->number == 0 &&
        (origin == NULL || strcmp(origin, check->report->checkpoint.origin) != 0)) {
        check_report_record(check, FAULT_LEDGER_IDENTITY, shown->record, &shown->head, "");
    }
    return STATUS_OK;
}

/* Record 1 holds the certificate that the package brings along. */
static enum status take_key(struct walk *walk, const struct shown *shown, struct error *error)
{
    struct check *check = walk->check;
    struct buffer der = {0};
    const char *text = json_get_text(shown->body, "certificate");
    enum status status = text != NULL ? base64_decode(bytes_of_text(text), &der) : STATUS_INVALID;
    check->has_key_record = check->has_key_record || shown->record->number == 1;
    if (status == STATUS_NO_MEMORY) {
        status = no_memory(error);
    } else if (shown->record->number == 1 && check->certificate != NULL &&
               (status != STATUS_OK ||
                !bytes_equal(buffer_bytes(&der), certificate_der(check->certificate)))) {
        check_report(check, FAULT_CERTIFICATE_ALTERED, PROOF_CERTIFICATE,
                     "it is not the one in record 1");
    }
    buffer_release(&der);
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

static enum status (*const takers[])(struct walk *walk, const struct shown *shown,
                                     struct error *error) = {
    [RECORD_LEDGER] = take_ledger,     [RECORD_KEY] = take_key,
    [RECORD_SEGMENT] = take_segment,   [RECORD_GAP] = take_gap,
    [RECORD_OPERATOR] = take_operator, [RECORD_EXPIRY] = take_expiry,
};

static enum status take_body(struct walk *walk, const struct shown *shown, struct error *error)
{
    size_t kind = (size_t)shown->head.kind;
    return kind < sizeof(takers) / sizeof(takers[0]) && takers[kind] != NULL
               ? takers[kind](walk, shown, error)
               : STATUS_OK;
}

/* ---- records ---- */

/* NULL if there is none, or what there is is not what the head names. */
static json_t *believe_body(struct check *check, const struct shown *shown)
{
    json_t *body = NULL;
    struct error problem = {0};
    if (shown->record->as == SHOWN_HEAD) {
        return NULL;
    }
    if (record_body_check(check->algorithm, &shown->head, shown->record->body, NULL) != STATUS_OK) {
        check_report_record(check, FAULT_BODY_ALTERED, shown->record, &shown->head, "");
        check->unbelieved++;
        return NULL;
    }
    if (record_body_parse(shown->record->body, &body, &problem) != STATUS_OK) {
        check_report_record(check, FAULT_RECORD_MALFORMED, shown->record, &shown->head,
                            problem.text);
    }
    return body;
}

static enum status add_misfit(struct walk *walk, const struct shown_record *record,
                              struct error *error)
{
    if (walk->misfits.count == FINDINGS_MAX) { /* or a hostile file would fill the memory */
        walk->check->report->findings.dropped++;
        return STATUS_OK;
    }
    struct misfit *misfit = list_add(&walk->misfits, sizeof(*misfit));
    if (misfit == NULL) {
        return no_memory(error);
    }
    *misfit = (struct misfit){record->number, record->from, record->to};
    return STATUS_OK;
}

static enum status each_record(void *context, const struct shown_record *record,
                               struct error *error)
{
    struct walk *walk = context;
    struct check *check = walk->check;
    struct shown shown = {.record = record};
    struct error problem = {0};
    check->report->records += record->as != SHOWN_HEAD;
    check->report->heads += record->as == SHOWN_HEAD;
    if (!record->leaf_fits) {
        check->unbelieved++;
        return add_misfit(walk, record, error);
    }
    if (record_head_parse_any(record->head, &shown.head, &problem) != STATUS_OK) {
        check_report_record(check, FAULT_RECORD_MALFORMED, record, NULL, problem.text);
        check->unbelieved++;
        return STATUS_OK;
    }
    enum status status = find_source(check, shown.head.source, &shown.source, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (record->as != SHOWN_BESIDE) {
        follow_run(check, &shown);
    }
    shown.body = believe_body(check, &shown);
    if (shown.body != NULL) {
        status = take_body(walk, &shown, error);
    } else if (record->as == SHOWN_HEAD) {
        status = note_head(check, &shown, error);
    }
    json_decref(shown.body);
    return status;
}

/* ---- the file ---- */

static enum status read_file(struct walk *walk, struct member_lines *lines,
                             struct record_mark *marks, struct error *error)
{
    struct check *check = walk->check;
    struct record_file file = {.algorithm = check->algorithm,
                               .each = each_record,
                               .context = walk,
                               .marks = marks,
                               .mark_count = check->claim_count};
    struct error problem = {0};
    struct digest digest;
    uint64_t size = 0;
    for (size_t i = 0; i < check->claim_count; i++) {
        marks[i].size = check->claims[i].checkpoint.size;
    }
    enum status status = record_file_read(&file, lines, &size, &problem);
    if (status == STATUS_INVALID) {
        struct finding finding = check_finding(check, FAULT_MEMBER_MALFORMED, PROOF_RECORDS);
        finding_set_bytes(&finding, member_lines_at(lines), member_lines_next_at(lines));
        finding_set_detail(&finding, "%s", problem.text);
        check_add(check, &finding);
        check_report_misfits(check, &walk->misfits, FAULT_RECORD_ALTERED);
    } else if (status != STATUS_OK) {
        return error_set(error, status, "%s", problem.text);
    } else if (size != check->report->checkpoint.size) {
        /* what stands beyond the checkpoint is proved by nothing */
        check_report(check, FAULT_MEMBER_MALFORMED, PROOF_RECORDS,
                     "its items tile another number of records");
    } else {
        check->records_are_read = true;
        check_tree(check, &walk->misfits, marks);
    }
    status = member_lines_finish(lines, &digest, error);
    if (status == STATUS_OK) {
        check_digest(check, zip_reader_find(check->zip, PROOF_RECORDS), &digest);
    }
    return status;
}

enum status check_records(struct check *check, struct error *error)
{
    const struct zip_member *member = zip_reader_find(check->zip, PROOF_RECORDS);
    struct member_lines *lines = NULL;
    struct walk walk = {.check = check};
    if (member == NULL) {
        check_report(check, FAULT_MEMBER_MISSING, PROOF_RECORDS, "");
        return STATUS_OK;
    }
    if (check->algorithm == 0) {
        return STATUS_OK; /* no certificate, no suite: that was reported */
    }
    struct record_mark *marks = calloc(check->claim_count + 1, sizeof(*marks));
    walk.expiry = malloc(sizeof(*walk.expiry));
    walk.bodies = malloc(sizeof(*walk.bodies));
    enum status status =
        marks == NULL || walk.expiry == NULL || walk.bodies == NULL
            ? no_memory(error)
            : member_lines_open(check->zip, member, check->algorithm, &lines, error);
    if (status == STATUS_OK) {
        status = read_file(&walk, lines, marks, error);
    }
    member_lines_free(lines);
    free(marks);
    free(walk.expiry);
    free(walk.bodies);
    free(walk.misfits.data);
    return status;
}
