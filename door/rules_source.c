#include "door/rules_rule.h"

/* A clock runs wrong by less than 1 in so many: what is known of it fades. */
#define CLOCK_DRIFT 10000

int64_t rules_source_silence_ns(const struct rules_source *source)
{
    return source->patience_ns + source->poll_ns;
}

bool rules_source_is_heard(const struct rules_source *source)
{
    return source->is_online || source->was_online;
}

void rules_source_listen(struct rules_source *source, int64_t now_ns)
{
    int64_t silence_ns = rules_source_silence_ns(source);
    int64_t to_ns = now_ns - silence_ns;
    bool is_quiet = now_ns - source->heard_ns >= silence_ns;
    if (!rules_source_is_heard(source))
        return;
    if (is_quiet)
        source->is_behind = false;
    /* while entries come, they tell how far it has got with its log */
    if (!is_quiet && source->newest_steady_ns < to_ns)
        to_ns = source->newest_steady_ns;
    if (to_ns > source->known_ns)
        source->known_ns = to_ns;
}

void rules_source_return(struct rules_source *source, int64_t now_ns)
{
    source->heard_ns = now_ns;
    source->is_behind = true;
}

static void limit(int64_t *at_ns, int64_t to_ns)
{
    if (*at_ns > to_ns)
        *at_ns = to_ns;
}

void rules_source_change_line(struct rules_source *source, int64_t now_ns)
{
    source->has_lead = false;
    limit(&source->heard_ns, now_ns);
    limit(&source->known_ns, now_ns);
    limit(&source->newest_steady_ns, now_ns);
}

/* By an entry that has just happened. What shows that the clock is less far ahead may have come
 * late, or the clock was set back: half of what a poll does not explain is believed, and of far too
 * much all. */
static void compare(struct rules_source *source, int64_t device_ns, int64_t received_ns)
{
    int64_t lead_ns = device_ns - received_ns;
    int64_t faded_ns = source->lead_ns - (received_ns - source->led_ns) / CLOCK_DRIFT;
    int64_t late_ns = faded_ns - lead_ns;
    if (source->has_lead && late_ns > 0 && late_ns <= rules_source_silence_ns(source))
        lead_ns = late_ns > source->poll_ns ? faded_ns - (late_ns - source->poll_ns) / 2 : faded_ns;
    source->lead_ns = lead_ns;
    source->led_ns = received_ns;
    source->has_lead = true;
}

struct rules_place rules_source_place(struct rules_source *source, const struct rules_event *event)
{
    struct rules_place place = {.is_known = true, .at_ns = event->received_ns};
    bool is_fresh = rules_source_is_heard(source) && !source->is_behind;
    if (!event->by_device)
        return place;
    if (is_fresh)
        compare(source, event->at_ns, event->received_ns);
    place.is_known = source->has_lead;
    if (!place.is_known)
        return place;
    if (event->at_ns - source->lead_ns < place.at_ns)
        place.at_ns = event->at_ns - source->lead_ns;
    int64_t late_ns = event->received_ns - place.at_ns;
    if (is_fresh && late_ns > source->poll_ns)
        place.drift_ns = late_ns;
    else if (event->received_ns > source->led_ns)
        place.drift_ns = (event->received_ns - source->led_ns) / CLOCK_DRIFT;
    /* its log has got to what happens now */
    if (late_ns <= rules_source_silence_ns(source))
        source->is_behind = false;
    return place;
}

void rules_source_pass(struct rules_source *source, const struct rules_event *event,
                       const struct rules_place *place)
{
    source->loss = 0;
    source->has_record = true;
    source->record_at_ns = event->at_ns;
    if (place->is_known)
        source->record_steady_ns = rules_moved(place->at_ns, -source->poll_ns - place->drift_ns);
}
