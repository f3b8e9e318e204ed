/* Grants that were used, and that were not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static void a_grant_is_taken_by_an_opening_or_not_taken(void **state)
{
    (void)state;
    struct stage stage = stage_for_access();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_ACCESS_GRANTED, 10);
    stage_happens(&stage, DOOR_OPENED, 14);
    stage_happens(&stage, DOOR_CLOSED, 16);
    stage_happens(&stage, DOOR_ACCESS_GRANTED, 20);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 0, "access_taken 1+2 @14.0");
    stage_expect(&stage, 1, "access_not_taken 4 @25.0");
    stage_end(&stage);
}

static void two_granted_before_one_opening_both_go_in(void **state)
{
    (void)state;
    struct stage stage = stage_for_access();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_ACCESS_GRANTED, 10);
    stage_happens(&stage, DOOR_ACCESS_GRANTED, 12);
    stage_happens(&stage, DOOR_OPENED, 14);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 0, "access_taken 1+3 @14.0");
    stage_expect(&stage, 1, "access_taken 2+3 @14.0");
    stage_end(&stage);
}

static void a_grant_at_an_open_door_is_not_judged(void **state)
{
    (void)state;
    struct stage stage = stage_for_access();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_REX_PRESSED, 9);
    stage_happens(&stage, DOOR_OPENED, 10);
    stage_happens(&stage, DOOR_ACCESS_GRANTED, 11);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 0);
    stage_end(&stage);
}

static void an_opening_that_comes_late_still_takes_the_grant(void **state)
{
    (void)state;
    struct stage stage = stage_for_access();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_ACCESS_GRANTED, 10);
    stage_happens_late(&stage, DOOR_OPENED, "", 14.5, 2.4);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "access_taken 1+2 @14.5");
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_grant_is_taken_by_an_opening_or_not_taken),
        cmocka_unit_test(two_granted_before_one_opening_both_go_in),
        cmocka_unit_test(a_grant_at_an_open_door_is_not_judged),
        cmocka_unit_test(an_opening_that_comes_late_still_takes_the_grant),
    };
    return cmocka_run_group_tests_name("rules_access", tests, NULL, NULL);
}
