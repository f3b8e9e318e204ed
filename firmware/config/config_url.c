#include "firmware/config/config_url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char plain[] = "rtsp://";
static const char encrypted[] = "rtsps://";

bool config_url_is_encrypted(const char *url)
{
    return strncmp(url, encrypted, strlen(encrypted)) == 0;
}

static bool is_port(const char *text, size_t size)
{
    unsigned port = 0;
    if (size == 0 || size > 5)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    return port >= 1 && port <= 65535;
}

static bool is_host_name(const char *text, size_t size)
{
    if (size == 0 || size >= NAME_SIZE)
        return false;
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)text[i]) && strchr("-._", text[i]) == NULL)
            return false;
    return true;
}

/* [2001:db8::1]: the part between the brackets. */
static bool is_ipv6(const char *text, size_t size)
{
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr binary;
    return size < sizeof copy && snprintf(copy, sizeof copy, "%.*s", (int)size, text) > 0 &&
           inet_pton(AF_INET6, copy, &binary) == 1;
}

const char *config_url_check(const char *url, char host[NAME_SIZE])
{
    const char *start = NULL;
    if (config_url_is_encrypted(url))
        start = url + strlen(encrypted);
    else if (strncmp(url, plain, strlen(plain)) == 0)
        start = url + strlen(plain);
    else
        return "must begin with rtsp:// or rtsps://";
    for (const char *at = url; *at != '\0'; at++)
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f)
            return "must have neither blanks nor characters outside ASCII; they are written as %XX";

    size_t size = strcspn(start, "/?#");
    if (memchr(start, '@', size) != NULL)
        return "must hold no user and password: give them as user and password_file";
    bool bracketed = size > 0 && start[0] == '[';
    const char *end = bracketed ? memchr(start, ']', size) : start + strcspn(start, ":/?#");
    if (end == NULL)
        return "must have an IPv6 address in brackets: rtsp://[2001:db8::1]/stream";
    const char *name = bracketed ? start + 1 : start;
    size_t length = (size_t)(end - name);
    if (bracketed ? !is_ipv6(name, length) : !is_host_name(name, length))
        return "must have the camera's address or host name after rtsp://";
    const char *rest = end + (bracketed ? 1 : 0);
    size_t left = size - (size_t)(rest - start);
    if (left > 0 && (rest[0] != ':' || !is_port(rest + 1, left - 1)))
        return "must have nothing after the host, or : and a port of 1 to 65535, then /";
    if (host != NULL)
        snprintf(host, NAME_SIZE, "%.*s", (int)length, name);
    return NULL;
}
