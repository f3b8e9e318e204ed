/*
 * forced: the door was opened, and nothing in the `grant_s` before allowed it. Of one that was
 * found open nobody knows what was before, nor of one so soon after a loss.
 *
 *   allowed by    a grant, the exit button, an emergency release, a completed two-person access;
 *                 an unlocked door, until it is locked again
 *   begins        when it is certain that no such thing comes any more
 *   ends          when the door is closed
 */
#include <stdio.h>

#include "door/rules_rule.h"

static bool is_permission(enum door_event event)
{
    static const enum door_event permissions[] = {
        DOOR_ACCESS_GRANTED,    DOOR_ACCESS_TAKEN, DOOR_REX_PRESSED,
        DOOR_EMERGENCY_RELEASE, DOOR_UNLOCKED,     DOOR_DUAL_COMPLETED,
    };
    for (size_t i = 0; i < sizeof permissions / sizeof permissions[0]; i++) {
        if (permissions[i] == event)
            return true;
    }
    return false;
}

static int64_t window_ns(const struct rules_door *door)
{
    return (int64_t)door->settings.grant_s * NS_PER_SECOND;
}

/* Whether a permission allows an opening, as far as their times are known. */
static bool allows(const struct rules_door *door, int64_t from_ns, int64_t to_ns,
                   const struct rules_event *opened)
{
    return opened->at_ns - from_ns >= -opened->slack_ns &&
           opened->at_ns - to_ns <= window_ns(door) + opened->slack_ns;
}

/* Whether a permission for it may be lost. */
static bool is_in_doubt(const struct rules_door *door, const struct rules_event *opened)
{
    const struct forced_state *state = &door->forced;
    return state->is_lock_lost || (state->was_lost && opened->at_ns - state->lost_to_ns <=
                                                          window_ns(door) + opened->slack_ns);
}

static void lose(struct rules_door *door, const struct rules_event *loss)
{
    struct forced_state *state = &door->forced;
    if (!state->was_lost || loss->lost_to_ns > state->lost_to_ns)
        state->lost_to_ns = loss->lost_to_ns;
    state->was_lost = true;
    state->is_lock_lost = state->is_lock_lost || (state->tells_lock && loss->is_of_log);
}

static void permit(struct rules_door *door, const struct rules_event *event)
{
    struct forced_state *state = &door->forced;
    int64_t to_ns = event->at_ns + event->drift_ns;
    if (!state->was_permitted || event->at_ns > state->permitted_ns)
        state->permitted_ns = event->at_ns;
    if (!state->was_permitted || to_ns > state->permitted_to_ns)
        state->permitted_to_ns = to_ns;
    state->was_permitted = true;
    if (state->is_pending && allows(door, event->at_ns, to_ns, &state->opened))
        state->is_pending = false;
}

static void expire(struct rules_door *door)
{
    struct forced_state *state = &door->forced;
    char detail[DETAIL_SIZE];
    struct rules_conclusion said =
        rules_conclusion_of(door, &rule_forced, DOOR_FORCED, &state->opened);
    (void)snprintf(detail, sizeof detail,
                   "no grant, exit button, unlocking or release in the %u s before",
                   door->settings.grant_s);
    said.alarm = RULES_ALARM_BEGIN;
    said.detail = detail;
    state->is_pending = false;
    rules_say(door, &said);
}

static void take(struct rules_door *door, const struct rules_event *event)
{
    struct forced_state *state = &door->forced;
    if (door->settings.grant_s == 0)
        return;
    bool was_unlocked = state->is_unlocked;
    if (rules_is_loss(event->event))
        lose(door, event);
    if (event->event == DOOR_UNLOCKED || event->event == DOOR_LOCKED) {
        state->is_unlocked = event->event == DOOR_UNLOCKED;
        state->tells_lock = true;
        state->is_lock_lost = false;
    }
    if (is_permission(event->event) || (event->event == DOOR_LOCKED && was_unlocked))
        permit(door, event);
    if (event->event == DOOR_OPENED && !event->is_found && !was_unlocked &&
        !is_in_doubt(door, event) &&
        !(state->was_permitted &&
          allows(door, state->permitted_ns, state->permitted_to_ns, event))) {
        state->is_pending = true;
        state->opened = *event;
    }
    if (event->event == DOOR_CLOSED && state->is_pending)
        expire(door);
    if (event->event == DOOR_CLOSED)
        rules_say_end(door, &rule_forced, DOOR_FORCED, event);
}

static int64_t deadline_ns(const struct rules_door *door)
{
    const struct forced_state *state = &door->forced;
    return state->is_pending ? state->opened.at_ns + state->opened.slack_ns : RULES_NEVER;
}

static void shift(struct rules_door *door, int64_t ns)
{
    door->forced.permitted_ns = rules_moved(door->forced.permitted_ns, ns);
    door->forced.permitted_to_ns = rules_moved(door->forced.permitted_to_ns, ns);
    door->forced.lost_to_ns = rules_moved(door->forced.lost_to_ns, ns);
    door->forced.opened.at_ns = rules_moved(door->forced.opened.at_ns, ns);
}

const struct rule rule_forced = {
    .name = "forced",
    .evidence = RULES_OF_ALL,
    .take = take,
    .deadline_ns = deadline_ns,
    .expire = expire,
    .shift = shift,
};
