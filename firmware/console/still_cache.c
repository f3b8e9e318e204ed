#include "firmware/console/still_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define AVOIDED_MAX 32u

struct still {
    struct derived_plan plan; /* zero where there is none */
    struct buffer bytes;
    uint64_t used;
};

struct avoided {
    char segment[SEGMENT_ID_SIZE];
    size_t first;
    uint64_t since_us;
};

struct still_cache {
    struct still items[STILL_CACHE_MAX];
    uint64_t clock;
    struct avoided avoided[AVOIDED_MAX];
    size_t next_avoided;
};

enum status still_cache_new(struct still_cache **cache, struct error *error)
{
    *cache = calloc(1, sizeof **cache);
    return *cache != NULL ? STATUS_OK : error_set(error, STATUS_NO_MEMORY, "no memory for stills");
}

void still_cache_free(struct still_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < STILL_CACHE_MAX; i++)
        buffer_release(&cache->items[i].bytes);
    free(cache);
}

static bool is_of(const struct still *still, const struct derived_plan *plan)
{
    return still->bytes.size > 0 && strcmp(still->plan.segment, plan->segment) == 0 &&
           still->plan.first == plan->first && still->plan.to_ns == plan->to_ns &&
           still->plan.width_max == plan->width_max && still->plan.quality == plan->quality;
}

struct bytes still_cache_find(struct still_cache *cache, const struct derived_plan *plan)
{
    for (size_t i = 0; i < STILL_CACHE_MAX; i++)
        if (is_of(&cache->items[i], plan)) {
            cache->items[i].used = ++cache->clock;
            return buffer_bytes(&cache->items[i].bytes);
        }
    return (struct bytes){0};
}

void still_cache_add(struct still_cache *cache, const struct derived_plan *plan, struct bytes still)
{
    struct still *place = &cache->items[0];
    if (still.size > STILL_CACHE_BYTES_MAX)
        return;
    for (size_t i = 1; i < STILL_CACHE_MAX; i++)
        if (cache->items[i].used < place->used)
            place = &cache->items[i];
    buffer_release(&place->bytes);
    place->plan = *plan;
    place->used = ++cache->clock;
    if (buffer_append(&place->bytes, still.data, still.size) != STATUS_OK)
        buffer_release(&place->bytes);
}

void still_cache_avoid(struct still_cache *cache, const struct derived_plan *plan)
{
    struct avoided *place = &cache->avoided[cache->next_avoided++ % AVOIDED_MAX];
    memcpy(place->segment, plan->segment, sizeof place->segment);
    place->first = plan->first;
    place->since_us = clock_timer_us();
}

bool still_cache_is_avoided(const struct still_cache *cache, const struct derived_plan *plan)
{
    for (size_t i = 0; i < AVOIDED_MAX; i++) {
        const struct avoided *each = &cache->avoided[i];
        if (each->segment[0] != '\0' && strcmp(each->segment, plan->segment) == 0 &&
            each->first == plan->first && clock_timer_us() - each->since_us < STILL_CACHE_AVOID_US)
            return true;
    }
    return false;
}
