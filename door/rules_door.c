/*
 * One door's events in the order in which they happened, and time passing between them.
 */
#include <string.h>

#include "door/rules_joint.h"

static const struct rule *const rule_table[] = {&rule_forced,      &rule_held,     &rule_access,
                                                &rule_two_persons, &rule_passback, &rule_camera};
#define RULE_COUNT (sizeof rule_table / sizeof rule_table[0])

static bool is_judged_here(const struct rules_door *door, const struct rule *rule)
{
    return !rules_is_joint(door) || rule->evidence == door->evidence;
}

static int64_t deadline_of(const struct rules_door *door, const struct rule *rule)
{
    if (rule->deadline_ns == NULL || !is_judged_here(door, rule))
        return RULES_NEVER;
    return rule->deadline_ns(door);
}

/* The rule that falls due first; NULL if none does. */
static const struct rule *first_due(const struct rules_door *door, int64_t *due_ns)
{
    const struct rule *first = NULL;
    *due_ns = RULES_NEVER;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        int64_t deadline_ns = deadline_of(door, rule_table[i]);
        if (deadline_ns < *due_ns) {
            *due_ns = deadline_ns;
            first = rule_table[i];
        }
    }
    return first;
}

int64_t rules_first_due_ns(const struct rules_door *door)
{
    int64_t due_ns = 0;
    (void)first_due(door, &due_ns);
    return due_ns;
}

void rules_pass_time(struct rules_door *door, int64_t to_ns)
{
    int64_t due_ns = 0;
    if (to_ns > door->blind_from_ns && to_ns < door->blind_to_ns)
        to_ns = door->blind_from_ns;
    for (const struct rule *rule = first_due(door, &due_ns); rule != NULL && due_ns <= to_ns;
         rule = first_due(door, &due_ns))
        rule->expire(door);
}

static void judge(struct rules_door *door, const struct rules_event *event)
{
    /* what falls due at the very moment has not happened yet; and whether anything fell due before
     * a state was found, nobody knows */
    if (!event->is_found)
        rules_pass_time(door, event->at_ns - 1);
    if (event->event == DOOR_OPENED && door->is_open && !door->is_unsure)
        return;
    if (event->event == DOOR_OPENED || event->event == DOOR_CLOSED) {
        door->is_open = event->event == DOOR_OPENED;
        door->is_unsure = false;
    }
    door->is_unsure = door->is_unsure || event->is_contact_lost;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (is_judged_here(door, rule_table[i]))
            rule_table[i]->take(door, event);
    }
}

void rules_judge_first(struct rules_door *door, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct rules_event event = door->waiting[0];
        door->waiting_count--;
        memmove(door->waiting, door->waiting + 1, door->waiting_count * sizeof event);
        judge(door, &event);
        /* nothing that happened at that moment waits any more */
        if (door->waiting_count == 0 || door->waiting[0].at_ns > event.at_ns)
            rules_pass_time(door, event.at_ns);
    }
}

/* In the order of the events' times, and of the records where these are the same. */
void rules_put(struct rules_door *door, const struct rules_event *event)
{
    if (door->waiting_count == door->waiting_max)
        rules_judge_first(door, 1);
    size_t at = door->waiting_count++;
    for (; at > 0 && door->waiting[at - 1].at_ns > event->at_ns; at--)
        door->waiting[at] = door->waiting[at - 1];
    door->waiting[at] = *event;
}

void rules_shift(struct rules_door *door, int64_t ns)
{
    for (size_t i = 0; i < door->waiting_count; i++) {
        door->waiting[i].at_ns = rules_moved(door->waiting[i].at_ns, ns);
        door->waiting[i].lost_to_ns = rules_moved(door->waiting[i].lost_to_ns, ns);
    }
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (rule_table[i]->shift != NULL)
            rule_table[i]->shift(door, ns);
    }
}
