#include "firmware/console/live.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "firmware/console/console.h"
#include "firmware/console/entry_json.h"
#include "firmware/console/scope.h"
#include "firmware/console/stream.h"

/* One page that listens; it is checked again whether it still may. */
struct listener {
    struct listener *next;
    struct live *live;
    struct stream *stream; /* NULL: its client has gone, and an answer of the keeper is awaited */
    char token[TOKEN_SIZE];
    bool is_asked;
    bool sees_entries;
};

struct live {
    struct console *console;
    sd_event_source *beat;
    struct listener *listeners;
    size_t count;
    uint64_t told;   /* records before this one have been told of */
    uint64_t alarms; /* what the open alarms came to, for a difference to be seen */
};

static void remove_listener(struct listener *listener)
{
    struct live *live = listener->live;
    struct listener **at = &live->listeners;
    while (*at != listener)
        at = &(*at)->next;
    *at = listener->next;
    live->count--;
    explicit_bzero(listener->token, sizeof listener->token);
    free(listener);
}

static void on_closed(void *context, struct stream *stream)
{
    struct listener *listener = context;
    (void)stream;
    listener->stream = NULL;
    if (!listener->is_asked)
        remove_listener(listener);
}

static void tell(struct listener *listener, const char *name, json_t *json)
{
    if (json != NULL && listener->stream != NULL)
        stream_send(listener->stream, name, json);
    json_decref(json);
}

static bool checked(void *context, const struct keeper_answer *answer)
{
    struct listener *listener = context;
    if (answer->type != MESSAGE_SESSION && answer->type != MESSAGE_DONE)
        return false;
    listener->is_asked = false;
    if (listener->stream == NULL) {
        remove_listener(listener);
    } else if (answer->type == MESSAGE_DONE && answer->payload->done.status != STATUS_END &&
               answer->payload->done.status != STATUS_TIMEOUT) {
        tell(listener, "session", json_pack("{s:b}", "over", true));
        stream_close(listener->stream);
    } else {
        stream_beat(listener->stream);
    }
    return true;
}

static void check(struct listener *listener)
{
    struct message_session_check message = {.act = ACT_SEE_STATE};
    if (listener->is_asked || listener->stream == NULL)
        return;
    listener->is_asked = true;
    memcpy(message.session, listener->token, sizeof message.session);
    keeper_link_ask(listener->live->console->keeper, MESSAGE_SESSION_CHECK, &message, -1, checked,
                    listener);
}

static int on_beat(sd_event_source *source, uint64_t at_us, void *context)
{
    struct live *live = context;
    (void)at_us;
    for (struct listener *each = live->listeners, *next = NULL; each != NULL; each = next) {
        next = each->next;
        check(each);
    }
    sd_event_source_set_time_relative(source, LIVE_BEAT_MS * UINT64_C(1000));
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    return 0;
}

enum status live_new(struct console *console, struct live **result, struct error *error)
{
    struct live *live = calloc(1, sizeof *live);
    if (live == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for live pages");
    live->console = console;
    if (sd_event_add_time_relative(console->event, &live->beat, CLOCK_MONOTONIC,
                                   LIVE_BEAT_MS * UINT64_C(1000), 0, on_beat, live) < 0) {
        free(live);
        return error_set(error, STATUS_IO, "cannot set a timer");
    }
    *result = live;
    return STATUS_OK;
}

void live_free(struct live *live)
{
    if (live == NULL)
        return;
    sd_event_source_disable_unref(live->beat);
    while (live->listeners != NULL)
        remove_listener(live->listeners);
    free(live);
}

/* ---- news ---- */

#define NEW_ENTRIES_MAX 100
#define OPEN_ALARMS_MAX 200

struct new_entries {
    struct live *live;
    json_t *list; /* newest first */
};

static enum status take_entry(void *context, const struct catalog_page_entry *entry)
{
    struct new_entries *found = context;
    const struct console *console = found->live->console;
    if (entry->entry.record.number < found->live->told)
        return STATUS_END;
    (void)json_array_append_new(
        found->list,
        entry_json(console->catalog, entry, (enum card_display)console->settings->setup.card));
    return STATUS_OK;
}

/* Entries of before that somebody reviewed since. */
static enum status take_review(void *context, const struct catalog_deed *deed)
{
    struct new_entries *found = context;
    const struct console *console = found->live->console;
    struct catalog_page_entry entry;
    if (deed->record.number < found->live->told)
        return STATUS_END;
    if (deed->has_subject && deed->subject < found->live->told &&
        catalog_page_entry(console->catalog, deed->subject, &entry, NULL) == STATUS_OK)
        (void)json_array_append_new(
            found->list,
            entry_json(console->catalog, &entry, (enum card_display)console->settings->setup.card));
    return STATUS_OK;
}

/* One that came late is as old as what it tells of, and is shown to whom its time is open. */
static void tell_entry(struct live *live, json_t *entry)
{
    const char *door = json_string_value(json_object_get(entry, "door"));
    int64_t at = json_integer_value(json_object_get(entry, "at")) * NS_PER_MS;
    const struct lookup_scope scope = {"entries", door == NULL ? "" : door, at, at + 1};
    for (struct listener *each = live->listeners; each != NULL; each = each->next)
        if (each->sees_entries && scope_is_open_to(live->console, each->token, &scope))
            tell(each, "entry", json_incref(entry));
}

static void tell_entries(struct live *live)
{
    struct new_entries found = {live, json_array()};
    const struct catalog_entries_wanted wanted = {.limit = NEW_ENTRIES_MAX};
    const struct catalog_deeds_wanted reviews = {.action = "review", .limit = NEW_ENTRIES_MAX};
    struct error error = {0};
    enum status status =
        catalog_page_entries(live->console->catalog, &wanted, take_entry, &found, &error);
    if (status == STATUS_OK || status == STATUS_END)
        status = catalog_page_deeds(live->console->catalog, &reviews, take_review, &found, &error);
    if (status != STATUS_OK && status != STATUS_END)
        log_warning("the catalog: %s", error.text);
    for (size_t i = json_array_size(found.list); i-- > 0;)
        tell_entry(live, json_array_get(found.list, i));
    json_decref(found.list);
}

static enum status take_alarm(void *context, const struct catalog_alarm *alarm)
{
    uint64_t *sum = context;
    *sum = *sum * 1099511628211u + alarm->begin + alarm->acknowledged * 3;
    return STATUS_OK;
}

static void tell_alarms(struct live *live)
{
    uint64_t sum = 1;
    if (catalog_page_alarms(live->console->catalog, true, 0, OPEN_ALARMS_MAX, take_alarm, &sum,
                            NULL) != STATUS_OK ||
        sum == live->alarms)
        return;
    live->alarms = sum;
    for (struct listener *each = live->listeners; each != NULL; each = each->next)
        tell(each, "alarm", json_object());
}

void live_news(struct live *live, const struct message_news *news)
{
    for (struct listener *each = live->listeners; each != NULL; each = each->next)
        tell(each, "news",
             json_pack("{s:I, s:I}", "records", (json_int_t)news->records, "through",
                       (json_int_t)news->through));
    if (live->listeners != NULL && live->told > 0) {
        tell_entries(live);
        tell_alarms(live);
    }
    live->told = news->through;
}

void api_live(struct call *call)
{
    struct live *live = call->console->live;
    struct listener *listener =
        live->count == LIVE_STREAMS_MAX ? NULL : calloc(1, sizeof *listener);
    if (listener == NULL) {
        request_refuse(call->request, RESPONSE_UNAVAILABLE, STATUS_FULL,
                       "too many pages listen already");
        return;
    }
    listener->live = live;
    listener->sees_entries = permission_allows((enum operator_role)call->who.role, ACT_SEE_ENTRIES);
    memcpy(listener->token, call->token, sizeof listener->token);
    listener->next = live->listeners;
    live->listeners = listener;
    live->count++;
    listener->stream = stream_open(call->request, on_closed, listener);
    if (listener->stream == NULL)
        remove_listener(listener);
}
