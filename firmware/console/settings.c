#include "firmware/console/settings.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define PEM_LIMIT 65536u

static enum status take_camera(struct settings *settings,
                               const struct message_camera_settings *said, struct error *error)
{
    if (settings->camera_count == SETTINGS_CAMERAS_MAX)
        return error_set(error, STATUS_FULL, "more than %d cameras", SETTINGS_CAMERAS_MAX);
    struct settings_named *camera = &settings->cameras[settings->camera_count++];
    memcpy(camera->id, said->camera, sizeof camera->id);
    memcpy(camera->name, said->name, sizeof camera->name);
    return STATUS_OK;
}

/* One of several controllers is told once for each. */
static enum status take_door(struct settings *settings, const struct message_door_settings *said,
                             struct error *error)
{
    for (size_t i = 0; i < settings->door_count; i++)
        if (strcmp(settings->doors[i].named.id, said->door) == 0)
            return STATUS_OK;
    if (settings->door_count == SETTINGS_DOORS_MAX)
        return error_set(error, STATUS_FULL, "more than %d doors", SETTINGS_DOORS_MAX);
    struct settings_door *door = &settings->doors[settings->door_count++];
    memcpy(door->named.id, said->door, sizeof door->named.id);
    memcpy(door->named.name, said->name, sizeof door->named.name);
    memcpy(door->cameras, said->cameras, sizeof door->cameras);
    return STATUS_OK;
}

/* The whole file, and a NUL behind it. */
static enum status read_all(int descriptor, struct buffer *content, struct error *error)
{
    char block[4096];
    enum status status = STATUS_OK;
    ssize_t size = 0;
    while (status == STATUS_OK &&
           (size = TEMP_FAILURE_RETRY(read(descriptor, block, sizeof block))) > 0)
        status = content->size + (size_t)size > PEM_LIMIT
                     ? error_set(error, STATUS_INVALID, "a file is too large to be PEM")
                     : buffer_append(content, block, (size_t)size);
    explicit_bzero(block, sizeof block);
    if (status == STATUS_OK && size < 0)
        return error_set_errno(error, STATUS_IO, errno, "a file that was handed over");
    return status == STATUS_OK ? buffer_append(content, "", 1) : status;
}

static enum status take_file(struct settings *settings, uint8_t what, int descriptor,
                             struct error *error)
{
    struct buffer *const places[] = {[CONSOLE_KEY] = &settings->key,
                                     [CONSOLE_CERTIFICATE] = &settings->certificate,
                                     [CONSOLE_DEVICE_CERTIFICATE] = &settings->device};
    if (what == 0 || what >= sizeof places / sizeof places[0] || places[what]->size > 0)
        return error_set(error, STATUS_INVALID, "a file that is not expected was handed over");
    return read_all(descriptor, places[what], error);
}

static enum status take(struct settings *settings, enum message_type type,
                        const union message_payload *payload, int *attached, struct error *error)
{
    if (type == MESSAGE_CAMERA_SETTINGS)
        return take_camera(settings, &payload->camera_settings, error);
    if (type == MESSAGE_DOOR_SETTINGS)
        return take_door(settings, &payload->door_settings, error);
    if (type == MESSAGE_CONSOLE_FILE)
        return take_file(settings, payload->console_file.what, *attached, error);
    if (type != MESSAGE_CONSOLE_SETUP)
        return error_set(error, STATUS_INVALID, "%s is not due", message_name(type));
    settings->setup = payload->console_setup;
    settings->socket = file_steal(attached);
    return STATUS_END;
}

static enum status receive_one(struct channel *control, int timeout_ms, struct settings *settings,
                               struct error *error)
{
    union message_payload payload;
    enum message_type type = 0;
    uint32_t sequence = 0;
    AUTO_CLOSE int attached = -1;
    enum status status = channel_receive(control, &type, &sequence, &payload, &attached, error);
    if (status == STATUS_AGAIN) {
        status = channel_wait(control, timeout_ms);
        return status == STATUS_OK ? STATUS_OK : error_set(error, status, "no set-up came");
    }
    if (status == STATUS_END)
        return error_set(error, STATUS_IO, "sealroomd is gone");
    return status == STATUS_OK ? take(settings, type, &payload, &attached, error) : status;
}

enum status settings_receive(struct channel *control, int timeout_ms, struct settings *settings,
                             struct error *error)
{
    enum status status = STATUS_OK;
    *settings = (struct settings){.socket = -1};
    while (status == STATUS_OK)
        status = receive_one(control, timeout_ms, settings, error);
    return status == STATUS_END ? STATUS_OK : status;
}

void settings_release(struct settings *settings)
{
    file_close(&settings->socket);
    if (settings->key.data != NULL)
        explicit_bzero(settings->key.data, settings->key.capacity);
    buffer_release(&settings->key);
    buffer_release(&settings->certificate);
    buffer_release(&settings->device);
}

const struct settings_named *settings_camera(const struct settings *settings, const char *id)
{
    for (size_t i = 0; i < settings->camera_count; i++)
        if (strcmp(settings->cameras[i].id, id) == 0)
            return &settings->cameras[i];
    return NULL;
}
