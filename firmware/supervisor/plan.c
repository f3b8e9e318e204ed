#include "firmware/supervisor/plan.h"

#include <string.h>

#define STALL_MS 10000

void plan_camera(const struct config *config, const struct config_camera *camera,
                 struct worker_plan *plan)
{
    struct message_camera_setup *setup = &plan->camera;
    plan->role = ROLE_CAMERA;
    plan->source = camera->id;
    plan->host = camera->host;
    plan->password_file = camera->password[0] == '\0' ? camera->password_file : "";
    memset(setup, 0, sizeof *setup);
    message_text(setup->camera, sizeof setup->camera, camera->id);
    message_text(setup->url, sizeof setup->url, camera->url);
    message_text(setup->user, sizeof setup->user, camera->user);
    message_text(setup->password, sizeof setup->password, camera->password);
    message_text(setup->certificate, sizeof setup->certificate, camera->certificate);
    setup->transport = (uint8_t)camera->transport;
    setup->audio = camera->audio;
    setup->segment_seconds = config->segment_seconds;
    setup->stall_ms = STALL_MS;
}

bool plan_begins_bus(const struct config *config, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (config_share_bus(&config->controllers[i], &config->controllers[index]))
            return false;
    return true;
}

static enum status fill_setup(const struct config_controller *controller,
                              struct message_door_setup *setup, struct error *error)
{
    memset(setup, 0, sizeof *setup);
    message_text(setup->controller, sizeof setup->controller, controller->id);
    message_text(setup->profile, sizeof setup->profile, controller->profile);
    message_text(setup->address, sizeof setup->address, controller->address);
    setup->transport = (uint8_t)controller->transport;
    setup->port = (uint16_t)controller->port;
    setup->baud = controller->baud;
    setup->parity = (uint8_t)controller->parity;
    setup->stop_bits = (uint8_t)controller->stop_bits;
    setup->rs485 = (uint8_t)controller->rs485;
    setup->unit = (uint8_t)controller->unit;
    setup->set_clock = (uint8_t)controller->set_clock;
    setup->poll_ms = controller->poll_ms;
    setup->timeout_ms = controller->timeout_ms;
    enum status status =
        config_members_text(controller->doors, controller->door_count, setup->doors);
    return status == STATUS_OK
               ? STATUS_OK
               : error_set(error, status, "controller %s has too many doors", controller->id);
}

enum status plan_bus(const struct config *config, size_t first,
                     struct message_door_setup setups[CONFIG_CONTROLLERS_MAX],
                     struct worker_plan *plan, struct error *error)
{
    const struct config_controller *own = &config->controllers[first];
    plan->role = ROLE_DOOR;
    plan->source = own->id;
    plan->doors = setups;
    plan->door_count = 0;
    for (size_t i = first; i < config->controller_count; i++) {
        const struct config_controller *controller = &config->controllers[i];
        if (!config_share_bus(own, controller))
            continue;
        enum status status = fill_setup(controller, &setups[plan->door_count++], error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}
