#include "door/watcher.h"

#include <stdlib.h>

#include "base/log.h"
#include "door/card_reader.h"
#include "door/contacts.h"

/* Of entries, beside one for each line. */
#define ROOM 8
/* As many as the link has room for when each becomes all it can. */
#define EDGES_MAX (LINK_ROOM / (CONTACT_ENTRIES + 1))

struct watcher {
    char id[ID_SIZE];
    struct profile *profile;
    struct door_list doors;
    struct watch watch;
    struct lines *lines;
    struct control control;
    struct reporter reporter;
    struct lines_voice voice;
    int64_t interval_ns;
    int64_t due_at_ns;      /* of the next look at chip and levels; the edges' clock, as all here */
    bool is_opened;         /* that is not said so far */
    const char *levels_how; /* the levels are to be read, and what is found then; NULL: not */
    struct contacts contacts;
    size_t reader_count;
    struct card_reader readers[PROFILE_READERS_MAX];
};

/* ---- making ---- */

static enum status add_contacts(struct watcher *watcher, struct error *error)
{
    const struct profile_lines *rows = &watcher->watch.profile->lines;
    enum status status = STATUS_OK;
    for (size_t at = 0; at < rows->line_count && status == STATUS_OK; at++) {
        const struct profile_line *row = &rows->lines[at];
        struct lines_wish wish = {
            .active_low = row->active_low, .bias = row->bias, .debounce_us = row->debounce_us};
        message_text(wish.line, sizeof wish.line, row->line);
        status = lines_add(watcher->lines, LINES_CONTACTS, &wish, error);
    }
    return status;
}

static enum status add_readers(struct watcher *watcher, struct error *error)
{
    const struct profile_lines *rows = &watcher->watch.profile->lines;
    enum status status = STATUS_OK;
    for (size_t at = 0; at < rows->reader_count && status == STATUS_OK; at++) {
        const struct profile_card_reader *row = &rows->readers[at];
        struct lines_wish wish = {.active_low = row->active_low, .bias = row->bias};
        watcher->readers[watcher->reader_count++] = card_reader_begin(row);
        message_text(wish.line, sizeof wish.line, row->d0);
        status = lines_add(watcher->lines, LINES_READERS, &wish, error);
        message_text(wish.line, sizeof wish.line, row->d1);
        if (status == STATUS_OK)
            status = lines_add(watcher->lines, LINES_READERS, &wish, error);
    }
    return status;
}

static enum status fill(struct watcher *watcher, const struct message_door_setup *setup,
                        struct error *error)
{
    struct origin origin = {0};
    enum status status = door_list_parse(setup->doors, &watcher->doors, error);
    if (status == STATUS_OK)
        status = origin_load(setup->profile, &watcher->profile, &origin, error);
    if (status == STATUS_OK && watcher->profile->shape != PROFILE_LINES)
        status = error_set(error, STATUS_INVALID, "%s: transport gpio needs a profile of lines",
                           watcher->id);
    if (status == STATUS_OK)
        status = lines_new(setup->address, &watcher->lines, error);
    if (status == STATUS_OK)
        status = link_new(watcher->watch.clock, &watcher->watch.link, error);
    if (status != STATUS_OK)
        return status;
    message_text(origin.address, sizeof origin.address, lines_name(watcher->lines));
    link_set_origin(watcher->watch.link, &origin);
    watcher->watch.profile = watcher->profile;
    watcher->voice = (struct lines_voice){&watcher->watch, &watcher->reporter, watcher->lines};
    watcher->control.links[watcher->control.link_count++] =
        (struct control_link){watcher->id, watcher->watch.link};
    status = add_contacts(watcher, error);
    return status == STATUS_OK ? add_readers(watcher, error) : status;
}

enum status watcher_new(const struct message_door_setup *setup, const struct clock *clock,
                        struct channel *channel, int stop_descriptor, struct watcher **watcher,
                        struct error *error)
{
    if (setup->poll_ms == 0)
        return error_set(error, STATUS_INVALID, "a poll interval of 0 ms is none");
    struct watcher *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a watcher");
    message_text(made->id, sizeof made->id, setup->controller);
    made->watch.clock = clock;
    made->watch.doors = &made->doors;
    made->interval_ns = setup->poll_ms * NS_PER_MS;
    made->control = (struct control){.channel = channel, .stop_descriptor = stop_descriptor};
    enum status status = fill(made, setup, error);
    if (status != STATUS_OK) {
        watcher_free(made);
        return status;
    }
    *watcher = made;
    return STATUS_OK;
}

void watcher_free(struct watcher *watcher)
{
    if (watcher == NULL)
        return;
    link_free(watcher->watch.link);
    lines_free(watcher->lines);
    profile_free(watcher->profile);
    free(watcher);
}

/* ---- the chip ---- */

static void go_offline(struct watcher *watcher, const struct error *error)
{
    watcher->due_at_ns = lines_now_ns() + WATCHER_RETRY_MS * NS_PER_MS;
    if (link_source(watcher->watch.link) == SOURCE_OFFLINE)
        return;
    log_warning("%s", error->text);
    link_say_source(watcher->watch.link, SOURCE_OFFLINE, lines_name(watcher->lines),
                    watcher->interval_ns, error->text);
}

static enum status open_chip(struct watcher *watcher, struct error *error)
{
    if (lines_is_open(watcher->lines))
        return STATUS_OK;
    enum status status = lines_open(watcher->lines, error);
    if (status != STATUS_OK)
        return status;
    log_info("%s is watched", lines_name(watcher->lines));
    if (link_source(watcher->watch.link) != SOURCE_ONLINE)
        link_say_source(watcher->watch.link, SOURCE_ONLINE, lines_name(watcher->lines),
                        watcher->interval_ns, "");
    watcher->is_opened = true;
    watcher->levels_how = "found changed after a time without watching";
    watcher->due_at_ns = lines_now_ns() + watcher->interval_ns;
    for (size_t at = 0; at < watcher->reader_count; at++)
        if (watcher->readers[at].pulses.frame.pulses != 0)
            wiegand_lost(&watcher->readers[at].pulses);
    return STATUS_OK;
}

/* What an opening leaves unknown. */
static enum status say_opening(struct watcher *watcher, struct error *error)
{
    enum status status = STATUS_OK;
    reporter_begin(&watcher->reporter, &watcher->watch, 0, INT64_MAX);
    if (watcher->is_opened && watcher->reporter.numbers.is_known)
        status = reporter_say(&watcher->reporter, &watcher->watch, DOOR_LOSS_UNKNOWN,
                              "the lines were not watched for a time", error);
    watcher->is_opened = watcher->is_opened && status != STATUS_OK;
    return status;
}

/* ---- edges and levels ---- */

static enum status take_contact(struct watcher *watcher, const struct lines_edge *edge,
                                struct error *error)
{
    enum status status = STATUS_OK;
    if (edge->lost != 0) {
        contacts_lost(&watcher->contacts);
        watcher->levels_how = "found changed after edges were lost";
        status = lines_say_lost(&watcher->voice, edge->lost, edge->at_ns, "contacts", error);
    }
    return status == STATUS_OK
               ? contacts_take_edge(&watcher->contacts, &watcher->voice, edge, error)
               : status;
}

static enum status take_pulse(struct watcher *watcher, const struct lines_edge *edge,
                              struct error *error)
{
    enum status status = STATUS_OK;
    if (edge->lost != 0) {
        for (size_t at = 0; at < watcher->reader_count; at++)
            wiegand_lost(&watcher->readers[at].pulses);
        status = lines_say_lost(&watcher->voice, edge->lost, edge->at_ns, "card readers", error);
    }
    return status == STATUS_OK
               ? card_reader_take(&watcher->readers[edge->line / 2], &watcher->voice,
                                  edge->line % 2 == 0 ? WIEGAND_D0 : WIEGAND_D1, edge->at_ns, error)
               : status;
}

/* What waits of a group, as far as there is room. *is_empty: nothing waits any more. */
static enum status take_edges(struct watcher *watcher, enum lines_group group, bool *is_empty,
                              struct error *error)
{
    struct lines_edge edges[EDGES_MAX];
    size_t room = link_room(watcher->watch.link) / (CONTACT_ENTRIES + 1);
    size_t count = 0;
    enum status status = lines_read(watcher->lines, group, edges, room, &count, error);
    *is_empty = count < room;
    for (size_t at = 0; at < count && status == STATUS_OK; at++)
        status = group == LINES_CONTACTS ? take_contact(watcher, &edges[at], error)
                                         : take_pulse(watcher, &edges[at], error);
    return status;
}

/* All levels at once. Those of the readers say nothing but that the chip is there. */
static enum status look(struct watcher *watcher, bool *levels, struct error *error)
{
    bool unused[LINES_MAX];
    enum status status = lines_levels(watcher->lines, LINES_READERS, unused, error);
    return status == STATUS_OK ? lines_levels(watcher->lines, LINES_CONTACTS, levels, error)
                               : status;
}

static enum status take_levels(struct watcher *watcher, struct error *error)
{
    bool levels[LINES_MAX] = {false};
    if (link_room(watcher->watch.link) < watcher->watch.profile->lines.line_count)
        return STATUS_OK;
    enum status status = look(watcher, levels, error);
    if (status != STATUS_OK)
        return status;
    int64_t now_ns = lines_now_ns();
    watcher->due_at_ns = now_ns + watcher->interval_ns;
    if (watcher->levels_how == NULL)
        return contacts_compare(&watcher->contacts, &watcher->voice, levels, now_ns, error);
    status = contacts_take_levels(&watcher->contacts, &watcher->voice, levels, now_ns,
                                  watcher->levels_how, error);
    if (status == STATUS_OK)
        watcher->levels_how = NULL;
    return status;
}

static enum status end_frames(struct watcher *watcher, int64_t now_ns, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t at = 0; at < watcher->reader_count && status == STATUS_OK; at++)
        if (link_room(watcher->watch.link) != 0)
            status = card_reader_end(&watcher->readers[at], &watcher->voice, now_ns, error);
    return status;
}

static enum status watch_lines(struct watcher *watcher, struct error *error)
{
    bool has_all_pulses = false;
    bool has_all_edges = false;
    /* Before reading: what was until now is then in the kernel's buffers. */
    int64_t now_ns = lines_now_ns();
    enum status status = say_opening(watcher, error);
    if (status == STATUS_OK)
        status = take_edges(watcher, LINES_READERS, &has_all_pulses, error);
    if (status == STATUS_OK && has_all_pulses)
        status = end_frames(watcher, now_ns, error);
    if (status == STATUS_OK)
        status = take_edges(watcher, LINES_CONTACTS, &has_all_edges, error);
    bool is_time = watcher->levels_how != NULL || now_ns >= watcher->due_at_ns;
    if (status == STATUS_OK && has_all_edges && is_time)
        status = take_levels(watcher, error);
    return status;
}

/* ---- the loop ---- */

static bool may_watch(const struct watcher *watcher)
{
    return link_was_welcomed(watcher->watch.link) &&
           link_room(watcher->watch.link) >= watcher->watch.profile->lines.line_count + ROOM;
}

static enum status visit(struct watcher *watcher, struct error *error)
{
    struct error cause = {0};
    if (!lines_is_open(watcher->lines) && lines_now_ns() < watcher->due_at_ns)
        return STATUS_OK;
    enum status status = open_chip(watcher, &cause);
    if (status == STATUS_OK)
        status = watch_lines(watcher, &cause);
    if (status == STATUS_OK)
        return STATUS_OK;
    if (lines_is_open(watcher->lines))
        return error_set(error, status, "%s", cause.text);
    go_offline(watcher, &cause);
    return STATUS_OK;
}

static int wait_ms(const struct watcher *watcher)
{
    if (!may_watch(watcher))
        return LINK_RETRY_MS;
    int64_t due_ns = watcher->due_at_ns;
    for (size_t at = 0; at < watcher->reader_count && lines_is_open(watcher->lines); at++) {
        int64_t frame_ns = wiegand_due_ns(&watcher->readers[at].pulses);
        due_ns = frame_ns < due_ns ? frame_ns : due_ns;
    }
    return control_timeout_ms(due_ns - lines_now_ns());
}

enum status watcher_run(struct watcher *watcher, struct error *error)
{
    while (!watcher->control.is_ended) {
        bool may = may_watch(watcher);
        const int lines[] = {may ? lines_descriptor(watcher->lines, LINES_CONTACTS) : -1,
                             may ? lines_descriptor(watcher->lines, LINES_READERS) : -1};
        enum status status = control_listen(
            &watcher->control, lines, sizeof lines / sizeof lines[0], wait_ms(watcher), error);
        if (status != STATUS_OK)
            return status;
        if (watcher->control.is_ended || !may_watch(watcher))
            continue;
        status = visit(watcher, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}
