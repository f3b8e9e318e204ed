#include "firmware/supervisor/keeper_settings.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/permission.h"
#include "firmware/config/config.h"
#include "firmware/config/config_listen.h"

static enum status send_settings(const struct keeper_plan *plan, struct channel *control,
                                 struct error *error)
{
    const struct config *config = plan->config;
    struct message_keeper_settings settings = {
        .video_days = config->retention.video_days,
        .record_days = config->retention.record_days,
        .full_policy = (uint8_t)config->retention.when_full,
        .reserve_bytes = (uint64_t)config->retention.reserve_mb * 1000000u,
        .segment_seconds = config->segment_seconds,
        .card = (uint8_t)config->card,
    };
    message_text(settings.site, sizeof settings.site, config->site.name);
    message_text(settings.configuration_path, sizeof settings.configuration_path, config->path);
    memcpy(settings.configuration_sha256, plan->config_sha256, DIGEST_SIZE);
    memcpy(settings.configuration_sm3, plan->config_sm3, DIGEST_SIZE);
    return channel_send(control, MESSAGE_KEEPER_SETTINGS, &settings, -1, NULL, error);
}

/* The floors are the keeper's to keep, whatever stands here. */
static enum status send_accounts(const struct keeper_plan *plan, struct channel *control,
                                 struct error *error)
{
    const struct config_accounts *accounts = &plan->config->accounts;
    struct message_account_settings settings = accounts->settings;
    settings.recent_minutes = plan->config->console.recent_minutes;
    if (accounts->lock_until_released)
        settings.lock_minutes = 0;
    for (size_t i = 0; i < accounts->second_count; i++) {
        settings.second_export |= accounts->second[i] == ACT_EXPORT;
        settings.second_hold_release |= accounts->second[i] == ACT_HOLD_RELEASE;
        settings.second_accounts |= accounts->second[i] == ACT_CHANGE_ACCOUNTS;
    }
    return channel_send(control, MESSAGE_ACCOUNT_SETTINGS, &settings, -1, NULL, error);
}

static enum status send_cameras(const struct config *config, struct channel *control,
                                struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < config->camera_count; i++) {
        const struct config_camera *camera = &config->cameras[i];
        struct message_camera_settings settings = {.share_percent = (uint8_t)camera->share_percent};
        message_text(settings.camera, sizeof settings.camera, camera->id);
        message_text(settings.name, sizeof settings.name, camera->name);
        status = channel_send(control, MESSAGE_CAMERA_SETTINGS, &settings, -1, NULL, error);
    }
    return status;
}

/* Tries until a controller that does not answer counts as offline, each to connect and to ask. */
#define OFFLINE_TIMEOUTS 4u

static bool has_door(const struct config_controller *controller, const char *door)
{
    for (size_t i = 0; i < controller->door_count; i++)
        if (strcmp(controller->doors[i].id, door) == 0)
            return true;
    return false;
}

/* The door as one of its controllers has it. */
static enum status send_door(const struct config_door *door,
                             const struct config_controller *controller, struct channel *control,
                             struct error *error)
{
    const struct config_rules *rules = &door->rules;
    struct message_door_settings settings = {.rules = rules->present,
                                             .held_s = rules->held_s,
                                             .prealarm_s = rules->prealarm_s,
                                             .grant_s = rules->grant_s,
                                             .grace_ms = rules->grace_ms,
                                             .poll_ms = controller->poll_ms,
                                             .trouble_ms =
                                                 OFFLINE_TIMEOUTS * controller->timeout_ms,
                                             .two_persons_s = rules->two_persons_s,
                                             .anti_passback = rules->anti_passback};
    message_text(settings.door, sizeof settings.door, door->id);
    message_text(settings.name, sizeof settings.name, door->name);
    message_text(settings.controller, sizeof settings.controller, controller->id);
    enum status status = config_members_text(door->cameras, door->camera_count, settings.cameras);
    return status == STATUS_OK
               ? channel_send(control, MESSAGE_DOOR_SETTINGS, &settings, -1, NULL, error)
               : status;
}

static enum status send_doors(const struct config *config, struct channel *control,
                              struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < config->door_count; i++)
        for (size_t c = 0; status == STATUS_OK && c < config->controller_count; c++)
            if (has_door(&config->controllers[c], config->doors[i].id))
                status = send_door(&config->doors[i], &config->controllers[c], control, error);
    return status;
}

enum status keeper_settings_send_places(const struct config *config, struct channel *control,
                                        struct error *error)
{
    enum status status = send_cameras(config, control, error);
    return status == STATUS_OK ? send_doors(config, control, error) : status;
}

static void add_name(char names[PATH_SIZE], const char *name)
{
    size_t size = strlen(names);
    if (name[0] != '\0' && strchr(name, '%') == NULL && !text_names(names, name))
        (void)snprintf(names + size, PATH_SIZE - size, "%s%s", size > 0 ? " " : "", name);
}

/* All addresses of this machine as they are now. */
static void add_addresses(char names[PATH_SIZE])
{
    struct ifaddrs *all = NULL;
    char text[INET6_ADDRSTRLEN];
    if (getifaddrs(&all) != 0)
        return;
    for (const struct ifaddrs *one = all; one != NULL; one = one->ifa_next) {
        const void *address = NULL;
        if (one->ifa_addr != NULL && one->ifa_addr->sa_family == AF_INET)
            address = &((const struct sockaddr_in *)(const void *)one->ifa_addr)->sin_addr;
        else if (one->ifa_addr != NULL && one->ifa_addr->sa_family == AF_INET6)
            address = &((const struct sockaddr_in6 *)(const void *)one->ifa_addr)->sin6_addr;
        bool is_link_local =
            address != NULL && one->ifa_addr->sa_family == AF_INET6 &&
            IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)address); /* none can be typed */
        if (address != NULL && !is_link_local &&
            inet_ntop(one->ifa_addr->sa_family, address, text, sizeof text) != NULL)
            add_name(names, text);
    }
    freeifaddrs(all);
}

/* What browsers may call it: what the certificate of its own key is for. */
static enum status send_console_names(const struct config *config, struct channel *control,
                                      struct error *error)
{
    const struct config_console *console = &config->console;
    struct message_console_names said = {0};
    char host[NAME_SIZE] = "";
    if (!config_console_has_own_key(console))
        return STATUS_OK;
    add_name(said.names, console->name);
    if (gethostname(host, sizeof host - 1) == 0)
        add_name(said.names, host);
    if (config_listen_is_any(console->address))
        add_addresses(said.names);
    else
        add_name(said.names, console->address);
    return channel_send(control, MESSAGE_CONSOLE_NAMES, &said, -1, NULL, error);
}

enum status keeper_settings_send(const struct keeper_plan *plan, struct channel *control,
                                 struct error *error)
{
    enum status status = send_settings(plan, control, error);
    if (status == STATUS_OK)
        status = send_accounts(plan, control, error);
    if (status == STATUS_OK)
        status = send_console_names(plan->config, control, error);
    return status == STATUS_OK ? keeper_settings_send_places(plan->config, control, error) : status;
}
