#include "door/rules_set.h"

#include <stdlib.h>
#include <string.h>

#include "door/rules_joint.h"
#include "door/rules_sole.h"

enum status rules_new(rules_conclude *conclude, void *context, struct rules **rules,
                      struct error *error)
{
    struct rules *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the rules");
    made->conclude = conclude;
    made->context = context;
    *rules = made;
    return STATUS_OK;
}

static void free_door(struct rules_door *door)
{
    if (door != NULL)
        free(door->waiting);
    free(door);
}

void rules_free(struct rules *rules)
{
    if (rules == NULL)
        return;
    for (size_t i = 0; i < rules->door_count; i++)
        free_door(rules->doors[i]);
    free(rules);
}

struct rules_source *rules_source_named(struct rules *rules, const char *id)
{
    for (size_t i = 0; i < rules->source_count; i++) {
        if (strcmp(rules->sources[i].id, id) == 0)
            return &rules->sources[i];
    }
    return NULL;
}

/* The first of this name. */
static struct rules_door *door_named(struct rules *rules, const char *id)
{
    for (size_t i = 0; i < rules->door_count; i++) {
        if (strcmp(rules->doors[i]->settings.door, id) == 0)
            return rules->doors[i];
    }
    return NULL;
}

/* There is room for it, as for doors. */
static struct rules_source *add_source(struct rules *rules,
                                       const struct message_door_settings *settings)
{
    struct rules_source *source = rules_source_named(rules, settings->controller);
    int64_t patience_ns = ((int64_t)settings->grace_ms + settings->trouble_ms) * NS_PER_MS;
    if (source == NULL) {
        source = &rules->sources[rules->source_count++];
        *source = (struct rules_source){.known_ns = INT64_MIN};
        message_text(source->id, sizeof source->id, settings->controller);
    }
    if (settings->poll_ms * NS_PER_MS > source->asked_ns)
        source->asked_ns = settings->poll_ms * NS_PER_MS;
    source->poll_ns = source->asked_ns;
    if (patience_ns > source->patience_ns)
        source->patience_ns = patience_ns;
    return source;
}

static struct rules_door *add_door(struct rules *rules, enum rules_evidence evidence,
                                   const struct message_door_settings *settings)
{
    struct rules_door *door = calloc(1, sizeof *door);
    if (door == NULL)
        return NULL;
    *door = (struct rules_door){.rules = rules,
                                .evidence = evidence,
                                .settings = *settings,
                                .inside = &rules->inside,
                                .cameras = &rules->cameras,
                                .judged_ns = INT64_MIN};
    rules->doors[rules->door_count++] = door;
    return door;
}

/* Room for events to wait in: more if they wait for several controllers. */
static enum status make_room(struct rules_door *door, size_t count, struct error *error)
{
    struct rules_event *grown = reallocarray(door->waiting, count, sizeof *grown);
    if (grown == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the rules of a door");
    door->waiting = grown;
    door->waiting_max = count;
    return STATUS_OK;
}

/* The door, which has one controller so far, becomes one of several. */
static bool split(struct rules *rules, const struct rules_door *door)
{
    for (unsigned evidence = RULES_OF_ALL + 1; evidence < RULES_EVIDENCE_COUNT; evidence++) {
        struct rules_door *also = add_door(rules, (enum rules_evidence)evidence, &door->settings);
        if (also == NULL)
            return false;
        also->sources[also->source_count++] = door->sources[0];
    }
    return true;
}

static enum status add_controller(struct rules *rules, const struct message_door_settings *settings,
                                  struct error *error)
{
    enum status status = STATUS_OK;
    struct rules_source *source = add_source(rules, settings);
    for (size_t i = 0; status == STATUS_OK && i < rules->door_count; i++) {
        struct rules_door *door = rules->doors[i];
        if (strcmp(door->settings.door, settings->door) != 0)
            continue;
        door->sources[door->source_count++] = source;
        status = make_room(
            door, rules_is_joint(door) ? RULES_JOINT_WAITING_MAX : RULES_SOLE_WAITING_MAX, error);
    }
    return status;
}

enum status rules_add_door(struct rules *rules, const struct message_door_settings *settings,
                           struct error *error)
{
    const struct rules_door *door = door_named(rules, settings->door);
    bool has_memory = true;
    if (settings->rules == 0)
        return STATUS_OK;
    if (rules->named_count == RULES_DOORS_MAX || rules->source_count == RULES_DOORS_MAX)
        return error_set(error, STATUS_FULL, "more than %u doors with rules", RULES_DOORS_MAX);
    if (door != NULL && door->source_count == DOOR_CONTROLLERS_MAX)
        return error_set(error, STATUS_FULL, "door %s is of more than %d controllers",
                         settings->door, DOOR_CONTROLLERS_MAX);
    if (door == NULL)
        has_memory = add_door(rules, RULES_OF_ALL, settings) != NULL;
    else if (door->source_count == 1)
        has_memory = split(rules, door);
    if (!has_memory)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the rules of a door");
    rules->named_count += door == NULL;
    return add_controller(rules, settings, error);
}

size_t rules_door_count(const struct rules *rules)
{
    return rules->named_count;
}
