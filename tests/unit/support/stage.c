#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define EPOCH_NS      (INT64_C(1700000000) * NS_PER_SECOND)
#define PANEL_POLL_MS 500u
#define WALL_POLL_MS  200u

static const char *const alarm_words[] = {"", " begin", " end"};

static void hear(void *context, const struct rules_conclusion *conclusion)
{
    struct stage *stage = context;
    if (stage->unheard != NULL && strcmp(stage->unheard, conclusion->by) == 0)
        return;
    char *text = stage->said[stage->count];
    size_t size = sizeof stage->said[0];
    assert_in_range(stage->count, 0, STAGE_SAID_MAX - 1);
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

int64_t stage_at(double second)
{
    return EPOCH_NS + (int64_t)(second * NS_PER_SECOND);
}

struct stage stage_of(struct message_door_settings settings)
{
    settings.rules = 1;
    settings.grace_ms = 2000;
    message_text(settings.door, sizeof settings.door, "archive");
    message_text(settings.controller, sizeof settings.controller, "panel");
    return (struct stage){.settings = settings, .unheard = "access"};
}

void stage_begin(struct stage *stage)
{
    assert_int_equal(rules_new(hear, stage, &stage->rules, NULL), STATUS_OK);
    assert_int_equal(rules_add_door(stage->rules, &stage->settings, NULL), STATUS_OK);
    rules_online(stage->rules, "panel", true, stage_at(-60));
}

void stage_end(struct stage *stage)
{
    rules_free(stage->rules);
}

void stage_happens_late(struct stage *stage, enum door_event event, const char *card, double second,
                        double late)
{
    struct message_entry entry = {.event = (uint16_t)event,
                                  .device_time_quality = DEVICE_TIME_GOOD,
                                  .device_utc_ns = stage_at(second + stage->ahead_s)};
    message_text(entry.door, sizeof entry.door, "archive");
    message_text(entry.credential, sizeof entry.credential, card);
    rules_advance(stage->rules, stage_at(second + late));
    rules_take(stage->rules, ++stage->records, "panel", &entry, "", stage_at(second + late));
}

void stage_happens(struct stage *stage, enum door_event event, double second)
{
    stage_happens_late(stage, event, "", second, 0.1);
}

void stage_is_seen(struct stage *stage, enum door_event event, double second)
{
    struct message_entry entry = {.event = (uint16_t)event};
    message_text(entry.door, sizeof entry.door, "archive");
    rules_advance(stage->rules, stage_at(second));
    rules_take(stage->rules, ++stage->records, "panel", &entry, "", stage_at(second));
}

void stage_is_found(struct stage *stage, enum door_event event, double second)
{
    struct message_entry entry = {.event = (uint16_t)event, .found = 1};
    message_text(entry.door, sizeof entry.door, "archive");
    rules_advance(stage->rules, stage_at(second));
    rules_take(stage->rules, ++stage->records, "panel", &entry, "", stage_at(second));
}

void stage_until(struct stage *stage, double second)
{
    for (int64_t due_ns = rules_due_ns(stage->rules); due_ns <= stage_at(second);
         due_ns = rules_due_ns(stage->rules)) {
        rules_advance(stage->rules, due_ns);
        assert_true(rules_due_ns(stage->rules) > due_ns);
    }
    rules_advance(stage->rules, stage_at(second));
}

void stage_expect(const struct stage *stage, size_t index, const char *text)
{
    assert_true(index < stage->count);
    assert_string_equal(stage->said[index], text);
}

struct stage stage_for_forced(void)
{
    return stage_of((struct message_door_settings){.grant_s = 5});
}

struct stage stage_for_held(void)
{
    return stage_of((struct message_door_settings){.held_s = 30, .prealarm_s = 10});
}

struct stage stage_for_access(void)
{
    struct stage stage = stage_for_forced();
    stage.unheard = "forced";
    return stage;
}

struct stage stage_for_two_persons(void)
{
    return stage_of((struct message_door_settings){.two_persons_s = 10});
}

void stage_may_pass(struct stage *stage, enum direction direction, const char *card, double second)
{
    struct message_entry entry = {.event = DOOR_ACCESS_GRANTED,
                                  .direction = (uint8_t)direction,
                                  .door = "archive",
                                  .device_time_quality = DEVICE_TIME_GOOD,
                                  .device_utc_ns = stage_at(second)};
    message_text(entry.credential, sizeof entry.credential, card);
    rules_advance(stage->rules, stage_at(second));
    rules_take(stage->rules, ++stage->records, "panel", &entry, "", stage_at(second));
}

void stage_passes(struct stage *stage, enum direction direction, const char *card, double second)
{
    stage_may_pass(stage, direction, card, second);
    stage_happens(stage, DOOR_OPENED, second + 1);
    stage_happens(stage, DOOR_CLOSED, second + 2);
}

struct stage stage_for_camera(void)
{
    return stage_of((struct message_door_settings){.cameras = "gate gate-2"});
}

void stage_cameras_go(struct stage *stage, bool down, uint64_t record, double second)
{
    rules_advance(stage->rules, stage_at(second));
    rules_tell_camera(stage->rules, "gate", down, record, stage_at(second));
    rules_tell_camera(stage->rules, "gate-2", down, record + 1, stage_at(second));
}

void stage_says(struct stage *stage, enum door_event event, double second)
{
    struct message_entry entry = {.event = (uint16_t)event};
    rules_advance(stage->rules, stage_at(second));
    rules_take(stage->rules, ++stage->records, "panel", &entry, "", stage_at(second));
}

const enum door_event stage_losses[STAGE_LOSS_COUNT] = {DOOR_RECORDS_LOST, DOOR_LOSS_UNKNOWN};

struct stage stage_for_joint(void)
{
    struct stage stage = stage_of(
        (struct message_door_settings){.grant_s = 5, .poll_ms = PANEL_POLL_MS, .trouble_ms = 1000});
    stage.unheard = NULL;
    return stage;
}

void stage_begin_joint(struct stage *stage)
{
    struct message_door_settings other = stage->settings;
    stage_begin(stage);
    other.poll_ms = WALL_POLL_MS;
    message_text(other.controller, sizeof other.controller, "wall");
    assert_int_equal(rules_add_door(stage->rules, &other, NULL), STATUS_OK);
    rules_online(stage->rules, "wall", true, stage_at(-60));
}

void stage_contact_says(struct stage *stage, enum door_event event, double second, bool found)
{
    struct message_entry entry = {.event = (uint16_t)event, .found = found};
    message_text(entry.door, sizeof entry.door, "archive");
    rules_advance(stage->rules, stage_at(second));
    rules_take(stage->rules, ++stage->records, "wall", &entry, "", stage_at(second));
}

void stage_contact(struct stage *stage, enum door_event event, double second)
{
    stage_contact_says(stage, event, second, false);
}

void stage_reads(struct stage *stage, const char *card, const char *person, double second)
{
    struct message_entry entry = {.event = DOOR_ACCESS_GRANTED,
                                  .door = "archive",
                                  .device_time_quality = DEVICE_TIME_GOOD,
                                  .device_utc_ns = stage_at(second)};
    message_text(entry.credential, sizeof entry.credential, card);
    rules_advance(stage->rules, stage_at(second));
    rules_take(stage->rules, ++stage->records, "panel", &entry, person, stage_at(second));
}
