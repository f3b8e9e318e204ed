/* What the rules are told: bounds, and the same again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static void the_same_entries_give_the_same_conclusions_again(void **state)
{
    (void)state;
    struct stage live = stage_for_held();
    struct stage again = stage_for_held();
    live.settings.grant_s = again.settings.grant_s = 5;
    stage_begin(&live);
    stage_begin(&again);
    /* read back, nobody answers yet and no time passes by itself */
    rules_online(again.rules, "panel", false, stage_at(-50));
    for (int i = 0; i < 3; i++) {
        stage_happens(&live, DOOR_OPENED, 100 * i);
        stage_until(&live, 100 * i + 60);
        stage_happens(&live, DOOR_CLOSED, 100 * i + 60);
        stage_happens(&again, DOOR_OPENED, 100 * i);
        stage_happens(&again, DOOR_CLOSED, 100 * i + 60);
    }
    rules_online(again.rules, "panel", true, stage_at(300));
    stage_until(&live, 400);
    stage_until(&again, 400);
    assert_int_equal(live.count, 9);
    assert_int_equal(again.count, live.count);
    for (size_t i = 0; i < live.count; i++)
        assert_string_equal(again.said[i], live.said[i]);
    stage_end(&live);
    stage_end(&again);
}

static void a_door_is_of_four_controllers_at_most(void **state)
{
    (void)state;
    struct stage stage = stage_for_joint();
    stage_begin_joint(&stage);
    message_text(stage.settings.controller, sizeof stage.settings.controller, "third");
    assert_int_equal(rules_add_door(stage.rules, &stage.settings, NULL), STATUS_OK);
    message_text(stage.settings.controller, sizeof stage.settings.controller, "fourth");
    assert_int_equal(rules_add_door(stage.rules, &stage.settings, NULL), STATUS_OK);
    message_text(stage.settings.controller, sizeof stage.settings.controller, "fifth");
    assert_int_equal(rules_add_door(stage.rules, &stage.settings, NULL), STATUS_FULL);
    stage_end(&stage);
}

static void wild_times_and_floods_are_borne(void **state)
{
    static const int64_t wild[] = {INT64_MIN, INT64_MAX, 0, 1, -1};
    (void)state;
    for (int joint = 0; joint < 2; joint++) {
        struct stage stage = stage_of((struct message_door_settings){.grant_s = 5, .held_s = 30});
        if (joint != 0)
            stage_begin_joint(&stage);
        else
            stage_begin(&stage);
        struct message_entry entry = {.event = DOOR_REX_PRESSED, .door = "archive"};
        for (uint64_t i = 0; i < 1000; i++) {
            entry.device_time_quality = (uint8_t)(i % 3);
            entry.device_utc_ns = wild[i % 5];
            rules_take(stage.rules, i, "panel", &entry, "", stage_at(1));
            entry.event = DOOR_CLOCK_STEPPED;
            rules_take(stage.rules, i, "panel", &entry, "", stage_at(1));
            entry.event = DOOR_REX_PRESSED;
        }
        stage_until(&stage, 10);
        assert_int_equal(stage.count, 0);
        stage_end(&stage);
    }
}

static void derived_entries_and_other_doors_are_passed_over(void **state)
{
    (void)state;
    struct stage stage = stage_for_forced();
    stage_begin(&stage);
    struct message_entry entry = {.event = DOOR_OPENED, .door = "archive", .derived = 1};
    rules_take(stage.rules, 1, "panel", &entry, "", stage_at(1));
    entry.derived = 0;
    rules_take(stage.rules, 1, "other", &entry, "", stage_at(1));
    message_text(entry.door, sizeof entry.door, "vault");
    rules_take(stage.rules, 1, "panel", &entry, "", stage_at(1));
    stage_until(&stage, 100);
    assert_int_equal(stage.count, 0);
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_entries_give_the_same_conclusions_again),
        cmocka_unit_test(a_door_is_of_four_controllers_at_most),
        cmocka_unit_test(wild_times_and_floods_are_borne),
        cmocka_unit_test(derived_entries_and_other_doors_are_passed_over),
    };
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
