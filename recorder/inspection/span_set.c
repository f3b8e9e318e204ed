#include "inspection/span_set.h"

#include <stdlib.h>
#include <string.h>

void span_set_release(struct span_set *set)
{
    free(set->spans);
    *set = (struct span_set){0};
}

static enum status make_room(struct span_set *set)
{
    if (set->count < set->capacity)
        return STATUS_OK;
    if (set->count >= SPANS_MAX)
        return STATUS_FULL;
    size_t capacity = set->capacity == 0 ? 16 : set->capacity * 2;
    struct time_span *spans = reallocarray(set->spans, capacity, sizeof *spans);
    if (spans == NULL)
        return STATUS_NO_MEMORY;
    set->spans = spans;
    set->capacity = capacity;
    return STATUS_OK;
}

/* The first span that ends so late that it may join one from here on. */
static size_t find(const struct span_set *set, int64_t start_ns)
{
    size_t low = 0;
    size_t high = set->count;
    if (high > 0 && set->spans[high - 1].end_ns + SPAN_JOIN_NS < start_ns)
        return high; /* as a rule: time goes on */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->spans[middle].end_ns + SPAN_JOIN_NS < start_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How much of a span lies in another. */
static int64_t common_ns(struct time_span one, struct time_span other)
{
    int64_t start_ns = one.start_ns > other.start_ns ? one.start_ns : other.start_ns;
    int64_t end_ns = one.end_ns < other.end_ns ? one.end_ns : other.end_ns;
    return end_ns > start_ns ? end_ns - start_ns : 0;
}

enum status span_set_add(struct span_set *set, struct time_span span)
{
    if (span.end_ns <= span.start_ns)
        return STATUS_OK;
    size_t first = find(set, span.start_ns);
    size_t last = first; /* not among those that join */
    struct time_span joined = span;
    int64_t new_ns = span.end_ns - span.start_ns;
    while (last < set->count && set->spans[last].start_ns <= span.end_ns + SPAN_JOIN_NS) {
        const struct time_span *other = &set->spans[last++];
        new_ns -= common_ns(span, *other);
        joined.start_ns = joined.start_ns < other->start_ns ? joined.start_ns : other->start_ns;
        joined.end_ns = joined.end_ns > other->end_ns ? joined.end_ns : other->end_ns;
    }
    if (last == first) {
        enum status status = make_room(set);
        if (status != STATUS_OK)
            return status;
        memmove(&set->spans[first + 1], &set->spans[first],
                (set->count - first) * sizeof *set->spans);
        set->count++;
    } else {
        memmove(&set->spans[first + 1], &set->spans[last],
                (set->count - last) * sizeof *set->spans);
        set->count -= last - first - 1;
    }
    set->spans[first] = joined;
    set->total_ns += new_ns;
    return STATUS_OK;
}
