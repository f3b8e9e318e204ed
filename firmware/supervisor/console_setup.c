#include "firmware/supervisor/console_setup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "firmware/supervisor/keeper_settings.h"

#define BACKLOG 64

struct console_setup {
    const struct config *config;
    int socket;               /* -1 until it is open */
    char key[PATH_SIZE + 32]; /* files; "": no TLS */
    char certificate[PATH_SIZE + 32];
};

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

enum status console_setup_new(const struct config *config, struct console_setup **result,
                              struct error *error)
{
    struct console_setup *setup = calloc(1, sizeof *setup);
    if (setup == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the console");
    setup->config = config;
    setup->socket = -1;
    if (config_console_has_own_key(&config->console)) { /* the keeper's to make */
        (void)snprintf(setup->key, sizeof setup->key, "%s/key/console.key", config->state);
        (void)snprintf(setup->certificate, sizeof setup->certificate, "%s/key/console.crt",
                       config->state);
    } else {
        message_text(setup->key, sizeof setup->key, config->console.key);
        message_text(setup->certificate, sizeof setup->certificate, config->console.certificate);
    }
    *result = setup;
    return STATUS_OK;
}

void console_setup_free(struct console_setup *setup)
{
    if (setup == NULL)
        return;
    file_close(&setup->socket);
    free(setup);
}

static socklen_t write_address(const struct config_console *console, union address *address)
{
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, console->address, &address->four.sin_addr) == 1) {
        address->four.sin_family = AF_INET;
        address->four.sin_port = htons((uint16_t)console->port);
        return sizeof address->four;
    }
    (void)inet_pton(AF_INET6, console->address, &address->six.sin6_addr);
    address->six.sin6_family = AF_INET6;
    address->six.sin6_port = htons((uint16_t)console->port);
    return sizeof address->six;
}

static enum status look_for_file(const char *path, struct error *error)
{
    return path[0] == '\0' || access(path, R_OK) == 0
               ? STATUS_OK
               : error_set_errno(error, STATUS_NOT_FOUND, errno, "%s", path);
}

enum status console_setup_listen(struct console_setup *setup, struct error *error)
{
    static const int on = 1;
    union address address;
    /* Nobody shall connect and wait for a console that cannot start. */
    enum status status = look_for_file(setup->key, error);
    if (status == STATUS_OK)
        status = look_for_file(setup->certificate, error);
    if (status != STATUS_OK || setup->socket >= 0)
        return status;
    socklen_t size = write_address(&setup->config->console, &address);
    AUTO_CLOSE int listening =
        socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listening < 0 || setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(listening, &address.any, size) != 0 || listen(listening, BACKLOG) != 0)
        return error_set_errno(error, STATUS_IO, errno, "the console cannot listen at %s",
                               setup->config->console.listen);
    setup->socket = file_steal(&listening);
    return STATUS_OK;
}

void console_setup_arguments(const struct console_setup *setup, const char **arguments)
{
    const char *const given[] = {"--state", setup->config->state, "--video", setup->config->video,
                                 NULL};
    memcpy(arguments, given, sizeof given);
}

static enum status send_file(const char *path, enum console_file what, struct channel *control,
                             struct error *error)
{
    struct message_console_file file = {.what = (uint8_t)what};
    AUTO_CLOSE int descriptor = -1;
    if (path[0] == '\0')
        return STATUS_OK;
    enum status status =
        file_open_regular(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, &descriptor, error);
    return status == STATUS_OK
               ? channel_send(control, MESSAGE_CONSOLE_FILE, &file, descriptor, NULL, error)
               : status;
}

static enum status send_files(const struct console_setup *setup, struct channel *control,
                              struct error *error)
{
    char device[PATH_SIZE + sizeof "/key/device.crt"];
    (void)snprintf(device, sizeof device, "%s/key/device.crt", setup->config->state);
    enum status status = send_file(setup->key, CONSOLE_KEY, control, error);
    if (status == STATUS_OK)
        status = send_file(setup->certificate, CONSOLE_CERTIFICATE, control, error);
    return status == STATUS_OK ? send_file(device, CONSOLE_DEVICE_CERTIFICATE, control, error)
                               : status;
}

enum status console_setup_send(const struct console_setup *setup, struct channel *control,
                               struct error *error)
{
    const struct config *config = setup->config;
    struct message_console_setup message = {.card = (uint8_t)config->card,
                                            .recent_minutes = config->console.recent_minutes};
    message_text(message.name, sizeof message.name, config->console.name);
    message_text(message.site, sizeof message.site, config->site.name);
    message_text(message.unit, sizeof message.unit, config->site.unit);
    enum status status = keeper_settings_send_places(config, control, error);
    if (status == STATUS_OK)
        status = send_files(setup, control, error);
    return status == STATUS_OK
               ? channel_send(control, MESSAGE_CONSOLE_SETUP, &message, setup->socket, NULL, error)
               : status;
}
