/*
 * What the process says that makes a package (exports.h). It holds no key, and nothing it says is
 * believed: what it wants signed is held against the ledger.
 */
#include "keeper/exports.h"

static enum status take_hello(void *context, struct peer *peer, const struct letter *letter,
                              struct error *error)
{
    struct keeper *keeper = context;
    (void)letter;
    return exports_greet(keeper->exports, peer, error);
}

static enum status take_plan(void *context, struct peer *peer, const struct letter *letter,
                             struct error *error)
{
    struct keeper *keeper = context;
    (void)peer;
    return exports_plan(keeper->exports, &letter->payload->export_plan, error);
}

static enum status take_progress(void *context, struct peer *peer, const struct letter *letter,
                                 struct error *error)
{
    struct keeper *keeper = context;
    (void)peer;
    (void)error;
    exports_progress(keeper->exports, &letter->payload->export_progress);
    return STATUS_OK;
}

static enum status take_seal(void *context, struct peer *peer, const struct letter *letter,
                             struct error *error)
{
    struct keeper *keeper = context;
    return exports_seal(keeper->exports, peer, letter, error);
}

static enum status take_sign(void *context, struct peer *peer, const struct letter *letter,
                             struct error *error)
{
    struct keeper *keeper = context;
    return exports_sign(keeper->exports, peer, *letter->attached, letter->payload->export_sign.size,
                        error);
}

static enum status take_end(void *context, struct peer *peer, const struct letter *letter,
                            struct error *error)
{
    struct keeper *keeper = context;
    (void)peer;
    return exports_end(keeper->exports, &letter->payload->export_end, error);
}

static void is_gone(void *context, struct peer *peer, const char *reason)
{
    struct keeper *keeper = context;
    keeper_cut_off(keeper, peer_source(peer), reason);
    exports_exporter_gone(keeper->exports, peer, reason);
}

static const struct desk_handler handlers[] = {
    {MESSAGE_HELLO, take_hello},
    {MESSAGE_EXPORT_PLAN, take_plan},
    {MESSAGE_EXPORT_PROGRESS, take_progress},
    {MESSAGE_EXPORT_SEAL, take_seal},
    {MESSAGE_EXPORT_SIGN, take_sign},
    {MESSAGE_EXPORT_END, take_end},
};

const struct desk desk_export = {
    .role = ROLE_EXPORT,
    .count = sizeof handlers / sizeof handlers[0],
    .handlers = handlers,
    .gone = is_gone,
};
