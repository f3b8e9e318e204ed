#include "door/poller.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

enum source_state { SOURCE_UNKNOWN = 0, SOURCE_ONLINE, SOURCE_OFFLINE };

struct poller {
    struct watch watch;
    const struct shape *shape;
    void *state; /* the shape's */
    struct channel *control;
    int stop_descriptor;
    int64_t interval_ns; /* asked for */
    int64_t measured_ns; /* between two polls, a running mean; 0: not measured so far */
    int64_t polled_at_ns;
    int64_t stepped_at_ns;
    int64_t due_at_ns; /* monotonic, of the next step */
    unsigned failures; /* on end */
    bool was_good;     /* the step before succeeded */
    enum source_state source;
    char cause[ERROR_TEXT_SIZE]; /* of being offline */
    bool is_ended;
};

enum status poller_new(const struct watch *watch, const struct message_door_setup *setup,
                       struct channel *control, int stop_descriptor, struct poller **poller,
                       struct error *error)
{
    const struct shape *shape = shape_of(watch->profile->shape);
    struct poller *made = calloc(1, sizeof *made);
    void *state = calloc(1, shape->state_size);
    if (made == NULL || state == NULL) {
        free(made);
        free(state);
        return error_set(error, STATUS_NO_MEMORY, "no memory for a poller");
    }
    made->watch = *watch;
    made->shape = shape;
    made->state = state;
    made->control = control;
    made->stop_descriptor = stop_descriptor;
    made->interval_ns = setup->poll_ms * NS_PER_MS;
    *poller = made;
    return STATUS_OK;
}

void poller_free(struct poller *poller)
{
    if (poller == NULL)
        return;
    free(poller->state);
    free(poller);
}

void poller_cleanup(struct poller **poller)
{
    poller_free(*poller);
    *poller = NULL;
}

static void say_state(struct poller *poller, enum source_state source, const char *detail)
{
    struct clock_reading now = clock_now(poller->watch.clock);
    struct message_source_state state = {.event = source == SOURCE_ONLINE ? DOOR_SOURCE_ONLINE
                                                                          : DOOR_SOURCE_OFFLINE,
                                         .at_utc_ns = now.utc_ns,
                                         .at_monotonic_ns = now.monotonic_ns,
                                         .poll_interval_ns = (uint64_t)poller->measured_ns};
    message_text(state.address, sizeof state.address, bus_name(poller->watch.bus));
    message_text(state.detail, sizeof state.detail, detail);
    poller->source = source;
    if (link_say_state(poller->watch.link, &state) != STATUS_OK)
        log_warning("the keeper has no room for the controller's state; it is told later");
}

/* The second success on end counts, or one after which nothing waits: a step that only looked
 * what stands in the window proves little when selecting fails each time. */
static void succeed(struct poller *poller, bool more)
{
    bool is_sure = poller->was_good || !more;
    poller->was_good = true;
    if (!is_sure)
        return;
    poller->failures = 0;
    if (poller->source == SOURCE_ONLINE)
        return;
    log_info("%s answers", bus_name(poller->watch.bus));
    say_state(poller, SOURCE_ONLINE, poller->cause);
}

static void fail(struct poller *poller, const struct error *error, int64_t now_ns)
{
    poller->was_good = false;
    poller->failures++;
    log_debug("failure %u: %s", poller->failures, error->text);
    if (poller->failures < POLLER_FAILURES) {
        poller->due_at_ns = now_ns;
        return;
    }
    int64_t wait_ns = poller->interval_ns;
    for (unsigned at = POLLER_FAILURES; at < poller->failures; at++)
        if (wait_ns < POLLER_BACKOFF_MS * NS_PER_MS)
            wait_ns *= 2;
    if (wait_ns > POLLER_BACKOFF_MS * NS_PER_MS)
        wait_ns = POLLER_BACKOFF_MS * NS_PER_MS;
    poller->due_at_ns = now_ns + wait_ns;
    if (poller->source == SOURCE_OFFLINE)
        return;
    log_warning("%s", error->text);
    message_text(poller->cause, sizeof poller->cause, error->text);
    say_state(poller, SOURCE_OFFLINE, error->text);
}

static void measure(struct poller *poller, int64_t now_ns)
{
    if (poller->polled_at_ns != 0) {
        int64_t gap_ns = now_ns - poller->polled_at_ns;
        poller->measured_ns = poller->measured_ns == 0
                                  ? gap_ns
                                  : poller->measured_ns + (gap_ns - poller->measured_ns) / 16;
    }
    poller->polled_at_ns = now_ns;
}

static int64_t monotonic_ns(const struct poller *poller)
{
    return clock_now(poller->watch.clock).monotonic_ns;
}

static void visit(struct poller *poller)
{
    struct error error = {0};
    bool more = false;
    int64_t begun_ns = monotonic_ns(poller);
    bool was_open = bus_is_open(poller->watch.bus);
    /* A time without steps, because the keeper took nothing, is like a connection made anew. */
    bool was_away = begun_ns - poller->stepped_at_ns > 4 * poller->interval_ns + NS_PER_SECOND;
    enum status status = bus_open(poller->watch.bus, &error);
    if (status == STATUS_OK && (!was_open || was_away))
        poller->shape->resumed(poller->state);
    if (status == STATUS_OK)
        status = poller->shape->step(poller->state, &poller->watch, &more, &error);
    poller->stepped_at_ns = monotonic_ns(poller);
    if (status != STATUS_OK) {
        poller->polled_at_ns = 0;
        fail(poller, &error, poller->stepped_at_ns);
        return;
    }
    if (!more) {
        measure(poller, begun_ns);
        poller->due_at_ns = begun_ns + poller->interval_ns;
    } else {
        poller->due_at_ns = begun_ns;
    }
    succeed(poller, more);
}

static bool may_visit(const struct poller *poller)
{
    return link_was_welcomed(poller->watch.link) && poller->shape->is_ready(&poller->watch);
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
        return link_attach(poller->watch.link, attached, error);
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
    if (!may_visit(poller))
        return LINK_RETRY_MS;
    int64_t left_ns = poller->due_at_ns - monotonic_ns(poller);
    if (left_ns <= 0)
        return 0;
    int64_t left_ms = (left_ns + NS_PER_MS - 1) / NS_PER_MS;
    return left_ms < LINK_RETRY_MS ? (int)left_ms : LINK_RETRY_MS;
}

static enum status listen_to_others(struct poller *poller, struct error *error)
{
    struct pollfd entries[] = {
        {.fd = channel_descriptor(poller->control), .events = POLLIN},
        {.fd = poller->stop_descriptor, .events = POLLIN},
        {.fd = link_descriptor(poller->watch.link), .events = POLLIN},
    };
    int ready = poll(entries, sizeof entries / sizeof entries[0], wait_ms(poller));
    if (ready < 0 && errno != EINTR)
        return error_set_errno(error, STATUS_IO, errno, "cannot wait for messages");
    if (ready <= 0)
        return STATUS_OK;
    if (entries[1].revents != 0)
        poller->is_ended = true;
    if (entries[2].revents != 0)
        link_receive(poller->watch.link);
    return entries[0].revents != 0 ? receive_control(poller, error) : STATUS_OK;
}

enum status poller_run(struct poller *poller, struct error *error)
{
    poller->stepped_at_ns = monotonic_ns(poller);
    poller->due_at_ns = poller->stepped_at_ns;
    while (!poller->is_ended) {
        enum status status = listen_to_others(poller, error);
        if (status != STATUS_OK)
            return status;
        link_tick(poller->watch.link);
        if (!poller->is_ended && may_visit(poller) && monotonic_ns(poller) >= poller->due_at_ns)
            visit(poller);
    }
    return STATUS_OK;
}
