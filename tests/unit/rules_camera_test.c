/* Doors that are open unseen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static void a_door_opened_while_all_its_cameras_are_down_is_unseen(void **state)
{
    (void)state;
    struct stage stage = stage_for_camera();
    stage_begin(&stage);
    rules_tell_camera(stage.rules, "gate", true, 101, stage_at(1));
    stage_happens(&stage, DOOR_OPENED, 10);
    stage_happens(&stage, DOOR_CLOSED, 12);
    stage_until(&stage, 20);
    assert_int_equal(stage.count, 0);
    rules_tell_camera(stage.rules, "gate-2", true, 102, stage_at(21));
    stage_happens(&stage, DOOR_OPENED, 30);
    stage_until(&stage, 40);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "open_unseen 3+102 @30.0 begin");
    stage_happens(&stage, DOOR_CLOSED, 50);
    stage_until(&stage, 60);
    assert_string_equal(stage.said[1], "open_unseen 4 @50.0 end");
    stage_end(&stage);
}

static void the_last_camera_that_goes_down_leaves_an_open_door_unseen(void **state)
{
    (void)state;
    struct stage stage = stage_for_camera();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_OPENED, 10);
    stage_until(&stage, 20);
    rules_tell_camera(stage.rules, "gate-2", true, 101, stage_at(20));
    stage_until(&stage, 20.9);
    assert_int_equal(stage.count, 0);
    rules_tell_camera(stage.rules, "gate", true, 102, stage_at(21));
    stage_until(&stage, 23.5);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "open_unseen 1+102 @21.0 begin");
    rules_tell_camera(stage.rules, "gate-2", false, 103, stage_at(25));
    stage_until(&stage, 27.5);
    assert_string_equal(stage.said[1], "open_unseen 103 @25.0 end");
    stage_end(&stage);
}

static void an_opening_that_comes_late_was_seen_by_a_camera_that_is_down_by_then(void **state)
{
    static const double ahead[] = {-3600, 0, 3600};
    (void)state;
    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        struct stage stage = stage_for_camera();
        stage.ahead_s = ahead[i];
        stage_begin(&stage);
        stage_happens(&stage, DOOR_REX_PRESSED, 5);
        stage_until(&stage, 10);
        rules_online(stage.rules, "panel", false, stage_at(10));
        stage_cameras_go(&stage, true, 101, 20);
        stage_until(&stage, 30);
        rules_online(stage.rules, "panel", true, stage_at(30));
        stage_happens_late(&stage, DOOR_OPENED, "", 12, 18.5);
        stage_happens_late(&stage, DOOR_CLOSED, "", 14, 17);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 0);
        stage_end(&stage);
    }
}

static void an_opening_that_comes_late_was_unseen_by_a_camera_that_is_back_by_then(void **state)
{
    static const double ahead[] = {-3600, 0, 3600};
    (void)state;
    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        struct stage stage = stage_for_camera();
        stage.ahead_s = ahead[i];
        stage_begin(&stage);
        stage_happens(&stage, DOOR_REX_PRESSED, 5);
        stage_until(&stage, 10);
        rules_online(stage.rules, "panel", false, stage_at(10));
        stage_cameras_go(&stage, true, 101, 11);
        stage_cameras_go(&stage, false, 103, 20);
        rules_online(stage.rules, "panel", true, stage_at(30));
        stage_happens_late(&stage, DOOR_OPENED, "", 12, 18.5);
        stage_happens_late(&stage, DOOR_CLOSED, "", 14, 17);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 1);
        assert_non_null(strstr(stage.said[0], "open_unseen 2+102 @"));
        stage_end(&stage);
    }
}

static void a_door_that_stood_open_is_unseen_from_when_its_cameras_went(void **state)
{
    (void)state;
    struct stage stage = stage_for_camera();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_REX_PRESSED, 5);
    stage_until(&stage, 10);
    rules_online(stage.rules, "panel", false, stage_at(10));
    stage_cameras_go(&stage, true, 101, 20);
    stage_cameras_go(&stage, false, 103, 25);
    rules_online(stage.rules, "panel", true, stage_at(30));
    stage_happens_late(&stage, DOOR_OPENED, "", 12, 18.5);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "open_unseen 2+102 @20.0 begin");
    assert_string_equal(stage.said[1], "open_unseen 103 @25.0 end");
    stage_end(&stage);
}

static void of_a_time_before_what_is_kept_of_cameras_nothing_is_said(void **state)
{
    (void)state;
    struct stage stage = stage_for_camera();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_REX_PRESSED, 5);
    stage_until(&stage, 10);
    rules_online(stage.rules, "panel", false, stage_at(10));
    for (uint64_t i = 0; i < 200; i++)
        stage_cameras_go(&stage, i % 2 == 0, 101 + 2 * i, 11 + (double)i);
    rules_online(stage.rules, "panel", true, stage_at(300));
    stage_happens_late(&stage, DOOR_OPENED, "", 11.5, 289);
    stage_happens_late(&stage, DOOR_CLOSED, "", 11.8, 289);
    stage_until(&stage, 400);
    assert_int_equal(stage.count, 0);
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_door_opened_while_all_its_cameras_are_down_is_unseen),
        cmocka_unit_test(the_last_camera_that_goes_down_leaves_an_open_door_unseen),
        cmocka_unit_test(an_opening_that_comes_late_was_seen_by_a_camera_that_is_down_by_then),
        cmocka_unit_test(an_opening_that_comes_late_was_unseen_by_a_camera_that_is_back_by_then),
        cmocka_unit_test(a_door_that_stood_open_is_unseen_from_when_its_cameras_went),
        cmocka_unit_test(of_a_time_before_what_is_kept_of_cameras_nothing_is_said),
    };
    return cmocka_run_group_tests_name("rules_camera", tests, NULL, NULL);
}
