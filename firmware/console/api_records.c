#include "firmware/console/api_records.h"

#include <string.h>

#include "firmware/console/console.h"
#include "firmware/console/entry_json.h"
#include "firmware/console/sheet_json.h"

static bool shown(struct call *call, const struct keeper_answer *answer)
{
    struct error error = {0};
    struct sheet sheet;
    if (answer->type != MESSAGE_SHEET)
        return call_pass_on(call, answer);
    enum status status = sheet_judge(call->console->judge, &answer->payload->sheet,
                                     *answer->attached, &sheet, &error);
    const struct word *kind = word_record_kind(sheet.head.kind);
    json_t *json =
        json_pack("{s:I, s:I, s:s, s:s}", "number", (json_int_t)answer->payload->sheet.record, "at",
                  JSON_MS(sheet.head.at_utc_ns), "source", sheet.head.source, "kind",
                  kind == NULL ? "unknown" : kind->name);
    if (sheet.head.kind != RECORD_ENTRY)
        sheet_put(json, &sheet, status, &error, request_language(call->request));
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
