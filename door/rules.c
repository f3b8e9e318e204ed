#include "door/rules.h"

#include <string.h>

#include "door/rules_joint.h"
#include "door/rules_set.h"
#include "door/rules_sole.h"

/* Whatever was measured. */
#define POLL_MOST_NS ((uint64_t)(3600 * NS_PER_SECOND))
/* A clock that is farther off than ten years is none. */
#define CLOCK_FAR_NS (3653 * NS_PER_DAY)

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
    struct rules_source *source = rules_source_named(rules, controller);
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
    struct rules_source *source = rules_source_named(rules, controller);
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
    struct rules_source *source = rules_source_named(rules, controller);
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
    struct rules_source *source = rules_source_named(rules, controller);
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
