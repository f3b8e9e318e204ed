#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "camera/media_clock.h"
#include "camera/timeline.h"

#define FRAME    INT64_C(3600)
#define FRAME_NS (40 * NS_PER_MS)

static struct media_clock started(unsigned reorder, int64_t first)
{
    struct media_clock clock;
    media_clock_start(&clock, reorder, FRAME, first, 0);
    return clock;
}

static void decoding_begins_at_zero_and_follows_presentation(void **state)
{
    (void)state;
    struct media_clock clock = started(0, 123456);
    for (int64_t i = 0; i < 5; i++) {
        struct media_time time = media_clock_next(&clock, true, 123456 + i * FRAME, i * FRAME_NS);
        assert_int_equal(time.decode, i * FRAME);
        assert_int_equal(time.presentation, time.decode);
    }
}

static void reordered_pictures_decode_evenly_and_never_late(void **state)
{
    (void)state;
    /* I0 P3 B1 B2 P6 B4 B5 with two pictures held back (a pyramid would need them) */
    static const int order[] = {0, 3, 1, 2, 6, 4, 5, 9, 7, 8};
    struct media_clock clock = started(2, 1000);
    for (int64_t i = 0; i < 10; i++) {
        struct media_time time =
            media_clock_next(&clock, true, 1000 + order[i] * FRAME, i * FRAME_NS);
        assert_int_equal(time.decode, i * FRAME);
        assert_int_equal(time.presentation, (order[i] + 2) * FRAME);
        assert_false(time.bent);
    }
}

static void more_reordering_than_announced_is_bent_and_learnt(void **state)
{
    (void)state;
    static const int order[] = {0, 2, 1, 4, 3, 6, 5, 8, 7};
    struct media_clock clock = started(0, 0);
    int64_t last = -1;
    int bent = 0;
    for (int64_t i = 0; i < 9; i++) {
        struct media_time time = media_clock_next(&clock, true, order[i] * FRAME, i * FRAME_NS);
        assert_true(time.decode > last);
        assert_true(time.presentation >= time.decode);
        bent += time.bent ? 1 : 0;
        last = time.decode;
    }
    assert_int_equal(bent, 1);
}

static void missing_times_are_taken_from_arrival(void **state)
{
    (void)state;
    struct media_clock clock = started(0, 0);
    (void)media_clock_next(&clock, true, 0, 0);
    struct media_time time = media_clock_next(&clock, false, 0, FRAME_NS);
    assert_true(time.synthetic);
    assert_int_equal(time.decode, FRAME);
    time = media_clock_next(&clock, false, 0, 2 * FRAME_NS);
    assert_int_equal(time.decode, 2 * FRAME);
}

static void jumps_are_taken_out_and_told(void **state)
{
    (void)state;
    static const int64_t jumps[] = {INT64_C(3600) * 90000, INT64_C(-3600) * 90000, INT64_MAX / 2,
                                    INT64_MIN / 2};
    for (size_t i = 0; i < 4; i++) {
        struct media_clock clock = started(0, 0);
        (void)media_clock_next(&clock, true, 0, 0);
        (void)media_clock_next(&clock, true, FRAME, FRAME_NS);
        struct media_time time = media_clock_next(&clock, true, jumps[i], 2 * FRAME_NS);
        assert_true(time.jumped);
        assert_int_equal(time.decode, 2 * FRAME);
        time = media_clock_next(&clock, true, jumps[i] + FRAME, 3 * FRAME_NS);
        assert_false(time.jumped);
        assert_int_equal(time.decode, 3 * FRAME);
    }
}

static void a_pause_of_the_network_is_no_jump(void **state)
{
    (void)state;
    struct media_clock clock = started(0, 0);
    (void)media_clock_next(&clock, true, 0, 0);
    struct media_time time = media_clock_next(&clock, true, FRAME, 8 * NS_PER_SECOND);
    assert_false(time.jumped);
    assert_int_equal(time.decode, FRAME);
    time = media_clock_next(&clock, true, INT64_C(8) * 90000, 8 * NS_PER_SECOND);
    assert_true(time.jumped); /* eight seconds of media in no time */
}

static void any_input_gives_growing_times(void **state)
{
    (void)state;
    struct media_clock clock = started(3, 0);
    uint64_t random = 1;
    int64_t last = -1;
    for (int i = 0; i < 100000; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        int64_t input = (int64_t)(random >> (random >> 58));
        struct media_time time = media_clock_next(&clock, (random & 7) != 0, input, i * FRAME_NS);
        assert_true(time.decode > last);
        assert_true(time.presentation >= time.decode);
        last = time.decode;
    }
}

#define UTC (INT64_C(1700000000) * NS_PER_SECOND)

static struct clock_reading at(int64_t monotonic_ns, int64_t wall_ns)
{
    return (struct clock_reading){
        .monotonic_ns = monotonic_ns, .utc_ns = monotonic_ns + wall_ns, .quality = CLOCK_SYNCED};
}

static void observe(struct timeline *timeline, int64_t media_ns, int64_t delay_ns, int64_t wall_ns)
{
    struct clock_reading now = at(media_ns + delay_ns, wall_ns);
    timeline_observe(timeline, media_ns, now.monotonic_ns, &now);
}

static void the_first_picture_was_taken_when_it_arrived(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    observe(&timeline, 0, 5 * NS_PER_SECOND, UTC);
    assert_int_equal(timeline_utc(&timeline, 0), UTC + 5 * NS_PER_SECOND);
    assert_int_equal(timeline_utc(&timeline, NS_PER_SECOND), UTC + 6 * NS_PER_SECOND);
    assert_int_equal(timeline_check(&timeline), TIMELINE_STEADY);
}

static void late_pictures_move_nothing(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    observe(&timeline, 0, NS_PER_SECOND, UTC);
    for (int64_t i = 1; i < 100; i++) {
        observe(&timeline, i * FRAME_NS, NS_PER_SECOND + i % 7 * 5 * NS_PER_MS, UTC);
    }
    assert_int_equal(timeline_utc(&timeline, 0), UTC + NS_PER_SECOND);
}

static void an_earlier_picture_pulls_slowly(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    observe(&timeline, 0, NS_PER_SECOND, UTC);
    int64_t before = timeline_utc(&timeline, 0);
    for (int64_t i = 1; i <= 25; i++) {
        observe(&timeline, i * FRAME_NS, NS_PER_SECOND - 200 * NS_PER_MS, UTC);
    }
    int64_t moved = before - timeline_utc(&timeline, 0);
    assert_in_range(moved, 380000, 500000); /* 500 ppm of 0.8 s and a bit */
}

static void a_slower_network_pushes_slowly(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    observe(&timeline, 0, 0, UTC);
    for (int64_t i = 1; i < INT64_C(25) * 90; i++) {
        int64_t before = timeline_utc(&timeline, 0);
        observe(&timeline, i * FRAME_NS, 500 * NS_PER_MS, UTC);
        int64_t moved = timeline_utc(&timeline, 0) - before;
        assert_true(i == 1 || (moved >= 0 && moved <= FRAME_NS / 2000));
    }
    assert_true(timeline_utc(&timeline, 0) > UTC);
}

static void a_camera_clock_that_drifts_is_followed(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    for (int64_t i = 0; i < INT64_C(25) * 600; i++) { /* ten minutes at 100 ppm */
        int64_t media = i * FRAME_NS;
        observe(&timeline, media, media / 10000, UTC);
        assert_int_equal(timeline_check(&timeline), TIMELINE_STEADY);
    }
    int64_t media = INT64_C(25) * 600 * FRAME_NS;
    int64_t error = media / 10000 - timeline.delay_ns;
    assert_true(error >= 0 && error < 10 * NS_PER_MS);
}

static void a_step_of_the_wall_clock_is_seen_and_taken_over_at_a_cut(void **state)
{
    (void)state;
    static const int64_t steps[] = {NS_PER_SECOND, -NS_PER_SECOND, 3600 * NS_PER_SECOND};
    for (size_t i = 0; i < 3; i++) {
        struct timeline timeline = {0};
        observe(&timeline, 0, 0, UTC);
        observe(&timeline, FRAME_NS, 0, UTC + steps[i]);
        assert_int_equal(timeline_check(&timeline), TIMELINE_CLOCK_STEPPED);
        int64_t placed = timeline_utc(&timeline, FRAME_NS) - UTC - FRAME_NS;
        assert_true(placed > -NS_PER_MS && placed < NS_PER_MS);
        timeline_anchor(&timeline);
        assert_int_equal(timeline_check(&timeline), TIMELINE_STEADY);
        assert_int_equal(timeline_utc(&timeline, FRAME_NS), UTC + steps[i] + FRAME_NS);
    }
}

static void a_slewed_wall_clock_is_no_step(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    for (int64_t i = 0; i < INT64_C(25) * 600; i++) { /* 400 ppm */
        int64_t media = i * FRAME_NS;
        observe(&timeline, media, 0, UTC + media / 2500);
        assert_int_equal(timeline_check(&timeline), TIMELINE_STEADY);
    }
}

static void media_time_at_another_rate_is_seen(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    for (int64_t i = 0; i < 100; i++) { /* twice as fast as time */
        struct clock_reading now = at(i * FRAME_NS, UTC);
        timeline_observe(&timeline, 2 * i * FRAME_NS, now.monotonic_ns, &now);
    }
    assert_int_equal(timeline_check(&timeline), TIMELINE_MEDIA_RAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding_begins_at_zero_and_follows_presentation),
        cmocka_unit_test(reordered_pictures_decode_evenly_and_never_late),
        cmocka_unit_test(more_reordering_than_announced_is_bent_and_learnt),
        cmocka_unit_test(missing_times_are_taken_from_arrival),
        cmocka_unit_test(jumps_are_taken_out_and_told),
        cmocka_unit_test(a_pause_of_the_network_is_no_jump),
        cmocka_unit_test(any_input_gives_growing_times),
        cmocka_unit_test(the_first_picture_was_taken_when_it_arrived),
        cmocka_unit_test(late_pictures_move_nothing),
        cmocka_unit_test(an_earlier_picture_pulls_slowly),
        cmocka_unit_test(a_slower_network_pushes_slowly),
        cmocka_unit_test(a_camera_clock_that_drifts_is_followed),
        cmocka_unit_test(a_step_of_the_wall_clock_is_seen_and_taken_over_at_a_cut),
        cmocka_unit_test(a_slewed_wall_clock_is_no_step),
        cmocka_unit_test(media_time_at_another_rate_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
