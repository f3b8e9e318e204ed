#include "keeper/coverage.h"

#include <stdlib.h>
#include <string.h>

/* Wall clock and monotonic clock may differ so much over a gap before it counts as a step. */
#define STEP_NS NS_PER_SECOND

void coverage_init(struct coverage *coverage)
{
    *coverage = (struct coverage){.cause = GAP_UNREACHABLE};
}

void coverage_resume(struct coverage *coverage, int64_t covered_to_utc_ns, enum gap_cause cause)
{
    coverage_init(coverage);
    coverage->begun = true;
    coverage->covered_to.utc_ns = covered_to_utc_ns;
    coverage->cause = cause;
    coverage->said = true;
}

static int64_t length_ns(struct moment from, struct moment to)
{
    if (from.monotonic_ns != 0 && to.monotonic_ns != 0)
        return to.monotonic_ns - from.monotonic_ns;
    return to.utc_ns - from.utc_ns;
}

/* The gap from what is covered up to `to`, if it is long enough to be one. */
static struct coverage_gap gap_up_to(const struct coverage *coverage, struct moment to)
{
    struct coverage_gap gap = {.exists = false};
    int64_t length = length_ns(coverage->covered_to, to);
    if (!coverage->begun || length <= COVERAGE_TOLERANCE_NS)
        return gap;
    gap.exists = true;
    gap.from_utc_ns = coverage->covered_to.utc_ns;
    gap.to_utc_ns = to.utc_ns;
    /* the wall clock stepped and nobody said so yet: keep the length */
    if (llabs(gap.to_utc_ns - gap.from_utc_ns - length) > STEP_NS)
        gap.from_utc_ns = gap.to_utc_ns - length;
    gap.cause = coverage->recording && !coverage->said ? GAP_NOT_DELIVERED : coverage->cause;
    memcpy(gap.detail, coverage->detail, sizeof gap.detail);
    return gap;
}

void coverage_unsay(struct coverage *coverage)
{
    coverage->cause = GAP_ENDED;
    coverage->said = false;
    coverage->detail[0] = '\0';
}

struct coverage_gap coverage_begin(struct coverage *coverage, struct moment start)
{
    struct coverage_gap gap = gap_up_to(coverage, start);
    coverage->begun = true;
    coverage->recording = true;
    coverage->covered_to = start;
    coverage_unsay(coverage);
    return gap;
}

void coverage_end(struct coverage *coverage, struct moment end, bool continues)
{
    coverage->recording = continues;
    coverage->covered_to = end;
}

/* Who made the gap: one that the recorder or its disk made is not put down to another. */
enum maker { MAKER_CAMERA, MAKER_RECORDER, MAKER_DISK };

static enum maker maker_of(enum gap_cause cause)
{
    return cause == GAP_RECORDER_STOPPED || cause == GAP_RECORDER_FAILED ? MAKER_RECORDER
           : cause == GAP_DISK_FULL || cause == GAP_STORAGE              ? MAKER_DISK
                                                                         : MAKER_CAMERA;
}

struct coverage_gap coverage_cause(struct coverage *coverage, enum gap_cause cause,
                                   const char *detail, struct moment at)
{
    struct coverage_gap gap = {.exists = false};
    enum maker maker = maker_of(coverage->cause);
    if (!coverage->recording && maker != MAKER_CAMERA && maker != maker_of(cause)) {
        gap = gap_up_to(coverage, at);
        if (gap.exists) {
            gap.continued = true;
            coverage->covered_to = at;
        }
    }
    coverage->cause = cause;
    coverage->said = true;
    message_text(coverage->detail, sizeof coverage->detail, detail);
    return gap;
}

struct coverage_gap coverage_tick(struct coverage *coverage, struct moment now)
{
    if (coverage->recording || length_ns(coverage->covered_to, now) < COVERAGE_HOUR_NS)
        return (struct coverage_gap){.exists = false};
    return coverage_stop(coverage, now);
}

struct coverage_gap coverage_stop(struct coverage *coverage, struct moment now)
{
    if (coverage->recording)
        return (struct coverage_gap){.exists = false};
    struct coverage_gap gap = gap_up_to(coverage, now);
    if (gap.exists) {
        gap.continued = true;
        coverage->covered_to = now;
    }
    return gap;
}

void coverage_step(struct coverage *coverage, int64_t difference_ns)
{
    coverage->covered_to.utc_ns += difference_ns;
}
