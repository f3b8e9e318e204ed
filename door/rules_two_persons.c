/*
 * two_persons: two different credentials within `two_persons_s`, granted or read on the way in.
 *
 *   nobody ──a credential──► dual_waiting ──another one──► dual_completed
 *                                         ──time passes──► dual_timeout
 */
#include <string.h>

#include "door/rules_rule.h"

/* What shows who stands there. */
static bool shows_person(const struct rules_event *event)
{
    return (event->event == DOOR_ACCESS_GRANTED || event->event == DOOR_ACCESS_REQUESTED) &&
           event->credential[0] != '\0' && event->direction != DIRECTION_OUT;
}

static void begin(struct rules_door *door, const struct rules_event *event)
{
    struct two_persons_state *state = &door->two_persons;
    state->is_waiting = true;
    state->first = *event;
    struct rules_conclusion said =
        rules_conclusion_of(door, &rule_two_persons, DOOR_DUAL_WAITING, event);
    rules_say(door, &said);
}

static void complete(struct rules_door *door, const struct rules_event *event)
{
    struct two_persons_state *state = &door->two_persons;
    struct rules_conclusion said =
        rules_conclusion_of(door, &rule_two_persons, DOOR_DUAL_COMPLETED, event);
    said.from[0] = state->first.record;
    said.from[said.from_count++] = event->record;
    state->is_waiting = false;
    rules_say(door, &said);
}

static void take(struct rules_door *door, const struct rules_event *event)
{
    const struct two_persons_state *state = &door->two_persons;
    if (door->settings.two_persons_s == 0 || !shows_person(event))
        return;
    if (!state->is_waiting)
        begin(door, event);
    else if (strcmp(state->first.credential, event->credential) != 0)
        complete(door, event);
}

static int64_t deadline_ns(const struct rules_door *door)
{
    const struct two_persons_state *state = &door->two_persons;
    return state->is_waiting ? state->first.at_ns + door->settings.two_persons_s * NS_PER_SECOND +
                                   state->first.slack_ns
                             : RULES_NEVER;
}

static void expire(struct rules_door *door)
{
    struct two_persons_state *state = &door->two_persons;
    struct rules_conclusion said =
        rules_conclusion_of(door, &rule_two_persons, DOOR_DUAL_TIMEOUT, &state->first);
    said.at_ns = deadline_ns(door);
    state->is_waiting = false;
    rules_say(door, &said);
}

static void shift(struct rules_door *door, int64_t ns)
{
    door->two_persons.first.at_ns = rules_moved(door->two_persons.first.at_ns, ns);
}

const struct rule rule_two_persons = {
    .name = "two_persons",
    .take = take,
    .deadline_ns = deadline_ns,
    .expire = expire,
    .shift = shift,
};
