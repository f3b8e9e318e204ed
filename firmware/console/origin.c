#include "firmware/console/origin.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/message_field.h"

/* Takes a port off. False if it is none. */
static bool cut_port(char *host)
{
    char *colon = host[0] == '[' ? strchr(host, ']') : strchr(host, ':');
    if (colon != NULL && host[0] == '[')
        colon++;
    if (colon == NULL)
        return host[0] != '[';
    if (*colon == '\0')
        return true;
    size_t digits = strspn(colon + 1, "0123456789");
    if (*colon != ':' || digits == 0 || digits > 5 || colon[1 + digits] != '\0')
        return false;
    *colon = '\0';
    return true;
}

static bool is_address(char *host)
{
    struct in_addr four;
    struct in6_addr six;
    size_t size = strlen(host);
    if (host[0] != '[')
        return inet_pton(AF_INET, host, &four) == 1;
    host[size - 1] = '\0';
    return inet_pton(AF_INET6, host + 1, &six) == 1;
}

bool origin_is_here(const char *host, const char *name)
{
    char bare[NAME_SIZE + 8];
    if (host == NULL || strlen(host) >= sizeof bare)
        return false;
    memcpy(bare, host, strlen(host) + 1);
    if (!cut_port(bare) || bare[0] == '\0')
        return false;
    return strcasecmp(bare, "localhost") == 0 ||
           (name != NULL && name[0] != '\0' && strcasecmp(bare, name) == 0) || is_address(bare);
}

bool origin_is_own(const struct origin *origin)
{
    char expected[NAME_SIZE + 32];
    if (origin->fetch_site != NULL && strcmp(origin->fetch_site, "same-origin") != 0 &&
        strcmp(origin->fetch_site, "none") != 0)
        return false;
    if (origin->origin == NULL)
        return true;
    int size = snprintf(expected, sizeof expected, "http%s://%s", origin->is_secure ? "s" : "",
                        origin->host == NULL ? "" : origin->host);
    return size > 0 && (size_t)size < sizeof expected && strcasecmp(expected, origin->origin) == 0;
}
