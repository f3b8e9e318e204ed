/* Finding: the catalog's hints and the ledger's end give numbers; the records decide. */
#include <stdlib.h>
#include <string.h>

#include "firmware/command/evidence_internal.h"

#define WHOLE_TIME INT64_MAX

static enum status add_number(struct evidence_numbers *numbers, uint64_t number)
{
    if (numbers->count == numbers->capacity) {
        size_t capacity = numbers->capacity == 0 ? 1024 : numbers->capacity * 2;
        uint64_t *items = reallocarray(numbers->items, capacity, sizeof *items);
        if (items == NULL)
            return STATUS_NO_MEMORY;
        numbers->items = items;
        numbers->capacity = capacity;
    }
    numbers->items[numbers->count++] = number;
    return STATUS_OK;
}

/* ---- hints ---- */

static enum status on_record(void *context, const struct catalog_record *record)
{
    return add_number(context, record->number);
}

static enum status on_entry(void *context, const struct catalog_entry *entry)
{
    return add_number(context, entry->record.number);
}

static enum status on_span(void *context, const struct catalog_span *span)
{
    return add_number(context, span->record.number);
}

static enum status ask_catalog(struct evidence *evidence, const struct evidence_filter *filter,
                               struct evidence_numbers *numbers, struct error *error)
{
    struct catalog_filter wanted = {
        .from_utc_ns = filter->from_utc_ns,
        .to_utc_ns = filter->to_utc_ns,
        .camera = filter->camera,
        .door = filter->door,
        .credential = filter->card,
        .source = filter->source,
        .kind = filter->kind,
        .event = filter->event,
        .newest_first = filter->limit != 0,
        /* One more, to know whether there are more. */
        .limit = filter->limit == 0 ? 0 : filter->limit + 1,
    };
    switch (filter->about) {
    case EVIDENCE_RECORDS:
        return catalog_records(evidence->catalog, &wanted, on_record, numbers, error);
    case EVIDENCE_ENTRIES: {
        enum status status = catalog_entries(evidence->catalog, &wanted, on_entry, numbers, error);
        return status != STATUS_OK
                   ? status
                   : catalog_expired_entries(evidence->catalog, &wanted, on_record, numbers, error);
    }
    case EVIDENCE_SPANS:
        return catalog_spans(evidence->catalog, &wanted, on_span, numbers, error);
    }
    return STATUS_OK;
}

/* ---- the ledger's end ---- */

static bool kind_fits(const struct evidence_filter *filter, enum record_kind kind)
{
    switch (filter->about) {
    case EVIDENCE_ENTRIES:
        return kind == RECORD_ENTRY;
    case EVIDENCE_SPANS:
        return kind == RECORD_SEGMENT || kind == RECORD_GAP;
    case EVIDENCE_RECORDS:
        break;
    }
    return filter->kind == 0 || filter->kind == kind;
}

struct tail {
    const struct evidence_filter *filter;
    struct evidence_numbers *numbers;
};

static enum status on_tail_row(void *context, const struct ledger_row *row)
{
    const struct tail *tail = context;
    struct record_head head;
    /* A head that cannot be read may be anything: it is looked at. */
    if (record_head_parse(row->head, &head, NULL) == STATUS_OK &&
        !kind_fits(tail->filter, head.kind))
        return STATUS_OK;
    return add_number(tail->numbers, row->number);
}

static int compare(const void *a, const void *b)
{
    uint64_t first = *(const uint64_t *)a;
    uint64_t second = *(const uint64_t *)b;
    return (first > second) - (first < second);
}

static void sort_once(struct evidence *evidence, struct evidence_numbers *numbers)
{
    size_t kept = 0;
    if (numbers->count > 0)
        qsort(numbers->items, numbers->count, sizeof *numbers->items, compare);
    for (size_t i = 0; i < numbers->count; i++) {
        /* The catalog may be ahead of the snapshot. */
        if (numbers->items[i] >= evidence->end)
            break;
        if (kept == 0 || numbers->items[kept - 1] != numbers->items[i])
            numbers->items[kept++] = numbers->items[i];
    }
    numbers->count = kept;
}

enum status evidence_candidates(struct evidence *evidence, const struct evidence_filter *filter,
                                struct evidence_numbers *numbers, struct error *error)
{
    struct tail tail = {filter, numbers};
    uint64_t from = 0;
    if (evidence->catalog != NULL) {
        enum status status = ask_catalog(evidence, filter, numbers, error);
        if (status != STATUS_OK)
            numbers->count = 0; /* it is no help: the whole ledger is read */
        else
            from = evidence->through;
    }
    enum status status = ledger_view_rows(evidence->ledger, from, on_tail_row, &tail, error);
    sort_once(evidence, numbers);
    return status;
}

/* ---- the record decides ---- */

static enum status keep_range(struct evidence *evidence, struct body_range range)
{
    if (evidence->expired_count == evidence->expired_capacity) {
        size_t capacity = evidence->expired_capacity == 0 ? 64 : evidence->expired_capacity * 2;
        struct body_range *expired = reallocarray(evidence->expired, capacity, sizeof *expired);
        if (expired == NULL)
            return STATUS_NO_MEMORY;
        evidence->expired = expired;
        evidence->expired_capacity = capacity;
    }
    evidence->expired[evidence->expired_count++] = range;
    return STATUS_OK;
}

static enum status take_expiry(void *context, const struct evidence_row *row)
{
    struct body_expiry_record *record = calloc(1, sizeof *record);
    enum status status = record == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    if (status == STATUS_OK && body_expiry_record_is(row->body) &&
        body_expiry_record_parse(row->body, record, NULL) == STATUS_OK)
        for (size_t i = 0; i < record->count && status == STATUS_OK; i++)
            status = keep_range(context, record->ranges[i]);
    free(record);
    return status;
}

/* Does an expiry record name this body? They are read when the first body is not there. */
static enum status is_named(struct evidence *evidence, uint64_t number, bool *named,
                            struct error *error)
{
    const struct evidence_filter filter = {
        .about = EVIDENCE_RECORDS, .kind = RECORD_EXPIRY, .source = "appliance"};
    enum status status = STATUS_OK;
    if (!evidence->expired_read) {
        evidence->expired_read = true;
        status = evidence_each(evidence, &filter, take_expiry, evidence, NULL, error);
    }
    *named = false;
    for (size_t i = 0; i < evidence->expired_count && !*named; i++)
        *named = evidence->expired[i].first <= number && number <= evidence->expired[i].last;
    return status;
}

/* Is the row's body gone by an expiry record, and not otherwise? *found is read anew. */
static enum status judge_absence(struct evidence *evidence, struct ledger_row *found, bool *named,
                                 struct error *error)
{
    *named = false;
    if (found->has_body)
        return STATUS_OK;
    uint64_t number = found->number;
    enum status status = is_named(evidence, number, named, error);
    return status == STATUS_OK ? ledger_view_row(evidence->ledger, number, found, error) : status;
}

enum status evidence_read(struct evidence *evidence, uint64_t number, struct evidence_row *row,
                          struct error *error)
{
    struct ledger_row found;
    json_t *body = NULL;
    bool named = false;
    *row = (struct evidence_row){.number = number};
    enum status status = ledger_view_row(evidence->ledger, number, &found, error);
    if (status == STATUS_OK)
        status = judge_absence(evidence, &found, &named, error);
    if (status != STATUS_OK)
        return status;
    row->head_line = found.head;
    row->body_line = found.body;
    row->expired = !found.has_body && named;
    struct digest leaf;
    merkle_leaf(evidence->algorithm, found.head, &leaf);
    row->altered = record_head_parse(found.head, &row->head, NULL) != STATUS_OK ||
                   !digest_equal(&leaf, &found.leaf) || (!found.has_body && !named);
    if (row->altered || row->expired)
        return STATUS_OK;
    row->altered =
        record_body_check(evidence->algorithm, &row->head, found.body, NULL) != STATUS_OK ||
        record_body_parse(found.body, &body, NULL) != STATUS_OK;
    row->body = body;
    return STATUS_OK;
}

static bool text_fits(const char *wanted, const char *text)
{
    return wanted == NULL || (text != NULL && strcmp(wanted, text) == 0);
}

static bool event_fits(const struct evidence_filter *filter, const json_t *body)
{
    const struct word *word = filter->event == 0 ? NULL : word_door_event(filter->event);
    return word == NULL || text_fits(word->name, json_get_text(body, "event"));
}

struct evidence_period {
    int64_t start_ns;
    int64_t end_ns;
};

static bool in_period(const struct evidence_filter *filter, struct evidence_period period)
{
    int64_t to_ns = filter->to_utc_ns == 0 ? WHOLE_TIME : filter->to_utc_ns;
    int64_t from_ns = filter->from_utc_ns == 0 ? INT64_MIN : filter->from_utc_ns;
    return period.end_ns >= from_ns && period.start_ns < to_ns;
}

static bool at_moment(const struct evidence_filter *filter, int64_t utc_ns)
{
    return in_period(filter, (struct evidence_period){utc_ns, utc_ns});
}

/* Whoever asks for an hour gets what happened in it, and what was received in it though its
 * controller's clock may say otherwise. */
static bool entry_is_timely(const struct evidence_filter *filter, const struct entry_record *record)
{
    struct entry_time time = entry_record_time(record);
    return at_moment(filter, time.utc_ns) ||
           (time.is_apart && at_moment(filter, record->entry.received_utc_ns));
}

/* Whether what a record tells of was then. A body that does not say is by the record's own time. */
static bool is_timely(const struct evidence_filter *filter, const struct evidence_row *row)
{
    struct entry_record entry;
    struct evidence_period period = {row->head.at_utc_ns, row->head.at_utc_ns};
    struct evidence_period told = period;
    if (filter->about == EVIDENCE_SPANS &&
        json_get_time(row->body, "start", &told.start_ns) == STATUS_OK &&
        json_get_time(row->body, "end", &told.end_ns) == STATUS_OK)
        return in_period(filter, told);
    if (filter->about == EVIDENCE_ENTRIES && row->body != NULL &&
        entry_record_parse(row->body, &entry, NULL) == STATUS_OK)
        return entry_is_timely(filter, &entry);
    return in_period(filter, period);
}

/* By the body's own members. What is altered is shown whatever was asked for. */
static bool fits(const struct evidence_filter *filter, const struct evidence_row *row)
{
    if (row->altered)
        return true;
    if (!kind_fits(filter, row->head.kind) || !text_fits(filter->source, row->head.source) ||
        !is_timely(filter, row))
        return false;
    return row->body == NULL || (text_fits(filter->camera, json_get_text(row->body, "camera")) &&
                                 text_fits(filter->door, json_get_text(row->body, "door")) &&
                                 text_fits(filter->card, json_get_text(row->body, "credential")) &&
                                 event_fits(filter, row->body));
}

/* The newest `limit` numbers that fit are moved to the end of *numbers; their first is returned. */
static enum status choose_newest(struct evidence *evidence, const struct evidence_filter *filter,
                                 struct evidence_numbers *numbers, size_t *first, bool *more,
                                 struct error *error)
{
    size_t kept = numbers->count;
    *more = false;
    for (size_t i = numbers->count; i-- > 0;) {
        struct evidence_row row;
        enum status status = evidence_read(evidence, numbers->items[i], &row, error);
        if (status == STATUS_NOT_FOUND)
            continue;
        if (status != STATUS_OK)
            return status;
        bool wanted = fits(filter, &row);
        json_decref((json_t *)row.body);
        if (wanted && numbers->count - kept == filter->limit) {
            *more = true;
            break;
        }
        if (wanted)
            numbers->items[--kept] = numbers->items[i];
    }
    *first = kept;
    return STATUS_OK;
}

enum status evidence_each(struct evidence *evidence, const struct evidence_filter *filter,
                          enum status (*each)(void *context, const struct evidence_row *row),
                          void *context, bool *more, struct error *error)
{
    struct evidence_numbers numbers = {0};
    size_t first = 0;
    bool beyond = false;
    enum status status = evidence_candidates(evidence, filter, &numbers, error);
    if (status == STATUS_OK && filter->limit != 0)
        status = choose_newest(evidence, filter, &numbers, &first, &beyond, error);
    for (size_t i = first; status == STATUS_OK && i < numbers.count; i++) {
        struct evidence_row row;
        status = evidence_read(evidence, numbers.items[i], &row, error);
        if (status == STATUS_NOT_FOUND) {
            status = STATUS_OK; /* the catalog names a record that is not there: verify's matter */
            continue;
        }
        if (status == STATUS_OK && fits(filter, &row))
            status = each(context, &row);
        json_decref((json_t *)row.body);
    }
    free(numbers.items);
    if (more != NULL)
        *more = beyond;
    return status;
}

enum status evidence_one(struct evidence *evidence, uint64_t number,
                         enum status (*each)(void *context, const struct evidence_row *row),
                         void *context, struct error *error)
{
    struct evidence_row row;
    enum status status = evidence_read(evidence, number, &row, error);
    if (status == STATUS_OK) {
        status = each(context, &row);
        json_decref((json_t *)row.body);
    }
    return status;
}
