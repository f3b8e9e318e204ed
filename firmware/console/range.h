/*
 * A stretch of time as pages ask for it, in milliseconds, and as everything behind them takes it.
 */
#ifndef SEALROOM_CONSOLE_RANGE_H
#define SEALROOM_CONSOLE_RANGE_H

#include "base/clock.h"
#include "firmware/console/query.h"

/* What nanoseconds can hold. */
#define TIME_MS_MAX (INT64_MAX / NS_PER_MS)

/* From `from_ms` to before `to_ms`, since 1970. STATUS_INVALID, with nothing set, if it ends before
 * it begins, or is beyond what there is. */
MUST_CHECK enum status range_utc_ns(int64_t from_ms, int64_t to_ms, int64_t *from_utc_ns,
                                    int64_t *to_utc_ns, struct error *error);
/* The same of a query's `from` and `to`, both of which it must have. */
MUST_CHECK enum status range_of_query(const struct query *query, int64_t *from_utc_ns,
                                      int64_t *to_utc_ns, struct error *error);

#endif
