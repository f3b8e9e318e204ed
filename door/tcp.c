#include "door/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "base/file.h"

union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t parse_address(const char *text, uint16_t port, union any_address *address)
{
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        return sizeof address->v4;
    }
    if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(port);
        return sizeof address->v6;
    }
    return 0;
}

static void set_options(int descriptor, uint32_t timeout_ms)
{
    /* Each is a help and none a need, so what fails is passed over. Keep-alive finds the
     * half-open connection that a controller's restart leaves behind while nothing is sent. */
    const struct {
        int level;
        int name;
        int value;
    } options[] = {
        {IPPROTO_TCP, TCP_NODELAY, 1},   {IPPROTO_TCP, TCP_USER_TIMEOUT, (int)timeout_ms},
        {SOL_SOCKET, SO_KEEPALIVE, 1},   {IPPROTO_TCP, TCP_KEEPIDLE, 10},
        {IPPROTO_TCP, TCP_KEEPINTVL, 5},
    };
    for (size_t at = 0; at < sizeof options / sizeof options[0]; at++)
        (void)setsockopt(descriptor, options[at].level, options[at].name, &options[at].value,
                         sizeof options[at].value);
}

static enum status wait_connected(int descriptor, uint32_t timeout_ms, const char *name,
                                  struct error *error)
{
    struct pollfd entry = {.fd = descriptor, .events = POLLOUT};
    int ready = 0;
    do
        ready = poll(&entry, 1, (int)timeout_ms);
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return error_set(error, STATUS_TIMEOUT, "%s did not answer within %u ms", name, timeout_ms);
    int cause = errno;
    socklen_t size = sizeof cause;
    if (ready > 0 && getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &cause, &size) != 0)
        cause = errno;
    if (cause != 0)
        return error_set_errno(error, STATUS_IO, cause, "cannot connect to %s", name);
    return STATUS_OK;
}

enum status tcp_connect(const char *address, uint16_t port, uint32_t timeout_ms, int *descriptor,
                        struct error *error)
{
    union any_address peer;
    socklen_t size = parse_address(address, port, &peer);
    if (size == 0)
        return error_set(error, STATUS_INVALID, "\"%.60s\" is no numeric address", address);
    AUTO_CLOSE int made =
        socket(peer.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (made < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot make a socket");
    if (made >= FD_SETSIZE)
        return error_set(error, STATUS_FULL, "too many descriptors are open for select(2)");
    set_options(made, timeout_ms);
    if (connect(made, &peer.any, size) != 0) {
        if (errno != EINPROGRESS)
            return error_set_errno(error, STATUS_IO, errno, "cannot connect to %s", address);
        enum status status = wait_connected(made, timeout_ms, address, error);
        if (status != STATUS_OK)
            return status;
    }
    *descriptor = file_steal(&made);
    return STATUS_OK;
}
