/* A controller's time stamps and zones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "door/device_time.h"

#define UNSIGNED(word, low, bits)                                                                  \
    {                                                                                              \
        .is_there = true, .encoding = FIELD_UNSIGNED, .at = (word), .bit = (low), .width = (bits)  \
    }

/* As ABB packs them: year and month, day and hour, minute and second, milliseconds, flags. */
static const struct device_time packed = {
    .year = UNSIGNED(0, 8, 8),
    .year_base = 2000,
    .month = UNSIGNED(0, 0, 8),
    .day = UNSIGNED(1, 8, 8),
    .hour = UNSIGNED(1, 0, 8),
    .minute = UNSIGNED(2, 8, 8),
    .second = UNSIGNED(2, 0, 8),
    .millisecond = UNSIGNED(3, 0, 16),
    .is_utc = UNSIGNED(4, 15, 1),
    .not_synchronised = UNSIGNED(4, 13, 1),
    .clock_failed = UNSIGNED(4, 12, 1),
};

#define STAMP(year, month, day, hour, minute, second, ms, flags)                                   \
    {                                                                                              \
        (year) << 8 | (month), (day) << 8 | (hour), (minute) << 8 | (second), (ms), (flags)        \
    }

static enum device_time_quality decode(struct device_time time, const uint16_t words[5],
                                       const char *expected)
{
    int64_t utc_ns = -1;
    enum device_time_quality quality = device_time_decode(&time, words, 5, &utc_ns);
    char text[TIME_TEXT_SIZE];
    time_format(text, utc_ns);
    assert_string_equal(text, expected);
    return quality;
}

static struct device_time in_zone(const char *name)
{
    struct device_time time = packed;
    assert_int_equal(zone_parse(name, &time.zone, NULL), STATUS_OK);
    assert_int_equal(zone_use(&time.zone, NULL), STATUS_OK);
    return time;
}

static void packed_stamp_is_utc_by_default(void **state)
{
    (void)state;
    const uint16_t words[] = STAMP(26, 11, 22, 8, 13, 42, 7, 0);
    assert_int_equal(decode(packed, words, "2026-11-22T08:13:42.007000000Z"), DEVICE_TIME_GOOD);
}

static void distance_from_utc_is_taken_off(void **state)
{
    (void)state;
    const uint16_t words[] = STAMP(26, 1, 1, 7, 30, 0, 0, 0);
    assert_int_equal(decode(in_zone("+08:00"), words, "2025-12-31T23:30:00.000000000Z"),
                     DEVICE_TIME_GOOD);
    assert_int_equal(decode(in_zone("-03:30"), words, "2026-01-01T11:00:00.000000000Z"),
                     DEVICE_TIME_GOOD);
}

static void utc_bit_overrules_the_zone(void **state)
{
    (void)state;
    const uint16_t words[] = STAMP(26, 1, 1, 7, 30, 0, 0, 0x8000);
    assert_int_equal(decode(in_zone("+08:00"), words, "2026-01-01T07:30:00.000000000Z"),
                     DEVICE_TIME_GOOD);
}

static void named_zone_knows_summer(void **state)
{
    (void)state;
    struct device_time time = in_zone("Europe/Berlin");
    const uint16_t summer[] = STAMP(26, 7, 1, 12, 0, 0, 0, 0);
    const uint16_t winter[] = STAMP(26, 12, 1, 12, 0, 0, 0, 0);
    assert_int_equal(decode(time, summer, "2026-07-01T10:00:00.000000000Z"), DEVICE_TIME_GOOD);
    assert_int_equal(decode(time, winter, "2026-12-01T11:00:00.000000000Z"), DEVICE_TIME_GOOD);
}

static void hour_that_happens_twice_is_doubtful(void **state)
{
    (void)state;
    const uint16_t words[] = STAMP(26, 10, 25, 2, 30, 0, 0, 0);
    assert_int_equal(decode(in_zone("Europe/Berlin"), words, "2026-10-25T00:30:00.000000000Z"),
                     DEVICE_TIME_FAULT);
}

static void hour_that_was_skipped_is_no_time(void **state)
{
    (void)state;
    const uint16_t words[] = STAMP(26, 3, 29, 2, 30, 0, 0, 0);
    assert_int_equal(decode(in_zone("Europe/Berlin"), words, "1970-01-01T00:00:00.000000000Z"),
                     DEVICE_TIME_NONE);
}

static void fault_bits_make_the_time_doubtful(void **state)
{
    (void)state;
    const uint16_t unsynced[] = STAMP(26, 11, 22, 8, 0, 0, 0, 0x2000);
    const uint16_t failed[] = STAMP(26, 11, 22, 8, 0, 0, 0, 0x1000);
    assert_int_equal(decode(packed, unsynced, "2026-11-22T08:00:00.000000000Z"), DEVICE_TIME_FAULT);
    assert_int_equal(decode(packed, failed, "2026-11-22T08:00:00.000000000Z"), DEVICE_TIME_FAULT);
}

static void impossible_dates_are_no_time(void **state)
{
    (void)state;
    const uint16_t stamps[][5] = {
        STAMP(26, 13, 1, 0, 0, 0, 0, 0),   STAMP(26, 0, 1, 0, 0, 0, 0, 0),
        STAMP(26, 2, 30, 0, 0, 0, 0, 0),   STAMP(26, 2, 1, 24, 0, 0, 0, 0),
        STAMP(26, 2, 1, 0, 60, 0, 0, 0),   STAMP(26, 2, 1, 0, 0, 60, 0, 0),
        STAMP(26, 2, 1, 0, 0, 0, 1000, 0), STAMP(0, 0, 0, 0, 0, 0, 0, 0),
    };
    for (size_t at = 0; at < sizeof stamps / sizeof stamps[0]; at++)
        assert_int_equal(decode(packed, stamps[at], "1970-01-01T00:00:00.000000000Z"),
                         DEVICE_TIME_NONE);
}

static void seconds_are_counted_from_their_beginning(void **state)
{
    (void)state;
    struct device_time time = {.seconds = UNSIGNED(0, 0, 32),
                               .since_utc_s = 946684800}; /* 2000-01-01 */
    const uint16_t words[5] = {0x0001, 0x5180};
    assert_int_equal(decode(time, words, "2000-01-02T00:00:00.000000000Z"), DEVICE_TIME_GOOD);
}

static void decimal_digits_make_a_date(void **state)
{
    (void)state;
    struct device_time time = packed;
    struct field *parts[] = {&time.year, &time.month,  &time.day,
                             &time.hour, &time.minute, &time.second};
    for (size_t at = 0; at < sizeof parts / sizeof parts[0]; at++)
        parts[at]->encoding = FIELD_BCD;
    const uint16_t words[] = STAMP(0x26, 0x11, 0x22, 0x19, 0x45, 0x59, 0, 0);
    assert_int_equal(decode(time, words, "2026-11-22T19:45:59.000000000Z"), DEVICE_TIME_GOOD);
}

static void what_is_no_zone_is_refused(void **state)
{
    (void)state;
    const char *wrong[] = {"",
                           "UTC+8",
                           "+8",
                           "+15:00",
                           "+08:60",
                           "+08:00x",
                           "Mars/Base",
                           "../etc/passwd",
                           "Europe/../../passwd",
                           "europe/berlin"};
    struct zone zone;
    for (size_t at = 0; at < sizeof wrong / sizeof wrong[0]; at++)
        assert_int_equal(zone_parse(wrong[at], &zone, NULL), STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_stamp_is_utc_by_default),
        cmocka_unit_test(distance_from_utc_is_taken_off),
        cmocka_unit_test(utc_bit_overrules_the_zone),
        cmocka_unit_test(named_zone_knows_summer),
        cmocka_unit_test(hour_that_happens_twice_is_doubtful),
        cmocka_unit_test(hour_that_was_skipped_is_no_time),
        cmocka_unit_test(fault_bits_make_the_time_doubtful),
        cmocka_unit_test(impossible_dates_are_no_time),
        cmocka_unit_test(seconds_are_counted_from_their_beginning),
        cmocka_unit_test(decimal_digits_make_a_date),
        cmocka_unit_test(what_is_no_zone_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
