#include "door/rules_joint.h"

bool rules_is_joint(const struct rules_door *door)
{
    return door->source_count > 1;
}

static bool is_contact(const struct rules_event *event)
{
    return event->event == DOOR_OPENED || event->event == DOOR_CLOSED;
}

/* ---- whom to wait for ---- */

static size_t index_of(const struct rules_door *door, const struct rules_source *source)
{
    size_t index = 0;
    while (index < door->source_count && door->sources[index] != source)
        index++;
    return index;
}

static bool has_contact(const struct rules_door *door)
{
    bool has = false;
    for (size_t i = 0; i < door->source_count; i++)
        has = has || door->tells_contact[i];
    return has;
}

static bool is_needed(const struct rules_door *door, size_t index)
{
    if (door->evidence == RULES_OF_CONTACT)
        return door->tells_contact[index] || !has_contact(door);
    if (door->evidence == RULES_OF_CREDENTIALS)
        return door->tells_credentials[index] || !door->tells_contact[index];
    return true;
}

static bool is_evidence(const struct rules_door *door, const struct rules_event *event)
{
    if (door->evidence == RULES_OF_CONTACT)
        return is_contact(event);
    return door->evidence == RULES_OF_ALL || event->credential[0] != '\0';
}

/* Of the slowest. */
static int64_t poll_ns(const struct rules_door *door)
{
    int64_t poll_ns = 0;
    for (size_t i = 0; i < door->source_count; i++) {
        if (is_needed(door, i) && door->sources[i]->poll_ns > poll_ns)
            poll_ns = door->sources[i]->poll_ns;
    }
    return poll_ns;
}

/* ---- being told ---- */

static void wait_for_turn(struct rules_door *door, const struct rules_event *event)
{
    if (door->waiting_count == door->waiting_max) {
        struct rules_event *first = &door->waiting[0];
        first->is_found = true;
        if (first->at_ns > door->judged_ns)
            door->judged_ns = first->at_ns;
    }
    rules_put(door, event);
}

/* What allows an opening may have happened then and not be known. */
static void doubt_openings(struct rules_door *door, int64_t from_ns, int64_t to_ns)
{
    /* one that is still to be judged grows */
    bool is_more = door->unsure_to_ns > door->judged_ns;
    if (!is_more || from_ns < door->unsure_from_ns)
        door->unsure_from_ns = from_ns;
    door->unsure_to_ns = rules_moved(to_ns, door->settings.grant_s * NS_PER_SECOND);
}

void rules_joint_take(struct rules_door *door, const struct rules_source *source,
                      const struct rules_event *event, const struct rules_place *place)
{
    struct rules_event placed = *event;
    size_t index = index_of(door, source);
    door->tells_contact[index] = door->tells_contact[index] || is_contact(event);
    door->tells_credentials[index] = door->tells_credentials[index] || event->credential[0] != '\0';
    if (!is_evidence(door, event))
        return;
    int64_t early_ns = rules_moved(place->at_ns, -source->poll_ns - place->drift_ns);
    int64_t late_ns = rules_moved(place->at_ns, place->drift_ns);
    if (late_ns > event->received_ns)
        late_ns = event->received_ns;
    placed.by_device = false;
    placed.at_ns = is_contact(event) ? late_ns : early_ns;
    placed.drift_ns = 2 * place->drift_ns;
    placed.slack_ns = 2 * poll_ns(door) + placed.drift_ns;
    if (!place->is_known) {
        doubt_openings(door, INT64_MIN, event->received_ns + placed.slack_ns);
        return;
    }
    if (placed.at_ns < door->judged_ns) {
        /* too late to be judged; but how the door stands is to be known */
        if (!is_contact(event) && late_ns < door->judged_ns)
            return;
        placed.at_ns = door->judged_ns;
        placed.is_found = is_contact(event);
    }
    wait_for_turn(door, &placed);
}

void rules_joint_lose(struct rules_door *door, const struct rules_source *source,
                      const struct rules_event *loss)
{
    struct rules_event placed = *loss;
    if (!is_needed(door, index_of(door, source)))
        return;
    if (placed.at_ns < door->judged_ns)
        placed.at_ns = door->judged_ns;
    wait_for_turn(door, &placed);
}

void rules_joint_return(struct rules_door *door, const struct rules_source *source, int64_t now_ns)
{
    struct rules_event watched = {.event = DOOR_SOURCE_ONLINE,
                                  .at_ns = now_ns + rules_source_silence_ns(source),
                                  .received_ns = now_ns,
                                  .is_found = true};
    if (source->has_clock || !is_needed(door, index_of(door, source)))
        return;
    /* one before that is still to be judged grows */
    bool is_more = door->blind_to_ns > door->judged_ns;
    if (!is_more || source->known_ns < door->blind_from_ns)
        door->blind_from_ns = source->known_ns;
    door->blind_to_ns = watched.at_ns;
    if (source->may_allow)
        doubt_openings(door, source->known_ns, now_ns + 2 * poll_ns(door));
    wait_for_turn(door, &watched);
}

void rules_joint_change_line(struct rules_door *door, int64_t now_ns)
{
    if (door->judged_ns <= now_ns)
        return;
    rules_shift(door, now_ns - door->judged_ns);
    door->judged_ns = now_ns;
    door->blind_to_ns = door->blind_from_ns;
    door->unsure_to_ns = door->unsure_from_ns;
}

void rules_joint_advance(struct rules_door *door, int64_t now_ns)
{
    int64_t to_ns = INT64_MAX;
    size_t count = 0;
    for (size_t i = 0; i < door->source_count; i++) {
        rules_source_listen(door->sources[i], now_ns);
        if (is_needed(door, i) && door->sources[i]->known_ns < to_ns)
            to_ns = door->sources[i]->known_ns;
    }
    if (to_ns == INT64_MAX)
        return;
    /* what is placed as early as it can have been may still come so much earlier */
    to_ns = rules_moved(to_ns, -poll_ns(door));
    for (; count < door->waiting_count && door->waiting[count].at_ns <= to_ns; count++) {
        struct rules_event *event = &door->waiting[count];
        bool is_doubtful = is_contact(event) && event->at_ns > door->unsure_from_ns &&
                           event->at_ns <= door->unsure_to_ns;
        event->is_found = event->is_found || is_doubtful;
    }
    rules_judge_first(door, count);
    rules_pass_time(door, to_ns);
    if (to_ns > door->judged_ns)
        door->judged_ns = to_ns;
}

/* When the controller will have been heard up to `to_ns`, if it stays silent. */
static int64_t heard_at_ns(const struct rules_source *source, int64_t to_ns)
{
    if (source->known_ns >= to_ns)
        return to_ns;
    if (!rules_source_is_heard(source))
        return RULES_NEVER;
    return (source->heard_ns > to_ns ? source->heard_ns : to_ns) + rules_source_silence_ns(source);
}

int64_t rules_joint_due_ns(const struct rules_door *door)
{
    int64_t first_ns = rules_first_due_ns(door);
    if (first_ns > door->blind_from_ns && first_ns < door->blind_to_ns)
        first_ns = door->blind_to_ns;
    if (door->waiting_count > 0 && door->waiting[0].at_ns < first_ns)
        first_ns = door->waiting[0].at_ns;
    if (first_ns == RULES_NEVER)
        return RULES_NEVER;
    int64_t to_ns = rules_moved(first_ns, poll_ns(door));
    int64_t due_ns = to_ns;
    for (size_t i = 0; i < door->source_count; i++) {
        int64_t heard_ns = is_needed(door, i) ? heard_at_ns(door->sources[i], to_ns) : to_ns;
        if (heard_ns > due_ns)
            due_ns = heard_ns;
    }
    return due_ns;
}
