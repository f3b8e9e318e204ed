/* Setting a controller's clock: what is written to it, and what is said. Its answers lie ready on a
 * socket pair before it is asked; the keeper's end is a real channel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "door/device_clock.h"

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

struct rig {
    struct profile *profile;
    struct door_list doors;
    struct clock clock;
    struct bus *bus;
    struct link *link;
    struct channel *keeper;
    int controller;
    uint16_t transaction;
    struct watch watch;
};

static void stand_still(void *context, struct clock_reading *reading)
{
    (void)context;
    *reading = (struct clock_reading){
        .utc_ns = NOW_NS, .monotonic_ns = NS_PER_SECOND, .quality = CLOCK_SYNCED};
}

static void begin(struct rig *rig)
{
    const struct message_door_setup setup = {
        .transport = TRANSPORT_TCP, .address = "192.0.2.1", .unit = 1, .timeout_ms = 2000};
    struct yaml_mistakes mistakes = {0};
    int pair[2];
    *rig = (struct rig){.clock = {.read = stand_still}};
    assert_int_equal(profile_parse(bytes_of_text(profile_text), &rig->profile, &mistakes, NULL),
                     STATUS_OK);
    yaml_mistakes_release(&mistakes);
    assert_int_equal(bus_new(&setup, &rig->bus, NULL), STATUS_OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(bus_open_on(rig->bus, pair[0], NULL), STATUS_OK);
    rig->controller = pair[1];
    assert_int_equal(link_new(&rig->clock, &rig->link, NULL), STATUS_OK);
    assert_int_equal(channel_pair(pair, NULL), STATUS_OK);
    assert_int_equal(channel_new(pair[0], &rig->keeper, NULL), STATUS_OK);
    assert_int_equal(link_attach(rig->link, pair[1], NULL), STATUS_OK);
    const struct message_welcome welcome = {.protocol = MESSAGE_PROTOCOL};
    assert_int_equal(channel_send(rig->keeper, MESSAGE_WELCOME, &welcome, -1, NULL, NULL),
                     STATUS_OK);
    link_receive(rig->link);
    rig->watch = (struct watch){rig->profile, &rig->doors, &rig->clock, rig->bus, rig->link};
}

static void end(struct rig *rig)
{
    channel_free(rig->keeper);
    link_free(rig->link);
    bus_free(rig->bus);
    profile_free(rig->profile);
    file_close(&rig->controller);
}

/* A Modbus TCP frame for the next transaction (V1.1b3, 4.1). */
static void answer(struct rig *rig, const uint8_t *body, uint8_t size)
{
    uint8_t frame[64] = {0, (uint8_t)++rig->transaction, 0, 0, 0, (uint8_t)(size + 1), 1};
    memcpy(frame + 7, body, size);
    assert_int_equal(write(rig->controller, frame, 7u + size), 7 + size);
}

/* The clock as it stands in its registers, the last of which is no part of the time. */
static void answer_clock(struct rig *rig, uint8_t hour_bcd, uint8_t minute, uint8_t second)
{
    const uint8_t body[] = {3, 8, 26, 11, 22, hour_bcd, minute, second, 0x12, 0x34};
    answer(rig, body, sizeof body);
}

static void answer_writes(struct rig *rig)
{
    const uint8_t registers[] = {16, 0, 10, 0, 4};
    const uint8_t coil[] = {5, 0, 3, 0xff, 0};
    answer(rig, registers, sizeof registers);
    answer(rig, coil, sizeof coil);
}

/* The next request from its function code on. */
static void expect_request(struct rig *rig, const uint8_t *body, size_t size)
{
    uint8_t header[7];
    uint8_t asked[64] = {0};
    assert_int_equal(recv(rig->controller, header, sizeof header, MSG_DONTWAIT), sizeof header);
    assert_int_equal(header[5] - 1, size);
    assert_int_equal(recv(rig->controller, asked, size, MSG_DONTWAIT), size);
    assert_memory_equal(asked, body, size);
}

/* Of the only entry; "" if nothing was said. */
static void said(struct rig *rig, char detail[DETAIL_SIZE])
{
    enum message_type type = 0;
    uint32_t sequence = 0;
    union message_payload payload;
    int attached = -1;
    detail[0] = '\0';
    while (channel_receive(rig->keeper, &type, &sequence, &payload, &attached, NULL) == STATUS_OK) {
        if (type == MESSAGE_HELLO)
            continue;
        assert_int_equal(type, MESSAGE_ENTRY);
        assert_int_equal(payload.entry.event, DOOR_CLOCK_SET);
        assert_false(payload.entry.has_device_seq);
        assert_string_equal(detail, "");
        memcpy(detail, payload.entry.detail, DETAIL_SIZE);
    }
}

static void wrong_clock_is_set_and_the_difference_is_recorded(void **state)
{
    (void)state;
    const uint8_t ask[] = {3, 0, 10, 0, 4};
    const uint8_t set[] = {16, 0, 10, 0, 4, 8, 26, 11, 22, 0x16, 13, 42, 0x12, 0x34};
    const uint8_t commit[] = {5, 0, 3, 0xff, 0};
    char detail[DETAIL_SIZE];
    struct rig rig;
    begin(&rig);
    answer_clock(&rig, 0x16, 10, 0);
    answer_writes(&rig);
    answer_clock(&rig, 0x16, 13, 43);
    assert_int_equal(device_clock_set(&rig.watch, NULL), STATUS_OK);
    expect_request(&rig, ask, sizeof ask);
    expect_request(&rig, set, sizeof set);
    expect_request(&rig, commit, sizeof commit);
    expect_request(&rig, ask, sizeof ask);
    said(&rig, detail);
    assert_string_equal(detail,
                        "its clock was set: before 2026-11-22T08:10:00.000000000Z (-222.000 "
                        "s), after 2026-11-22T08:13:43.000000000Z (+1.000 s)");
    end(&rig);
}

static void clock_that_is_right_is_left_alone(void **state)
{
    (void)state;
    const uint8_t ask[] = {3, 0, 10, 0, 4};
    char detail[DETAIL_SIZE];
    uint8_t more = 0;
    struct rig rig;
    begin(&rig);
    answer_clock(&rig, 0x16, 13, 43);
    assert_int_equal(device_clock_set(&rig.watch, NULL), STATUS_OK);
    expect_request(&rig, ask, sizeof ask);
    assert_int_equal(recv(rig.controller, &more, 1, MSG_DONTWAIT), -1);
    said(&rig, detail);
    assert_string_equal(detail, "");
    end(&rig);
}

static void clock_that_may_have_been_set_is_recorded(void **state)
{
    (void)state;
    char detail[DETAIL_SIZE];
    struct rig rig;
    begin(&rig);
    answer_clock(&rig, 0x99, 10, 0);
    assert_int_equal(shutdown(rig.controller, SHUT_WR), 0);
    assert_int_equal(device_clock_set(&rig.watch, NULL), STATUS_IO);
    said(&rig, detail);
    assert_string_equal(detail, "its clock was set: before no time, after no time");
    end(&rig);
}

static void clock_that_must_not_be_written_is_not_recorded(void **state)
{
    (void)state;
    const uint8_t refusal[] = {0x90, 2};
    char detail[DETAIL_SIZE];
    struct rig rig;
    begin(&rig);
    answer_clock(&rig, 0x15, 10, 0);
    answer(&rig, refusal, sizeof refusal);
    assert_int_equal(device_clock_set(&rig.watch, NULL), STATUS_REFUSED);
    said(&rig, detail);
    assert_string_equal(detail, "");
    end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_clock_is_set_and_the_difference_is_recorded),
        cmocka_unit_test(clock_that_is_right_is_left_alone),
        cmocka_unit_test(clock_that_may_have_been_set_is_recorded),
        cmocka_unit_test(clock_that_must_not_be_written_is_not_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
