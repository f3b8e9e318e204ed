#include "firmware/command/door_probe_bus.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define TIMEOUT_MS 2000
#define HOST_SIZE  256

static bool parse_number(const char *text, unsigned largest, unsigned *number)
{
    unsigned value = 0;
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length > 6 || text[length] != '\0')
        return false;
    for (const char *c = text; *c != '\0'; c++)
        value = value * 10 + (unsigned)(*c - '0');
    *number = value;
    return value <= largest;
}

/* Takes host and port apart; a colon in the host stands in brackets. */
static bool split(const char *text, char host[HOST_SIZE], unsigned *port)
{
    const char *begin = text[0] == '[' ? text + 1 : text;
    const char *end = text[0] == '[' ? strchr(text, ']') : text + strcspn(text, ":");
    if (end == NULL || end == begin || (size_t)(end - begin) >= HOST_SIZE)
        return false;
    memcpy(host, begin, (size_t)(end - begin));
    host[end - begin] = '\0';
    end += *end == ']';
    *port = 502;
    return *end == '\0' || (*end == ':' && parse_number(end + 1, UINT16_MAX, port) && *port != 0);
}

enum status door_probe_resolve(const char *text, char address[PATH_SIZE], uint16_t *port,
                               struct error *error)
{
    char host[HOST_SIZE];
    unsigned number = 0;
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (!split(text, host, &number))
        return error_set(error, STATUS_INVALID,
                         "\"%.100s\" is no address; right are 192.0.2.7:502 and [2001:db8::1]:502",
                         text);
    int result = getaddrinfo(host, NULL, &wanted, &found);
    if (result == 0)
        result = getnameinfo(found->ai_addr, found->ai_addrlen, address, PATH_SIZE, NULL, 0,
                             NI_NUMERICHOST);
    if (found != NULL)
        freeaddrinfo(found);
    *port = (uint16_t)number;
    return result == 0 ? STATUS_OK
                       : error_set(error, STATUS_NOT_FOUND, "%.100s has no address: %s", host,
                                   gai_strerror(result));
}

enum status door_probe_open(const struct invocation *invocation, struct bus **bus,
                            struct error *error)
{
    const char *address = invocation_value(invocation, "address");
    const char *device = invocation_value(invocation, "port");
    const char *parity = invocation_value(invocation, "parity");
    uint64_t unit = 1;
    uint64_t baud = 19200;
    struct message_door_setup setup = {.timeout_ms = TIMEOUT_MS, .stop_bits = 1};
    *bus = NULL;
    if ((address == NULL) == (device == NULL))
        return error_set(error, STATUS_INVALID, "give --address or --port, one of the two");
    if (!invocation_number(invocation, "unit", &unit) ||
        !invocation_number(invocation, "baud", &baud) || unit > UINT8_MAX || baud > UINT32_MAX)
        return error_set(error, STATUS_INVALID,
                         "a unit is 1 to 247, over TCP also 0 and 255, a speed one like 19200");
    setup.unit = (uint8_t)unit;
    setup.baud = (uint32_t)baud;
    setup.parity = (uint8_t)(parity == NULL ? 'E' : parity[0]);
    enum status status = STATUS_OK;
    if (address != NULL) {
        setup.transport = TRANSPORT_TCP;
        status = door_probe_resolve(address, setup.address, &setup.port, error);
    } else {
        setup.transport = TRANSPORT_SERIAL;
        message_text(setup.address, sizeof setup.address, device);
    }
    if (status == STATUS_OK)
        status = bus_new(&setup, bus, error);
    return status == STATUS_OK ? bus_open(*bus, error) : status;
}
