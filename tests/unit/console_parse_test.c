/* What strangers send to the console, before anything is done with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/console/body.h"
#include "firmware/console/cookie.h"
#include "firmware/console/language.h"
#include "firmware/console/origin.h"
#include "firmware/console/path.h"
#include "firmware/console/query.h"

static bool fits(const char *pattern, const char *path)
{
    struct path_values values;
    return path_fits(pattern, path, &values);
}

static void a_placeholder_takes_what_it_stands_for_and_nothing_else(void **state)
{
    (void)state;
    struct path_values values;
    assert_true(path_fits("/api/entries/{number}/review", "/api/entries/4711/review", &values));
    assert_int_equal(values.count, 1);
    assert_int_equal(path_number(&values, 0), 4711);
    assert_true(path_fits("/v/{id}/{segment}", "/v/gate-2/20261122T081342Z-aB", &values));
    assert_string_equal(values.texts[1], "20261122T081342Z-aB");
    assert_false(fits("/v/{number}", "/v/01"));
    assert_false(fits("/v/{number}", "/v/"));
    assert_false(fits("/v/{number}", "/v/-1"));
    assert_false(fits("/v/{number}", "/v/1234567890123456"));
    assert_false(fits("/v/{id}", "/v/-gate"));
    assert_false(fits("/v/{id}", "/v/Gate"));
    assert_false(fits("/v/{id}", "/v/a23456789012345678901234567890123"));
}

static void no_path_leads_out_of_a_pattern(void **state)
{
    (void)state;
    assert_false(fits("/v/{id}", "/v/.."));
    assert_false(fits("/v/{segment}", "/v/%2e%2e"));
    assert_false(fits("/v/{segment}", "/v/../x"));
    assert_false(fits("/v/{segment}", "/v/a/b"));
    assert_false(fits("/v/{segment}", "/v/a\\b"));
    assert_false(fits("/v", "/v/"));
    assert_false(fits("/v", "//v"));
    assert_false(fits("/v/x", "/v"));
}

static enum status read_query(const char *text, struct query *query)
{
    return query_read(bytes_of_text(text), "from to door person", query, NULL);
}

static void a_query_is_decoded_once(void **state)
{
    (void)state;
    struct query query;
    assert_int_equal(read_query("", &query), STATUS_OK);
    assert_string_equal(query_text(&query, "door"), "");
    assert_int_equal(read_query("person=%E6%9D%8E+Wen&from=5&door=%2541", &query), STATUS_OK);
    assert_string_equal(query_text(&query, "person"), "李 Wen");
    assert_string_equal(query_text(&query, "door"), "%41");
    int64_t number = 0;
    assert_int_equal(query_number(&query, "from", 0, 9, 1, &number, NULL), STATUS_OK);
    assert_int_equal(number, 5);
    assert_int_equal(query_number(&query, "to", 0, 9, 7, &number, NULL), STATUS_OK);
    assert_int_equal(number, 7);
    assert_int_equal(query_number(&query, "from", 6, 9, 7, &number, NULL), STATUS_INVALID);
    assert_int_equal(number, 7);
}

static void a_query_with_anything_odd_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"door=a&door=b", "what=1",       "=1",       "door=%",
                                      "door=%4",       "door=%zz",     "door=%00", "door=a%0Ab",
                                      "&door=a",       "door=a&&to=1", "door=%ff", "door=%c0%af",
                                      "from to=1",     "from%20to=1"};
    struct query query;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(read_query(bad[i], &query), STATUS_INVALID);
    int64_t number = 0;
    static const char *const no_numbers[] = {"from=x",   "from=1x",   "from=+1",
                                             "from=0x1", "from=%201", "from=99999999999999999999"};
    for (size_t i = 0; i < sizeof no_numbers / sizeof no_numbers[0]; i++) {
        assert_int_equal(read_query(no_numbers[i], &query), STATUS_OK);
        assert_int_equal(query_number(&query, "from", 0, INT64_MAX, 0, &number, NULL),
                         STATUS_INVALID);
    }
}

static bool cookie_is(const char *header, const char *expected)
{
    char value[8];
    bool found = cookie_find(bytes_of_text(header), "sealroom", value, sizeof value);
    return found ? strcmp(value, expected) == 0 : expected[0] == '\0' && value[0] == '\0';
}

static void a_cookie_is_found_among_others(void **state)
{
    (void)state;
    assert_true(cookie_is("sealroom=aZ-_9", "aZ-_9"));
    assert_true(cookie_is("a=b; sealroom=x ;c=d", "x"));
    assert_true(cookie_is("sealroom2=y; xsealroom=z; sealroom=x", "x"));
    assert_true(cookie_is("a=sealroom=x", ""));
    assert_true(cookie_is("", ""));
}

static void a_cookie_that_somebody_set_beside_ours_is_none(void **state)
{
    (void)state;
    assert_true(cookie_is("sealroom=x; sealroom=y", ""));
    assert_true(cookie_is("sealroom=x; sealroom=x", ""));
    assert_true(cookie_is("sealroom=", ""));
    assert_true(cookie_is("sealroom=\"x\"", ""));
    assert_true(cookie_is("sealroom=12345678", ""));
    assert_true(cookie_is("sealroom=a b", ""));
}

struct note {
    char text[9];
    char lines[9];
    int64_t record;
    bool all;
};
static const struct body_member note_members[] = {
    BODY_MEMBER(struct note, text, BODY_TEXT, true),
    BODY_MEMBER(struct note, lines, BODY_LINES, false),
    BODY_MEMBER(struct note, record, BODY_NUMBER, true),
    BODY_MEMBER(struct note, all, BODY_BOOLEAN, false),
};
static const struct body_form note_form = BODY_FORM(struct note, note_members);

static void a_body_fills_its_struct(void **state)
{
    (void)state;
    struct note note;
    const char *text = "{\"record\": 7, \"text\": \"李李\", \"lines\": \"a\\nb\", \"all\": true}";
    assert_int_equal(body_read(bytes_of_text(text), &note_form, &note, NULL), STATUS_OK);
    assert_string_equal(note.text, "李李");
    assert_string_equal(note.lines, "a\nb");
    assert_int_equal(note.record, 7);
    assert_true(note.all);
}

static void a_body_with_anything_odd_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "[]",
                                      "7",
                                      "{\"record\": 7}",
                                      "{\"record\": 7, \"text\": \"\"}",
                                      "{\"record\": 7, \"text\": \"a\\nb\"}",
                                      "{\"record\": 7, \"text\": \"a\\u0000b\"}",
                                      "{\"record\": 7, \"text\": \"123456789\"}",
                                      "{\"record\": \"7\", \"text\": \"a\"}",
                                      "{\"record\": 7.0, \"text\": \"a\"}",
                                      "{\"record\": 99999999999999999999, \"text\": \"a\"}",
                                      "{\"record\": 7, \"text\": \"a\", \"text\": \"b\"}",
                                      "{\"record\": 7, \"text\": \"a\", \"role\": \"auditor\"}",
                                      "{\"record\": 7, \"text\": \"a\"} x",
                                      "{\"record\": 7, \"text\": \"a\", \"all\": 1}",
                                      "{\"record\": 7, \"text\": \"\\ud800\"}",
                                      "{\"record\": 7, \"text\": {}}"};
    struct note note;
    struct error error;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(body_read(bytes_of_text(bad[i]), &note_form, &note, &error),
                         STATUS_INVALID);
    static char deep[REQUEST_BODY_MAX];
    memset(deep, '[', sizeof deep);
    struct bytes nested = {(const uint8_t *)deep, sizeof deep};
    assert_int_equal(body_read(nested, &note_form, &note, &error), STATUS_INVALID);
}

static void a_name_that_was_led_here_is_not_ours(void **state)
{
    (void)state;
    static const char *const here[] = {"127.0.0.1", "127.0.0.1:8080", "localhost:1", "[::1]:8080",
                                       "[fe80::1]", "192.0.2.7:443",  "Archive.lan"};
    static const char *const elsewhere[] = {"evil.example",
                                            "127.0.0.1.evil.example",
                                            "",
                                            "localhost.evil.example",
                                            "127.0.0.1:",
                                            "127.0.0.1:x",
                                            "[::1",
                                            "[]",
                                            "::1",
                                            "user@127.0.0.1"};
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++)
        assert_true(origin_is_here(here[i], "archive.lan"));
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        assert_false(origin_is_here(elsewhere[i], "archive.lan"));
    assert_false(origin_is_here(NULL, NULL));
    assert_false(origin_is_here("archive.lan", ""));
}

static bool is_own(const char *origin, const char *site, bool secure)
{
    return origin_is_own(&(struct origin){
        .host = "127.0.0.1:8080", .origin = origin, .fetch_site = site, .is_secure = secure});
}

static void what_another_sites_page_asks_is_told_apart(void **state)
{
    (void)state;
    assert_true(is_own(NULL, NULL, false));
    assert_true(is_own("http://127.0.0.1:8080", "same-origin", false));
    assert_true(is_own(NULL, "none", false));
    assert_false(is_own("https://127.0.0.1:8080", NULL, false));
    assert_true(is_own("https://127.0.0.1:8080", NULL, true));
    assert_false(is_own("null", NULL, false));
    assert_false(is_own("http://evil.example", NULL, false));
    assert_false(is_own(NULL, "cross-site", false));
    assert_false(is_own(NULL, "same-site", false));
    assert_false(is_own("http://127.0.0.1:8080", "cross-site", false));
}

static void the_language_is_the_first_that_there_is(void **state)
{
    (void)state;
    assert_int_equal(language_of(NULL), LANGUAGE_ENGLISH);
    assert_int_equal(language_of("zh-CN,zh;q=0.9,en;q=0.8"), LANGUAGE_CHINESE);
    assert_int_equal(language_of("de, en;q=0.7, zh;q=0.5"), LANGUAGE_ENGLISH);
    assert_int_equal(language_of("de,fr, zh"), LANGUAGE_CHINESE);
    assert_int_equal(language_of(",,,"), LANGUAGE_ENGLISH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_placeholder_takes_what_it_stands_for_and_nothing_else),
        cmocka_unit_test(no_path_leads_out_of_a_pattern),
        cmocka_unit_test(a_query_is_decoded_once),
        cmocka_unit_test(a_query_with_anything_odd_is_refused),
        cmocka_unit_test(a_cookie_is_found_among_others),
        cmocka_unit_test(a_cookie_that_somebody_set_beside_ours_is_none),
        cmocka_unit_test(a_body_fills_its_struct),
        cmocka_unit_test(a_body_with_anything_odd_is_refused),
        cmocka_unit_test(a_name_that_was_led_here_is_not_ours),
        cmocka_unit_test(what_another_sites_page_asks_is_told_apart),
        cmocka_unit_test(the_language_is_the_first_that_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
