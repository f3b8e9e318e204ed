#include "camera/timeline.h"

static int64_t least(const struct timeline *timeline)
{
    return timeline->least_now_ns < timeline->least_before_ns ? timeline->least_now_ns
                                                              : timeline->least_before_ns;
}

static int64_t slew(int64_t from, int64_t to, int64_t elapsed_ns)
{
    int64_t most = elapsed_ns > 0 ? elapsed_ns / 1000000 * SLEW_PPM : 0;
    int64_t way = to - from;
    return from + (way > most ? most : way < -most ? -most : way);
}

void timeline_anchor(struct timeline *timeline)
{
    timeline->delay_ns = least(timeline);
    timeline->wall_ns = timeline->wall_measured_ns;
}

void timeline_observe(struct timeline *timeline, int64_t media_ns, int64_t arrival_ns,
                      const struct clock_reading *now)
{
    int64_t delay = arrival_ns - media_ns;
    int64_t elapsed = now->monotonic_ns - timeline->observed_ns;
    timeline->wall_measured_ns = now->utc_ns - now->monotonic_ns;
    timeline->quality = now->quality;
    timeline->observed_ns = now->monotonic_ns;
    if (!timeline->running) {
        timeline->running = true;
        timeline->least_now_ns = timeline->least_before_ns = delay;
        timeline->window_end_ns = now->monotonic_ns + TIMELINE_WINDOW_NS;
        timeline_anchor(timeline);
        return;
    }
    if (now->monotonic_ns >= timeline->window_end_ns) {
        timeline->least_before_ns = timeline->least_now_ns;
        timeline->least_now_ns = delay;
        timeline->window_end_ns = now->monotonic_ns + TIMELINE_WINDOW_NS;
    } else if (delay < timeline->least_now_ns) {
        timeline->least_now_ns = delay;
    }
    timeline->delay_ns = slew(timeline->delay_ns, least(timeline), elapsed);
    timeline->wall_ns = slew(timeline->wall_ns, timeline->wall_measured_ns, elapsed);
}

static bool apart(int64_t a, int64_t b, int64_t limit)
{
    return a - b > limit || b - a > limit;
}

enum timeline_verdict timeline_check(const struct timeline *timeline)
{
    if (apart(timeline->wall_ns, timeline->wall_measured_ns, CLOCK_STEP_NS)) {
        return TIMELINE_CLOCK_STEPPED;
    }
    if (apart(timeline->delay_ns, least(timeline), MEDIA_RUN_NS)) {
        return TIMELINE_MEDIA_RAN;
    }
    return TIMELINE_STEADY;
}

int64_t timeline_monotonic(const struct timeline *timeline, int64_t media_ns)
{
    return media_ns + timeline->delay_ns;
}

int64_t timeline_utc(const struct timeline *timeline, int64_t media_ns)
{
    return timeline_monotonic(timeline, media_ns) + timeline->wall_ns;
}
