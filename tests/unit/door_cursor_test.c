/* What the cursor makes of one answer after another. The controller's answers lie ready on a
 * socket pair before it asks; the keeper's end is a real channel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "door/shape.h"

#define PROFILE                                                                                    \
    "profile: test\n"                                                                              \
    "model: test\n"                                                                                \
    "manual: none\n"                                                                               \
    "shape: cursor\n"                                                                              \
    "record:\n"                                                                                    \
    "  table: holding\n"                                                                           \
    "  address: 0\n"                                                                               \
    "  count: 4\n"                                                                                 \
    "  sequence: {at: 0, first: 1, last: 65535, none: 0}\n"                                        \
    "  code: {at: 1}\n"                                                                            \
    "  time: {seconds: {at: 3}, zone: utc}\n"
#define EVENTS    "events: [{code: 1, event: opened}]\n"
#define BEGINS    "  boot: {at: 2, kind: counter, numbers: begin_anew}\n"
#define CONFIRMED "acknowledge: [{table: coil, address: 7, value: 1}]\n"

struct rig {
    struct profile *profile;
    struct door_list doors;
    struct clock clock;
    int64_t seconds;
    struct bus *bus;
    struct link *link;
    struct channel *keeper;
    int controller;
    uint16_t transaction;
    struct watch watch;
    void *state;
    struct message_entry said[32];
    size_t count;
};

static void tick(void *context, struct clock_reading *reading)
{
    int64_t *seconds = context;
    *seconds += 1;
    *reading = (struct clock_reading){.utc_ns = *seconds * NS_PER_SECOND,
                                      .monotonic_ns = *seconds * NS_PER_SECOND};
}

/* Takes what the door said; answers entries only if told so. */
static void keep(struct rig *rig, bool answer)
{
    enum message_type type = 0;
    uint32_t sequence = 0;
    union message_payload payload;
    int attached = -1;
    while (channel_receive(rig->keeper, &type, &sequence, &payload, &attached, NULL) == STATUS_OK) {
        struct message_welcome welcome = {.protocol = MESSAGE_PROTOCOL};
        struct message_done done = {.reference = sequence};
        if (type == MESSAGE_HELLO) {
            assert_int_equal(channel_send(rig->keeper, MESSAGE_WELCOME, &welcome, -1, NULL, NULL),
                             STATUS_OK);
            continue;
        }
        assert_int_equal(type, MESSAGE_ENTRY);
        assert_true(rig->count < sizeof rig->said / sizeof rig->said[0]);
        rig->said[rig->count++] = payload.entry;
        if (answer)
            assert_int_equal(channel_send(rig->keeper, MESSAGE_DONE, &done, -1, NULL, NULL),
                             STATUS_OK);
    }
    link_receive(rig->link);
}

static void begin(struct rig *rig, const char *text)
{
    const struct message_door_setup setup = {
        .transport = TRANSPORT_TCP, .address = "192.0.2.1", .unit = 1, .timeout_ms = 2000};
    struct yaml_mistakes mistakes = {0};
    int pair[2];
    *rig = (struct rig){.clock = {.read = tick}};
    rig->clock.context = &rig->seconds;
    assert_int_equal(profile_parse(bytes_of_text(text), &rig->profile, &mistakes, NULL), STATUS_OK);
    yaml_mistakes_release(&mistakes);
    assert_int_equal(bus_new(&setup, &rig->bus, NULL), STATUS_OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(bus_open_on(rig->bus, pair[0], NULL), STATUS_OK);
    rig->controller = pair[1];
    assert_int_equal(link_new(&rig->clock, &rig->link, NULL), STATUS_OK);
    assert_int_equal(channel_pair(pair, NULL), STATUS_OK);
    assert_int_equal(channel_new(pair[0], &rig->keeper, NULL), STATUS_OK);
    assert_int_equal(link_attach(rig->link, pair[1], NULL), STATUS_OK);
    rig->watch = (struct watch){rig->profile, &rig->doors, &rig->clock, rig->bus, rig->link};
    rig->state = calloc(1, shape_cursor.state_size);
    assert_non_null(rig->state);
    shape_cursor.resumed(rig->state);
    keep(rig, true);
}

static void end(struct rig *rig)
{
    free(rig->state);
    channel_free(rig->keeper);
    link_free(rig->link);
    bus_free(rig->bus);
    profile_free(rig->profile);
    file_close(&rig->controller);
}

/* A Modbus TCP frame for the next transaction (V1.1b3, 4.1). */
static void answer(struct rig *rig, const uint8_t *body, uint8_t size)
{
    rig->transaction++;
    uint8_t frame[64] = {(uint8_t)(rig->transaction >> 8),
                         (uint8_t)rig->transaction,
                         0,
                         0,
                         0,
                         (uint8_t)(size + 1),
                         1};
    for (uint8_t at = 0; at < size; at++)
        frame[7 + at] = body[at];
    assert_int_equal(write(rig->controller, frame, 7u + size), 7 + size);
}

/* One step, whose reading is this record. */
static bool step_with(struct rig *rig, uint8_t number, uint8_t boot, uint8_t second)
{
    const uint8_t body[] = {3, 8, 0, number, 0, 1, 0, boot, 0, second};
    bool more = false;
    assert_true(shape_cursor.is_ready(&rig->watch));
    answer(rig, body, sizeof body);
    assert_int_equal(shape_cursor.step(rig->state, &rig->watch, &more, NULL), STATUS_OK);
    keep(rig, true);
    return more;
}

static void expect(const struct rig *rig, size_t place, enum door_event event, uint64_t epoch,
                   uint64_t number)
{
    assert_true(place < rig->count);
    assert_int_equal(rig->said[place].event, event);
    assert_int_equal(rig->said[place].boot_epoch, epoch);
    assert_int_equal(rig->said[place].device_seq, number);
}

static void an_old_record_is_not_believed_once(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, PROFILE EVENTS);
    (void)step_with(&rig, 5, 0, 50);
    assert_true(step_with(&rig, 4, 0, 40)); /* an answer that comes late: read on at once */
    (void)step_with(&rig, 6, 0, 60);
    assert_int_equal(rig.count, 2);
    expect(&rig, 0, DOOR_OPENED, 0, 5);
    expect(&rig, 1, DOOR_OPENED, 0, 6);
    end(&rig);
}

static void numbers_that_stay_behind_have_begun_anew(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, PROFILE EVENTS);
    (void)step_with(&rig, 5, 0, 50);
    (void)step_with(&rig, 1, 0, 60);
    assert_int_equal(rig.count, 1);
    (void)step_with(&rig, 1, 0, 60);
    assert_int_equal(rig.count, 4);
    expect(&rig, 1, DOOR_LOSS_UNKNOWN, 0, 0);
    expect(&rig, 2, DOOR_SOURCE_REBOOTED, 1, 0);
    expect(&rig, 3, DOOR_OPENED, 1, 1);
    end(&rig);
}

static void an_older_record_that_stays_is_no_restart(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, PROFILE EVENTS);
    (void)step_with(&rig, 5, 0, 50);
    (void)step_with(&rig, 4, 0, 40);
    (void)step_with(&rig, 4, 0, 40); /* somebody has moved the cursor back */
    assert_int_equal(rig.count, 2);
    expect(&rig, 1, DOOR_OPENED, 0, 4);
    (void)step_with(&rig, 6, 0, 60);
    expect(&rig, 2, DOOR_OPENED, 0, 6);
    end(&rig);
}

static void an_old_boot_count_is_not_believed_once(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, PROFILE BEGINS EVENTS);
    (void)step_with(&rig, 1, 3, 50);
    assert_true(step_with(&rig, 9, 2, 40));
    (void)step_with(&rig, 2, 3, 60);
    assert_int_equal(rig.count, 2);
    expect(&rig, 0, DOOR_OPENED, 3, 1);
    expect(&rig, 1, DOOR_OPENED, 3, 2);
    end(&rig);
}

static void a_boot_count_that_stays_is_a_restart(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, PROFILE BEGINS EVENTS);
    (void)step_with(&rig, 7, 3, 50);
    (void)step_with(&rig, 2, 4, 60);
    (void)step_with(&rig, 2, 4, 60);
    assert_int_equal(rig.count, 5);
    expect(&rig, 1, DOOR_LOSS_UNKNOWN, 3, 0);
    expect(&rig, 2, DOOR_SOURCE_REBOOTED, 4, 0);
    expect(&rig, 3, DOOR_RECORDS_LOST, 4, 1);
    assert_int_equal(rig.said[3].lost_from, 1);
    assert_int_equal(rig.said[3].lost_to, 1);
    expect(&rig, 4, DOOR_OPENED, 4, 2);
    end(&rig);
}

static void an_empty_window_is_no_entry(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, PROFILE EVENTS);
    (void)step_with(&rig, 0, 0, 0);
    assert_int_equal(rig.count, 0);
    end(&rig);
}

static void acknowledgement_waits_for_the_keeper(void **state)
{
    (void)state;
    struct rig rig;
    const uint8_t record[] = {3, 8, 0, 5, 0, 1, 0, 0, 0, 50};
    const uint8_t written[] = {5, 0, 7, 0xff, 0};
    uint8_t asked[64];
    bool more = false;
    begin(&rig, PROFILE EVENTS CONFIRMED);
    answer(&rig, record, sizeof record);
    assert_int_equal(shape_cursor.step(rig.state, &rig.watch, &more, NULL), STATUS_OK);
    assert_true(more);
    assert_int_equal(read(rig.controller, asked, sizeof asked), 12);
    keep(&rig, false);
    assert_false(shape_cursor.is_ready(&rig.watch)); /* not durable: nothing is asked or written */
    struct message_done done = {.reference = 2};
    assert_int_equal(channel_send(rig.keeper, MESSAGE_DONE, &done, -1, NULL, NULL), STATUS_OK);
    keep(&rig, true);
    assert_true(shape_cursor.is_ready(&rig.watch));
    answer(&rig, written, sizeof written);
    answer(&rig, record, sizeof record);
    assert_int_equal(shape_cursor.step(rig.state, &rig.watch, &more, NULL), STATUS_OK);
    assert_int_equal(read(rig.controller, asked, 12), 12);
    assert_int_equal(asked[7], 5); /* write single coil */
    assert_int_equal(asked[9], 7);
    end(&rig);
}

static void an_exception_leaves_the_connection_open(void **state)
{
    (void)state;
    struct rig rig;
    const uint8_t busy[] = {0x83, 6};
    bool more = false;
    struct error error = {0};
    begin(&rig, PROFILE EVENTS);
    answer(&rig, busy, sizeof busy);
    assert_int_equal(shape_cursor.step(rig.state, &rig.watch, &more, &error), STATUS_REFUSED);
    assert_true(bus_is_open(rig.bus));
    (void)step_with(&rig, 5, 0, 50);
    assert_int_equal(rig.count, 1);
    end(&rig);
}

static void an_answer_to_another_question_closes_the_connection(void **state)
{
    (void)state;
    struct rig rig;
    const uint8_t other[] = {3, 6, 0, 5, 0, 1, 0, 0};
    bool more = false;
    begin(&rig, PROFILE EVENTS);
    answer(&rig, other, sizeof other);
    assert_int_equal(shape_cursor.step(rig.state, &rig.watch, &more, NULL), STATUS_INVALID);
    assert_false(bus_is_open(rig.bus));
    assert_int_equal(rig.count, 0);
    end(&rig);
}

/* Registers in answer to function 3. */
static void answer_words(struct rig *rig, const uint16_t *words, uint8_t count)
{
    uint8_t body[32] = {3, (uint8_t)(2 * count)};
    for (uint8_t at = 0; at < count; at++) {
        body[2 + 2 * at] = (uint8_t)(words[at] >> 8);
        body[3 + 2 * at] = (uint8_t)words[at];
    }
    answer(rig, body, (uint8_t)(2 + 2 * count));
}

#define ASKED                                                                                      \
    "profile: test\n"                                                                              \
    "model: test\n"                                                                                \
    "manual: none\n"                                                                               \
    "shape: cursor\n"                                                                              \
    "capacity: 5\n"                                                                                \
    "status: {table: holding, address: 50, count: 1, newest: {at: 0}, stored: {at: 0}}\n"          \
    "select: [{table: holding, address: 60, number: yes}]\n"                                       \
    "events: [{code: 1, event: opened}]\n"
#define BY_PLACE                                                                                   \
    "record: {table: holding, address: 61, count: 2, sequence: {first: 1, last: 60000},\n"         \
    "  code: {at: 1}}\n"
#define BY_NUMBER                                                                                  \
    "record: {table: holding, address: 61, count: 2, sequence: {at: 0, first: 1, last: 60000},\n"  \
    "  code: {at: 1}}\n"

/* One step of a controller whose newest record is `newest`, which shows `shown` when it is asked
 * for `asked`, `times` over; 0: it is not asked. */
static bool step_asking(struct rig *rig, uint16_t newest, uint16_t asked, uint16_t shown,
                        unsigned times)
{
    const uint16_t record[] = {shown, 1};
    const uint8_t written[] = {6, 0, 60, (uint8_t)(asked >> 8), (uint8_t)asked};
    uint8_t sent[256];
    bool more = false;
    assert_true(shape_cursor.is_ready(&rig->watch));
    answer_words(rig, &newest, 1);
    if (asked != 0)
        answer(rig, written, sizeof written);
    for (unsigned at = 0; asked != 0 && at < times; at++)
        answer_words(rig, record, 2);
    assert_int_equal(shape_cursor.step(rig->state, &rig->watch, &more, NULL), STATUS_OK);
    /* Every answer was asked for, and the number in the second question is the one wanted. */
    assert_int_equal(read(rig->controller, sent, sizeof sent),
                     asked != 0 ? 12 * (2 + (int)times) : 12);
    if (asked != 0)
        assert_int_equal(sent[12 + 10] << 8 | sent[12 + 11], asked);
    keep(rig, true);
    return more;
}

static void records_asked_by_their_place_are_counted_here(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, ASKED BY_PLACE "when_full: stops\n");
    assert_true(step_asking(&rig, 2, 1, 7, 2)); /* the first answer may be a late one */
    assert_true(step_asking(&rig, 2, 2, 7, 1));
    assert_false(step_asking(&rig, 2, 0, 0, 0));
    assert_int_equal(rig.count, 2);
    expect(&rig, 0, DOOR_OPENED, 0, 1);
    expect(&rig, 1, DOOR_OPENED, 0, 2);
    end(&rig);
}

static void log_that_was_cleared_begins_anew(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, ASKED BY_PLACE "when_full: stops\n");
    (void)step_asking(&rig, 1, 1, 7, 2);
    assert_true(step_asking(&rig, 0, 0, 0, 0)); /* must agree */
    assert_int_equal(rig.count, 1);
    (void)step_asking(&rig, 0, 0, 0, 0);
    assert_int_equal(rig.count, 3);
    expect(&rig, 1, DOOR_LOSS_UNKNOWN, 0, 0);
    expect(&rig, 2, DOOR_SOURCE_REBOOTED, 1, 0);
    (void)step_asking(&rig, 1, 1, 7, 1);
    expect(&rig, 3, DOOR_OPENED, 1, 1);
    end(&rig);
}

static void full_log_that_stops_is_told_once(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, ASKED BY_PLACE "when_full: stops\n");
    (void)step_asking(&rig, 4, 1, 7, 2);
    expect(&rig, 0, DOOR_LOG_NEARLY_FULL, 0, 0);
    (void)step_asking(&rig, 5, 2, 7, 1);
    expect(&rig, 2, DOOR_LOSS_UNKNOWN, 0, 0);
    (void)step_asking(&rig, 5, 3, 7, 1);
    assert_int_equal(rig.count, 5);
    expect(&rig, 4, DOOR_OPENED, 0, 3);
    end(&rig);
}

static void overwritten_records_are_lost_by_number(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, ASKED BY_NUMBER "when_full: overwrites\n");
    (void)step_asking(&rig, 3, 1, 1, 1);
    (void)step_asking(&rig, 20, 16, 16, 1);
    assert_int_equal(rig.count, 4);
    expect(&rig, 1, DOOR_LOG_NEARLY_FULL, 0, 0);
    expect(&rig, 2, DOOR_RECORDS_LOST, 0, 15);
    assert_int_equal(rig.said[2].lost_from, 2);
    expect(&rig, 3, DOOR_OPENED, 0, 16);
    end(&rig);
}

static void another_record_than_asked_is_not_believed_once(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, ASKED BY_NUMBER "when_full: overwrites\n");
    (void)step_asking(&rig, 3, 1, 1, 1);
    assert_true(step_asking(&rig, 3, 2, 1, 1)); /* a late answer to the question before */
    assert_int_equal(rig.count, 1);
    (void)step_asking(&rig, 3, 2, 2, 1);
    expect(&rig, 1, DOOR_OPENED, 0, 2);
    end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_record_is_not_believed_once),
        cmocka_unit_test(numbers_that_stay_behind_have_begun_anew),
        cmocka_unit_test(an_older_record_that_stays_is_no_restart),
        cmocka_unit_test(an_old_boot_count_is_not_believed_once),
        cmocka_unit_test(a_boot_count_that_stays_is_a_restart),
        cmocka_unit_test(an_empty_window_is_no_entry),
        cmocka_unit_test(acknowledgement_waits_for_the_keeper),
        cmocka_unit_test(records_asked_by_their_place_are_counted_here),
        cmocka_unit_test(log_that_was_cleared_begins_anew),
        cmocka_unit_test(full_log_that_stops_is_told_once),
        cmocka_unit_test(overwritten_records_are_lost_by_number),
        cmocka_unit_test(another_record_than_asked_is_not_believed_once),
        cmocka_unit_test(an_exception_leaves_the_connection_open),
        cmocka_unit_test(an_answer_to_another_question_closes_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
