#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"

static void a_time_is_written_with_nine_decimals(void **state)
{
    (void)state;
    static const struct {
        int64_t utc_ns;
        const char *text;
    } times[] = {
        {0, "1970-01-01T00:00:00.000000000Z"},
        {1, "1970-01-01T00:00:00.000000001Z"},
        {-1, "1969-12-31T23:59:59.999999999Z"},
        {-NS_PER_SECOND, "1969-12-31T23:59:59.000000000Z"},
        {INT64_C(1795335222000000123), "2026-11-22T08:13:42.000000123Z"},
        {INT64_C(951782400000000000), "2000-02-29T00:00:00.000000000Z"},
        {INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
        {INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[TIME_TEXT_SIZE];
        int64_t back = 42;
        time_format(text, times[i].utc_ns);
        assert_string_equal(text, times[i].text);
        assert_int_equal(time_parse(text, &back), STATUS_OK);
        assert_true(back == times[i].utc_ns);
    }
}

static void any_other_form_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "2026-11-22",
        "2026-11-22T08:13:42Z",
        "2026-11-22T08:13:42.00000012Z",
        "2026-11-22T08:13:42.0000001234Z",
        "2026-11-22t08:13:42.000000123Z",
        "2026-11-22T08:13:42.000000123z",
        "2026-11-22 08:13:42.000000123Z",
        "2026-11-22T08:13:42.000000123+00:00",
        "2026-11-22T08:13:42.000000123Z ",
        " 2026-11-22T08:13:42.000000123Z",
        "2026-11-22T08:13:42,000000123Z",
        "2026-11-22T24:00:00.000000000Z",
        "2026-11-22T08:60:42.000000000Z",
        "2026-12-31T23:59:60.000000000Z", /* POSIX time has no leap seconds */
        "2026-13-01T00:00:00.000000000Z",
        "2026-00-01T00:00:00.000000000Z",
        "2026-11-31T00:00:00.000000000Z",
        "2026-11-00T00:00:00.000000000Z",
        "2026-02-29T00:00:00.000000000Z",
        "2100-02-29T00:00:00.000000000Z",
        "0000-01-01T00:00:00.000000000Z",
        "2262-04-11T23:47:16.854775808Z", /* one more than fits */
        "1677-09-21T00:12:43.145224191Z", /* one less */
        "9999-12-31T23:59:59.999999999Z",
        "+026-11-22T08:13:42.000000123Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t utc_ns = 42;
        if (time_parse(bad[i], &utc_ns) != STATUS_INVALID) {
            fail_msg("%s was taken", bad[i]);
        }
        assert_int_equal(utc_ns, 42);
    }
}

static void set_zone(const char *zone)
{
    assert_int_equal(setenv("TZ", zone, 1), 0);
    tzset();
}

static void what_people_type_is_understood(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        const char *text;
    } times[] = {
        {"2026-11-22T08:13:42Z", "2026-11-22T08:13:42.000000000Z"},
        {"2026-11-22t08:13:42.5z", "2026-11-22T08:13:42.500000000Z"},
        {"2026-11-22 08:13:42.1234567899Z", "2026-11-22T08:13:42.123456789Z"},
        {"2026-11-22T08:13:42+08:00", "2026-11-22T00:13:42.000000000Z"},
        {"2026-11-22T08:13:42-03:30", "2026-11-22T11:43:42.000000000Z"},
        {"2026-11-22", "2026-11-21T16:00:00.000000000Z"},
        {"2026-11-22 08:13", "2026-11-22T00:13:00.000000000Z"},
        {"2026-11-22 08:13:42", "2026-11-22T00:13:42.000000000Z"},
        {"1970-01-01 07:59:59", "1969-12-31T23:59:59.000000000Z"}, /* -1 as a time_t */
    };
    set_zone("CST-8");
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct time_typed typed = {0};
        char text[TIME_TEXT_SIZE];
        assert_int_equal(time_parse_loose(times[i].typed, &typed), STATUS_OK);
        time_format(text, typed.earlier_utc_ns);
        assert_string_equal(text, times[i].text);
        assert_int_equal(typed.shown, TIME_SHOWN_ONCE);
        assert_true(typed.later_utc_ns == typed.earlier_utc_ns);
    }
}

static void a_time_that_the_clock_shows_twice_or_never_has_two_meanings(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        const char *typed;
        enum time_shown shown;
        const char *earlier;
        const char *later;
    } times[] = {
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25 01:59:59", TIME_SHOWN_ONCE,
         "2026-10-24T23:59:59.000000000Z", "2026-10-24T23:59:59.000000000Z"},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25 02:00", TIME_SHOWN_TWICE,
         "2026-10-25T00:00:00.000000000Z", "2026-10-25T01:00:00.000000000Z"},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25 02:59:59.5", TIME_SHOWN_TWICE,
         "2026-10-25T00:59:59.500000000Z", "2026-10-25T01:59:59.500000000Z"},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25 03:00", TIME_SHOWN_ONCE,
         "2026-10-25T02:00:00.000000000Z", "2026-10-25T02:00:00.000000000Z"},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T02:30:00+02:00", TIME_SHOWN_ONCE,
         "2026-10-25T00:30:00.000000000Z", "2026-10-25T00:30:00.000000000Z"},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29 01:59:59", TIME_SHOWN_ONCE,
         "2026-03-29T00:59:59.000000000Z", "2026-03-29T00:59:59.000000000Z"},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29 02:30", TIME_SHOWN_NEVER,
         "2026-03-29T00:30:00.000000000Z", "2026-03-29T01:30:00.000000000Z"},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29 03:00", TIME_SHOWN_ONCE,
         "2026-03-29T01:00:00.000000000Z", "2026-03-29T01:00:00.000000000Z"},
        /* at midnight, west of Greenwich, and by half an hour */
        {"<-04>4<-03>,M9.1.6/24,M4.1.6/24", "2026-09-06", TIME_SHOWN_NEVER,
         "2026-09-06T03:00:00.000000000Z", "2026-09-06T04:00:00.000000000Z"},
        {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-04-05 01:45", TIME_SHOWN_TWICE,
         "2026-04-04T14:45:00.000000000Z", "2026-04-04T15:15:00.000000000Z"},
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct time_typed typed = {0};
        char text[TIME_TEXT_SIZE];
        set_zone(times[i].zone);
        assert_int_equal(time_parse_loose(times[i].typed, &typed), STATUS_OK);
        assert_int_equal(typed.shown, times[i].shown);
        time_format(text, typed.earlier_utc_ns);
        assert_string_equal(text, times[i].earlier);
        time_format(text, typed.later_utc_ns);
        assert_string_equal(text, times[i].later);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "yesterday",
        "2026",
        "2026-11",
        "2026-11-22 ",
        "2026-11-22 08",
        "2026-11-22 08:",
        "2026-11-22 08:13:",
        "2026-11-22 08:13:42.",
        "2026-11-22 08:13:42.Z",
        "2026-11-22 08:13Z",
        "2026-11-22 08:13:42+8",
        "2026-11-22 08:13:42+0800",
        "2026-11-22 08:13:42+24:00",
        "2026-11-22T08:13:42Zx",
        "2026-11-22x08:13:42",
        "2026-02-30",
        "9999-01-01",
        "2026-11-22 25:00",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct time_typed typed = {0};
        if (time_parse_loose(bad[i], &typed) != STATUS_INVALID) {
            fail_msg("%s was taken", bad[i]);
        }
    }
}

static void the_machine_has_a_clock(void **state)
{
    (void)state;
    struct clock clock;
    assert_int_equal(clock_system(&clock, NULL), STATUS_OK);
    assert_int_equal(strlen(clock.boot_id), BOOT_ID_SIZE - 1);
    assert_int_equal(clock.boot_id[8], '-');
    struct timespec before;
    (void)clock_gettime(CLOCK_REALTIME, &before);
    struct clock_reading first = clock_now(&clock);
    int64_t between_ns = clock_monotonic_ns(&clock);
    struct clock_reading second = clock_now(&clock);
    assert_true(first.utc_ns >= before.tv_sec * NS_PER_SECOND + before.tv_nsec);
    assert_true(first.utc_ns < (before.tv_sec + 3600) * NS_PER_SECOND);
    assert_true(first.monotonic_ns <= between_ns && between_ns <= second.monotonic_ns);
    assert_true(first.quality == CLOCK_SYNCED || first.quality == CLOCK_UNSYNCED);
}

static void fixed(void *context, struct clock_reading *reading)
{
    *reading = *(struct clock_reading *)context;
}

static void a_clock_can_be_handed_in(void **state)
{
    (void)state;
    struct clock_reading noon = {.utc_ns = 12, .monotonic_ns = 3, .quality = CLOCK_SYNCED};
    struct clock clock = {.read = fixed, .context = &noon};
    struct clock_reading reading = clock_now(&clock);
    assert_int_equal(reading.utc_ns, 12);
    assert_int_equal(reading.monotonic_ns, 3);
    assert_int_equal(clock_monotonic_ns(&clock), 3);
}

static int64_t nine(void *context)
{
    (void)context;
    return 9;
}

static void a_clock_can_tell_the_monotonic_time_without_the_rest(void **state)
{
    (void)state;
    struct clock clock = {.monotonic_ns = nine};
    assert_int_equal(clock_monotonic_ns(&clock), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_written_with_nine_decimals),
        cmocka_unit_test(any_other_form_is_refused),
        cmocka_unit_test(what_people_type_is_understood),
        cmocka_unit_test(a_time_that_the_clock_shows_twice_or_never_has_two_meanings),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(the_machine_has_a_clock),
        cmocka_unit_test(a_clock_can_be_handed_in),
        cmocka_unit_test(a_clock_can_tell_the_monotonic_time_without_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
