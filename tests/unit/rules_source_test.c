/* A door of several controllers: where its events lie, by clocks that are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static void a_log_from_before_the_clocks_were_compared_allows_and_accuses_nothing(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage_begin_joint(&stage);
    rules_online(stage.rules, "panel", false, stage_at(0));
    rules_online(stage.rules, "panel", true, stage_at(10));
    for (int i = 0; i < 10; i++)
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", -86400 + 600 * i, 86410.5 - 599 * i);
    stage_contact(&stage, DOOR_OPENED, 21);
    stage_contact(&stage, DOOR_CLOSED, 22);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 0);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 70, 0.1);
    stage_contact(&stage, DOOR_OPENED, 71);
    stage_until(&stage, 100);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "access_taken 13+14 @71.0");
    stage_end(&stage);
}

static void a_clock_that_is_set_changes_nothing_at_a_door_of_several(void **state)
{
    static const double steps[] = {-3600, 3600};
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct stage stage = stage_for_joint();
        stage_begin_joint(&stage);
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.1);
        stage_contact(&stage, DOOR_OPENED, 11);
        stage_contact(&stage, DOOR_CLOSED, 12);
        stage.ahead_s = steps[i];
        stage_is_seen(&stage, DOOR_CLOCK_STEPPED, 20);
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 20, 0.1);
        stage_contact(&stage, DOOR_OPENED, 21);
        stage_until(&stage, 60);
        assert_int_equal(stage.count, 2);
        stage_expect(&stage, 1, "access_taken 5+6 @21.0");
        stage_end(&stage);
    }
}

/* By so little that nobody says so. */
static void a_clock_that_is_set_back_a_little_accuses_nobody(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage_begin_joint(&stage);
    for (int i = 0; i < 10; i++) {
        double second = 100.0 * i;
        stage.ahead_s = i == 0 ? 0 : -3.3;
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", second, 0.1);
        stage_contact(&stage, DOOR_OPENED, second + 3);
        stage_contact(&stage, DOOR_CLOSED, second + 4);
        stage_until(&stage, second + 60);
        assert_int_equal(stage.count, 1);
        assert_non_null(strstr(stage.said[0], "access_taken"));
        stage.count = 0;
    }
    /* and by then it is known */
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 1000, 0.1);
    stage_contact(&stage, DOOR_OPENED, 1007.5);
    stage_until(&stage, 1100);
    assert_int_equal(stage.count, 2);
    assert_non_null(strstr(stage.said[1], "forced"));
    stage_end(&stage);
}

static void a_contact_whose_clock_is_set_back_a_little_accuses_nobody(void **state)
{
    static const double steps[] = {0, -3, -3};
    (void)state;
    struct stage stage = stage_for_joint();
    stage_begin_joint(&stage);
    for (int i = 0; i < 3; i++) {
        double second = 100.0 * i;
        struct message_entry entry = {.event = DOOR_OPENED,
                                      .door = "archive",
                                      .device_time_quality = DEVICE_TIME_GOOD,
                                      .device_utc_ns = stage_at(second + 1 + steps[i])};
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", second, 0.1);
        rules_advance(stage.rules, stage_at(second + 1.1));
        rules_take(stage.rules, ++stage.records, "wall", &entry, "", stage_at(second + 1.1));
        entry.event = DOOR_CLOSED;
        entry.device_utc_ns = stage_at(second + 9 + steps[i]);
        rules_advance(stage.rules, stage_at(second + 9.1));
        rules_take(stage.rules, ++stage.records, "wall", &entry, "", stage_at(second + 9.1));
        stage_until(&stage, second + 60);
        assert_int_equal(stage.count, 1);
        assert_non_null(strstr(stage.said[0], "access_taken"));
        stage.count = 0;
    }
    stage_end(&stage);
}

static void a_clock_that_runs_slow_is_followed(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage_begin_joint(&stage);
    /* a month at 50 ppm: two minutes behind at last */
    for (int hour = 0; hour < 720; hour++) {
        double second = 3600.0 * hour;
        stage.ahead_s = -0.18 * hour;
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", second, 0.1);
        stage_contact(&stage, DOOR_OPENED, second + 4.9);
        stage_contact(&stage, DOOR_CLOSED, second + 6);
        stage_until(&stage, second + 60);
        assert_int_equal(stage.count, 1);
        assert_non_null(strstr(stage.said[0], "access_taken"));
        stage.count = 0;
    }
    stage_end(&stage);
}

static void a_long_log_is_believed_as_far_as_its_clock_is(void **state)
{
    static const double drifts[] = {-2, 0, 2};
    (void)state;
    for (size_t i = 0; i < sizeof drifts / sizeof drifts[0]; i++) {
        struct stage stage = stage_for_joint();
        stage_begin_joint(&stage);
        stage_happens_late(&stage, DOOR_ACCESS_DENIED, "b", 5, 0.1);
        stage_until(&stage, 15);
        rules_online(stage.rules, "panel", false, stage_at(15));
        stage_contact(&stage, DOOR_OPENED, 36001);
        stage_contact(&stage, DOOR_CLOSED, 36010);
        stage_contact(&stage, DOOR_OPENED, 36030);
        stage_until(&stage, 36500);
        rules_online(stage.rules, "panel", true, stage_at(36500));
        stage.ahead_s = drifts[i];
        stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 36000, 500.5);
        stage_until(&stage, 36600);
        assert_int_equal(stage.count, 2);
        stage_expect(&stage, 0, "access_taken 5+2 @36001.0");
        stage_expect(&stage, 1, "forced 4 @36030.0 begin");
        stage_end(&stage);
    }
}

static void a_log_that_is_handed_over_slowly_is_waited_for(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage_begin_joint(&stage);
    stage_happens_late(&stage, DOOR_ACCESS_DENIED, "b", 5, 0.45);
    stage_until(&stage, 15);
    rules_online(stage.rules, "panel", false, stage_at(15));
    stage_contact(&stage, DOOR_OPENED, 20.1);
    stage_contact(&stage, DOOR_CLOSED, 25);
    stage_until(&stage, 500);
    rules_online(stage.rules, "panel", true, stage_at(500));
    stage_happens_late(&stage, DOOR_ACCESS_DENIED, "b", 19.9, 481);
    stage_until(&stage, 503);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 20, 484);
    stage_until(&stage, 600);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "access_taken 5+2 @20.1");
    stage_end(&stage);
}

static void a_log_after_its_clock_was_set_accuses_nobody(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage_begin_joint(&stage);
    stage_happens_late(&stage, DOOR_ACCESS_DENIED, "b", 5, 0.1);
    stage_until(&stage, 15);
    rules_online(stage.rules, "panel", false, stage_at(15));
    stage_contact(&stage, DOOR_OPENED, 20);
    stage_contact(&stage, DOOR_CLOSED, 25);
    stage_until(&stage, 500);
    rules_online(stage.rules, "panel", true, stage_at(500));
    stage_is_seen(&stage, DOOR_CLOCK_STEPPED, 500.4);
    stage.ahead_s = 3600;
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 19, 481.5);
    stage_until(&stage, 600);
    assert_int_equal(stage.count, 0);
    stage_end(&stage);
}

static void another_line_of_time_voids_what_is_known_of_clocks(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage_begin_joint(&stage);
    rules_online(stage.rules, "panel", false, stage_at(-50));
    rules_was_online(stage.rules, "panel", true, stage_at(-50));
    stage_happens_late(&stage, DOOR_ACCESS_DENIED, "b", 5, 0.1);
    rules_new_run(stage.rules, true, stage_at(99));
    /* the recorder's wall clock was wrong before */
    stage.ahead_s = -3600;
    rules_online(stage.rules, "panel", true, stage_at(100));
    stage_contact(&stage, DOOR_OPENED, 102);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 101, 1.5);
    stage_contact(&stage, DOOR_CLOSED, 105);
    stage_until(&stage, 120);
    assert_int_equal(stage.count, 0);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 130, 0.4);
    stage_contact(&stage, DOOR_OPENED, 131);
    stage_until(&stage, 150);
    assert_int_equal(stage.count, 1);
    stage_expect(&stage, 0, "access_taken 5+6 @131.0");
    stage_end(&stage);
}

static void a_line_of_time_that_goes_back_stops_nothing(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage_begin_joint(&stage);
    stage_contact(&stage, DOOR_CLOSED, 5);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 1e8, 0.1);
    stage_contact(&stage, DOOR_OPENED, 1e8 + 1);
    stage_until(&stage, 1e8 + 20);
    assert_int_equal(stage.count, 1);
    rules_online(stage.rules, "panel", false, stage_at(1e8 + 20));
    rules_online(stage.rules, "wall", false, stage_at(1e8 + 20));
    rules_new_run(stage.rules, true, stage_at(100));
    rules_online(stage.rules, "panel", true, stage_at(100));
    rules_online(stage.rules, "wall", true, stage_at(100));
    stage_contact(&stage, DOOR_CLOSED, 110);
    stage_contact(&stage, DOOR_OPENED, 130);
    stage_until(&stage, 150);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 1, "forced 5 @130.0 begin");
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_from_before_the_clocks_were_compared_allows_and_accuses_nothing),
        cmocka_unit_test(a_clock_that_is_set_changes_nothing_at_a_door_of_several),
        cmocka_unit_test(a_clock_that_is_set_back_a_little_accuses_nobody),
        cmocka_unit_test(a_contact_whose_clock_is_set_back_a_little_accuses_nobody),
        cmocka_unit_test(a_clock_that_runs_slow_is_followed),
        cmocka_unit_test(a_long_log_is_believed_as_far_as_its_clock_is),
        cmocka_unit_test(a_log_that_is_handed_over_slowly_is_waited_for),
        cmocka_unit_test(a_log_after_its_clock_was_set_accuses_nobody),
        cmocka_unit_test(another_line_of_time_voids_what_is_known_of_clocks),
        cmocka_unit_test(a_line_of_time_that_goes_back_stops_nothing),
    };
    return cmocka_run_group_tests_name("rules_source", tests, NULL, NULL);
}
