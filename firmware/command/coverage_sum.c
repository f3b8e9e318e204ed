#include "firmware/command/coverage_sum.h"

#include <stdlib.h>

/* A clock's step is on record near the segments that it parts. */
#define STEP_RECORDS 64u

void coverage_sum_release(struct coverage_sum *sum)
{
    free(sum->items);
    *sum = (struct coverage_sum){0};
}

enum status coverage_sum_add(struct coverage_sum *sum, struct coverage_span span,
                             enum coverage_kind kind, uint64_t record)
{
    if (sum->count == sum->capacity) {
        size_t capacity = sum->capacity == 0 ? 64 : sum->capacity * 2;
        struct coverage_stretch *items = reallocarray(sum->items, capacity, sizeof *items);
        if (items == NULL)
            return STATUS_NO_MEMORY;
        sum->items = items;
        sum->capacity = capacity;
    }
    sum->items[sum->count++] = (struct coverage_stretch){span, kind, record};
    return STATUS_OK;
}

struct coverage_span coverage_clip(struct coverage_span span, int64_t from_ns, int64_t to_ns)
{
    if (span.start_ns < from_ns)
        span.start_ns = from_ns;
    if (span.end_ns > to_ns)
        span.end_ns = to_ns;
    return span;
}

static int compare(const void *a, const void *b)
{
    const struct coverage_stretch *first = a;
    const struct coverage_stretch *second = b;
    if (first->span.start_ns != second->span.start_ns)
        return first->span.start_ns < second->span.start_ns ? -1 : 1;
    /* Video first: where both claim a time, it is there. */
    return (int)first->kind - (int)second->kind;
}

/* Did the clock step between the two records, or near them? As verify judges it. */
static bool is_stepped_over(const struct coverage_sum *sum, uint64_t before, uint64_t after,
                            int64_t length_ns)
{
    uint64_t low = before < after ? before : after;
    uint64_t high = before < after ? after : before;
    for (size_t i = 0; i < sum->step_count; i++) {
        const struct coverage_step *step = &sum->steps[i];
        if (step->record + STEP_RECORDS >= low && step->record <= high + STEP_RECORDS &&
            llabs(step->difference_ns) + COVERAGE_TOLERANCE_NS >= length_ns)
            return true;
    }
    return false;
}

static void count_hole(struct coverage_result *result, int64_t start_ns, int64_t end_ns,
                       bool stepped)
{
    int64_t *total = stepped ? &result->stepped_ns : &result->unexplained_ns;
    if (end_ns - start_ns <= COVERAGE_TOLERANCE_NS)
        return;
    if (*total == 0) {
        *(stepped ? &result->stepped_start_ns : &result->unexplained_start_ns) = start_ns;
        *(stepped ? &result->stepped_end_ns : &result->unexplained_end_ns) = end_ns;
    }
    *total += end_ns - start_ns;
}

static int64_t *total_of(struct coverage_result *result, enum coverage_kind kind)
{
    int64_t *const totals[] = {
        [COVERAGE_RECORDED] = &result->recorded_ns,
        [COVERAGE_GAP] = &result->gap_ns,
        [COVERAGE_EXPIRED] = &result->expired_ns,
    };
    return totals[kind];
}

void coverage_sum_judge(struct coverage_sum *sum, int64_t from_ns, int64_t to_ns, bool is_open,
                        struct coverage_result *result)
{
    int64_t reached_ns = 0;
    *result = (struct coverage_result){0};
    if (sum->count == 0)
        return;
    qsort(sum->items, sum->count, sizeof *sum->items, compare);
    /* What came before the period shows that coverage had begun. */
    reached_ns = sum->items[0].span.start_ns < from_ns ? from_ns : sum->items[0].span.start_ns;
    result->first_ns = reached_ns;
    uint64_t before = sum->items[0].record; /* the record of what reaches there */
    for (size_t i = 0; i < sum->count; i++) {
        const struct coverage_stretch *item = &sum->items[i];
        struct coverage_span span = coverage_clip(item->span, from_ns, to_ns);
        if (span.end_ns <= span.start_ns) {
            before = item->record;
            continue;
        }
        result->gaps += item->kind == COVERAGE_GAP;
        count_hole(result, reached_ns, span.start_ns,
                   is_stepped_over(sum, before, item->record, span.start_ns - reached_ns));
        if (span.start_ns < reached_ns)
            span.start_ns = reached_ns;
        if (span.end_ns <= span.start_ns)
            continue;
        *total_of(result, item->kind) += span.end_ns - span.start_ns;
        reached_ns = span.end_ns;
        before = item->record;
    }
    if (reached_ns < to_ns && is_open)
        result->open_ns = to_ns - reached_ns;
    else if (to_ns - reached_ns > COVERAGE_TOLERANCE_NS)
        result->unwritten_ns = to_ns - reached_ns;
    /* Nothing at all falls into the period: then it is not this camera's. */
    if (result->recorded_ns == 0 && result->gap_ns == 0 && result->expired_ns == 0 &&
        reached_ns >= to_ns)
        *result = (struct coverage_result){0};
}
