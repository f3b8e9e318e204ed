#include "door/unit.h"

#include <stdlib.h>

#include "base/log.h"
#include "door/device_clock.h"

#define CLOCK_RETRY_NS (3600 * NS_PER_SECOND) /* after it could not be set */

struct unit {
    char id[ID_SIZE];
    struct profile *profile;
    struct door_list doors;
    struct watch watch;
    const struct shape *shape;
    void *state;         /* the shape's */
    int64_t measured_ns; /* between two polls, a running mean; 0: not measured so far */
    int64_t polled_at_ns;
    int64_t stepped_at_ns;
    int64_t due_at_ns;           /* monotonic, of the next step */
    unsigned failures;           /* on end */
    bool was_good;               /* the step before succeeded */
    char cause[ERROR_TEXT_SIZE]; /* of being offline */
    enum set_clock set_clock;
    int64_t clock_due_ns; /* monotonic, of the next look at its clock */
};

static enum status fill(struct unit *unit, const struct message_door_setup *setup,
                        const struct unit *beside, struct error *error)
{
    struct origin origin = {0};
    enum status status = door_list_parse(setup->doors, &unit->doors, error);
    if (status == STATUS_OK)
        status = origin_load(setup->profile, &unit->profile, &origin, error);
    if (status == STATUS_OK && unit->profile->shape == PROFILE_LINES)
        status = error_set(error, STATUS_INVALID, "%s: a profile of lines needs transport gpio",
                           unit->id);
    if (status == STATUS_OK)
        status = beside == NULL ? bus_new(setup, &unit->watch.bus, error)
                                : bus_new_beside(beside->watch.bus, setup, &unit->watch.bus, error);
    if (status == STATUS_OK)
        status = link_new(unit->watch.clock, &unit->watch.link, error);
    if (status != STATUS_OK)
        return status;
    message_text(origin.address, sizeof origin.address, bus_name(unit->watch.bus));
    link_set_origin(unit->watch.link, &origin);
    if (unit->set_clock != SET_CLOCK_NEVER && !unit->profile->clock.is_there) {
        log_warning("%s: its profile does not say how its clock is set: it is left alone",
                    unit->id);
        unit->set_clock = SET_CLOCK_NEVER;
    }
    unit->watch.profile = unit->profile;
    unit->shape = shape_of(unit->profile->shape);
    unit->state = calloc(1, unit->shape->state_size);
    return unit->state != NULL ? STATUS_OK
                               : error_set(error, STATUS_NO_MEMORY, "no memory for a shape");
}

enum status unit_new(const struct message_door_setup *setup, const struct clock *clock,
                     const struct unit *beside, struct unit **unit, struct error *error)
{
    if (setup->poll_ms == 0)
        return error_set(error, STATUS_INVALID, "a poll interval of 0 ms is none");
    struct unit *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a unit");
    message_text(made->id, sizeof made->id, setup->controller);
    made->watch.clock = clock;
    made->watch.doors = &made->doors;
    made->watch.interval_ns = setup->poll_ms * NS_PER_MS;
    made->set_clock = (enum set_clock)setup->set_clock;
    enum status status = fill(made, setup, beside, error);
    if (status != STATUS_OK) {
        unit_free(made);
        return status;
    }
    *unit = made;
    return STATUS_OK;
}

void unit_free(struct unit *unit)
{
    if (unit == NULL)
        return;
    free(unit->state);
    link_free(unit->watch.link);
    bus_free(unit->watch.bus);
    profile_free(unit->profile);
    free(unit);
}

const char *unit_id(const struct unit *unit)
{
    return unit->id;
}

const struct zone *unit_zone(const struct unit *unit)
{
    const struct zone *zone = &unit->profile->record.time.parts.zone;
    return zone->kind != ZONE_FIXED ? zone : &unit->profile->clock.time.parts.zone;
}

struct link *unit_link(const struct unit *unit)
{
    return unit->watch.link;
}

int64_t unit_due_ns(const struct unit *unit)
{
    return unit->due_at_ns;
}

int64_t unit_interval_ns(const struct unit *unit)
{
    return unit->watch.interval_ns;
}

bool unit_is_online(const struct unit *unit)
{
    return link_source(unit->watch.link) == SOURCE_ONLINE;
}

bool unit_is_offline(const struct unit *unit)
{
    return link_source(unit->watch.link) == SOURCE_OFFLINE;
}

bool unit_may_be_visited(const struct unit *unit)
{
    return link_was_welcomed(unit->watch.link) && unit->shape->is_ready(&unit->watch);
}

static int64_t monotonic_ns(const struct unit *unit)
{
    return clock_monotonic_ns(unit->watch.clock);
}

void unit_begin(struct unit *unit)
{
    unit->stepped_at_ns = monotonic_ns(unit);
    unit->due_at_ns = unit->stepped_at_ns;
}

/* The second success on end counts, or one after which nothing waits: a step that only looked
 * what stands in the window proves little when selecting fails each time. */
static void succeed(struct unit *unit, bool more)
{
    bool is_sure = unit->was_good || !more;
    unit->was_good = true;
    if (!is_sure)
        return;
    unit->failures = 0;
    if (link_source(unit->watch.link) == SOURCE_ONLINE)
        return;
    log_info("%s answers", bus_name(unit->watch.bus));
    link_say_source(unit->watch.link, SOURCE_ONLINE, bus_name(unit->watch.bus), unit->measured_ns,
                    unit->cause);
}

static void fail(struct unit *unit, const struct error *error, int64_t now_ns)
{
    unit->was_good = false;
    unit->failures++;
    log_debug("failure %u: %s", unit->failures, error->text);
    if (unit->failures < UNIT_FAILURES) {
        unit->due_at_ns = now_ns;
        return;
    }
    int64_t wait_ns = unit->watch.interval_ns;
    for (unsigned at = UNIT_FAILURES; at < unit->failures; at++)
        if (wait_ns < UNIT_BACKOFF_MS * NS_PER_MS)
            wait_ns *= 2;
    if (wait_ns > UNIT_BACKOFF_MS * NS_PER_MS)
        wait_ns = UNIT_BACKOFF_MS * NS_PER_MS;
    unit->due_at_ns = now_ns + wait_ns;
    if (link_source(unit->watch.link) == SOURCE_OFFLINE)
        return;
    log_warning("%s", error->text);
    message_text(unit->cause, sizeof unit->cause, error->text);
    link_say_source(unit->watch.link, SOURCE_OFFLINE, bus_name(unit->watch.bus), unit->measured_ns,
                    error->text);
}

static void measure(struct unit *unit, int64_t now_ns)
{
    if (unit->polled_at_ns != 0) {
        int64_t gap_ns = now_ns - unit->polled_at_ns;
        unit->measured_ns =
            unit->measured_ns == 0 ? gap_ns : unit->measured_ns + (gap_ns - unit->measured_ns) / 16;
    }
    unit->polled_at_ns = now_ns;
    link_set_interval(unit->watch.link, unit->measured_ns);
}

/* Only between two records, and only by a clock that is itself set. */
static void keep_clock(struct unit *unit)
{
    struct error error = {0};
    if (unit->set_clock == SET_CLOCK_NEVER || monotonic_ns(unit) < unit->clock_due_ns)
        return;
    struct clock_reading now = clock_now(unit->watch.clock);
    if (now.quality != CLOCK_SYNCED || !link_is_idle(unit->watch.link))
        return;
    unit->clock_due_ns = now.monotonic_ns + NS_PER_DAY;
    struct reporter *reporter = shape_reporter(unit->shape, unit->state);
    if (device_clock_set(&unit->watch, reporter, &error) != STATUS_OK) {
        log_warning("the clock of %s is not set, which is tried again in an hour: %s", unit->id,
                    error.text);
        unit->clock_due_ns = now.monotonic_ns + CLOCK_RETRY_NS;
    } else if (unit->set_clock == SET_CLOCK_AT_START) {
        unit->set_clock = SET_CLOCK_NEVER;
    }
}

void unit_visit(struct unit *unit)
{
    struct error error = {0};
    bool more = false;
    int64_t begun_ns = monotonic_ns(unit);
    bool was_open = bus_is_open(unit->watch.bus);
    /* A time without steps, because the keeper took nothing, is like a connection made anew. */
    int64_t usual_ns =
        unit->measured_ns > unit->watch.interval_ns ? unit->measured_ns : unit->watch.interval_ns;
    bool was_away = begun_ns - unit->stepped_at_ns > 4 * usual_ns + NS_PER_SECOND;
    enum status status = bus_open(unit->watch.bus, &error);
    if (status == STATUS_OK && (!was_open || was_away))
        unit->shape->resumed(unit->state);
    if (status == STATUS_OK)
        status = unit->shape->step(unit->state, &unit->watch, &more, &error);
    unit->stepped_at_ns = monotonic_ns(unit);
    if (status != STATUS_OK) {
        unit->polled_at_ns = 0;
        fail(unit, &error, unit->stepped_at_ns);
        return;
    }
    if (!more) {
        measure(unit, begun_ns);
        unit->due_at_ns = begun_ns + unit->watch.interval_ns;
        keep_clock(unit);
    } else {
        unit->due_at_ns = begun_ns;
    }
    succeed(unit, more);
}
