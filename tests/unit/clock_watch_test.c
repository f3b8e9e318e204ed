#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keeper/clock_watch.h"

#define START_UTC INT64_C(1700000000000000000)
#define MS        NS_PER_MS

/* A look `seconds` after the start, the wall clock being `ahead_ms` ahead of the monotonic one. */
static struct clock_reading at(int64_t seconds, int64_t ahead_ms, enum clock_quality quality)
{
    return (struct clock_reading){.utc_ns = START_UTC + seconds * NS_PER_SECOND + ahead_ms * MS,
                                  .monotonic_ns = 1 + seconds * NS_PER_SECOND,
                                  .quality = quality};
}

static struct clock_track begun(void)
{
    struct clock_track track = {.begun = false};
    assert_false(clock_track_look(&track, at(0, 0, CLOCK_SYNCED)).exists);
    return track;
}

static void clock_that_runs_well_says_nothing(void **state)
{
    (void)state;
    struct clock_track track = begun();
    for (int64_t second = 1; second < 600; second++)
        assert_false(clock_track_look(&track, at(second, second % 3, CLOCK_SYNCED)).exists);
}

static void step_either_way_is_found_once(void **state)
{
    (void)state;
    const int64_t steps_ms[] = {3600000, -3600000, 201, -201};
    for (size_t i = 0; i < sizeof steps_ms / sizeof steps_ms[0]; i++) {
        struct clock_track track = begun();
        struct clock_finding found = clock_track_look(&track, at(1, steps_ms[i], CLOCK_SYNCED));
        assert_true(found.exists);
        assert_int_equal(found.event, CLOCK_EVENT_STEP);
        assert_int_equal(found.after_ns - found.before_ns, steps_ms[i] * MS);
        assert_false(clock_track_look(&track, at(2, steps_ms[i], CLOCK_SYNCED)).exists);
    }
}

static void slow_drift_is_found_when_it_passes_the_limit(void **state)
{
    (void)state;
    struct clock_track track = begun();
    int64_t second = 1;
    while (!clock_track_look(&track, at(second, second / 2, CLOCK_SYNCED)).exists)
        second++;
    assert_int_equal(second, 2002);
    for (int64_t more = 1; more < 1000; more++)
        assert_false(clock_track_look(&track, at(second + more, second / 2, CLOCK_SYNCED)).exists);
}

static void drift_says_how_far_since_the_last_record(void **state)
{
    (void)state;
    struct clock_track track = begun();
    struct clock_finding found = {.exists = false};
    for (int64_t second = 1; !found.exists; second++)
        found = clock_track_look(&track, at(second, second * 100, CLOCK_SYNCED));
    assert_int_equal(found.event, CLOCK_EVENT_DRIFT);
    assert_int_equal(found.after_ns - found.before_ns, 1100 * MS);
}

static void change_of_quality_is_found_once_and_after_a_step(void **state)
{
    (void)state;
    struct clock_track track = begun();
    struct clock_finding found = clock_track_look(&track, at(1, 5000, CLOCK_UNSYNCED));
    assert_int_equal(found.event, CLOCK_EVENT_STEP);
    found = clock_track_look(&track, at(2, 5000, CLOCK_UNSYNCED));
    assert_true(found.exists);
    assert_int_equal(found.event, CLOCK_EVENT_QUALITY);
    assert_int_equal(found.quality, CLOCK_UNSYNCED);
    assert_false(clock_track_look(&track, at(3, 5000, CLOCK_UNSYNCED)).exists);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_that_runs_well_says_nothing),
        cmocka_unit_test(step_either_way_is_found_once),
        cmocka_unit_test(slow_drift_is_found_when_it_passes_the_limit),
        cmocka_unit_test(drift_says_how_far_since_the_last_record),
        cmocka_unit_test(change_of_quality_is_found_once_and_after_a_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
