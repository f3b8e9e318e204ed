/* Pass phrases: made at random, read from files, typed at a terminal that does not show them. */
#include <fcntl.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/sealed.h"
#include "evidence/pass_phrase.h"

static enum status read_text(const char *text, size_t size, struct pass_phrase *phrase)
{
    AUTO_CLOSE int file = memfd_create("pass-phrase-test", MFD_CLOEXEC);
    assert_int_equal(file_write_all(file, (struct bytes){(const uint8_t *)text, size}, NULL),
                     STATUS_OK);
    assert_int_equal(lseek(file, 0, SEEK_SET), 0);
    return pass_phrase_read(phrase, file, NULL);
}

static void one_that_is_made_is_easily_typed_and_never_the_same(void **state)
{
    (void)state;
    struct pass_phrase phrases[200];
    unsigned seen[128] = {0};
    for (size_t i = 0; i < 200; i++) {
        struct pass_phrase again;
        pass_phrase_generate(&phrases[i]);
        const char *text = phrases[i].text;
        assert_int_equal(strlen(text), 24);
        for (size_t at = 0; at < 24; at++) {
            assert_true(at % 5 == 4 ? text[at] == '-'
                                    : strchr("23456789abcdefghjkmnpqrstuvwxyz", text[at]) != NULL);
            seen[(unsigned char)text[at]]++;
        }
        assert_int_equal(read_text(text, 24, &again), STATUS_OK);
        for (size_t other = 0; other < i; other++) {
            assert_string_not_equal(text, phrases[other].text);
        }
    }
    for (const char *sign = "23456789abcdefghjkmnpqrstuvwxyz"; *sign != '\0'; sign++) {
        assert_in_range(seen[(unsigned char)*sign], 70, 190); /* 129 on average */
    }
}

static void one_is_read_from_a_file_with_or_without_its_line_end(void **state)
{
    (void)state;
    static const char *const ends[] = {"", "\n", "\r\n", "\n\n", "\r\n\r\n"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char text[128];
        struct pass_phrase phrase;
        int size = snprintf(text, sizeof text, "correct horse ~%s", ends[i]);
        assert_int_equal(read_text(text, (size_t)size, &phrase), STATUS_OK);
        assert_string_equal(phrase.text, "correct horse ~");
        size = snprintf(text, sizeof text, "%099d%s", 0, ends[i]);
        assert_int_equal(read_text(text, (size_t)size, &phrase), STATUS_OK);
    }
}

static void what_others_could_not_type_is_refused(void **state)
{
    (void)state;
    static char many_lines[5000] = "twelve signs";
    memset(many_lines + 12, '\n', sizeof many_lines - 13);
    many_lines[sizeof many_lines - 1] = 'x';
    static const struct {
        const char *text;
        size_t size;
    } bad[] = {
        {"", 0},
        {"\n", 1},
        {"elevensigns\n", 12},
        {"twelve signs\nand more\n", 22},
        {"twelve signs\n\nand more\n", 23},
        {many_lines, sizeof many_lines},
        {"twelve\tsigns\n", 13},
        {"\xe9\x97\xa8\xe7\xa6\x81\xe9\x97\xa8\xe7\xa6\x81\xe9\x97\xa8\xe7\xa6\x81", 18},
        {"twelve signs\0", 13},
        {"twelve\0signs!", 13},
    };
    struct pass_phrase phrase;
    char text[PASS_PHRASE_SIZE_MAX + 1];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(read_text(bad[i].text, bad[i].size, &phrase), STATUS_REFUSED);
        assert_string_equal(phrase.text, "");
    }
    memset(text, 'x', sizeof text);
    assert_int_equal(read_text(text, sizeof text, &phrase), STATUS_REFUSED);
}

static void one_is_handed_on_as_it_is_or_not_at_all(void **state)
{
    (void)state;
    struct pass_phrase phrase = {"correct horse"};
    struct pass_phrase again;
    int file = -1;
    assert_int_equal(pass_phrase_seal(&phrase, &file, NULL), STATUS_OK);
    assert_int_equal(write(file, "x", 1), -1);
    assert_int_equal(ftruncate(file, 0), -1);
    for (int i = 0; i < 2; i++) { /* by the one it is handed through, and by the one it is for */
        assert_int_equal(pass_phrase_unseal(&again, file, NULL), STATUS_OK);
        assert_memory_equal(&again, &phrase, sizeof phrase);
    }
    file_close(&file);
    static const char *const bad[] = {"elevensigns", "twelve signs\n", "twelve\tsigns"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(sealed_new("test", bytes_of_text(bad[i]), &file, NULL), STATUS_OK);
        assert_int_equal(pass_phrase_unseal(&again, file, NULL), STATUS_REFUSED);
        file_close(&file);
    }
    assert_int_equal(sealed_new("test", bytes_of_text(""), &file, NULL), STATUS_OK);
    assert_int_equal(pass_phrase_unseal(&again, file, NULL), STATUS_REFUSED);
    file_close(&file);
    file = memfd_create("pass-phrase-test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(file_write_all(file, bytes_of_text(phrase.text), NULL), STATUS_OK);
    assert_int_equal(pass_phrase_unseal(&again, file, NULL), STATUS_REFUSED); /* anybody's still */
    file_close(&file);
}

static void it_is_wiped(void **state)
{
    (void)state;
    static const struct pass_phrase nothing;
    struct pass_phrase phrase = {"correct horse"};
    pass_phrase_wipe(&phrase);
    assert_memory_equal(&phrase, &nothing, sizeof phrase);
}

/* Before it asks: somebody may type at once. */
static void assert_no_echo(int terminal)
{
    struct termios settings = {.c_lflag = ECHO};
    assert_int_equal(tcgetattr(terminal, &settings), 0);
    assert_int_equal(settings.c_lflag & ECHO, 0);
}

/* What the process at the terminal's other end did; its exit status is pass_phrase_ask's. */
static enum status type(const char *const lines[2], char *shown, size_t size)
{
    int terminal = -1;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);
    if (child == 0) {
        struct pass_phrase phrase;
        enum status status = pass_phrase_ask(&phrase, "phrase? ", "again? ", NULL);
        bool is_it = strcmp(phrase.text, status == STATUS_OK ? lines[0] : "") == 0;
        _exit(is_it ? (int)status : 99);
    }
    size_t at = 0;
    const char *const prompts[2] = {"phrase? ", "again? "};
    for (size_t i = 0; i < 2 && (i == 0 || lines[1][0] != '\0'); i++) {
        while (memmem(shown, at, prompts[i], strlen(prompts[i])) == NULL) {
            ssize_t got = read(terminal, shown + at, size - at);
            assert_true(got > 0);
            at += (size_t)got;
        }
        assert_no_echo(terminal);
        assert_int_equal(write(terminal, lines[i], strlen(lines[i])), strlen(lines[i]));
        assert_int_equal(write(terminal, "\n", 1), 1);
    }
    for (ssize_t got = 1; got > 0 && at < size;) {
        got = read(terminal, shown + at, size - at);
        at += got > 0 ? (size_t)got : 0;
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    close(terminal);
    shown[at] = '\0';
    return (enum status)WEXITSTATUS(result);
}

static void at_a_terminal_it_is_typed_twice_and_not_shown(void **state)
{
    (void)state;
    char shown[1024] = "";
    assert_int_equal(type((const char *const[]){"correct horse", "correct horse"}, shown, 1000),
                     STATUS_OK);
    assert_null(strstr(shown, "horse"));
    assert_int_equal(type((const char *const[]){"correct horse", "correct house"}, shown, 1000),
                     STATUS_MISMATCH);
    assert_int_equal(type((const char *const[]){"elevensigns", "elevensigns"}, shown, 1000),
                     STATUS_REFUSED);
    assert_null(strstr(shown, "eleven"));
    char longer[102];
    memset(longer, 'x', sizeof longer);
    longer[101] = '\0';
    assert_int_equal(type((const char *const[]){longer, longer}, shown, 1000), STATUS_REFUSED);
    longer[100] = '\0';
    assert_int_equal(type((const char *const[]){longer, longer}, shown, 1000), STATUS_REFUSED);
    longer[99] = '\0';
    assert_int_equal(type((const char *const[]){longer, longer}, shown, 1000), STATUS_OK);
    assert_int_equal(type((const char *const[]){"\x03", ""}, shown, 1000), STATUS_END);
}

static void without_a_terminal_nothing_is_asked(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct pass_phrase phrase;
        _exit(setsid() > 0 ? (int)pass_phrase_ask(&phrase, "phrase? ", "again? ", NULL) : 99);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(WEXITSTATUS(result), STATUS_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_is_made_is_easily_typed_and_never_the_same),
        cmocka_unit_test(one_is_read_from_a_file_with_or_without_its_line_end),
        cmocka_unit_test(what_others_could_not_type_is_refused),
        cmocka_unit_test(one_is_handed_on_as_it_is_or_not_at_all),
        cmocka_unit_test(it_is_wiped),
        cmocka_unit_test(at_a_terminal_it_is_typed_twice_and_not_shown),
        cmocka_unit_test(without_a_terminal_nothing_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
