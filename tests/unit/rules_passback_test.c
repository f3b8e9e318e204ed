/* Who is inside already. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static void who_enters_twice_without_leaving_is_observed(void **state)
{
    (void)state;
    struct stage stage = stage_of((struct message_door_settings){.anti_passback = 1});
    stage_begin(&stage);
    stage_passes(&stage, DIRECTION_IN, "a", 10);
    stage_passes(&stage, DIRECTION_IN, "b", 20);
    stage_passes(&stage, DIRECTION_OUT, "a", 30);
    stage_passes(&stage, DIRECTION_IN, "a", 40);
    stage_until(&stage, 50);
    assert_int_equal(stage.count, 0);
    stage_passes(&stage, DIRECTION_IN, "b", 60);
    stage_until(&stage, 70);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "apb_violation 13+4 @60.0");
    stage_end(&stage);
}

static void a_grant_that_was_not_used_let_nobody_in(void **state)
{
    (void)state;
    struct stage stage = stage_of((struct message_door_settings){.anti_passback = 1});
    stage_begin(&stage);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.1);
    stage_until(&stage, 40);
    stage_passes(&stage, DIRECTION_IN, "a", 50);
    stage_until(&stage, 70);
    assert_int_equal(stage.count, 0);
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_enters_twice_without_leaving_is_observed),
        cmocka_unit_test(a_grant_that_was_not_used_let_nobody_in),
    };
    return cmocka_run_group_tests_name("rules_passback", tests, NULL, NULL);
}
