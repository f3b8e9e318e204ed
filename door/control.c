#include "door/control.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static enum status attach(struct control *control, const char *source, int attached,
                          struct error *error)
{
    for (size_t i = 0; i < control->link_count; i++)
        if (strcmp(control->links[i].source, source) == 0)
            return link_attach(control->links[i].link, attached, error);
    (void)close(attached);
    return error_set(error, STATUS_INVALID, "the supervisor sent a link for %s, which is not here",
                     source);
}

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
    if (status == STATUS_OK && type == MESSAGE_KEEPER_LINK)
        return attach(control, payload.keeper_link.source, attached, error);
    if (attached >= 0)
        (void)close(attached);
    return status != STATUS_OK
               ? status
               : error_set(error, STATUS_INVALID, "the supervisor sent %s, which is not for a door",
                           message_name(type));
}

/* Who spoke: the supervisor, the signal, the links in their order. */
static enum status take_in(struct control *control, const struct pollfd *entries,
                           struct error *error)
{
    if (entries[1].revents != 0)
        control->is_ended = true;
    for (size_t i = 0; i < control->link_count; i++)
        if (entries[2 + i].revents != 0)
            link_receive(control->links[i].link);
    return entries[0].revents != 0 ? receive(control, error) : STATUS_OK;
}

/* Says again what is due, and finds out whether anybody still listens. */
static enum status tend(struct control *control, struct error *error)
{
    for (size_t i = 0; i < control->link_count; i++) {
        link_tick(control->links[i].link);
        if (link_is_cut_off(control->links[i].link))
            return error_set(error, STATUS_REFUSED, "nothing of %s reaches the keeper any more",
                             control->links[i].source);
    }
    return STATUS_OK;
}

enum status control_listen(struct control *control, const int *others, size_t count, int timeout_ms,
                           struct error *error)
{
    struct pollfd entries[2 + CONTROL_LINKS_MAX + CONTROL_OTHERS_MAX] = {
        {.fd = channel_descriptor(control->channel), .events = POLLIN},
        {.fd = control->stop_descriptor, .events = POLLIN},
    };
    size_t used = 2;
    for (size_t i = 0; i < control->link_count; i++)
        entries[used++] =
            (struct pollfd){.fd = link_descriptor(control->links[i].link), .events = POLLIN};
    for (size_t at = 0; at < count && at < CONTROL_OTHERS_MAX; at++)
        entries[used++] = (struct pollfd){.fd = others[at], .events = POLLIN};
    int ready = poll(entries, used, timeout_ms);
    if (ready < 0 && errno != EINTR)
        return error_set_errno(error, STATUS_IO, errno, "cannot wait for messages");
    enum status status = ready > 0 ? take_in(control, entries, error) : STATUS_OK;
    return status == STATUS_OK ? tend(control, error) : status;
}

int control_timeout_ms(int64_t left_ns)
{
    if (left_ns <= 0)
        return 0;
    int64_t left_ms = (left_ns + NS_PER_MS - 1) / NS_PER_MS;
    return left_ms < LINK_RETRY_MS ? (int)left_ms : LINK_RETRY_MS;
}
