/* Counters of inputs, and marks of records without a number: what lies between two readings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "door/counts.h"
#include "door/mark.h"

static struct profile_level one_level[1];

static struct profile_inputs inputs_of(enum profile_counts counts, uint16_t width)
{
    one_level[0] = (struct profile_level){
        .on = DOOR_CLOSED, .off = DOOR_OPENED, .counter = {.is_there = true, .width = width}};
    return (struct profile_inputs){.counts = counts, .levels = one_level, .level_count = 1};
}

static uint64_t changes(enum profile_counts counts, struct count before, struct count now)
{
    struct profile_inputs inputs = inputs_of(counts, 16);
    uint64_t left = 0;
    assert_int_not_equal(counts_look(&inputs, &before, &now, &left), COUNTS_BACK);
    return left;
}

#define ON(number)  ((struct count){.value = (number), .is_on = true})
#define OFF(number) ((struct count){.value = (number)})

static void counter_and_level_together_say_every_change(void **state)
{
    (void)state;
    assert_int_equal(changes(COUNTS_ON, OFF(7), OFF(7)), 0);
    assert_int_equal(changes(COUNTS_ON, OFF(7), ON(8)), 1);
    assert_int_equal(changes(COUNTS_ON, ON(8), OFF(8)), 1);
    assert_int_equal(changes(COUNTS_ON, OFF(7), OFF(8)), 2);
    assert_int_equal(changes(COUNTS_ON, ON(7), ON(9)), 4);
    assert_int_equal(changes(COUNTS_ON, ON(7), OFF(9)), 5);
    assert_int_equal(changes(COUNTS_OFF, ON(7), OFF(8)), 1);
    assert_int_equal(changes(COUNTS_OFF, OFF(7), ON(7)), 1);
    assert_int_equal(changes(COUNTS_BOTH, OFF(7), OFF(9)), 2);
    assert_int_equal(changes(COUNTS_BOTH, OFF(7), ON(8)), 1);
}

static void wrapped_counter_goes_on(void **state)
{
    (void)state;
    assert_int_equal(changes(COUNTS_ON, OFF(65535), OFF(1)), 4);
}

static void level_without_its_count_is_late(void **state)
{
    (void)state;
    struct profile_inputs inputs = inputs_of(COUNTS_ON, 16);
    uint64_t left = 0;
    assert_int_equal(counts_look(&inputs, &OFF(7), &ON(7), &left), COUNTS_LATE);
    assert_int_equal(left, 0);
    inputs.counts = COUNTS_BOTH;
    assert_int_equal(counts_look(&inputs, &OFF(7), &ON(9), &left), COUNTS_LATE);
    assert_int_equal(left, 2);
}

static void lower_counter_was_reset(void **state)
{
    (void)state;
    struct profile_inputs inputs = inputs_of(COUNTS_ON, 32);
    uint64_t left = 0;
    assert_int_equal(counts_look(&inputs, &OFF(1000), &OFF(0), &left), COUNTS_BACK);
}

/* However the changes go, the sum goes up by one with each, whatever is counted. */
static void sum_counts_every_event(void **state)
{
    (void)state;
    for (enum profile_counts counts = COUNTS_ON; counts <= COUNTS_BOTH; counts++) {
        struct profile_inputs inputs = inputs_of(counts, 8);
        struct count count = {.value = 250};
        for (int change = 0; change < 600; change++) {
            uint64_t before = counts_sum(&inputs, &count);
            counts_advance(&inputs, &count);
            assert_int_equal(counts_sum(&inputs, &count), (before + 1) % counts_round(&inputs));
        }
    }
}

static void change_without_a_meaning_is_not_summed(void **state)
{
    (void)state;
    for (enum profile_counts counts = COUNTS_ON; counts <= COUNTS_BOTH; counts++) {
        struct profile_inputs inputs = inputs_of(counts, 16);
        one_level[0].off = 0;
        struct count count = {.value = 0};
        uint64_t before = counts_sum(&inputs, &count);
        for (int change = 0; change < 20; change++)
            counts_advance(&inputs, &count);
        assert_int_equal(counts_sum(&inputs, &count), before + 10);
    }
}

static void mark_is_known_again_from_its_number(void **state)
{
    (void)state;
    const uint16_t words[] = {0x1234, 0, 0xffff};
    struct mark none = {0};
    struct mark first = mark_next(&none, mark_digest(words, 3));
    struct mark second = mark_next(&first, mark_digest(words, 2));
    struct mark again = mark_of_number(mark_number(&second));
    assert_int_equal(again.count, 2);
    assert_int_equal(again.digest, second.digest);
    assert_true(mark_number(&second) > mark_number(&first));
    assert_int_not_equal(first.digest, second.digest);
    assert_true(first.digest < UINT32_C(1) << MARK_DIGEST_BITS);
    assert_false(mark_of_number(0).is_known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counter_and_level_together_say_every_change),
        cmocka_unit_test(wrapped_counter_goes_on),
        cmocka_unit_test(level_without_its_count_is_late),
        cmocka_unit_test(lower_counter_was_reset),
        cmocka_unit_test(sum_counts_every_event),
        cmocka_unit_test(change_without_a_meaning_is_not_summed),
        cmocka_unit_test(mark_is_known_again_from_its_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
