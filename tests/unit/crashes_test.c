/* When a worker's process is said to end again and again, and when no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keeper/crashes.h"

static void five_ends_within_a_minute_are_many(void **state)
{
    struct crashes crashes = {0};
    (void)state;
    for (int64_t end = 0; end < 4; end++)
        assert_false(crashes_add(&crashes, 1000 * NS_PER_SECOND + end * 15 * NS_PER_SECOND));
    assert_true(crashes_add(&crashes, 1060 * NS_PER_SECOND));
    assert_true(crashes_add(&crashes, 1070 * NS_PER_SECOND));
}

static void ends_now_and_then_are_not_many(void **state)
{
    struct crashes crashes = {0};
    (void)state;
    for (int64_t end = 0; end < 100; end++)
        assert_false(crashes_add(&crashes, end * 16 * NS_PER_SECOND));
}

static void a_minute_without_another_ends_it(void **state)
{
    struct crashes crashes = {0};
    const int64_t started = 77 * NS_PER_SECOND;
    (void)state;
    for (int64_t end = 0; end < 7; end++)
        (void)crashes_add(&crashes, 100 * NS_PER_SECOND + end * NS_PER_SECOND);
    assert_false(crashes_are_over(&crashes, started, 166 * NS_PER_SECOND));
    assert_true(crashes_are_over(&crashes, started, 166 * NS_PER_SECOND + 1));
}

static void keeper_that_just_started_has_not_seen_a_minute(void **state)
{
    const struct crashes none = {0};
    const int64_t started = 77 * NS_PER_SECOND;
    (void)state;
    assert_false(crashes_are_over(&none, started, started + CRASHES_WINDOW_NS));
    assert_true(crashes_are_over(&none, started, started + CRASHES_WINDOW_NS + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_ends_within_a_minute_are_many),
        cmocka_unit_test(ends_now_and_then_are_not_many),
        cmocka_unit_test(a_minute_without_another_ends_it),
        cmocka_unit_test(keeper_that_just_started_has_not_seen_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
