/*
 * anti_passback: somebody enters who is inside already. Only observed; readers must have
 * directions. One room: whoever entered by one such door may leave by another.
 *
 * Inside is who was granted on the way in and the door was opened within `grant_s` (10 s where
 * that is not set), or stood open; until a grant on the way out. A door that was found open let
 * nobody in that is known. Where records of any of the doors were lost, nobody is known to be
 * inside.
 */
#include <string.h>

#include "door/rules_rule.h"

#define WINDOW_S 10u

static struct rules_person *find(struct rules_inside *inside, const char *credential)
{
    for (size_t i = 0; i < inside->count; i++) {
        if (strcmp(inside->persons[i].credential, credential) == 0)
            return &inside->persons[i];
    }
    return NULL;
}

static void remove_person(struct rules_inside *inside, const struct rules_person *person)
{
    size_t at = (size_t)(person - inside->persons);
    inside->count--;
    memmove(inside->persons + at, inside->persons + at + 1, (inside->count - at) * sizeof *person);
}

/* at_ns: when, on the door's line. */
static void enter(const struct rules_door *door, const struct rules_event *grant, int64_t at_ns)
{
    struct rules_inside *inside = door->inside;
    struct rules_person *person = find(inside, grant->credential);
    if (inside->was_lost && rules_moved(at_ns, -rules_ahead_ns(door)) <= inside->lost_to_ns)
        return;
    if (person == NULL) {
        /* of more than there is room for, who came first is forgotten */
        if (inside->count == RULES_INSIDE_MAX)
            remove_person(inside, &inside->persons[0]);
        person = &inside->persons[inside->count++];
        memcpy(person->credential, grant->credential, sizeof person->credential);
    }
    person->record = grant->record;
}

static void come_in(struct rules_door *door, const struct rules_event *grant)
{
    struct passback_state *state = &door->passback;
    const struct rules_person *person = find(door->inside, grant->credential);
    if (person != NULL) {
        struct rules_conclusion said =
            rules_conclusion_of(door, &rule_passback, DOOR_APB_VIOLATION, grant);
        said.from[said.from_count++] = person->record;
        rules_say(door, &said);
    }
    if (door->is_open && !door->is_unsure)
        enter(door, grant, grant->at_ns);
    else
        state->granted[state->count++ % RULES_GRANTS_MAX] = *grant;
}

/* All that were granted just before go in. */
static void go_through(struct rules_door *door, const struct rules_event *opened)
{
    struct passback_state *state = &door->passback;
    uint32_t window_s = door->settings.grant_s != 0 ? door->settings.grant_s : WINDOW_S;
    size_t count = state->count < RULES_GRANTS_MAX ? state->count : RULES_GRANTS_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct rules_event *grant = &state->granted[i];
        if (opened->at_ns - grant->at_ns <=
            window_s * NS_PER_SECOND + opened->slack_ns + grant->drift_ns)
            enter(door, grant, opened->at_ns);
    }
    state->count = 0;
}

/* Whoever was inside may have left. */
static void lose(const struct rules_door *door, const struct rules_event *loss)
{
    struct rules_inside *inside = door->inside;
    int64_t lost_to_ns = rules_moved(loss->lost_to_ns, -rules_ahead_ns(door));
    if (!inside->was_lost || lost_to_ns > inside->lost_to_ns)
        inside->lost_to_ns = lost_to_ns;
    inside->was_lost = true;
    inside->count = 0;
}

static void take(struct rules_door *door, const struct rules_event *event)
{
    if (door->settings.anti_passback == 0)
        return;
    if (rules_is_loss(event->event))
        lose(door, event);
    if (event->event == DOOR_OPENED && !event->is_found)
        go_through(door, event);
    if (event->event != DOOR_ACCESS_GRANTED || event->credential[0] == '\0')
        return;
    const struct rules_person *person = find(door->inside, event->credential);
    if (event->direction == DIRECTION_IN)
        come_in(door, event);
    else if (event->direction == DIRECTION_OUT && person != NULL)
        remove_person(door->inside, person);
}

static void shift(struct rules_door *door, int64_t ns)
{
    for (size_t i = 0; i < RULES_GRANTS_MAX; i++)
        door->passback.granted[i].at_ns = rules_moved(door->passback.granted[i].at_ns, ns);
}

const struct rule rule_passback = {
    .name = "anti_passback",
    .evidence = RULES_OF_ALL,
    .take = take,
    .shift = shift,
};
