/*
 * loss: of a stretch of a controller's time its records are lost, or may be. It stands in the
 * door's line of events where it begins, right after the record before it; the rules then conclude
 * nothing from what is missing up to its end.
 *
 *   records_lost   ends with the record after it, which its number tells; without a clock, when it
 *                  was recorded
 *   loss_unknown   ends when it was recorded: what is read next may have been kept from before
 */
#include "door/rules_joint.h"

bool rules_is_loss(enum door_event event)
{
    return event == DOOR_RECORDS_LOST || event == DOOR_LOSS_UNKNOWN;
}

/* A controller with a clock keeps a log: all since its last record may be lost. Of another, what
 * silence proved was heard. */
static int64_t begin_ns(const struct rules_door *door, const struct rules_source *source)
{
    bool is_joint = rules_is_joint(door);
    int64_t from_ns = -RULES_TIME_MAX_NS;
    if (source->has_record)
        from_ns = is_joint ? source->record_steady_ns : source->record_at_ns;
    if (source->has_clock)
        return from_ns;
    int64_t known_ns = rules_moved(source->known_ns, rules_ahead_ns(door));
    return known_ns > from_ns ? known_ns : from_ns;
}

void rules_lose(struct rules_door *door, const struct rules_source *source,
                const struct rules_event *event)
{
    struct rules_event loss = *event;
    loss.at_ns = begin_ns(door, source);
    loss.lost_to_ns = rules_moved(event->received_ns, rules_ahead_ns(door) + source->poll_ns);
    if (loss.at_ns > loss.lost_to_ns)
        loss.at_ns = loss.lost_to_ns;
    loss.is_of_log = source->has_clock;
    loss.is_contact_lost = loss.is_of_log && source->has_contact;
    loss.is_end_open = source->has_clock && event->event == DOOR_RECORDS_LOST;
    if (rules_is_joint(door))
        rules_joint_lose(door, source, &loss);
    else
        rules_put(door, &loss);
}

void rules_end_loss(struct rules_door *door, const struct rules_source *source,
                    const struct rules_event *next, const struct rules_place *place)
{
    int64_t to_ns = rules_is_joint(door) ? rules_moved(place->at_ns, place->drift_ns) : next->at_ns;
    for (size_t i = 0; i < door->waiting_count; i++) {
        struct rules_event *event = &door->waiting[i];
        if (event->record != source->loss || !event->is_end_open)
            continue;
        event->is_end_open = false;
        if (next->by_device && (place->is_known || !rules_is_joint(door)))
            event->lost_to_ns = to_ns > event->at_ns ? to_ns : event->at_ns;
    }
}
