#include "keeper/clock_watch.h"

#include <stdlib.h>

#define LOOK_MS 1000u

struct clock_watch {
    struct keeper *keeper;
    struct ticker *ticker;
    struct clock_track track;
};

struct clock_finding clock_track_look(struct clock_track *track, struct clock_reading reading)
{
    int64_t offset_ns = reading.utc_ns - reading.monotonic_ns;
    struct clock_finding finding = {.after_ns = offset_ns, .quality = reading.quality};
    if (!track->begun) {
        *track = (struct clock_track){.begun = true,
                                      .offset_ns = offset_ns,
                                      .recorded_ns = offset_ns,
                                      .quality = reading.quality};
        return finding;
    }
    int64_t step_ns = offset_ns - track->offset_ns;
    int64_t drift_ns = offset_ns - track->recorded_ns;
    finding.exists = true;
    if (llabs(step_ns) > CLOCK_STEP_NS) {
        finding.event = CLOCK_EVENT_STEP;
        finding.before_ns = track->offset_ns;
    } else if (llabs(drift_ns) > CLOCK_DRIFT_NS) {
        finding.event = CLOCK_EVENT_DRIFT;
        finding.before_ns = track->recorded_ns;
    } else if (reading.quality != track->quality) {
        finding.event = CLOCK_EVENT_QUALITY;
        track->quality = reading.quality;
    } else {
        finding.exists = false;
    }
    track->offset_ns = offset_ns;
    if (finding.exists && finding.event != CLOCK_EVENT_QUALITY)
        track->recorded_ns = offset_ns;
    return finding;
}

enum status clock_watch_new(struct keeper *keeper, struct clock_watch **watch, struct error *error)
{
    struct clock_watch *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory to watch the clock");
    made->keeper = keeper;
    *watch = made;
    return STATUS_OK;
}

void clock_watch_free(struct clock_watch *watch)
{
    if (watch == NULL)
        return;
    ticker_free(watch->ticker);
    free(watch);
}

static void record(struct keeper *keeper, const struct clock_finding *finding)
{
    (void)committer_record(
        keeper->committer, RECORD_CLOCK, APPLIANCE,
        body_clock(finding->event, finding->before_ns, finding->after_ns, finding->quality));
}

static void turn(void *context)
{
    struct clock_watch *watch = context;
    struct keeper *keeper = watch->keeper;
    if (keeper->phase != KEEPER_RUNNING)
        return;
    struct clock_finding finding = clock_track_look(&watch->track, clock_now(keeper->clock));
    if (!finding.exists)
        return;
    record(keeper, &finding);
    if (finding.event != CLOCK_EVENT_STEP)
        return;
    for (size_t i = 0; i < keeper->roster.camera_count; i++)
        coverage_step(&keeper->roster.cameras[i]->coverage, finding.after_ns - finding.before_ns);
}

enum status clock_watch_start(struct clock_watch *watch, int64_t newest_utc_ns, struct error *error)
{
    struct keeper *keeper = watch->keeper;
    struct clock_reading now = clock_now(keeper->clock);
    (void)clock_track_look(&watch->track, now);
    if (now.utc_ns < newest_utc_ns) {
        /* how far it really stepped nobody can know: at least so much */
        struct clock_finding finding = {.event = CLOCK_EVENT_STEP,
                                        .before_ns = newest_utc_ns - now.monotonic_ns,
                                        .after_ns = now.utc_ns - now.monotonic_ns,
                                        .quality = now.quality};
        record(keeper, &finding);
    }
    return ticker_new(keeper->event, LOOK_MS, turn, watch, &watch->ticker, error);
}
