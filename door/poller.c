#include "door/poller.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct poller {
    struct unit *const *units;
    size_t count;
    const struct clock *clock;
    struct channel *control;
    int stop_descriptor;
    /* Until then the time that offline units may take is spent. */
    int64_t trouble_until_ns;
    bool is_ended;
};

enum status poller_new(struct unit *const *units, size_t count, const struct clock *clock,
                       struct channel *control, int stop_descriptor, struct poller **poller,
                       struct error *error)
{
    struct poller *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a poller");
    if (count == 0 || count > POLLER_UNITS_MAX) {
        free(made);
        return error_set(error, STATUS_INVALID, "a bus has 1 to %d units", POLLER_UNITS_MAX);
    }
    made->units = units;
    made->count = count;
    made->clock = clock;
    made->control = control;
    made->stop_descriptor = stop_descriptor;
    *poller = made;
    return STATUS_OK;
}

void poller_free(struct poller *poller)
{
    free(poller);
}

void poller_cleanup(struct poller **poller)
{
    poller_free(*poller);
    *poller = NULL;
}

static int64_t monotonic_ns(const struct poller *poller)
{
    return clock_now(poller->clock).monotonic_ns;
}

/* When a unit is visited: an offline one not while others would have to wait for it too often. */
static int64_t due_ns(const struct poller *poller, const struct unit *unit, bool any_online)
{
    int64_t due = unit_due_ns(unit);
    bool must_wait = any_online && unit_is_offline(unit) && poller->trouble_until_ns > due;
    return must_wait ? poller->trouble_until_ns : due;
}

static bool any_is_online(const struct poller *poller)
{
    for (size_t i = 0; i < poller->count; i++)
        if (unit_is_online(poller->units[i]))
            return true;
    return false;
}

/* The unit whose visit is due first, NULL if the keeper is ready for none. */
static struct unit *next_unit(const struct poller *poller, int64_t *at_ns)
{
    struct unit *next = NULL;
    bool any_online = any_is_online(poller);
    for (size_t i = 0; i < poller->count; i++) {
        struct unit *unit = poller->units[i];
        if (!unit_may_be_visited(unit))
            continue;
        int64_t due = due_ns(poller, unit, any_online);
        /* Of those that wait for the same moment, the one that was not tried for longest. */
        if (next != NULL &&
            (due > *at_ns || (due == *at_ns && unit_due_ns(unit) >= unit_due_ns(next))))
            continue;
        next = unit;
        *at_ns = due;
    }
    return next;
}

static void visit_next(struct poller *poller)
{
    int64_t at_ns = 0;
    int64_t begun_ns = monotonic_ns(poller);
    struct unit *unit = next_unit(poller, &at_ns);
    if (unit == NULL || at_ns > begun_ns)
        return;
    unit_visit(unit);
    if (!unit_is_offline(unit))
        return;
    int64_t now_ns = monotonic_ns(poller);
    if (poller->trouble_until_ns < now_ns)
        poller->trouble_until_ns = now_ns;
    poller->trouble_until_ns += POLLER_TROUBLE_SHARE * (now_ns - begun_ns);
}

static enum status attach(struct poller *poller, const char *source, int attached,
                          struct error *error)
{
    for (size_t i = 0; i < poller->count; i++)
        if (strcmp(unit_id(poller->units[i]), source) == 0)
            return link_attach(unit_link(poller->units[i]), attached, error);
    (void)close(attached);
    return error_set(error, STATUS_INVALID, "the supervisor sent a link for %s, which is not here",
                     source);
}

static enum status receive_control(struct poller *poller, struct error *error)
{
    enum message_type type = 0;
    uint32_t sequence = 0;
    union message_payload payload;
    int attached = -1;
    enum status status =
        channel_receive(poller->control, &type, &sequence, &payload, &attached, error);
    if (status == STATUS_AGAIN)
        return STATUS_OK;
    if (status == STATUS_END) {
        poller->is_ended = true;
        return STATUS_OK;
    }
    if (status == STATUS_OK && type == MESSAGE_KEEPER_LINK)
        return attach(poller, payload.keeper_link.source, attached, error);
    if (attached >= 0)
        (void)close(attached);
    return status != STATUS_OK
               ? status
               : error_set(error, STATUS_INVALID, "the supervisor sent %s, which is not for a door",
                           message_name(type));
}

/* How long to wait for a word from others. */
static int wait_ms(const struct poller *poller)
{
    int64_t at_ns = 0;
    if (next_unit(poller, &at_ns) == NULL)
        return LINK_RETRY_MS;
    int64_t left_ns = at_ns - monotonic_ns(poller);
    if (left_ns <= 0)
        return 0;
    int64_t left_ms = (left_ns + NS_PER_MS - 1) / NS_PER_MS;
    return left_ms < LINK_RETRY_MS ? (int)left_ms : LINK_RETRY_MS;
}

static enum status listen_to_others(struct poller *poller, struct error *error)
{
    struct pollfd entries[2 + POLLER_UNITS_MAX] = {
        {.fd = channel_descriptor(poller->control), .events = POLLIN},
        {.fd = poller->stop_descriptor, .events = POLLIN},
    };
    struct pollfd *links = entries + 2;
    for (size_t i = 0; i < poller->count; i++)
        links[i] =
            (struct pollfd){.fd = link_descriptor(unit_link(poller->units[i])), .events = POLLIN};
    int ready = poll(entries, 2 + poller->count, wait_ms(poller));
    if (ready < 0 && errno != EINTR)
        return error_set_errno(error, STATUS_IO, errno, "cannot wait for messages");
    if (ready <= 0)
        return STATUS_OK;
    if (entries[1].revents != 0)
        poller->is_ended = true;
    for (size_t i = 0; i < poller->count; i++)
        if (links[i].revents != 0)
            link_receive(unit_link(poller->units[i]));
    return entries[0].revents != 0 ? receive_control(poller, error) : STATUS_OK;
}

enum status poller_run(struct poller *poller, struct error *error)
{
    for (size_t i = 0; i < poller->count; i++)
        unit_begin(poller->units[i]);
    while (!poller->is_ended) {
        enum status status = listen_to_others(poller, error);
        if (status != STATUS_OK)
            return status;
        for (size_t i = 0; i < poller->count; i++)
            link_tick(unit_link(poller->units[i]));
        if (!poller->is_ended)
            visit_next(poller);
    }
    return STATUS_OK;
}
