#include "firmware/console/api_entries.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "firmware/console/console.h"
#include "firmware/console/entry_json.h"
#include "firmware/console/range.h"
#include "firmware/console/scope.h"
#include "firmware/console/sheet_json.h"
#include "phrase/phrase.h"

struct note {
    char note[DETAIL_SIZE];
};
static const struct body_member note_members[] = {
    BODY_MEMBER(struct note, note, BODY_TEXT, true),
};
const struct body_form note_form = BODY_FORM(struct note, note_members);

/* ---- a page ---- */

struct page {
    struct console *console;
    json_t *entries;
    uint64_t last; /* number of the last one on it */
};

static enum status take_entry(void *context, const struct catalog_page_entry *entry)
{
    struct page *page = context;
    page->last = entry->entry.record.number;
    return json_array_append_new(
               page->entries, entry_json(page->console->catalog, entry,
                                         (enum card_display)page->console->settings->setup.card)) ==
                   0
               ? STATUS_OK
               : STATUS_NO_MEMORY;
}

static enum status read_choice(const struct query *query, const char *name, bool *yes, bool *no,
                               struct error *error)
{
    const char *text = query_text(query, name);
    *yes = strcmp(text, "yes") == 0;
    *no = strcmp(text, "no") == 0;
    return *yes || *no || text[0] == '\0'
               ? STATUS_OK
               : error_set(error, STATUS_INVALID, "%s is yes or no", name);
}

static enum status read_event(const char *name, enum door_event *event, struct error *error)
{
    const struct word *word = word_door_event_named(name);
    if (name[0] == '\0')
        return STATUS_OK;
    if (word == NULL)
        return error_set(error, STATUS_INVALID, "there is no such event");
    *event = (enum door_event)word->code;
    return STATUS_OK;
}

/* Whatever of the question stands in the address. */
static enum status read_wanted(const struct query *query, struct catalog_entries_wanted *wanted,
                               struct error *error)
{
    int64_t from = 0;
    int64_t to = 0;
    int64_t before = 0;
    int64_t limit = 0;
    bool yes = false;
    bool no = false;
    enum status status = query_number(query, "from", 0, TIME_MS_MAX, 0, &from, error);
    if (status == STATUS_OK)
        status = query_number(query, "to", 0, TIME_MS_MAX, 0, &to, error);
    if (status == STATUS_OK)
        status = query_number(query, "before", 0, INT64_MAX, 0, &before, error);
    if (status == STATUS_OK)
        status = query_number(query, "limit", 1, CATALOG_PAGE_MAX, 100, &limit, error);
    if (status == STATUS_OK)
        status = read_event(query_text(query, "event"), &wanted->event, error);
    if (status == STATUS_OK)
        status = read_choice(query, "alarm", &wanted->alarming, &no, error);
    if (status == STATUS_OK)
        status = read_choice(query, "reviewed", &yes, &no, error);
    wanted->reviewed =
        yes ? CATALOG_REVIEWED_YES : (no ? CATALOG_REVIEWED_NO : CATALOG_REVIEWED_ANY);
    wanted->from_utc_ns = from * NS_PER_MS;
    wanted->to_utc_ns = to * NS_PER_MS;
    wanted->before = (uint64_t)before;
    wanted->limit = (uint32_t)limit;
    if (query_text(query, "door")[0] != '\0')
        wanted->door = query_text(query, "door");
    if (query_text(query, "person")[0] != '\0')
        wanted->person = query_text(query, "person");
    return status;
}

static enum status list(struct call *call, const struct catalog_entries_wanted *wanted,
                        struct page *page, struct error *error)
{
    page->console = call->console;
    page->entries = json_array();
    return catalog_page_entries(call->console->catalog, wanted, take_entry, page, error);
}

static void give_page(struct call *call, const struct catalog_entries_wanted *wanted, bool goes_on)
{
    struct error error = {0};
    struct page page = {0};
    enum status status = list(call, wanted, &page, &error);
    if (status != STATUS_OK) {
        json_decref(page.entries);
        request_fail(call->request, &error);
        return;
    }
    bool is_full = json_array_size(page.entries) == wanted->limit;
    json_t *next = json_null();
    if (is_full)
        next = json_integer((json_int_t)page.last);
    else if (goes_on) /* with what is older, for a reason */
        next = json_integer(page.last != 0 ? (json_int_t)page.last : (json_int_t)(1LL << 53));
    call_answer(call, json_pack("{s:o, s:o}", "entries", page.entries, "next", next));
}

/* Without a range it is the newest stretch, unless all is open: then it goes on into what is older
 * at the question for more. */
void api_entries(struct call *call)
{
    struct error error = {0};
    struct catalog_entries_wanted wanted = {0};
    if (read_wanted(&call->query, &wanted, &error) != STATUS_OK) {
        request_fail(call->request, &error);
        return;
    }
    const struct lookup_scope scope = {"entries", wanted.door == NULL ? "" : wanted.door,
                                       wanted.from_utc_ns,
                                       wanted.to_utc_ns != 0 ? wanted.to_utc_ns : clock_utc_ns()};
    bool is_first = wanted.from_utc_ns == 0 && wanted.to_utc_ns == 0 && wanted.before == 0;
    bool is_open = scope_is_covered(call, &scope);
    if (is_first && !is_open) {
        wanted.from_utc_ns = scope_recent_utc_ns(call);
        give_page(call, &wanted, true);
    } else if (is_open || scope_is_open(call, &scope)) {
        give_page(call, &wanted, false);
    }
}

/* ---- one, and what proves it ---- */

static bool is_same(const struct entry_record *a, const struct entry_record *b)
{
    return entry_is_same(&a->entry, &b->entry) && strcmp(a->entry.raw, b->entry.raw) == 0 &&
           strcmp(a->entry.door, b->entry.door) == 0 &&
           strcmp(a->entry.detail, b->entry.detail) == 0 &&
           strcmp(a->controller, b->controller) == 0 && strcmp(a->cameras, b->cameras) == 0 &&
           strcmp(a->name, b->name) == 0 && strcmp(a->department, b->department) == 0 &&
           a->at_utc_ns == b->at_utc_ns;
}

/* What is shown is what the record says; that the catalog says something else is told. */
static enum status take_over(const struct sheet *sheet, struct catalog_page_entry *entry,
                             struct error *error)
{
    json_t *body = NULL;
    struct entry_record said;
    enum status status = STATUS_OK;
    if (sheet->head.kind != RECORD_ENTRY)
        return error_set(error, STATUS_MISMATCH, "that record is no entry");
    if (sheet->body_line.size == 0)
        return error_set(error, STATUS_MISMATCH,
                         "the record's content has expired: what the list says is not proved");
    status = record_body_parse(sheet->body_line, &body, error);
    if (status == STATUS_OK)
        status = entry_record_parse(body, &said, error);
    json_decref(body);
    if (status != STATUS_OK)
        return status;
    bool was_same = is_same(&said, &entry->entry.entry);
    entry->entry.entry = said;
    return was_same ? STATUS_OK
                    : error_set(error, STATUS_MISMATCH,
                                "the list said something else than the record: it is made anew");
}

static bool proved(struct call *call, const struct keeper_answer *answer)
{
    struct catalog_page_entry *entry = call->kept;
    struct console *console = call->console;
    struct error error = {0};
    struct sheet sheet;
    if (answer->type != MESSAGE_SHEET)
        return call_pass_on(call, answer);
    enum status status =
        sheet_judge(console->judge, &answer->payload->sheet, *answer->attached, &sheet, &error);
    if (status == STATUS_OK)
        status = take_over(&sheet, entry, &error);
    json_t *json =
        entry_json(console->catalog, entry, (enum card_display)console->settings->setup.card);
    sheet_put(json, &sheet, status, &error, request_language(call->request));
    sheet_release(&sheet);
    call_answer(call, json);
    return true;
}

void api_entry(struct call *call)
{
    struct error error = {0};
    struct message_sheet_ask ask = {.record = path_number(&call->path, 0)};
    struct catalog_page_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        request_answer(call->request, NULL);
        return;
    }
    call->kept = entry;
    call->release = free;
    if (catalog_page_entry(call->console->catalog, ask.record, entry, &error) != STATUS_OK) {
        request_refuse(call->request, RESPONSE_NOT_FOUND, STATUS_NOT_FOUND,
                       "there is no such entry");
        return;
    }
    int64_t at = entry_record_time(&entry->entry.entry).utc_ns;
    const struct lookup_scope scope = {"entries", entry->entry.entry.entry.door, at, at + 1};
    if (!scope_is_open(call, &scope))
        return;
    memcpy(ask.session, call->token, sizeof ask.session);
    call_ask(call, MESSAGE_SHEET_ASK, &ask, proved);
}

void api_review(struct call *call)
{
    const struct note *note = call->body;
    struct message_review message = {.entry = path_number(&call->path, 0)};
    memcpy(message.session, call->token, sizeof message.session);
    memcpy(message.note, note->note, sizeof message.note);
    call_ask(call, MESSAGE_REVIEW, &message, call_pass_on);
}
