/*
 * An ordered stop: what is open is sealed, what is a gap is recorded up to now, and the last
 * record says so.
 */
#include "base/log.h"
#include "keeper/noter.h"
#include "keeper/parts.h"
#include "keeper/sealer.h"

static void end_loop(void *context)
{
    struct keeper *keeper = context;
    if (sd_event_exit(keeper->event, 0) < 0)
        log_error("the event loop does not end");
}

/* The last record is durable: the supervisor is answered, and the notes say nothing is open. */
static void keep_stopped(void *context, const struct promise *promise)
{
    struct keeper *keeper = context;
    struct peer *peer = peers_find(keeper->peers, keeper->stopper);
    if (peer != NULL)
        peer_done(peer, keeper->stop_reference, STATUS_OK, promise->record, NULL);
    noter_last(keeper->noter, end_loop, keeper);
}

static void record_end(struct keeper *keeper)
{
    struct moment now = keeper_moment(keeper);
    for (size_t i = 0; i < keeper->roster.camera_count; i++) {
        struct camera *camera = keeper->roster.cameras[i];
        if (!camera->recovered)
            continue; /* the next start knows how far it is covered */
        struct coverage_gap gap = coverage_stop(&camera->coverage, now);
        keeper_gap(keeper, camera, &gap);
    }
    uint64_t number = committer_record(keeper->committer, RECORD_HEALTH, APPLIANCE,
                                       body_health(HEALTH_STOPPED, "", keeper->stop_reason, 0));
    struct promise promise = {.keep = keep_stopped, .context = keeper, .record = number};
    committer_promise(keeper->committer, &promise);
}

void keeper_stop_continue(struct keeper *keeper)
{
    if (keeper->phase != KEEPER_STOPPING || !sealer_is_idle(keeper->sealer))
        return;
    keeper->phase = KEEPER_STOPPED;
    record_end(keeper);
}

void keeper_stop(struct keeper *keeper, const char *reason)
{
    bool began = keeper->phase == KEEPER_RUNNING;
    if (keeper->phase != KEEPER_RUNNING && keeper->phase != KEEPER_WAITING)
        return;
    log_info("stopping: %s", reason);
    message_text(keeper->stop_reason, sizeof keeper->stop_reason, reason);
    if (!began) {
        keeper->phase = KEEPER_STOPPED;
        end_loop(keeper);
        return;
    }
    keeper->phase = KEEPER_STOPPING;
    /* what they said before they were stopped is heard first; a camera that is still there is
     * done with as if it had ended */
    peers_finish(keeper->peers, ROLE_CAMERA);
    peers_finish(keeper->peers, ROLE_DOOR);
    keeper_stop_continue(keeper);
}
