#include "door/rules.h"

#include <stdlib.h>
#include <string.h>

#include "door/rules_rule.h"

#define RULES_DOORS_MAX 256u
/* Whatever was measured. */
#define POLL_MOST_NS ((uint64_t)(3600 * NS_PER_SECOND))
/* A clock that is farther off than ten years is none. */
#define CLOCK_FAR_NS (3653 * NS_PER_DAY)

/* A controller, and how its clock lies to the recorder's. */
struct rules_source {
    char id[ID_SIZE];
    bool is_online;
    bool has_stepped;     /* its clock was set; the next entry shows by how much */
    bool is_compared;     /* ahead_ns is known; until then it is 0 */
    int64_t ahead_ns;     /* of its clock, at least: by the entry that came with the least delay */
    int64_t asked_ns;     /* how often it is to be asked */
    int64_t poll_ns;      /* and is: the longer of that and of what was measured */
    int64_t heard_ns;     /* steady: when the newest entry came, or the controller itself */
    int64_t newest_at_ns; /* the newest event of any of its doors */
};

struct rules {
    rules_conclude *conclude;
    void *context;
    size_t door_count;
    struct rules_door *doors[RULES_DOORS_MAX];
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

/* There are no more of them than doors. */
static struct rules_source *add_source(struct rules *rules, const char *id)
{
    struct rules_source *source = source_named(rules, id);
    if (source != NULL)
        return source;
    source = &rules->sources[rules->source_count++];
    message_text(source->id, sizeof source->id, id);
    return source;
}

enum status rules_add_door(struct rules *rules, const struct message_door_settings *settings,
                           struct error *error)
{
    if (settings->rules == 0)
        return STATUS_OK;
    if (rules->door_count == RULES_DOORS_MAX)
        return error_set(error, STATUS_FULL, "more than %u doors with rules", RULES_DOORS_MAX);
    struct rules_door *door = calloc(1, sizeof *door);
    struct rules_event *waiting = calloc(RULES_WAITING_MAX, sizeof *waiting);
    if (door == NULL || waiting == NULL) {
        free(door);
        free(waiting);
        return error_set(error, STATUS_NO_MEMORY, "no memory for the rules of a door");
    }
    struct rules_source *source = add_source(rules, settings->controller);
    *door = (struct rules_door){.rules = rules,
                                .source = source,
                                .settings = *settings,
                                .waiting = waiting,
                                .inside = &rules->inside,
                                .cameras = &rules->cameras};
    rules->doors[rules->door_count++] = door;
    if (settings->poll_ms * NS_PER_MS > source->asked_ns)
        source->asked_ns = settings->poll_ms * NS_PER_MS;
    source->poll_ns = source->asked_ns;
    return STATUS_OK;
}

size_t rules_door_count(const struct rules *rules)
{
    return rules->door_count;
}

/* ---- saying ---- */

void rules_say(const struct rules_door *door, const struct rules_conclusion *conclusion)
{
    struct rules_conclusion said = *conclusion;
    if (!said.by_device)
        said.at_ns = rules_moved(said.at_ns, -door->source->ahead_ns);
    door->rules->conclude(door->rules->context, &said);
}

/* ---- time ---- */

static int64_t grace_ns(const struct rules_door *door)
{
    return door->settings.grace_ms * NS_PER_MS + door->source->poll_ns;
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
    const struct rules_source *source = door->source;
    int64_t to_ns = now_ns + source->ahead_ns - silence_ns(door);
    /* while entries come, they tell how far the controller has got with its log */
    if (now_ns - source->heard_ns < silence_ns(door) && source->newest_at_ns < to_ns)
        to_ns = source->newest_at_ns;
    return to_ns;
}

static void advance(struct rules_door *door, int64_t now_ns)
{
    size_t ripe = 0;
    for (size_t i = 0; i < door->waiting_count; i++) {
        if (now_ns - door->waiting[i].received_ns >= grace_ns(door))
            ripe = i + 1;
    }
    rules_judge_first(door, ripe);
    if (door->waiting_count == 0 && door->source->is_online)
        rules_pass_time(door, known_ns(door, now_ns));
}

void rules_advance(struct rules *rules, int64_t now_ns)
{
    for (size_t i = 0; i < rules->door_count; i++)
        advance(rules->doors[i], now_ns);
}

static int64_t door_due_ns(const struct rules_door *door)
{
    int64_t due_ns = RULES_NEVER;
    int64_t silence = silence_ns(door);
    for (size_t i = 0; i < door->waiting_count; i++) {
        if (door->waiting[i].received_ns + grace_ns(door) < due_ns)
            due_ns = door->waiting[i].received_ns + grace_ns(door);
    }
    if (door->waiting_count > 0 || !door->source->is_online)
        return due_ns;
    due_ns = rules_first_due_ns(door);
    if (due_ns == RULES_NEVER)
        return RULES_NEVER;
    due_ns += silence - door->source->ahead_ns;
    int64_t quiet_ns = door->source->heard_ns + silence;
    return due_ns > quiet_ns ? due_ns : quiet_ns;
}

int64_t rules_due_ns(const struct rules *rules)
{
    int64_t first_ns = RULES_NEVER;
    for (size_t i = 0; i < rules->door_count; i++) {
        int64_t due_ns = door_due_ns(rules->doors[i]);
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
        if (door->source != source)
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

void rules_take(struct rules *rules, uint64_t record, const char *controller,
                const struct message_entry *entry, int64_t received_ns)
{
    struct rules_source *source = source_named(rules, controller);
    if (source == NULL || entry->derived != 0)
        return;
    if (entry->event == DOOR_CLOCK_STEPPED || entry->event == DOOR_CLOCK_SET) {
        source->has_stepped = true;
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
    message_text(event.method, sizeof event.method, entry->method);
    if (by_device)
        compare_clocks(rules, source, &event);
    source->heard_ns = received_ns;
    if (by_device || !source->is_compared)
        source->newest_at_ns = event.at_ns;
    for (size_t i = 0; i < rules->door_count; i++) {
        if (strcmp(rules->doors[i]->settings.door, entry->door) == 0)
            rules_put(rules->doors[i], &event);
    }
}

void rules_online(struct rules *rules, const char *controller, bool online, int64_t now_ns)
{
    struct rules_source *source = source_named(rules, controller);
    if (source == NULL || source->is_online == online)
        return;
    source->is_online = online;
    /* what it kept meanwhile comes first */
    source->heard_ns = now_ns;
    if (online)
        source->newest_at_ns = INT64_MIN;
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

/* NULL: no more are known. */
static struct rules_camera *camera_named(struct rules_cameras *cameras, const char *id)
{
    for (size_t i = 0; i < cameras->count; i++) {
        if (strcmp(cameras->items[i].id, id) == 0)
            return &cameras->items[i];
    }
    if (cameras->count == RULES_CAMERAS_MAX)
        return NULL;
    struct rules_camera *camera = &cameras->items[cameras->count++];
    message_text(camera->id, sizeof camera->id, id);
    return camera;
}

void rules_tell_camera(struct rules *rules, const char *camera, bool is_down, uint64_t record,
                       int64_t at_ns)
{
    struct rules_camera *told = camera_named(&rules->cameras, camera);
    if (told == NULL || told->is_down == is_down)
        return;
    told->is_down = is_down;
    told->record = record;
    for (size_t i = 0; i < rules->door_count; i++)
        rules_camera_changed(rules->doors[i], told,
                             rules_moved(at_ns, rules->doors[i]->source->ahead_ns));
}
