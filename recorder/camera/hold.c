#include "camera/hold.h"

#include <stdlib.h>

static void empty(struct hold *hold)
{
    for (size_t i = 0; i < hold->count; i++) {
        access_unit_release(&hold->units[i]);
    }
    hold->count = 0;
    hold->taken = 0;
    hold->bytes = 0;
}

void hold_release(struct hold *hold)
{
    empty(hold);
    free(hold->units);
    *hold = (struct hold){0};
}

void hold_give_up(struct hold *hold)
{
    for (size_t i = hold->taken; i < hold->count; i++) {
        hold->lost_pictures += hold->units[i].kind == UNIT_VIDEO ? 1 : 0;
    }
    empty(hold);
}

static bool has_room(struct hold *hold, const struct access_unit *unit)
{
    if (hold->count == HOLD_UNITS || hold->bytes + unit->sample.size > HOLD_BYTES) {
        return false;
    }
    if (hold->count < hold->capacity) {
        return true;
    }
    size_t capacity = hold->capacity == 0 ? 64 : hold->capacity * 2;
    struct access_unit *units = realloc(hold->units, capacity * sizeof *units);
    if (units == NULL) {
        return false;
    }
    hold->units = units;
    hold->capacity = capacity;
    return true;
}

void hold_put(struct hold *hold, struct access_unit *unit)
{
    bool begins = unit->kind == UNIT_VIDEO && unit->key;
    if (!has_room(hold, unit)) {
        hold_give_up(hold);
    }
    bool waits = hold->count == 0 && !begins;
    if (waits || !has_room(hold, unit)) {
        /* what comes before the very first keyframe is no loss: coverage begins there */
        bool lost = unit->kind == UNIT_VIDEO && (!waits || hold->lost_pictures > 0);
        hold->lost_pictures += lost ? 1 : 0;
        return;
    }
    hold->bytes += unit->sample.size;
    hold->units[hold->count++] = *unit;
    unit->sample = (struct buffer){0};
}

bool hold_take(struct hold *hold, struct access_unit *unit)
{
    if (hold->taken == hold->count) {
        empty(hold);
        return false;
    }
    access_unit_swap(unit, &hold->units[hold->taken++]);
    return true;
}
