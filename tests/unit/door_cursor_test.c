/* What the cursor makes of one answer after another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/door_rig.h"

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

struct run {
    struct door_rig rig;
    int64_t seconds;
    void *state;
};

static void tick(void *context, struct clock_reading *reading)
{
    int64_t *seconds = context;
    *seconds += 1;
    *reading = (struct clock_reading){.utc_ns = *seconds * NS_PER_SECOND,
                                      .monotonic_ns = *seconds * NS_PER_SECOND};
}

static void begin(struct run *run, const char *text)
{
    *run = (struct run){0};
    door_rig_begin(&run->rig, text, (struct clock){.read = tick, .context = &run->seconds});
    run->state = calloc(1, shape_cursor.state_size);
    assert_non_null(run->state);
    shape_cursor.resumed(run->state);
}

static void end(struct run *run)
{
    free(run->state);
    door_rig_end(&run->rig);
}

/* One step, whose reading is this record. */
static bool step_with(struct run *run, uint8_t number, uint8_t boot, uint8_t second)
{
    const uint8_t body[] = {3, 8, 0, number, 0, 1, 0, boot, 0, second};
    bool more = false;
    assert_true(shape_cursor.is_ready(&run->rig.watch));
    door_rig_answer(&run->rig, body, sizeof body);
    assert_int_equal(shape_cursor.step(run->state, &run->rig.watch, &more, NULL), STATUS_OK);
    door_rig_keep(&run->rig, true);
    return more;
}

/* One step that only takes in what the keeper answered. */
static void settle(struct run *run)
{
    bool more = false;
    assert_true(shape_cursor.is_ready(&run->rig.watch));
    assert_int_equal(shape_cursor.step(run->state, &run->rig.watch, &more, NULL), STATUS_OK);
    assert_true(more);
    door_rig_keep(&run->rig, true);
}

static void expect(const struct run *run, size_t place, enum door_event event, uint64_t epoch,
                   uint64_t number)
{
    assert_true(place < run->rig.count);
    assert_int_equal(run->rig.said[place].event, event);
    assert_int_equal(run->rig.said[place].boot_epoch, epoch);
    assert_int_equal(run->rig.said[place].device_seq, number);
}

static void an_old_record_is_not_believed_once(void **state)
{
    (void)state;
    struct run run;
    begin(&run, PROFILE EVENTS);
    (void)step_with(&run, 5, 0, 50);
    assert_true(step_with(&run, 4, 0, 40)); /* an answer that comes late: read on at once */
    (void)step_with(&run, 6, 0, 60);
    assert_int_equal(run.rig.count, 2);
    expect(&run, 0, DOOR_OPENED, 0, 5);
    expect(&run, 1, DOOR_OPENED, 0, 6);
    end(&run);
}

static void numbers_that_stay_behind_have_begun_anew(void **state)
{
    (void)state;
    struct run run;
    begin(&run, PROFILE EVENTS);
    (void)step_with(&run, 5, 0, 50);
    (void)step_with(&run, 1, 0, 60);
    assert_int_equal(run.rig.count, 1);
    (void)step_with(&run, 1, 0, 60);
    settle(&run);
    assert_int_equal(run.rig.count, 4);
    expect(&run, 1, DOOR_LOSS_UNKNOWN, 0, 0);
    expect(&run, 2, DOOR_SOURCE_REBOOTED, 1, 0);
    expect(&run, 3, DOOR_OPENED, 1, 1);
    end(&run);
}

/* A controller without battery: its log, its numbers and its clock begin anew. */
static void numbers_that_began_anew_with_an_older_clock_are_recorded(void **state)
{
    (void)state;
    struct run run;
    begin(&run, PROFILE EVENTS);
    (void)step_with(&run, 1, 0, 50);
    (void)step_with(&run, 2, 0, 51);
    (void)step_with(&run, 1, 0, 10);
    (void)step_with(&run, 1, 0, 10);
    settle(&run);
    (void)step_with(&run, 2, 0, 11);
    assert_int_equal(run.rig.count, 6);
    expect(&run, 2, DOOR_LOSS_UNKNOWN, 0, 0);
    expect(&run, 3, DOOR_SOURCE_REBOOTED, 1, 0);
    expect(&run, 4, DOOR_OPENED, 1, 1);
    expect(&run, 5, DOOR_OPENED, 1, 2);
    end(&run);
}

static void another_record_with_the_number_of_the_last_is_recorded(void **state)
{
    (void)state;
    struct run run;
    begin(&run, PROFILE EVENTS);
    (void)step_with(&run, 1, 0, 50);
    (void)step_with(&run, 1, 0, 50);
    assert_int_equal(run.rig.count, 1);
    (void)step_with(&run, 1, 0, 40);
    (void)step_with(&run, 1, 0, 40);
    settle(&run);
    (void)step_with(&run, 1, 0, 40);
    (void)step_with(&run, 2, 0, 41);
    assert_int_equal(run.rig.count, 5);
    expect(&run, 1, DOOR_LOSS_UNKNOWN, 0, 0);
    expect(&run, 3, DOOR_OPENED, 1, 1);
    expect(&run, 4, DOOR_OPENED, 1, 2);
    end(&run);
}

static void an_older_record_that_stays_is_no_restart(void **state)
{
    (void)state;
    struct run run;
    begin(&run, PROFILE EVENTS);
    (void)step_with(&run, 4, 0, 40);
    (void)step_with(&run, 5, 0, 50);
    (void)step_with(&run, 4, 0, 40);
    (void)step_with(&run, 4, 0, 40); /* somebody has moved the cursor back */
    assert_int_equal(run.rig.repeated, 1);
    assert_int_equal(run.rig.count, 2);
    (void)step_with(&run, 6, 0, 60);
    assert_int_equal(run.rig.count, 3);
    expect(&run, 2, DOOR_OPENED, 0, 6);
    end(&run);
}

/* The controller writes its number in two halves, or before it is done with the last. */
static void a_jump_that_is_seen_once_is_no_loss(void **state)
{
    (void)state;
    struct run run;
    begin(&run, PROFILE EVENTS);
    (void)step_with(&run, 5, 0, 50);
    assert_true(step_with(&run, 90, 0, 60)); /* read on at once */
    (void)step_with(&run, 6, 0, 60);
    (void)step_with(&run, 91, 0, 60);
    (void)step_with(&run, 70, 0, 60);
    (void)step_with(&run, 7, 0, 70);
    assert_int_equal(run.rig.count, 3);
    expect(&run, 1, DOOR_OPENED, 0, 6);
    expect(&run, 2, DOOR_OPENED, 0, 7);
    end(&run);
}

static void a_jump_that_stays_is_a_loss_and_what_was_read_is_recorded(void **state)
{
    (void)state;
    struct run run;
    begin(&run, PROFILE EVENTS);
    (void)step_with(&run, 5, 0, 50);
    (void)step_with(&run, 8, 0, 60);
    assert_int_equal(run.rig.count, 1);
    (void)step_with(&run, 8, 0, 60);
    assert_int_equal(run.rig.count, 3);
    expect(&run, 1, DOOR_RECORDS_LOST, 0, 7);
    expect(&run, 2, DOOR_OPENED, 0, 8);
    (void)step_with(&run, 10, 0, 70);
    assert_true(step_with(&run, 11, 0, 80)); /* it went on meanwhile */
    assert_int_equal(run.rig.count, 5);
    expect(&run, 3, DOOR_RECORDS_LOST, 0, 9);
    expect(&run, 4, DOOR_OPENED, 0, 10);
    (void)step_with(&run, 11, 0, 80);
    expect(&run, 5, DOOR_OPENED, 0, 11);
    end(&run);
}

static void an_old_boot_count_is_not_believed_once(void **state)
{
    (void)state;
    struct run run;
    begin(&run, PROFILE BEGINS EVENTS);
    (void)step_with(&run, 1, 3, 50);
    assert_true(step_with(&run, 9, 2, 40));
    (void)step_with(&run, 2, 3, 60);
    assert_int_equal(run.rig.count, 2);
    expect(&run, 0, DOOR_OPENED, 3, 1);
    expect(&run, 1, DOOR_OPENED, 3, 2);
    end(&run);
}

static void a_boot_count_that_stays_is_a_restart(void **state)
{
    (void)state;
    struct run run;
    begin(&run, PROFILE BEGINS EVENTS);
    (void)step_with(&run, 7, 3, 50);
    (void)step_with(&run, 2, 4, 60);
    (void)step_with(&run, 2, 4, 60);
    assert_int_equal(run.rig.count, 3);
    (void)step_with(&run, 2, 4, 60); /* a jump from the beginning must be so twice, too */
    assert_int_equal(run.rig.count, 5);
    expect(&run, 1, DOOR_LOSS_UNKNOWN, 3, 0);
    expect(&run, 2, DOOR_SOURCE_REBOOTED, 4, 0);
    expect(&run, 3, DOOR_RECORDS_LOST, 4, 1);
    assert_int_equal(run.rig.said[3].lost_from, 1);
    assert_int_equal(run.rig.said[3].lost_to, 1);
    expect(&run, 4, DOOR_OPENED, 4, 2);
    end(&run);
}

static void an_empty_window_is_no_entry(void **state)
{
    (void)state;
    struct run run;
    begin(&run, PROFILE EVENTS);
    (void)step_with(&run, 0, 0, 0);
    assert_int_equal(run.rig.count, 0);
    end(&run);
}

static void acknowledgement_waits_for_the_keeper(void **state)
{
    (void)state;
    struct run run;
    const uint8_t record[] = {3, 8, 0, 5, 0, 1, 0, 0, 0, 50};
    const uint8_t written[] = {5, 0, 7, 0xff, 0};
    uint8_t asked[64];
    bool more = false;
    begin(&run, PROFILE EVENTS CONFIRMED);
    door_rig_answer(&run.rig, record, sizeof record);
    assert_int_equal(shape_cursor.step(run.state, &run.rig.watch, &more, NULL), STATUS_OK);
    assert_true(more);
    assert_int_equal(read(run.rig.controller, asked, sizeof asked), 12);
    door_rig_keep(&run.rig, false);
    assert_false(
        shape_cursor.is_ready(&run.rig.watch)); /* not durable: nothing is asked or written */
    struct message_done done = {.reference = 2};
    assert_int_equal(channel_send(run.rig.keeper, MESSAGE_DONE, &done, -1, NULL, NULL), STATUS_OK);
    door_rig_keep(&run.rig, true);
    assert_true(shape_cursor.is_ready(&run.rig.watch));
    door_rig_answer(&run.rig, written, sizeof written);
    door_rig_answer(&run.rig, record, sizeof record);
    assert_int_equal(shape_cursor.step(run.state, &run.rig.watch, &more, NULL), STATUS_OK);
    assert_int_equal(read(run.rig.controller, asked, 12), 12);
    assert_int_equal(asked[7], 5); /* write single coil */
    assert_int_equal(asked[9], 7);
    end(&run);
}

/* A controller that answers its first question by this exception. */
static void begin_with_exception(struct run *run, uint8_t exception, struct error *error)
{
    const uint8_t body[] = {0x83, exception};
    bool more = false;
    begin(run, PROFILE EVENTS);
    door_rig_answer(&run->rig, body, sizeof body);
    assert_int_equal(shape_cursor.step(run->state, &run->rig.watch, &more, error), STATUS_REFUSED);
}

static void an_exception_leaves_the_connection_open(void **state)
{
    (void)state;
    struct run run;
    begin_with_exception(&run, 6, NULL);
    assert_true(bus_is_open(run.rig.bus));
    (void)step_with(&run, 5, 0, 50);
    assert_int_equal(run.rig.count, 1);
    end(&run);
}

/* libmodbus has no words for one that the standard leaves out. */
static void an_exception_without_a_name_is_told_by_its_number(void **state)
{
    (void)state;
    struct run run;
    struct error error = {0};
    begin_with_exception(&run, 9, &error);
    assert_non_null(strstr(error.text, " answered exception 9 when reading "));
    end(&run);
}

static void an_answer_to_another_question_closes_the_connection(void **state)
{
    (void)state;
    struct run run;
    const uint8_t other[] = {3, 6, 0, 5, 0, 1, 0, 0};
    bool more = false;
    begin(&run, PROFILE EVENTS);
    door_rig_answer(&run.rig, other, sizeof other);
    assert_int_equal(shape_cursor.step(run.state, &run.rig.watch, &more, NULL), STATUS_INVALID);
    assert_false(bus_is_open(run.rig.bus));
    assert_int_equal(run.rig.count, 0);
    end(&run);
}

/* Registers in answer to function 3. */
static void answer_words(struct run *run, const uint16_t *words, uint8_t count)
{
    uint8_t body[32] = {3, (uint8_t)(2 * count)};
    for (uint8_t at = 0; at < count; at++) {
        body[2 + 2 * at] = (uint8_t)(words[at] >> 8);
        body[3 + 2 * at] = (uint8_t)words[at];
    }
    door_rig_answer(&run->rig, body, (uint8_t)(2 + 2 * count));
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
 * for `asked`; 0: it is not asked. */
static bool step_asking(struct run *run, uint16_t newest, uint16_t asked, uint16_t shown)
{
    const uint16_t record[] = {shown, 1};
    const uint8_t written[] = {6, 0, 60, (uint8_t)(asked >> 8), (uint8_t)asked};
    uint8_t sent[256];
    bool more = false;
    assert_true(shape_cursor.is_ready(&run->rig.watch));
    answer_words(run, &newest, 1);
    if (asked != 0) {
        door_rig_answer(&run->rig, written, sizeof written);
        answer_words(run, record, 2);
    }
    assert_int_equal(shape_cursor.step(run->state, &run->rig.watch, &more, NULL), STATUS_OK);
    /* Every answer was asked for, and the number in the second question is the one wanted. */
    assert_int_equal(read(run->rig.controller, sent, sizeof sent), asked != 0 ? 12 * 3 : 12);
    if (asked != 0)
        assert_int_equal(sent[12 + 10] << 8 | sent[12 + 11], asked);
    door_rig_keep(&run->rig, true);
    return more;
}

static void records_asked_by_their_place_are_counted_here(void **state)
{
    (void)state;
    struct run run;
    begin(&run, ASKED BY_PLACE "when_full: stops\n");
    assert_true(step_asking(&run, 2, 1, 7));
    assert_true(step_asking(&run, 2, 2, 7));
    assert_false(step_asking(&run, 2, 0, 0));
    assert_int_equal(run.rig.count, 2);
    expect(&run, 0, DOOR_OPENED, 0, 1);
    expect(&run, 1, DOOR_OPENED, 0, 2);
    end(&run);
}

static void log_that_was_cleared_begins_anew(void **state)
{
    (void)state;
    struct run run;
    begin(&run, ASKED BY_PLACE "when_full: stops\n");
    (void)step_asking(&run, 1, 1, 7);
    assert_true(step_asking(&run, 0, 0, 0)); /* must agree */
    assert_int_equal(run.rig.count, 1);
    (void)step_asking(&run, 0, 0, 0);
    assert_int_equal(run.rig.count, 3);
    expect(&run, 1, DOOR_LOSS_UNKNOWN, 0, 0);
    expect(&run, 2, DOOR_SOURCE_REBOOTED, 1, 0);
    (void)step_asking(&run, 1, 1, 7);
    expect(&run, 3, DOOR_OPENED, 1, 1);
    end(&run);
}

static void full_log_that_stops_is_told_once(void **state)
{
    (void)state;
    struct run run;
    begin(&run, ASKED BY_PLACE "when_full: stops\n");
    (void)step_asking(&run, 4, 1, 7);
    expect(&run, 0, DOOR_LOG_NEARLY_FULL, 0, 0);
    (void)step_asking(&run, 5, 2, 7);
    expect(&run, 2, DOOR_LOSS_UNKNOWN, 0, 0);
    (void)step_asking(&run, 5, 3, 7);
    assert_int_equal(run.rig.count, 5);
    expect(&run, 4, DOOR_OPENED, 0, 3);
    end(&run);
}

static void overwritten_records_are_lost_by_number(void **state)
{
    (void)state;
    struct run run;
    begin(&run, ASKED BY_NUMBER "when_full: overwrites\n");
    (void)step_asking(&run, 3, 1, 1);
    assert_true(step_asking(&run, 20, 0, 0)); /* must agree */
    assert_int_equal(run.rig.count, 1);
    (void)step_asking(&run, 20, 16, 16);
    assert_int_equal(run.rig.count, 4);
    expect(&run, 1, DOOR_LOG_NEARLY_FULL, 0, 0);
    expect(&run, 2, DOOR_RECORDS_LOST, 0, 15);
    assert_int_equal(run.rig.said[2].lost_from, 2);
    expect(&run, 3, DOOR_OPENED, 0, 16);
    end(&run);
}

static void a_log_that_seems_overwritten_once_lost_nothing(void **state)
{
    (void)state;
    struct run run;
    begin(&run, ASKED BY_NUMBER "when_full: overwrites\n");
    (void)step_asking(&run, 3, 1, 1);
    assert_true(step_asking(&run, 20, 0, 0));
    (void)step_asking(&run, 4, 2, 2);
    (void)step_asking(&run, 4, 3, 3);
    assert_int_equal(run.rig.count, 3);
    expect(&run, 2, DOOR_OPENED, 0, 3);
    end(&run);
}

static void another_record_than_asked_is_not_believed_once(void **state)
{
    (void)state;
    struct run run;
    begin(&run, ASKED BY_NUMBER "when_full: overwrites\n");
    (void)step_asking(&run, 3, 1, 1);
    assert_true(step_asking(&run, 3, 2, 1)); /* a late answer to the question before */
    assert_int_equal(run.rig.count, 1);
    (void)step_asking(&run, 3, 2, 2);
    expect(&run, 1, DOOR_OPENED, 0, 2);
    end(&run);
}

#define SELECTED                                                                                   \
    "profile: test\n"                                                                              \
    "model: test\n"                                                                                \
    "manual: none\n"                                                                               \
    "shape: cursor\n"                                                                              \
    "select: [{table: holding, address: 60, value: 1}]\n"                                          \
    "record:\n"                                                                                    \
    "  table: holding\n"                                                                           \
    "  address: 0\n"                                                                               \
    "  count: 4\n"                                                                                 \
    "  sequence: {at: 0, first: 1, last: 65535, none: 0}\n"                                        \
    "  code: {at: 1}\n"                                                                            \
    "  unread: {at: 2}\n"                                                                          \
    "  time: {seconds: {at: 3}, zone: utc}\n"

/* One step: this record stands in the window, behind which `unread` wait, and is of this
 * second. */
static void read_window(struct run *run, bool selects, uint16_t number, uint16_t unread,
                        int64_t second)
{
    const uint8_t written[] = {6, 0, 60, 0, 1};
    const uint16_t record[] = {number, 1, unread, (uint16_t)second};
    bool more = false;
    if (selects)
        door_rig_answer(&run->rig, written, sizeof written);
    answer_words(run, record, 4);
    assert_int_equal(shape_cursor.step(run->state, &run->rig.watch, &more, NULL), STATUS_OK);
    door_rig_keep(&run->rig, true);
}

/* Its answer was lost, or was none: the record behind it may stand there already. */
static void an_acknowledgement_that_may_have_been_done_is_not_done_again_unseen(void **state)
{
    (void)state;
    const uint8_t written[] = {5, 0, 7, 0xff, 0};
    const uint8_t unheard[] = {0x85, 11};
    struct run run;
    bool more = false;
    begin(&run, PROFILE CONFIRMED EVENTS);
    (void)step_with(&run, 1, 0, 10);
    door_rig_connect(&run.rig);
    shape_cursor.resumed(run.state);
    (void)step_with(&run, 2, 0, 20);
    door_rig_answer(&run.rig, unheard, sizeof unheard);
    assert_int_equal(shape_cursor.step(run.state, &run.rig.watch, &more, NULL), STATUS_INVALID);
    (void)step_with(&run, 2, 0, 20);
    door_rig_answer(&run.rig, written, sizeof written);
    (void)step_with(&run, 3, 0, 30);
    assert_int_equal(run.rig.count, 3);
    for (size_t at = 0; at < run.rig.count; at++)
        expect(&run, at, DOOR_OPENED, 0, at + 1);
    end(&run);
}

/* Three records, each as it happens; returns when the last one did. */
static int64_t begin_selecting(struct run *run)
{
    begin(run, SELECTED EVENTS);
    run->seconds = 1000;
    read_window(run, false, 1, 0, run->seconds);
    read_window(run, true, 2, 0, run->seconds);
    int64_t last = run->seconds;
    read_window(run, true, 3, 0, last);
    return last;
}

static void what_waited_through_an_outage_says_nothing_of_the_clock(void **state)
{
    (void)state;
    struct run run;
    int64_t last = begin_selecting(&run);
    run.seconds += 75;
    shape_cursor.resumed(run.state);
    read_window(&run, false, 3, 0, last);
    read_window(&run, false, 3, 0, last);
    read_window(&run, true, 4, 1, last + 1);
    read_window(&run, true, 5, 0, last + 3);
    read_window(&run, true, 6, 0, run.seconds);
    assert_int_equal(run.rig.count, 6);
    for (size_t at = 0; at < run.rig.count; at++)
        expect(&run, at, DOOR_OPENED, 0, at + 1);
    end(&run);
}

static void what_waited_while_it_was_busy_says_nothing_of_the_clock(void **state)
{
    (void)state;
    struct run run;
    const uint8_t busy[] = {0x86, 6};
    bool more = false;
    int64_t last = begin_selecting(&run);
    door_rig_answer(&run.rig, busy, sizeof busy);
    assert_int_equal(shape_cursor.step(run.state, &run.rig.watch, &more, NULL), STATUS_REFUSED);
    run.seconds += 75;
    read_window(&run, false, 3, 0, last);
    read_window(&run, false, 3, 0, last);
    read_window(&run, true, 4, 0, last + 5);
    assert_int_equal(run.rig.count, 4);
    end(&run);
}

#define WAITING "status: {table: holding, address: 50, count: 1, waiting: {at: 0}}\n"

/* One step in which the window cannot be read; first it is selected, if it was not. */
static enum status be_refused(struct run *run, bool selects, bool answers_status,
                              struct error *error)
{
    const uint16_t waiting = 1;
    const uint8_t written[] = {6, 0, 60, 0, 1};
    const uint8_t failed[] = {0x83, 4};
    bool more = false;
    if (!answers_status) {
        door_rig_answer(&run->rig, failed, sizeof failed);
    } else {
        answer_words(run, &waiting, 1);
        if (selects)
            door_rig_answer(&run->rig, written, sizeof written);
        door_rig_answer(&run->rig, failed, sizeof failed);
    }
    return shape_cursor.step(run->state, &run->rig.watch, &more, error);
}

static void read_waiting(struct run *run, bool selects, uint16_t number)
{
    const uint16_t waiting = 1;
    answer_words(run, &waiting, 1);
    read_window(run, selects, number, 1, run->seconds);
}

static void a_record_that_is_refused_again_and_again_is_passed_over(void **state)
{
    (void)state;
    struct run run;
    const uint8_t written[] = {6, 0, 60, 0, 1};
    const uint16_t waiting = 1;
    const uint8_t failed[] = {0x83, 4};
    begin(&run, SELECTED EVENTS WAITING);
    read_waiting(&run, false, 1);
    for (unsigned at = 1; at < SHAPE_REFUSALS; at++)
        assert_int_equal(be_refused(&run, at == 1, true, NULL), STATUS_REFUSED);
    assert_int_equal(run.rig.count, 1);
    answer_words(&run, &waiting, 1);
    door_rig_answer(&run.rig, failed, sizeof failed);
    door_rig_answer(&run.rig, written, sizeof written);
    const uint16_t next[] = {3, 1, 1, 50};
    bool more = false;
    answer_words(&run, next, 4);
    assert_int_equal(shape_cursor.step(run.state, &run.rig.watch, &more, NULL), STATUS_OK);
    read_waiting(&run, false, 3);
    assert_int_equal(run.rig.count, 3);
    expect(&run, 1, DOOR_RECORDS_LOST, 0, 2);
    assert_non_null(strstr(run.rig.said[1].detail, "exception 4"));
    expect(&run, 2, DOOR_OPENED, 0, 3);
    end(&run);
}

static void a_controller_that_refuses_all_is_waited_for(void **state)
{
    (void)state;
    struct run run;
    begin(&run, SELECTED EVENTS WAITING);
    read_waiting(&run, false, 1);
    assert_int_equal(be_refused(&run, true, true, NULL), STATUS_REFUSED);
    for (unsigned at = 0; at < 3 * SHAPE_REFUSALS; at++)
        assert_int_equal(be_refused(&run, false, false, NULL), STATUS_REFUSED);
    read_waiting(&run, false, 2);
    assert_int_equal(run.rig.count, 2);
    expect(&run, 1, DOOR_OPENED, 0, 2);
    end(&run);
}

static void what_has_just_happened_shows_a_clock_that_is_wrong(void **state)
{
    (void)state;
    struct run run;
    int64_t last = begin_selecting(&run);
    read_window(&run, true, 4, 0, last - 300);
    assert_int_equal(run.rig.count, 6);
    expect(&run, 3, DOOR_CLOCK_STEPPED, 0, 0);
    expect(&run, 4, DOOR_CLOCK_UNSYNCED, 0, 0);
    expect(&run, 5, DOOR_OPENED, 0, 4);
    end(&run);
}

/* Asks for `asked` by its number, and is shown it with this code. */
static void verify(struct run *run, uint16_t newest, uint16_t asked, uint16_t code)
{
    const uint16_t record[] = {asked, code};
    const uint8_t written[] = {6, 0, 60, 0, (uint8_t)asked};
    uint8_t sent[256];
    bool more = false;
    answer_words(run, &newest, 1);
    door_rig_answer(&run->rig, written, sizeof written);
    answer_words(run, record, 2);
    assert_int_equal(shape_cursor.step(run->state, &run->rig.watch, &more, NULL), STATUS_OK);
    assert_int_equal(read(run->rig.controller, sent, sizeof sent), 36);
    assert_int_equal(sent[22] << 8 | sent[23], asked);
    door_rig_keep(&run->rig, true);
}

static void a_log_that_was_filled_again_after_a_break_is_recorded(void **state)
{
    (void)state;
    struct run run;
    begin(&run, ASKED BY_NUMBER "when_full: overwrites\n");
    (void)step_asking(&run, 1, 1, 1);
    shape_cursor.resumed(run.state);
    verify(&run, 3, 1, 2); /* another event: it must be so twice */
    assert_int_equal(run.rig.count, 1);
    verify(&run, 3, 1, 2);
    settle(&run);
    assert_int_equal(run.rig.count, 3);
    expect(&run, 1, DOOR_LOSS_UNKNOWN, 0, 0);
    expect(&run, 2, DOOR_SOURCE_REBOOTED, 1, 0);
    (void)step_asking(&run, 3, 1, 1);
    (void)step_asking(&run, 3, 2, 2);
    expect(&run, 3, DOOR_OPENED, 1, 1);
    expect(&run, 4, DOOR_OPENED, 1, 2);
    end(&run);
}

static void a_log_that_is_as_it_was_after_a_break_is_not_recorded_again(void **state)
{
    (void)state;
    struct run run;
    begin(&run, ASKED BY_NUMBER "when_full: overwrites\n");
    (void)step_asking(&run, 1, 1, 1);
    shape_cursor.resumed(run.state);
    verify(&run, 2, 1, 1);
    assert_int_equal(run.rig.repeated, 1);
    (void)step_asking(&run, 2, 2, 2);
    assert_int_equal(run.rig.count, 2);
    expect(&run, 1, DOOR_OPENED, 0, 2);
    end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_record_is_not_believed_once),
        cmocka_unit_test(numbers_that_stay_behind_have_begun_anew),
        cmocka_unit_test(numbers_that_began_anew_with_an_older_clock_are_recorded),
        cmocka_unit_test(another_record_with_the_number_of_the_last_is_recorded),
        cmocka_unit_test(a_log_that_was_filled_again_after_a_break_is_recorded),
        cmocka_unit_test(a_log_that_is_as_it_was_after_a_break_is_not_recorded_again),
        cmocka_unit_test(an_older_record_that_stays_is_no_restart),
        cmocka_unit_test(an_old_boot_count_is_not_believed_once),
        cmocka_unit_test(a_boot_count_that_stays_is_a_restart),
        cmocka_unit_test(an_acknowledgement_that_may_have_been_done_is_not_done_again_unseen),
        cmocka_unit_test(what_waited_through_an_outage_says_nothing_of_the_clock),
        cmocka_unit_test(what_waited_while_it_was_busy_says_nothing_of_the_clock),
        cmocka_unit_test(what_has_just_happened_shows_a_clock_that_is_wrong),
        cmocka_unit_test(a_jump_that_is_seen_once_is_no_loss),
        cmocka_unit_test(a_jump_that_stays_is_a_loss_and_what_was_read_is_recorded),
        cmocka_unit_test(a_log_that_seems_overwritten_once_lost_nothing),
        cmocka_unit_test(a_record_that_is_refused_again_and_again_is_passed_over),
        cmocka_unit_test(a_controller_that_refuses_all_is_waited_for),
        cmocka_unit_test(an_empty_window_is_no_entry),
        cmocka_unit_test(acknowledgement_waits_for_the_keeper),
        cmocka_unit_test(records_asked_by_their_place_are_counted_here),
        cmocka_unit_test(log_that_was_cleared_begins_anew),
        cmocka_unit_test(full_log_that_stops_is_told_once),
        cmocka_unit_test(overwritten_records_are_lost_by_number),
        cmocka_unit_test(another_record_than_asked_is_not_believed_once),
        cmocka_unit_test(an_exception_leaves_the_connection_open),
        cmocka_unit_test(an_exception_without_a_name_is_told_by_its_number),
        cmocka_unit_test(an_answer_to_another_question_closes_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
