#include "firmware/console/api_records.h"

#include <string.h>

#include "firmware/console/console.h"
#include "firmware/console/entry_json.h"
#include "firmware/console/scope.h"
#include "firmware/console/sheet_json.h"

#define REGISTER "register"

/* The query register is never shown without a reason: not record by record either. */
static bool is_shown(const struct call *call, const struct record_head *head)
{
    static const char *const reasons[] = {REGISTER, "report"};
    bool is_open = head->kind != RECORD_OPERATOR;
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        const struct lookup_scope scope = {reasons[i], "", head->at_utc_ns, head->at_utc_ns + 1};
        is_open = is_open || lookups_cover(call->console->lookups, call->token, &scope);
    }
    return is_open;
}

static bool shown(struct call *call, const struct keeper_answer *answer)
{
    struct error error = {0};
    struct sheet sheet;
    if (answer->type != MESSAGE_SHEET)
        return call_pass_on(call, answer);
    enum status status = sheet_judge(call->console->judge, &answer->payload->sheet,
                                     *answer->attached, &sheet, &error);
    struct record_head head = {0};
    /* what its page or the register withholds is not shown for being altered */
    if (record_head_parse_any(sheet.head_line, &head, NULL) != STATUS_OK)
        head = sheet.head;
    const struct word *kind = word_record_kind(head.kind);
    json_t *json =
        json_pack("{s:I, s:I, s:s}", "number", (json_int_t)answer->payload->sheet.record, "at",
                  JSON_MS(head.at_utc_ns), "kind", kind == NULL ? "unknown" : kind->name);
    if (!is_shown(call, &head)) {
        json_object_set_new(json, "needs", json_string(REGISTER));
    } else {
        json_object_set_new(json, "source", json_string(head.source));
        if (head.kind != RECORD_ENTRY)
            sheet_put(json, &sheet, status, &error, request_language(call->request));
    }
    sheet_release(&sheet);
    call_answer(call, json);
    return true;
}

void api_record(struct call *call)
{
    struct message_sheet_ask ask = {.record = path_number(&call->path, 0)};
    memcpy(ask.session, call->token, sizeof ask.session);
    call_ask(call, MESSAGE_SHEET_ASK, &ask, shown);
}
