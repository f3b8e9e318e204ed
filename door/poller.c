#include "door/poller.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"

/* What a unit's visits took. */
struct pace {
    int64_t last_ns;
    unsigned slow; /* visits on end */
};

struct poller {
    struct unit *const *units;
    struct pace paces[POLLER_UNITS_MAX];
    size_t count;
    const struct clock *clock;
    struct control control;
    /* Until then the time that offline and slow units may take is spent. */
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

static bool is_slow(const struct poller *poller, size_t at)
{
    return poller->paces[at].slow >= POLLER_SLOW_VISITS;
}

/* Others would have to wait for it too often. */
static bool is_trouble(const struct poller *poller, size_t at)
{
    return unit_is_offline(poller->units[at]) || is_slow(poller, at);
}

/* When a unit is visited: one that is trouble not while the others' time lasts. */
static int64_t due_ns(const struct poller *poller, size_t at, bool any_well)
{
    int64_t due = unit_due_ns(poller->units[at]);
    bool must_wait = any_well && is_trouble(poller, at) && poller->trouble_until_ns > due;
    return must_wait ? poller->trouble_until_ns : due;
}

static bool any_is_well(const struct poller *poller)
{
    for (size_t i = 0; i < poller->count; i++)
        if (unit_is_online(poller->units[i]) && !is_slow(poller, i))
            return true;
    return false;
}

/* The unit whose visit is due first by its place, poller->count if the keeper is ready for none. */
static size_t next_unit(const struct poller *poller, int64_t *at_ns)
{
    size_t next = poller->count;
    bool any_well = any_is_well(poller);
    for (size_t i = 0; i < poller->count; i++) {
        const struct unit *unit = poller->units[i];
        if (!unit_may_be_visited(unit))
            continue;
        int64_t due = due_ns(poller, i, any_well);
        /* Of those that wait for the same moment, the one that was not tried for longest. */
        if (next != poller->count &&
            (due > *at_ns ||
             (due == *at_ns && unit_due_ns(unit) >= unit_due_ns(poller->units[next]))))
            continue;
        next = i;
        *at_ns = due;
    }
    return next;
}

/* Did its visit, which took the last_ns of its pace, make others late for which it has no match? */
static bool was_slow(const struct poller *poller, size_t at)
{
    int64_t took_ns = poller->paces[at].last_ns;
    bool any_quick = false;
    bool any_late = false;
    for (size_t i = 0; i < poller->count; i++) {
        if (i == at || !unit_is_online(poller->units[i]) || poller->paces[i].last_ns == 0)
            continue;
        any_quick = any_quick || took_ns / POLLER_SLOW_RATIO > poller->paces[i].last_ns;
        any_late = any_late || took_ns > unit_interval_ns(poller->units[i]);
    }
    return any_quick && any_late;
}

static void note_pace(struct poller *poller, size_t at, int64_t took_ns)
{
    struct pace *pace = &poller->paces[at];
    bool was = is_slow(poller, at);
    pace->last_ns = took_ns;
    if (!was_slow(poller, at))
        pace->slow = 0;
    else if (pace->slow < POLLER_SLOW_VISITS)
        pace->slow++;
    if (is_slow(poller, at) && !was)
        log_warning("%s takes %" PRIi64 " ms each time: it is asked less often than the others",
                    unit_id(poller->units[at]), took_ns / NS_PER_MS);
}

static void visit_next(struct poller *poller)
{
    int64_t at_ns = 0;
    int64_t begun_ns = monotonic_ns(poller);
    size_t next = next_unit(poller, &at_ns);
    if (next == poller->count || at_ns > begun_ns)
        return;
    unit_visit(poller->units[next]);
    int64_t now_ns = monotonic_ns(poller);
    note_pace(poller, next, now_ns - begun_ns);
    if (!is_trouble(poller, next))
        return;
    int64_t share = unit_is_offline(poller->units[next]) ? POLLER_TROUBLE_SHARE : POLLER_SLOW_SHARE;
    if (poller->trouble_until_ns < now_ns)
        poller->trouble_until_ns = now_ns;
    poller->trouble_until_ns += share * (now_ns - begun_ns);
}

/* How long to wait for a word from others. */
static int wait_ms(const struct poller *poller)
{
    int64_t at_ns = 0;
    if (next_unit(poller, &at_ns) == poller->count)
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
