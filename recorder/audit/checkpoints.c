#include "audit/checkpoints.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/book.h"
#include "audit/parallel.h"

struct stored {
    uint64_t column; /* size, as the table has it */
    struct buffer note;
    struct checkpoint checkpoint;
    enum status status; /* of checkpoint_verify */
    struct error reason;
};

struct checkpoints {
    struct audit *audit;
    struct book_list list; /* struct stored, by column */
    struct stored newest;  /* the second copy; an empty note if there is none */
    uint64_t claimed;      /* the most records that any row of the table speaks of */
};

static enum status take(void *context, uint64_t size, struct bytes note)
{
    struct checkpoints *checkpoints = context;
    struct stored *stored = book_list_add(&checkpoints->list, sizeof(*stored));
    if (stored == NULL) {
        return STATUS_NO_MEMORY;
    }
    stored->column = size;
    if (size > checkpoints->claimed && size <= INT64_MAX) {
        checkpoints->claimed = size;
    }
    return buffer_append(&stored->note, note.data, note.size);
}

static void verify(struct audit *audit, struct stored *stored)
{
    struct bytes note = buffer_bytes(&stored->note);
    if (audit->key != NULL) {
        stored->status =
            checkpoint_verify(audit->suite, audit->key, note, &stored->checkpoint, &stored->reason);
    } else {
        stored->status = checkpoint_parse(note, &stored->checkpoint, &stored->reason);
    }
}

static void verify_one(void *context, size_t index)
{
    struct checkpoints *checkpoints = context;
    struct stored *stored = checkpoints->list.data;
    verify(checkpoints->audit, &stored[index]);
}

/* The newest that holds, wherever it stands. */
static const struct stored *find_newest(const struct checkpoints *checkpoints)
{
    const struct stored *list = checkpoints->list.data;
    const struct stored *newest = NULL;
    for (size_t i = 0; i < checkpoints->list.count; i++) {
        if (list[i].status == STATUS_OK &&
            (newest == NULL || list[i].checkpoint.size > newest->checkpoint.size)) {
            newest = &list[i];
        }
    }
    if (checkpoints->newest.note.size > 0 && checkpoints->newest.status == STATUS_OK &&
        (newest == NULL || checkpoints->newest.checkpoint.size > newest->checkpoint.size)) {
        newest = &checkpoints->newest;
    }
    return newest;
}

static void adopt_newest(struct audit *audit, const struct checkpoints *checkpoints)
{
    const struct stored *newest = find_newest(checkpoints);
    if (newest == NULL) {
        return;
    }
    audit->size = newest->checkpoint.size;
    memcpy(audit->origin, newest->checkpoint.origin, sizeof(audit->origin));
    audit->report->has_newest = true;
    audit->report->newest = newest->checkpoint;
}

static enum status read_all(struct checkpoints *checkpoints, struct error *error)
{
    struct audit *audit = checkpoints->audit;
    struct bytes newest = {0};
    struct error reason = {0};
    enum status status = ledger_view_checkpoints(audit->view, take, checkpoints, &reason);
    if (status == STATUS_IO) {
        status = STATUS_OK; /* a damaged page: what could be read is there, tables.c reports it */
    }
    if (status == STATUS_OK && ledger_view_newest(audit->view, &newest, NULL) == STATUS_OK) {
        status = buffer_append(&checkpoints->newest.note, newest.data, newest.size);
    }
    return status == STATUS_OK
               ? STATUS_OK
               : error_set(error, status, "the checkpoints could not be read: %.160s", reason.text);
}

enum status checkpoints_read(struct audit *audit, struct checkpoints **checkpoints,
                             struct error *error)
{
    struct checkpoints *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for the checkpoints");
    }
    made->audit = audit;
    enum status status = read_all(made, error);
    if (status != STATUS_OK) {
        checkpoints_free(made);
        return status;
    }
    unsigned threads = audit->options->threads != 0 ? audit->options->threads : parallel_cores();
    parallel_for(threads, made->list.count, verify_one, made);
    verify(audit, &made->newest);
    audit->report->checkpoints = made->list.count;
    adopt_newest(audit, made);
    *checkpoints = made;
    return STATUS_OK;
}

void checkpoints_free(struct checkpoints *checkpoints)
{
    if (checkpoints == NULL) {
        return;
    }
    struct stored *list = checkpoints->list.data;
    for (size_t i = 0; i < checkpoints->list.count; i++) {
        buffer_release(&list[i].note);
    }
    free(list);
    buffer_release(&checkpoints->newest.note);
    free(checkpoints);
}

static enum status claim_stored(const struct stored *stored, struct claims *claims)
{
    if (stored->status != STATUS_OK) {
        return STATUS_OK;
    }
    const struct claim claim = {
        .size = stored->checkpoint.size, .root = stored->checkpoint.root, .is_checkpoint = true};
    return claims_add(claims, &claim);
}

enum status checkpoints_claim(const struct audit *audit, const struct checkpoints *checkpoints,
                              struct claims *claims)
{
    const struct stored *list = checkpoints->list.data;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < checkpoints->list.count && status == STATUS_OK; i++) {
        status = claim_stored(&list[i], claims);
    }
    if (status == STATUS_OK && checkpoints->newest.note.size > 0) {
        status = claim_stored(&checkpoints->newest, claims);
    }
    if (status == STATUS_OK && audit->report->has_since) {
        const struct claim claim = {.size = audit->report->since.size,
                                    .root = audit->report->since.root};
        status = claims_add(claims, &claim);
    }
    return status;
}

static void report(struct audit *audit, enum audit_fault fault, uint64_t size, const char *detail)
{
    struct finding finding = finding_of(fault);
    finding_set_file(&finding, "ledger.db");
    if (size > 0) {
        finding_set_record(&finding, size - 1);
    }
    finding_set_detail(&finding, "checkpoint of %" PRIu64 " records%s%.160s", size,
                       detail[0] != '\0' ? ": " : "", detail);
    audit_add(audit, &finding);
}

static void judge_stored(struct audit *audit, const struct stored *stored,
                         const struct claims *claims)
{
    if (stored->status == STATUS_NOT_FOUND) {
        report(audit, FAULT_CHECKPOINT_FOREIGN, stored->column, stored->reason.text);
    } else if (stored->status != STATUS_OK) {
        report(audit, FAULT_CHECKPOINT_ALTERED, stored->column, stored->reason.text);
    } else if (stored->column != stored->checkpoint.size) {
        report(audit, FAULT_CHECKPOINT_ALTERED, stored->checkpoint.size,
               "it stands in another one's place");
    } else if (strcmp(stored->checkpoint.origin, audit->origin) != 0) {
        report(audit, FAULT_CHECKPOINT_FOREIGN, stored->column, "it is of another ledger");
    } else if (claims_verdict(claims, stored->checkpoint.size, &stored->checkpoint.root) ==
               CLAIM_DIFFERS) {
        report(audit, FAULT_CHECKPOINT_FORK, stored->column, "");
    }
}

/* The second copy must be the last row's twin. */
static void judge_newest(struct audit *audit, const struct checkpoints *checkpoints)
{
    const struct stored *list = checkpoints->list.data;
    const struct stored *copy = &checkpoints->newest;
    const struct stored *last =
        checkpoints->list.count > 0 ? &list[checkpoints->list.count - 1] : NULL;
    bool holds = copy->note.size > 0 && copy->status == STATUS_OK;
    if (last == NULL && copy->note.size == 0) {
        return;
    }
    if (holds && copy->checkpoint.size == audit->size &&
        (last == NULL || last->column < audit->size)) {
        report(audit, FAULT_CHECKPOINT_ALTERED, audit->size, "the row of the newest is missing");
    } else if (!holds || (last != NULL && last->status == STATUS_OK &&
                          !bytes_equal(buffer_bytes(&copy->note), buffer_bytes(&last->note)))) {
        report(audit, FAULT_NEWEST_ALTERED, audit->size, copy->note.size == 0 ? "missing" : "");
    }
}

static void report_rows(struct audit *audit, enum audit_fault fault, uint64_t from, uint64_t to)
{
    if (from >= to) {
        return;
    }
    struct finding finding = finding_of(fault);
    finding_set_record(&finding, from);
    finding.record_last = to - 1;
    finding_set_file(&finding, "ledger.db");
    audit_add(audit, &finding);
}

/* Runs of rows that follow each other, each reported once. */
struct beyond {
    struct audit *audit;
    uint64_t from;
    uint64_t to;
};

static enum status take_beyond(void *context, uint64_t number)
{
    struct beyond *beyond = context;
    if (number != beyond->to) {
        report_rows(beyond->audit, FAULT_RECORD_BEYOND, beyond->from, beyond->to);
        beyond->from = number;
    }
    beyond->to = number + 1;
    return STATUS_OK;
}

/* Rows that the newest valid checkpoint does not cover: a damaged one may have, or none ever did.
 */
static void judge_beyond(struct audit *audit, const struct checkpoints *checkpoints)
{
    uint64_t covered = audit->size;
    if (checkpoints->claimed > covered && checkpoints->claimed <= audit->rows_end) {
        report_rows(audit, FAULT_RECORDS_UNCOVERED, covered, checkpoints->claimed);
        covered = checkpoints->claimed;
    }
    struct beyond beyond = {audit, covered, covered};
    /* What cannot be read of it is found as damage of the file. */
    (void)!ledger_view_numbers(audit->view, covered, take_beyond, &beyond, NULL);
    report_rows(audit, FAULT_RECORD_BEYOND, beyond.from, beyond.to);
    if (!audit->report->has_newest && checkpoints->list.count == 0 && audit->rows_end == 0) {
        struct finding finding = finding_of(FAULT_NO_CHECKPOINT);
        finding_set_file(&finding, "ledger.db");
        audit_add(audit, &finding);
    }
}

static void judge_since(struct audit *audit, const struct claims *claims)
{
    const struct checkpoint *since = &audit->report->since;
    struct finding finding = finding_of(FAULT_NONE);
    if (!audit->report->has_since) {
        return;
    }
    if (strcmp(since->origin, audit->origin) != 0) {
        finding.fault = FAULT_SINCE_OTHER;
        finding_set_detail(&finding, "%.90s instead of %.90s", audit->origin, since->origin);
    } else if (since->size > audit->size) {
        finding.fault = FAULT_SINCE_AHEAD;
        finding_set_record(&finding, audit->size);
        finding.record_last = since->size - 1;
    } else if (claims_verdict(claims, since->size, &since->root) == CLAIM_DIFFERS) {
        finding.fault = FAULT_SINCE_FORK;
        finding_set_record(&finding, 0);
        finding.record_last = since->size > 0 ? since->size - 1 : 0;
    } else {
        return;
    }
    finding_set_file(&finding, "ledger.db");
    audit_add(audit, &finding);
}

void checkpoints_judge(struct audit *audit, const struct checkpoints *checkpoints,
                       const struct claims *claims)
{
    const struct stored *list = checkpoints->list.data;
    for (size_t i = 0; i < checkpoints->list.count; i++) {
        judge_stored(audit, &list[i], claims);
    }
    judge_newest(audit, checkpoints);
    judge_beyond(audit, checkpoints);
    judge_since(audit, claims);
}

enum status checkpoints_take_since(struct audit *audit, struct error *error)
{
    struct error reason = {0};
    if (audit->options->since.size == 0) {
        return STATUS_OK;
    }
    if (audit->key == NULL) {
        return error_set(error, STATUS_REFUSED,
                         "there is no certificate to judge the checkpoint from outside by");
    }
    if (checkpoint_verify(audit->suite, audit->key, audit->options->since, &audit->report->since,
                          &reason) != STATUS_OK) {
        return error_set(error, STATUS_REFUSED,
                         "the checkpoint from outside is of no use here: %.160s", reason.text);
    }
    audit->report->has_since = true;
    return STATUS_OK;
}

uint64_t checkpoints_claimed(const struct checkpoints *checkpoints)
{
    return checkpoints->claimed;
}
