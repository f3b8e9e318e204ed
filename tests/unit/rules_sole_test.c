/* The time of a door of one controller: its clock, its polls and its log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support/stage.h"

static void without_a_clock_the_window_is_wider_by_the_poll_interval(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    rules_poll_interval(stage.rules, "panel", (uint64_t)NS_PER_SECOND);
    stage_is_seen(&stage, DOOR_ACCESS_GRANTED, 10);
    stage_is_seen(&stage, DOOR_OPENED, 15.9);
    stage_is_seen(&stage, DOOR_CLOSED, 18);
    stage_is_seen(&stage, DOOR_ACCESS_GRANTED, 30.8);
    stage_is_seen(&stage, DOOR_OPENED, 30);
    stage_is_seen(&stage, DOOR_CLOSED, 33);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 0);
    stage_is_seen(&stage, DOOR_OPENED, 70);
    stage_until(&stage, 80);
    assert_int_equal(stage.count, 1);
    stage_end(&stage);
}

static void a_wrong_but_steady_clock_changes_nothing(void **state)
{
    static const double ahead[] = {-100000, -300, 300, 100000};
    (void)state;
    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        struct stage stage = stage_for_forced();
        stage.settings.held_s = 30;
        stage.ahead_s = ahead[i];
        stage_begin(&stage);
        stage_happens(&stage, DOOR_ACCESS_GRANTED, 10);
        stage_happens(&stage, DOOR_OPENED, 12);
        stage_happens(&stage, DOOR_CLOSED, 40);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 0);
        stage_happens(&stage, DOOR_OPENED, 70);
        stage_until(&stage, 99);
        assert_int_equal(stage.count, 1);
        stage_until(&stage, 103);
        assert_int_equal(stage.count, 2);
        stage_end(&stage);
    }
}

static void a_clock_that_is_doubted_for_a_while_changes_nothing(void **state)
{
    static const double ahead[] = {-3600, 3600};
    (void)state;
    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        struct stage stage = stage_for_forced();
        stage.settings.held_s = 30;
        stage.ahead_s = ahead[i];
        stage_begin(&stage);
        stage_is_seen(&stage, DOOR_REX_PRESSED, 4);
        stage_is_seen(&stage, DOOR_OPENED, 5);
        stage_happens(&stage, DOOR_CLOSED, 20);
        stage_happens(&stage, DOOR_ACCESS_GRANTED, 40);
        stage_is_seen(&stage, DOOR_OPENED, 41);
        stage_until(&stage, 60);
        stage_happens(&stage, DOOR_CLOSED, 65);
        stage_until(&stage, 100);
        assert_int_equal(stage.count, 0);
        stage_is_seen(&stage, DOOR_OPENED, 110);
        stage_until(&stage, 113);
        assert_int_equal(stage.count, 1);
        stage_expect(&stage, 0, "forced 7 @110.0 begin");
        stage_end(&stage);
    }
}

static void nothing_is_judged_of_a_controller_that_does_not_answer(void **state)
{
    (void)state;
    struct stage stage = stage_for_held();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_OPENED, 10);
    stage_until(&stage, 15);
    rules_online(stage.rules, "panel", false, stage_at(15));
    stage_until(&stage, 500);
    assert_int_equal(stage.count, 0);
    /* its log tells that the door was closed in time */
    rules_online(stage.rules, "panel", true, stage_at(500));
    stage_until(&stage, 501);
    stage_happens_late(&stage, DOOR_CLOSED, "", 20, 481.5);
    stage_until(&stage, 600);
    assert_int_equal(stage.count, 0);
    stage_end(&stage);
}

static void a_long_log_handed_over_slowly_raises_no_alarm(void **state)
{
    (void)state;
    struct stage stage = stage_for_held();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_OPENED, 10);
    rules_online(stage.rules, "panel", false, stage_at(15));
    rules_online(stage.rules, "panel", true, stage_at(500));
    /* ten seconds of older denials before the closing's turn comes */
    for (int i = 0; i < 10; i++)
        stage_happens_late(&stage, DOOR_ACCESS_DENIED, "", 16 + 0.1 * i, 485 + i);
    stage_happens_late(&stage, DOOR_CLOSED, "", 20, 492);
    stage_until(&stage, 600);
    assert_int_equal(stage.count, 0);
    stage_end(&stage);
}

static void an_answer_that_fails_a_while_raises_no_alarm(void **state)
{
    (void)state;
    struct stage stage = stage_for_held();
    stage.settings.poll_ms = 500;
    stage.settings.trouble_ms = 3000;
    stage_begin(&stage);
    stage_happens(&stage, DOOR_OPENED, 10);
    stage_until(&stage, 38);
    assert_int_equal(stage.count, 1);
    stage_happens_late(&stage, DOOR_CLOSED, "", 39, 5.5);
    stage_until(&stage, 500);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "held_prealarm 1 @30.0");
    stage_end(&stage);
}

static void what_was_open_all_the_while_is_held_late_with_its_time(void **state)
{
    (void)state;
    struct stage stage = stage_for_held();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_OPENED, 10);
    rules_online(stage.rules, "panel", false, stage_at(15));
    rules_online(stage.rules, "panel", true, stage_at(500));
    stage_until(&stage, 503);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 1, "held 1 @40.0 begin");
    stage_end(&stage);
}

static void a_clock_that_is_set_neither_shortens_nor_lengthens_what_runs(void **state)
{
    static const double steps[] = {-3600, 3600};
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct stage stage = stage_for_held();
        stage.settings.grant_s = 5;
        stage_begin(&stage);
        stage_happens(&stage, DOOR_ACCESS_GRANTED, 9);
        stage_happens(&stage, DOOR_OPENED, 10);
        stage_until(&stage, 15);
        stage.ahead_s = steps[i];
        stage_is_seen(&stage, DOOR_CLOCK_STEPPED, 20);
        stage_happens(&stage, DOOR_ACCESS_DENIED, 20);
        stage_until(&stage, 29);
        stage_happens(&stage, DOOR_CLOSED, 29);
        stage_until(&stage, 100);
        assert_int_equal(stage.count, 0);
        stage_happens(&stage, DOOR_ACCESS_GRANTED, 200);
        stage_happens(&stage, DOOR_OPENED, 204);
        stage_until(&stage, 240);
        assert_int_equal(stage.count, 2);
        stage_end(&stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_clock_the_window_is_wider_by_the_poll_interval),
        cmocka_unit_test(a_wrong_but_steady_clock_changes_nothing),
        cmocka_unit_test(a_clock_that_is_doubted_for_a_while_changes_nothing),
        cmocka_unit_test(nothing_is_judged_of_a_controller_that_does_not_answer),
        cmocka_unit_test(a_long_log_handed_over_slowly_raises_no_alarm),
        cmocka_unit_test(an_answer_that_fails_a_while_raises_no_alarm),
        cmocka_unit_test(what_was_open_all_the_while_is_held_late_with_its_time),
        cmocka_unit_test(a_clock_that_is_set_neither_shortens_nor_lengthens_what_runs),
    };
    return cmocka_run_group_tests_name("rules_sole", tests, NULL, NULL);
}
