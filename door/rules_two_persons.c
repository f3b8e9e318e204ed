/*
 * two_persons: two different credentials within `two_persons_s`, granted or read on the way in, and
 * not of one person as far as it was known whose they are.
 *
 *   nobody ──a credential──► dual_waiting ──another one──► dual_completed
 *                                         ──time passes──► dual_timeout, but not where the other
 *                                                          one may be lost
 */
#include <string.h>

#include "door/rules_rule.h"

/* What shows who stands there. */
static bool shows_person(const struct rules_event *event)
{
    return (event->event == DOOR_ACCESS_GRANTED || event->event == DOOR_ACCESS_REQUESTED) &&
           event->credential[0] != '\0' && event->direction != DIRECTION_OUT;
}

static int64_t window_ns(const struct rules_door *door)
{
    return door->settings.two_persons_s * NS_PER_SECOND;
}

/* Two cards of one person are no second person, where it is known whose they are. */
static bool is_another(const struct rules_event *first, const struct rules_event *event)
{
    bool are_known = first->person[0] != '\0' && event->person[0] != '\0';
    return strcmp(first->credential, event->credential) != 0 &&
           !(are_known && strcmp(first->person, event->person) == 0);
}

static void begin(struct rules_door *door, const struct rules_event *event)
{
    struct two_persons_state *state = &door->two_persons;
    state->is_waiting = true;
    state->is_doubtful =
        state->was_lost && event->at_ns - state->lost_to_ns <= window_ns(door) + event->slack_ns;
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

static void lose(struct two_persons_state *state, const struct rules_event *loss)
{
    if (!state->was_lost || loss->lost_to_ns > state->lost_to_ns)
        state->lost_to_ns = loss->lost_to_ns;
    state->was_lost = true;
    state->is_doubtful = true;
}

static void take(struct rules_door *door, const struct rules_event *event)
{
    const struct two_persons_state *state = &door->two_persons;
    if (door->settings.two_persons_s != 0 && rules_is_loss(event->event))
        lose(&door->two_persons, event);
    if (door->settings.two_persons_s == 0 || !shows_person(event))
        return;
    if (!state->is_waiting)
        begin(door, event);
    else if (is_another(&state->first, event))
        complete(door, event);
}

static int64_t deadline_ns(const struct rules_door *door)
{
    const struct two_persons_state *state = &door->two_persons;
    return state->is_waiting ? state->first.at_ns + window_ns(door) + state->first.slack_ns
                             : RULES_NEVER;
}

static void expire(struct rules_door *door)
{
    struct two_persons_state *state = &door->two_persons;
    struct rules_conclusion said =
        rules_conclusion_of(door, &rule_two_persons, DOOR_DUAL_TIMEOUT, &state->first);
    said.at_ns = deadline_ns(door);
    state->is_waiting = false;
    if (!state->is_doubtful)
        rules_say(door, &said);
}

static void shift(struct rules_door *door, int64_t ns)
{
    door->two_persons.lost_to_ns = rules_moved(door->two_persons.lost_to_ns, ns);
    door->two_persons.first.at_ns = rules_moved(door->two_persons.first.at_ns, ns);
}

const struct rule rule_two_persons = {
    .name = "two_persons",
    .evidence = RULES_OF_CREDENTIALS,
    .take = take,
    .deadline_ns = deadline_ns,
    .expire = expire,
    .shift = shift,
};
