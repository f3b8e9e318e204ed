/* What is concluded where records are lost, or may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static void an_opening_right_after_a_loss_is_not_forced_and_a_later_one_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_LOSS_COUNT; i++) {
        struct stage stage = stage_for_forced();
        stage_begin(&stage);
        stage_happens(&stage, DOOR_REX_PRESSED, 10);
        stage_until(&stage, 30);
        stage_says(&stage, stage_losses[i], 40.1);
        stage_happens(&stage, DOOR_OPENED, 40);
        stage_happens(&stage, DOOR_CLOSED, 41);
        stage_happens(&stage, DOOR_OPENED, 44.5);
        stage_happens(&stage, DOOR_CLOSED, 45);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 0);
        stage_happens(&stage, DOOR_OPENED, 61);
        stage_until(&stage, 80);
        assert_int_equal(stage.count, 1);
        stage_expect(&stage, 0, "forced 7 @61.0 begin");
        stage_end(&stage);
    }
}

static void without_a_clock_an_opening_right_after_a_loss_is_not_forced(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_LOSS_COUNT; i++) {
        struct stage stage = stage_for_forced();
        stage_begin(&stage);
        stage_is_seen(&stage, DOOR_REX_PRESSED, 10);
        stage_until(&stage, 30);
        stage_says(&stage, stage_losses[i], 40);
        stage_is_seen(&stage, DOOR_OPENED, 40);
        stage_is_seen(&stage, DOOR_CLOSED, 41);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 0);
        stage_is_seen(&stage, DOOR_OPENED, 61);
        stage_until(&stage, 80);
        assert_int_equal(stage.count, 1);
        stage_expect(&stage, 0, "forced 5 @61.0 begin");
        stage_end(&stage);
    }
}

static void an_opening_before_a_loss_stays_forced(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_LOSS_COUNT; i++) {
        for (int clock = 0; clock < 2; clock++) {
            struct stage stage = stage_for_forced();
            stage_begin(&stage);
            (clock != 0 ? stage_happens : stage_is_seen)(&stage, DOOR_OPENED, 10);
            stage_says(&stage, stage_losses[i], 11);
            (clock != 0 ? stage_happens : stage_is_seen)(&stage, DOOR_CLOSED, 11);
            stage_until(&stage, 60);
            assert_int_equal(stage.count, 1);
            stage_expect(&stage, 0, "forced 1 @10.0 begin");
            stage_end(&stage);
        }
    }
}

static void a_log_that_overflowed_while_nobody_asked_is_judged_from_the_next_record_on(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_REX_PRESSED, 10);
    stage_until(&stage, 30);
    rules_online(stage.rules, "panel", false, stage_at(30));
    rules_online(stage.rules, "panel", true, stage_at(5000));
    stage_says(&stage, DOOR_LOG_NEARLY_FULL, 5000);
    stage_says(&stage, DOOR_RECORDS_LOST, 5000.1);
    stage_happens_late(&stage, DOOR_OPENED, "", 1000, 4000.1);
    stage_happens_late(&stage, DOOR_CLOSED, "", 1001, 3999.2);
    stage_happens_late(&stage, DOOR_OPENED, "", 2000, 3000.3);
    stage_happens_late(&stage, DOOR_CLOSED, "", 2001, 2999.4);
    stage_until(&stage, 5100);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "forced 6 @2000.0 begin");
    stage_end(&stage);
}

static void a_loss_that_is_heard_before_the_clock_is_known_ends_with_the_next_record(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    rules_online(stage.rules, "panel", false, stage_at(0));
    rules_online(stage.rules, "panel", true, stage_at(99));
    stage_happens_late(&stage, DOOR_REX_PRESSED, "", 10, 90);
    stage_says(&stage, DOOR_RECORDS_LOST, 100.1);
    stage_happens_late(&stage, DOOR_OPENED, "", 40, 60.2);
    stage_happens_late(&stage, DOOR_CLOSED, "", 41, 59.3);
    stage_happens_late(&stage, DOOR_OPENED, "", 50, 50.4);
    stage_until(&stage, 120);
    assert_int_equal(stage.count, 1);
    assert_non_null(strstr(stage.said[0], "forced 5 "));
    stage_end(&stage);
}

static void what_follows_a_loss_nobody_can_place_is_judged_from_when_it_was_said(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_REX_PRESSED, 10);
    stage_until(&stage, 30);
    rules_online(stage.rules, "panel", false, stage_at(30));
    rules_online(stage.rules, "panel", true, stage_at(5000));
    /* its log is full: what it held comes first, what it lost after that */
    stage_says(&stage, DOOR_LOSS_UNKNOWN, 5000.1);
    stage_happens_late(&stage, DOOR_OPENED, "", 1000, 4000.1);
    stage_happens_late(&stage, DOOR_CLOSED, "", 1001, 3999.2);
    stage_happens(&stage, DOOR_OPENED, 5001);
    stage_happens(&stage, DOOR_CLOSED, 5002);
    stage_until(&stage, 5100);
    assert_int_equal(stage.count, 0);
    stage_happens(&stage, DOOR_OPENED, 5200);
    stage_until(&stage, 5300);
    assert_int_equal(stage.count, 1);
    stage_end(&stage);
}

static void a_clock_that_was_wrong_until_a_loss_changes_nothing(void **state)
{
    static const double steps[] = {-3600, 3600};
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct stage stage = stage_for_forced();
        stage_begin(&stage);
        stage_happens(&stage, DOOR_REX_PRESSED, 10);
        stage_until(&stage, 30);
        stage_says(&stage, DOOR_LOSS_UNKNOWN, 40);
        stage.ahead_s = steps[i];
        stage_says(&stage, DOOR_CLOCK_STEPPED, 40);
        stage_happens(&stage, DOOR_OPENED, 40);
        stage_happens(&stage, DOOR_CLOSED, 41);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 0);
        stage_happens(&stage, DOOR_OPENED, 61);
        stage_until(&stage, 80);
        assert_int_equal(stage.count, 1);
        stage_end(&stage);
    }
}

static void a_lock_that_may_have_been_opened_is_not_known_until_it_is_told_of(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    stage_happens(&stage, DOOR_UNLOCKED, 10);
    stage_happens(&stage, DOOR_LOCKED, 20);
    stage_says(&stage, DOOR_RECORDS_LOST, 100);
    stage_happens(&stage, DOOR_OPENED, 100);
    stage_happens(&stage, DOOR_CLOSED, 101);
    stage_happens(&stage, DOOR_OPENED, 200);
    stage_happens(&stage, DOOR_CLOSED, 201);
    stage_happens(&stage, DOOR_LOCKED, 300);
    stage_until(&stage, 400);
    assert_int_equal(stage.count, 0);
    stage_happens(&stage, DOOR_OPENED, 500);
    stage_until(&stage, 600);
    assert_int_equal(stage.count, 1);
    stage_end(&stage);
}

static void a_lock_whose_input_was_not_read_for_a_moment_is_as_it_was(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    stage_is_seen(&stage, DOOR_UNLOCKED, 10);
    stage_is_seen(&stage, DOOR_LOCKED, 20);
    stage_says(&stage, DOOR_LOSS_UNKNOWN, 100);
    stage_is_seen(&stage, DOOR_OPENED, 110);
    stage_until(&stage, 200);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "forced 4 @110.0 begin");
    stage_end(&stage);
}

static void whether_a_grant_was_taken_is_not_known_of_a_window_with_a_loss(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_LOSS_COUNT; i++) {
        struct stage stage = stage_for_access();
        stage_begin(&stage);
        stage_happens(&stage, DOOR_ACCESS_GRANTED, 10);
        stage_says(&stage, stage_losses[i], 12);
        stage_happens(&stage, DOOR_CLOSED, 12);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 0);
        stage_happens(&stage, DOOR_ACCESS_GRANTED, 70);
        stage_says(&stage, stage_losses[i], 71);
        stage_happens(&stage, DOOR_OPENED, 72);
        stage_happens(&stage, DOOR_CLOSED, 73);
        stage_happens(&stage, DOOR_ACCESS_GRANTED, 80);
        stage_until(&stage, 100);
        assert_int_equal(stage.count, 2);
        stage_expect(&stage, 0, "access_taken 4+6 @72.0");
        stage_expect(&stage, 1, "access_not_taken 8 @85.0");
        stage_end(&stage);
    }
}

static void a_grant_after_a_loss_may_be_one_at_an_open_door(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_LOSS_COUNT; i++) {
        struct stage stage = stage_for_access();
        stage_begin(&stage);
        stage_happens(&stage, DOOR_CLOSED, 10);
        stage_says(&stage, stage_losses[i], 20);
        stage_happens(&stage, DOOR_ACCESS_DENIED, 20);
        stage_happens(&stage, DOOR_ACCESS_GRANTED, 40);
        stage_until(&stage, 60);
        stage_happens(&stage, DOOR_ACCESS_GRANTED, 70);
        stage_happens(&stage, DOOR_OPENED, 71);
        stage_happens(&stage, DOOR_CLOSED, 72);
        stage_until(&stage, 100);
        assert_int_equal(stage.count, 1);
        stage_expect(&stage, 0, "access_taken 5+6 @71.0");
        stage_end(&stage);
    }
}

static void how_long_it_was_open_is_not_known_of_a_log_with_a_loss(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_LOSS_COUNT; i++) {
        struct stage stage = stage_for_held();
        stage_begin(&stage);
        stage_happens(&stage, DOOR_OPENED, 10);
        stage_until(&stage, 15);
        stage_says(&stage, stage_losses[i], 20);
        stage_happens(&stage, DOOR_ACCESS_DENIED, 20);
        stage_until(&stage, 100);
        assert_int_equal(stage.count, 0);
        /* it was closed meanwhile */
        stage_happens(&stage, DOOR_OPENED, 110);
        stage_until(&stage, 200);
        assert_int_equal(stage.count, 2);
        stage_expect(&stage, 1, "held 4 @140.0 begin");
        stage_end(&stage);
    }
}

static void inputs_that_were_not_read_for_a_moment_do_not_close_a_door(void **state)
{
    (void)state;
    struct stage stage = stage_for_held();
    stage_begin(&stage);
    stage_is_seen(&stage, DOOR_OPENED, 10);
    /* more often than the grace is long */
    for (int i = 0; i < 40; i++) {
        stage_says(&stage, DOOR_LOSS_UNKNOWN, 11 + i);
        stage_until(&stage, 11.5 + i);
    }
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 1, "held 1 @40.0 begin");
    stage_end(&stage);
}

static void whether_a_second_person_came_is_not_known_of_a_window_with_a_loss(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_LOSS_COUNT; i++) {
        struct stage stage = stage_for_two_persons();
        stage_begin(&stage);
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.1);
        stage_says(&stage, stage_losses[i], 15);
        stage_happens(&stage, DOOR_OPENED, 15);
        stage_until(&stage, 60);
        /* he may be the second himself */
        stage_says(&stage, stage_losses[i], 70);
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "b", 70, 0.1);
        stage_until(&stage, 100);
        assert_int_equal(stage.count, 2);
        stage_expect(&stage, 0, "dual_waiting 1 @10.0");
        stage_expect(&stage, 1, "dual_waiting 5 @70.0");
        stage_says(&stage, stage_losses[i], 110);
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 110, 0.1);
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "b", 112, 0.1);
        stage_until(&stage, 130);
        stage_expect(&stage, 3, "dual_completed 7+8 @112.0");
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "b", 140, 0.1);
        stage_until(&stage, 160);
        assert_int_equal(stage.count, 6);
        stage_expect(&stage, 5, "dual_timeout 9 @150.0");
        stage_end(&stage);
    }
}

static void who_is_inside_is_not_known_after_a_loss(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_LOSS_COUNT; i++) {
        struct stage stage = stage_of((struct message_door_settings){.anti_passback = 1});
        stage_begin(&stage);
        stage_passes(&stage, DIRECTION_IN, "a", 10);
        stage_until(&stage, 20);
        stage_says(&stage, stage_losses[i], 30);
        stage_passes(&stage, DIRECTION_IN, "a", 30);
        stage_until(&stage, 40);
        assert_int_equal(stage.count, 0);
        stage_passes(&stage, DIRECTION_IN, "a", 50);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 1);
        stage_expect(&stage, 0, "apb_violation 8+5 @50.0");
        stage_end(&stage);
    }
}

static void who_came_in_before_a_loss_was_said_may_have_left_in_it(void **state)
{
    (void)state;
    struct stage stage = stage_of((struct message_door_settings){.anti_passback = 1});
    stage_begin(&stage);
    stage_happens(&stage, DOOR_CLOSED, 10);
    stage_until(&stage, 20);
    rules_online(stage.rules, "panel", false, stage_at(20));
    rules_online(stage.rules, "panel", true, stage_at(5000));
    stage_says(&stage, DOOR_LOSS_UNKNOWN, 5000.1);
    struct message_entry entry = {.event = DOOR_ACCESS_GRANTED,
                                  .direction = DIRECTION_IN,
                                  .door = "archive",
                                  .credential = "a",
                                  .device_time_quality = DEVICE_TIME_GOOD,
                                  .device_utc_ns = stage_at(1000)};
    rules_take(stage.rules, ++stage.records, "panel", &entry, "", stage_at(5000.2));
    stage_happens_late(&stage, DOOR_OPENED, "", 1001, 3999.3);
    stage_happens_late(&stage, DOOR_CLOSED, "", 1002, 3998.4);
    stage_passes(&stage, DIRECTION_IN, "a", 5010);
    stage_until(&stage, 5020);
    assert_int_equal(stage.count, 0);
    stage_passes(&stage, DIRECTION_IN, "a", 5030);
    stage_until(&stage, 5040);
    assert_int_equal(stage.count, 1);
    stage_end(&stage);
}

static void whether_a_door_is_open_unseen_is_not_known_of_a_log_with_a_loss(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_LOSS_COUNT; i++) {
        struct stage stage = stage_for_camera();
        stage_begin(&stage);
        stage_happens(&stage, DOOR_OPENED, 10);
        stage_says(&stage, stage_losses[i], 20);
        stage_happens(&stage, DOOR_ACCESS_DENIED, 20);
        stage_cameras_go(&stage, true, 101, 30);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 0);
        stage_happens(&stage, DOOR_OPENED, 70);
        stage_until(&stage, 80);
        assert_int_equal(stage.count, 1);
        stage_expect(&stage, 0, "open_unseen 4+102 @70.0 begin");
        stage_end(&stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_opening_right_after_a_loss_is_not_forced_and_a_later_one_is),
        cmocka_unit_test(without_a_clock_an_opening_right_after_a_loss_is_not_forced),
        cmocka_unit_test(an_opening_before_a_loss_stays_forced),
        cmocka_unit_test(
            a_log_that_overflowed_while_nobody_asked_is_judged_from_the_next_record_on),
        cmocka_unit_test(a_loss_that_is_heard_before_the_clock_is_known_ends_with_the_next_record),
        cmocka_unit_test(what_follows_a_loss_nobody_can_place_is_judged_from_when_it_was_said),
        cmocka_unit_test(a_clock_that_was_wrong_until_a_loss_changes_nothing),
        cmocka_unit_test(a_lock_that_may_have_been_opened_is_not_known_until_it_is_told_of),
        cmocka_unit_test(a_lock_whose_input_was_not_read_for_a_moment_is_as_it_was),
        cmocka_unit_test(whether_a_grant_was_taken_is_not_known_of_a_window_with_a_loss),
        cmocka_unit_test(a_grant_after_a_loss_may_be_one_at_an_open_door),
        cmocka_unit_test(how_long_it_was_open_is_not_known_of_a_log_with_a_loss),
        cmocka_unit_test(inputs_that_were_not_read_for_a_moment_do_not_close_a_door),
        cmocka_unit_test(whether_a_second_person_came_is_not_known_of_a_window_with_a_loss),
        cmocka_unit_test(who_is_inside_is_not_known_after_a_loss),
        cmocka_unit_test(who_came_in_before_a_loss_was_said_may_have_left_in_it),
        cmocka_unit_test(whether_a_door_is_open_unseen_is_not_known_of_a_log_with_a_loss),
    };
    return cmocka_run_group_tests_name("rules_loss", tests, NULL, NULL);
}
