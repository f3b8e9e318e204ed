/*
 * What the process says that makes an inspection report, or verifies (inspections.h). It holds no
 * key; what it says of a verification is recorded as its verdict, and nothing else hangs on it.
 */
#include "keeper/desk_operator.h"
#include "keeper/inspections.h"

static enum status take_hello(void *context, struct peer *peer, const struct letter *letter,
                              struct error *error)
{
    struct keeper *keeper = context;
    (void)letter;
    return inspections_greet(keeper->inspections, peer, error);
}

static enum status take_progress(void *context, struct peer *peer, const struct letter *letter,
                                 struct error *error)
{
    struct keeper *keeper = context;
    return inspections_progress(keeper->inspections, peer, &letter->payload->inspect_progress,
                                error);
}

static enum status take_result(void *context, struct peer *peer, const struct letter *letter,
                               struct error *error)
{
    struct keeper *keeper = context;
    return inspections_result(keeper->inspections, peer, &letter->payload->inspect_result,
                              letter->attached, error);
}

static enum status take_end(void *context, struct peer *peer, const struct letter *letter,
                            struct error *error)
{
    struct keeper *keeper = context;
    return inspections_end(keeper->inspections, peer, &letter->payload->inspect_end, error);
}

static void is_gone(void *context, struct peer *peer, const char *reason)
{
    struct keeper *keeper = context;
    keeper_cut_off(keeper, peer_source(peer), reason);
    inspections_inspector_gone(keeper->inspections, peer, reason);
}

static const struct desk_handler handlers[] = {
    {MESSAGE_HELLO, take_hello},
    {MESSAGE_STATUS_ASK, operator_take_status},
    {MESSAGE_INSPECT_PROGRESS, take_progress},
    {MESSAGE_INSPECT_RESULT, take_result},
    {MESSAGE_INSPECT_END, take_end},
};

const struct desk desk_inspect = {
    .role = ROLE_INSPECT,
    .count = sizeof handlers / sizeof handlers[0],
    .handlers = handlers,
    .gone = is_gone,
};
