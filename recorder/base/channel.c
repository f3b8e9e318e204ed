#include "base/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"

struct channel {
    int descriptor;
    uint32_t sent;     /* sequence of the last packet sent */
    uint32_t received; /* and of the last one received */
    uint8_t packet[MESSAGE_SIZE_MAX];
};

/* Room to see (and close) descriptors that should not have come; beyond it the kernel drops them
 * itself and says MSG_CTRUNC. */
#define DESCRIPTORS_SEEN 4

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(DESCRIPTORS_SEEN * sizeof(int))];
};

enum status channel_new(int descriptor, struct channel **channel, struct error *error)
{
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "descriptor %d is no channel", descriptor);
    }
    struct channel *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a channel");
    }
    made->descriptor = descriptor;
    *channel = made;
    return STATUS_OK;
}

void channel_free(struct channel *channel)
{
    if (channel != NULL) {
        file_close(&channel->descriptor);
        free(channel);
    }
}

void channel_cleanup(struct channel **channel)
{
    channel_free(*channel);
    *channel = NULL;
}

int channel_descriptor(const struct channel *channel)
{
    return channel->descriptor;
}

static bool peer_is_gone(int errno_value)
{
    return errno_value == EPIPE || errno_value == ECONNRESET || errno_value == ENOTCONN;
}

/* Lays `attached` into the message as SCM_RIGHTS. */
static void attach(struct msghdr *message, union control *control, int attached)
{
    message->msg_control = control->bytes;
    message->msg_controllen = CMSG_SPACE(sizeof attached);
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof attached);
    memcpy(CMSG_DATA(header), &attached, sizeof attached);
}

enum status channel_send(struct channel *channel, enum message_type type, const void *payload,
                         int attached, uint32_t *sequence, struct error *error)
{
    struct writer packet = writer_of(channel->packet, sizeof channel->packet);
    if (message_has_descriptor(type) != (attached >= 0) ||
        message_encode(type, channel->sent + 1, payload, &packet) != STATUS_OK) {
        return error_set(error, STATUS_INVALID, "message %s cannot be sent as it is",
                         message_name(type) != NULL ? message_name(type) : "of no type");
    }
    struct iovec piece = {.iov_base = packet.data, .iov_len = packet.size};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    union control control = {0};
    if (attached >= 0) {
        attach(&message, &control, attached);
    }
    ssize_t written = 0;
    do {
        written = sendmsg(channel->descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (written < 0 && errno == EINTR);
    if (written < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
        return error_set(error, STATUS_FULL, "the other side does not read its messages");
    }
    if (written < 0) {
        return error_set_errno(error, peer_is_gone(errno) ? STATUS_END : STATUS_IO, errno,
                               "cannot send message %s", message_name(type));
    }
    channel->sent++;
    if (sequence != NULL) {
        *sequence = channel->sent;
    }
    return STATUS_OK;
}

/* Keeps the first descriptor that came in *attached and closes the others; returns how many
 * came. */
static size_t take_descriptors(struct msghdr *message, int *attached)
{
    size_t count = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
         header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        size_t here = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < here; i++, count++) {
            int descriptor = -1;
            memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof descriptor);
            if (count == 0) {
                *attached = descriptor;
            } else {
                file_close(&descriptor);
            }
        }
    }
    return count;
}

/* Reads one packet into channel->packet and its descriptor into *attached. */
static enum status packet_receive(struct channel *channel, struct bytes *packet, int *attached,
                                  size_t *descriptors, struct error *error)
{
    struct iovec piece = {.iov_base = channel->packet, .iov_len = sizeof channel->packet};
    union control control = {0};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got = 0;
    do {
        got = recvmsg(channel->descriptor, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN) {
        return STATUS_AGAIN;
    }
    if (got < 0) {
        return error_set_errno(error, peer_is_gone(errno) ? STATUS_END : STATUS_IO, errno,
                               "cannot receive a message");
    }
    *descriptors = take_descriptors(&message, attached);
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        return error_set(error, STATUS_INVALID, "a packet with more than a message can have");
    }
    /* An empty packet, which nobody sends, reads the same as the end and is treated so. */
    if (got == 0) {
        return error_set(error, STATUS_END, "the other side is gone");
    }
    *packet = (struct bytes){channel->packet, (size_t)got};
    return STATUS_OK;
}

enum status channel_receive(struct channel *channel, enum message_type *type, uint32_t *sequence,
                            union message_payload *payload, int *attached, struct error *error)
{
    AUTO_CLOSE int descriptor = -1;
    struct bytes packet = {0};
    size_t descriptors = 0;
    uint32_t number = 0;
    *attached = -1;
    enum status status = packet_receive(channel, &packet, &descriptor, &descriptors, error);
    if (status == STATUS_OK) {
        status = message_decode(packet, type, &number, payload, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (number != channel->received + 1) {
        return error_set(error, STATUS_INVALID, "message %s has sequence %u where %u is due",
                         message_name(*type), number, channel->received + 1);
    }
    size_t due = message_has_descriptor(*type) ? 1 : 0;
    if (descriptors != due) {
        return error_set(error, STATUS_INVALID, "message %s came with %zu descriptors, not %zu",
                         message_name(*type), descriptors, due);
    }
    channel->received = number;
    if (sequence != NULL) {
        *sequence = number;
    }
    *attached = file_steal(&descriptor);
    return STATUS_OK;
}

static int64_t monotonic_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS;
}

enum status channel_wait(struct channel *channel, int timeout_ms)
{
    int64_t deadline = monotonic_ms() + timeout_ms;
    for (;;) {
        struct pollfd waiting = {.fd = channel->descriptor, .events = POLLIN};
        int64_t left = deadline - monotonic_ms();
        int ready = poll(&waiting, 1, left > 0 ? (int)left : 0);
        if (ready > 0) {
            return STATUS_OK;
        }
        if (ready < 0 && errno != EINTR) {
            return STATUS_IO;
        }
        if (left <= 0) {
            return STATUS_TIMEOUT;
        }
    }
}

/* Is this the answer to the message `asked` with sequence `reference`? Fills *done if so. */
static bool is_answer(enum message_type asked, uint32_t reference, enum message_type type,
                      const union message_payload *payload, struct message_done *done)
{
    if (type == MESSAGE_DONE && payload->done.reference == reference) {
        *done = payload->done;
        return true;
    }
    if (asked == MESSAGE_HELLO && type == MESSAGE_WELCOME) {
        *done = (struct message_done){.reference = reference, .status = STATUS_OK};
        return true;
    }
    if (type == MESSAGE_FIRST_CODE && payload->first_code.reference == reference) {
        *done = (struct message_done){.reference = reference};
        return true;
    }
    if (type == MESSAGE_CHECKPOINT_NOTE && payload->checkpoint_note.reference == reference) {
        *done = (struct message_done){
            .reference = reference, .status = STATUS_OK, .record = payload->checkpoint_note.record};
        return true;
    }
    return false;
}

enum status channel_ask(struct channel *channel, enum message_type type, const void *payload,
                        int timeout_ms,
                        void (*other)(void *context, enum message_type type,
                                      const union message_payload *payload),
                        void *context, struct message_done *done, struct error *error)
{
    uint32_t reference = 0;
    enum status status = channel_send(channel, type, payload, -1, &reference, error);
    int64_t deadline = monotonic_ms() + timeout_ms;
    while (status == STATUS_OK || status == STATUS_AGAIN) {
        int64_t left = deadline - monotonic_ms();
        if (channel_wait(channel, left > 0 ? (int)left : 0) != STATUS_OK) {
            return error_set(error, STATUS_TIMEOUT, "no answer to %s within %d ms",
                             message_name(type), timeout_ms);
        }
        enum message_type received = MESSAGE_DONE;
        union message_payload answer;
        AUTO_CLOSE int attached = -1;
        status = channel_receive(channel, &received, NULL, &answer, &attached, error);
        if (status != STATUS_OK) {
            continue;
        }
        bool answered = is_answer(type, reference, received, &answer, done);
        if (other != NULL && received != MESSAGE_DONE) {
            other(context, received, &answer);
        }
        if (answered) {
            return STATUS_OK;
        }
    }
    return status;
}

enum status channel_pair(int descriptors[2], struct error *error)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, descriptors) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "cannot make a pair of sockets");
    }
    return STATUS_OK;
}
