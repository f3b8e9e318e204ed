#include "evidence/selection.h"

#include <stdlib.h>
#include <string.h>

#include "store/body_expiry_record.h"
#include "store/expiry_record.h"
#include "store/gap_record.h"
#include "store/segment_record.h"

#define NO_RECORD UINT64_MAX

/* What is shown of one source. */
struct run {
    bool has_inner;  /* a record of the range was seen */
    uint64_t anchor; /* until then: the newest one that can be first */
    uint64_t first;
    uint64_t end; /* the first one that can be last; NO_RECORD if none was seen */
};

/* A growing list of record numbers. */
struct numbers {
    uint64_t *list;
    size_t count;
    size_t capacity;
};

struct selection {
    const struct export_record *request; /* borrowed */
    uint64_t request_number;
    uint64_t size;
    struct run runs[EXPORT_SOURCES_MAX];
    struct numbers beside;   /* ascending */
    struct numbers bodiless; /* of the range, ascending */
    struct numbers others;   /* of doors that were not asked for, ascending */
    struct selected_segment *segments;
    size_t segment_count;
    size_t segment_capacity;
    uint64_t configuration; /* the newest, 0 without one */
    struct selection_counts counts;
    struct expiry_record *expiry;
    struct body_expiry_record *bodies;
};

/* One record as it is looked at. */
struct candidate {
    const struct ledger_row *row;
    struct record_head head;
    size_t source; /* index in the request; EXPORT_SOURCES_MAX: not asked for */
    json_t *body;  /* NULL if it is gone or malformed */
};

static enum status no_memory(struct error *error)
{
    return error_set(error, STATUS_NO_MEMORY, "no memory to select records");
}

static enum status numbers_add(struct numbers *numbers, uint64_t number)
{
    if (numbers->count > 0 && numbers->list[numbers->count - 1] == number) {
        return STATUS_OK;
    }
    if (numbers->count == numbers->capacity) {
        size_t capacity = numbers->capacity == 0 ? 64 : 2 * numbers->capacity;
        uint64_t *list = realloc(numbers->list, capacity * sizeof(*list));
        if (list == NULL) {
            return STATUS_NO_MEMORY;
        }
        numbers->list = list;
        numbers->capacity = capacity;
    }
    numbers->list[numbers->count++] = number;
    return STATUS_OK;
}

/* Is one of `numbers` between the two, both in it? */
static bool numbers_have(const struct numbers *numbers, uint64_t first, uint64_t last)
{
    size_t low = 0;
    size_t high = numbers->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (numbers->list[middle] < first) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < numbers->count && numbers->list[low] <= last;
}

static size_t find_source(const struct export_record *request, const char *name)
{
    for (size_t i = 0; i < request->count; i++) {
        if (strcmp(request->sources[i].source, name) == 0) {
            return i;
        }
    }
    return EXPORT_SOURCES_MAX;
}

static bool overlaps(const struct selection *selection, int64_t start, int64_t end)
{
    return start < selection->request->to_utc_ns && end > selection->request->from_utc_ns;
}

static bool is_inner(const struct selection *selection, int64_t at_utc_ns)
{
    return at_utc_ns >= selection->request->from_utc_ns &&
           at_utc_ns < selection->request->to_utc_ns;
}

/* FORMAT.md, "What is complete": where a run may begin, and where it may end. */
static void extend_run(struct selection *selection, const struct candidate *candidate)
{
    struct run *run = &selection->runs[candidate->source];
    uint64_t number = candidate->row->number;
    const struct record_head *head = &candidate->head;
    bool can_begin = head->seq == 1 || head->at_utc_ns < selection->request->from_utc_ns;
    bool can_end = head->at_utc_ns >= selection->request->to_utc_ns ||
                   head->seq >= selection->request->sources[candidate->source].latest;
    if (is_inner(selection, head->at_utc_ns)) {
        if (!run->has_inner) {
            run->first = can_begin || run->anchor == NO_RECORD ? number : run->anchor;
        }
        run->has_inner = true;
        run->end = NO_RECORD;
    } else if (!run->has_inner && can_begin) {
        run->anchor = run->first = number;
        run->end = NO_RECORD;
    }
    if (run->end == NO_RECORD && can_end && run->first != NO_RECORD) {
        run->end = number;
    }
}

static enum status add_segment(struct selection *selection, const struct candidate *candidate,
                               const struct segment_record *record)
{
    if (selection->segment_count == selection->segment_capacity) {
        size_t capacity = selection->segment_capacity == 0 ? 64 : 2 * selection->segment_capacity;
        struct selected_segment *segments =
            realloc(selection->segments, capacity * sizeof(*segments));
        if (segments == NULL) {
            return STATUS_NO_MEMORY;
        }
        selection->segments = segments;
        selection->segment_capacity = capacity;
    }
    selection->segments[selection->segment_count++] =
        (struct selected_segment){.record = candidate->row->number,
                                  .start_utc_ns = record->start_utc_ns,
                                  .end_utc_ns = record->end_utc_ns,
                                  .source = (uint32_t)candidate->source};
    return STATUS_OK;
}

/* ---- what tells of the range, by kind ---- */

static enum status tell_nothing(struct selection *selection, const struct candidate *candidate,
                                bool *tells)
{
    (void)selection;
    (void)candidate;
    *tells = false;
    return STATUS_OK;
}

static enum status tell_segment(struct selection *selection, const struct candidate *candidate,
                                bool *tells)
{
    struct segment_record record;
    *tells = candidate->source < EXPORT_SOURCES_MAX &&
             segment_record_parse(candidate->body, &record, NULL) == STATUS_OK &&
             overlaps(selection, record.start_utc_ns, record.end_utc_ns);
    return *tells ? add_segment(selection, candidate, &record) : STATUS_OK;
}

static enum status tell_gap(struct selection *selection, const struct candidate *candidate,
                            bool *tells)
{
    struct gap_record record;
    *tells = candidate->source < EXPORT_SOURCES_MAX &&
             gap_record_parse(candidate->body, &record, NULL) == STATUS_OK &&
             overlaps(selection, record.start_utc_ns, record.end_utc_ns);
    return STATUS_OK;
}

static enum status tell_entry(struct selection *selection, const struct candidate *candidate,
                              bool *tells)
{
    int64_t at = 0;
    const char *quality = json_get_text(candidate->body, "device_time_quality");
    *tells =
        candidate->source < EXPORT_SOURCES_MAX && quality != NULL && strcmp(quality, "good") == 0 &&
        json_get_time(candidate->body, "device_time", &at) == STATUS_OK && is_inner(selection, at);
    return STATUS_OK;
}

/* Segments stand in the order of their records. */
static bool expire_segment(struct selection *selection, uint64_t record, uint64_t expiry)
{
    size_t low = 0;
    size_t high = selection->segment_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (selection->segments[middle].record < record) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == selection->segment_count || selection->segments[low].record != record) {
        return false;
    }
    selection->segments[low].expired_by = expiry;
    return true;
}

static enum status tell_expiry(struct selection *selection, const struct candidate *candidate,
                               bool *tells)
{
    *tells = false;
    if (body_expiry_record_is(candidate->body)) {
        if (body_expiry_record_parse(candidate->body, selection->bodies, NULL) == STATUS_OK) {
            for (size_t i = 0; i < selection->bodies->count && !*tells; i++) {
                const struct body_range *range = &selection->bodies->ranges[i];
                *tells = numbers_have(&selection->bodiless, range->first, range->last);
            }
        }
    } else if (candidate->source < EXPORT_SOURCES_MAX &&
               expiry_record_parse(candidate->body, selection->expiry, NULL) == STATUS_OK) {
        for (size_t i = 0; i < selection->expiry->count; i++) {
            *tells |= expire_segment(selection, selection->expiry->segments[i].record,
                                     candidate->row->number);
        }
    }
    return STATUS_OK;
}

static enum status (*const tellers[])(struct selection *selection,
                                      const struct candidate *candidate, bool *tells) = {
    [RECORD_ENTRY] = tell_entry,
    [RECORD_SEGMENT] = tell_segment,
    [RECORD_GAP] = tell_gap,
    [RECORD_EXPIRY] = tell_expiry,
};

static enum status tell(struct selection *selection, const struct candidate *candidate, bool *tells)
{
    size_t kind = (size_t)candidate->head.kind;
    enum status (*teller)(struct selection *, const struct candidate *, bool *) =
        kind < sizeof(tellers) / sizeof(tellers[0]) ? tellers[kind] : NULL;
    return (teller != NULL && candidate->body != NULL ? teller : tell_nothing)(selection, candidate,
                                                                               tells);
}

/* ---- reading ---- */

/* A controller may serve other doors than those that were asked for. */
static bool is_of_another_door(const struct selection *selection, const struct candidate *candidate)
{
    const char *doors = selection->request->doors;
    const char *door = candidate->body != NULL ? json_get_text(candidate->body, "door") : NULL;
    return doors[0] != '\0' && door != NULL && !text_names(doors, door);
}

static void count(struct selection *selection, const struct candidate *candidate, bool is_other,
                  bool tells)
{
    bool is_told = tells || is_inner(selection, candidate->head.at_utc_ns);
    selection->counts.entries += candidate->head.kind == RECORD_ENTRY && is_told && !is_other;
    selection->counts.gaps += candidate->head.kind == RECORD_GAP && tells;
    if (is_told) {
        selection->counts.records++;
        selection->counts.bytes += candidate->row->head.size + candidate->row->body.size;
    }
}

static enum status look_at(struct selection *selection, const struct candidate *candidate)
{
    uint64_t number = candidate->row->number;
    bool is_asked = candidate->source < EXPORT_SOURCES_MAX;
    bool is_other = is_asked && is_of_another_door(selection, candidate);
    bool tells = false;
    enum status status =
        is_other ? numbers_add(&selection->others, number) : tell(selection, candidate, &tells);
    if (is_asked) {
        extend_run(selection, candidate);
        count(selection, candidate, is_other, tells);
    }
    if (status == STATUS_OK && is_asked && !candidate->row->has_body &&
        is_inner(selection, candidate->head.at_utc_ns)) {
        status = numbers_add(&selection->bodiless, number);
    }
    if (status == STATUS_OK && (tells || number <= 1 || number == selection->request_number)) {
        status = numbers_add(&selection->beside, number);
    }
    return status;
}

/* Kinds whose body may tell of the range; and where doors were asked for, of which door it is. */
static bool needs_body(const struct selection *selection, const struct candidate *candidate)
{
    size_t kind = (size_t)candidate->head.kind;
    bool may_tell = kind < sizeof(tellers) / sizeof(tellers[0]) && tellers[kind] != NULL;
    return candidate->source < EXPORT_SOURCES_MAX ? may_tell || selection->request->doors[0] != '\0'
                                                  : candidate->head.kind == RECORD_EXPIRY;
}

static enum status each_row(void *context, const struct ledger_row *row)
{
    struct selection *selection = context;
    struct candidate candidate = {.row = row};
    if (row->number >= selection->size) {
        return STATUS_END;
    }
    if (record_head_parse(row->head, &candidate.head, NULL) != STATUS_OK) {
        return STATUS_OK; /* altered: it speaks for nobody, and is missed where it belongs */
    }
    candidate.source = find_source(selection->request, candidate.head.source);
    if (candidate.head.kind == RECORD_CONFIG) {
        selection->configuration = row->number;
    }
    if (row->has_body && needs_body(selection, &candidate)) {
        (void)!record_body_parse(row->body, &candidate.body, NULL);
    }
    enum status status = look_at(selection, &candidate);
    json_decref(candidate.body);
    return status;
}

enum status selection_make(struct ledger_view *view, const struct export_record *request,
                           uint64_t request_number, uint64_t size, struct selection **selection,
                           struct error *error)
{
    struct selection *made = calloc(1, sizeof(*made));
    *selection = NULL;
    if (made == NULL) {
        return no_memory(error);
    }
    made->request = request;
    made->request_number = request_number;
    made->size = size;
    for (size_t i = 0; i < EXPORT_SOURCES_MAX; i++) {
        made->runs[i] = (struct run){.anchor = NO_RECORD, .first = NO_RECORD, .end = NO_RECORD};
    }
    made->expiry = malloc(sizeof(*made->expiry));
    made->bodies = malloc(sizeof(*made->bodies));
    enum status status = made->expiry == NULL || made->bodies == NULL
                             ? no_memory(error)
                             : ledger_view_rows(view, 0, each_row, made, error);
    if (status != STATUS_OK && status != STATUS_END) {
        selection_free(made);
        return status;
    }
    *selection = made;
    return STATUS_OK;
}

void selection_free(struct selection *selection)
{
    if (selection != NULL) {
        free(selection->beside.list);
        free(selection->bodiless.list);
        free(selection->others.list);
        free(selection->segments);
        free(selection->expiry);
        free(selection->bodies);
        free(selection);
    }
}

const struct selected_segment *selection_segments(const struct selection *selection, size_t *count)
{
    *count = selection->segment_count;
    return selection->segments;
}

/* ---- what is shown ---- */

bool selection_shows(const struct selection *selection, const struct ledger_row *row,
                     enum shown_as *as)
{
    struct record_head head;
    bool beside = numbers_have(&selection->beside, row->number, row->number);
    if (record_head_parse(row->head, &head, NULL) != STATUS_OK) {
        return false;
    }
    size_t source = find_source(selection->request, head.source);
    const struct run *run = source < EXPORT_SOURCES_MAX ? &selection->runs[source] : NULL;
    if (run != NULL && run->first <= row->number && row->number <= run->end &&
        run->first != NO_RECORD && selection->request->sources[source].latest > 0) {
        bool inner = is_inner(selection, head.at_utc_ns) &&
                     !numbers_have(&selection->others, row->number, row->number);
        bool whole = (beside || inner) && row->has_body;
        *as = whole ? SHOWN_RUN : SHOWN_HEAD;
        return true;
    }
    *as = SHOWN_BESIDE;
    return beside && row->has_body;
}

uint64_t selection_first(const struct selection *selection)
{
    uint64_t first = selection->size;
    for (size_t i = 0; i < selection->request->count; i++) {
        uint64_t begin = selection->runs[i].first;
        first = begin < first ? begin : first;
    }
    for (size_t i = 0; i < selection->beside.count; i++) {
        uint64_t number = selection->beside.list[i];
        if (number > 1) {
            return number < first ? number : first;
        }
    }
    return first;
}

struct selection_counts selection_counts(const struct selection *selection)
{
    return selection->counts;
}

uint64_t selection_configuration(const struct selection *selection)
{
    return selection->configuration;
}
