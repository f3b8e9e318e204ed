/*
 * What the command line asks. Whoever may connect may ask for all of it; who it was stands in the
 * record, as `operator/uid-N`.
 */
#include "keeper/accounts.h"
#include "keeper/desk_operator.h"
#include "keeper/inspections.h"

static enum status take_hello(void *context, struct peer *peer, const struct letter *letter,
                              struct error *error)
{
    struct keeper *keeper = context;
    struct message_welcome welcome = keeper_welcome(keeper);
    (void)letter;
    enum status status = operator_running(keeper, error);
    if (status != STATUS_OK)
        return status;
    peer_send(peer, MESSAGE_WELCOME, &welcome, -1);
    return STATUS_OK;
}

static enum status take_first_code(void *context, struct peer *peer, const struct letter *letter,
                                   struct error *error)
{
    struct keeper *keeper = context;
    (void)error;
    if (operator_is_heard(keeper, peer, letter))
        accounts_give_first_code(keeper->accounts, peer, letter);
    return STATUS_OK;
}

static enum status take_verified(void *context, struct peer *peer, const struct letter *letter,
                                 struct error *error)
{
    struct keeper *keeper = context;
    (void)error;
    if (operator_is_heard(keeper, peer, letter))
        inspections_record(keeper->inspections, peer, letter);
    return STATUS_OK;
}

static const struct desk_handler handlers[] = {
    {MESSAGE_HELLO, take_hello},
    {MESSAGE_STATUS_ASK, operator_take_status},
    {MESSAGE_LOOKUP, operator_take_lookup},
    {MESSAGE_CHECKPOINT_TAKE, operator_take_checkpoint},
    {MESSAGE_HOLD_SET, operator_take_hold_set},
    {MESSAGE_HOLD_RELEASE, operator_take_hold_release},
    {MESSAGE_SEAL_NOW, operator_take_seal_now},
    {MESSAGE_EXPORT_ASK, operator_take_export},
    {MESSAGE_EXPORT_PHRASE, operator_take_phrase},
    {MESSAGE_EXPORT_KEPT, operator_take_kept},
    {MESSAGE_ACCOUNTS_ASK, operator_take_accounts_ask},
    {MESSAGE_FIRST_CODE_ASK, take_first_code},
    {MESSAGE_VERIFIED, take_verified},
};

const struct desk desk_command = {
    .role = ROLE_COMMAND,
    .count = sizeof handlers / sizeof handlers[0],
    .handlers = handlers,
    .gone = operator_is_gone,
};
