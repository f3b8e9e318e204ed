/* The command line's texts: complete in both languages, and fit for the same arguments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/command/command.h"

/* Copies the conversions of a format, one after the other: "%s" and "%zu" give "szu". */
static void conversions(const char *format, char *found, size_t size)
{
    size_t at = 0;
    for (const char *c = format; *c != '\0'; c++) {
        if (*c != '%')
            continue;
        if (*++c == '%')
            continue;
        size_t length = strcspn(c, "diouxXeEfgcsp") + 1;
        assert_true(at + length < size);
        memcpy(found + at, c, length);
        at += length;
        c += length - 1;
    }
    found[at] = '\0';
}

static void check_text(const struct text *text, const char *where)
{
    char found[2][64];
    const char *forms[] = {text->english, text->chinese};
    for (size_t i = 0; i < 2; i++) {
        if (forms[i] == NULL || forms[i][0] == '\0') {
            fail_msg("%s: a text is missing in one language", where);
            return; /* for the analyzer: fail_msg does not come back */
        }
        conversions(forms[i], found[i], sizeof found[i]);
    }
    if (strcmp(found[0], found[1]) != 0)
        fail_msg("%s: \"%s\" and \"%s\" take different arguments", where, forms[0], forms[1]);
}

static void every_text_is_in_both_languages_with_the_same_arguments(void **state)
{
    const struct text *text = NULL;
    (void)state;
    for (size_t i = 0; (text = command_text_at(i)) != NULL; i++)
        check_text(text, "command.c");
    for (size_t i = 0; command_at(i) != NULL; i++) {
        const struct command *command = command_at(i);
        check_text(&command->about, command->name);
        for (size_t t = 0; t < command->text_count; t++)
            check_text(&command->texts[t], command->name);
        for (size_t o = 0; command->options != NULL && command->options[o].name != NULL; o++)
            check_text(&command->options[o].about, command->name);
    }
}

static void commands_have_room_for_their_options(void **state)
{
    (void)state;
    for (size_t i = 0; command_at(i) != NULL; i++) {
        size_t count = 0;
        const struct command_option *options = command_at(i)->options;
        while (options != NULL && options[count].name != NULL)
            count++;
        assert_true(count <= COMMAND_OPTIONS_MAX);
        assert_true(command_at(i)->operands_most <= COMMAND_OPERANDS_MAX);
    }
}

static void chinese_takes_two_columns_a_character(void **state)
{
    (void)state;
    text_start();
    assert_int_equal(text_width("gate"), 4);
    assert_int_equal(text_width("大门"), 4);
    assert_int_equal(text_width("档案室 A（东）"), 14);
    assert_int_equal(text_width("\xff"
                                "a"),
                     2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_is_in_both_languages_with_the_same_arguments),
        cmocka_unit_test(commands_have_room_for_their_options),
        cmocka_unit_test(chinese_takes_two_columns_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
