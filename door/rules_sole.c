#include "door/rules_sole.h"

static int64_t grace_ns(const struct rules_door *door)
{
    return door->settings.grace_ms * NS_PER_MS + door->sources[0]->poll_ns;
}

/* Silence that proves that nothing happened: a question that was not answered is asked again before
 * the controller counts as offline. */
static int64_t silence_ns(const struct rules_door *door)
{
    return grace_ns(door) + door->settings.trouble_ms * NS_PER_MS;
}

/* How far the door's time is known by now: all that happened before has come. */
static int64_t known_ns(const struct rules_door *door, int64_t now_ns)
{
    const struct rules_source *source = door->sources[0];
    int64_t to_ns = now_ns + source->ahead_ns - silence_ns(door);
    /* while entries come, they tell how far the controller has got with its log */
    if (now_ns - source->heard_ns < silence_ns(door) && source->newest_at_ns < to_ns)
        to_ns = source->newest_at_ns;
    return to_ns;
}

void rules_sole_advance(struct rules_door *door, int64_t now_ns)
{
    size_t ripe = 0;
    for (size_t i = 0; i < door->waiting_count; i++) {
        if (now_ns - door->waiting[i].received_ns >= grace_ns(door))
            ripe = i + 1;
    }
    rules_judge_first(door, ripe);
    if (door->waiting_count == 0 && door->sources[0]->is_online)
        rules_pass_time(door, known_ns(door, now_ns));
}

int64_t rules_sole_due_ns(const struct rules_door *door)
{
    int64_t due_ns = RULES_NEVER;
    int64_t silence = silence_ns(door);
    for (size_t i = 0; i < door->waiting_count; i++) {
        if (door->waiting[i].received_ns + grace_ns(door) < due_ns)
            due_ns = door->waiting[i].received_ns + grace_ns(door);
    }
    if (door->waiting_count > 0 || !door->sources[0]->is_online)
        return due_ns;
    due_ns = rules_first_due_ns(door);
    if (due_ns == RULES_NEVER)
        return RULES_NEVER;
    due_ns += silence - door->sources[0]->ahead_ns;
    int64_t quiet_ns = door->sources[0]->heard_ns + silence;
    return due_ns > quiet_ns ? due_ns : quiet_ns;
}
