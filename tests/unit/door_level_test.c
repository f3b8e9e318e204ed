/* What is made of inputs with counters, reading by reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/door_rig.h"

/* Two counters of 32 bits, then the inputs. */
#define PROFILE                                                                                    \
    "profile: test\n"                                                                              \
    "model: test\n"                                                                                \
    "manual: none\n"                                                                               \
    "shape: level\n"                                                                               \
    "inputs:\n"                                                                                    \
    "  table: holding\n"                                                                           \
    "  address: 0\n"                                                                               \
    "  count: 5\n"                                                                                 \
    "  counts: on\n"                                                                               \
    "  levels:\n"                                                                                  \
    "    - {input: 64, door: 1, on: closed, off: opened, counter: {at: 0, width: 32}}\n"           \
    "    - {input: 65, door: 2, on: closed, off: opened, counter: {at: 2, width: 32}}\n"

struct run {
    struct door_rig rig;
    int64_t now_ns;
    void *state;
};

static void stand(void *context, struct clock_reading *reading)
{
    const int64_t *now_ns = context;
    *reading = (struct clock_reading){.utc_ns = *now_ns, .monotonic_ns = *now_ns};
}

/* One step that reads this; true if another is to follow at once. */
static bool step(struct run *run, uint32_t first, uint32_t second, uint8_t inputs)
{
    const uint8_t body[] = {3,
                            10,
                            (uint8_t)(first >> 24),
                            (uint8_t)(first >> 16),
                            (uint8_t)(first >> 8),
                            (uint8_t)first,
                            (uint8_t)(second >> 24),
                            (uint8_t)(second >> 16),
                            (uint8_t)(second >> 8),
                            (uint8_t)second,
                            0,
                            inputs};
    uint8_t asked[64];
    bool more = false;
    assert_true(shape_level.is_ready(&run->rig.watch));
    door_rig_answer(&run->rig, body, sizeof body);
    assert_int_equal(shape_level.step(run->state, &run->rig.watch, &more, NULL), STATUS_OK);
    assert_int_equal(read(run->rig.controller, asked, sizeof asked), 12);
    door_rig_keep(&run->rig, true);
    return more;
}

/* What was said up to now is not counted. */
static void begin(struct run *run, const char *doors, uint32_t count)
{
    *run = (struct run){.now_ns = 1000 * NS_PER_SECOND};
    door_rig_begin(&run->rig, PROFILE, (struct clock){.read = stand, .context = &run->now_ns});
    assert_int_equal(door_list_parse(doors, &run->rig.doors, NULL), STATUS_OK);
    run->state = calloc(1, shape_level.state_size);
    assert_non_null(run->state);
    (void)step(run, count, count, 0);
}

static void end(struct run *run)
{
    free(run->state);
    door_rig_end(&run->rig);
}

static const struct message_entry *said(const struct run *run, size_t place, enum door_event event)
{
    assert_true(place < run->rig.count);
    assert_int_equal(run->rig.said[place].event, event);
    return &run->rig.said[place];
}

/* After the beginning: that the watch began, and a level each. */
enum { BEGUN = 3 };

static void a_jump_is_one_unknown_loss_and_holds_nothing_up(void **state)
{
    (void)state;
    struct run run;
    begin(&run, "archive vault", 1000);
    assert_true(step(&run, 2000001000, 1001, 2));
    assert_int_equal(run.rig.count, BEGUN);
    assert_false(step(&run, 2000001000, 1001, 2));
    assert_int_equal(run.rig.count, BEGUN + 2);
    const struct message_entry *loss = said(&run, BEGUN, DOOR_LOSS_UNKNOWN);
    assert_non_null(strstr(loss->detail, "input 64 jumped from 1000 to 2000001000"));
    const struct message_entry *other = said(&run, BEGUN + 1, DOOR_CLOSED);
    assert_string_equal(other->door, "vault");
    assert_true(other->device_seq == loss->device_seq + 1);
    (void)step(&run, 2000001001, 1001, 3); /* and counting goes on from there */
    assert_true(said(&run, BEGUN + 2, DOOR_CLOSED)->device_seq == other->device_seq + 1);
    end(&run);
}

static void a_jump_that_one_reading_shows_is_nothing(void **state)
{
    (void)state;
    struct run run;
    begin(&run, "archive vault", 1000);
    (void)step(&run, 66536, 1000, 0);
    (void)step(&run, 1000, 1000, 0);
    assert_int_equal(run.rig.count, BEGUN);
    end(&run);
}

static void many_changes_in_much_time_are_lost_with_their_number(void **state)
{
    (void)state;
    struct run run;
    begin(&run, "archive vault", 1000);
    uint64_t newest = said(&run, 0, DOOR_SOURCE_ONLINE)->device_seq;
    run.now_ns += 60 * NS_PER_SECOND;
    (void)step(&run, 2000, 1000, 1);
    assert_false(step(&run, 2000, 1000, 1));
    assert_int_equal(run.rig.count, BEGUN + 2);
    const struct message_entry *lost = said(&run, BEGUN, DOOR_RECORDS_LOST);
    assert_true(lost->lost_from == newest + 1);
    assert_true(lost->lost_to == newest + 1999);
    assert_true(said(&run, BEGUN + 1, DOOR_CLOSED)->found);
    assert_false(run.rig.said[BEGUN + 1].has_device_seq);
    (void)step(&run, 2000, 1000, 0);
    assert_true(said(&run, BEGUN + 2, DOOR_OPENED)->device_seq == newest + 2000);
    end(&run);
}

static void counters_that_return_after_a_reset_are_no_events(void **state)
{
    (void)state;
    struct run run;
    begin(&run, "archive vault", 700);
    (void)step(&run, 0, 0, 0);
    (void)step(&run, 0, 0, 0);
    (void)said(&run, BEGUN, DOOR_LOSS_UNKNOWN);
    uint64_t epoch = said(&run, BEGUN + 1, DOOR_SOURCE_REBOOTED)->boot_epoch;
    size_t told = run.rig.count;
    assert_false(step(&run, 700, 701, 2));
    assert_int_equal(run.rig.count, told + 2);
    const struct message_entry *back = said(&run, told, DOOR_SOURCE_REBOOTED);
    assert_int_equal(back->boot_epoch, epoch + 1);
    assert_true(said(&run, told + 1, DOOR_CLOSED)->device_seq == back->device_seq + 1);
    (void)step(&run, 701, 701, 3);
    assert_int_equal(run.rig.count, told + 3);
    end(&run);
}

static void a_counter_that_returns_after_a_jump_is_no_event(void **state)
{
    (void)state;
    struct run run;
    begin(&run, "archive vault", 1000);
    (void)step(&run, 2000001000, 1000, 0);
    (void)step(&run, 2000001000, 1000, 0);
    assert_false(step(&run, 1000, 1000, 0));
    assert_int_equal(run.rig.count, BEGUN + 2);
    (void)said(&run, BEGUN + 1, DOOR_SOURCE_REBOOTED);
    end(&run);
}

static void counters_that_were_reset_count_on(void **state)
{
    (void)state;
    struct run run;
    begin(&run, "archive vault", 3);
    (void)step(&run, 0, 0, 0);
    (void)step(&run, 0, 0, 0);
    size_t told = run.rig.count;
    for (uint8_t count = 1; count <= 5; count++) {
        (void)step(&run, count, 0, 1);
        (void)step(&run, count, 0, 0);
    }
    assert_int_equal(run.rig.count, told + 10);
    (void)step(&run, 10, 0, 0); /* much at once, the other counter standing still */
    assert_int_equal(run.rig.count, told + 20);
    end(&run);
}

static void an_input_without_its_door_says_so(void **state)
{
    (void)state;
    struct run run;
    begin(&run, "archive", 1000);
    (void)step(&run, 1000, 1001, 2);
    const struct message_entry *entry = said(&run, BEGUN, DOOR_CLOSED);
    assert_string_equal(entry->door, "");
    assert_string_equal(entry->detail, "no door 2 is configured");
    end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_jump_is_one_unknown_loss_and_holds_nothing_up),
        cmocka_unit_test(a_jump_that_one_reading_shows_is_nothing),
        cmocka_unit_test(many_changes_in_much_time_are_lost_with_their_number),
        cmocka_unit_test(counters_that_return_after_a_reset_are_no_events),
        cmocka_unit_test(a_counter_that_returns_after_a_jump_is_no_event),
        cmocka_unit_test(counters_that_were_reset_count_on),
        cmocka_unit_test(an_input_without_its_door_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
