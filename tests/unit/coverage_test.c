#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keeper/coverage.h"

#define S        NS_PER_SECOND
#define BOOT_UTC (INT64_C(1700000000) * S)
#define AT(s)                                                                                      \
    ((struct moment){.utc_ns = BOOT_UTC + (int64_t)((s)*1e9),                                      \
                     .monotonic_ns = 1 + (int64_t)((s)*1e9)})
#define UTC(s) (BOOT_UTC + (int64_t)((s)*1e9))

static struct coverage recorded_until(double seconds)
{
    struct coverage coverage;
    coverage_init(&coverage);
    (void)coverage_begin(&coverage, AT(0));
    coverage_end(&coverage, AT(seconds), false);
    return coverage;
}

static void time_before_the_first_keyframe_is_no_gap(void **state)
{
    (void)state;
    struct coverage coverage;
    coverage_init(&coverage);
    assert_false(coverage_cause(&coverage, GAP_UNREACHABLE, "", AT(0)).exists);
    assert_false(coverage_tick(&coverage, AT(10000)).exists);
    assert_false(coverage_stop(&coverage, AT(10001)).exists);
    assert_false(coverage_begin(&coverage, AT(10002)).exists);
}

static void consecutive_segments_leave_no_gap(void **state)
{
    (void)state;
    struct coverage coverage = recorded_until(60);
    assert_false(coverage_begin(&coverage, AT(60.1)).exists);
}

static void missing_time_is_a_gap_with_the_last_cause(void **state)
{
    (void)state;
    struct coverage coverage = recorded_until(60);
    (void)coverage_cause(&coverage, GAP_STALLED, "no picture for 10 s", AT(70));
    (void)coverage_cause(&coverage, GAP_UNREACHABLE, "no route", AT(75));
    struct coverage_gap gap = coverage_begin(&coverage, AT(80));
    assert_true(gap.exists);
    assert_false(gap.continued);
    assert_int_equal(gap.from_utc_ns, UTC(60));
    assert_int_equal(gap.to_utc_ns, UTC(80));
    assert_int_equal(gap.cause, GAP_UNREACHABLE);
    assert_string_equal(gap.detail, "no route");
}

static void gap_that_lasts_is_cut_hourly_and_tiles(void **state)
{
    (void)state;
    struct coverage coverage = recorded_until(60);
    (void)coverage_cause(&coverage, GAP_REFUSED, "", AT(60));
    assert_false(coverage_tick(&coverage, AT(3659)).exists);
    struct coverage_gap first = coverage_tick(&coverage, AT(3662));
    assert_true(first.exists && first.continued);
    assert_int_equal(first.to_utc_ns, UTC(3662));
    struct coverage_gap last = coverage_begin(&coverage, AT(4000));
    assert_true(last.exists && !last.continued);
    assert_int_equal(last.from_utc_ns, first.to_utc_ns);
    assert_int_equal(last.to_utc_ns, UTC(4000));
}

static void open_segment_is_never_cut_by_the_hour(void **state)
{
    (void)state;
    struct coverage coverage;
    coverage_init(&coverage);
    (void)coverage_begin(&coverage, AT(0));
    assert_false(coverage_tick(&coverage, AT(7300)).exists);
    assert_false(coverage_stop(&coverage, AT(7301)).exists);
}

static void recorders_own_gap_ends_where_the_cameras_begins(void **state)
{
    (void)state;
    struct coverage coverage;
    coverage_resume(&coverage, UTC(-500), GAP_RECORDER_FAILED);
    struct coverage_gap ours = coverage_cause(&coverage, GAP_UNREACHABLE, "", AT(5));
    assert_true(ours.exists && ours.continued);
    assert_int_equal(ours.cause, GAP_RECORDER_FAILED);
    assert_int_equal(ours.from_utc_ns, UTC(-500));
    struct coverage_gap cameras = coverage_begin(&coverage, AT(9));
    assert_true(cameras.exists);
    assert_int_equal(cameras.cause, GAP_UNREACHABLE);
    assert_int_equal(cameras.from_utc_ns, ours.to_utc_ns);
}

static void full_disks_gap_ends_where_the_cameras_begins(void **state)
{
    (void)state;
    struct coverage coverage = recorded_until(60);
    (void)coverage_cause(&coverage, GAP_DISK_FULL, "no room", AT(60));
    struct coverage_gap ours = coverage_cause(&coverage, GAP_ENDED, "", AT(70));
    assert_true(ours.exists && ours.continued);
    assert_int_equal(ours.cause, GAP_DISK_FULL);
    assert_int_equal(ours.from_utc_ns, UTC(60));
    struct coverage_gap cameras = coverage_begin(&coverage, AT(75));
    assert_true(cameras.exists);
    assert_int_equal(cameras.cause, GAP_ENDED);
    assert_int_equal(cameras.from_utc_ns, ours.to_utc_ns);
}

static void stream_that_went_on_without_pictures_was_not_closed(void **state)
{
    (void)state;
    struct coverage coverage;
    coverage_init(&coverage);
    (void)coverage_begin(&coverage, AT(0));
    coverage_end(&coverage, AT(60), true);
    struct coverage_gap gap = coverage_begin(&coverage, AT(77));
    assert_true(gap.exists && !gap.continued);
    assert_int_equal(gap.cause, GAP_NOT_DELIVERED);
    assert_int_equal(gap.from_utc_ns, UTC(60));

    coverage_end(&coverage, AT(80), true);
    (void)coverage_cause(&coverage, GAP_CAMERA_PROCESS, "", AT(80));
    assert_int_equal(coverage_begin(&coverage, AT(90)).cause, GAP_CAMERA_PROCESS);
}

static void pause_that_was_over_before_it_was_noticed_names_nothing(void **state)
{
    (void)state;
    struct coverage coverage;
    coverage_init(&coverage);
    (void)coverage_begin(&coverage, AT(0));
    (void)coverage_cause(&coverage, GAP_DISK_FULL, "no room", AT(50));
    coverage_unsay(&coverage);
    coverage_end(&coverage, AT(60), false);
    assert_false(coverage_cause(&coverage, GAP_STALLED, "", AT(70)).exists);
    assert_int_equal(coverage_begin(&coverage, AT(80)).cause, GAP_STALLED);
}

static void restart_without_camera_trouble_is_one_gap(void **state)
{
    (void)state;
    struct coverage coverage;
    coverage_resume(&coverage, UTC(-500), GAP_RECORDER_STOPPED);
    struct coverage_gap gap = coverage_begin(&coverage, AT(3));
    assert_true(gap.exists);
    assert_int_equal(gap.cause, GAP_RECORDER_STOPPED);
    assert_int_equal(gap.to_utc_ns, UTC(3));
}

static void clock_step_makes_no_gap_and_hides_none(void **state)
{
    (void)state;
    struct coverage coverage = recorded_until(60);
    struct moment stepped = AT(60.05);
    stepped.utc_ns += 3600 * S;
    assert_false(coverage_begin(&coverage, stepped).exists);

    coverage = recorded_until(60);
    stepped = AT(90);
    stepped.utc_ns -= 3600 * S;
    struct coverage_gap gap = coverage_begin(&coverage, stepped);
    assert_true(gap.exists);
    assert_int_equal(gap.to_utc_ns - gap.from_utc_ns, 30 * S);

    coverage = recorded_until(60);
    coverage_step(&coverage, 3600 * S);
    stepped = AT(90);
    stepped.utc_ns += 3600 * S;
    gap = coverage_begin(&coverage, stepped);
    assert_int_equal(gap.from_utc_ns, UTC(60) + 3600 * S);
    assert_int_equal(gap.to_utc_ns, stepped.utc_ns);
}

static void ordered_stop_records_the_gap_that_is_open(void **state)
{
    (void)state;
    struct coverage coverage = recorded_until(60);
    struct coverage_gap gap = coverage_stop(&coverage, AT(75));
    assert_true(gap.exists && gap.continued);
    assert_int_equal(gap.to_utc_ns, UTC(75));
    assert_false(coverage_stop(&coverage, AT(75)).exists);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_before_the_first_keyframe_is_no_gap),
        cmocka_unit_test(consecutive_segments_leave_no_gap),
        cmocka_unit_test(missing_time_is_a_gap_with_the_last_cause),
        cmocka_unit_test(gap_that_lasts_is_cut_hourly_and_tiles),
        cmocka_unit_test(open_segment_is_never_cut_by_the_hour),
        cmocka_unit_test(recorders_own_gap_ends_where_the_cameras_begins),
        cmocka_unit_test(full_disks_gap_ends_where_the_cameras_begins),
        cmocka_unit_test(stream_that_went_on_without_pictures_was_not_closed),
        cmocka_unit_test(pause_that_was_over_before_it_was_noticed_names_nothing),
        cmocka_unit_test(restart_without_camera_trouble_is_one_gap),
        cmocka_unit_test(clock_step_makes_no_gap_and_hides_none),
        cmocka_unit_test(ordered_stop_records_the_gap_that_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
