/* Two persons at one door. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static void two_different_cards_complete_a_two_person_access(void **state)
{
    (void)state;
    struct stage stage = stage_for_two_persons();
    stage_begin(&stage);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.1);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "b", 20, 0.1);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 0, "dual_waiting 1 @10.0");
    stage_expect(&stage, 1, "dual_completed 1+2 @20.0");
    stage_end(&stage);
}

static void the_same_card_again_or_a_key_is_no_second_person(void **state)
{
    (void)state;
    struct stage stage = stage_for_two_persons();
    stage_begin(&stage);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.1);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 15, 0.1);
    stage_happens_late(&stage, DOOR_ACCESS_DENIED, "b", 16, 0.1);
    stage_happens_late(&stage, DOOR_KEY_PRESSED, "7", 17, 0.1);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 0, "dual_waiting 1 @10.0");
    stage_expect(&stage, 1, "dual_timeout 1 @20.0");
    stage_end(&stage);
}

static void a_second_person_who_comes_too_late_waits_for_another(void **state)
{
    (void)state;
    struct stage stage = stage_for_two_persons();
    stage_begin(&stage);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.1);
    stage_happens_late(&stage, DOOR_ACCESS_REQUESTED, "b", 20.5, 0.1);
    stage_until(&stage, 24);
    assert_int_equal(stage.count, 3);
    stage_expect(&stage, 1, "dual_timeout 1 @20.0");
    stage_expect(&stage, 2, "dual_waiting 2 @20.5");
    stage_end(&stage);
}

static void second_cards_read_in_another_order_than_they_come_count(void **state)
{
    (void)state;
    struct stage stage = stage_for_two_persons();
    stage_begin(&stage);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "b", 12, 0.1);
    stage_happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 2.5);
    stage_until(&stage, 60);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 0, "dual_waiting 2 @10.0");
    stage_expect(&stage, 1, "dual_completed 2+1 @12.0");
    stage_end(&stage);
}

static void a_conclusion_says_how_its_credential_was_read(void **state)
{
    (void)state;
    struct stage stage = stage_for_two_persons();
    struct message_entry entry = {
        .event = DOOR_ACCESS_REQUESTED, .door = "archive", .credential = "4711", .method = "pin"};
    stage_begin(&stage);
    rules_take(stage.rules, ++stage.records, "panel", &entry, "", stage_at(10));
    stage_until(&stage, 15);
    assert_int_equal(stage.count, 1);
    assert_string_equal(stage.method, "pin");
    stage_end(&stage);
}

static void two_cards_of_one_person_are_one_person(void **state)
{
    (void)state;
    struct stage stage = stage_for_two_persons();
    stage_begin(&stage);
    stage_reads(&stage, "1", "li", 10);
    stage_reads(&stage, "2", "li", 12);
    stage_reads(&stage, "3", "wang", 14);
    stage_until(&stage, 30);
    assert_int_equal(stage.count, 2);
    stage_expect(&stage, 0, "dual_waiting 1 @10.0");
    stage_expect(&stage, 1, "dual_completed 1+3 @14.0");
    stage_end(&stage);
}

static void a_card_that_is_not_known_to_be_anybodys_stands_for_itself(void **state)
{
    static const char *const persons[][2] = {{"", "li"}, {"li", ""}, {"", ""}};
    (void)state;
    for (size_t i = 0; i < sizeof persons / sizeof persons[0]; i++) {
        struct stage stage = stage_for_two_persons();
        stage_begin(&stage);
        stage_reads(&stage, "1", persons[i][0], 10);
        stage_reads(&stage, "1", "wang", 11);
        stage_reads(&stage, "2", persons[i][1], 12);
        stage_until(&stage, 30);
        assert_int_equal(stage.count, 2);
        stage_expect(&stage, 1, "dual_completed 1+3 @12.0");
        stage_end(&stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_different_cards_complete_a_two_person_access),
        cmocka_unit_test(the_same_card_again_or_a_key_is_no_second_person),
        cmocka_unit_test(a_second_person_who_comes_too_late_waits_for_another),
        cmocka_unit_test(second_cards_read_in_another_order_than_they_come_count),
        cmocka_unit_test(a_conclusion_says_how_its_credential_was_read),
        cmocka_unit_test(two_cards_of_one_person_are_one_person),
        cmocka_unit_test(a_card_that_is_not_known_to_be_anybodys_stands_for_itself),
    };
    return cmocka_run_group_tests_name("rules_two_persons", tests, NULL, NULL);
}
