#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"

static void an_error_holds_its_sentence_and_status(void **state)
{
    (void)state;
    struct error error = {.errno_value = 5};
    assert_int_equal(error_set(&error, STATUS_MISMATCH, "record %d", 7), STATUS_MISMATCH);
    assert_int_equal(error.status, STATUS_MISMATCH);
    assert_int_equal(error.errno_value, 0);
    assert_string_equal(error.text, "record 7");
}

static void a_system_error_says_what_the_system_said(void **state)
{
    (void)state;
    struct error error = {0};
    assert_int_equal(error_set_errno(&error, STATUS_IO, ENOENT, "cannot open %s", "x"), STATUS_IO);
    assert_int_equal(error.errno_value, ENOENT);
    assert_string_equal(error.text, "cannot open x: No such file or directory");
    (void)error_set_errno(&error, STATUS_IO, 99999, "odd");
    assert_string_equal(error.text, "odd: unknown error");
}

static void nobody_has_to_listen(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, STATUS_FULL, "full"), STATUS_FULL);
    assert_int_equal(error_set_errno(NULL, STATUS_FULL, ENOSPC, "full"), STATUS_FULL);
}

static void a_long_sentence_is_cut_not_overrun(void **state)
{
    (void)state;
    struct {
        struct error error;
        char after;
    } room = {.after = 'x'};
    char text[2 * ERROR_TEXT_SIZE];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)error_set(&room.error, STATUS_IO, "%s", text);
    assert_int_equal(strlen(room.error.text), ERROR_TEXT_SIZE - 1);
    (void)error_set_errno(&room.error, STATUS_IO, EIO, "%s", text);
    assert_int_equal(strlen(room.error.text), ERROR_TEXT_SIZE - 1);
    assert_int_equal(room.after, 'x');
}

static void every_status_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = STATUS_OK; i <= STATUS_NO_MEMORY; i++) {
        assert_non_null(status_name((enum status)i));
        assert_string_not_equal(status_name((enum status)i), "unknown");
        for (int j = STATUS_OK; j < i; j++) {
            assert_string_not_equal(status_name((enum status)i), status_name((enum status)j));
        }
    }
    assert_string_equal(status_name((enum status)77), "unknown");
    assert_string_equal(status_name((enum status) - 1), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_holds_its_sentence_and_status),
        cmocka_unit_test(a_system_error_says_what_the_system_said),
        cmocka_unit_test(nobody_has_to_listen),
        cmocka_unit_test(a_long_sentence_is_cut_not_overrun),
        cmocka_unit_test(every_status_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
