/* Sequences that wrap, jump and begin anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "door/numbers.h"

#define FIRST 1
#define LAST  UINT64_C(65535)

static struct numbers at(uint64_t newest)
{
    return (struct numbers){.first = FIRST, .last = LAST, .is_known = true, .newest = newest};
}

static void look(struct numbers numbers, uint64_t number, enum numbers_step step,
                 uint64_t continued)
{
    uint64_t found = 0;
    assert_int_equal(numbers_look(&numbers, number, &found), step);
    assert_true(found == continued);
}

static void first_number_ever_seen_is_no_loss(void **state)
{
    (void)state;
    struct numbers numbers = {.first = FIRST, .last = LAST};
    look(numbers, 4711, NUMBERS_NEXT, 4711);
}

static void number_after_the_newest_is_next(void **state)
{
    (void)state;
    look(at(10), 11, NUMBERS_NEXT, 11);
    look(at(10), 10, NUMBERS_SAME, 10);
}

static void sequence_goes_on_after_it_wrapped(void **state)
{
    (void)state;
    look(at(LAST), 1, NUMBERS_NEXT, LAST + 1);
    look(at(LAST + 1), 2, NUMBERS_NEXT, LAST + 2);
    look(at(2 * LAST), 1, NUMBERS_NEXT, 2 * LAST + 1);
    look(at(LAST + 1), 1, NUMBERS_SAME, LAST + 1);
}

static void jump_is_the_exact_loss(void **state)
{
    (void)state;
    look(at(10), 15, NUMBERS_JUMP, 15);
    look(at(LAST - 2), 3, NUMBERS_JUMP, LAST + 3);
}

static void number_behind_the_newest_is_back(void **state)
{
    (void)state;
    look(at(10), 9, NUMBERS_BACK, 9);
    look(at(LAST + 5), LAST, NUMBERS_BACK, LAST);
    look(at(500), 3, NUMBERS_BACK, 3);
}

static void number_that_cannot_be_is_outside(void **state)
{
    (void)state;
    look(at(10), 0, NUMBERS_OUTSIDE, 0);
    look(at(10), 65536, NUMBERS_OUTSIDE, 65536);
}

static void after_a_restart_the_first_number_is_expected(void **state)
{
    (void)state;
    struct numbers numbers = at(500);
    numbers_begin_anew(&numbers, 7);
    assert_int_equal(numbers.epoch, 7);
    look(numbers, 1, NUMBERS_NEXT, 1);
    look(numbers, 4, NUMBERS_JUMP, 4);
    look(numbers, 60000, NUMBERS_JUMP, 60000);
}

static void sequence_from_zero_works_as_well(void **state)
{
    (void)state;
    struct numbers numbers = {.first = 0, .last = 255, .is_known = true, .newest = 255};
    look(numbers, 0, NUMBERS_NEXT, 256);
    numbers_begin_anew(&numbers, 1);
    look(numbers, 0, NUMBERS_NEXT, 0);
    look(numbers, 3, NUMBERS_JUMP, 3);
}

/* Whatever is lost, what is seen and what is called lost tile the numbers. */
static void seen_and_lost_tile_what_was_produced(void **state)
{
    (void)state;
    struct numbers numbers = {.first = FIRST, .last = 99};
    uint64_t seed = 12345;
    uint64_t produced = 1;
    uint64_t accounted = 0;
    for (int turn = 0; turn < 100000; turn++) {
        uint64_t continued = 0;
        enum numbers_step step = numbers_look(&numbers, (produced - 1) % 99 + 1, &continued);
        assert_true(step == NUMBERS_NEXT || step == NUMBERS_JUMP);
        assert_true(continued == produced);
        accounted += continued - numbers.newest;
        numbers_take(&numbers, continued);
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        produced += 1 + (seed >> 60 == 0 ? (seed >> 32) % 49 : 0);
    }
    assert_true(accounted == numbers.newest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_number_ever_seen_is_no_loss),
        cmocka_unit_test(number_after_the_newest_is_next),
        cmocka_unit_test(sequence_goes_on_after_it_wrapped),
        cmocka_unit_test(jump_is_the_exact_loss),
        cmocka_unit_test(number_behind_the_newest_is_back),
        cmocka_unit_test(number_that_cannot_be_is_outside),
        cmocka_unit_test(after_a_restart_the_first_number_is_expected),
        cmocka_unit_test(sequence_from_zero_works_as_well),
        cmocka_unit_test(seen_and_lost_tile_what_was_produced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
