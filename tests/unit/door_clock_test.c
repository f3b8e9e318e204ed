/* Setting a controller's clock: what is written to it, and what is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "door/device_clock.h"
#include "support/door_rig.h"

/* 2026-11-22T08:13:42Z */
#define NOW_NS (INT64_C(1795335222) * NS_PER_SECOND)

static const char profile_text[] =
    "profile: test\n"
    "model: test\n"
    "manual: none\n"
    "shape: level\n"
    "inputs: {table: discrete, address: 0, count: 1, levels: [{input: 0, on: opened}]}\n"
    "set_clock:\n"
    "  table: holding\n"
    "  address: 10\n"
    "  count: 4\n"
    "  time:\n"
    "    year: {at: 0, bit: 8, width: 8}\n"
    "    year_base: 2000\n"
    "    month: {at: 0, width: 8}\n"
    "    day: {at: 1, bit: 8, width: 8}\n"
    "    hour: {at: 1, width: 8, encoding: bcd}\n"
    "    minute: {at: 2, bit: 8, width: 8}\n"
    "    second: {at: 2, width: 8}\n"
    "    zone: \"+08:00\"\n"
    "  commit: [{table: coil, address: 3, value: 1}]\n";

static void stand_still(void *context, struct clock_reading *reading)
{
    (void)context;
    *reading = (struct clock_reading){
        .utc_ns = NOW_NS, .monotonic_ns = NS_PER_SECOND, .quality = CLOCK_SYNCED};
}

static void begin(struct door_rig *rig)
{
    door_rig_begin(rig, profile_text, (struct clock){.read = stand_still});
}

static enum status set_clock(struct door_rig *rig)
{
    struct reporter reporter = {0};
    return device_clock_set(&rig->watch, &reporter, NULL);
}

/* The clock as it stands in its registers, the last of which is no part of the time. */
static void answer_clock(struct door_rig *rig, uint8_t hour_bcd, uint8_t minute, uint8_t second)
{
    const uint8_t body[] = {3, 8, 26, 11, 22, hour_bcd, minute, second, 0x12, 0x34};
    door_rig_answer(rig, body, sizeof body);
}

static void answer_writes(struct door_rig *rig)
{
    const uint8_t registers[] = {16, 0, 10, 0, 4};
    const uint8_t coil[] = {5, 0, 3, 0xff, 0};
    door_rig_answer(rig, registers, sizeof registers);
    door_rig_answer(rig, coil, sizeof coil);
}

/* The next request from its function code on. */
static void expect_request(struct door_rig *rig, const uint8_t *body, size_t size)
{
    uint8_t header[7];
    uint8_t asked[64] = {0};
    assert_int_equal(recv(rig->controller, header, sizeof header, MSG_DONTWAIT), sizeof header);
    assert_int_equal(header[5] - 1, size);
    assert_int_equal(recv(rig->controller, asked, size, MSG_DONTWAIT), size);
    assert_memory_equal(asked, body, size);
}

/* The detail of the only entry; "" if nothing was said. */
static const char *said(struct door_rig *rig, enum door_event event)
{
    door_rig_keep(rig, true);
    if (rig->count == 0)
        return "";
    assert_int_equal(rig->count, 1);
    assert_int_equal(rig->said[0].event, event);
    assert_false(rig->said[0].has_device_seq);
    return rig->said[0].detail;
}

static void wrong_clock_is_set_and_the_difference_is_recorded(void **state)
{
    (void)state;
    const uint8_t ask[] = {3, 0, 10, 0, 4};
    const uint8_t set[] = {16, 0, 10, 0, 4, 8, 26, 11, 22, 0x16, 13, 42, 0x12, 0x34};
    const uint8_t commit[] = {5, 0, 3, 0xff, 0};
    struct door_rig rig;
    begin(&rig);
    answer_clock(&rig, 0x16, 10, 0);
    answer_writes(&rig);
    answer_clock(&rig, 0x16, 13, 43);
    assert_int_equal(set_clock(&rig), STATUS_OK);
    expect_request(&rig, ask, sizeof ask);
    expect_request(&rig, set, sizeof set);
    expect_request(&rig, commit, sizeof commit);
    expect_request(&rig, ask, sizeof ask);
    assert_string_equal(said(&rig, DOOR_CLOCK_SET),
                        "its clock was set: before 2026-11-22T08:10:00.000000000Z (-222.000 "
                        "s), after 2026-11-22T08:13:43.000000000Z (+1.000 s)");
    door_rig_end(&rig);
}

static void clock_that_is_right_is_left_alone(void **state)
{
    (void)state;
    const uint8_t ask[] = {3, 0, 10, 0, 4};
    uint8_t more = 0;
    struct door_rig rig;
    begin(&rig);
    answer_clock(&rig, 0x16, 13, 43);
    assert_int_equal(set_clock(&rig), STATUS_OK);
    expect_request(&rig, ask, sizeof ask);
    assert_int_equal(recv(rig.controller, &more, 1, MSG_DONTWAIT), -1);
    assert_string_equal(said(&rig, DOOR_CLOCK_SET), "");
    door_rig_end(&rig);
}

static void clock_that_may_have_been_set_is_recorded(void **state)
{
    (void)state;
    struct door_rig rig;
    begin(&rig);
    answer_clock(&rig, 0x99, 10, 0);
    assert_int_equal(shutdown(rig.controller, SHUT_WR), 0);
    assert_int_equal(set_clock(&rig), STATUS_IO);
    assert_string_equal(said(&rig, DOOR_CLOCK_SET), "its clock may have been set: before no time");
    door_rig_end(&rig);
}

static void clock_that_must_not_be_written_is_not_recorded(void **state)
{
    (void)state;
    const uint8_t refusal[] = {0x90, 2};
    struct door_rig rig;
    begin(&rig);
    answer_clock(&rig, 0x15, 10, 0);
    door_rig_answer(&rig, refusal, sizeof refusal);
    assert_int_equal(set_clock(&rig), STATUS_REFUSED);
    assert_string_equal(said(&rig, DOOR_CLOCK_SET), "");
    door_rig_end(&rig);
}

static void clock_that_takes_no_time_is_recorded_and_no_success(void **state)
{
    (void)state;
    static const char unchanged[] = "it was given the time and does not show it: before "
                                    "2026-11-22T08:10:00.000000000Z (-222.000 s), after "
                                    "2026-11-22T08:10:00.000000000Z (-222.000 s)";
    const uint8_t registers[] = {16, 0, 10, 0, 4};
    const uint8_t refusal[] = {0x85, 4};
    struct door_rig rig;
    begin(&rig);
    answer_clock(&rig, 0x16, 10, 0);
    answer_writes(&rig);
    answer_clock(&rig, 0x16, 10, 0);
    assert_int_equal(set_clock(&rig), STATUS_MISMATCH);
    assert_string_equal(said(&rig, DOOR_CLOCK_UNSYNCED), unchanged);
    door_rig_end(&rig);
    begin(&rig);
    answer_clock(&rig, 0x16, 10, 0);
    door_rig_answer(&rig, registers, sizeof registers);
    door_rig_answer(&rig, refusal, sizeof refusal);
    answer_clock(&rig, 0x16, 10, 0);
    assert_int_equal(set_clock(&rig), STATUS_REFUSED);
    assert_string_equal(said(&rig, DOOR_CLOCK_UNSYNCED), unchanged);
    door_rig_end(&rig);
    begin(&rig);
    answer_clock(&rig, 0x99, 10, 0);
    answer_writes(&rig);
    answer_clock(&rig, 0x99, 10, 0);
    assert_int_equal(set_clock(&rig), STATUS_MISMATCH);
    assert_string_equal(
        said(&rig, DOOR_CLOCK_UNSYNCED),
        "it was given the time and does not show it: before no time, after no time");
    door_rig_end(&rig);
}

/* What its times mean has changed, though not as it was meant to. */
static void clock_that_takes_another_time_was_set_and_is_not_right(void **state)
{
    (void)state;
    struct door_rig rig;
    begin(&rig);
    answer_clock(&rig, 0x16, 10, 0);
    answer_writes(&rig);
    answer_clock(&rig, 0x08, 13, 42);
    assert_int_equal(set_clock(&rig), STATUS_MISMATCH);
    assert_string_equal(said(&rig, DOOR_CLOCK_SET),
                        "it was given the time and does not show it: before "
                        "2026-11-22T08:10:00.000000000Z (-222.000 s), after "
                        "2026-11-22T00:13:42.000000000Z (-28800.000 s)");
    door_rig_end(&rig);
}

static void records_after_it_was_set_are_not_held_against_those_before(void **state)
{
    (void)state;
    struct message_entry entry = {.device_time_quality = DEVICE_TIME_GOOD,
                                  .device_utc_ns = NOW_NS + INT64_C(3) * 3600 * NS_PER_SECOND,
                                  .received_utc_ns = NOW_NS};
    struct reporter reporter = {.idle_ns = 1};
    struct door_rig rig;
    begin(&rig);
    assert_int_equal(reporter_look_at_clock(&reporter, &rig.watch, &entry, NULL), STATUS_OK);
    door_rig_keep(&rig, true);
    assert_int_equal(rig.count, 1);
    assert_int_equal(rig.said[0].event, DOOR_CLOCK_UNSYNCED);
    reporter_clock_was_set(&reporter);
    entry.device_utc_ns = NOW_NS;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(reporter_look_at_clock(&reporter, &rig.watch, &entry, NULL), STATUS_OK);
        reporter.idle_ns = 1;
    }
    door_rig_keep(&rig, true);
    assert_int_equal(rig.count, 1);
    door_rig_end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_clock_is_set_and_the_difference_is_recorded),
        cmocka_unit_test(clock_that_is_right_is_left_alone),
        cmocka_unit_test(clock_that_may_have_been_set_is_recorded),
        cmocka_unit_test(clock_that_must_not_be_written_is_not_recorded),
        cmocka_unit_test(clock_that_takes_no_time_is_recorded_and_no_success),
        cmocka_unit_test(clock_that_takes_another_time_was_set_and_is_not_right),
        cmocka_unit_test(records_after_it_was_set_are_not_held_against_those_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
