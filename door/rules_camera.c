/*
 * camera: the door is open while none of its cameras sees it.
 *
 *   begins   when it is opened with all of them down, or the last of them goes down while it is
 * open ends     when it is closed, or one of them is back
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

/* The camera that went down last, if none is left; NULL if there is one, or none was ever. */
static const struct rules_camera *last_down(const struct rules_door *door)
{
    const struct rules_camera *last = NULL;
    size_t down = 0;
    for (size_t i = 0; i < door->cameras->count; i++) {
        const struct rules_camera *camera = &door->cameras->items[i];
        if (!camera->is_down || !covers(camera, door->settings.cameras))
            continue;
        down++;
        if (last == NULL || camera->record > last->record)
            last = camera;
    }
    return down == count_ids(door->settings.cameras) ? last : NULL;
}

static void begin(struct rules_door *door, const struct rules_event *since,
                  const struct rules_camera *camera)
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
    const struct rules_camera *camera = last_down(door);
    if (door->settings.cameras[0] == '\0')
        return;
    if (event->event == DOOR_OPENED) {
        door->camera.opened = *event;
        if (camera != NULL)
            begin(door, event, camera);
    }
    if (event->event == DOOR_CLOSED)
        finish(door, event);
}

void rules_camera_changed(struct rules_door *door, const struct rules_camera *changed,
                          int64_t at_ns)
{
    const struct rules_event now = {.record = changed->record, .at_ns = at_ns};
    if (!covers(changed, door->settings.cameras))
        return;
    const struct rules_camera *camera = last_down(door);
    if (camera != NULL && door->is_open && !door->camera.is_said)
        begin(door, &now, camera);
    else if (camera == NULL)
        finish(door, &now);
}

const struct rule rule_camera = {
    .name = "camera",
    .take = take,
};
