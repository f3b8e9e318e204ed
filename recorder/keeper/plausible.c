#include "keeper/plausible.h"

/* A frame cannot have come later than now; so much is allowed for a clock that is placed. */
#define FUTURE_NS (10 * NS_PER_SECOND)
/* What a stream that runs fast may be ahead of the clock by the end of its segment. */
#define AHEAD_NS (3600 * NS_PER_SECOND)
/* To 2116. The wall clock may have been anywhere since 1970; with times beyond, sums and
 * differences would not be numbers any more. */
#define UTC_MAX_NS (INT64_MAX / 2)
/* A picture may have been placed before the machine was started. */
#define BEFORE_BOOT_NS (3650 * NS_PER_DAY)

bool plausible_time(int64_t utc_ns)
{
    return utc_ns >= 0 && utc_ns <= UTC_MAX_NS;
}

bool plausible_moment(const struct keeper *keeper, struct moment at)
{
    return plausible_time(at.utc_ns) && at.monotonic_ns >= -BEFORE_BOOT_NS &&
           at.monotonic_ns <= keeper_moment(keeper).monotonic_ns + FUTURE_NS;
}

bool plausible_end(const struct keeper *keeper, const struct segment *segment, int64_t end_utc_ns)
{
    const struct segment_record *known = segment_known(segment);
    return plausible_time(end_utc_ns) &&
           end_utc_ns - known->start_utc_ns <=
               keeper_moment(keeper).monotonic_ns - known->start_monotonic_ns + AHEAD_NS;
}
