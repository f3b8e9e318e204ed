/* Card numbers as people are shown them: enough to tell people apart, and never more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/card.h"

static void expect(const char *credential, const char *method, const char *wanted)
{
    char masked[CARD_MASKED_SIZE];
    card_mask(masked, bytes_of_text(credential), method);
    assert_string_equal(masked, wanted);
}

static void last_digits_tell_people_apart(void **state)
{
    (void)state;
    expect("1234567890", "card", "******890");
    expect("1234567891", NULL, "******891");
    expect("123456789012", NULL, "******9012");
    expect("04a1b2c3d4e5f6", "card", "******e5f6");
    expect("1234567890123456789012345678901234567890123456789012345678901234", "", "******1234");
}

static void no_more_than_two_in_five_are_shown(void **state)
{
    (void)state;
    char number[65] = "";
    for (size_t size = 1; size < sizeof number; size++) {
        char masked[CARD_MASKED_SIZE];
        memset(number, '7', size);
        card_mask(masked, bytes_of_text(number), NULL);
        size_t shown = strlen(masked) - strlen(CARD_MASK);
        assert_true(shown * 5 <= size * 2 && shown <= CARD_TAIL_MAX);
        assert_int_equal(shown == 0, size < 4);
    }
}

static void short_numbers_show_nothing_not_even_their_length(void **state)
{
    (void)state;
    expect("7", NULL, "******");
    expect("42", NULL, "******");
    expect("999", NULL, "******");
    expect("4711", NULL, "******1");
}

static void zeros_ahead_hide_nothing_and_do_not_count(void **state)
{
    (void)state;
    expect("0000000099", "card", "******");
    expect("0000004711", "card", "******1");
    expect("0000000000", "card", "******");
}

static void a_facility_code_that_all_share_does_not_count(void **state)
{
    (void)state;
    expect("123:45678", "wiegand26", "******78");
    expect("123:678", "wiegand26", "******");
    expect("123:00678", "wiegand26", "******");
}

static void what_was_typed_is_masked_whole(void **state)
{
    (void)state;
    expect("1", "key4", "******");
    expect("12345678", "key8", "******");
    expect("12345678", "pin", "******");
    expect("12345678", "Card+PIN", "******");
    expect("hunter2hunter2", "PassWord", "******");
    expect("12345678#", NULL, "******");
    expect("*#*#", NULL, "******");
    expect("12345678", "card", "******678");
}

static void what_is_no_ascii_is_masked_whole_and_stays_text(void **state)
{
    (void)state;
    expect("王小明王小明王小明", NULL, "******");
    expect("1234567890é", NULL, "******");
    expect("王1234567890", NULL, "******890");
    expect("\xff\xfe\x80", NULL, "******");
    expect("123456\xe7\x8e", NULL, "******");
    expect("\x1b[31m", NULL, "******");
    expect("=1+1", NULL, "******");
    expect("12345678, ", NULL, "******");
}

/* Whatever the bytes: stars, then letters and digits that it really ends with. */
static void no_bytes_come_through_but_letters_and_digits_of_the_end(void **state)
{
    (void)state;
    uint8_t bytes[24];
    uint32_t seed = 20261122;
    for (unsigned round = 0; round < 200000; round++) {
        char masked[CARD_MASKED_SIZE];
        seed = seed * 1664525u + 1013904223u;
        size_t size = seed >> 24 & 15u;
        for (size_t i = 0; i < size; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = (uint8_t)((seed >> 8 & 3) != 0 ? '0' + (seed >> 16) % 10 : seed >> 24);
        }
        card_mask(masked, (struct bytes){bytes, size}, NULL);
        size_t shown = strlen(masked);
        if (size == 0) {
            assert_int_equal(shown, 0);
            continue;
        }
        assert_memory_equal(masked, CARD_MASK, strlen(CARD_MASK));
        shown -= strlen(CARD_MASK);
        assert_true(shown * 5 <= size * 2);
        assert_memory_equal(masked + strlen(CARD_MASK), bytes + size - shown, shown);
        assert_int_equal(strspn(masked + strlen(CARD_MASK), "0123456789abcdefghijklmnopqrstuvwxyz"
                                                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                         shown);
    }
}

static void nothing_stays_nothing(void **state)
{
    (void)state;
    char masked[CARD_MASKED_SIZE] = "x";
    card_mask(masked, (struct bytes){NULL, 0}, "card");
    assert_string_equal(masked, "");
    assert_string_equal(card_shown(CARDS_MASKED, "", NULL, masked), "");
}

static void full_is_shown_as_it_is(void **state)
{
    (void)state;
    char masked[CARD_MASKED_SIZE];
    assert_string_equal(card_shown(CARDS_FULL, "0010482013", "card", masked), "0010482013");
    assert_string_equal(card_shown(CARDS_MASKED, "0010482013", "card", masked), "******013");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_digits_tell_people_apart),
        cmocka_unit_test(no_more_than_two_in_five_are_shown),
        cmocka_unit_test(short_numbers_show_nothing_not_even_their_length),
        cmocka_unit_test(zeros_ahead_hide_nothing_and_do_not_count),
        cmocka_unit_test(a_facility_code_that_all_share_does_not_count),
        cmocka_unit_test(what_was_typed_is_masked_whole),
        cmocka_unit_test(what_is_no_ascii_is_masked_whole_and_stays_text),
        cmocka_unit_test(no_bytes_come_through_but_letters_and_digits_of_the_end),
        cmocka_unit_test(nothing_stays_nothing),
        cmocka_unit_test(full_is_shown_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
