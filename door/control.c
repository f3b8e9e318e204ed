#include "door/control.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static enum status receive(struct control *control, struct error *error)
{
    enum message_type type = 0;
    uint32_t sequence = 0;
    union message_payload payload;
    int attached = -1;
    enum status status =
        channel_receive(control->channel, &type, &sequence, &payload, &attached, error);
    if (status == STATUS_AGAIN)
        return STATUS_OK;
    if (status == STATUS_END) {
        control->is_ended = true;
        return STATUS_OK;
    }
    bool is_link = status == STATUS_OK && type == MESSAGE_KEEPER_LINK &&
                   strcmp(payload.keeper_link.source, control->source) == 0;
    if (is_link)
        return link_attach(control->link, attached, error);
    if (attached >= 0)
        (void)close(attached);
    return status != STATUS_OK
               ? status
               : error_set(error, STATUS_INVALID, "the supervisor sent %s, which is not for %s",
                           message_name(type), control->source);
}

enum status control_listen(struct control *control, const int *others, size_t count, int timeout_ms,
                           struct error *error)
{
    struct pollfd entries[3 + CONTROL_OTHERS_MAX] = {
        {.fd = channel_descriptor(control->channel), .events = POLLIN},
        {.fd = control->stop_descriptor, .events = POLLIN},
        {.fd = link_descriptor(control->link), .events = POLLIN},
    };
    size_t kept = count < CONTROL_OTHERS_MAX ? count : CONTROL_OTHERS_MAX;
    for (size_t at = 0; at < kept; at++)
        entries[3 + at] = (struct pollfd){.fd = others[at], .events = POLLIN};
    int ready = poll(entries, 3 + kept, timeout_ms);
    if (ready < 0 && errno != EINTR)
        return error_set_errno(error, STATUS_IO, errno, "cannot wait for messages");
    if (ready <= 0)
        return STATUS_OK;
    if (entries[1].revents != 0)
        control->is_ended = true;
    if (entries[2].revents != 0)
        link_receive(control->link);
    return entries[0].revents != 0 ? receive(control, error) : STATUS_OK;
}
