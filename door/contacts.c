#include "door/contacts.h"

#include "door/event.h"

/* Of a line, to `is_on`. */
struct change {
    size_t line;
    bool is_on;
    bool is_found; /* its edge was not seen */
    int64_t at_ns;
    const char *detail;
};

static enum status say_change(const struct lines_voice *voice, const struct change *change,
                              struct error *error)
{
    const struct profile_line *row = &voice->watch->profile->lines.lines[change->line];
    enum door_event event = change->is_on ? row->on : row->off;
    if (event == 0)
        return STATUS_OK;
    struct clock_reading when = lines_time(voice, change->at_ns);
    struct message_entry entry;
    event_make(event, &when, change->detail, &entry);
    entry.found = change->is_found;
    entry.has_device_code = 1;
    entry.device_code = (uint32_t)lines_offset(voice->lines, LINES_CONTACTS, change->line);
    event_name_door(voice->watch->doors, row->door, &entry);
    message_text(entry.reader, sizeof entry.reader, row->reader);
    return lines_say(voice, &entry, error);
}

void contacts_lost(struct contacts *contacts)
{
    for (size_t at = 0; at < PROFILE_LINES_MAX; at++)
        contacts->items[at].is_unsure = true;
}

enum status contacts_take_edge(struct contacts *contacts, const struct lines_voice *voice,
                               const struct lines_edge *edge, struct error *error)
{
    struct contact *contact = &contacts->items[edge->line];
    bool is_new = !contact->is_known || contact->is_on != edge->is_active;
    const struct change before = {.line = edge->line,
                                  .is_on = !edge->is_active,
                                  .at_ns = edge->at_ns,
                                  .detail = "too short for its level to be seen"};
    const struct change change = {
        .line = edge->line, .is_on = edge->is_active, .at_ns = edge->at_ns, .detail = ""};
    enum status status = STATUS_OK;
    if (!is_new && edge->at_ns <= contacts->read_ns)
        return STATUS_OK;
    if (!is_new && !contact->is_unsure)
        status = say_change(voice, &before, error);
    if (status == STATUS_OK)
        status = say_change(voice, &change, error);
    contact->is_known = true;
    contact->is_on = edge->is_active;
    contact->is_doubtful = false;
    return status;
}

enum status contacts_take_levels(struct contacts *contacts, const struct lines_voice *voice,
                                 const bool *levels, int64_t read_ns, const char *how,
                                 struct error *error)
{
    enum status status = STATUS_OK;
    contacts->read_ns = read_ns;
    for (size_t at = 0; at < voice->watch->profile->lines.line_count; at++) {
        struct contact *contact = &contacts->items[at];
        contact->is_unsure = false;
        if (contact->is_known && contact->is_on == levels[at])
            continue;
        const struct change change = {
            .line = at,
            .is_on = levels[at],
            .is_found = true,
            .at_ns = read_ns,
            .detail = contact->is_known ? how : "found so when the watch began"};
        status = say_change(voice, &change, error);
        if (status != STATUS_OK)
            return status;
        *contact = (struct contact){.is_known = true, .is_on = levels[at]};
    }
    return STATUS_OK;
}

enum status contacts_compare(struct contacts *contacts, const struct lines_voice *voice,
                             const bool *levels, int64_t read_ns, struct error *error)
{
    for (size_t at = 0; at < voice->watch->profile->lines.line_count; at++) {
        struct contact *contact = &contacts->items[at];
        bool is_other = contact->is_on != levels[at];
        if (is_other && contact->is_doubtful) {
            const struct change change = {.line = at,
                                          .is_on = levels[at],
                                          .is_found = true,
                                          .at_ns = read_ns,
                                          .detail = "found changed, although no edge was seen"};
            enum status status = say_change(voice, &change, error);
            if (status != STATUS_OK)
                return status;
            contact->is_on = levels[at];
            contacts->read_ns = read_ns;
            is_other = false;
        }
        contact->is_doubtful = is_other;
    }
    return STATUS_OK;
}
