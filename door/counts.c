#include "door/counts.h"

#include "base/clock.h"

static uint64_t counter_round(const struct profile_inputs *inputs)
{
    return UINT64_C(1) << inputs->levels[0].counter.width;
}

uint64_t counts_round(const struct profile_inputs *inputs)
{
    /* Half: a counter of both changes wraps after half as many of each. */
    return counter_round(inputs) / 2;
}

/* Does the counter count a change to this level? */
static bool is_counted(const struct profile_inputs *inputs, bool to_on)
{
    return inputs->counts == COUNTS_BOTH || (inputs->counts == COUNTS_ON) == to_on;
}

enum counts_step counts_look(const struct profile_inputs *inputs, const struct count *before,
                             const struct count *now, uint64_t *left)
{
    uint64_t round = counter_round(inputs);
    uint64_t ahead = (now->value + round - before->value) % round;
    bool has_changed = before->is_on != now->is_on;
    *left = 0;
    if (ahead > round / 2)
        return COUNTS_BACK;
    if (inputs->counts == COUNTS_BOTH) {
        *left = ahead;
        if ((ahead % 2 != 0) != has_changed)
            return COUNTS_LATE;
        return ahead == 0 ? COUNTS_SAME : COUNTS_AHEAD;
    }
    /* Twice as many changes as counts, but for the ends: one that is not counted may stand at
     * either. */
    bool counted_level = inputs->counts == COUNTS_ON;
    bool begins_open = before->is_on != counted_level;
    bool ends_open = now->is_on != counted_level;
    uint64_t changes = 2 * ahead + (ends_open ? 1u : 0u);
    if (changes < (begins_open ? 1u : 0u))
        return COUNTS_LATE;
    *left = changes - (begins_open ? 1u : 0u);
    return *left == 0 ? COUNTS_SAME : COUNTS_AHEAD;
}

bool counts_follow(const struct profile_inputs *inputs, const struct count *before,
                   const struct count *now)
{
    uint64_t left = 0;
    return counts_look(inputs, before, now, &left) != COUNTS_BACK && left <= COUNTS_TOLD_MAX;
}

bool counts_can_be(uint64_t changes, int64_t elapsed_ns)
{
    return elapsed_ns > 0 && changes / COUNTS_A_SECOND_MAX < (uint64_t)(elapsed_ns / NS_PER_SECOND);
}

uint64_t counts_events(const struct profile_level *row, const struct count *before,
                       uint64_t changes)
{
    bool to_on = !before->is_on;
    bool first_is_event = (to_on != row->inverted ? row->on : row->off) != 0;
    bool second_is_event = (to_on != row->inverted ? row->off : row->on) != 0;
    return (first_is_event ? changes - changes / 2 : 0) + (second_is_event ? changes / 2 : 0);
}

void counts_advance(const struct profile_inputs *inputs, struct count *count)
{
    count->is_on = !count->is_on;
    if (is_counted(inputs, count->is_on))
        count->value = (uint32_t)((count->value + UINT64_C(1)) % counter_round(inputs));
}

/* How often the contact went to this level, but for a constant. */
static uint64_t times(const struct profile_inputs *inputs, const struct count *count, bool to_on)
{
    bool is_there = count->is_on == to_on;
    if (inputs->counts == COUNTS_BOTH)
        return (count->value + (is_there ? 1u : 0u)) / 2;
    if (is_counted(inputs, to_on))
        return count->value;
    return count->value + (is_there ? UINT64_C(1) : 0u);
}

uint64_t counts_sum(const struct profile_inputs *inputs, const struct count *counts)
{
    uint64_t sum = 0;
    for (size_t at = 0; at < inputs->level_count; at++) {
        const struct profile_level *row = &inputs->levels[at];
        enum door_event on = row->inverted ? row->off : row->on;
        enum door_event off = row->inverted ? row->on : row->off;
        if (on != 0)
            sum += times(inputs, &counts[at], true);
        if (off != 0)
            sum += times(inputs, &counts[at], false);
    }
    return sum % counts_round(inputs);
}
