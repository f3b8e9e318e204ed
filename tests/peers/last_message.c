/*
 * A process that gets so far and no further: preloaded, once it has sent a message of the type
 * $LAST_MESSAGE, the first two bytes of a packet, whose byte $LAST_AT is $LAST_BYTE, it waits for
 * its end. It opens and asks nothing for that, so it works in a process that is closed in.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned long number(const char *name)
{
    const char *text = getenv(name);
    return text == NULL ? 0 : strtoul(text, NULL, 10);
}

static bool is_last(const struct iovec *packet)
{
    const unsigned char *data = packet->iov_base;
    size_t at = number("LAST_AT");
    return getenv("LAST_MESSAGE") != NULL && packet->iov_len > at && packet->iov_len > 2 &&
           (data[0] | data[1] << 8) == (int)number("LAST_MESSAGE") &&
           data[at] == number("LAST_BYTE");
}

ssize_t sendmsg(int socket, const struct msghdr *message, int flags)
{
    ssize_t sent = syscall(SYS_sendmsg, socket, message, flags);
    while (sent > 0 && message->msg_iovlen > 0 && is_last(message->msg_iov))
        (void)poll(NULL, 0, -1);
    return sent;
}
