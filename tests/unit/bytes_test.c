#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/utf8.h"

static void a_buffer_grows_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(buffer_append_format(&buffer, "%03d,", i), STATUS_OK);
    }
    assert_int_equal(buffer.size, 4000);
    assert_memory_equal(buffer.data, "000,001,", 8);
    assert_memory_equal(buffer.data + 3996, "999,", 4);
    buffer_clear(&buffer);
    assert_int_equal(buffer_bytes(&buffer).size, 0);
    assert_int_equal(buffer_append_text(&buffer, "x"), STATUS_OK);
    assert_true(bytes_equal(buffer_bytes(&buffer), bytes_of_text("x")));
    buffer_release(&buffer);
    assert_null(buffer.data);
}

static void a_formatted_text_may_be_longer_than_any_guess(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    assert_int_equal(buffer_append_format(&buffer, "%5000d", 7), STATUS_OK);
    assert_int_equal(buffer.size, 5000);
    assert_int_equal(buffer.data[4999], '7');
    buffer_release(&buffer);
}

static void an_impossible_size_is_no_memory(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    uint8_t byte = 0;
    assert_int_equal(buffer_append(&buffer, &byte, SIZE_MAX), STATUS_NO_MEMORY);
    assert_int_equal(buffer_append(&buffer, NULL, 0), STATUS_OK);
    assert_int_equal(buffer.size, 0);
    buffer_release(&buffer);
}

static void bytes_differ_by_size_and_by_content(void **state)
{
    (void)state;
    assert_true(bytes_equal(bytes_of_text("ab"), bytes_of_text("ab")));
    assert_false(bytes_equal(bytes_of_text("ab"), bytes_of_text("ac")));
    assert_false(bytes_equal(bytes_of_text("ab"), bytes_of_text("abc")));
    assert_true(bytes_equal((struct bytes){0}, bytes_of_text("")));
}

static void integers_are_little_endian(void **state)
{
    (void)state;
    uint8_t data[23];
    struct writer writer = writer_of(data, sizeof data);
    write_u8(&writer, 0x01);
    write_u16(&writer, 0x0203);
    write_u32(&writer, 0x04050607);
    write_u64(&writer, 0x08090a0b0c0d0e0f);
    write_i64(&writer, -2);
    assert_false(writer.failed);
    static const uint8_t expected[] = {0x01, 0x03, 0x02, 0x07, 0x06, 0x05, 0x04, 0x0f,
                                       0x0e, 0x0d, 0x0c, 0x0b, 0x0a, 0x09, 0x08, 0xfe,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    assert_int_equal(writer.size, sizeof expected);
    assert_memory_equal(data, expected, sizeof expected);
    struct reader reader = reader_of((struct bytes){data, writer.size});
    assert_int_equal(read_u8(&reader), 0x01);
    assert_int_equal(read_u16(&reader), 0x0203);
    assert_int_equal(read_u32(&reader), 0x04050607);
    assert_true(read_u64(&reader) == 0x08090a0b0c0d0e0f);
    assert_true(read_i64(&reader) == -2);
    assert_int_equal(reader_left(&reader), 0);
    assert_false(reader.failed);
}

static void reading_past_the_end_fails_for_good(void **state)
{
    (void)state;
    static const uint8_t data[] = {1, 2, 3};
    struct reader reader = reader_of((struct bytes){data, sizeof data});
    assert_int_equal(read_u32(&reader), 0);
    assert_true(reader.failed);
    assert_int_equal(reader_left(&reader), 0);
    assert_int_equal(read_u8(&reader), 0);
    struct reader other = reader_of((struct bytes){data, sizeof data});
    assert_int_equal(read_bytes(&other, SIZE_MAX).size, 0);
    assert_true(other.failed);
    struct reader empty = reader_of((struct bytes){0});
    assert_int_equal(read_bytes(&empty, 0).size, 0);
    assert_false(empty.failed);
}

static void writing_past_the_end_writes_nothing_more(void **state)
{
    (void)state;
    uint8_t data[4] = {9, 9, 9, 9};
    struct writer writer = writer_of(data, 3);
    write_u16(&writer, 0x0101);
    write_u16(&writer, 0x0202);
    assert_true(writer.failed);
    write_u8(&writer, 3);
    assert_int_equal(writer.size, 2);
    static const uint8_t expected[] = {1, 1, 9, 9};
    assert_memory_equal(data, expected, 4);
}

static void hexadecimal_goes_there_and_back(void **state)
{
    (void)state;
    uint8_t all[256];
    uint8_t back[256];
    char text[513];
    for (size_t i = 0; i < sizeof all; i++) {
        all[i] = (uint8_t)i;
    }
    hex_encode(text, all, sizeof all);
    assert_int_equal(strlen(text), 512);
    assert_memory_equal(text + 508, "feff", 5);
    assert_int_equal(hex_decode(back, sizeof back, text), STATUS_OK);
    assert_memory_equal(all, back, sizeof all);
}

static void anything_but_lower_case_digits_of_the_right_number_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "0",    "01",   "012",  "01234", "0A23",
                                      "01g3", "0x23", " 123", "012 ", "01 3",  "/:`g"};
    uint8_t data[2];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(hex_decode(data, sizeof data, bad[i]), STATUS_INVALID);
    }
    assert_int_equal(hex_decode(data, sizeof data, "0123"), STATUS_OK);
    assert_int_equal(hex_decode(data, 0, ""), STATUS_OK);
}

static void well_formed_text_is_valid(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "plain",
                                       "档案室",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(utf8_is_valid(bytes_of_text(good[i])));
    }
}

static void malformed_text_is_not(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",             /* a continuation by itself */
        "\xc0\x80",         /* overlong */
        "\xc1\xbf",         /* overlong */
        "\xe0\x9f\xbf",     /* overlong */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xed\xa0\x80",     /* surrogate */
        "\xed\xbf\xbf",     /* surrogate */
        "\xf4\x90\x80\x80", /* beyond U+10FFFF */
        "\xf8\x88\x80\x80\x80",
        "\xff",
        "\xc2",         /* cut short */
        "\xe4\xb8",     /* cut short */
        "\xf0\x90\x80", /* cut short */
        "\xc2g",
        "\xe4\xb8g",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(utf8_is_valid(bytes_of_text(bad[i])));
        assert_false(utf8_is_clean(bytes_of_text(bad[i]), true));
    }
    assert_false(utf8_is_valid((struct bytes){(const uint8_t *)"a\0b", 3}));
}

static void control_characters_are_not_clean(void **state)
{
    (void)state;
    for (int i = 1; i < 0x20; i++) {
        char text[] = {'a', (char)i, 'b', '\0'};
        assert_false(utf8_is_clean(bytes_of_text(text), false));
        assert_int_equal(utf8_is_clean(bytes_of_text(text), true), i == '\n');
    }
    assert_false(utf8_is_clean(bytes_of_text("\x7f"), true));
    assert_true(utf8_is_clean(bytes_of_text("a 档案室"), false));
}

static void what_steers_a_terminal_is_made_visible(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *shown;
    } cases[] = {
        {"王文 A-7 \xc3\xa9", "王文 A-7 \xc3\xa9"},
        {"a\xe2\x80\xae"
         "b",
         "a\\u202eb"},
        {"\xd8\x9c\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf\xe2\x80\xa8",
         "\\u061c\\u2066\\u200b\\ufeff\\u2028"},
        {"\x1b[2J\x7f\xc2\x9b", "\\u001b[2J\\u007f\\u009b"},
        {"a\xff\x9b\xe2\x80", "a????"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *shown = utf8_visible(cases[i].text);
        assert_string_equal(shown, cases[i].shown);
        assert_int_equal(utf8_is_visible(bytes_of_text(cases[i].text)),
                         strcmp(cases[i].text, cases[i].shown) == 0);
        free(shown);
    }
}

static void what_shows_nothing_is_blank(void **state)
{
    static const char *const blank[] = {
        "",
        " ",
        "  ",
        "\xe3\x80\x80",
        "\xc2\xa0",
        "\xe2\x80\x8b",
        "\xef\xbb\xbf",
        " \xe3\x80\x80\xc2\xa0\xe2\x80\x8b\xef\xbb\xbf\xe2\x80\x83"};
    static const char *const words[] = {"a", " a ", "\xe3\x80\x80案", ".", "\xff"};
    (void)state;
    for (size_t i = 0; i < sizeof blank / sizeof blank[0]; i++) {
        assert_true(utf8_is_blank(bytes_of_text(blank[i])));
        assert_false(utf8_is_legible(bytes_of_text(blank[i])));
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_false(utf8_is_blank(bytes_of_text(words[i])));
    }
}

static void every_character_is_read_as_itself(void **state)
{
    (void)state;
    uint32_t character = 0;
    assert_int_equal(utf8_next(bytes_of_text("室x"), &character), 3);
    assert_int_equal(character, 0x5ba4);
    assert_int_equal(utf8_next(bytes_of_text("\xf0\x9f\x98\x80"), &character), 4);
    assert_int_equal(character, 0x1f600);
    assert_int_equal(utf8_next(bytes_of_text(""), &character), 0);
}

static void big_endian_numbers_are_read_within_bounds(void **state)
{
    static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 0xff};
    struct reader reader = reader_of((struct bytes){data, sizeof data});
    (void)state;
    assert_int_equal(big_u16(data), 0x0102);
    assert_int_equal(big_u32(data + 4), 0x050607ff);
    assert_int_equal(read_big_u64(&reader), UINT64_C(0x01020304050607ff));
    assert_false(reader.failed);
    reader = reader_of((struct bytes){data, 7});
    assert_int_equal(read_big_u32(&reader), 0x01020304);
    assert_int_equal(read_big_u16(&reader), 0x0506);
    assert_int_equal(read_big_u16(&reader), 0);
    assert_true(reader.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(big_endian_numbers_are_read_within_bounds),
        cmocka_unit_test(a_buffer_grows_and_keeps_what_it_has),
        cmocka_unit_test(a_formatted_text_may_be_longer_than_any_guess),
        cmocka_unit_test(an_impossible_size_is_no_memory),
        cmocka_unit_test(bytes_differ_by_size_and_by_content),
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(reading_past_the_end_fails_for_good),
        cmocka_unit_test(writing_past_the_end_writes_nothing_more),
        cmocka_unit_test(hexadecimal_goes_there_and_back),
        cmocka_unit_test(anything_but_lower_case_digits_of_the_right_number_is_refused),
        cmocka_unit_test(well_formed_text_is_valid),
        cmocka_unit_test(malformed_text_is_not),
        cmocka_unit_test(control_characters_are_not_clean),
        cmocka_unit_test(what_steers_a_terminal_is_made_visible),
        cmocka_unit_test(what_shows_nothing_is_blank),
        cmocka_unit_test(every_character_is_read_as_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
