#include "firmware/console/entry_json.h"

#include <string.h>

#include "ledger/record.h"

const char *deed_person(const json_t *body, const char *source)
{
    const char *person = json_get_text(body, "person");
    const char *account = json_get_text(body, "account");
    const char *slash = strchr(source, '/');
    if (person != NULL && person[0] != '\0')
        return person;
    if (account != NULL && account[0] != '\0')
        return account;
    return slash == NULL ? source : slash + 1;
}

static enum status take_deed(void *context, const struct catalog_deed *deed)
{
    json_t **json = context;
    json_t *body = NULL;
    if (record_body_parse(deed->body, &body, NULL) == STATUS_OK) {
        const char *note = json_get_text(body, "note");
        *json = json_pack("{s:s, s:I, s:s, s:I}", "by", deed_person(body, deed->record.source),
                          "at", JSON_MS(deed->record.at_utc_ns), "note", note == NULL ? "" : note,
                          "record", (json_int_t)deed->record.number);
    }
    json_decref(body);
    return STATUS_OK;
}

json_t *deed_json(struct catalog_view *catalog, uint64_t subject, const char *action)
{
    json_t *json = NULL;
    if (catalog_page_deed_about(catalog, subject, action, take_deed, &json, NULL) != STATUS_OK)
        return NULL;
    return json;
}

/* What is not there is left out. */
static void set_text(json_t *object, const char *name, const char *text)
{
    if (text[0] != '\0')
        json_object_set_new(object, name, json_string(text));
}

static void set_word(json_t *object, const char *name, const struct word *word)
{
    if (word != NULL)
        json_object_set_new(object, name, json_string(word->name));
}

json_t *entry_json(struct catalog_view *catalog, const struct catalog_page_entry *page,
                   enum card_display cards)
{
    const struct catalog_record *record = &page->entry.record;
    const struct entry_record *said = &page->entry.entry;
    const struct message_entry *entry = &said->entry;
    char masked[CARD_MASKED_SIZE];
    struct entry_time time = entry_record_time(said);
    json_t *json = json_pack(
        "{s:I, s:I, s:I, s:s, s:b, s:b, s:o, s:s, s:s, s:s}", "number", (json_int_t)record->number,
        "at", JSON_MS(time.utc_ns), "recorded", JSON_MS(record->at_utc_ns), "controller",
        said->controller, "alarm", page->alarming, "conclusion", entry->derived != 0, "cameras",
        json_ids(said->cameras), "verdict", verdict_name((enum verdict)entry->verdict), "direction",
        direction_name((enum direction)entry->direction), "state", "listed");
    if (json == NULL)
        return NULL;
    set_text(json, "door", entry->door);
    set_text(json, "person", said->name);
    set_text(json, "department", said->department);
    set_text(json, "credential", card_shown(cards, entry->credential, entry->method, masked));
    set_text(json, "method", entry->method);
    set_text(json, "detail", entry->detail);
    set_word(json, "event", word_door_event((enum door_event)entry->event));
    if (entry->deny_reason != DENY_NONE)
        set_word(json, "reason", word_deny_reason((enum deny_reason)entry->deny_reason));
    if (page->review != 0)
        json_object_set_new(json, "reviewed", deed_json(catalog, record->number, "review"));
    return json;
}
