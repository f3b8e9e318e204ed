#include "firmware/console/call.h"

#include "firmware/console/console.h"
#include "firmware/console/listed.h"

static bool on_answer(void *context, const struct keeper_answer *answer)
{
    struct call *call = context;
    return call->answered(call, answer);
}

void call_ask(struct call *call, enum message_type type, const void *payload,
              call_answered answered)
{
    call->answered = answered;
    keeper_link_ask(call->console->keeper, type, payload, -1, on_answer, call);
}

void call_refuse(struct call *call, const struct message_done *done)
{
    enum status status = (enum status)done->status;
    request_refuse(call->request, response_code_of(status), status, done->text);
}

void call_answer(struct call *call, json_t *json)
{
    request_answer(call->request, response_json(RESPONSE_OK, json));
}

bool call_pass_on(struct call *call, const struct keeper_answer *answer)
{
    const struct message_done *done = &answer->payload->done;
    if (answer->type != MESSAGE_DONE)
        return false;
    if (done->status != STATUS_OK)
        call_refuse(call, done);
    else
        listed_answer(call->console->listed, call, done->record);
    return true;
}
