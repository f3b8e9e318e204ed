/* Adding up a camera's time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "firmware/command/coverage_sum.h"

#define S(seconds) ((seconds)*NS_PER_SECOND)

static void add(struct coverage_sum *sum, int64_t start, int64_t end, enum coverage_kind kind)
{
    assert_int_equal(coverage_sum_add(sum, (struct coverage_span){S(start), S(end)}, kind,
                                      (uint64_t)(start / 10)),
                     STATUS_OK);
}

static void segments_and_gaps_are_added_up_within_the_period(void **state)
{
    struct coverage_sum sum = {0};
    struct coverage_result result;
    (void)state;
    add(&sum, 60, 70, COVERAGE_RECORDED);
    add(&sum, 0, 50, COVERAGE_RECORDED);
    add(&sum, 50, 60, COVERAGE_GAP);
    coverage_sum_judge(&sum, S(10), S(90), true, &result);
    assert_int_equal(result.recorded_ns, S(50));
    assert_int_equal(result.gap_ns, S(10));
    assert_int_equal(result.gaps, 1);
    assert_int_equal(result.unexplained_ns, 0);
    assert_int_equal(result.open_ns, S(20));
    assert_int_equal(result.first_ns, S(10));
    coverage_sum_release(&sum);
}

static void time_that_no_record_explains_is_found(void **state)
{
    struct coverage_sum sum = {0};
    struct coverage_result result;
    (void)state;
    add(&sum, 0, 10, COVERAGE_RECORDED);
    add(&sum, 13, 20, COVERAGE_RECORDED);
    add(&sum, 25, 30, COVERAGE_GAP);
    coverage_sum_judge(&sum, S(0), S(30), true, &result);
    assert_int_equal(result.unexplained_ns, S(8));
    assert_int_equal(result.unexplained_start_ns, S(10));
    assert_int_equal(result.unexplained_end_ns, S(13));
    coverage_sum_release(&sum);
}

static void time_that_the_clock_was_set_over_is_not_missing(void **state)
{
    const struct coverage_step steps[] = {{.record = 100, .difference_ns = S(800)}};
    struct coverage_sum sum = {.steps = steps, .step_count = 1};
    struct coverage_result result;
    (void)state;
    add(&sum, 0, 10, COVERAGE_RECORDED);
    add(&sum, 13, 1000, COVERAGE_RECORDED); /* record 1: the step is too far from it */
    add(&sum, 1799, 1900, COVERAGE_RECORDED);
    add(&sum, 2800, 2900, COVERAGE_RECORDED); /* more than the step */
    coverage_sum_judge(&sum, S(0), S(2900), true, &result);
    assert_int_equal(result.stepped_ns, S(799));
    assert_int_equal(result.stepped_start_ns, S(1000));
    assert_int_equal(result.stepped_end_ns, S(1799));
    assert_int_equal(result.unexplained_ns, S(903));
    assert_int_equal(result.unexplained_start_ns, S(10));
    coverage_sum_release(&sum);
}

static void overlapping_segments_count_once(void **state)
{
    struct coverage_sum sum = {0};
    struct coverage_result result;
    (void)state;
    add(&sum, 0, 10, COVERAGE_RECORDED);
    add(&sum, 5, 8, COVERAGE_GAP);
    add(&sum, 9, 20, COVERAGE_RECORDED);
    coverage_sum_judge(&sum, S(0), S(20), true, &result);
    assert_int_equal(result.recorded_ns, S(20));
    assert_int_equal(result.gap_ns, 0);
    coverage_sum_release(&sum);
}

static void coverage_begins_with_the_first_segment(void **state)
{
    struct coverage_sum sum = {0};
    struct coverage_result result;
    (void)state;
    add(&sum, 40, 50, COVERAGE_RECORDED);
    coverage_sum_judge(&sum, S(0), S(50), true, &result);
    assert_int_equal(result.unexplained_ns, 0);
    assert_int_equal(result.first_ns, S(40));
    coverage_sum_release(&sum);
}

static void what_began_before_the_period_leaves_no_hole_unseen(void **state)
{
    struct coverage_sum sum = {0};
    struct coverage_result result;
    (void)state;
    add(&sum, 0, 9, COVERAGE_RECORDED);
    add(&sum, 20, 30, COVERAGE_RECORDED);
    coverage_sum_judge(&sum, S(10), S(30), true, &result);
    assert_int_equal(result.unexplained_ns, S(10));
    assert_int_equal(result.recorded_ns, S(10));
    coverage_sum_release(&sum);
}

static void what_nothing_records_now_is_missing(void **state)
{
    struct coverage_sum sum = {0};
    struct coverage_result result;
    (void)state;
    add(&sum, 0, 10, COVERAGE_RECORDED);
    coverage_sum_judge(&sum, S(0), S(64), false, &result);
    assert_int_equal(result.recorded_ns, S(10));
    assert_int_equal(result.unwritten_ns, S(54));
    assert_int_equal(result.open_ns, 0);
    /* Long before the period, too. */
    coverage_sum_judge(&sum, S(100), S(130), false, &result);
    assert_int_equal(result.unwritten_ns, S(30));
    coverage_sum_release(&sum);
}

static void expired_time_is_not_recorded_time(void **state)
{
    struct coverage_sum sum = {0};
    struct coverage_result result;
    (void)state;
    add(&sum, 0, 10, COVERAGE_EXPIRED);
    add(&sum, 10, 30, COVERAGE_RECORDED);
    coverage_sum_judge(&sum, S(0), S(30), true, &result);
    assert_int_equal(result.expired_ns, S(10));
    assert_int_equal(result.recorded_ns, S(20));
    assert_int_equal(result.unexplained_ns, 0);
    coverage_sum_release(&sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_and_gaps_are_added_up_within_the_period),
        cmocka_unit_test(time_that_no_record_explains_is_found),
        cmocka_unit_test(time_that_the_clock_was_set_over_is_not_missing),
        cmocka_unit_test(overlapping_segments_count_once),
        cmocka_unit_test(coverage_begins_with_the_first_segment),
        cmocka_unit_test(what_nothing_records_now_is_missing),
        cmocka_unit_test(expired_time_is_not_recorded_time),
        cmocka_unit_test(what_began_before_the_period_leaves_no_hole_unseen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
