/* What is made of a record that is held again and again. */
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
    "record: {table: holding, address: 0, count: 1, empty: {at: 0, none: 0}, credential: {at: "    \
    "0}}\n"                                                                                        \
    "acknowledge: [{table: coil, address: 7, value: 1}]\n"                                         \
    "events: [{event: access_requested}]\n"

struct run {
    struct door_rig rig;
    int64_t now_ns;
    bool is_held; /* and durable: the next step releases it */
    void *state;
};

static void stand(void *context, struct clock_reading *reading)
{
    const int64_t *now_ns = context;
    *reading = (struct clock_reading){.utc_ns = *now_ns, .monotonic_ns = *now_ns};
}

/* One step, 100 ms after the last, that finds this card, or none (0). */
static bool step(struct run *run, uint8_t card)
{
    const uint8_t body[] = {3, 2, 0, card};
    const uint8_t written[] = {5, 0, 7, 0xff, 0};
    uint8_t asked[64];
    bool more = false;
    run->now_ns += NS_PER_SECOND / 10;
    assert_true(shape_latch.is_ready(&run->rig.watch));
    if (run->is_held)
        door_rig_answer(&run->rig, written, sizeof written);
    door_rig_answer(&run->rig, body, sizeof body);
    assert_int_equal(shape_latch.step(run->state, &run->rig.watch, &more, NULL), STATUS_OK);
    assert_int_equal(read(run->rig.controller, asked, sizeof asked), run->is_held ? 24 : 12);
    door_rig_keep(&run->rig, true);
    run->is_held = card != 0;
    return more;
}

static void begin(struct run *run)
{
    *run = (struct run){.now_ns = 1000 * NS_PER_SECOND};
    door_rig_begin(&run->rig, PROFILE, (struct clock){.read = stand, .context = &run->now_ns});
    run->rig.watch.interval_ns = NS_PER_SECOND / 10;
    run->state = calloc(1, shape_latch.state_size);
    assert_non_null(run->state);
    (void)step(run, 0);
}

static void end(struct run *run)
{
    free(run->state);
    door_rig_end(&run->rig);
}

static void expect_newest(const struct run *run, size_t count, enum door_event event,
                          const char *words)
{
    assert_int_equal(run->rig.count, count);
    assert_int_equal(run->rig.said[count - 1].event, event);
    assert_non_null(strstr(run->rig.said[count - 1].detail, words));
}

/* A first time and five more, one by one; then one a minute. */
static void a_card_that_stays_is_told_once_a_minute(void **state)
{
    (void)state;
    struct run run;
    begin(&run);
    for (int times = 1; times <= 6; times++) {
        assert_true(step(&run, 71));
        expect_newest(&run, (size_t)times, DOOR_ACCESS_REQUESTED, "");
    }
    assert_string_equal(run.rig.said[4].detail, "");
    expect_newest(&run, 6, DOOR_ACCESS_REQUESTED, "5 times on end");
    assert_false(step(&run, 71)); /* at the next poll is early enough */
    for (int times = 2; times < 600; times++)
        (void)step(&run, 71);
    assert_int_equal(run.rig.count, 6);
    (void)step(&run, 71);
    expect_newest(&run, 7, DOOR_ACCESS_REQUESTED, "605 times on end");
    end(&run);
}

static void another_card_is_told_at_once(void **state)
{
    (void)state;
    struct run run;
    begin(&run);
    for (int times = 0; times < 20; times++)
        (void)step(&run, 71);
    (void)step(&run, 72);
    assert_int_equal(run.rig.said[6].event, DOOR_LOSS_UNKNOWN);
    assert_non_null(strstr(run.rig.said[6].detail, "14 times more"));
    expect_newest(&run, 8, DOOR_ACCESS_REQUESTED, "");
    assert_string_equal(run.rig.said[7].credential, "72");
    (void)step(&run, 71);
    assert_string_equal(run.rig.said[8].credential, "71");
    assert_string_equal(run.rig.said[8].detail, "");
    end(&run);
}

static void the_same_card_after_a_while_is_new(void **state)
{
    (void)state;
    struct run run;
    begin(&run);
    for (int times = 0; times < 20; times++)
        (void)step(&run, 71);
    (void)step(&run, 0);
    assert_int_equal(run.rig.count, 6);
    run.now_ns += 2 * NS_PER_SECOND;
    (void)step(&run, 0);
    expect_newest(&run, 7, DOOR_LOSS_UNKNOWN, "14 times more");
    (void)step(&run, 71);
    expect_newest(&run, 8, DOOR_ACCESS_REQUESTED, "");
    assert_string_equal(run.rig.said[7].detail, "");
    end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_card_that_stays_is_told_once_a_minute),
        cmocka_unit_test(another_card_is_told_at_once),
        cmocka_unit_test(the_same_card_after_a_while_is_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
