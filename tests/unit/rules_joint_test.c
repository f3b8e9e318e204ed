/* A door of several controllers: the reader is at "panel", the contact at "wall". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static void a_grant_at_one_controller_is_taken_by_an_opening_at_another(void **state)
{
    static const double ahead[] = {-100000, 0, 300};
    (void)state;
    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        struct stage stage = stage_for_joint();
        stage.ahead_s = ahead[i];
        stage_begin_joint(&stage);
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.4);
        stage_contact(&stage, DOOR_OPENED, 14);
        stage_contact(&stage, DOOR_CLOSED, 16);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 1);
        stage_expect(&stage, 0, "access_taken 1+2 @14.0");
        stage_end(&stage);
    }
}

static void an_opening_at_one_controller_without_a_grant_at_another_is_forced(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage.ahead_s = 300;
    stage_begin_joint(&stage);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.4);
    stage_contact(&stage, DOOR_OPENED, 17.5);
    stage_until(&stage, 21.4);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "access_not_taken 1 @15.9");
    stage_until(&stage, 23);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 1, "forced 2 @17.5 begin");
    stage_contact(&stage, DOOR_CLOSED, 30);
    stage_until(&stage, 40);
    assert_int_equal(stage.count, 2);
    assert_string_equal(stage.said[2], "forced 3 @30.0 end");
    stage_end(&stage);
}

static void a_grant_that_is_heard_after_the_opening_it_allowed_is_taken(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage_begin_joint(&stage);
    stage_contact(&stage, DOOR_OPENED, 10.1);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.45);
    stage_contact(&stage, DOOR_CLOSED, 10.6);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "access_taken 2+1 @10.1");
    stage_end(&stage);
}

static void what_needs_both_controllers_waits_while_one_does_not_answer(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage.ahead_s = -3600;
    stage_begin_joint(&stage);
    stage_happens_late(&stage, DOOR_ACCESS_DENIED, "b", 5, 0.1);
    stage_until(&stage, 15);
    rules_online(stage.rules, "panel", false, stage_at(15));
    stage_contact(&stage, DOOR_OPENED, 20);
    stage_contact(&stage, DOOR_CLOSED, 25);
    stage_contact(&stage, DOOR_OPENED, 100);
    stage_until(&stage, 500);
    assert_int_equal(stage.count, 0);
    /* its log tells what allowed the first */
    rules_online(stage.rules, "panel", true, stage_at(500));
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 19, 481.5);
    stage_until(&stage, 600);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 0, "access_taken 5+2 @20.0");
    stage_expect(&stage, 1, "forced 4 @100.0 begin");
    stage_end(&stage);
}

static void a_door_is_held_open_whether_its_reader_answers_or_not(void **state)
{
    static const enum door_event read[] = {DOOR_ACCESS_DENIED, DOOR_CLOSED};
    (void)state;
    for (size_t i = 0; i < sizeof read / sizeof read[0]; i++) {
        struct stage stage = stage_for_joint();
        stage.settings.held_s = 30;
        stage.settings.prealarm_s = 10;
        stage.unheard = "forced";
        stage_begin_joint(&stage);
        /* a reader that has a contact too is waited for: it may know of a closing */
        stage_happens_late(&stage, read[i], "", 5, 0.1);
        stage_contact(&stage, DOOR_CLOSED, 6);
        stage_until(&stage, 15);
        rules_online(stage.rules, "panel", false, stage_at(15));
        stage_contact(&stage, DOOR_OPENED, 20);
        stage_until(&stage, 60);
        if (read[i] == DOOR_CLOSED) {
            assert_int_equal(stage.count, 0);
            rules_online(stage.rules, "panel", true, stage_at(60));
            stage_until(&stage, 70);
            assert_int_equal(stage.count, 2);
        } else {
            assert_int_equal(stage.count, 2);
            stage_expect(&stage, 0, "held_prealarm 3 @40.4");
            stage_expect(&stage, 1, "held 3 @50.4 begin");
            stage_contact(&stage, DOOR_CLOSED, 80);
            stage_until(&stage, 90);
            assert_int_equal(stage.count, 2);
            assert_string_equal(stage.said[2], "held 4 @80.0 end");
        }
        stage_end(&stage);
    }
}

static void a_reader_that_lost_records_does_not_end_how_long_a_door_was_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_LOSS_COUNT; i++) {
        struct stage stage = stage_for_joint();
        stage.settings.grant_s = 0;
        stage.settings.held_s = 30;
        stage_begin_joint(&stage);
        stage_happens_late(&stage, DOOR_ACCESS_DENIED, "", 5, 0.1);
        stage_contact(&stage, DOOR_OPENED, 10);
        stage_says(&stage, stage_losses[i], 20);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 1);
        stage_expect(&stage, 0, "held 2 @40.4 begin");
        stage_end(&stage);
    }
}

static void a_door_is_open_unseen_whether_its_reader_answers_or_not(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage.settings.grant_s = 0;
    message_text(stage.settings.cameras, sizeof stage.settings.cameras, "gate gate-2");
    stage_begin_joint(&stage);
    stage_contact(&stage, DOOR_CLOSED, 6);
    rules_online(stage.rules, "panel", false, stage_at(15));
    stage_contact(&stage, DOOR_OPENED, 20);
    stage_cameras_go(&stage, true, 7, 30);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "open_unseen 2+8 @30.0 begin");
    stage_end(&stage);
}

static void two_persons_are_awaited_whether_the_contact_answers_or_not(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage.settings.grant_s = 0;
    stage.settings.two_persons_s = 10;
    stage_begin_joint(&stage);
    stage_contact(&stage, DOOR_CLOSED, 6);
    rules_online(stage.rules, "wall", false, stage_at(15));
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 20, 0.1);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "b", 25, 0.1);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 50, 0.1);
    stage_until(&stage, 80);
    assert_int_equal(stage.count, 4);
    stage_expect(&stage, 0, "dual_waiting 2 @19.6");
    stage_expect(&stage, 1, "dual_completed 2+3 @24.6");
    stage_expect(&stage, 2, "dual_waiting 4 @49.6");
    stage_expect(&stage, 3, "dual_timeout 4 @60.6");
    stage_end(&stage);
}

static void whether_a_grant_was_taken_is_not_known_while_the_contact_does_not_answer(void **state)
{
    (void)state;
    for (int found = 0; found < 2; found++) {
        struct stage stage = stage_for_joint();
        stage_begin_joint(&stage);
        stage_contact(&stage, DOOR_CLOSED, 0);
        stage_until(&stage, 15);
        rules_online(stage.rules, "wall", false, stage_at(15));
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 100, 0.1);
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 200, 0.1);
        stage_until(&stage, 500);
        rules_online(stage.rules, "wall", true, stage_at(500));
        if (found != 0)
            stage_contact_says(&stage, DOOR_CLOSED, 500.1, true);
        stage_until(&stage, 550);
        assert_int_equal(stage.count, 0);
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 600, 0.1);
        stage_until(&stage, 700);
        assert_int_equal(stage.count, 1);
        assert_non_null(strstr(stage.said[0], "access_not_taken"));
        stage_end(&stage);
    }
}

static void how_long_it_was_open_is_not_known_while_the_contact_does_not_answer(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage.settings.grant_s = 0;
    stage.settings.held_s = 30;
    stage_begin_joint(&stage);
    stage_contact(&stage, DOOR_OPENED, 10);
    stage_until(&stage, 20);
    rules_online(stage.rules, "wall", false, stage_at(20));
    stage_happens_late(&stage, DOOR_ACCESS_DENIED, "a", 100, 0.1);
    rules_online(stage.rules, "wall", true, stage_at(500));
    stage_contact_says(&stage, DOOR_CLOSED, 500.1, true);
    stage_until(&stage, 550);
    assert_int_equal(stage.count, 0);
    /* but one that is open still was so all the while */
    stage_contact(&stage, DOOR_OPENED, 600);
    stage_until(&stage, 610);
    rules_online(stage.rules, "wall", false, stage_at(610));
    rules_online(stage.rules, "wall", true, stage_at(700));
    stage_until(&stage, 750);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "held 4 @630.4 begin");
    stage_end(&stage);
}

static void the_same_entries_of_several_give_the_same_conclusions_again(void **state)
{
    (void)state;
    struct stage live = stage_for_joint();
    struct stage again = stage_for_joint();
    live.settings.held_s = again.settings.held_s = 30;
    stage_begin_joint(&live);
    stage_begin_joint(&again);
    rules_online(again.rules, "panel", false, stage_at(-50));
    rules_online(again.rules, "wall", false, stage_at(-50));
    /* what its records say */
    rules_was_online(again.rules, "panel", true, stage_at(-50));
    rules_was_online(again.rules, "wall", true, stage_at(-50));
    for (int i = 0; i < 10; i++) {
        double second = 100 * i;
        stage_happens_late(&live, DOOR_ACCESS_GRANTED, "a", second, 0.1);
        stage_contact(&live, DOOR_OPENED, second + 1);
        stage_until(&live, second + 60);
        stage_contact(&live, DOOR_CLOSED, second + 60);
        stage_contact(&live, DOOR_OPENED, second + 80);
        stage_contact(&live, DOOR_CLOSED, second + 82);
        stage_happens_late(&again, DOOR_ACCESS_GRANTED, "a", second, 0.1);
        stage_contact(&again, DOOR_OPENED, second + 1);
        stage_contact(&again, DOOR_CLOSED, second + 60);
        stage_contact(&again, DOOR_OPENED, second + 80);
        stage_contact(&again, DOOR_CLOSED, second + 82);
    }
    stage_until(&live, 1100);
    rules_new_run(again.rules, false, stage_at(1000));
    rules_online(again.rules, "panel", true, stage_at(1000));
    rules_online(again.rules, "wall", true, stage_at(1000));
    stage_until(&again, 1100);
    assert_int_equal(live.count, 30);
    assert_int_equal(again.count, live.count);
    for (size_t i = 0; i < live.count; i++)
        assert_string_equal(again.said[i], live.said[i]);
    stage_end(&live);
    stage_end(&again);
}

static void what_a_reader_without_a_log_granted_unheard_is_not_known(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage_begin_joint(&stage);
    stage_is_seen(&stage, DOOR_ACCESS_GRANTED, 5);
    stage_contact(&stage, DOOR_OPENED, 6);
    stage_contact(&stage, DOOR_CLOSED, 8);
    stage_until(&stage, 15);
    assert_int_equal(stage.count, 1);
    rules_online(stage.rules, "panel", false, stage_at(15));
    stage_contact(&stage, DOOR_OPENED, 20);
    stage_contact(&stage, DOOR_CLOSED, 25);
    stage_until(&stage, 500);
    rules_online(stage.rules, "panel", true, stage_at(500));
    stage_contact(&stage, DOOR_OPENED, 504);
    stage_contact(&stage, DOOR_CLOSED, 505);
    stage_until(&stage, 520);
    assert_int_equal(stage.count, 1);
    stage_contact(&stage, DOOR_OPENED, 530);
    stage_until(&stage, 600);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 1, "forced 8 @530.0 begin");
    stage_end(&stage);
}

static void what_one_controller_lost_another_does_not_accuse_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_LOSS_COUNT; i++) {
        struct stage stage = stage_for_joint();
        stage.settings.held_s = 30;
        stage_begin_joint(&stage);
        stage_happens_late(&stage, DOOR_ACCESS_DENIED, "b", 5, 0.1);
        stage_until(&stage, 15);
        stage_contact(&stage, DOOR_OPENED, 20);
        stage_says(&stage, stage_losses[i], 20.3);
        stage_happens_late(&stage, DOOR_ACCESS_DENIED, "b", 20.2, 0.2);
        stage_contact(&stage, DOOR_CLOSED, 25);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 0);
        stage_contact(&stage, DOOR_OPENED, 100);
        stage_says(&stage, stage_losses[i], 120);
        stage_happens_late(&stage, DOOR_ACCESS_DENIED, "b", 120, 0.1);
        stage_until(&stage, 200);
        assert_int_equal(stage.count, 2);
        stage_expect(&stage, 0, "forced 6 @100.0 begin");
        stage_expect(&stage, 1, "held 6 @130.4 begin");
        stage_end(&stage);
    }
}

static void of_more_than_can_wait_the_earliest_accuse_nobody(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage_begin_joint(&stage);
    stage_happens_late(&stage, DOOR_ACCESS_DENIED, "b", -10, 0.1);
    rules_online(stage.rules, "panel", false, stage_at(0));
    for (int i = 0; i < 200; i++) {
        stage_contact(&stage, DOOR_OPENED, 10 + 10 * i);
        stage_contact(&stage, DOOR_CLOSED, 12 + 10 * i);
    }
    stage_until(&stage, 3000);
    assert_int_equal(stage.count, 0);
    rules_online(stage.rules, "panel", true, stage_at(3000));
    stage_until(&stage, 3100);
    /* of 400 the newest 256 could wait */
    assert_int_equal(stage.count, 128);
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_grant_at_one_controller_is_taken_by_an_opening_at_another),
        cmocka_unit_test(an_opening_at_one_controller_without_a_grant_at_another_is_forced),
        cmocka_unit_test(a_grant_that_is_heard_after_the_opening_it_allowed_is_taken),
        cmocka_unit_test(what_needs_both_controllers_waits_while_one_does_not_answer),
        cmocka_unit_test(a_door_is_held_open_whether_its_reader_answers_or_not),
        cmocka_unit_test(a_reader_that_lost_records_does_not_end_how_long_a_door_was_open),
        cmocka_unit_test(a_door_is_open_unseen_whether_its_reader_answers_or_not),
        cmocka_unit_test(two_persons_are_awaited_whether_the_contact_answers_or_not),
        cmocka_unit_test(whether_a_grant_was_taken_is_not_known_while_the_contact_does_not_answer),
        cmocka_unit_test(how_long_it_was_open_is_not_known_while_the_contact_does_not_answer),
        cmocka_unit_test(the_same_entries_of_several_give_the_same_conclusions_again),
        cmocka_unit_test(what_a_reader_without_a_log_granted_unheard_is_not_known),
        cmocka_unit_test(what_one_controller_lost_another_does_not_accuse_of),
        cmocka_unit_test(of_more_than_can_wait_the_earliest_accuse_nobody),
    };
    return cmocka_run_group_tests_name("rules_joint", tests, NULL, NULL);
}
