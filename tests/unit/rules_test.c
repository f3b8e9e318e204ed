/* Conclusions from door entries, on a timeline that stands in the tests: seconds, no clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/vocabulary.h"
#include "door/rules.h"

/* The recorder's clock at second 0. */
#define EPOCH_NS (INT64_C(1700000000) * NS_PER_SECOND)
#define SAID_MAX 160u

struct stage {
    struct rules *rules;
    struct message_door_settings settings;
    const char *unheard; /* a rule that other tests are about; may be NULL */
    double ahead_s;      /* the controller's clock */
    uint64_t records;
    size_t count;
    char said[SAID_MAX][64]; /* "forced 1 @5.0 begin" */
    char method[ID_SIZE];    /* of the last one's credential */
};

static const char *const alarm_words[] = {"", " begin", " end"};

static void hear(void *context, const struct rules_conclusion *conclusion)
{
    struct stage *stage = context;
    if (stage->unheard != NULL && strcmp(stage->unheard, conclusion->by) == 0)
        return;
    char *text = stage->said[stage->count];
    size_t size = sizeof stage->said[0];
    assert_in_range(stage->count, 0, SAID_MAX - 1);
    int used = snprintf(text, size, "%s %llu", word_door_event(conclusion->event)->name,
                        (unsigned long long)conclusion->from[0]);
    for (size_t i = 1; i < conclusion->from_count; i++)
        used += snprintf(text + used, size - (size_t)used, "+%llu",
                         (unsigned long long)conclusion->from[i]);
    (void)snprintf(text + used, size - (size_t)used, " @%.1f%s",
                   (double)(conclusion->at_ns - EPOCH_NS) / NS_PER_SECOND,
                   alarm_words[conclusion->alarm]);
    message_text(stage->method, sizeof stage->method, conclusion->method);
    /* every closing ends alarms, whether there are any or not */
    if (conclusion->alarm != RULES_ALARM_END)
        stage->count++;
}

static int64_t at(double second)
{
    return EPOCH_NS + (int64_t)(second * NS_PER_SECOND);
}

static struct stage stage_of(struct message_door_settings settings)
{
    settings.rules = 1;
    settings.grace_ms = 2000;
    message_text(settings.door, sizeof settings.door, "archive");
    message_text(settings.controller, sizeof settings.controller, "panel");
    return (struct stage){.settings = settings, .unheard = "access"};
}

static void begin(struct stage *stage)
{
    assert_int_equal(rules_new(hear, stage, &stage->rules, NULL), STATUS_OK);
    assert_int_equal(rules_add_door(stage->rules, &stage->settings, NULL), STATUS_OK);
    rules_online(stage->rules, "panel", true, at(-60));
}

static void end(struct stage *stage)
{
    rules_free(stage->rules);
}

/* An event of the door at `second`, on the controller's clock, received `late` seconds later. */
static void happens_late(struct stage *stage, enum door_event event, const char *card,
                         double second, double late)
{
    struct message_entry entry = {.event = (uint16_t)event,
                                  .device_time_quality = DEVICE_TIME_GOOD,
                                  .device_utc_ns = at(second + stage->ahead_s)};
    message_text(entry.door, sizeof entry.door, "archive");
    message_text(entry.credential, sizeof entry.credential, card);
    rules_advance(stage->rules, at(second + late));
    rules_take(stage->rules, ++stage->records, "panel", &entry, at(second + late));
}

static void happens(struct stage *stage, enum door_event event, double second)
{
    happens_late(stage, event, "", second, 0.1);
}

/* By a controller without a clock. */
static void is_seen(struct stage *stage, enum door_event event, double second)
{
    struct message_entry entry = {.event = (uint16_t)event};
    message_text(entry.door, sizeof entry.door, "archive");
    rules_advance(stage->rules, at(second));
    rules_take(stage->rules, ++stage->records, "panel", &entry, at(second));
}

/* By a controller without a clock, when it is watched again. */
static void is_found(struct stage *stage, enum door_event event, double second)
{
    struct message_entry entry = {.event = (uint16_t)event, .found = 1};
    message_text(entry.door, sizeof entry.door, "archive");
    rules_advance(stage->rules, at(second));
    rules_take(stage->rules, ++stage->records, "panel", &entry, at(second));
}

/* Calls when it asks to be called, as the keeper's timer does, and at last at `second`. */
static void until(struct stage *stage, double second)
{
    for (int64_t due_ns = rules_due_ns(stage->rules); due_ns <= at(second);
         due_ns = rules_due_ns(stage->rules)) {
        rules_advance(stage->rules, due_ns);
        assert_true(rules_due_ns(stage->rules) > due_ns);
    }
    rules_advance(stage->rules, at(second));
}

static void expect(const struct stage *stage, size_t index, const char *text)
{
    assert_true(index < stage->count);
    assert_string_equal(stage->said[index], text);
}

/* ---- forced ---- */

static struct stage forced_stage(void)
{
    return stage_of((struct message_door_settings){.grant_s = 5});
}

static void opening_without_any_permission_is_forced_after_the_grace(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    happens(&stage, DOOR_OPENED, 10);
    until(&stage, 12);
    assert_int_equal(stage.count, 0);
    until(&stage, 12.5);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "forced 1 @10.0 begin");
    end(&stage);
}

static void forced_alarm_ends_when_the_door_is_closed(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    happens(&stage, DOOR_OPENED, 10);
    happens(&stage, DOOR_CLOSED, 11);
    until(&stage, 20);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "forced 1 @10.0 begin");
    assert_string_equal(stage.said[1], "forced 2 @11.0 end");
    end(&stage);
}

static void every_permission_allows_an_opening_in_its_window(void **state)
{
    static const enum door_event permissions[] = {DOOR_ACCESS_GRANTED, DOOR_REX_PRESSED,
                                                  DOOR_EMERGENCY_RELEASE, DOOR_UNLOCKED};
    (void)state;
    for (size_t i = 0; i < sizeof permissions / sizeof permissions[0]; i++) {
        struct stage stage = forced_stage();
        begin(&stage);
        happens(&stage, permissions[i], 10);
        happens(&stage, DOOR_OPENED, 15);
        until(&stage, 60);
        assert_int_equal(stage.count, 0);
        end(&stage);
    }
}

static void a_permission_ends_with_its_window(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    happens(&stage, DOOR_ACCESS_GRANTED, 10);
    happens(&stage, DOOR_OPENED, 15.1);
    until(&stage, 60);
    expect(&stage, 0, "forced 2 @15.1 begin");
    end(&stage);
}

static void a_denied_card_allows_nothing(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    happens(&stage, DOOR_ACCESS_DENIED, 10);
    happens(&stage, DOOR_OPENED, 11);
    until(&stage, 60);
    assert_int_equal(stage.count, 1);
    end(&stage);
}

static void an_unlocked_door_may_be_opened_until_it_is_locked(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    happens(&stage, DOOR_UNLOCKED, 10);
    happens(&stage, DOOR_OPENED, 500);
    happens(&stage, DOOR_CLOSED, 505);
    happens(&stage, DOOR_LOCKED, 600);
    happens(&stage, DOOR_OPENED, 604);
    happens(&stage, DOOR_CLOSED, 605);
    until(&stage, 700);
    assert_int_equal(stage.count, 0);
    happens(&stage, DOOR_OPENED, 800);
    until(&stage, 900);
    assert_int_equal(stage.count, 1);
    end(&stage);
}

static void a_grant_that_arrives_after_its_opening_within_the_grace_makes_it_right(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    happens_late(&stage, DOOR_OPENED, "", 11, 0.1);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "1", 10, 2.9);
    until(&stage, 60);
    assert_int_equal(stage.count, 0);
    end(&stage);
}

static void without_a_clock_the_window_is_wider_by_the_poll_interval(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    rules_poll_interval(stage.rules, "panel", (uint64_t)NS_PER_SECOND);
    is_seen(&stage, DOOR_ACCESS_GRANTED, 10);
    is_seen(&stage, DOOR_OPENED, 15.9);
    is_seen(&stage, DOOR_CLOSED, 18);
    is_seen(&stage, DOOR_ACCESS_GRANTED, 30.8);
    is_seen(&stage, DOOR_OPENED, 30);
    is_seen(&stage, DOOR_CLOSED, 33);
    until(&stage, 60);
    assert_int_equal(stage.count, 0);
    is_seen(&stage, DOOR_OPENED, 70);
    until(&stage, 80);
    assert_int_equal(stage.count, 1);
    end(&stage);
}

static void a_wrong_but_steady_clock_changes_nothing(void **state)
{
    static const double ahead[] = {-100000, -300, 300, 100000};
    (void)state;
    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        struct stage stage = forced_stage();
        stage.settings.held_s = 30;
        stage.ahead_s = ahead[i];
        begin(&stage);
        happens(&stage, DOOR_ACCESS_GRANTED, 10);
        happens(&stage, DOOR_OPENED, 12);
        happens(&stage, DOOR_CLOSED, 40);
        until(&stage, 60);
        assert_int_equal(stage.count, 0);
        happens(&stage, DOOR_OPENED, 70);
        until(&stage, 99);
        assert_int_equal(stage.count, 1);
        until(&stage, 103);
        assert_int_equal(stage.count, 2);
        end(&stage);
    }
}

static void a_clock_that_is_doubted_for_a_while_changes_nothing(void **state)
{
    static const double ahead[] = {-3600, 3600};
    (void)state;
    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        struct stage stage = forced_stage();
        stage.settings.held_s = 30;
        stage.ahead_s = ahead[i];
        begin(&stage);
        is_seen(&stage, DOOR_REX_PRESSED, 4);
        is_seen(&stage, DOOR_OPENED, 5);
        happens(&stage, DOOR_CLOSED, 20);
        happens(&stage, DOOR_ACCESS_GRANTED, 40);
        is_seen(&stage, DOOR_OPENED, 41);
        until(&stage, 60);
        happens(&stage, DOOR_CLOSED, 65);
        until(&stage, 100);
        assert_int_equal(stage.count, 0);
        is_seen(&stage, DOOR_OPENED, 110);
        until(&stage, 113);
        assert_int_equal(stage.count, 1);
        expect(&stage, 0, "forced 7 @110.0 begin");
        end(&stage);
    }
}

/* ---- held ---- */

static struct stage held_stage(void)
{
    return stage_of((struct message_door_settings){.held_s = 30, .prealarm_s = 10});
}

static void open_too_long_is_warned_of_and_then_held(void **state)
{
    (void)state;
    struct stage stage = held_stage();
    begin(&stage);
    happens(&stage, DOOR_OPENED, 10);
    until(&stage, 31.9);
    assert_int_equal(stage.count, 0);
    until(&stage, 41.9);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "held_prealarm 1 @30.0");
    until(&stage, 500);
    assert_int_equal(stage.count, 2);
    expect(&stage, 1, "held 1 @40.0 begin");
    end(&stage);
}

static void closed_in_time_is_not_held(void **state)
{
    (void)state;
    struct stage stage = held_stage();
    begin(&stage);
    happens(&stage, DOOR_OPENED, 10);
    happens(&stage, DOOR_CLOSED, 40);
    until(&stage, 500);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "held_prealarm 1 @30.0");
    end(&stage);
}

static void opening_said_again_does_not_begin_anew(void **state)
{
    (void)state;
    struct stage stage = held_stage();
    begin(&stage);
    happens(&stage, DOOR_OPENED, 10);
    happens(&stage, DOOR_OPENED, 25);
    until(&stage, 500);
    expect(&stage, 1, "held 1 @40.0 begin");
    end(&stage);
}

static void a_closing_that_comes_late_raises_no_alarm(void **state)
{
    (void)state;
    struct stage stage = held_stage();
    begin(&stage);
    happens(&stage, DOOR_OPENED, 10);
    happens_late(&stage, DOOR_CLOSED, "", 29, 2.5);
    until(&stage, 500);
    assert_int_equal(stage.count, 0);
    end(&stage);
}

static void nothing_is_judged_of_a_controller_that_does_not_answer(void **state)
{
    (void)state;
    struct stage stage = held_stage();
    begin(&stage);
    happens(&stage, DOOR_OPENED, 10);
    until(&stage, 15);
    rules_online(stage.rules, "panel", false, at(15));
    until(&stage, 500);
    assert_int_equal(stage.count, 0);
    /* its log tells that the door was closed in time */
    rules_online(stage.rules, "panel", true, at(500));
    until(&stage, 501);
    happens_late(&stage, DOOR_CLOSED, "", 20, 481.5);
    until(&stage, 600);
    assert_int_equal(stage.count, 0);
    end(&stage);
}

static void a_long_log_handed_over_slowly_raises_no_alarm(void **state)
{
    (void)state;
    struct stage stage = held_stage();
    begin(&stage);
    happens(&stage, DOOR_OPENED, 10);
    rules_online(stage.rules, "panel", false, at(15));
    rules_online(stage.rules, "panel", true, at(500));
    /* ten seconds of older denials before the closing's turn comes */
    for (int i = 0; i < 10; i++)
        happens_late(&stage, DOOR_ACCESS_DENIED, "", 16 + 0.1 * i, 485 + i);
    happens_late(&stage, DOOR_CLOSED, "", 20, 492);
    until(&stage, 600);
    assert_int_equal(stage.count, 0);
    end(&stage);
}

static void an_answer_that_fails_a_while_raises_no_alarm(void **state)
{
    (void)state;
    struct stage stage = held_stage();
    stage.settings.poll_ms = 500;
    stage.settings.trouble_ms = 3000;
    begin(&stage);
    happens(&stage, DOOR_OPENED, 10);
    until(&stage, 38);
    assert_int_equal(stage.count, 1);
    happens_late(&stage, DOOR_CLOSED, "", 39, 5.5);
    until(&stage, 500);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "held_prealarm 1 @30.0");
    end(&stage);
}

static void what_was_open_all_the_while_is_held_late_with_its_time(void **state)
{
    (void)state;
    struct stage stage = held_stage();
    begin(&stage);
    happens(&stage, DOOR_OPENED, 10);
    rules_online(stage.rules, "panel", false, at(15));
    rules_online(stage.rules, "panel", true, at(500));
    until(&stage, 503);
    assert_int_equal(stage.count, 2);
    expect(&stage, 1, "held 1 @40.0 begin");
    end(&stage);
}

static void a_clock_that_is_set_neither_shortens_nor_lengthens_what_runs(void **state)
{
    static const double steps[] = {-3600, 3600};
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct stage stage = held_stage();
        stage.settings.grant_s = 5;
        begin(&stage);
        happens(&stage, DOOR_ACCESS_GRANTED, 9);
        happens(&stage, DOOR_OPENED, 10);
        until(&stage, 15);
        stage.ahead_s = steps[i];
        is_seen(&stage, DOOR_CLOCK_STEPPED, 20);
        happens(&stage, DOOR_ACCESS_DENIED, 20);
        until(&stage, 29);
        happens(&stage, DOOR_CLOSED, 29);
        until(&stage, 100);
        assert_int_equal(stage.count, 0);
        happens(&stage, DOOR_ACCESS_GRANTED, 200);
        happens(&stage, DOOR_OPENED, 204);
        until(&stage, 240);
        assert_int_equal(stage.count, 2);
        end(&stage);
    }
}

static void the_same_entries_give_the_same_conclusions_again(void **state)
{
    (void)state;
    struct stage live = held_stage();
    struct stage again = held_stage();
    live.settings.grant_s = again.settings.grant_s = 5;
    begin(&live);
    begin(&again);
    /* read back, nobody answers yet and no time passes by itself */
    rules_online(again.rules, "panel", false, at(-50));
    for (int i = 0; i < 3; i++) {
        happens(&live, DOOR_OPENED, 100 * i);
        until(&live, 100 * i + 60);
        happens(&live, DOOR_CLOSED, 100 * i + 60);
        happens(&again, DOOR_OPENED, 100 * i);
        happens(&again, DOOR_CLOSED, 100 * i + 60);
    }
    rules_online(again.rules, "panel", true, at(300));
    until(&live, 400);
    until(&again, 400);
    assert_int_equal(live.count, 9);
    assert_int_equal(again.count, live.count);
    for (size_t i = 0; i < live.count; i++)
        assert_string_equal(again.said[i], live.said[i]);
    end(&live);
    end(&again);
}

/* ---- taken, not taken ---- */

static struct stage access_stage(void)
{
    struct stage stage = forced_stage();
    stage.unheard = "forced";
    return stage;
}

static void a_grant_is_taken_by_an_opening_or_not_taken(void **state)
{
    (void)state;
    struct stage stage = access_stage();
    begin(&stage);
    happens(&stage, DOOR_ACCESS_GRANTED, 10);
    happens(&stage, DOOR_OPENED, 14);
    happens(&stage, DOOR_CLOSED, 16);
    happens(&stage, DOOR_ACCESS_GRANTED, 20);
    until(&stage, 60);
    assert_int_equal(stage.count, 2);
    expect(&stage, 0, "access_taken 1+2 @14.0");
    expect(&stage, 1, "access_not_taken 4 @25.0");
    end(&stage);
}

static void two_granted_before_one_opening_both_go_in(void **state)
{
    (void)state;
    struct stage stage = access_stage();
    begin(&stage);
    happens(&stage, DOOR_ACCESS_GRANTED, 10);
    happens(&stage, DOOR_ACCESS_GRANTED, 12);
    happens(&stage, DOOR_OPENED, 14);
    until(&stage, 60);
    assert_int_equal(stage.count, 2);
    expect(&stage, 0, "access_taken 1+3 @14.0");
    expect(&stage, 1, "access_taken 2+3 @14.0");
    end(&stage);
}

static void a_grant_at_an_open_door_is_not_judged(void **state)
{
    (void)state;
    struct stage stage = access_stage();
    begin(&stage);
    happens(&stage, DOOR_REX_PRESSED, 9);
    happens(&stage, DOOR_OPENED, 10);
    happens(&stage, DOOR_ACCESS_GRANTED, 11);
    until(&stage, 60);
    assert_int_equal(stage.count, 0);
    end(&stage);
}

static void an_opening_that_comes_late_still_takes_the_grant(void **state)
{
    (void)state;
    struct stage stage = access_stage();
    begin(&stage);
    happens(&stage, DOOR_ACCESS_GRANTED, 10);
    happens_late(&stage, DOOR_OPENED, "", 14.5, 2.4);
    until(&stage, 60);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "access_taken 1+2 @14.5");
    end(&stage);
}

/* ---- two persons ---- */

static struct stage two_persons_stage(void)
{
    return stage_of((struct message_door_settings){.two_persons_s = 10});
}

static void two_different_cards_complete_a_two_person_access(void **state)
{
    (void)state;
    struct stage stage = two_persons_stage();
    begin(&stage);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.1);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "b", 20, 0.1);
    until(&stage, 60);
    assert_int_equal(stage.count, 2);
    expect(&stage, 0, "dual_waiting 1 @10.0");
    expect(&stage, 1, "dual_completed 1+2 @20.0");
    end(&stage);
}

static void the_same_card_again_or_a_key_is_no_second_person(void **state)
{
    (void)state;
    struct stage stage = two_persons_stage();
    begin(&stage);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.1);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 15, 0.1);
    happens_late(&stage, DOOR_ACCESS_DENIED, "b", 16, 0.1);
    happens_late(&stage, DOOR_KEY_PRESSED, "7", 17, 0.1);
    until(&stage, 60);
    assert_int_equal(stage.count, 2);
    expect(&stage, 0, "dual_waiting 1 @10.0");
    expect(&stage, 1, "dual_timeout 1 @20.0");
    end(&stage);
}

static void a_second_person_who_comes_too_late_waits_for_another(void **state)
{
    (void)state;
    struct stage stage = two_persons_stage();
    begin(&stage);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.1);
    happens_late(&stage, DOOR_ACCESS_REQUESTED, "b", 20.5, 0.1);
    until(&stage, 24);
    assert_int_equal(stage.count, 3);
    expect(&stage, 1, "dual_timeout 1 @20.0");
    expect(&stage, 2, "dual_waiting 2 @20.5");
    end(&stage);
}

static void second_cards_read_in_another_order_than_they_come_count(void **state)
{
    (void)state;
    struct stage stage = two_persons_stage();
    begin(&stage);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "b", 12, 0.1);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 2.5);
    until(&stage, 60);
    assert_int_equal(stage.count, 2);
    expect(&stage, 0, "dual_waiting 2 @10.0");
    expect(&stage, 1, "dual_completed 2+1 @12.0");
    end(&stage);
}

static void a_conclusion_says_how_its_credential_was_read(void **state)
{
    (void)state;
    struct stage stage = two_persons_stage();
    struct message_entry entry = {
        .event = DOOR_ACCESS_REQUESTED, .door = "archive", .credential = "4711", .method = "pin"};
    begin(&stage);
    rules_take(stage.rules, ++stage.records, "panel", &entry, at(10));
    until(&stage, 15);
    assert_int_equal(stage.count, 1);
    assert_string_equal(stage.method, "pin");
    end(&stage);
}

/* ---- anti-passback ---- */

/* Granted, at `second`. */
static void may_pass(struct stage *stage, enum direction direction, const char *card, double second)
{
    struct message_entry entry = {.event = DOOR_ACCESS_GRANTED,
                                  .direction = (uint8_t)direction,
                                  .door = "archive",
                                  .device_time_quality = DEVICE_TIME_GOOD,
                                  .device_utc_ns = at(second)};
    message_text(entry.credential, sizeof entry.credential, card);
    rules_advance(stage->rules, at(second));
    rules_take(stage->rules, ++stage->records, "panel", &entry, at(second));
}

static void passes(struct stage *stage, enum direction direction, const char *card, double second)
{
    may_pass(stage, direction, card, second);
    happens(stage, DOOR_OPENED, second + 1);
    happens(stage, DOOR_CLOSED, second + 2);
}

static void who_enters_twice_without_leaving_is_observed(void **state)
{
    (void)state;
    struct stage stage = stage_of((struct message_door_settings){.anti_passback = 1});
    begin(&stage);
    passes(&stage, DIRECTION_IN, "a", 10);
    passes(&stage, DIRECTION_IN, "b", 20);
    passes(&stage, DIRECTION_OUT, "a", 30);
    passes(&stage, DIRECTION_IN, "a", 40);
    until(&stage, 50);
    assert_int_equal(stage.count, 0);
    passes(&stage, DIRECTION_IN, "b", 60);
    until(&stage, 70);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "apb_violation 13+4 @60.0");
    end(&stage);
}

static void a_grant_that_was_not_used_let_nobody_in(void **state)
{
    (void)state;
    struct stage stage = stage_of((struct message_door_settings){.anti_passback = 1});
    begin(&stage);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.1);
    until(&stage, 40);
    passes(&stage, DIRECTION_IN, "a", 50);
    until(&stage, 70);
    assert_int_equal(stage.count, 0);
    end(&stage);
}

/* ---- cameras ---- */

static struct stage camera_stage(void)
{
    return stage_of((struct message_door_settings){.cameras = "gate gate-2"});
}

static void a_door_opened_while_all_its_cameras_are_down_is_unseen(void **state)
{
    (void)state;
    struct stage stage = camera_stage();
    begin(&stage);
    rules_tell_camera(stage.rules, "gate", true, 101, at(1));
    happens(&stage, DOOR_OPENED, 10);
    happens(&stage, DOOR_CLOSED, 12);
    until(&stage, 20);
    assert_int_equal(stage.count, 0);
    rules_tell_camera(stage.rules, "gate-2", true, 102, at(21));
    happens(&stage, DOOR_OPENED, 30);
    until(&stage, 40);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "open_unseen 3+102 @30.0 begin");
    happens(&stage, DOOR_CLOSED, 50);
    until(&stage, 60);
    assert_string_equal(stage.said[1], "open_unseen 4 @50.0 end");
    end(&stage);
}

static void the_last_camera_that_goes_down_leaves_an_open_door_unseen(void **state)
{
    (void)state;
    struct stage stage = camera_stage();
    begin(&stage);
    happens(&stage, DOOR_OPENED, 10);
    until(&stage, 20);
    rules_tell_camera(stage.rules, "gate-2", true, 101, at(20));
    until(&stage, 20.9);
    assert_int_equal(stage.count, 0);
    rules_tell_camera(stage.rules, "gate", true, 102, at(21));
    until(&stage, 23.5);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "open_unseen 1+102 @21.0 begin");
    rules_tell_camera(stage.rules, "gate-2", false, 103, at(25));
    until(&stage, 27.5);
    assert_string_equal(stage.said[1], "open_unseen 103 @25.0 end");
    end(&stage);
}

static void cameras_go(struct stage *stage, bool down, uint64_t record, double second)
{
    rules_advance(stage->rules, at(second));
    rules_tell_camera(stage->rules, "gate", down, record, at(second));
    rules_tell_camera(stage->rules, "gate-2", down, record + 1, at(second));
}

static void an_opening_that_comes_late_was_seen_by_a_camera_that_is_down_by_then(void **state)
{
    static const double ahead[] = {-3600, 0, 3600};
    (void)state;
    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        struct stage stage = camera_stage();
        stage.ahead_s = ahead[i];
        begin(&stage);
        happens(&stage, DOOR_REX_PRESSED, 5);
        until(&stage, 10);
        rules_online(stage.rules, "panel", false, at(10));
        cameras_go(&stage, true, 101, 20);
        until(&stage, 30);
        rules_online(stage.rules, "panel", true, at(30));
        happens_late(&stage, DOOR_OPENED, "", 12, 18.5);
        happens_late(&stage, DOOR_CLOSED, "", 14, 17);
        until(&stage, 60);
        assert_int_equal(stage.count, 0);
        end(&stage);
    }
}

static void an_opening_that_comes_late_was_unseen_by_a_camera_that_is_back_by_then(void **state)
{
    static const double ahead[] = {-3600, 0, 3600};
    (void)state;
    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        struct stage stage = camera_stage();
        stage.ahead_s = ahead[i];
        begin(&stage);
        happens(&stage, DOOR_REX_PRESSED, 5);
        until(&stage, 10);
        rules_online(stage.rules, "panel", false, at(10));
        cameras_go(&stage, true, 101, 11);
        cameras_go(&stage, false, 103, 20);
        rules_online(stage.rules, "panel", true, at(30));
        happens_late(&stage, DOOR_OPENED, "", 12, 18.5);
        happens_late(&stage, DOOR_CLOSED, "", 14, 17);
        until(&stage, 60);
        assert_int_equal(stage.count, 1);
        assert_non_null(strstr(stage.said[0], "open_unseen 2+102 @"));
        end(&stage);
    }
}

static void a_door_that_stood_open_is_unseen_from_when_its_cameras_went(void **state)
{
    (void)state;
    struct stage stage = camera_stage();
    begin(&stage);
    happens(&stage, DOOR_REX_PRESSED, 5);
    until(&stage, 10);
    rules_online(stage.rules, "panel", false, at(10));
    cameras_go(&stage, true, 101, 20);
    cameras_go(&stage, false, 103, 25);
    rules_online(stage.rules, "panel", true, at(30));
    happens_late(&stage, DOOR_OPENED, "", 12, 18.5);
    until(&stage, 60);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "open_unseen 2+102 @20.0 begin");
    assert_string_equal(stage.said[1], "open_unseen 103 @25.0 end");
    end(&stage);
}

static void of_a_time_before_what_is_kept_of_cameras_nothing_is_said(void **state)
{
    (void)state;
    struct stage stage = camera_stage();
    begin(&stage);
    happens(&stage, DOOR_REX_PRESSED, 5);
    until(&stage, 10);
    rules_online(stage.rules, "panel", false, at(10));
    for (uint64_t i = 0; i < 200; i++)
        cameras_go(&stage, i % 2 == 0, 101 + 2 * i, 11 + (double)i);
    rules_online(stage.rules, "panel", true, at(300));
    happens_late(&stage, DOOR_OPENED, "", 11.5, 289);
    happens_late(&stage, DOOR_CLOSED, "", 11.8, 289);
    until(&stage, 400);
    assert_int_equal(stage.count, 0);
    end(&stage);
}

/* ---- lost ---- */

/* Something that the recorder itself says of the controller. */
static void says(struct stage *stage, enum door_event event, double second)
{
    struct message_entry entry = {.event = (uint16_t)event};
    rules_advance(stage->rules, at(second));
    rules_take(stage->rules, ++stage->records, "panel", &entry, at(second));
}

static const enum door_event losses[] = {DOOR_RECORDS_LOST, DOOR_LOSS_UNKNOWN};
#define LOSS_COUNT (sizeof losses / sizeof losses[0])

static void an_opening_right_after_a_loss_is_not_forced_and_a_later_one_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSS_COUNT; i++) {
        struct stage stage = forced_stage();
        begin(&stage);
        happens(&stage, DOOR_REX_PRESSED, 10);
        until(&stage, 30);
        says(&stage, losses[i], 40.1);
        happens(&stage, DOOR_OPENED, 40);
        happens(&stage, DOOR_CLOSED, 41);
        happens(&stage, DOOR_OPENED, 44.5);
        happens(&stage, DOOR_CLOSED, 45);
        until(&stage, 60);
        assert_int_equal(stage.count, 0);
        happens(&stage, DOOR_OPENED, 61);
        until(&stage, 80);
        assert_int_equal(stage.count, 1);
        expect(&stage, 0, "forced 7 @61.0 begin");
        end(&stage);
    }
}

static void without_a_clock_an_opening_right_after_a_loss_is_not_forced(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSS_COUNT; i++) {
        struct stage stage = forced_stage();
        begin(&stage);
        is_seen(&stage, DOOR_REX_PRESSED, 10);
        until(&stage, 30);
        says(&stage, losses[i], 40);
        is_seen(&stage, DOOR_OPENED, 40);
        is_seen(&stage, DOOR_CLOSED, 41);
        until(&stage, 60);
        assert_int_equal(stage.count, 0);
        is_seen(&stage, DOOR_OPENED, 61);
        until(&stage, 80);
        assert_int_equal(stage.count, 1);
        expect(&stage, 0, "forced 5 @61.0 begin");
        end(&stage);
    }
}

static void an_opening_before_a_loss_stays_forced(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSS_COUNT; i++) {
        for (int clock = 0; clock < 2; clock++) {
            struct stage stage = forced_stage();
            begin(&stage);
            (clock != 0 ? happens : is_seen)(&stage, DOOR_OPENED, 10);
            says(&stage, losses[i], 11);
            (clock != 0 ? happens : is_seen)(&stage, DOOR_CLOSED, 11);
            until(&stage, 60);
            assert_int_equal(stage.count, 1);
            expect(&stage, 0, "forced 1 @10.0 begin");
            end(&stage);
        }
    }
}

static void a_log_that_overflowed_while_nobody_asked_is_judged_from_the_next_record_on(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    happens(&stage, DOOR_REX_PRESSED, 10);
    until(&stage, 30);
    rules_online(stage.rules, "panel", false, at(30));
    rules_online(stage.rules, "panel", true, at(5000));
    says(&stage, DOOR_LOG_NEARLY_FULL, 5000);
    says(&stage, DOOR_RECORDS_LOST, 5000.1);
    happens_late(&stage, DOOR_OPENED, "", 1000, 4000.1);
    happens_late(&stage, DOOR_CLOSED, "", 1001, 3999.2);
    happens_late(&stage, DOOR_OPENED, "", 2000, 3000.3);
    happens_late(&stage, DOOR_CLOSED, "", 2001, 2999.4);
    until(&stage, 5100);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "forced 6 @2000.0 begin");
    end(&stage);
}

static void a_loss_that_is_heard_before_the_clock_is_known_ends_with_the_next_record(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    rules_online(stage.rules, "panel", false, at(0));
    rules_online(stage.rules, "panel", true, at(99));
    happens_late(&stage, DOOR_REX_PRESSED, "", 10, 90);
    says(&stage, DOOR_RECORDS_LOST, 100.1);
    happens_late(&stage, DOOR_OPENED, "", 40, 60.2);
    happens_late(&stage, DOOR_CLOSED, "", 41, 59.3);
    happens_late(&stage, DOOR_OPENED, "", 50, 50.4);
    until(&stage, 120);
    assert_int_equal(stage.count, 1);
    assert_non_null(strstr(stage.said[0], "forced 5 "));
    end(&stage);
}

static void what_follows_a_loss_nobody_can_place_is_judged_from_when_it_was_said(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    happens(&stage, DOOR_REX_PRESSED, 10);
    until(&stage, 30);
    rules_online(stage.rules, "panel", false, at(30));
    rules_online(stage.rules, "panel", true, at(5000));
    /* its log is full: what it held comes first, what it lost after that */
    says(&stage, DOOR_LOSS_UNKNOWN, 5000.1);
    happens_late(&stage, DOOR_OPENED, "", 1000, 4000.1);
    happens_late(&stage, DOOR_CLOSED, "", 1001, 3999.2);
    happens(&stage, DOOR_OPENED, 5001);
    happens(&stage, DOOR_CLOSED, 5002);
    until(&stage, 5100);
    assert_int_equal(stage.count, 0);
    happens(&stage, DOOR_OPENED, 5200);
    until(&stage, 5300);
    assert_int_equal(stage.count, 1);
    end(&stage);
}

static void a_clock_that_was_wrong_until_a_loss_changes_nothing(void **state)
{
    static const double steps[] = {-3600, 3600};
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct stage stage = forced_stage();
        begin(&stage);
        happens(&stage, DOOR_REX_PRESSED, 10);
        until(&stage, 30);
        says(&stage, DOOR_LOSS_UNKNOWN, 40);
        stage.ahead_s = steps[i];
        says(&stage, DOOR_CLOCK_STEPPED, 40);
        happens(&stage, DOOR_OPENED, 40);
        happens(&stage, DOOR_CLOSED, 41);
        until(&stage, 60);
        assert_int_equal(stage.count, 0);
        happens(&stage, DOOR_OPENED, 61);
        until(&stage, 80);
        assert_int_equal(stage.count, 1);
        end(&stage);
    }
}

static void a_lock_that_may_have_been_opened_is_not_known_until_it_is_told_of(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    happens(&stage, DOOR_UNLOCKED, 10);
    happens(&stage, DOOR_LOCKED, 20);
    says(&stage, DOOR_RECORDS_LOST, 100);
    happens(&stage, DOOR_OPENED, 100);
    happens(&stage, DOOR_CLOSED, 101);
    happens(&stage, DOOR_OPENED, 200);
    happens(&stage, DOOR_CLOSED, 201);
    happens(&stage, DOOR_LOCKED, 300);
    until(&stage, 400);
    assert_int_equal(stage.count, 0);
    happens(&stage, DOOR_OPENED, 500);
    until(&stage, 600);
    assert_int_equal(stage.count, 1);
    end(&stage);
}

static void a_lock_whose_input_was_not_read_for_a_moment_is_as_it_was(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    is_seen(&stage, DOOR_UNLOCKED, 10);
    is_seen(&stage, DOOR_LOCKED, 20);
    says(&stage, DOOR_LOSS_UNKNOWN, 100);
    is_seen(&stage, DOOR_OPENED, 110);
    until(&stage, 200);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "forced 4 @110.0 begin");
    end(&stage);
}

static void whether_a_grant_was_taken_is_not_known_of_a_window_with_a_loss(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSS_COUNT; i++) {
        struct stage stage = access_stage();
        begin(&stage);
        happens(&stage, DOOR_ACCESS_GRANTED, 10);
        says(&stage, losses[i], 12);
        happens(&stage, DOOR_CLOSED, 12);
        until(&stage, 60);
        assert_int_equal(stage.count, 0);
        happens(&stage, DOOR_ACCESS_GRANTED, 70);
        says(&stage, losses[i], 71);
        happens(&stage, DOOR_OPENED, 72);
        happens(&stage, DOOR_CLOSED, 73);
        happens(&stage, DOOR_ACCESS_GRANTED, 80);
        until(&stage, 100);
        assert_int_equal(stage.count, 2);
        expect(&stage, 0, "access_taken 4+6 @72.0");
        expect(&stage, 1, "access_not_taken 8 @85.0");
        end(&stage);
    }
}

static void a_grant_after_a_loss_may_be_one_at_an_open_door(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSS_COUNT; i++) {
        struct stage stage = access_stage();
        begin(&stage);
        happens(&stage, DOOR_CLOSED, 10);
        says(&stage, losses[i], 20);
        happens(&stage, DOOR_ACCESS_DENIED, 20);
        happens(&stage, DOOR_ACCESS_GRANTED, 40);
        until(&stage, 60);
        happens(&stage, DOOR_ACCESS_GRANTED, 70);
        happens(&stage, DOOR_OPENED, 71);
        happens(&stage, DOOR_CLOSED, 72);
        until(&stage, 100);
        assert_int_equal(stage.count, 1);
        expect(&stage, 0, "access_taken 5+6 @71.0");
        end(&stage);
    }
}

static void how_long_it_was_open_is_not_known_of_a_log_with_a_loss(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSS_COUNT; i++) {
        struct stage stage = held_stage();
        begin(&stage);
        happens(&stage, DOOR_OPENED, 10);
        until(&stage, 15);
        says(&stage, losses[i], 20);
        happens(&stage, DOOR_ACCESS_DENIED, 20);
        until(&stage, 100);
        assert_int_equal(stage.count, 0);
        /* it was closed meanwhile */
        happens(&stage, DOOR_OPENED, 110);
        until(&stage, 200);
        assert_int_equal(stage.count, 2);
        expect(&stage, 1, "held 4 @140.0 begin");
        end(&stage);
    }
}

static void inputs_that_were_not_read_for_a_moment_do_not_close_a_door(void **state)
{
    (void)state;
    struct stage stage = held_stage();
    begin(&stage);
    is_seen(&stage, DOOR_OPENED, 10);
    /* more often than the grace is long */
    for (int i = 0; i < 40; i++) {
        says(&stage, DOOR_LOSS_UNKNOWN, 11 + i);
        until(&stage, 11.5 + i);
    }
    assert_int_equal(stage.count, 2);
    expect(&stage, 1, "held 1 @40.0 begin");
    end(&stage);
}

static void whether_a_second_person_came_is_not_known_of_a_window_with_a_loss(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSS_COUNT; i++) {
        struct stage stage = two_persons_stage();
        begin(&stage);
        happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.1);
        says(&stage, losses[i], 15);
        happens(&stage, DOOR_OPENED, 15);
        until(&stage, 60);
        /* he may be the second himself */
        says(&stage, losses[i], 70);
        happens_late(&stage, DOOR_ACCESS_GRANTED, "b", 70, 0.1);
        until(&stage, 100);
        assert_int_equal(stage.count, 2);
        expect(&stage, 0, "dual_waiting 1 @10.0");
        expect(&stage, 1, "dual_waiting 5 @70.0");
        says(&stage, losses[i], 110);
        happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 110, 0.1);
        happens_late(&stage, DOOR_ACCESS_GRANTED, "b", 112, 0.1);
        until(&stage, 130);
        expect(&stage, 3, "dual_completed 7+8 @112.0");
        happens_late(&stage, DOOR_ACCESS_GRANTED, "b", 140, 0.1);
        until(&stage, 160);
        assert_int_equal(stage.count, 6);
        expect(&stage, 5, "dual_timeout 9 @150.0");
        end(&stage);
    }
}

static void who_is_inside_is_not_known_after_a_loss(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSS_COUNT; i++) {
        struct stage stage = stage_of((struct message_door_settings){.anti_passback = 1});
        begin(&stage);
        passes(&stage, DIRECTION_IN, "a", 10);
        until(&stage, 20);
        says(&stage, losses[i], 30);
        passes(&stage, DIRECTION_IN, "a", 30);
        until(&stage, 40);
        assert_int_equal(stage.count, 0);
        passes(&stage, DIRECTION_IN, "a", 50);
        until(&stage, 60);
        assert_int_equal(stage.count, 1);
        expect(&stage, 0, "apb_violation 8+5 @50.0");
        end(&stage);
    }
}

static void who_came_in_before_a_loss_was_said_may_have_left_in_it(void **state)
{
    (void)state;
    struct stage stage = stage_of((struct message_door_settings){.anti_passback = 1});
    begin(&stage);
    happens(&stage, DOOR_CLOSED, 10);
    until(&stage, 20);
    rules_online(stage.rules, "panel", false, at(20));
    rules_online(stage.rules, "panel", true, at(5000));
    says(&stage, DOOR_LOSS_UNKNOWN, 5000.1);
    struct message_entry entry = {.event = DOOR_ACCESS_GRANTED,
                                  .direction = DIRECTION_IN,
                                  .door = "archive",
                                  .credential = "a",
                                  .device_time_quality = DEVICE_TIME_GOOD,
                                  .device_utc_ns = at(1000)};
    rules_take(stage.rules, ++stage.records, "panel", &entry, at(5000.2));
    happens_late(&stage, DOOR_OPENED, "", 1001, 3999.3);
    happens_late(&stage, DOOR_CLOSED, "", 1002, 3998.4);
    passes(&stage, DIRECTION_IN, "a", 5010);
    until(&stage, 5020);
    assert_int_equal(stage.count, 0);
    passes(&stage, DIRECTION_IN, "a", 5030);
    until(&stage, 5040);
    assert_int_equal(stage.count, 1);
    end(&stage);
}

static void whether_a_door_is_open_unseen_is_not_known_of_a_log_with_a_loss(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSS_COUNT; i++) {
        struct stage stage = camera_stage();
        begin(&stage);
        happens(&stage, DOOR_OPENED, 10);
        says(&stage, losses[i], 20);
        happens(&stage, DOOR_ACCESS_DENIED, 20);
        cameras_go(&stage, true, 101, 30);
        until(&stage, 60);
        assert_int_equal(stage.count, 0);
        happens(&stage, DOOR_OPENED, 70);
        until(&stage, 80);
        assert_int_equal(stage.count, 1);
        expect(&stage, 0, "open_unseen 4+102 @70.0 begin");
        end(&stage);
    }
}

/* ---- found, not seen ---- */

static void a_door_that_was_found_open_is_not_forced(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    is_found(&stage, DOOR_OPENED, 10);
    is_seen(&stage, DOOR_CLOSED, 12);
    until(&stage, 60);
    assert_int_equal(stage.count, 0);
    is_seen(&stage, DOOR_OPENED, 70);
    until(&stage, 80);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "forced 3 @70.0 begin");
    end(&stage);
}

static void a_door_that_was_found_open_is_held_from_then_on(void **state)
{
    (void)state;
    struct stage stage = held_stage();
    begin(&stage);
    is_found(&stage, DOOR_OPENED, 10);
    is_found(&stage, DOOR_OPENED, 25); /* the controller's process was started again */
    until(&stage, 500);
    assert_int_equal(stage.count, 2);
    expect(&stage, 0, "held_prealarm 1 @30.0");
    expect(&stage, 1, "held 1 @40.0 begin");
    end(&stage);
}

static void a_door_that_was_found_closed_ends_what_is_said_of_it(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    stage.settings.held_s = 30;
    begin(&stage);
    is_seen(&stage, DOOR_OPENED, 10);
    until(&stage, 50);
    assert_int_equal(stage.count, 2);
    expect(&stage, 0, "forced 1 @10.0 begin");
    expect(&stage, 1, "held 1 @40.0 begin");
    is_found(&stage, DOOR_CLOSED, 60);
    until(&stage, 100);
    assert_int_equal(stage.count, 2);
    assert_string_equal(stage.said[2], "held 2 @60.0 end");
    end(&stage);
}

static void an_opening_that_was_seen_stays_forced_when_its_closing_was_not(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    is_seen(&stage, DOOR_OPENED, 10);
    is_found(&stage, DOOR_CLOSED, 11);
    until(&stage, 60);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "forced 1 @10.0 begin");
    end(&stage);
}

static void how_long_it_was_open_is_not_known_of_a_door_that_was_found_closed(void **state)
{
    (void)state;
    struct stage stage = held_stage();
    begin(&stage);
    is_seen(&stage, DOOR_OPENED, 10);
    until(&stage, 15);
    rules_online(stage.rules, "panel", false, at(15));
    until(&stage, 500);
    rules_online(stage.rules, "panel", true, at(500));
    is_found(&stage, DOOR_CLOSED, 500);
    until(&stage, 600);
    assert_int_equal(stage.count, 0);
    end(&stage);
}

static void whether_a_grant_was_taken_is_not_known_where_the_contact_was_not_watched(void **state)
{
    static const enum door_event contacts[] = {DOOR_OPENED, DOOR_CLOSED};
    (void)state;
    for (size_t i = 0; i < sizeof contacts / sizeof contacts[0]; i++) {
        struct stage stage = access_stage();
        begin(&stage);
        is_seen(&stage, DOOR_ACCESS_GRANTED, 10);
        rules_online(stage.rules, "panel", false, at(11));
        until(&stage, 40);
        rules_online(stage.rules, "panel", true, at(40));
        is_found(&stage, contacts[i], 40);
        is_seen(&stage, DOOR_CLOSED, 50);
        until(&stage, 60);
        assert_int_equal(stage.count, 0);
        is_seen(&stage, DOOR_ACCESS_GRANTED, 70);
        until(&stage, 80);
        assert_int_equal(stage.count, 1);
        expect(&stage, 0, "access_not_taken 4 @75.0");
        end(&stage);
    }
}

static void a_grant_is_taken_by_an_opening_that_is_seen_after_one_that_was_found(void **state)
{
    (void)state;
    struct stage stage = access_stage();
    begin(&stage);
    is_seen(&stage, DOOR_ACCESS_GRANTED, 10);
    is_found(&stage, DOOR_OPENED, 11);
    is_seen(&stage, DOOR_CLOSED, 12);
    is_seen(&stage, DOOR_OPENED, 13);
    until(&stage, 60);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "access_taken 1+4 @13.0");
    end(&stage);
}

static void an_opening_that_was_found_let_nobody_in(void **state)
{
    (void)state;
    struct stage stage = stage_of((struct message_door_settings){.anti_passback = 1});
    begin(&stage);
    may_pass(&stage, DIRECTION_IN, "a", 10);
    is_found(&stage, DOOR_OPENED, 11);
    is_seen(&stage, DOOR_CLOSED, 12);
    may_pass(&stage, DIRECTION_IN, "a", 40);
    until(&stage, 60);
    assert_int_equal(stage.count, 0);
    /* who is granted while it stands open goes in */
    is_found(&stage, DOOR_OPENED, 70);
    may_pass(&stage, DIRECTION_IN, "a", 71);
    may_pass(&stage, DIRECTION_IN, "a", 72);
    until(&stage, 80);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "apb_violation 7+6 @72.0");
    end(&stage);
}

static void a_door_that_was_found_open_while_its_cameras_are_down_is_unseen(void **state)
{
    (void)state;
    struct stage stage = camera_stage();
    begin(&stage);
    rules_tell_camera(stage.rules, "gate", true, 101, at(1));
    rules_tell_camera(stage.rules, "gate-2", true, 102, at(2));
    is_found(&stage, DOOR_OPENED, 10);
    until(&stage, 20);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "open_unseen 1+102 @10.0 begin");
    is_found(&stage, DOOR_CLOSED, 30);
    until(&stage, 40);
    assert_string_equal(stage.said[1], "open_unseen 2 @30.0 end");
    end(&stage);
}

static void a_second_person_counts_whatever_is_found_in_between(void **state)
{
    (void)state;
    struct stage stage = two_persons_stage();
    begin(&stage);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.1);
    is_found(&stage, DOOR_OPENED, 12);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "b", 14, 0.1);
    is_found(&stage, DOOR_CLOSED, 15);
    until(&stage, 60);
    assert_int_equal(stage.count, 2);
    expect(&stage, 1, "dual_completed 1+3 @14.0");
    end(&stage);
}

/* ---- several controllers: the reader is at "panel", the contact at "wall" ---- */

#define PANEL_POLL_MS 500u
#define WALL_POLL_MS  200u

static struct stage joint_stage(void)
{
    struct stage stage = stage_of(
        (struct message_door_settings){.grant_s = 5, .poll_ms = PANEL_POLL_MS, .trouble_ms = 1000});
    stage.unheard = NULL;
    return stage;
}

static void begin_joint(struct stage *stage)
{
    struct message_door_settings other = stage->settings;
    begin(stage);
    other.poll_ms = WALL_POLL_MS;
    message_text(other.controller, sizeof other.controller, "wall");
    assert_int_equal(rules_add_door(stage->rules, &other, NULL), STATUS_OK);
    rules_online(stage->rules, "wall", true, at(-60));
}

static void contact_says(struct stage *stage, enum door_event event, double second, bool found)
{
    struct message_entry entry = {.event = (uint16_t)event, .found = found};
    message_text(entry.door, sizeof entry.door, "archive");
    rules_advance(stage->rules, at(second));
    rules_take(stage->rules, ++stage->records, "wall", &entry, at(second));
}

static void contact(struct stage *stage, enum door_event event, double second)
{
    contact_says(stage, event, second, false);
}

static void a_grant_at_one_controller_is_taken_by_an_opening_at_another(void **state)
{
    static const double ahead[] = {-100000, 0, 300};
    (void)state;
    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        struct stage stage = joint_stage();
        stage.ahead_s = ahead[i];
        begin_joint(&stage);
        happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.4);
        contact(&stage, DOOR_OPENED, 14);
        contact(&stage, DOOR_CLOSED, 16);
        until(&stage, 60);
        assert_int_equal(stage.count, 1);
        expect(&stage, 0, "access_taken 1+2 @14.0");
        end(&stage);
    }
}

static void an_opening_at_one_controller_without_a_grant_at_another_is_forced(void **state)
{
    (void)state;
    struct stage stage = joint_stage();
    stage.ahead_s = 300;
    begin_joint(&stage);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.4);
    contact(&stage, DOOR_OPENED, 17.5);
    until(&stage, 21.4);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "access_not_taken 1 @15.9");
    until(&stage, 23);
    assert_int_equal(stage.count, 2);
    expect(&stage, 1, "forced 2 @17.5 begin");
    contact(&stage, DOOR_CLOSED, 30);
    until(&stage, 40);
    assert_int_equal(stage.count, 2);
    assert_string_equal(stage.said[2], "forced 3 @30.0 end");
    end(&stage);
}

static void a_grant_that_is_heard_after_the_opening_it_allowed_is_taken(void **state)
{
    (void)state;
    struct stage stage = joint_stage();
    begin_joint(&stage);
    contact(&stage, DOOR_OPENED, 10.1);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.45);
    contact(&stage, DOOR_CLOSED, 10.6);
    until(&stage, 60);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "access_taken 2+1 @10.1");
    end(&stage);
}

static void nothing_is_judged_while_one_controller_does_not_answer(void **state)
{
    (void)state;
    struct stage stage = joint_stage();
    stage.settings.held_s = 30;
    stage.ahead_s = -3600;
    begin_joint(&stage);
    happens_late(&stage, DOOR_ACCESS_DENIED, "b", 5, 0.1);
    until(&stage, 15);
    rules_online(stage.rules, "panel", false, at(15));
    contact(&stage, DOOR_OPENED, 20);
    contact(&stage, DOOR_CLOSED, 25);
    contact(&stage, DOOR_OPENED, 100);
    until(&stage, 500);
    assert_int_equal(stage.count, 0);
    /* its log tells what allowed the first */
    rules_online(stage.rules, "panel", true, at(500));
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 19, 481.5);
    until(&stage, 600);
    assert_int_equal(stage.count, 3);
    expect(&stage, 0, "access_taken 5+2 @20.0");
    expect(&stage, 1, "forced 4 @100.0 begin");
    expect(&stage, 2, "held 4 @131.0 begin");
    end(&stage);
}

static void whether_a_grant_was_taken_is_not_known_while_the_contact_does_not_answer(void **state)
{
    (void)state;
    for (int found = 0; found < 2; found++) {
        struct stage stage = joint_stage();
        begin_joint(&stage);
        contact(&stage, DOOR_CLOSED, 0);
        until(&stage, 15);
        rules_online(stage.rules, "wall", false, at(15));
        happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 100, 0.1);
        happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 200, 0.1);
        until(&stage, 500);
        rules_online(stage.rules, "wall", true, at(500));
        if (found != 0)
            contact_says(&stage, DOOR_CLOSED, 500.1, true);
        until(&stage, 550);
        assert_int_equal(stage.count, 0);
        happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 600, 0.1);
        until(&stage, 700);
        assert_int_equal(stage.count, 1);
        assert_non_null(strstr(stage.said[0], "access_not_taken"));
        end(&stage);
    }
}

static void how_long_it_was_open_is_not_known_while_the_contact_does_not_answer(void **state)
{
    (void)state;
    struct stage stage = joint_stage();
    stage.settings.grant_s = 0;
    stage.settings.held_s = 30;
    begin_joint(&stage);
    contact(&stage, DOOR_OPENED, 10);
    until(&stage, 20);
    rules_online(stage.rules, "wall", false, at(20));
    happens_late(&stage, DOOR_ACCESS_DENIED, "a", 100, 0.1);
    rules_online(stage.rules, "wall", true, at(500));
    contact_says(&stage, DOOR_CLOSED, 500.1, true);
    until(&stage, 550);
    assert_int_equal(stage.count, 0);
    /* but one that is open still was so all the while */
    contact(&stage, DOOR_OPENED, 600);
    until(&stage, 610);
    rules_online(stage.rules, "wall", false, at(610));
    rules_online(stage.rules, "wall", true, at(700));
    until(&stage, 750);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "held 4 @631.0 begin");
    end(&stage);
}

static void a_log_from_before_the_clocks_were_compared_allows_and_accuses_nothing(void **state)
{
    (void)state;
    struct stage stage = joint_stage();
    begin_joint(&stage);
    rules_online(stage.rules, "panel", false, at(0));
    rules_online(stage.rules, "panel", true, at(10));
    for (int i = 0; i < 10; i++)
        happens_late(&stage, DOOR_ACCESS_GRANTED, "a", -86400 + 600 * i, 86410.5 - 599 * i);
    contact(&stage, DOOR_OPENED, 21);
    contact(&stage, DOOR_CLOSED, 22);
    until(&stage, 60);
    assert_int_equal(stage.count, 0);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 70, 0.1);
    contact(&stage, DOOR_OPENED, 71);
    until(&stage, 100);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "access_taken 13+14 @71.0");
    end(&stage);
}

static void a_clock_that_is_set_changes_nothing_at_a_door_of_several(void **state)
{
    static const double steps[] = {-3600, 3600};
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct stage stage = joint_stage();
        begin_joint(&stage);
        happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 10, 0.1);
        contact(&stage, DOOR_OPENED, 11);
        contact(&stage, DOOR_CLOSED, 12);
        stage.ahead_s = steps[i];
        is_seen(&stage, DOOR_CLOCK_STEPPED, 20);
        happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 20, 0.1);
        contact(&stage, DOOR_OPENED, 21);
        until(&stage, 60);
        assert_int_equal(stage.count, 2);
        expect(&stage, 1, "access_taken 5+6 @21.0");
        end(&stage);
    }
}

/* By so little that nobody says so. */
static void a_clock_that_is_set_back_a_little_accuses_nobody(void **state)
{
    (void)state;
    struct stage stage = joint_stage();
    begin_joint(&stage);
    for (int i = 0; i < 10; i++) {
        double second = 100.0 * i;
        stage.ahead_s = i == 0 ? 0 : -3.3;
        happens_late(&stage, DOOR_ACCESS_GRANTED, "a", second, 0.1);
        contact(&stage, DOOR_OPENED, second + 3);
        contact(&stage, DOOR_CLOSED, second + 4);
        until(&stage, second + 60);
        assert_int_equal(stage.count, 1);
        assert_non_null(strstr(stage.said[0], "access_taken"));
        stage.count = 0;
    }
    /* and by then it is known */
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 1000, 0.1);
    contact(&stage, DOOR_OPENED, 1007.5);
    until(&stage, 1100);
    assert_int_equal(stage.count, 2);
    assert_non_null(strstr(stage.said[1], "forced"));
    end(&stage);
}

static void a_contact_whose_clock_is_set_back_a_little_accuses_nobody(void **state)
{
    static const double steps[] = {0, -3, -3};
    (void)state;
    struct stage stage = joint_stage();
    begin_joint(&stage);
    for (int i = 0; i < 3; i++) {
        double second = 100.0 * i;
        struct message_entry entry = {.event = DOOR_OPENED,
                                      .door = "archive",
                                      .device_time_quality = DEVICE_TIME_GOOD,
                                      .device_utc_ns = at(second + 1 + steps[i])};
        happens_late(&stage, DOOR_ACCESS_GRANTED, "a", second, 0.1);
        rules_advance(stage.rules, at(second + 1.1));
        rules_take(stage.rules, ++stage.records, "wall", &entry, at(second + 1.1));
        entry.event = DOOR_CLOSED;
        entry.device_utc_ns = at(second + 9 + steps[i]);
        rules_advance(stage.rules, at(second + 9.1));
        rules_take(stage.rules, ++stage.records, "wall", &entry, at(second + 9.1));
        until(&stage, second + 60);
        assert_int_equal(stage.count, 1);
        assert_non_null(strstr(stage.said[0], "access_taken"));
        stage.count = 0;
    }
    end(&stage);
}

static void a_clock_that_runs_slow_is_followed(void **state)
{
    (void)state;
    struct stage stage = joint_stage();
    begin_joint(&stage);
    /* a month at 50 ppm: two minutes behind at last */
    for (int hour = 0; hour < 720; hour++) {
        double second = 3600.0 * hour;
        stage.ahead_s = -0.18 * hour;
        happens_late(&stage, DOOR_ACCESS_GRANTED, "a", second, 0.1);
        contact(&stage, DOOR_OPENED, second + 4.9);
        contact(&stage, DOOR_CLOSED, second + 6);
        until(&stage, second + 60);
        assert_int_equal(stage.count, 1);
        assert_non_null(strstr(stage.said[0], "access_taken"));
        stage.count = 0;
    }
    end(&stage);
}

static void the_same_entries_of_several_give_the_same_conclusions_again(void **state)
{
    (void)state;
    struct stage live = joint_stage();
    struct stage again = joint_stage();
    live.settings.held_s = again.settings.held_s = 30;
    begin_joint(&live);
    begin_joint(&again);
    rules_online(again.rules, "panel", false, at(-50));
    rules_online(again.rules, "wall", false, at(-50));
    /* what its records say */
    rules_was_online(again.rules, "panel", true, at(-50));
    rules_was_online(again.rules, "wall", true, at(-50));
    for (int i = 0; i < 10; i++) {
        double second = 100 * i;
        happens_late(&live, DOOR_ACCESS_GRANTED, "a", second, 0.1);
        contact(&live, DOOR_OPENED, second + 1);
        until(&live, second + 60);
        contact(&live, DOOR_CLOSED, second + 60);
        contact(&live, DOOR_OPENED, second + 80);
        contact(&live, DOOR_CLOSED, second + 82);
        happens_late(&again, DOOR_ACCESS_GRANTED, "a", second, 0.1);
        contact(&again, DOOR_OPENED, second + 1);
        contact(&again, DOOR_CLOSED, second + 60);
        contact(&again, DOOR_OPENED, second + 80);
        contact(&again, DOOR_CLOSED, second + 82);
    }
    until(&live, 1100);
    rules_new_run(again.rules, false, at(1000));
    rules_online(again.rules, "panel", true, at(1000));
    rules_online(again.rules, "wall", true, at(1000));
    until(&again, 1100);
    assert_int_equal(live.count, 30);
    assert_int_equal(again.count, live.count);
    for (size_t i = 0; i < live.count; i++)
        assert_string_equal(again.said[i], live.said[i]);
    end(&live);
    end(&again);
}

static void a_long_log_is_believed_as_far_as_its_clock_is(void **state)
{
    static const double drifts[] = {-2, 0, 2};
    (void)state;
    for (size_t i = 0; i < sizeof drifts / sizeof drifts[0]; i++) {
        struct stage stage = joint_stage();
        begin_joint(&stage);
        happens_late(&stage, DOOR_ACCESS_DENIED, "b", 5, 0.1);
        until(&stage, 15);
        rules_online(stage.rules, "panel", false, at(15));
        contact(&stage, DOOR_OPENED, 36001);
        contact(&stage, DOOR_CLOSED, 36010);
        contact(&stage, DOOR_OPENED, 36030);
        until(&stage, 36500);
        rules_online(stage.rules, "panel", true, at(36500));
        stage.ahead_s = drifts[i];
        happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 36000, 500.5);
        until(&stage, 36600);
        assert_int_equal(stage.count, 2);
        expect(&stage, 0, "access_taken 5+2 @36001.0");
        expect(&stage, 1, "forced 4 @36030.0 begin");
        end(&stage);
    }
}

static void a_log_that_is_handed_over_slowly_is_waited_for(void **state)
{
    (void)state;
    struct stage stage = joint_stage();
    begin_joint(&stage);
    happens_late(&stage, DOOR_ACCESS_DENIED, "b", 5, 0.45);
    until(&stage, 15);
    rules_online(stage.rules, "panel", false, at(15));
    contact(&stage, DOOR_OPENED, 20.1);
    contact(&stage, DOOR_CLOSED, 25);
    until(&stage, 500);
    rules_online(stage.rules, "panel", true, at(500));
    happens_late(&stage, DOOR_ACCESS_DENIED, "b", 19.9, 481);
    until(&stage, 503);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 20, 484);
    until(&stage, 600);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "access_taken 5+2 @20.1");
    end(&stage);
}

static void a_log_after_its_clock_was_set_accuses_nobody(void **state)
{
    (void)state;
    struct stage stage = joint_stage();
    begin_joint(&stage);
    happens_late(&stage, DOOR_ACCESS_DENIED, "b", 5, 0.1);
    until(&stage, 15);
    rules_online(stage.rules, "panel", false, at(15));
    contact(&stage, DOOR_OPENED, 20);
    contact(&stage, DOOR_CLOSED, 25);
    until(&stage, 500);
    rules_online(stage.rules, "panel", true, at(500));
    is_seen(&stage, DOOR_CLOCK_STEPPED, 500.4);
    stage.ahead_s = 3600;
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 19, 481.5);
    until(&stage, 600);
    assert_int_equal(stage.count, 0);
    end(&stage);
}

static void another_line_of_time_voids_what_is_known_of_clocks(void **state)
{
    (void)state;
    struct stage stage = joint_stage();
    begin_joint(&stage);
    rules_online(stage.rules, "panel", false, at(-50));
    rules_was_online(stage.rules, "panel", true, at(-50));
    happens_late(&stage, DOOR_ACCESS_DENIED, "b", 5, 0.1);
    rules_new_run(stage.rules, true, at(99));
    /* the recorder's wall clock was wrong before */
    stage.ahead_s = -3600;
    rules_online(stage.rules, "panel", true, at(100));
    contact(&stage, DOOR_OPENED, 102);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 101, 1.5);
    contact(&stage, DOOR_CLOSED, 105);
    until(&stage, 120);
    assert_int_equal(stage.count, 0);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 130, 0.4);
    contact(&stage, DOOR_OPENED, 131);
    until(&stage, 150);
    assert_int_equal(stage.count, 1);
    expect(&stage, 0, "access_taken 5+6 @131.0");
    end(&stage);
}

static void a_line_of_time_that_goes_back_stops_nothing(void **state)
{
    (void)state;
    struct stage stage = joint_stage();
    begin_joint(&stage);
    contact(&stage, DOOR_CLOSED, 5);
    happens_late(&stage, DOOR_ACCESS_GRANTED, "a", 1e8, 0.1);
    contact(&stage, DOOR_OPENED, 1e8 + 1);
    until(&stage, 1e8 + 20);
    assert_int_equal(stage.count, 1);
    rules_online(stage.rules, "panel", false, at(1e8 + 20));
    rules_online(stage.rules, "wall", false, at(1e8 + 20));
    rules_new_run(stage.rules, true, at(100));
    rules_online(stage.rules, "panel", true, at(100));
    rules_online(stage.rules, "wall", true, at(100));
    contact(&stage, DOOR_CLOSED, 110);
    contact(&stage, DOOR_OPENED, 130);
    until(&stage, 150);
    assert_int_equal(stage.count, 2);
    expect(&stage, 1, "forced 5 @130.0 begin");
    end(&stage);
}

static void what_a_reader_without_a_log_granted_unheard_is_not_known(void **state)
{
    (void)state;
    struct stage stage = joint_stage();
    begin_joint(&stage);
    is_seen(&stage, DOOR_ACCESS_GRANTED, 5);
    contact(&stage, DOOR_OPENED, 6);
    contact(&stage, DOOR_CLOSED, 8);
    until(&stage, 15);
    assert_int_equal(stage.count, 1);
    rules_online(stage.rules, "panel", false, at(15));
    contact(&stage, DOOR_OPENED, 20);
    contact(&stage, DOOR_CLOSED, 25);
    until(&stage, 500);
    rules_online(stage.rules, "panel", true, at(500));
    contact(&stage, DOOR_OPENED, 504);
    contact(&stage, DOOR_CLOSED, 505);
    until(&stage, 520);
    assert_int_equal(stage.count, 1);
    contact(&stage, DOOR_OPENED, 530);
    until(&stage, 600);
    assert_int_equal(stage.count, 2);
    expect(&stage, 1, "forced 8 @530.0 begin");
    end(&stage);
}

static void what_one_controller_lost_another_does_not_accuse_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSS_COUNT; i++) {
        struct stage stage = joint_stage();
        stage.settings.held_s = 30;
        begin_joint(&stage);
        happens_late(&stage, DOOR_ACCESS_DENIED, "b", 5, 0.1);
        until(&stage, 15);
        contact(&stage, DOOR_OPENED, 20);
        says(&stage, losses[i], 20.3);
        happens_late(&stage, DOOR_ACCESS_DENIED, "b", 20.2, 0.2);
        contact(&stage, DOOR_CLOSED, 25);
        until(&stage, 60);
        assert_int_equal(stage.count, 0);
        contact(&stage, DOOR_OPENED, 100);
        says(&stage, losses[i], 120);
        happens_late(&stage, DOOR_ACCESS_DENIED, "b", 120, 0.1);
        until(&stage, 200);
        assert_int_equal(stage.count, 2);
        expect(&stage, 0, "forced 6 @100.0 begin");
        expect(&stage, 1, "held 6 @131.0 begin");
        end(&stage);
    }
}

static void of_more_than_can_wait_the_earliest_accuse_nobody(void **state)
{
    (void)state;
    struct stage stage = joint_stage();
    begin_joint(&stage);
    happens_late(&stage, DOOR_ACCESS_DENIED, "b", -10, 0.1);
    rules_online(stage.rules, "panel", false, at(0));
    for (int i = 0; i < 200; i++) {
        contact(&stage, DOOR_OPENED, 10 + 10 * i);
        contact(&stage, DOOR_CLOSED, 12 + 10 * i);
    }
    until(&stage, 3000);
    assert_int_equal(stage.count, 0);
    rules_online(stage.rules, "panel", true, at(3000));
    until(&stage, 3100);
    /* of 400 the newest 256 could wait */
    assert_int_equal(stage.count, 128);
    end(&stage);
}

static void a_door_is_of_four_controllers_at_most(void **state)
{
    (void)state;
    struct stage stage = joint_stage();
    begin_joint(&stage);
    message_text(stage.settings.controller, sizeof stage.settings.controller, "third");
    assert_int_equal(rules_add_door(stage.rules, &stage.settings, NULL), STATUS_OK);
    message_text(stage.settings.controller, sizeof stage.settings.controller, "fourth");
    assert_int_equal(rules_add_door(stage.rules, &stage.settings, NULL), STATUS_OK);
    message_text(stage.settings.controller, sizeof stage.settings.controller, "fifth");
    assert_int_equal(rules_add_door(stage.rules, &stage.settings, NULL), STATUS_FULL);
    end(&stage);
}

/* ---- bounds ---- */

static void wild_times_and_floods_are_borne(void **state)
{
    static const int64_t wild[] = {INT64_MIN, INT64_MAX, 0, 1, -1};
    (void)state;
    for (int joint = 0; joint < 2; joint++) {
        struct stage stage = stage_of((struct message_door_settings){.grant_s = 5, .held_s = 30});
        if (joint != 0)
            begin_joint(&stage);
        else
            begin(&stage);
        struct message_entry entry = {.event = DOOR_REX_PRESSED, .door = "archive"};
        for (uint64_t i = 0; i < 1000; i++) {
            entry.device_time_quality = (uint8_t)(i % 3);
            entry.device_utc_ns = wild[i % 5];
            rules_take(stage.rules, i, "panel", &entry, at(1));
            entry.event = DOOR_CLOCK_STEPPED;
            rules_take(stage.rules, i, "panel", &entry, at(1));
            entry.event = DOOR_REX_PRESSED;
        }
        until(&stage, 10);
        assert_int_equal(stage.count, 0);
        end(&stage);
    }
}

static void derived_entries_and_other_doors_are_passed_over(void **state)
{
    (void)state;
    struct stage stage = forced_stage();
    begin(&stage);
    struct message_entry entry = {.event = DOOR_OPENED, .door = "archive", .derived = 1};
    rules_take(stage.rules, 1, "panel", &entry, at(1));
    entry.derived = 0;
    rules_take(stage.rules, 1, "other", &entry, at(1));
    message_text(entry.door, sizeof entry.door, "vault");
    rules_take(stage.rules, 1, "panel", &entry, at(1));
    until(&stage, 100);
    assert_int_equal(stage.count, 0);
    end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_without_any_permission_is_forced_after_the_grace),
        cmocka_unit_test(forced_alarm_ends_when_the_door_is_closed),
        cmocka_unit_test(every_permission_allows_an_opening_in_its_window),
        cmocka_unit_test(a_permission_ends_with_its_window),
        cmocka_unit_test(a_denied_card_allows_nothing),
        cmocka_unit_test(an_unlocked_door_may_be_opened_until_it_is_locked),
        cmocka_unit_test(a_grant_that_arrives_after_its_opening_within_the_grace_makes_it_right),
        cmocka_unit_test(without_a_clock_the_window_is_wider_by_the_poll_interval),
        cmocka_unit_test(a_wrong_but_steady_clock_changes_nothing),
        cmocka_unit_test(a_clock_that_is_doubted_for_a_while_changes_nothing),
        cmocka_unit_test(open_too_long_is_warned_of_and_then_held),
        cmocka_unit_test(closed_in_time_is_not_held),
        cmocka_unit_test(opening_said_again_does_not_begin_anew),
        cmocka_unit_test(a_closing_that_comes_late_raises_no_alarm),
        cmocka_unit_test(nothing_is_judged_of_a_controller_that_does_not_answer),
        cmocka_unit_test(a_long_log_handed_over_slowly_raises_no_alarm),
        cmocka_unit_test(an_answer_that_fails_a_while_raises_no_alarm),
        cmocka_unit_test(what_was_open_all_the_while_is_held_late_with_its_time),
        cmocka_unit_test(a_clock_that_is_set_neither_shortens_nor_lengthens_what_runs),
        cmocka_unit_test(the_same_entries_give_the_same_conclusions_again),
        cmocka_unit_test(a_grant_is_taken_by_an_opening_or_not_taken),
        cmocka_unit_test(two_granted_before_one_opening_both_go_in),
        cmocka_unit_test(a_grant_at_an_open_door_is_not_judged),
        cmocka_unit_test(an_opening_that_comes_late_still_takes_the_grant),
        cmocka_unit_test(two_different_cards_complete_a_two_person_access),
        cmocka_unit_test(a_conclusion_says_how_its_credential_was_read),
        cmocka_unit_test(the_same_card_again_or_a_key_is_no_second_person),
        cmocka_unit_test(a_second_person_who_comes_too_late_waits_for_another),
        cmocka_unit_test(second_cards_read_in_another_order_than_they_come_count),
        cmocka_unit_test(who_enters_twice_without_leaving_is_observed),
        cmocka_unit_test(a_grant_that_was_not_used_let_nobody_in),
        cmocka_unit_test(a_door_opened_while_all_its_cameras_are_down_is_unseen),
        cmocka_unit_test(the_last_camera_that_goes_down_leaves_an_open_door_unseen),
        cmocka_unit_test(an_opening_that_comes_late_was_seen_by_a_camera_that_is_down_by_then),
        cmocka_unit_test(an_opening_that_comes_late_was_unseen_by_a_camera_that_is_back_by_then),
        cmocka_unit_test(a_door_that_stood_open_is_unseen_from_when_its_cameras_went),
        cmocka_unit_test(of_a_time_before_what_is_kept_of_cameras_nothing_is_said),
        cmocka_unit_test(an_opening_right_after_a_loss_is_not_forced_and_a_later_one_is),
        cmocka_unit_test(without_a_clock_an_opening_right_after_a_loss_is_not_forced),
        cmocka_unit_test(an_opening_before_a_loss_stays_forced),
        cmocka_unit_test(
            a_log_that_overflowed_while_nobody_asked_is_judged_from_the_next_record_on),
        cmocka_unit_test(a_loss_that_is_heard_before_the_clock_is_known_ends_with_the_next_record),
        cmocka_unit_test(what_follows_a_loss_nobody_can_place_is_judged_from_when_it_was_said),
        cmocka_unit_test(a_clock_that_was_wrong_until_a_loss_changes_nothing),
        cmocka_unit_test(a_lock_that_may_have_been_opened_is_not_known_until_it_is_told_of),
        cmocka_unit_test(a_lock_whose_input_was_not_read_for_a_moment_is_as_it_was),
        cmocka_unit_test(whether_a_grant_was_taken_is_not_known_of_a_window_with_a_loss),
        cmocka_unit_test(a_grant_after_a_loss_may_be_one_at_an_open_door),
        cmocka_unit_test(how_long_it_was_open_is_not_known_of_a_log_with_a_loss),
        cmocka_unit_test(whether_a_door_is_open_unseen_is_not_known_of_a_log_with_a_loss),
        cmocka_unit_test(inputs_that_were_not_read_for_a_moment_do_not_close_a_door),
        cmocka_unit_test(whether_a_second_person_came_is_not_known_of_a_window_with_a_loss),
        cmocka_unit_test(who_is_inside_is_not_known_after_a_loss),
        cmocka_unit_test(who_came_in_before_a_loss_was_said_may_have_left_in_it),
        cmocka_unit_test(a_door_that_was_found_open_is_not_forced),
        cmocka_unit_test(a_door_that_was_found_open_is_held_from_then_on),
        cmocka_unit_test(a_door_that_was_found_closed_ends_what_is_said_of_it),
        cmocka_unit_test(an_opening_that_was_seen_stays_forced_when_its_closing_was_not),
        cmocka_unit_test(how_long_it_was_open_is_not_known_of_a_door_that_was_found_closed),
        cmocka_unit_test(whether_a_grant_was_taken_is_not_known_where_the_contact_was_not_watched),
        cmocka_unit_test(a_grant_is_taken_by_an_opening_that_is_seen_after_one_that_was_found),
        cmocka_unit_test(an_opening_that_was_found_let_nobody_in),
        cmocka_unit_test(a_door_that_was_found_open_while_its_cameras_are_down_is_unseen),
        cmocka_unit_test(a_second_person_counts_whatever_is_found_in_between),
        cmocka_unit_test(a_grant_at_one_controller_is_taken_by_an_opening_at_another),
        cmocka_unit_test(an_opening_at_one_controller_without_a_grant_at_another_is_forced),
        cmocka_unit_test(a_grant_that_is_heard_after_the_opening_it_allowed_is_taken),
        cmocka_unit_test(nothing_is_judged_while_one_controller_does_not_answer),
        cmocka_unit_test(whether_a_grant_was_taken_is_not_known_while_the_contact_does_not_answer),
        cmocka_unit_test(how_long_it_was_open_is_not_known_while_the_contact_does_not_answer),
        cmocka_unit_test(a_log_from_before_the_clocks_were_compared_allows_and_accuses_nothing),
        cmocka_unit_test(a_clock_that_is_set_changes_nothing_at_a_door_of_several),
        cmocka_unit_test(a_clock_that_is_set_back_a_little_accuses_nobody),
        cmocka_unit_test(a_contact_whose_clock_is_set_back_a_little_accuses_nobody),
        cmocka_unit_test(a_clock_that_runs_slow_is_followed),
        cmocka_unit_test(the_same_entries_of_several_give_the_same_conclusions_again),
        cmocka_unit_test(a_long_log_is_believed_as_far_as_its_clock_is),
        cmocka_unit_test(a_log_that_is_handed_over_slowly_is_waited_for),
        cmocka_unit_test(a_log_after_its_clock_was_set_accuses_nobody),
        cmocka_unit_test(another_line_of_time_voids_what_is_known_of_clocks),
        cmocka_unit_test(a_line_of_time_that_goes_back_stops_nothing),
        cmocka_unit_test(what_a_reader_without_a_log_granted_unheard_is_not_known),
        cmocka_unit_test(what_one_controller_lost_another_does_not_accuse_of),
        cmocka_unit_test(of_more_than_can_wait_the_earliest_accuse_nobody),
        cmocka_unit_test(a_door_is_of_four_controllers_at_most),
        cmocka_unit_test(wild_times_and_floods_are_borne),
        cmocka_unit_test(derived_entries_and_other_doors_are_passed_over),
    };
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
