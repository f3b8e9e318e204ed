/*
 * A worker that sends what it may not: preloaded, it spoils the reserved field of the message with
 * the number $SPOILED_MESSAGE, counted from 1, of all that the process sends.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RESERVED 2 /* its place in a packet */

ssize_t sendmsg(int socket, const struct msghdr *message, int flags)
{
    static long sent;
    static char packet[65536];
    const char *which = getenv("SPOILED_MESSAGE");
    struct msghdr copy = *message;
    struct iovec piece = {packet, message->msg_iov->iov_len};
    if (which != NULL && ++sent == strtol(which, NULL, 10) && piece.iov_len <= sizeof packet) {
        memcpy(packet, message->msg_iov->iov_base, piece.iov_len);
        packet[RESERVED] = 1;
        copy.msg_iov = &piece;
    }
    return syscall(SYS_sendmsg, socket, &copy, flags);
}
