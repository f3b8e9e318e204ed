/*
 * An ordered stop: workers that are still there have a moment to end, what is open is sealed, what
 * is a gap is recorded up to now, and the last record says so.
 *
 * A camera process that does not end in time may go on writing, so its file is not sealed: the
 * next start takes it up, or finds what it left.
 */
#include <signal.h>
#include <unistd.h>

#include "base/log.h"
#include "keeper/cataloguer.h"
#include "keeper/exports.h"
#include "keeper/fatal.h"
#include "keeper/inspections.h"
#include "keeper/noter.h"
#include "keeper/parts.h"
#include "keeper/sealer.h"

/* For a worker to end, from the keeper's being told to stop. */
#define WORKERS_WAIT_US UINT64_C(3000000)

static void end_loop(void *context)
{
    struct keeper *keeper = context;
    cataloguer_finish(keeper->cataloguer);
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

/* Nobody was left to say how its process ended. */
static bool ended_with_the_supervisor(const struct camera *camera)
{
    enum gap_cause cause = camera->coverage.cause;
    return cause == GAP_RECORDER_STOPPED || (cause == GAP_CAMERA_PROCESS && !camera->ended);
}

static void record_end(struct keeper *keeper)
{
    struct moment now = keeper_moment(keeper);
    for (size_t i = 0; i < keeper->roster.camera_count; i++) {
        struct camera *camera = keeper->roster.cameras[i];
        if (!camera->recovered)
            continue; /* the next start knows how far it is covered */
        if (keeper->stop_event == HEALTH_FAILED && ended_with_the_supervisor(camera))
            camera->coverage.cause = GAP_RECORDER_FAILED;
        struct coverage_gap gap = coverage_stop(&camera->coverage, now);
        keeper_gap(keeper, camera, &gap);
    }
    door_settle(keeper, true);
    uint64_t number = committer_record(keeper->committer, RECORD_HEALTH, APPLIANCE,
                                       body_health(keeper->stop_event, "", keeper->stop_reason, 0));
    struct promise promise = {.keep = keep_stopped, .context = keeper, .record = number};
    committer_promise(keeper->committer, &promise);
}

void keeper_stop_continue(struct keeper *keeper)
{
    size_t workers =
        peers_count(keeper->peers, ROLE_CAMERA) + peers_count(keeper->peers, ROLE_DOOR);
    if (keeper->phase != KEEPER_STOPPING || workers > 0 || !sealer_is_idle(keeper->sealer))
        return;
    keeper->phase = KEEPER_STOPPED;
    keeper->stop_timer = sd_event_source_disable_unref(keeper->stop_timer);
    record_end(keeper);
}

/* Lets the camera's files be: somebody may still write to them. */
static void leave_open(struct keeper *keeper, struct camera *camera)
{
    if (camera->open == NULL && camera->grant == NULL)
        return;
    noter_freeze(keeper->noter);
    segment_free(camera->open);
    segment_free(camera->grant);
    camera->open = NULL;
    camera->grant = NULL;
    camera->recovered = false;
}

/* Lets workers go that are still there; `paused_only`: those that are not read just now. */
static void let_go(struct keeper *keeper, bool paused_only)
{
    for (size_t i = 0; i < keeper->roster.camera_count; i++) {
        struct camera *camera = keeper->roster.cameras[i];
        const struct peer *peer = peers_of(keeper->peers, ROLE_CAMERA, camera->id);
        if (peer != NULL && (peer_is_paused(peer) || !paused_only))
            leave_open(keeper, camera);
    }
    peers_let_go(keeper->peers, ROLE_CAMERA, paused_only);
    peers_let_go(keeper->peers, ROLE_DOOR, paused_only);
}

static int have_waited(sd_event_source *source, uint64_t usec, void *context)
{
    (void)source;
    (void)usec;
    let_go(context, false);
    return 0;
}

static void begin_stop(struct keeper *keeper)
{
    int result = sd_event_add_time_relative(keeper->event, &keeper->stop_timer, CLOCK_MONOTONIC,
                                            WORKERS_WAIT_US, 0, have_waited, keeper);
    if (result < 0) {
        struct error error;
        (void)error_set_errno(&error, STATUS_IO, -result, "cannot set a timer");
        fatal("stopping", &error);
    }
    exports_stop(keeper->exports);
    inspections_stop(keeper->inspections);
    keeper->phase = KEEPER_STOPPING;
    /* one that is not read waits for a recovery that goes on at the next start */
    let_go(keeper, true);
    keeper_stop_continue(keeper);
}

void keeper_limit_stop(struct keeper *keeper, unsigned seconds)
{
    keeper->stop_limit_s = seconds;
}

static void is_overdue(int number)
{
    static const char text[] = "<3>sealroom-keeper: the stop does not come to an end: it is cut "
                               "short, and the next start goes on from what is on the disk\n";
    (void)number;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(KEEPER_EXIT_AGAIN);
}

/* By a signal: the loop may wait for the disk, or for the thread that does. */
static void limit(const struct keeper *keeper)
{
    struct sigaction action = {.sa_handler = is_overdue};
    if (sigaction(SIGALRM, &action, NULL) == 0)
        (void)alarm(keeper->stop_limit_s);
}

void keeper_stop(struct keeper *keeper, enum health_event event, const char *reason)
{
    if (keeper->phase != KEEPER_RUNNING && keeper->phase != KEEPER_WAITING)
        return;
    limit(keeper);
    log_info("stopping: %s", reason);
    keeper->stop_event = event;
    message_text(keeper->stop_reason, sizeof keeper->stop_reason, reason);
    if (keeper->phase == KEEPER_RUNNING) {
        begin_stop(keeper);
        return;
    }
    keeper->phase = KEEPER_STOPPED;
    end_loop(keeper);
}
