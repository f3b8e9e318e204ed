/*
 * access: whether a grant was used. A grant at a closed door waits for an opening; one opening
 * uses all that wait, for two may go in together.
 *
 *   granted ──opened within grant_s──► access_taken
 *           ──grant_s pass──────────► access_not_taken, but not where meanwhile the door was found
 *                                      open or closed, or records were lost: nobody knows what
 *                                      happened before
 */
#include <string.h>

#include "door/rules_rule.h"

static int64_t end_ns(const struct rules_door *door, const struct rules_event *grant)
{
    return grant->at_ns + door->settings.grant_s * NS_PER_SECOND + grant->slack_ns;
}

static void forget_first(struct access_state *state)
{
    state->count--;
    if (state->doubtful > 0)
        state->doubtful--;
    memmove(state->grants, state->grants + 1, state->count * sizeof state->grants[0]);
}

static void wait_for_opening(struct rules_door *door, const struct rules_event *grant)
{
    struct access_state *state = &door->access;
    /* of more than can wait, the earliest stays without a conclusion */
    if (state->count == RULES_GRANTS_MAX)
        forget_first(state);
    state->grants[state->count++] = *grant;
    if (door->is_unsure)
        state->doubtful = state->count;
}

static void use_grants(struct rules_door *door, const struct rules_event *opened)
{
    struct access_state *state = &door->access;
    for (size_t i = 0; i < state->count; i++) {
        struct rules_conclusion said =
            rules_conclusion_of(door, &rule_access, DOOR_ACCESS_TAKEN, &state->grants[i]);
        said.at_ns = opened->at_ns;
        said.from[said.from_count++] = opened->record;
        rules_say(door, &said);
    }
    state->count = 0;
    state->doubtful = 0;
}

static void take(struct rules_door *door, const struct rules_event *event)
{
    if (door->settings.grant_s == 0)
        return;
    if (event->is_found || rules_is_loss(event->event))
        door->access.doubtful = door->access.count;
    else if (event->event == DOOR_OPENED)
        use_grants(door, event);
    else if (event->event == DOOR_ACCESS_GRANTED && (!door->is_open || door->is_unsure))
        wait_for_opening(door, event);
}

static int64_t deadline_ns(const struct rules_door *door)
{
    const struct access_state *state = &door->access;
    return state->count > 0 ? end_ns(door, &state->grants[0]) : RULES_NEVER;
}

static void expire(struct rules_door *door)
{
    struct access_state *state = &door->access;
    struct rules_conclusion said =
        rules_conclusion_of(door, &rule_access, DOOR_ACCESS_NOT_TAKEN, &state->grants[0]);
    said.at_ns = deadline_ns(door);
    if (state->doubtful == 0)
        rules_say(door, &said);
    forget_first(state);
}

static void shift(struct rules_door *door, int64_t ns)
{
    for (size_t i = 0; i < door->access.count; i++)
        door->access.grants[i].at_ns = rules_moved(door->access.grants[i].at_ns, ns);
}

const struct rule rule_access = {
    .name = "access",
    .evidence = RULES_OF_ALL,
    .take = take,
    .deadline_ns = deadline_ns,
    .expire = expire,
    .shift = shift,
};
