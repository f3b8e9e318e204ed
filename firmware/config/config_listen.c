#include "firmware/config/config_listen.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static bool read_port(const char *text, uint32_t *port)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0')
        return false;
    *port = (uint32_t)strtoul(text, NULL, 10);
    return *port >= 1 && *port <= 65535;
}

bool config_listen_read(const char *text, char address[NAME_SIZE], uint32_t *port)
{
    struct in_addr four;
    struct in6_addr six;
    bool has_brackets = text[0] == '[';
    const char *colon = strrchr(text, ':');
    const char *begin = text + has_brackets;
    const char *end = colon;
    if (colon == NULL || (has_brackets && colon[-1] != ']'))
        return false;
    end -= has_brackets;
    if (end <= begin || (size_t)(end - begin) >= NAME_SIZE)
        return false;
    memcpy(address, begin, (size_t)(end - begin));
    address[end - begin] = '\0';
    return read_port(colon + 1, port) && (has_brackets ? inet_pton(AF_INET6, address, &six) == 1
                                                       : inet_pton(AF_INET, address, &four) == 1);
}

bool config_listen_is_loopback(const char *address)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, address, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, address, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

bool config_listen_is_any(const char *address)
{
    struct in_addr four;
    struct in6_addr six;
    return (inet_pton(AF_INET, address, &four) == 1 && four.s_addr == INADDR_ANY) ||
           (inet_pton(AF_INET6, address, &six) == 1 && IN6_IS_ADDR_UNSPECIFIED(&six));
}
