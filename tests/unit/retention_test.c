/* Simulated months: a volume, cameras that fill it, a clock that can be told lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/lived.h"
#include "store/retention.h"

#define MB          UINT64_C(1000000)
#define SEGMENTS    40000
#define CAMERAS_MAX 4
#define HOUR        (3600 * NS_PER_SECOND)

struct stored {
    struct retention_segment segment;
    size_t camera;
    bool gone;
};

struct world {
    struct retention_policy policy;
    struct retention_now now;
    struct retention_camera cameras[CAMERAS_MAX];
    size_t count;
    uint64_t hourly[CAMERAS_MAX]; /* bytes a camera stores in an hour */
    struct stored *stored;        /* in the order of records */
    size_t stored_count;
    bool was_short;
    struct retention_decision *decision;
    /* What went, and why. */
    uint64_t gone[CAMERAS_MAX];
    uint64_t below_floor;
    uint64_t by_reason[4];
    int64_t youngest_gone_ns;
};

static const char *const names[CAMERAS_MAX] = {"a", "b", "c", "d"};

static enum status next(void *context, const char *camera, uint64_t from,
                        struct retention_segment *segment, struct error *error)
{
    const struct world *world = context;

    (void)error;
    for (size_t i = (size_t)from; i < world->stored_count; i++) {
        if (!world->stored[i].gone && strcmp(names[world->stored[i].camera], camera) == 0) {
            *segment = world->stored[i].segment;
            return STATUS_OK;
        }
    }
    return STATUS_END;
}

static void world_begin(struct world *world, size_t count, uint64_t total_mb)
{
    memset(world, 0, sizeof(*world));
    world->policy = (struct retention_policy){.video_days = 30,
                                              .record_days = 180,
                                              .full = FULL_DELETE_OLDEST,
                                              .reserve_bytes = 500 * MB,
                                              .slack_bytes = 100 * MB};
    world->now = (struct retention_now){.utc_ns = INT64_C(1767225600) * NS_PER_SECOND,
                                        .total_bytes = total_mb * MB,
                                        .free_bytes = total_mb * MB};
    world->count = count;
    for (size_t i = 0; i < count; i++) {
        world->cameras[i].camera = names[i];
        world->hourly[i] = 10 * MB;
    }
    world->stored = calloc(SEGMENTS, sizeof(*world->stored));
    world->decision = calloc(1, sizeof(*world->decision));
    world->youngest_gone_ns = INT64_MAX;
    assert_non_null(world->stored);
    assert_non_null(world->decision);
}

static void world_end(struct world *world)
{
    free(world->stored);
    free(world->decision);
}
#define AUTO_WORLD __attribute__((cleanup(world_end)))

static void store(struct world *world, size_t camera)
{
    struct stored *stored = &world->stored[world->stored_count];

    assert_true(world->stored_count < SEGMENTS);
    stored->camera = camera;
    stored->segment = (struct retention_segment){.record = world->stored_count,
                                                 .size = world->hourly[camera],
                                                 .start_utc_ns = world->now.utc_ns - HOUR,
                                                 .end_utc_ns = world->now.utc_ns,
                                                 .lived_ns = world->now.lived_ns};
    world->stored_count++;
    world->cameras[camera].stored_bytes += world->hourly[camera];
    assert_true(world->now.free_bytes >= world->hourly[camera]);
    world->now.free_bytes -= world->hourly[camera];
}

static void let_go(struct world *world, const struct retention_choice *choice)
{
    struct stored *stored = &world->stored[choice->segment.record];
    int64_t lived = world->now.lived_ns - stored->segment.lived_ns;

    assert_false(stored->gone);
    assert_false(stored->segment.held);
    stored->gone = true;
    world->cameras[stored->camera].stored_bytes -= stored->segment.size;
    world->now.free_bytes += stored->segment.size;
    world->gone[stored->camera]++;
    world->below_floor += choice->below_floor;
    world->by_reason[choice->reason]++;
    if (lived < world->youngest_gone_ns)
        world->youngest_gone_ns = lived;
}

static void decide(struct world *world)
{
    struct retention_source source = {next, world};

    do {
        assert_int_equal(retention_decide(&world->policy, &world->now, world->cameras, world->count,
                                          &source, world->was_short, world->decision, NULL),
                         STATUS_OK);
        world->was_short = world->decision->is_short;
        for (size_t i = 0; i < world->decision->count; i++)
            let_go(world, &world->decision->choices[i]);
    } while (world->decision->more);
}

static void pass_hours(struct world *world, unsigned hours)
{
    for (unsigned hour = 0; hour < hours; hour++) {
        world->now.utc_ns += HOUR;
        world->now.lived_ns += HOUR;
        for (size_t i = 0; i < world->count; i++)
            if (!world->decision->stop_all && !world->decision->stop[i])
                store(world, i);
        decide(world);
    }
}

static void shorter_than_the_floors_is_refused(void **state)
{
    struct retention_policy policy = {.video_days = 30, .record_days = 180, .full = FULL_STOP};

    (void)state;
    assert_int_equal(retention_policy_check(&policy, NULL), STATUS_OK);
    policy.video_days = 29;
    assert_int_equal(retention_policy_check(&policy, NULL), STATUS_REFUSED);
    policy.video_days = 30;
    policy.record_days = 179;
    assert_int_equal(retention_policy_check(&policy, NULL), STATUS_REFUSED);
    policy.record_days = 180;
    policy.full = 7;
    assert_int_equal(retention_policy_check(&policy, NULL), STATUS_REFUSED);
}

static void video_goes_at_its_age_and_not_before(void **state)
{
    AUTO_WORLD struct world world;

    (void)state;
    world_begin(&world, 2, 100000);
    pass_hours(&world, 30 * 24);
    assert_int_equal(world.gone[0] + world.gone[1], 0);
    pass_hours(&world, 60 * 24);
    /* A segment an hour came, so one an hour went. */
    assert_int_equal(world.gone[0], 60 * 24);
    assert_int_equal(world.gone[1], 60 * 24);
    assert_int_equal(world.below_floor, 0);
    assert_int_equal(world.youngest_gone_ns, 30 * NS_PER_DAY);
    assert_int_equal(world.by_reason[RETENTION_AGE], 2 * 60 * 24);
}

static void a_clock_set_forward_ages_nothing(void **state)
{
    AUTO_WORLD struct world world;

    (void)state;
    world_begin(&world, 1, 100000);
    pass_hours(&world, 10 * 24);
    world.now.utc_ns += 3650 * NS_PER_DAY;
    pass_hours(&world, 20 * 24);
    assert_int_equal(world.gone[0], 0);
    /* Back again: what was stamped in the future must not keep what lies behind it for ever. */
    world.now.utc_ns -= 3650 * NS_PER_DAY;
    pass_hours(&world, 40 * 24);
    assert_true(world.youngest_gone_ns >= 30 * NS_PER_DAY);
    assert_int_equal(world.gone[0], 10 * 24 + 10 * 24);
    assert_int_equal(world.below_floor, 0);
}

static void a_clock_set_back_only_keeps_longer(void **state)
{
    AUTO_WORLD struct world world;

    (void)state;
    world_begin(&world, 1, 100000);
    pass_hours(&world, 29 * 24);
    world.now.utc_ns -= 5 * NS_PER_DAY;
    pass_hours(&world, 5 * 24);
    assert_int_equal(world.gone[0], 0);
    pass_hours(&world, 2 * 24);
    assert_true(world.gone[0] > 0);
    assert_true(world.youngest_gone_ns >= 30 * NS_PER_DAY);
}

static void time_switched_off_is_not_lived_through(void **state)
{
    AUTO_WORLD struct world world;

    (void)state;
    world_begin(&world, 1, 100000);
    pass_hours(&world, 10 * 24);
    world.now.utc_ns += 100 * NS_PER_DAY;
    pass_hours(&world, 19 * 24);
    assert_int_equal(world.gone[0], 0);
}

static void what_is_held_never_goes(void **state)
{
    AUTO_WORLD struct world world;

    (void)state;
    world_begin(&world, 1, 20000);
    pass_hours(&world, 48);
    for (size_t i = 10; i < 20; i++)
        world.stored[i].segment.held = true;
    pass_hours(&world, 120 * 24);
    for (size_t i = 0; i < 48; i++)
        assert_int_equal(world.stored[i].gone, i < 10 || i >= 20);
    for (size_t i = 10; i < 20; i++)
        world.stored[i].segment.held = false;
    decide(&world);
    for (size_t i = 10; i < 20; i++)
        assert_true(world.stored[i].gone);
}

static void a_full_disk_lets_the_oldest_go_and_says_below_floor(void **state)
{
    AUTO_WORLD struct world world;

    (void)state;
    /* Two cameras at 10 MB an hour need 14,400 MB for 30 days; there are 5,000. */
    world_begin(&world, 2, 5000);
    pass_hours(&world, 60 * 24);
    assert_true(world.below_floor > 0);
    assert_int_equal(world.by_reason[RETENTION_AGE], 0);
    assert_true(world.now.free_bytes >= world.policy.reserve_bytes);
    /* The oldest of all, so both alike. */
    assert_true(llabs((long long)(world.gone[0] - world.gone[1])) <= 2);
    for (size_t i = 1; i < world.stored_count; i++)
        assert_true(world.stored[i - 1].gone || !world.stored[i].gone);
}

static void the_reserve_is_never_used(void **state)
{
    AUTO_WORLD struct world world;

    (void)state;
    world_begin(&world, 2, 2000);
    for (unsigned hour = 0; hour < 40 * 24; hour++) {
        pass_hours(&world, 1);
        assert_true(world.now.free_bytes >= world.policy.reserve_bytes);
    }
}

static void flood(struct world *world)
{
    world->hourly[3] = 300 * MB;
    pass_hours(world, 29 * 24);
    assert_int_equal(world->gone[0] + world->gone[1] + world->gone[2], 0);
    assert_true(world->gone[3] > 0);
    assert_int_equal(world->by_reason[RETENTION_SPACE], 0);
    assert_true(world->by_reason[RETENTION_SHARE] > 0);
}

static void a_flooding_camera_pushes_only_its_own_video_out(void **state)
{
    AUTO_WORLD struct world world;

    (void)state;
    /* Three calm cameras keep 30 days in their shares of a quarter; the fourth floods. */
    world_begin(&world, 4, 30500);
    flood(&world);
}

static void what_others_took_of_the_volume_is_no_cameras_share(void **state)
{
    AUTO_WORLD struct world world;

    (void)state;
    world_begin(&world, 4, 90500);
    world.now.free_bytes -= 60000 * MB;
    world.now.promised_bytes = 300 * MB;
    flood(&world);
}

static void a_share_that_was_set_is_kept_to(void **state)
{
    struct retention_policy policy = {.reserve_bytes = 100};
    struct retention_camera cameras[] = {
        {.camera = "a", .share_percent = 60}, {.camera = "b"}, {.camera = "c"}};
    struct retention_camera too_much[] = {{.camera = "a", .share_percent = 150},
                                          {.camera = "b", .share_percent = 50}};

    (void)state;
    assert_int_equal(retention_share_bytes(&policy, 10100, cameras, 3, 0), 6000);
    assert_int_equal(retention_share_bytes(&policy, 10100, cameras, 3, 1), 2000);
    assert_int_equal(retention_share_bytes(&policy, 10100, cameras, 3, 2), 2000);
    assert_int_equal(retention_share_bytes(&policy, 10100, too_much, 2, 0), 7500);
    assert_int_equal(retention_share_bytes(&policy, 10100, too_much, 2, 1), 2500);
    assert_int_equal(retention_share_bytes(&policy, 50, cameras, 3, 0), 0);
}

static void policy_stop_stops_and_deletes_nothing_young(void **state)
{
    AUTO_WORLD struct world world;

    (void)state;
    world_begin(&world, 2, 5000);
    world.policy.full = FULL_STOP;
    pass_hours(&world, 29 * 24);
    assert_int_equal(world.gone[0] + world.gone[1], 0);
    assert_true(world.decision->stop[0]);
    assert_true(world.now.free_bytes > 0);
    /* What comes of age still goes, and recording goes on. */
    pass_hours(&world, 10 * 24);
    assert_true(world.gone[0] > 0);
    assert_int_equal(world.below_floor, 0);
}

static void policy_stop_stops_a_flooding_camera_alone(void **state)
{
    AUTO_WORLD struct world world;

    (void)state;
    world_begin(&world, 2, 20500);
    world.policy.full = FULL_STOP;
    world.hourly[1] = 400 * MB;
    pass_hours(&world, 20 * 24);
    assert_true(world.decision->stop[1]);
    assert_false(world.decision->stop[0]);
    assert_true(world.decision->over_share[1]);
    assert_int_equal(world.stored[world.stored_count - 1].camera, 0);
}

static void when_all_is_held_it_is_said(void **state)
{
    AUTO_WORLD struct world world;

    (void)state;
    world_begin(&world, 1, 3000);
    pass_hours(&world, 250);
    world.hourly[0] = 1;
    for (size_t i = 0; i < world.stored_count; i++)
        world.stored[i].segment.held = true;
    world.now.free_bytes = 400 * MB;
    decide(&world);
    assert_true(world.decision->is_short);
    assert_true(world.decision->nothing_may_go);
    assert_int_equal(world.decision->count, 0);
}

static void what_open_segments_may_still_write_is_freed_before(void **state)
{
    AUTO_WORLD struct world world;

    (void)state;
    world_begin(&world, 1, 2000);
    pass_hours(&world, 10);
    world.now.free_bytes = world.policy.reserve_bytes + 100 * MB;
    decide(&world);
    assert_false(world.decision->is_short);
    world.now.promised_bytes = 200 * MB;
    decide(&world);
    assert_true(world.decision->is_short);
    assert_true(world.gone[0] > 0);
}

static void relief_needs_the_slack_as_well(void **state)
{
    AUTO_WORLD struct world world;

    (void)state;
    world_begin(&world, 1, 3000);
    pass_hours(&world, 240);
    world.now.free_bytes = 499 * MB;
    decide(&world);
    assert_true(world.now.free_bytes >= 600 * MB);
}

static void reach_is_what_the_volume_holds_at_this_rate(void **state)
{
    struct retention_policy policy = {.reserve_bytes = 1000};
    struct retention_now now = {.total_bytes = 101000, .free_bytes = 51000};
    struct retention_camera cameras[] = {
        {.camera = "a", .stored_bytes = 50000, .bytes_per_day = 1000},
        {.camera = "b", .bytes_per_day = 0}};

    (void)state;
    assert_int_equal(retention_reach_days(&policy, &now, cameras, 2), 100);
    cameras[1].bytes_per_day = 1000;
    assert_int_equal(retention_reach_days(&policy, &now, cameras, 2), 50);
    cameras[0].share_percent = 20;
    assert_int_equal(retention_reach_days(&policy, &now, cameras, 2), 20);
    cameras[0].bytes_per_day = 0;
    cameras[1].bytes_per_day = 0;
    assert_int_equal(retention_reach_days(&policy, &now, cameras, 2), RETENTION_UNKNOWN_DAYS);
}

static struct record_head head_at(const char *boot_id, int64_t monotonic_ns)
{
    struct record_head head = {.monotonic_ns = monotonic_ns};

    (void)snprintf(head.boot_id, sizeof(head.boot_id), "%s", boot_id);
    return head;
}

static void lived_time_counts_within_a_boot_only(void **state)
{
    struct lived lived = {0};
    struct record_head heads[] = {head_at("a", 1000), head_at("a", 1500), head_at("b", 9000),
                                  head_at("b", 9100), head_at("b", 9050), head_at("b", 9060)};
    int64_t expected[] = {0, 500, 500, 600, 600, 610};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        lived_add(&lived, &heads[i]);
        assert_int_equal(lived.total_ns, expected[i]);
    }
    assert_int_equal(lived.next, 6);
    assert_int_equal(lived_now(&lived, "b", 9160), 710);
    assert_int_equal(lived_now(&lived, "c", 9160), 610);
    assert_int_equal(lived_now(&lived, "b", INT64_MIN), 610);
}

static void age_is_the_lesser_and_never_negative(void **state)
{
    (void)state;
    assert_int_equal(lived_age_ns(100, 50, 40, 20), 30);
    assert_int_equal(lived_age_ns(100, 500, 40, 20), 60);
    assert_int_equal(lived_age_ns(30, 500, 40, 20), 0);
    assert_int_equal(lived_age_ns(INT64_MAX, 500, INT64_MIN, 20), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shorter_than_the_floors_is_refused),
        cmocka_unit_test(video_goes_at_its_age_and_not_before),
        cmocka_unit_test(a_clock_set_forward_ages_nothing),
        cmocka_unit_test(a_clock_set_back_only_keeps_longer),
        cmocka_unit_test(time_switched_off_is_not_lived_through),
        cmocka_unit_test(what_is_held_never_goes),
        cmocka_unit_test(a_full_disk_lets_the_oldest_go_and_says_below_floor),
        cmocka_unit_test(the_reserve_is_never_used),
        cmocka_unit_test(a_flooding_camera_pushes_only_its_own_video_out),
        cmocka_unit_test(what_others_took_of_the_volume_is_no_cameras_share),
        cmocka_unit_test(a_share_that_was_set_is_kept_to),
        cmocka_unit_test(policy_stop_stops_and_deletes_nothing_young),
        cmocka_unit_test(policy_stop_stops_a_flooding_camera_alone),
        cmocka_unit_test(when_all_is_held_it_is_said),
        cmocka_unit_test(what_open_segments_may_still_write_is_freed_before),
        cmocka_unit_test(relief_needs_the_slack_as_well),
        cmocka_unit_test(reach_is_what_the_volume_holds_at_this_rate),
        cmocka_unit_test(lived_time_counts_within_a_boot_only),
        cmocka_unit_test(age_is_the_lesser_and_never_negative),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
