/* Doors that are open too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static void open_too_long_is_warned_of_and_then_held(void **state)
{
    (void)state;
    struct stage stage = stage_for_held();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_OPENED, 10);
    stage_until(&stage, 31.9);
    assert_int_equal(stage.count, 0);
    stage_until(&stage, 41.9);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "held_prealarm 1 @30.0");
    stage_until(&stage, 500);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 1, "held 1 @40.0 begin");
    stage_end(&stage);
}

static void closed_in_time_is_not_held(void **state)
{
    (void)state;
    struct stage stage = stage_for_held();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_OPENED, 10);
    stage_happens(&stage, DOOR_CLOSED, 40);
    stage_until(&stage, 500);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "held_prealarm 1 @30.0");
    stage_end(&stage);
}

static void opening_said_again_does_not_begin_anew(void **state)
{
    (void)state;
    struct stage stage = stage_for_held();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_OPENED, 10);
    stage_happens(&stage, DOOR_OPENED, 25);
    stage_until(&stage, 500);
    stage_expect(&stage, 1, "held 1 @40.0 begin");
    stage_end(&stage);
}

static void a_closing_that_comes_late_raises_no_alarm(void **state)
{
    (void)state;
    struct stage stage = stage_for_held();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_OPENED, 10);
    stage_happens_late(&stage, DOOR_CLOSED, "", 29, 2.5);
    stage_until(&stage, 500);
    assert_int_equal(stage.count, 0);
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_too_long_is_warned_of_and_then_held),
        cmocka_unit_test(closed_in_time_is_not_held),
        cmocka_unit_test(opening_said_again_does_not_begin_anew),
        cmocka_unit_test(a_closing_that_comes_late_raises_no_alarm),
    };
    return cmocka_run_group_tests_name("rules_held", tests, NULL, NULL);
}
