#include "keeper/roster.h"

#include <stdio.h>
#include <string.h>

#include "keeper/bodies.h"
#include "store/retention.h"

/* A controller that comes and goes without end is not followed for ever (FORMAT.md, "Source"). */
#define STATES_MAX       16u
#define STATES_PERIOD_NS (10 * NS_PER_SECOND)

enum status roster_settings(struct roster *roster, const struct message_keeper_settings *settings,
                            struct error *error)
{
    struct retention_policy policy = {.video_days = settings->video_days,
                                      .record_days = settings->record_days,
                                      .full = (enum full_policy)settings->full_policy,
                                      .reserve_bytes = settings->reserve_bytes};
    if (roster->has_settings)
        return error_set(error, STATUS_REFUSED, "the settings came twice");
    if (policy.full != FULL_DELETE_OLDEST && policy.full != FULL_STOP)
        return error_set(error, STATUS_INVALID, "there is no policy %u for a full disk",
                         settings->full_policy);
    enum status status = retention_policy_check(&policy, error);
    if (status != STATUS_OK)
        return status;
    roster->settings = *settings;
    roster->has_settings = true;
    return STATUS_OK;
}

enum status roster_add_camera(struct roster *roster, const struct message_camera_settings *settings,
                              struct error *error)
{
    if (roster->camera_count == ROSTER_CAMERAS_MAX)
        return error_set(error, STATUS_FULL, "more than %u cameras", ROSTER_CAMERAS_MAX);
    if (!camera_id_is_valid(settings->camera) || settings->share_percent > 100 ||
        roster_camera(roster, settings->camera) != NULL)
        return error_set(error, STATUS_INVALID, "camera %s: no id, twice, or a share over 100",
                         settings->camera);
    struct camera *camera = NULL;
    enum status status = camera_new(settings, &camera, error);
    if (status == STATUS_OK)
        roster->cameras[roster->camera_count++] = camera;
    return status;
}

static enum status add_controller(struct roster *roster, const char *id, struct error *error)
{
    if (roster_controller(roster, id) != NULL)
        return STATUS_OK;
    if (roster->controller_count == ROSTER_CONTROLLERS_MAX)
        return error_set(error, STATUS_FULL, "more than %u controllers", ROSTER_CONTROLLERS_MAX);
    struct controller *controller = &roster->controllers[roster->controller_count++];
    controller->states = allowance_of(STATES_MAX, STATES_PERIOD_NS);
    message_text(controller->id, sizeof controller->id, id);
    (void)snprintf(controller->source, sizeof controller->source, "door/%s", id);
    return STATUS_OK;
}

enum status roster_add_door(struct roster *roster, const struct message_door_settings *settings,
                            struct error *error)
{
    if (roster->door_count == ROSTER_DOORS_MAX)
        return error_set(error, STATUS_FULL, "more than %u doors", ROSTER_DOORS_MAX);
    /* one form of id for all three */
    if (!camera_id_is_valid(settings->door) || !camera_id_is_valid(settings->controller))
        return error_set(error, STATUS_INVALID, "door %s of controller %s: no id", settings->door,
                         settings->controller);
    if (roster_door(roster, settings->door, settings->controller) != NULL)
        return error_set(error, STATUS_INVALID, "door %s of controller %s came twice",
                         settings->door, settings->controller);
    enum status status = add_controller(roster, settings->controller, error);
    if (status == STATUS_OK)
        roster->doors[roster->door_count++] = *settings;
    return status;
}

void roster_release(struct roster *roster)
{
    for (size_t i = 0; i < roster->camera_count; i++)
        camera_free(roster->cameras[i]);
    roster->camera_count = 0;
    people_free(roster->people);
    roster->people = NULL;
}

struct camera *roster_camera(const struct roster *roster, const char *id)
{
    for (size_t i = 0; i < roster->camera_count; i++) {
        if (strcmp(roster->cameras[i]->id, id) == 0)
            return roster->cameras[i];
    }
    return NULL;
}

struct controller *roster_controller(struct roster *roster, const char *id)
{
    for (size_t i = 0; i < roster->controller_count; i++) {
        if (strcmp(roster->controllers[i].id, id) == 0)
            return &roster->controllers[i];
    }
    return NULL;
}

uint32_t *roster_link(struct roster *roster, enum role role, const char *id)
{
    if (role == ROLE_CONSOLE)
        return &roster->console_link;
    return role == ROLE_CAMERA ? &roster_camera(roster, id)->link
                               : &roster_controller(roster, id)->link;
}

const struct message_door_settings *roster_door(const struct roster *roster, const char *door,
                                                const char *controller)
{
    for (size_t i = 0; i < roster->door_count; i++) {
        const struct message_door_settings *settings = &roster->doors[i];
        if (strcmp(settings->door, door) == 0 &&
            (controller == NULL || strcmp(settings->controller, controller) == 0))
            return settings;
    }
    return NULL;
}

bool roster_is_first(const struct roster *roster, const struct message_door_settings *settings)
{
    return roster_door(roster, settings->door, NULL) == settings;
}

/* One door, with all its controllers if it has several; NULL if memory has run out. */
static json_t *door_body(const struct roster *roster, const struct message_door_settings *door)
{
    json_t *controllers = json_array();
    json_t *body = body_config_door(door);
    bool failed = controllers == NULL || body == NULL;
    for (size_t i = 0; !failed && i < roster->door_count; i++) {
        if (strcmp(roster->doors[i].door, door->door) == 0)
            failed =
                json_array_append_new(controllers, json_string(roster->doors[i].controller)) != 0;
    }
    if (!failed && json_array_size(controllers) > 1)
        failed = json_object_set(body, "controllers", controllers) != 0;
    json_decref(controllers);
    if (failed)
        json_decref(body);
    return failed ? NULL : body;
}

json_t *roster_body(const struct roster *roster)
{
    json_t *cameras = json_array();
    json_t *doors = json_array();
    bool failed = cameras == NULL || doors == NULL;
    for (size_t i = 0; !failed && i < roster->camera_count; i++) {
        const struct camera *camera = roster->cameras[i];
        struct message_camera_settings settings = {.share_percent = camera->share_percent};
        message_text(settings.camera, sizeof settings.camera, camera->id);
        message_text(settings.name, sizeof settings.name, camera->name);
        failed = json_array_append_new(cameras, body_config_camera(&settings)) != 0;
    }
    for (size_t i = 0; !failed && i < roster->door_count; i++) {
        if (roster_is_first(roster, &roster->doors[i]))
            failed = json_array_append_new(doors, door_body(roster, &roster->doors[i])) != 0;
    }
    json_t *body = failed ? NULL : body_config(&roster->settings, cameras, doors);
    json_decref(cameras);
    json_decref(doors);
    if (body != NULL && roster->people != NULL &&
        json_object_set_new(body, "roster", people_body(roster->people)) != 0) {
        json_decref(body);
        body = NULL;
    }
    return body;
}
