/*
 * camera: the door is open while none of its cameras sees it.
 *
 *   begins   when it is opened with all of them down, or the last of them goes down while it is
 *            open
 *   ends     when it is closed, or one of them is back
 *
 * Cameras tell at once, controllers may be late: what a camera did waits until the door's time has
 * got there.
 */
#include <string.h>

#include "door/rules_rule.h"

struct rules_camera *rules_camera_named(struct rules_cameras *cameras, const char *id)
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

void rules_camera_change(struct rules_camera *camera, bool is_down, uint64_t record, int64_t at_ns)
{
    struct rules_camera_change *changes = camera->changes;
    if ((camera->count > 0 && changes[camera->count - 1].is_down) == is_down)
        return;
    if (camera->count == RULES_CHANGES_MAX) {
        camera->count--;
        memmove(changes, changes + 1, camera->count * sizeof *changes);
    }
    changes[camera->count++] =
        (struct rules_camera_change){.at_ns = at_ns, .record = record, .is_down = is_down};
}

void rules_camera_change_line(struct rules_camera *camera, int64_t now_ns)
{
    for (size_t i = 0; i < camera->count; i++) {
        if (camera->changes[i].at_ns > now_ns)
            camera->changes[i].at_ns = now_ns;
    }
}

static bool covers(const struct rules_camera *camera, const char *cameras)
{
    size_t size = strlen(camera->id);
    for (const char *at = strstr(cameras, camera->id); at != NULL;
         at = strstr(at + 1, camera->id)) {
        if ((at == cameras || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0'))
            return true;
    }
    return false;
}

static size_t count_ids(const char *ids)
{
    size_t count = ids[0] != '\0';
    for (; *ids != '\0'; ids++)
        count += *ids == ' ';
    return count;
}

void rules_camera_cover(struct rules_door *door, const struct rules_camera *camera)
{
    if (covers(camera, door->settings.cameras))
        door->camera.covered |= UINT64_C(1) << (camera - door->cameras->items);
}

static bool is_covered_by(const struct rules_door *door, size_t index)
{
    return (door->camera.covered >> index & 1) != 0;
}

/* What the camera did last up to then (steady); NULL if that is not known. */
static const struct rules_camera_change *last_change(const struct rules_camera *camera,
                                                     int64_t at_ns)
{
    for (size_t i = camera->count; i > 0; i--) {
        if (camera->changes[i - 1].at_ns <= at_ns)
            return &camera->changes[i - 1];
    }
    return NULL;
}

/* By which the last of the door's cameras went down, if none was left at at_ns on its line; NULL
 * if there was one, or none was ever. */
static const struct rules_camera_change *last_down(const struct rules_door *door, int64_t at_ns)
{
    const struct rules_camera_change *last = NULL;
    size_t down = 0;
    int64_t steady_ns = rules_moved(at_ns, -rules_ahead_ns(door));
    for (size_t i = 0; i < door->cameras->count; i++) {
        const struct rules_camera_change *change = NULL;
        if (is_covered_by(door, i))
            change = last_change(&door->cameras->items[i], steady_ns);
        if (change == NULL || !change->is_down)
            continue;
        down++;
        if (last == NULL || change->record > last->record)
            last = change;
    }
    return down == count_ids(door->settings.cameras) ? last : NULL;
}

/* The first thing that one of its cameras did and that is still to be judged; NULL if none. */
static const struct rules_camera_change *next_change(const struct rules_door *door)
{
    const struct rules_camera_change *next = NULL;
    int64_t seen_ns = rules_moved(door->camera.seen_ns, -rules_ahead_ns(door));
    for (size_t i = 0; i < door->cameras->count; i++) {
        const struct rules_camera *camera = &door->cameras->items[i];
        if (!is_covered_by(door, i))
            continue;
        for (size_t k = camera->count; k > 0 && camera->changes[k - 1].at_ns > seen_ns; k--) {
            if (next == NULL || camera->changes[k - 1].at_ns < next->at_ns)
                next = &camera->changes[k - 1];
        }
    }
    return next;
}

static void begin(struct rules_door *door, const struct rules_event *since,
                  const struct rules_camera_change *camera)
{
    struct rules_conclusion said = rules_conclusion_of(door, &rule_camera, DOOR_OPEN_UNSEEN, since);
    said.alarm = RULES_ALARM_BEGIN;
    said.from[0] = door->camera.opened.record;
    said.from[1] = camera->record;
    said.from_count = 2;
    door->camera.is_said = true;
    rules_say(door, &said);
}

static void finish(struct rules_door *door, const struct rules_event *by)
{
    door->camera.is_said = false;
    rules_say_end(door, &rule_camera, DOOR_OPEN_UNSEEN, by);
}

static void take(struct rules_door *door, const struct rules_event *event)
{
    struct camera_state *state = &door->camera;
    if (door->settings.cameras[0] == '\0')
        return;
    if (event->event == DOOR_OPENED) {
        const struct rules_camera_change *camera = last_down(door, event->at_ns);
        state->opened = *event;
        state->seen_ns = event->at_ns;
        if (camera != NULL)
            begin(door, event, camera);
        else if (state->is_said)
            finish(door, event);
    }
    if (event->event == DOOR_CLOSED)
        finish(door, event);
}

static int64_t deadline_ns(const struct rules_door *door)
{
    const struct rules_camera_change *change = next_change(door);
    return change == NULL ? RULES_NEVER : rules_moved(change->at_ns, rules_ahead_ns(door));
}

static void expire(struct rules_door *door)
{
    struct camera_state *state = &door->camera;
    const struct rules_camera_change *change = next_change(door);
    const struct rules_event now = {.record = change->record, .at_ns = deadline_ns(door)};
    state->seen_ns = now.at_ns;
    const struct rules_camera_change *camera = last_down(door, now.at_ns);
    if (camera != NULL && door->is_open && !door->is_unsure && !state->is_said)
        begin(door, &now, camera);
    else if (camera == NULL)
        finish(door, &now);
}

static void shift(struct rules_door *door, int64_t ns)
{
    door->camera.seen_ns = rules_moved(door->camera.seen_ns, ns);
}

const struct rule rule_camera = {
    .name = "camera",
    .evidence = RULES_OF_CONTACT,
    .take = take,
    .deadline_ns = deadline_ns,
    .expire = expire,
    .shift = shift,
};
