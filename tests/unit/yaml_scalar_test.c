#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/yaml_fixture.h"

static void booleans_are_plain_words(void **state)
{
    (void)state;
    static const char *const yes[] = {"yes", "on", "true"};
    static const char *const no[] = {"no", "off", "false"};
    static const char *const bad[] = {"Yes", "1", "\"yes\"", "y", "[yes]", "~"};
    char text[64];
    struct loaded loaded;
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(text, sizeof text, "name: a\nlimits: {audio: %s}\n", yes[i]);
        load_bytes(&loaded, bytes_of_text(text));
        assert_int_equal(loaded.status, STATUS_OK);
        assert_true(loaded.appliance.limits.audio);
        unload(&loaded);
        (void)snprintf(text, sizeof text, "name: a\nlimits: {audio: %s}\n", no[i]);
        load_bytes(&loaded, bytes_of_text(text));
        assert_int_equal(loaded.status, STATUS_OK);
        assert_false(loaded.appliance.limits.audio);
        unload(&loaded);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)snprintf(text, sizeof text, "name: a\nlimits: {audio: %s}\n", bad[i]);
        load_bytes(&loaded, bytes_of_text(text));
        assert_int_equal(loaded.mistakes.count, 1);
        unload(&loaded);
    }
}

static void numbers_that_could_be_misread_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "010",  "1e2",  "20.0", "\"20\"", "+20", "0x",    "20s",
        "0x1g", "- 20", "9",    "301",    "1_0", "-0x20", "99999999999999999999999999"};
    char text[96];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct loaded loaded;
        (void)snprintf(text, sizeof text, "name: a\nsegment_seconds: %s\n", bad[i]);
        load_bytes(&loaded, bytes_of_text(text));
        if (loaded.mistakes.count != 1) {
            fail_msg("%s: %s", bad[i], (const char *)loaded.printed.data);
        }
        unload(&loaded);
    }
}

static void a_missing_value_says_what_it_must_be(void **state)
{
    (void)state;
    expect_mistakes("name:\nsegment_seconds: ~\n",
                    "f:1:6: \"name\" has no value; it must be a text\n"
                    "f:2:18: \"segment_seconds\" has no value; it must be a whole number from 10 "
                    "to 300 (seconds)\n");
}

static void quotes_around_a_number_are_named_as_the_mistake(void **state)
{
    (void)state;
    expect_mistakes("name: a\nsegment_seconds: \"20\"\nlimits:\n  audio: 'yes'\n",
                    "f:2:18: \"segment_seconds\" must be a whole number from 10 to 300 (seconds), "
                    "not \"20\": leave out the quotes\n"
                    "f:4:10: \"audio\" must be yes or no, not \"yes\": leave out the quotes\n");
    expect_mistakes("name: a\nsegment_seconds: \"x\"\n",
                    "f:2:18: \"segment_seconds\" must be a whole number from 10 to 300 (seconds), "
                    "not \"x\"\n");
}

static void texts_are_checked_for_length_and_content(void **state)
{
    (void)state;
    expect_mistakes("name: 0123456789ab\n",
                    "f:1:7: \"name\" is too long: 12 bytes, at most 11 are allowed\n");
    expect_mistakes("name: \"\"\n", "f:1:7: \"name\" must not be empty\n");
    expect_mistakes("name: xylophone\n", "f:1:7: \"name\" must not begin with x\n");
    expect_mistakes("name: \"a\\nb\"\n",
                    "f:1:7: \"name\" must have no control characters or line breaks\n");
    expect_mistakes("name: \"a\\0b\"\n",
                    "f:1:7: \"name\" must have no control characters or line breaks\n");
    expect_mistakes("name: [a]\n", "f:1:7: \"name\" must be a text, not a list\n");
}

static void what_is_wrong_with_a_text_does_not_show_it(void **state)
{
    (void)state;
    struct loaded loaded;
    load_bytes(&loaded, bytes_of_text("name: a\npassword: correcthorse\n"));
    assert_int_equal(loaded.mistakes.count, 1);
    assert_null(strstr((const char *)loaded.printed.data, "correcthorse"));
    unload(&loaded);
}

static void an_unknown_word_lists_what_is_allowed(void **state)
{
    (void)state;
    expect_mistakes("name: a\ncontrollers:\n- id: p\n  link: tpc\n",
                    "f:4:9: \"link\" must be one of tcp, serial, not \"tpc\"; did you mean "
                    "\"tcp\"?\n");
}

static void bad_ids_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"-a",   "A", "a_b",      "\"a b\"",
                                      "\"\"", "é", "\"a\\0\"", "a12345678901234567890123456789012"};
    char text[128];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct loaded loaded;
        (void)snprintf(text, sizeof text, "name: a\ncontrollers:\n- {id: %s, link: tcp, host: h}\n",
                       bad[i]);
        load_bytes(&loaded, bytes_of_text(text));
        if (loaded.mistakes.count != 1) {
            fail_msg("%s: %s", bad[i], (const char *)loaded.printed.data);
        }
        unload(&loaded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(booleans_are_plain_words),
        cmocka_unit_test(numbers_that_could_be_misread_are_refused),
        cmocka_unit_test(a_missing_value_says_what_it_must_be),
        cmocka_unit_test(quotes_around_a_number_are_named_as_the_mistake),
        cmocka_unit_test(texts_are_checked_for_length_and_content),
        cmocka_unit_test(what_is_wrong_with_a_text_does_not_show_it),
        cmocka_unit_test(an_unknown_word_lists_what_is_allowed),
        cmocka_unit_test(bad_ids_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
