/*
 * held: the door has been open for `held_s`, or since so long was found to be. `prealarm_s` before
 * that it is said, but no alarm. Not where its closing may be lost.
 *
 *   closed ──opened──► running ──held_s − prealarm_s──► warned ──held_s──► held (alarm)
 *      ▲                  │                               │                   │
 *      └──────closed──────┴───────────────────────────────┴───────────────────┘
 */
#include <stdio.h>

#include "door/rules_rule.h"

static void take(struct rules_door *door, const struct rules_event *event)
{
    struct held_state *state = &door->held;
    if (door->settings.held_s == 0)
        return;
    if (event->event == DOOR_OPENED)
        *state = (struct held_state){
            .is_running = true, .is_warned = door->settings.prealarm_s == 0, .opened = *event};
    if (event->event == DOOR_CLOSED) {
        state->is_running = false;
        rules_say_end(door, &rule_held, DOOR_HELD, event);
    }
    if (event->is_contact_lost)
        state->is_running = false;
}

static uint32_t next_s(const struct rules_door *door)
{
    uint32_t held_s = door->settings.held_s;
    return door->held.is_warned ? held_s : held_s - door->settings.prealarm_s;
}

static int64_t deadline_ns(const struct rules_door *door)
{
    const struct held_state *state = &door->held;
    return state->is_running
               ? state->opened.at_ns + next_s(door) * NS_PER_SECOND + state->opened.slack_ns
               : RULES_NEVER;
}

static void expire(struct rules_door *door)
{
    struct held_state *state = &door->held;
    char detail[DETAIL_SIZE];
    struct rules_conclusion said = rules_conclusion_of(
        door, &rule_held, state->is_warned ? DOOR_HELD : DOOR_HELD_PREALARM, &state->opened);
    (void)snprintf(detail, sizeof detail, "open for %u s", next_s(door));
    said.at_ns = deadline_ns(door);
    said.alarm = state->is_warned ? RULES_ALARM_BEGIN : RULES_NO_ALARM;
    said.detail = detail;
    state->is_running = !state->is_warned;
    state->is_warned = true;
    rules_say(door, &said);
}

static void shift(struct rules_door *door, int64_t ns)
{
    door->held.opened.at_ns = rules_moved(door->held.opened.at_ns, ns);
}

const struct rule rule_held = {
    .name = "held",
    .evidence = RULES_OF_CONTACT,
    .take = take,
    .deadline_ns = deadline_ns,
    .expire = expire,
    .shift = shift,
};
