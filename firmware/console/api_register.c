#include "firmware/console/api_register.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "firmware/console/console.h"
#include "firmware/console/entry_json.h"
#include "firmware/console/range.h"
#include "firmware/console/scope.h"
#include "ledger/record.h"
#include "store/export_record.h"
#include "store/exported_record.h"

#define REGISTER_ROWS_MAX 200u

struct list {
    struct console *console;
    json_t *rows;
    uint64_t last; /* record of the last row */
};

/* ---- a row ---- */

static void put_text(json_t *row, const char *name, const json_t *body, const char *member)
{
    const char *text = json_get_text(body, member);
    if (text != NULL && text[0] != '\0' && json_object_get(row, name) == NULL)
        json_object_set_new(row, name, json_string(text));
}

static void put_time(json_t *row, const char *name, const json_t *body)
{
    int64_t utc_ns = 0;
    if (json_get_time(body, name, &utc_ns) == STATUS_OK)
        json_object_set_new(row, name, json_integer(JSON_MS(utc_ns)));
}

/* Which member of a body says it, by its place in the register: the first that is there. */
static const struct {
    const char *name;
    const char *member;
} texts[] = {
    {"second", "second"}, {"what", "what"},     {"what", "event"},      {"what", "verdict"},
    {"filter", "filter"}, {"filter", "doors"},  {"filter", "cameras"},  {"filter", "place"},
    {"reason", "reason"}, {"reason", "note"},   {"reason", "purpose"},  {"case", "case"},
    {"medium", "medium"}, {"detail", "detail"}, {"address", "address"}, {"act", "act"},
};

/* What became of a request for a package, as the record of it says. */
static enum status take_copied(void *context, const struct catalog_deed *deed)
{
    json_t *row = context;
    json_t *body = NULL;
    struct exported_record said;
    if (record_body_parse(deed->body, &body, NULL) == STATUS_OK &&
        exported_record_parse(body, &said, NULL) == STATUS_OK) {
        json_t *copied = json_pack("{s:b, s:I, s:I}", "done", said.done, "record",
                                   (json_int_t)deed->record.number, "bytes", (json_int_t)said.size);
        put_text(copied, "package", body, "package");
        put_text(copied, "detail", body, "detail");
        json_object_set_new(row, "copied", copied);
    }
    json_decref(body);
    return STATUS_OK;
}

/* Who it was; of a change of an account not whose that is. */
static const char *doer(const struct catalog_deed *deed, const json_t *body)
{
    return deed_person(strcmp(deed->action, DEED_ACCOUNT) == 0 ? NULL : body, deed->record.source);
}

static json_t *row_json(const struct catalog_deed *deed, const json_t *body)
{
    json_t *row =
        json_pack("{s:I, s:I, s:s, s:s}", "record", (json_int_t)deed->record.number, "at",
                  JSON_MS(deed->record.at_utc_ns), "by", doer(deed, body), "action", deed->action);
    if (row == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        put_text(row, texts[i].name, body, texts[i].member);
    if (strcmp(deed->action, DEED_ACCOUNT) == 0)
        put_text(row, "filter", body, "account");
    put_time(row, "from", body);
    put_time(row, "to", body);
    if (deed->has_subject)
        json_object_set_new(row, "subject", json_integer((json_int_t)deed->subject));
    return row;
}

/* A body that has expired or is no object leaves what the list itself knows. */
json_t *register_row(struct catalog_view *catalog, const struct catalog_deed *deed)
{
    json_t *body = NULL;
    if (record_body_parse(deed->body, &body, NULL) != STATUS_OK)
        body = NULL;
    json_t *row = row_json(deed, body);
    json_decref(body);
    if (row != NULL && strcmp(deed->action, EXPORT_ACTION) == 0 &&
        catalog_page_deed_about(catalog, deed->record.number, EXPORTED_ACTION, take_copied, row,
                                NULL) != STATUS_OK)
        json_object_del(row, "copied"); /* nothing has become of it yet */
    return row;
}

static enum status take_deed(void *context, const struct catalog_deed *deed)
{
    struct list *list = context;
    list->last = deed->record.number;
    json_t *row = register_row(list->console->catalog, deed);
    if (row == NULL)
        return STATUS_NO_MEMORY;
    return json_array_append_new(list->rows, row) == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

/* ---- what is asked for ---- */

static bool is_action(const char *name)
{
    static const char *const others[] = {DEED_HOLD_SET, DEED_HOLD_RELEASE, DEED_CHECKPOINT,
                                         DEED_ACCOUNT};
    bool is_other = false;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        is_other = is_other || strcmp(others[i], name) == 0;
    return is_other || word_operator_action_named(name) != NULL;
}

static enum status read_wanted(const struct query *query, struct catalog_deeds_wanted *wanted,
                               char source[SOURCE_SIZE], struct error *error)
{
    int64_t from = 0;
    int64_t to = 0;
    int64_t before = 0;
    const char *account = query_text(query, "account");
    const char *what = query_text(query, "what");
    enum status status = query_number(query, "from", 0, TIME_MS_MAX, 0, &from, error);
    if (status == STATUS_OK)
        status = query_number(query, "to", 0, TIME_MS_MAX, clock_utc_ns() / NS_PER_MS, &to, error);
    if (status == STATUS_OK)
        status = query_number(query, "before", 0, INT64_MAX, 0, &before, error);
    *wanted = (struct catalog_deeds_wanted){.before = (uint64_t)before, .limit = REGISTER_ROWS_MAX};
    if (status == STATUS_OK)
        status = range_utc_ns(from, to, &wanted->from_utc_ns, &wanted->to_utc_ns, error);
    if (status == STATUS_OK && what[0] != '\0' && !is_action(what))
        status = error_set(error, STATUS_INVALID, "nothing that is asked for is called that");
    if (what[0] != '\0')
        wanted->action = what;
    if (account[0] != '\0') { /* one that is too long is nobody's, cut short as well */
        (void)snprintf(source, SOURCE_SIZE, "operator/%s", account);
        wanted->source = source;
    }
    return status;
}

void api_register(struct call *call)
{
    struct error error = {0};
    struct catalog_deeds_wanted wanted;
    char source[SOURCE_SIZE];
    if (read_wanted(&call->query, &wanted, source, &error) != STATUS_OK) {
        request_fail(call->request, &error);
        return;
    }
    const struct lookup_scope scope = {"register", "", wanted.from_utc_ns, wanted.to_utc_ns};
    if (!scope_is_on_record(call, &scope))
        return;
    struct list list = {call->console, json_array(), 0};
    if (catalog_page_deeds(call->console->catalog, &wanted, take_deed, &list, &error) !=
        STATUS_OK) {
        json_decref(list.rows);
        request_fail(call->request, &error);
        return;
    }
    bool is_full = json_array_size(list.rows) == wanted.limit;
    call_answer(call, json_pack("{s:o, s:o}", "rows", list.rows, "next",
                                is_full ? json_integer((json_int_t)list.last) : json_null()));
}
