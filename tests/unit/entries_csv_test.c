/* entries.csv, read again as a spreadsheet would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/entries_csv.h"
#include "support/report_fixture.h"

#define SOURCES "derived/front door/front"

static int set_up(void **state)
{
    return report_set_up(state, "nist");
}

/* The file, NUL-terminated; the caller's to free. */
static char *written(struct report_fixture *fixture, uint64_t *count)
{
    struct buffer text = {0};
    struct error error = {0};
    struct text_sink sink = report_into(&text);
    if (entries_csv_write(&fixture->content, &sink, count, &error) != STATUS_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(buffer_append(&text, "", 1), STATUS_OK);
    return (char *)text.data;
}

static void a_spreadsheet_knows_the_encoding_and_each_line(void **state)
{
    struct report_fixture *fixture = *state;
    uint64_t count = 0;
    struct entry_record entry = report_plain_entry(fixture, DOOR_ACCESS_GRANTED);
    entry.entry.verdict = VERDICT_GRANTED;
    SET_TEXT(entry.name, "王,\"五\"");
    SET_TEXT(entry.entry.credential, "0012345678");
    (void)report_entry(fixture, &entry);
    report_ask(fixture, SOURCES);
    char *text = written(fixture, &count);
    assert_memory_equal(text, "\xef\xbb\xbf", 3);
    size_t lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
        assert_int_equal(at[-1], '\r');
        lines++;
    }
    assert_int_equal(lines, count + 1);
    text_has(text, "记录号 record,本地时间 local_time,");
    text_has(text, ",档案库房,准许通行 access_granted,准许 granted,");
    text_has(text, ",\"王,\"\"五\"\"\",");
    text_has(text, ",№ 0012345678,");
    text_has(text, ",UTC+08:00,");
    text_has(text, "控制器上报 controller");
    free(text);
}

static void what_a_card_holder_is_called_is_no_formula(void **state)
{
    struct report_fixture *fixture = *state;
    static const char *const names[] = {"=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＠x"};
    struct entry_record entry = report_plain_entry(fixture, DOOR_ACCESS_DENIED);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        SET_TEXT(entry.name, names[i]);
        (void)report_entry(fixture, &entry);
    }
    SET_TEXT(entry.name, "李\xe2\x80\xae六"); /* turns the text behind it */
    (void)report_entry(fixture, &entry);
    report_ask(fixture, SOURCES);
    char *text = written(fixture, NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char cell[64];
        (void)snprintf(cell, sizeof cell, ",%s", names[i]);
        text_has_not(text, cell);
        (void)snprintf(cell, sizeof cell, ",'%s", names[i]);
        text_has(text, cell);
    }
    text_has(text, "李\\u202e六");
    free(text);
}

static void a_conclusion_is_marked_as_the_recorders(void **state)
{
    struct report_fixture *fixture = *state;
    struct entry_record entry = report_plain_entry(fixture, DOOR_FORCED);
    entry.entry.derived = 1;
    entry.at_utc_ns = entry.entry.received_utc_ns;
    SET_TEXT(entry.by, "forced");
    entry.from_count = 1;
    entry.from[0] = 7;
    (void)report_entry(fixture, &entry);
    report_ask(fixture, SOURCES);
    char *text = written(fixture, NULL);
    text_has(text, ",本机推断 recorder,强行开门 forced,7,gate,");
    free(text);
}

static void an_entry_whose_content_is_gone_is_a_line(void **state)
{
    struct report_fixture *fixture = *state;
    struct entry_record entry = report_plain_entry(fixture, DOOR_ACCESS_GRANTED);
    SET_TEXT(entry.name, "nobody's name");
    uint64_t number = report_entry(fixture, &entry);
    package_expire_body(&fixture->package, number);
    report_ask(fixture, SOURCES);
    char *text = written(fixture, NULL);
    text_has(text, "正文已不再保存");
    text_has(text, ",gone\r\n");
    text_has_not(text, "nobody's name");
    free(text);
}

static void other_doors_are_not_in_it(void **state)
{
    struct report_fixture *fixture = *state;
    uint64_t count = 0;
    report_ask(fixture, "camera/gate");
    char *text = written(fixture, &count);
    assert_int_equal(count, 0);
    free(text);
}

static void what_a_package_withholds_is_no_line(void **state)
{
    struct report_fixture *fixture = *state;
    struct entry_record entry = report_plain_entry(fixture, DOOR_ACCESS_GRANTED);
    (void)report_entry(fixture, &entry);
    SET_TEXT(entry.entry.door, "vault");
    SET_TEXT(entry.name, "nobody's name");
    (void)report_entry(fixture, &entry);
    fixture->package.doors = "archive";
    report_ask(fixture, SOURCES);
    char *text = written(fixture, NULL);
    text_has(text, ",archive,");
    text_has_not(text, "vault");
    text_has_not(text, "nobody's name");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_spreadsheet_knows_the_encoding_and_each_line, set_up,
                                        report_tear_down),
        cmocka_unit_test_setup_teardown(what_a_card_holder_is_called_is_no_formula, set_up,
                                        report_tear_down),
        cmocka_unit_test_setup_teardown(a_conclusion_is_marked_as_the_recorders, set_up,
                                        report_tear_down),
        cmocka_unit_test_setup_teardown(an_entry_whose_content_is_gone_is_a_line, set_up,
                                        report_tear_down),
        cmocka_unit_test_setup_teardown(what_a_package_withholds_is_no_line, set_up,
                                        report_tear_down),
        cmocka_unit_test_setup_teardown(other_doors_are_not_in_it, set_up, report_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
