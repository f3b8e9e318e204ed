#include "door/rules.h"

#include <stdlib.h>
#include <string.h>

#include "door/rules_joint.h"
#include "door/rules_sole.h"

#define RULES_DOORS_MAX 256u
/* Whatever was measured. */
#define POLL_MOST_NS ((uint64_t)(3600 * NS_PER_SECOND))
/* A clock that is farther off than ten years is none. */
#define CLOCK_FAR_NS (3653 * NS_PER_DAY)

struct rules {
    rules_conclude *conclude;
    void *context;
    size_t named_count; /* doors, each of which may be here more than once: */
    size_t door_count;
    struct rules_door *doors[RULES_DOORS_MAX * RULES_EVIDENCE_COUNT];
    size_t source_count;
    struct rules_source sources[RULES_DOORS_MAX];
    struct rules_inside inside;
    struct rules_cameras cameras;
};

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

static struct rules_source *source_named(struct rules *rules, const char *id)
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
    struct rules_source *source = source_named(rules, settings->controller);
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

int64_t rules_ahead_ns(const struct rules_door *door)
{
    return rules_is_joint(door) ? 0 : door->sources[0]->ahead_ns;
}

/* ---- saying ---- */

void rules_say(const struct rules_door *door, const struct rules_conclusion *conclusion)
{
    struct rules_conclusion said = *conclusion;
    if (!said.by_device)
        said.at_ns = rules_moved(said.at_ns, -rules_ahead_ns(door));
    door->rules->conclude(door->rules->context, &said);
}

/* ---- time ---- */

void rules_advance(struct rules *rules, int64_t now_ns)
{
    for (size_t i = 0; i < rules->door_count; i++) {
        if (rules_is_joint(rules->doors[i]))
            rules_joint_advance(rules->doors[i], now_ns);
        else
            rules_sole_advance(rules->doors[i], now_ns);
    }
}

int64_t rules_due_ns(const struct rules *rules)
{
    int64_t first_ns = RULES_NEVER;
    for (size_t i = 0; i < rules->door_count; i++) {
        const struct rules_door *door = rules->doors[i];
        int64_t due_ns = rules_is_joint(door) ? rules_joint_due_ns(door) : rules_sole_due_ns(door);
        if (due_ns < first_ns)
            first_ns = due_ns;
    }
    return first_ns;
}

/* ---- being told ---- */

/* Whether an entry's own time is one to judge by. */
static bool has_good_time(const struct message_entry *entry, int64_t received_ns)
{
    return entry->device_time_quality == DEVICE_TIME_GOOD && entry->device_utc_ns > 0 &&
           entry->device_utc_ns < RULES_TIME_MAX_NS &&
           entry->device_utc_ns - received_ns < CLOCK_FAR_NS &&
           received_ns - entry->device_utc_ns < CLOCK_FAR_NS;
}

/* The controller's clock was set by `ns`: what lies on it moves along. */
static void shift(const struct rules *rules, const struct rules_source *source, int64_t ns)
{
    for (size_t i = 0; i < rules->door_count; i++) {
        struct rules_door *door = rules->doors[i];
        /* on the steady line nothing moves */
        if (rules_is_joint(door) || door->sources[0] != source)
            continue;
        rules_shift(door, ns);
    }
}

static void compare_clocks(const struct rules *rules, struct rules_source *source,
                           const struct rules_event *event)
{
    int64_t ahead_ns = event->at_ns - event->received_ns;
    if (!source->is_compared || source->has_stepped)
        shift(rules, source, ahead_ns - source->ahead_ns);
    if (!source->is_compared || source->has_stepped || ahead_ns > source->ahead_ns)
        source->ahead_ns = ahead_ns;
    source->is_compared = true;
    source->has_stepped = false;
}

static bool is_of(const struct rules_door *door, const struct rules_source *source)
{
    for (size_t i = 0; i < door->source_count; i++) {
        if (door->sources[i] == source)
            return true;
    }
    return false;
}

static void lose(const struct rules *rules, struct rules_source *source,
                 const struct rules_event *event)
{
    for (size_t i = 0; i < rules->door_count; i++) {
        if (is_of(rules->doors[i], source))
            rules_lose(rules->doors[i], source, event);
    }
    source->loss = event->record;
}

static void pass_record(const struct rules *rules, struct rules_source *source,
                        const struct rules_event *event, const struct rules_place *place)
{
    for (size_t i = 0; source->loss != 0 && i < rules->door_count; i++) {
        if (is_of(rules->doors[i], source))
            rules_end_loss(rules->doors[i], source, event, place);
    }
    rules_source_pass(source, event, place);
}

/* To the door of this name, if it is the controller's. */
static void put(const struct rules *rules, const struct rules_source *source, const char *id,
                const struct rules_event *event, const struct rules_place *place)
{
    for (size_t i = 0; i < rules->door_count; i++) {
        struct rules_door *door = rules->doors[i];
        if (strcmp(door->settings.door, id) != 0 || !is_of(door, source))
            continue;
        if (rules_is_joint(door))
            rules_joint_take(door, source, event, place);
        else
            rules_put(door, event);
    }
}

void rules_take(struct rules *rules, uint64_t record, const char *controller,
                const struct message_entry *entry, const char *person, int64_t received_ns)
{
    struct rules_source *source = source_named(rules, controller);
    if (source == NULL || entry->derived != 0)
        return;
    if (entry->event == DOOR_CLOCK_STEPPED || entry->event == DOOR_CLOCK_SET) {
        source->has_stepped = true;
        source->has_lead = false;
        return;
    }
    bool by_device = has_good_time(entry, received_ns);
    bool is_contact = entry->event == DOOR_OPENED || entry->event == DOOR_CLOSED;
    struct rules_event event = {.record = record,
                                .event = (enum door_event)entry->event,
                                .at_ns = by_device ? entry->device_utc_ns
                                                   : rules_moved(received_ns, source->ahead_ns),
                                .received_ns = received_ns,
                                .slack_ns = by_device ? 0 : source->poll_ns,
                                .by_device = by_device,
                                .is_found = entry->found != 0 && is_contact,
                                .direction = (enum direction)entry->direction};
    message_text(event.credential, sizeof event.credential, entry->credential);
    message_text(event.person, sizeof event.person, person);
    message_text(event.method, sizeof event.method, entry->method);
    rules_source_listen(source, received_ns);
    struct rules_place place = rules_source_place(source, &event);
    if (by_device || entry->door[0] != '\0')
        source->has_clock = by_device;
    source->may_allow = source->may_allow || (entry->door[0] != '\0' && !is_contact);
    if (place.is_known && (by_device || !source->has_clock))
        source->newest_steady_ns = place.at_ns;
    if (by_device)
        compare_clocks(rules, source, &event);
    source->heard_ns = received_ns;
    if (by_device || !source->is_compared)
        source->newest_at_ns = event.at_ns;
    source->has_contact = source->has_contact || is_contact;
    if (rules_is_loss(event.event)) {
        lose(rules, source, &event);
        return;
    }
    if (by_device || entry->door[0] != '\0')
        pass_record(rules, source, &event, &place);
    put(rules, source, entry->door, &event, &place);
}

/* What it kept meanwhile comes first. */
static void come_back(struct rules *rules, struct rules_source *source, int64_t now_ns)
{
    rules_source_return(source, now_ns);
    for (size_t i = 0; i < rules->door_count; i++) {
        if (rules_is_joint(rules->doors[i]) && is_of(rules->doors[i], source))
            rules_joint_return(rules->doors[i], source, now_ns);
    }
}

void rules_online(struct rules *rules, const char *controller, bool online, int64_t now_ns)
{
    struct rules_source *source = source_named(rules, controller);
    if (source == NULL)
        return;
    source->was_online = false;
    if (source->is_online == online)
        return;
    rules_source_listen(source, now_ns);
    source->is_online = online;
    source->heard_ns = now_ns;
    if (!online)
        return;
    source->newest_at_ns = INT64_MIN;
    come_back(rules, source, now_ns);
}

void rules_was_online(struct rules *rules, const char *controller, bool online, int64_t at_ns)
{
    struct rules_source *source = source_named(rules, controller);
    if (source == NULL || source->was_online == online)
        return;
    rules_source_listen(source, at_ns);
    source->was_online = online;
    if (online)
        come_back(rules, source, at_ns);
}

static void change_line(struct rules *rules, int64_t now_ns)
{
    for (size_t i = 0; i < rules->cameras.count; i++)
        rules_camera_change_line(&rules->cameras.items[i], now_ns);
    if (rules->inside.lost_to_ns > now_ns)
        rules->inside.lost_to_ns = now_ns;
    for (size_t i = 0; i < rules->door_count; i++) {
        struct rules_door *door = rules->doors[i];
        int64_t here_ns = rules_moved(now_ns, rules_ahead_ns(door));
        if (door->camera.seen_ns > here_ns)
            door->camera.seen_ns = here_ns;
        if (rules_is_joint(door))
            rules_joint_change_line(door, now_ns);
    }
}

void rules_new_run(struct rules *rules, bool is_new_line, int64_t now_ns)
{
    for (size_t i = 0; i < rules->source_count; i++) {
        rules->sources[i].was_online = false;
        if (is_new_line)
            rules_source_change_line(&rules->sources[i], now_ns);
    }
    if (is_new_line)
        change_line(rules, now_ns);
}

void rules_poll_interval(struct rules *rules, const char *controller, uint64_t interval_ns)
{
    struct rules_source *source = source_named(rules, controller);
    if (source == NULL || interval_ns > POLL_MOST_NS)
        return;
    source->poll_ns = (int64_t)interval_ns;
    if (source->poll_ns < source->asked_ns)
        source->poll_ns = source->asked_ns;
}

void rules_tell_camera(struct rules *rules, const char *camera, bool is_down, uint64_t record,
                       int64_t at_ns)
{
    struct rules_camera *told = rules_camera_named(&rules->cameras, camera);
    if (told == NULL)
        return;
    for (size_t i = 0; told->count == 0 && i < rules->door_count; i++)
        rules_camera_cover(rules->doors[i], told);
    rules_camera_change(told, is_down, record, at_ns);
}
