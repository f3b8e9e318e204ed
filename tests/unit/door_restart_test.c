/* What is made of the restarts of a controller that holds one record: whatever it may have held
 * unread is told of, and nothing is released that was not looked at. */
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
    "shape: latch\n"                                                                               \
    "status: {table: coil, address: 16, count: 2, waiting: {at: 0, bit: 0, width: 1}, boot: {at: " \
    "0, bit: 1, width: 1, kind: flag, clear: [{table: coil, address: 17, value: 0}]}}\n"           \
    "record: {table: holding, address: 0, count: 1, credential: {at: 0}}\n"                        \
    "acknowledge: [{table: coil, address: 16, value: 0}]\n"                                        \
    "events: [{event: access_requested}]\n"

/* The two coils. */
enum { EMPTY = 0, HELD = 1, RESTARTED = 2, RESTARTED_HELD = 3 };

struct run {
    struct door_rig rig;
    int64_t now_ns;
    long ready; /* answers to the next step's requests */
    void *state;
};

static void stand(void *context, struct clock_reading *reading)
{
    const int64_t *now_ns = context;
    *reading = (struct clock_reading){.utc_ns = *now_ns, .monotonic_ns = *now_ns};
}

static void answer(struct run *run, const uint8_t *body, uint8_t size)
{
    door_rig_answer(&run->rig, body, size);
    run->ready++;
}

static void answer_coils(struct run *run, uint8_t coils)
{
    answer(run, (const uint8_t[]){1, 1, coils}, 3);
}

static void answer_card(struct run *run, uint8_t card)
{
    answer(run, (const uint8_t[]){3, 2, 0, card}, 4);
}

static void answer_cleared(struct run *run)
{
    answer(run, (const uint8_t[]){5, 0, 17, 0, 0}, 5);
}

static void answer_released(struct run *run)
{
    answer(run, (const uint8_t[]){5, 0, 16, 0, 0}, 5);
}

static void answer_exception(struct run *run, uint8_t exception)
{
    answer(run, (const uint8_t[]){5 | 0x80, exception}, 2);
}

/* A step that asks for as much as was answered, 10 ms after the last; what it says is durable. */
static bool step_to(struct run *run, enum status wanted)
{
    uint8_t asked[128];
    bool more = false;
    run->now_ns += 10 * NS_PER_MS;
    assert_true(shape_latch.is_ready(&run->rig.watch));
    assert_int_equal(shape_latch.step(run->state, &run->rig.watch, &more, NULL), wanted);
    assert_int_equal(read(run->rig.controller, asked, sizeof asked), 12 * run->ready);
    run->ready = 0;
    door_rig_keep(&run->rig, true);
    return more;
}

static bool step(struct run *run)
{
    return step_to(run, STATUS_OK);
}

static void connect_anew(struct run *run)
{
    door_rig_connect(&run->rig);
    shape_latch.resumed(run->state);
}

static void begin(struct run *run)
{
    *run = (struct run){.now_ns = 1000 * NS_PER_SECOND};
    door_rig_begin(&run->rig, PROFILE, (struct clock){.read = stand, .context = &run->now_ns});
    run->rig.watch.interval_ns = NS_PER_SECOND / 10;
    run->state = calloc(1, shape_latch.state_size);
    assert_non_null(run->state);
    shape_latch.resumed(run->state);
}

static void end(struct run *run)
{
    free(run->state);
    door_rig_end(&run->rig);
}

/* Just these were said since `count`. */
static void expect(const struct run *run, size_t count, const enum door_event *events, size_t size)
{
    assert_int_equal(run->rig.count, count + size);
    for (size_t at = 0; at < size; at++)
        assert_int_equal(run->rig.said[count + at].event, events[at]);
}

#define EXPECT(run, count, ...)                                                                    \
    expect(run, count, (const enum door_event[]){__VA_ARGS__},                                     \
           sizeof((const enum door_event[]){__VA_ARGS__}) / sizeof(enum door_event))

/* From a power-on that nothing is known before, with one card recorded and released. */
static void take_first(struct run *run)
{
    begin(run);
    answer_coils(run, RESTARTED);
    (void)step(run);
    answer_cleared(run);
    answer_coils(run, HELD);
    answer_card(run, 71);
    (void)step(run);
    answer_released(run);
    answer_coils(run, EMPTY);
    (void)step(run);
    EXPECT(run, 0, DOOR_SOURCE_REBOOTED, DOOR_ACCESS_REQUESTED);
}

static void a_restart_is_told_though_the_ledger_was_empty_when_the_watch_began(void **state)
{
    (void)state;
    struct run run;
    take_first(&run);
    answer_coils(&run, RESTARTED);
    (void)step(&run);
    EXPECT(&run, 2, DOOR_LOSS_UNKNOWN, DOOR_SOURCE_REBOOTED);
    assert_int_equal(run.rig.said[3].has_device_seq, 0); /* another than the first */
    end(&run);
}

static void a_restart_before_the_first_card_is_told(void **state)
{
    (void)state;
    struct run run;
    begin(&run);
    answer_coils(&run, RESTARTED);
    (void)step(&run);
    EXPECT(&run, 0, DOOR_SOURCE_REBOOTED);
    assert_int_equal(run.rig.said[0].has_device_seq, 1); /* the ledger knows that it is watched */
    answer_cleared(&run);
    answer_coils(&run, EMPTY);
    (void)step(&run);
    answer_coils(&run, RESTARTED);
    (void)step(&run);
    EXPECT(&run, 1, DOOR_LOSS_UNKNOWN, DOOR_SOURCE_REBOOTED);
    end(&run);
}

static void a_restart_before_the_first_flag_is_known_to_be_cleared_is_told(void **state)
{
    (void)state;
    struct run run;
    begin(&run);
    answer_coils(&run, RESTARTED);
    (void)step(&run);
    connect_anew(&run);
    answer_coils(&run, RESTARTED);
    (void)step(&run);
    EXPECT(&run, 0, DOOR_SOURCE_REBOOTED, DOOR_LOSS_UNKNOWN, DOOR_SOURCE_REBOOTED);
    end(&run);
}

/* The flag was cleared, which nobody heard, and set by another restart. */
static void a_restart_before_the_flag_is_known_to_be_cleared_is_told(void **state)
{
    (void)state;
    struct run run;
    take_first(&run);
    answer_coils(&run, RESTARTED_HELD);
    answer_card(&run, 72);
    assert_true(step(&run));
    EXPECT(&run, 2, DOOR_LOSS_UNKNOWN, DOOR_SOURCE_REBOOTED, DOOR_ACCESS_REQUESTED);
    connect_anew(&run);
    answer_coils(&run, RESTARTED);
    assert_true(step(&run));
    EXPECT(&run, 5, DOOR_LOSS_UNKNOWN, DOOR_SOURCE_REBOOTED);
    answer_cleared(&run);
    answer_coils(&run, EMPTY);
    assert_false(step(&run));
    assert_int_equal(run.rig.count, 7);
    end(&run);
}

/* What was said still says it: whatever is gone is gone since the record before. */
static void a_flag_that_cannot_be_cleared_is_told_once(void **state)
{
    (void)state;
    struct run run;
    take_first(&run);
    answer_coils(&run, RESTARTED);
    assert_true(step(&run)); /* no success that would count as one before it is cleared */
    for (int times = 0; times < 3; times++) {
        connect_anew(&run);
        answer_coils(&run, RESTARTED);
        assert_true(step(&run));
    }
    answer_exception(&run, 2);
    (void)step_to(&run, STATUS_REFUSED);
    EXPECT(&run, 2, DOOR_LOSS_UNKNOWN, DOOR_SOURCE_REBOOTED);
    answer_cleared(&run);
    answer_coils(&run, EMPTY);
    assert_false(step(&run));
    answer_coils(&run, RESTARTED);
    (void)step(&run);
    EXPECT(&run, 4, DOOR_LOSS_UNKNOWN, DOOR_SOURCE_REBOOTED);
    end(&run);
}

/* It restarted again, and took another, before its flag was cleared. */
static void what_is_held_when_the_flag_was_cleared_is_looked_at_before_it_is_released(void **state)
{
    (void)state;
    struct run run;
    take_first(&run);
    answer_coils(&run, RESTARTED_HELD);
    answer_card(&run, 72);
    (void)step(&run);
    answer_cleared(&run);
    answer_card(&run, 73);
    answer_coils(&run, HELD);
    answer_card(&run, 73);
    (void)step(&run);
    EXPECT(&run, 2, DOOR_LOSS_UNKNOWN, DOOR_SOURCE_REBOOTED, DOOR_ACCESS_REQUESTED,
           DOOR_ACCESS_REQUESTED);
    assert_string_equal(run.rig.said[5].credential, "73");
    end(&run);
}

static void what_was_looked_at_long_ago_is_looked_at_again_before_it_is_released(void **state)
{
    (void)state;
    struct run run;
    take_first(&run);
    answer_coils(&run, HELD);
    answer_card(&run, 72);
    (void)step(&run);
    run.now_ns += NS_PER_SECOND / 2; /* the keeper took its time */
    answer_card(&run, 72);
    answer_released(&run);
    answer_coils(&run, HELD);
    answer_card(&run, 73);
    (void)step(&run);
    run.now_ns += NS_PER_SECOND / 2;
    answer_card(&run, 74);
    answer_coils(&run, RESTARTED_HELD);
    answer_card(&run, 74);
    (void)step(&run);
    EXPECT(&run, 2, DOOR_ACCESS_REQUESTED, DOOR_ACCESS_REQUESTED, DOOR_LOSS_UNKNOWN,
           DOOR_SOURCE_REBOOTED, DOOR_ACCESS_REQUESTED);
    assert_string_equal(run.rig.said[6].credential, "74");
    end(&run);
}

/* 4: it failed when it did it; 5: it is doing it; 11: a gateway heard no answer. */
static void a_release_that_was_refused_and_may_have_been_done_is_looked_at(void **state)
{
    (void)state;
    static const uint8_t exceptions[] = {4, 5, 11, 99};
    for (size_t at = 0; at < sizeof exceptions; at++) {
        struct run run;
        take_first(&run);
        answer_coils(&run, HELD);
        answer_card(&run, 72);
        (void)step(&run);
        answer_exception(&run, exceptions[at]);
        (void)step_to(&run, STATUS_INVALID);
        connect_anew(&run);
        answer_coils(&run, HELD);
        answer_card(&run, 73);
        (void)step(&run);
        EXPECT(&run, 2, DOOR_ACCESS_REQUESTED, DOOR_ACCESS_REQUESTED);
        end(&run);
    }
}

static void a_release_that_was_refused_and_not_done_is_tried_again(void **state)
{
    (void)state;
    static const uint8_t exceptions[] = {1, 2, 3, 6, 10};
    for (size_t at = 0; at < sizeof exceptions; at++) {
        struct run run;
        take_first(&run);
        answer_coils(&run, HELD);
        answer_card(&run, 72);
        (void)step(&run);
        answer_exception(&run, exceptions[at]);
        (void)step_to(&run, STATUS_REFUSED);
        answer_released(&run);
        answer_coils(&run, EMPTY);
        (void)step(&run);
        EXPECT(&run, 2, DOOR_ACCESS_REQUESTED);
        end(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_is_told_though_the_ledger_was_empty_when_the_watch_began),
        cmocka_unit_test(a_restart_before_the_first_card_is_told),
        cmocka_unit_test(a_restart_before_the_first_flag_is_known_to_be_cleared_is_told),
        cmocka_unit_test(a_restart_before_the_flag_is_known_to_be_cleared_is_told),
        cmocka_unit_test(a_flag_that_cannot_be_cleared_is_told_once),
        cmocka_unit_test(what_is_held_when_the_flag_was_cleared_is_looked_at_before_it_is_released),
        cmocka_unit_test(what_was_looked_at_long_ago_is_looked_at_again_before_it_is_released),
        cmocka_unit_test(a_release_that_was_refused_and_may_have_been_done_is_looked_at),
        cmocka_unit_test(a_release_that_was_refused_and_not_done_is_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
