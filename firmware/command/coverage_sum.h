/*
 * Adding up a camera's time: recorded, missing on record, not explained by any record, not on
 * record yet.
 */
#ifndef SEALROOM_COMMAND_COVERAGE_SUM_H
#define SEALROOM_COMMAND_COVERAGE_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct coverage_span {
    int64_t start_ns;
    int64_t end_ns;
};

enum coverage_kind {
    COVERAGE_RECORDED = 0,
    COVERAGE_GAP,
    COVERAGE_EXPIRED, /* recorded, and deleted in its time */
};

/* The wall clock was set: time that it was set over was not lived. */
struct coverage_step {
    uint64_t record;
    int64_t difference_ns; /* new minus old */
};

/* A camera's segments and gaps, in any order. Zero-initialise. */
struct coverage_sum {
    struct coverage_stretch {
        struct coverage_span span;
        enum coverage_kind kind;
        uint64_t record;
    } * items;
    size_t count;
    size_t capacity;
    const struct coverage_step *steps; /* borrowed */
    size_t step_count;
};

void coverage_sum_release(struct coverage_sum *sum);
MUST_CHECK enum status coverage_sum_add(struct coverage_sum *sum, struct coverage_span span,
                                        enum coverage_kind kind, uint64_t record);

/* The part of a span within [from, to); empty ones have end <= start. */
struct coverage_span coverage_clip(struct coverage_span span, int64_t from_ns, int64_t to_ns);

struct coverage_result {
    int64_t recorded_ns;    /* time covered by segments; overlaps count once */
    int64_t gap_ns;         /* time covered by gap records and by no segment */
    int64_t unexplained_ns; /* after the first stretch and before the last, covered by neither */
    int64_t unexplained_start_ns; /* the first of it */
    int64_t unexplained_end_ns;
    int64_t stepped_ns; /* the same, where a clock's step is on record beside it; missing nowhere */
    int64_t stepped_start_ns; /* the first of it */
    int64_t stepped_end_ns;
    int64_t expired_ns;   /* time of segments that were deleted */
    int64_t open_ns;      /* after the last stretch, while a segment is open */
    int64_t unwritten_ns; /* after the last stretch, while none is: missing, not on record yet */
    int64_t first_ns;     /* where this camera's coverage begins within the period */
    size_t gaps;
};

/* Stretches that join with less than this between them are whole: 100 ms, as the keeper's. */
#define COVERAGE_TOLERANCE_NS INT64_C(100000000)

/* Sorts the stretches and judges [from, to). Coverage begins with the first stretch there is.
 * `is_open`: the camera is being recorded, so what comes after the last stretch is no gap. */
void coverage_sum_judge(struct coverage_sum *sum, int64_t from_ns, int64_t to_ns, bool is_open,
                        struct coverage_result *result);

#endif
