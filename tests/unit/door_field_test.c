/* Decoding of register windows: fields, texts, bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "door/field.h"

static const uint16_t window[] = {0x1234, 0x5678, 0x9abc, 0xdef0};
#define WINDOW_COUNT (sizeof window / sizeof window[0])

static uint64_t number(struct field field)
{
    uint64_t value = UINT64_MAX;
    assert_int_equal(field_number(&field, window, WINDOW_COUNT, &value), STATUS_OK);
    return value;
}

static void one_register_is_a_number(void **state)
{
    (void)state;
    assert_int_equal(
        number((struct field){.is_there = true, .encoding = FIELD_UNSIGNED, .at = 1, .width = 16}),
        0x5678);
}

static void half_a_register_is_a_number(void **state)
{
    (void)state;
    struct field high = {.is_there = true, .encoding = FIELD_UNSIGNED, .bit = 8, .width = 8};
    struct field low = {.is_there = true, .encoding = FIELD_UNSIGNED, .width = 8};
    assert_int_equal(number(high), 0x12);
    assert_int_equal(number(low), 0x34);
}

static void word_and_byte_order_are_as_the_profile_says(void **state)
{
    (void)state;
    struct field field = {.is_there = true, .encoding = FIELD_UNSIGNED, .at = 1, .width = 32};
    assert_int_equal(number(field), 0x56789abc);
    field.low_word_first = true;
    assert_int_equal(number(field), 0x9abc5678);
    field.low_byte_first = true;
    assert_int_equal(number(field), 0xbc9a7856);
    field.low_word_first = false;
    assert_int_equal(number(field), 0x7856bc9a);
}

static void number_of_64_bits_is_whole(void **state)
{
    (void)state;
    struct field field = {.is_there = true, .encoding = FIELD_UNSIGNED, .width = 64};
    assert_true(number(field) == UINT64_C(0x123456789abcdef0));
}

static void number_across_words_is_cut_out(void **state)
{
    (void)state;
    /* 0x12345678: bits 12 to 19. */
    struct field field = {.is_there = true, .encoding = FIELD_UNSIGNED, .bit = 12, .width = 8};
    assert_int_equal(number(field), 0x45);
}

static void mask_is_laid_over(void **state)
{
    (void)state;
    struct field field = {
        .is_there = true, .encoding = FIELD_UNSIGNED, .width = 16, .mask = 0x0ff0};
    assert_int_equal(number(field), 0x0230);
}

static void decimal_digits_are_read(void **state)
{
    (void)state;
    struct field field = {.is_there = true, .encoding = FIELD_BCD, .at = 0, .width = 32};
    assert_int_equal(number(field), 12345678);
}

static void digit_above_nine_is_refused(void **state)
{
    (void)state;
    uint64_t value = 0;
    struct field field = {.is_there = true, .encoding = FIELD_BCD, .at = 2, .width = 16};
    assert_int_equal(field_number(&field, window, WINDOW_COUNT, &value), STATUS_INVALID);
}

static void none_is_not_found(void **state)
{
    (void)state;
    uint64_t value = 0;
    struct field field = {
        .is_there = true, .encoding = FIELD_UNSIGNED, .width = 16, .has_none = true};
    field.none = 0x1234;
    assert_int_equal(field_number(&field, window, WINDOW_COUNT, &value), STATUS_NOT_FOUND);
    field.none = 0;
    assert_int_equal(field_number(&field, window, WINDOW_COUNT, &value), STATUS_OK);
}

static void absent_field_is_not_found(void **state)
{
    (void)state;
    uint64_t value = 0;
    struct field field = {0};
    assert_int_equal(field_number(&field, window, WINDOW_COUNT, &value), STATUS_NOT_FOUND);
}

static void nothing_beyond_the_window_is_read(void **state)
{
    (void)state;
    uint64_t value = 0;
    char text[FIELD_TEXT_SIZE];
    for (uint16_t at = 0; at < 8; at++) {
        struct field field = {.is_there = true, .encoding = FIELD_UNSIGNED, .at = at, .width = 32};
        struct field name = {.is_there = true, .encoding = FIELD_ASCII, .at = at, .width = 32};
        enum status expected = at <= 2 ? STATUS_OK : STATUS_INVALID;
        assert_int_equal(field_number(&field, window, WINDOW_COUNT, &value), expected);
        assert_int_equal(field_text(&name, window, WINDOW_COUNT, text, sizeof text), expected);
    }
    struct field last = {
        .is_there = true, .encoding = FIELD_UNSIGNED, .at = UINT16_MAX, .width = 64};
    assert_int_equal(field_number(&last, window, WINDOW_COUNT, &value), STATUS_INVALID);
}

static void text_of(struct field field, const uint16_t *words, size_t count, const char *expected)
{
    char text[FIELD_TEXT_SIZE];
    assert_int_equal(field_text(&field, words, count, text, sizeof text), STATUS_OK);
    assert_string_equal(text, expected);
}

static void characters_end_at_nul_and_before_blanks(void **state)
{
    (void)state;
    const uint16_t name[] = {0x4142, 0x4320, 0x2000, 0x5858};
    struct field field = {.is_there = true, .encoding = FIELD_ASCII, .width = 64};
    text_of(field, name, 4, "ABC");
    const uint16_t swapped[] = {0x4241, 0x2043};
    field.width = 32;
    field.low_byte_first = true;
    text_of(field, swapped, 2, "ABC");
}

static void empty_text_is_not_found(void **state)
{
    (void)state;
    const uint16_t blank[] = {0x2020, 0xffff};
    char text[FIELD_TEXT_SIZE];
    struct field field = {.is_there = true, .encoding = FIELD_ASCII, .width = 32};
    assert_int_equal(field_text(&field, blank, 2, text, sizeof text), STATUS_NOT_FOUND);
    assert_string_equal(text, "");
}

static void bytes_are_shown_as_hexadecimal(void **state)
{
    (void)state;
    struct field field = {.is_there = true, .encoding = FIELD_HEX, .at = 1, .width = 40};
    text_of(field, window, WINDOW_COUNT, "56789abcde");
}

static void card_number_keeps_its_leading_zeros(void **state)
{
    (void)state;
    const uint16_t card[] = {0, 4711};
    struct field field = {.is_there = true, .encoding = FIELD_UNSIGNED, .width = 32, .digits = 10};
    text_of(field, card, 2, "0000004711");
    field.digits = 0;
    text_of(field, card, 2, "4711");
}

static void bits_of_a_window_are_counted_from_its_lowest(void **state)
{
    (void)state;
    const uint16_t bits[] = {0x8001, 0x0002};
    assert_true(field_window_bit(bits, 2, 0));
    assert_false(field_window_bit(bits, 2, 1));
    assert_true(field_window_bit(bits, 2, 15));
    assert_true(field_window_bit(bits, 2, 17));
    assert_false(field_window_bit(bits, 2, 32));
}

static void what_is_put_is_read_again_and_all_else_stays(void **state)
{
    (void)state;
    const struct field fields[] = {
        {.is_there = true, .encoding = FIELD_UNSIGNED, .at = 1, .bit = 4, .width = 8},
        {.is_there = true, .encoding = FIELD_BCD, .at = 1, .width = 32},
        {.is_there = true, .encoding = FIELD_UNSIGNED, .width = 64, .low_word_first = true},
        {.is_there = true,
         .encoding = FIELD_UNSIGNED,
         .at = 1,
         .width = 32,
         .low_byte_first = true},
        {.is_there = true, .encoding = FIELD_UNSIGNED, .at = 2, .width = 16, .mask = 0xff},
    };
    for (size_t at = 0; at < sizeof fields / sizeof fields[0]; at++) {
        uint16_t words[WINDOW_COUNT];
        uint64_t value = 0;
        for (size_t i = 0; i < WINDOW_COUNT; i++)
            words[i] = window[i];
        assert_int_equal(field_put(&fields[at], words, WINDOW_COUNT, 47), STATUS_OK);
        assert_int_equal(field_number(&fields[at], words, WINDOW_COUNT, &value), STATUS_OK);
        assert_int_equal(value, 47);
        assert_int_equal(field_put(&fields[at], words, WINDOW_COUNT, 0), STATUS_OK);
        struct field before = fields[at];
        before.encoding = FIELD_UNSIGNED;
        assert_int_equal(field_number(&before, window, WINDOW_COUNT, &value), STATUS_OK);
        assert_int_equal(field_put(&before, words, WINDOW_COUNT, value), STATUS_OK);
        assert_memory_equal(words, window, sizeof words);
    }
}

static void what_does_not_fit_is_not_put(void **state)
{
    (void)state;
    uint16_t words[2] = {1, 2};
    struct field field = {.is_there = true, .encoding = FIELD_BCD, .at = 1, .width = 8};
    assert_int_equal(field_put(&field, words, 2, 100), STATUS_INVALID);
    field.encoding = FIELD_UNSIGNED;
    assert_int_equal(field_put(&field, words, 2, 256), STATUS_INVALID);
    assert_int_equal(field_put(&field, words, 1, 1), STATUS_INVALID);
    field.is_there = false;
    assert_int_equal(field_put(&field, words, 2, 1), STATUS_NOT_FOUND);
    assert_int_equal(words[1], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_register_is_a_number),
        cmocka_unit_test(half_a_register_is_a_number),
        cmocka_unit_test(word_and_byte_order_are_as_the_profile_says),
        cmocka_unit_test(number_of_64_bits_is_whole),
        cmocka_unit_test(number_across_words_is_cut_out),
        cmocka_unit_test(mask_is_laid_over),
        cmocka_unit_test(decimal_digits_are_read),
        cmocka_unit_test(digit_above_nine_is_refused),
        cmocka_unit_test(none_is_not_found),
        cmocka_unit_test(absent_field_is_not_found),
        cmocka_unit_test(nothing_beyond_the_window_is_read),
        cmocka_unit_test(characters_end_at_nul_and_before_blanks),
        cmocka_unit_test(empty_text_is_not_found),
        cmocka_unit_test(bytes_are_shown_as_hexadecimal),
        cmocka_unit_test(card_number_keeps_its_leading_zeros),
        cmocka_unit_test(bits_of_a_window_are_counted_from_its_lowest),
        cmocka_unit_test(what_is_put_is_read_again_and_all_else_stays),
        cmocka_unit_test(what_does_not_fit_is_not_put),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
