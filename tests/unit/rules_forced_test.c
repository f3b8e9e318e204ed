/* Openings that nothing allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static void opening_without_any_permission_is_forced_after_the_grace(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_OPENED, 10);
    stage_until(&stage, 12);
    assert_int_equal(stage.count, 0);
    stage_until(&stage, 12.5);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "forced 1 @10.0 begin");
    stage_end(&stage);
}

static void forced_alarm_ends_when_the_door_is_closed(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_OPENED, 10);
    stage_happens(&stage, DOOR_CLOSED, 11);
    stage_until(&stage, 20);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "forced 1 @10.0 begin");
    assert_string_equal(stage.said[1], "forced 2 @11.0 end");
    stage_end(&stage);
}

static void every_permission_allows_an_opening_in_its_window(void **state)
{
    static const enum door_event permissions[] = {DOOR_ACCESS_GRANTED, DOOR_REX_PRESSED,
                                                  DOOR_EMERGENCY_RELEASE, DOOR_UNLOCKED};
    (void)state;
    for (size_t i = 0; i < sizeof permissions / sizeof permissions[0]; i++) {
        struct stage stage = stage_for_forced();
        stage_begin(&stage);
        stage_happens(&stage, permissions[i], 10);
        stage_happens(&stage, DOOR_OPENED, 15);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 0);
        stage_end(&stage);
    }
}

static void a_permission_ends_with_its_window(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_ACCESS_GRANTED, 10);
    stage_happens(&stage, DOOR_OPENED, 15.1);
    stage_until(&stage, 60);
    stage_expect(&stage, 0, "forced 2 @15.1 begin");
    stage_end(&stage);
}

static void a_denied_card_allows_nothing(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_ACCESS_DENIED, 10);
    stage_happens(&stage, DOOR_OPENED, 11);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 1);
    stage_end(&stage);
}

static void an_unlocked_door_may_be_opened_until_it_is_locked(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_UNLOCKED, 10);
    stage_happens(&stage, DOOR_OPENED, 500);
    stage_happens(&stage, DOOR_CLOSED, 505);
    stage_happens(&stage, DOOR_LOCKED, 600);
    stage_happens(&stage, DOOR_OPENED, 604);
    stage_happens(&stage, DOOR_CLOSED, 605);
    stage_until(&stage, 700);
    assert_int_equal(stage.count, 0);
    stage_happens(&stage, DOOR_OPENED, 800);
    stage_until(&stage, 900);
    assert_int_equal(stage.count, 1);
    stage_end(&stage);
}

static void a_grant_that_arrives_after_its_opening_within_the_grace_makes_it_right(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    stage_happens_late(&stage, DOOR_OPENED, "", 11, 0.1);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "1", 10, 2.9);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 0);
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_without_any_permission_is_forced_after_the_grace),
        cmocka_unit_test(forced_alarm_ends_when_the_door_is_closed),
        cmocka_unit_test(every_permission_allows_an_opening_in_its_window),
        cmocka_unit_test(a_permission_ends_with_its_window),
        cmocka_unit_test(a_denied_card_allows_nothing),
        cmocka_unit_test(an_unlocked_door_may_be_opened_until_it_is_locked),
        cmocka_unit_test(a_grant_that_arrives_after_its_opening_within_the_grace_makes_it_right),
    };
    return cmocka_run_group_tests_name("rules_forced", tests, NULL, NULL);
}
