#include "firmware/console/api_alarms.h"

#include <string.h>

#include "firmware/console/console.h"
#include "firmware/console/entry_json.h"
#include "phrase/phrase.h"

#define ALARMS_MAX 200

struct list {
    struct console *console;
    enum language language;
    json_t *alarms;
};

/* An alarm is called as the event is that began it, of whichever kind. */
static const char *called(const char *kind, enum language language)
{
    static const struct word *(*const vocabularies[])(const char *) = {
        word_health_event_named, word_door_event_named, word_camera_note_named};
    for (size_t i = 0; i < sizeof vocabularies / sizeof vocabularies[0]; i++) {
        const struct word *word = vocabularies[i](kind);
        if (word != NULL)
            return word_text(word, language);
    }
    return kind;
}

static enum status take_alarm(void *context, const struct catalog_alarm *alarm)
{
    struct list *list = context;
    char shown[PHRASE_SIZE];
    json_t *json = json_pack("{s:I, s:s, s:s, s:s, s:s, s:I}", "record", (json_int_t)alarm->begin,
                             "kind", alarm->kind, "what", called(alarm->kind, list->language),
                             "subject", alarm->subject, "detail",
                             phrase_in(alarm->detail, list->language, shown, sizeof shown), "since",
                             JSON_MS(alarm->since_utc_ns));
    if (alarm->until_utc_ns != 0)
        json_object_set_new(json, "until", json_integer(JSON_MS(alarm->until_utc_ns)));
    if (alarm->acknowledged != 0)
        json_object_set_new(json, "acknowledged",
                            deed_json(list->console->catalog, alarm->begin, "acknowledge"));
    return json_array_append_new(list->alarms, json) == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

void api_alarms(struct call *call)
{
    struct error error = {0};
    struct list list = {call->console, request_language(call->request), json_array()};
    int64_t before = 0;
    bool open_only = strcmp(query_text(&call->query, "open"), "yes") == 0;
    enum status status = query_number(&call->query, "before", 0, INT64_MAX, 0, &before, &error);
    if (status == STATUS_OK)
        status = catalog_page_alarms(call->console->catalog, open_only, (uint64_t)before,
                                     ALARMS_MAX, take_alarm, &list, &error);
    if (status == STATUS_OK) {
        call_answer(call, json_pack("{s:o}", "alarms", list.alarms));
        return;
    }
    json_decref(list.alarms);
    request_fail(call->request, &error);
}

struct note {
    char note[DETAIL_SIZE];
};

void api_acknowledge(struct call *call)
{
    const struct note *note = call->body; /* note_form */
    struct message_alarm_acknowledge message = {.alarm = path_number(&call->path, 0)};
    memcpy(message.session, call->token, sizeof message.session);
    memcpy(message.note, note->note, sizeof message.note);
    call_ask(call, MESSAGE_ALARM_ACKNOWLEDGE, &message, call_pass_on);
}
