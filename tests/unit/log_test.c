#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/log.h"

/* What was written to standard error while `speak` ran. */
static void heard(void (*speak)(void), char *text, size_t size)
{
    int pipes[2];
    AUTO_CLOSE int old = dup(STDERR_FILENO);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    assert_true(dup2(pipes[1], STDERR_FILENO) >= 0);
    speak();
    assert_true(dup2(old, STDERR_FILENO) >= 0);
    file_close(&pipes[1]);
    size_t at = 0;
    ssize_t got = 0;
    while ((got = read(pipes[0], text + at, size - 1 - at)) > 0) {
        at += (size_t)got;
    }
    text[at] = '\0';
    file_close(&pipes[0]);
}

static void speak_all(void)
{
    log_error("e %d", 1);
    log_warning("w");
    log_info("i");
    log_debug("d");
}

static void lines_have_priorities_and_a_threshold(void **state)
{
    (void)state;
    char text[256];
    log_set_program("test");
    log_set_level(LOG_LEVEL_INFO);
    heard(speak_all, text, sizeof text);
    assert_string_equal(text, "<3>test: e 1\n<4>test: w\n<6>test: i\n");
    log_set_level(LOG_LEVEL_ERROR);
    heard(speak_all, text, sizeof text);
    assert_string_equal(text, "<3>test: e 1\n");
    log_set_level(LOG_LEVEL_DEBUG);
    heard(speak_all, text, sizeof text);
    assert_string_equal(text, "<3>test: e 1\n<4>test: w\n<6>test: i\n<7>test: d\n");
}

static void speak_lines(void)
{
    log_error("a\n<0>forged\x1b[2J\tb");
}

static void what_a_device_sent_cannot_begin_a_line(void **state)
{
    (void)state;
    char text[256];
    heard(speak_lines, text, sizeof text);
    assert_string_equal(text, "<3>test: a <0>forged [2J b\n");
}

static void speak_long(void)
{
    char sentence[5000];
    memset(sentence, 'x', sizeof sentence - 1);
    sentence[sizeof sentence - 1] = '\0';
    log_error("%s", sentence);
}

static void a_long_line_is_cut(void **state)
{
    (void)state;
    char text[6000];
    heard(speak_long, text, sizeof text);
    size_t length = strlen(text);
    assert_true(length > 500 && length < 2000);
    assert_int_equal(text[length - 1], '\n');
    assert_ptr_equal(strchr(text, '\n'), text + length - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_have_priorities_and_a_threshold),
        cmocka_unit_test(what_a_device_sent_cannot_begin_a_line),
        cmocka_unit_test(a_long_line_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
