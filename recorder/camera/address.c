#include "camera/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define RTSP_PORT  554 /* RFC 2326, 3.2 */
#define RTSPS_PORT 322 /* RFC 7826, 19.2 */

static enum status parse_port(const char *text, const char *end, uint16_t *port)
{
    unsigned value = 0;
    if (text == end || end - text > 5) {
        return STATUS_INVALID;
    }
    for (; text < end; text++) {
        if (!isdigit((unsigned char)*text)) {
            return STATUS_INVALID;
        }
        value = value * 10 + (unsigned)(*text - '0');
    }
    *port = (uint16_t)value;
    return value >= 1 && value <= UINT16_MAX ? STATUS_OK : STATUS_INVALID;
}

enum status address_parse(const char *url, struct address *address, struct error *error)
{
    static const struct {
        const char *scheme;
        bool encrypted;
        uint16_t port;
    } schemes[] = {{"rtsp://", false, RTSP_PORT}, {"rtsps://", true, RTSPS_PORT}};
    const char *rest = NULL;
    for (size_t i = 0; i < 2; i++) {
        size_t length = strlen(schemes[i].scheme);
        if (strncmp(url, schemes[i].scheme, length) == 0) {
            rest = url + length;
            *address = (struct address){.encrypted = schemes[i].encrypted, .port = schemes[i].port};
        }
    }
    if (rest == NULL) {
        return error_set(error, STATUS_INVALID, "the camera's URL is neither rtsp:// nor rtsps://");
    }
    const char *end = rest + strcspn(rest, "/?");
    if (memchr(rest, '@', (size_t)(end - rest)) != NULL) {
        return error_set(error, STATUS_INVALID, "credentials do not belong into the URL");
    }
    const char *bracket = memchr(rest, ']', (size_t)(end - rest));
    const char *name_end = bracket != NULL ? bracket + 1 : rest;
    const char *colon = memchr(name_end, ':', (size_t)(end - name_end));
    if (end == rest || (colon != NULL && parse_port(colon + 1, end, &address->port) != STATUS_OK)) {
        return error_set(error, STATUS_INVALID, "the camera's URL has no usable host or port");
    }
    address->path = bytes_of_text(end);
    return STATUS_OK;
}

static enum status append_encoded(struct buffer *url, const char *text)
{
    enum status status = STATUS_OK;
    for (; *text != '\0' && status == STATUS_OK; text++) {
        unsigned char byte = (unsigned char)*text;
        bool plain = isalnum(byte) || strchr("-._~", byte) != NULL;
        status = plain ? buffer_append(url, text, 1) : buffer_append_format(url, "%%%02X", byte);
    }
    return status;
}

enum status address_compose(const struct address *address, const char *host, uint16_t port,
                            const char *user, const char *password, struct buffer *url)
{
    enum status status = buffer_append_text(url, "rtsp://");
    if (status == STATUS_OK && user[0] != '\0') {
        status = append_encoded(url, user);
        if (status == STATUS_OK) {
            status = buffer_append_text(url, ":");
        }
        if (status == STATUS_OK) {
            status = append_encoded(url, password);
        }
        if (status == STATUS_OK) {
            status = buffer_append_text(url, "@");
        }
    }
    if (status == STATUS_OK) {
        bool v6 = strchr(host, ':') != NULL;
        status = buffer_append_format(url, v6 ? "[%s]:%u" : "%s:%u", host, port);
    }
    if (status == STATUS_OK) {
        status = buffer_append(url, address->path.data, address->path.size);
    }
    return status == STATUS_OK ? buffer_append(url, "", 1) : status;
}

struct endpoint address_endpoint(const char *numeric, uint16_t port)
{
    struct endpoint endpoint = {.size = 0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&endpoint.address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&endpoint.address;
    if (inet_pton(AF_INET, numeric, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        endpoint.size = sizeof *v4;
    } else if (inet_pton(AF_INET6, numeric, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        endpoint.size = sizeof *v6;
    }
    return endpoint;
}

bool address_is_among(const char *addresses, const char *address)
{
    char words[NAME_SIZE];
    char *rest = NULL;
    message_text(words, sizeof words, addresses);
    const char *word = strtok_r(words, " ", &rest);
    while (word != NULL && strcmp(word, address) != 0) {
        word = strtok_r(NULL, " ", &rest);
    }
    return word != NULL;
}

void address_next(const char *addresses, const char *current, char *next)
{
    char words[NAME_SIZE];
    char *rest = NULL;
    message_text(words, sizeof words, addresses);
    const char *first = strtok_r(words, " ", &rest);
    const char *word = first;
    while (word != NULL && strcmp(word, current) != 0) {
        word = strtok_r(NULL, " ", &rest);
    }
    const char *after = word == NULL ? NULL : strtok_r(NULL, " ", &rest);
    const char *found = after != NULL ? after : first;
    message_text(next, NAME_SIZE, found != NULL ? found : "");
}
