#include "door/poller.h"

#include <stdlib.h>

struct poller {
    struct unit *const *units;
    size_t count;
    const struct clock *clock;
    struct control control;
    /* Until then the time that offline units may take is spent. */
    int64_t trouble_until_ns;
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
    made->control = (struct control){.channel = control, .stop_descriptor = stop_descriptor};
    for (size_t i = 0; i < count; i++)
        made->control.links[made->control.link_count++] =
            (struct control_link){unit_id(units[i]), unit_link(units[i])};
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
    return clock_monotonic_ns(poller->clock);
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

/* How long to wait for a word from others. */
static int wait_ms(const struct poller *poller)
{
    int64_t at_ns = 0;
    if (next_unit(poller, &at_ns) == NULL)
        return LINK_RETRY_MS;
    return control_timeout_ms(at_ns - monotonic_ns(poller));
}

enum status poller_run(struct poller *poller, struct error *error)
{
    for (size_t i = 0; i < poller->count; i++)
        unit_begin(poller->units[i]);
    while (!poller->control.is_ended) {
        enum status status = control_listen(&poller->control, NULL, 0, wait_ms(poller), error);
        if (status != STATUS_OK)
            return status;
        if (!poller->control.is_ended)
            visit_next(poller);
    }
    return STATUS_OK;
}
