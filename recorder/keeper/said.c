#include "keeper/said.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "keeper/bodies.h"
#include "keeper/fatal.h"

struct conclusion {
    uint64_t first;
    uint64_t last;
    unsigned event;
};

/* Of one door's rules. */
struct force {
    bool is_known;
    bool is_same; /* as now, by the newest `config` record read */
    uint64_t since;
};

struct said {
    const struct roster *roster;
    struct force forces[ROSTER_DOORS_MAX];
    size_t count;
    size_t capacity;
    struct conclusion *items; /* sorted by said_finish */
};

enum status said_new(const struct roster *roster, struct said **said, struct error *error)
{
    struct said *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for what was concluded");
    made->roster = roster;
    *said = made;
    return STATUS_OK;
}

void said_free(struct said *said)
{
    if (said != NULL)
        free(said->items);
    free(said);
}

static struct conclusion conclusion_of(unsigned event, const uint64_t *from, size_t count)
{
    return (struct conclusion){.first = from[0], .last = from[count - 1], .event = event};
}

void said_take_entry(struct said *said, const struct entry_record *record)
{
    if (record->entry.derived == 0 || record->from_count == 0)
        return;
    struct conclusion *items = array_room(said->items, said->count, &said->capacity, sizeof *items);
    if (items == NULL)
        fatal_memory("reading what was concluded");
    said->items = items;
    said->items[said->count++] =
        conclusion_of(record->entry.event, record->from, record->from_count);
}

/* The door's rules as the record has them; NULL if it had none. Borrowed. */
static const json_t *rules_of(const json_t *config, const char *door)
{
    size_t index = 0;
    const json_t *item = NULL;
    json_array_foreach(json_object_get(config, "doors"), index, item)
    {
        const char *id = json_get_text(item, "door");
        if (id != NULL && strcmp(id, door) == 0)
            return json_object_get(item, "rules");
    }
    return NULL;
}

void said_take_config(struct said *said, uint64_t number, const json_t *body)
{
    for (size_t i = 0; i < said->roster->door_count; i++) {
        const struct message_door_settings *door = &said->roster->doors[i];
        struct force *force = &said->forces[i];
        json_t *now = body_config_rules(door);
        bool is_same = json_equal(rules_of(body, door->door), now) != 0;
        json_decref(now);
        if (!force->is_known || is_same != force->is_same)
            force->since = number;
        force->is_known = true;
        force->is_same = is_same;
    }
}

static int compare(const void *a, const void *b)
{
    const struct conclusion *x = a;
    const struct conclusion *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->last != y->last)
        return x->last < y->last ? -1 : 1;
    return x->event < y->event ? -1 : x->event > y->event;
}

void said_finish(struct said *said, uint64_t from, uint64_t end)
{
    if (said->count > 0)
        qsort(said->items, said->count, sizeof *said->items, compare);
    for (size_t i = 0; i < said->roster->door_count; i++) {
        struct force *force = &said->forces[i];
        /* a long run without a `config` record in what was read: then nothing was changed */
        if (!force->is_known)
            force->since = from;
        else if (!force->is_same)
            force->since = end;
    }
}

bool said_already(const struct said *said, const char *door, enum door_event event,
                  const uint64_t *from, size_t count)
{
    struct conclusion key = conclusion_of(event, from, count);
    for (size_t i = 0; i < said->roster->door_count; i++) {
        if (strcmp(said->roster->doors[i].door, door) == 0 && from[0] < said->forces[i].since)
            return true;
    }
    return said->count > 0 && bsearch(&key, said->items, said->count, sizeof key, compare) != NULL;
}
