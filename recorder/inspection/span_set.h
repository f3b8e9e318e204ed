/*
 * The time of one camera that is covered by something, as spans that do not touch: as many as there
 * are holes between them, and not as many as there were segments.
 */
#ifndef SEALROOM_INSPECTION_SPAN_SET_H
#define SEALROOM_INSPECTION_SPAN_SET_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* What lies closer together than this joins: 100 ms, as the keeper's. */
#define SPAN_JOIN_NS INT64_C(100000000)
/* A camera with more holes than this in one period is not counted to the end. */
#define SPANS_MAX 65536u

struct time_span {
    int64_t start_ns;
    int64_t end_ns; /* not in it */
};

/* Zero-initialise. */
struct span_set {
    struct time_span *spans; /* ascending, apart */
    size_t count;
    size_t capacity;
    int64_t total_ns; /* covered; what joins adds nothing for the hole between */
};

void span_set_release(struct span_set *set);
/* Empty spans (end not after start) add nothing. STATUS_FULL: too many holes. */
MUST_CHECK enum status span_set_add(struct span_set *set, struct time_span span);

#endif
