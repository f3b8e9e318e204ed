/* What is concluded of a door that was found so, not seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static void a_door_that_was_found_open_is_not_forced(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    stage_is_found(&stage, DOOR_OPENED, 10);
    stage_is_seen(&stage, DOOR_CLOSED, 12);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 0);
    stage_is_seen(&stage, DOOR_OPENED, 70);
    stage_until(&stage, 80);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "forced 3 @70.0 begin");
    stage_end(&stage);
}

static void a_door_that_was_found_open_is_held_from_then_on(void **state)
{
    (void)state;
    struct stage stage = stage_for_held();
    stage_begin(&stage);
    stage_is_found(&stage, DOOR_OPENED, 10);
    stage_is_found(&stage, DOOR_OPENED, 25); /* the controller's process was started again */
    stage_until(&stage, 500);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 0, "held_prealarm 1 @30.0");
    stage_expect(&stage, 1, "held 1 @40.0 begin");
    stage_end(&stage);
}

static void a_door_that_was_found_closed_ends_what_is_said_of_it(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage.settings.held_s = 30;
    stage_begin(&stage);
    stage_is_seen(&stage, DOOR_OPENED, 10);
    stage_until(&stage, 50);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 0, "forced 1 @10.0 begin");
    stage_expect(&stage, 1, "held 1 @40.0 begin");
    stage_is_found(&stage, DOOR_CLOSED, 60);
    stage_until(&stage, 100);
    assert_int_equal(stage.count, 2);
    assert_string_equal(stage.said[2], "held 2 @60.0 end");
    stage_end(&stage);
}

static void an_opening_that_was_seen_stays_forced_when_its_closing_was_not(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    stage_is_seen(&stage, DOOR_OPENED, 10);
    stage_is_found(&stage, DOOR_CLOSED, 11);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "forced 1 @10.0 begin");
    stage_end(&stage);
}

static void how_long_it_was_open_is_not_known_of_a_door_that_was_found_closed(void **state)
{
    (void)state;
    struct stage stage = stage_for_held();
    stage_begin(&stage);
    stage_is_seen(&stage, DOOR_OPENED, 10);
    stage_until(&stage, 15);
    rules_online(stage.rules, "panel", false, stage_at(15));
    stage_until(&stage, 500);
    rules_online(stage.rules, "panel", true, stage_at(500));
    stage_is_found(&stage, DOOR_CLOSED, 500);
    stage_until(&stage, 600);
    assert_int_equal(stage.count, 0);
    stage_end(&stage);
}

static void whether_a_grant_was_taken_is_not_known_where_the_contact_was_not_watched(void **state)
{
    static const enum door_event contacts[] = {DOOR_OPENED, DOOR_CLOSED};
    (void)state;
    for (size_t i = 0; i < sizeof contacts / sizeof contacts[0]; i++) {
        struct stage stage = stage_for_access();
        stage_begin(&stage);
        stage_is_seen(&stage, DOOR_ACCESS_GRANTED, 10);
        rules_online(stage.rules, "panel", false, stage_at(11));
        stage_until(&stage, 40);
        rules_online(stage.rules, "panel", true, stage_at(40));
        stage_is_found(&stage, contacts[i], 40);
        stage_is_seen(&stage, DOOR_CLOSED, 50);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 0);
        stage_is_seen(&stage, DOOR_ACCESS_GRANTED, 70);
        stage_until(&stage, 80);
        assert_int_equal(stage.count, 1);
        stage_expect(&stage, 0, "access_not_taken 4 @75.0");
        stage_end(&stage);
    }
}

static void a_grant_is_taken_by_an_opening_that_is_seen_after_one_that_was_found(void **state)
{
    (void)state;
    struct stage stage = stage_for_access();
    stage_begin(&stage);
    stage_is_seen(&stage, DOOR_ACCESS_GRANTED, 10);
    stage_is_found(&stage, DOOR_OPENED, 11);
    stage_is_seen(&stage, DOOR_CLOSED, 12);
    stage_is_seen(&stage, DOOR_OPENED, 13);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "access_taken 1+4 @13.0");
    stage_end(&stage);
}

static void an_opening_that_was_found_let_nobody_in(void **state)
{
    (void)state;
    struct stage stage = stage_of((struct message_door_settings){.anti_passback = 1});
    stage_begin(&stage);
    stage_may_pass(&stage, DIRECTION_IN, "a", 10);
    stage_is_found(&stage, DOOR_OPENED, 11);
    stage_is_seen(&stage, DOOR_CLOSED, 12);
    stage_may_pass(&stage, DIRECTION_IN, "a", 40);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 0);
    /* who is granted while it stands open goes in */
    stage_is_found(&stage, DOOR_OPENED, 70);
    stage_may_pass(&stage, DIRECTION_IN, "a", 71);
    stage_may_pass(&stage, DIRECTION_IN, "a", 72);
    stage_until(&stage, 80);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "apb_violation 7+6 @72.0");
    stage_end(&stage);
}

static void a_door_that_was_found_open_while_its_cameras_are_down_is_unseen(void **state)
{
    (void)state;
    struct stage stage = stage_for_camera();
    stage_begin(&stage);
    rules_tell_camera(stage.rules, "gate", true, 101, stage_at(1));
    rules_tell_camera(stage.rules, "gate-2", true, 102, stage_at(2));
    stage_is_found(&stage, DOOR_OPENED, 10);
    stage_until(&stage, 20);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "open_unseen 1+102 @10.0 begin");
    stage_is_found(&stage, DOOR_CLOSED, 30);
    stage_until(&stage, 40);
    assert_string_equal(stage.said[1], "open_unseen 2 @30.0 end");
    stage_end(&stage);
}

static void a_second_person_counts_whatever_is_found_in_between(void **state)
{
    (void)state;
    struct stage stage = stage_for_two_persons();
    stage_begin(&stage);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.1);
    stage_is_found(&stage, DOOR_OPENED, 12);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "b", 14, 0.1);
    stage_is_found(&stage, DOOR_CLOSED, 15);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 1, "dual_completed 1+3 @14.0");
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_door_that_was_found_open_is_not_forced),
        cmocka_unit_test(a_door_that_was_found_open_is_held_from_then_on),
        cmocka_unit_test(a_door_that_was_found_closed_ends_what_is_said_of_it),
        cmocka_unit_test(an_opening_that_was_seen_stays_forced_when_its_closing_was_not),
        cmocka_unit_test(how_long_it_was_open_is_not_known_of_a_door_that_was_found_closed),
        cmocka_unit_test(whether_a_grant_was_taken_is_not_known_where_the_contact_was_not_watched),
        cmocka_unit_test(a_grant_is_taken_by_an_opening_that_is_seen_after_one_that_was_found),
        cmocka_unit_test(an_opening_that_was_found_let_nobody_in),
        cmocka_unit_test(a_door_that_was_found_open_while_its_cameras_are_down_is_unseen),
        cmocka_unit_test(a_second_person_counts_whatever_is_found_in_between),
    };
    return cmocka_run_group_tests_name("rules_door", tests, NULL, NULL);
}
