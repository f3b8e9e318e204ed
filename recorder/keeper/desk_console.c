/*
 * What the console asks, for people with accounts: each message says by its session who it is. The
 * console itself may do nothing.
 */
#include "keeper/accounts.h"
#include "keeper/desk_operator.h"
#include "keeper/exports.h"
#include "keeper/hold_list.h"
#include "keeper/inspections.h"
#include "keeper/news.h"
#include "keeper/sheets.h"

/* Each of these is answered by that part, when the recorder runs. */
#define TAKE(name, part, function)                                                                 \
    static enum status take_##name(void *context, struct peer *peer, const struct letter *letter,  \
                                   struct error *error)                                            \
    {                                                                                              \
        struct keeper *keeper = context;                                                           \
        (void)error;                                                                               \
        if (operator_is_heard(keeper, peer, letter))                                               \
            function(keeper->part, peer, letter);                                                  \
        return STATUS_OK;                                                                          \
    }

TAKE(login, accounts, accounts_log_in)
TAKE(check, accounts, accounts_check)
TAKE(logout, accounts, accounts_log_out)
TAKE(password, accounts, accounts_change_password)
TAKE(second, accounts, accounts_ask_second)
TAKE(change, accounts, accounts_change)
TAKE(first, accounts, accounts_make_first)
TAKE(review, sheets, sheets_review)
TAKE(acknowledge, sheets, sheets_acknowledge)
TAKE(sheet, sheets, sheets_show)
TAKE(open, sheets, sheets_show_open)
TAKE(inspection, inspections, inspections_ask)
TAKE(look, inspections, inspections_look)
TAKE(result, inspections, inspections_give)
TAKE(spool, exports, exports_give_spool)

static enum status take_holds(void *context, struct peer *peer, const struct letter *letter,
                              struct error *error)
{
    (void)error;
    if (operator_is_heard(context, peer, letter))
        hold_list_show(context, peer, letter);
    return STATUS_OK;
}

static enum status take_hello(void *context, struct peer *peer, const struct letter *letter,
                              struct error *error)
{
    struct keeper *keeper = context;
    struct message_welcome welcome = keeper_welcome(keeper);
    (void)letter;
    (void)error;
    peer_send(peer, MESSAGE_WELCOME, &welcome, -1);
    accounts_greet(keeper->accounts, peer);
    news_greet(keeper->news, peer);
    return STATUS_OK;
}

/* The supervisor ends it, if it does not by itself. */
static void is_gone(void *context, struct peer *peer, const char *reason)
{
    struct keeper *keeper = context;
    keeper_worker_cut_off(keeper, ROLE_CONSOLE, peer_source(peer), reason);
    exports_asker_gone(keeper->exports, peer);
}

static const struct desk_handler handlers[] = {
    {MESSAGE_HELLO, take_hello},
    {MESSAGE_LOGIN, take_login},
    {MESSAGE_SESSION_CHECK, take_check},
    {MESSAGE_LOGOUT, take_logout},
    {MESSAGE_PASSWORD_CHANGE, take_password},
    {MESSAGE_SECOND, take_second},
    {MESSAGE_ACCOUNTS_ASK, operator_take_accounts_ask},
    {MESSAGE_ACCOUNT_CHANGE, take_change},
    {MESSAGE_ACCOUNT_FIRST, take_first},
    {MESSAGE_REVIEW, take_review},
    {MESSAGE_ALARM_ACKNOWLEDGE, take_acknowledge},
    {MESSAGE_SHEET_ASK, take_sheet},
    {MESSAGE_OPEN_ASK, take_open},
    {MESSAGE_INSPECT_ASK, take_inspection},
    {MESSAGE_INSPECT_LOOK, take_look},
    {MESSAGE_INSPECT_RESULT_ASK, take_result},
    {MESSAGE_STATUS_ASK, operator_take_status},
    {MESSAGE_LOOKUP, operator_take_lookup},
    {MESSAGE_CHECKPOINT_TAKE, operator_take_checkpoint},
    {MESSAGE_HOLD_SET, operator_take_hold_set},
    {MESSAGE_HOLD_RELEASE, operator_take_hold_release},
    {MESSAGE_HOLDS_ASK, take_holds},
    {MESSAGE_SEAL_NOW, operator_take_seal_now},
    {MESSAGE_EXPORT_SPOOL_ASK, take_spool},
    {MESSAGE_EXPORT_ASK, operator_take_export},
    {MESSAGE_EXPORT_PHRASE, operator_take_phrase},
    {MESSAGE_EXPORT_KEPT, operator_take_kept},
};

const struct desk desk_console = {
    .role = ROLE_CONSOLE,
    .count = sizeof handlers / sizeof handlers[0],
    .handlers = handlers,
    .gone = is_gone,
};
