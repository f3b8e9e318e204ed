/*
 * What the console asks for people with accounts. It is believed in nothing but that somebody has a
 * session, whose token it passes on.
 */
#include "keeper/parts.h"
#include "keeper/status_report.h"

static enum status take_hello(void *context, struct peer *peer, const struct letter *letter,
                              struct error *error)
{
    struct keeper *keeper = context;
    struct message_welcome welcome = keeper_welcome(keeper);
    (void)letter;
    (void)error;
    peer_send(peer, MESSAGE_WELCOME, &welcome, -1);
    return STATUS_OK;
}

static enum status take_status(void *context, struct peer *peer, const struct letter *letter,
                               struct error *error)
{
    (void)error;
    status_report_send(context, peer, letter->sequence);
    return STATUS_OK;
}

static void is_gone(void *context, struct peer *peer, const char *reason)
{
    struct keeper *keeper = context;
    keeper_worker_cut_off(keeper, ROLE_CONSOLE, peer_source(peer), reason);
}

static const struct desk_handler handlers[] = {
    {MESSAGE_HELLO, take_hello},
    {MESSAGE_STATUS_ASK, take_status},
};

const struct desk desk_console = {
    .role = ROLE_CONSOLE,
    .count = sizeof handlers / sizeof handlers[0],
    .handlers = handlers,
    .gone = is_gone,
};
