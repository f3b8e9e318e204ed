#include "keeper/janitor.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "keeper/demand.h"
#include "keeper/fatal.h"
#include "store/expiry.h"
#include "store/hold_check.h"
#include "store/volume.h"

/* Free space is looked at so often while video is written, and everything else if it runs short. */
#define WATCH_MS 1000u
/* What was let go has so long to become free before more is let go for what is promised. */
#define SETTLE_TURNS 2u
/* Files unlinked in one step: unlinking a large file takes some file systems a while. */
#define UNLINK_LIMIT 4u
/* Rates are measured over the last day the ledger lived through, and from a minute on. */
#define WINDOW_NS     NS_PER_DAY
#define WINDOW_MIN_NS (60 * NS_PER_SECOND)
/* Cameras are told to hold back so long before the reserve is reached: a turn of the watch, and the
 * piece that each then ends with. */
#define EDGE_S 2u

struct janitor {
    struct keeper *keeper;
    struct ticker *ticker;
    struct idler *idler;
    struct expiry *expiry;
    struct hold_check *hold_check;
    struct retention_decision *decision;
    bool was_short;
    bool unlinking;   /* files that expiry records name are still there */
    bool look;        /* look again as soon as there is time */
    bool holds_known; /* from the records themselves, not from their index */
    unsigned turns;   /* of the watch since the last look */
    struct demand demand;
    struct janitor_view view;
};

static bool step(void *context);

enum status janitor_new(struct keeper *keeper, struct janitor **janitor, struct error *error)
{
    struct janitor *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the janitor");
    made->keeper = keeper;
    made->view.reach_days = RETENTION_UNKNOWN_DAYS;
    made->decision = calloc(1, sizeof *made->decision);
    enum status status = made->decision == NULL
                             ? error_set(error, STATUS_NO_MEMORY, "no memory for the janitor")
                             : STATUS_OK;
    struct expiry_books books = {.volume = keeper->identity.video,
                                 .ledger = keeper->identity.ledger,
                                 .pieces = keeper->books.pieces,
                                 .segments = keeper->books.segments,
                                 .holds = keeper->holds};
    if (status == STATUS_OK)
        status = expiry_new(&books, &made->expiry, error);
    if (status == STATUS_OK)
        status = hold_check_new(books.ledger, keeper->holds, &made->hold_check, error);
    if (status == STATUS_OK)
        status = idler_new(keeper->event, step, made, &made->idler, error);
    if (status != STATUS_OK) {
        janitor_free(made);
        return status;
    }
    *janitor = made;
    return STATUS_OK;
}

void janitor_free(struct janitor *janitor)
{
    if (janitor == NULL)
        return;
    ticker_free(janitor->ticker);
    idler_free(janitor->idler);
    expiry_free(janitor->expiry);
    hold_check_free(janitor->hold_check);
    free(janitor->decision);
    free(janitor);
}

const struct janitor_view *janitor_look(const struct janitor *janitor)
{
    return &janitor->view;
}

bool janitor_knows_holds(const struct janitor *janitor)
{
    return janitor->holds_known;
}

/* ---- measuring ---- */

static struct retention_policy policy_of(const struct keeper *keeper)
{
    const struct message_keeper_settings *settings = &keeper->roster.settings;
    return (struct retention_policy){.video_days = settings->video_days,
                                     .record_days = settings->record_days,
                                     .full = (enum full_policy)settings->full_policy,
                                     .reserve_bytes = settings->reserve_bytes};
}

/* What is stored of a camera, and how much comes a day. */
static enum status measure_camera(struct janitor *janitor, size_t which, int64_t lived_ns,
                                  struct retention_camera *camera, struct error *error)
{
    struct keeper *keeper = janitor->keeper;
    struct sqlite3 *database = ledger_database(keeper->identity.ledger);
    const struct camera *known = keeper->roster.cameras[which];
    struct segment_total total;
    uint64_t bytes = 0;
    int64_t window_ns = lived_ns < WINDOW_NS ? lived_ns : WINDOW_NS;
    enum status status = segment_index_stored(keeper->books.segments, known->id, &total, error);
    if (status == STATUS_OK)
        status =
            segment_index_bytes_since(database, known->id, lived_ns - window_ns, &bytes, error);
    if (status != STATUS_OK)
        return status;
    *camera = (struct retention_camera){
        .camera = known->id, .share_percent = known->share_percent, .stored_bytes = total.bytes};
    if (known->open != NULL)
        camera->stored_bytes += segment_known(known->open)->size;
    uint64_t seconds = (uint64_t)(window_ns / NS_PER_SECOND);
    uint64_t rate = window_ns < WINDOW_MIN_NS ? 0 : bytes / seconds;
    camera->bytes_per_day = rate * 86400u;
    janitor->view.stored_bytes[which] = total.bytes;
    janitor->view.bytes_per_second[which] = rate;
    if (total.segments > 0 && (janitor->view.oldest_video_utc_ns == 0 ||
                               total.oldest_start_utc_ns < janitor->view.oldest_video_utc_ns))
        janitor->view.oldest_video_utc_ns = total.oldest_start_utc_ns;
    return STATUS_OK;
}

static enum status measure(struct janitor *janitor, struct retention_now *now,
                           struct retention_camera *cameras, struct error *error)
{
    struct keeper *keeper = janitor->keeper;
    struct clock_reading reading = clock_now(keeper->clock);
    struct volume_space space;
    enum status status = volume_space(keeper->identity.video, &space, error);
    if (status != STATUS_OK)
        return status;
    *now =
        (struct retention_now){.utc_ns = reading.utc_ns,
                               .lived_ns = lived_now(segment_index_lived(keeper->books.segments),
                                                     keeper->clock->boot_id, reading.monotonic_ns),
                               .total_bytes = space.total_bytes,
                               .free_bytes = space.free_bytes};
    janitor->view.known = true;
    janitor->view.total_bytes = space.total_bytes;
    janitor->view.free_bytes = space.free_bytes;
    janitor->view.oldest_video_utc_ns = 0;
    janitor->view.camera_count = keeper->roster.camera_count;
    for (size_t i = 0; status == STATUS_OK && i < keeper->roster.camera_count; i++)
        status = measure_camera(janitor, i, now->lived_ns, &cameras[i], error);
    demand_measure(&janitor->demand, keeper, &janitor->view);
    now->promised_bytes = janitor->demand.bytes;
    return status;
}

/* ---- acting ---- */

static void set_alarm(struct keeper *keeper, bool on, enum health_event event, const char *source,
                      const char *subject, const char *detail)
{
    alarms_set(keeper->alarms, on, word_health_event(event)->name, source, subject, detail);
}

static void raise_alarms(struct janitor *janitor, const struct retention_policy *policy)
{
    struct keeper *keeper = janitor->keeper;
    const struct retention_decision *decision = janitor->decision;
    char text[DETAIL_SIZE];
    uint32_t reach = janitor->view.reach_days;
    (void)snprintf(text, sizeof text, "room for %u days of video, %u are to be kept", reach,
                   policy->video_days);
    set_alarm(keeper, reach != RETENTION_UNKNOWN_DAYS && reach < policy->video_days,
              HEALTH_SPACE_SHORT, APPLIANCE, "", text);
    (void)snprintf(text, sizeof text, "%llu MB free%s",
                   (unsigned long long)(janitor->view.free_bytes / 1000000u),
                   decision->nothing_may_go ? "; all that is left is held or being written" : "");
    set_alarm(keeper, decision->is_short, HEALTH_SPACE_FULL, APPLIANCE, "", text);
    if (janitor->was_short && !decision->is_short)
        keeper_health(keeper, HEALTH_SPACE_RELIEVED, "", text, 0);
    for (size_t i = 0; i < keeper->roster.camera_count; i++) {
        const struct camera *camera = keeper->roster.cameras[i];
        set_alarm(keeper, decision->over_share[i], HEALTH_CAMERA_OVER_SHARE, camera->source,
                  camera->id, "");
    }
}

/* What a hold said that cannot be read any more, nobody knows: nothing goes until it is given up.
 */
static void raise_hold_alarm(struct janitor *janitor)
{
    struct keeper *keeper = janitor->keeper;
    const char *kind = word_health_event(HEALTH_HOLD_UNREADABLE)->name;
    char text[DETAIL_SIZE] = "";
    char more[40] = "";
    uint64_t first = 0;
    size_t count = hold_index_unreadable(keeper->holds, &first);
    bool new = count > 0 && !alarms_is_open(keeper->alarms, kind, APPLIANCE, "");
    if (count > 1)
        (void)snprintf(more, sizeof more, "and %zu more ", count - 1);
    if (count > 0)
        (void)snprintf(text, sizeof text,
                       "record %llu %smay be a hold and cannot be read: nothing is deleted until "
                       "it is put back from a copy, or given up by: sealroom hold release %llu",
                       (unsigned long long)first, more, (unsigned long long)first);
    if (new) {
        log_error("%s", text);
        keeper_health(keeper, HEALTH_HOLD_UNREADABLE, "", text, count);
    }
    alarms_set(keeper->alarms, count > 0, kind, APPLIANCE, "", text);
}

/* Grants are held back before the reserve is touched; what is open goes on as long as it is not. */
static void let_cameras(struct janitor *janitor, const struct retention_policy *policy,
                        const struct retention_now *now)
{
    struct keeper *keeper = janitor->keeper;
    const struct retention_decision *decision = janitor->decision;
    bool stops = policy->full == FULL_STOP;
    bool stuck = decision->is_short && (stops || decision->nothing_may_go);
    bool spent = stuck && now->free_bytes < policy->reserve_bytes + janitor->demand.rate * EDGE_S;
    bool narrow = stuck && now->free_bytes < policy->reserve_bytes + now->promised_bytes;
    for (size_t i = 0; i < keeper->roster.camera_count; i++) {
        struct camera *camera = keeper->roster.cameras[i];
        bool over = stops && decision->over_share[i];
        /* one that is paused goes on when there is room for more than a moment */
        bool pause = spent || over || (camera->paused && decision->is_short);
        camera->may_begin = !pause && !narrow && !decision->stop_all && !decision->stop[i];
        camera_pause(keeper, camera, pause);
        camera_grant(keeper, camera);
    }
}

static void expire(struct janitor *janitor, const struct retention_policy *policy,
                   const struct retention_camera *cameras)
{
    struct keeper *keeper = janitor->keeper;
    struct error error;
    size_t appended = 0;
    size_t refused = 0;
    if (janitor->decision->count == 0 || !janitor->holds_known)
        return;
    enum status status = expiry_append(janitor->expiry, policy, cameras, janitor->decision,
                                       &appended, &refused, &error);
    if (status != STATUS_OK)
        fatal("recording an expiry", &error);
    if (refused > 0)
        log_warning("%zu segments were not let go: their records do not confirm it", refused);
    /* the record is durable before the first file goes (invariant 5) */
    committer_commit(keeper->committer);
    janitor->unlinking = true;
    janitor->look = janitor->decision->more;
}

static void look(struct janitor *janitor)
{
    struct keeper *keeper = janitor->keeper;
    struct error error;
    struct retention_policy policy = policy_of(keeper);
    struct retention_now now;
    struct retention_camera cameras[ROSTER_CAMERAS_MAX];
    size_t count = keeper->roster.camera_count;
    janitor->look = false;
    enum status status = measure(janitor, &now, cameras, &error);
    janitor->turns = 0;
    if (status == STATUS_OK) {
        policy.slack_bytes = demand_slack(&janitor->demand, keeper, now.total_bytes);
        struct retention_source source = expiry_source(janitor->expiry);
        janitor->view.reach_days = retention_reach_days(&policy, &now, cameras, count);
        status = retention_decide(&policy, &now, cameras, count, &source, janitor->was_short,
                                  janitor->decision, &error);
    }
    if (status == STATUS_UNCERTAIN)
        fatal("looking which segments there are", &error);
    if (status != STATUS_OK) {
        log_error("the volume cannot be looked at: %s", error.text);
        set_alarm(keeper, true, HEALTH_STORAGE_ERROR, APPLIANCE, "volume", error.text);
        return;
    }
    set_alarm(keeper, false, HEALTH_STORAGE_ERROR, APPLIANCE, "volume", "");
    raise_alarms(janitor, &policy);
    if (janitor->holds_known)
        raise_hold_alarm(janitor);
    expire(janitor, &policy, cameras);
    let_cameras(janitor, &policy, &now);
    janitor->was_short = janitor->decision->is_short;
}

/* Nothing is let go by an index of holds that anybody could have altered. */
static void read_holds(struct janitor *janitor)
{
    struct keeper *keeper = janitor->keeper;
    bool differed = false;
    struct error error;
    enum status status = hold_check_step(janitor->hold_check, &differed, &error);
    if (status == STATUS_AGAIN)
        return;
    if (status != STATUS_OK)
        fatal("reading the holds", &error);
    hold_check_free(janitor->hold_check);
    janitor->hold_check = NULL;
    janitor->holds_known = true;
    janitor->look = true;
    if (differed) {
        static const char detail[] = "the index of holds did not fit the hold records, and was "
                                     "made again from them";
        log_error("%s", detail);
        keeper_health(keeper, HEALTH_ROW_ALTERED, "hold", detail, 0);
        alarms_begin(keeper->alarms, word_health_event(HEALTH_ROW_ALTERED)->name, APPLIANCE, "hold",
                     detail);
    }
}

static bool step(void *context)
{
    struct janitor *janitor = context;
    struct error error;
    if (janitor->unlinking) {
        enum status status = expiry_unlink(janitor->expiry, UNLINK_LIMIT, NULL, &error);
        committer_touch(janitor->keeper->committer);
        if (status == STATUS_AGAIN)
            return true;
        if (status != STATUS_OK)
            log_error("%s", error.text);
        janitor->unlinking = false;
    }
    if (janitor->look && janitor->keeper->phase == KEEPER_RUNNING)
        look(janitor);
    if (!janitor->holds_known && janitor->keeper->phase == KEEPER_RUNNING) {
        read_holds(janitor);
        return true;
    }
    return janitor->unlinking;
}

void janitor_wake(struct janitor *janitor)
{
    janitor->look = true;
    idler_wake(janitor->idler);
}

/* Is there less than the reserve and what is promised? The reserve's edge is looked after in every
 * turn; before that what was let go a moment ago has time to become free. */
static bool runs_short(struct janitor *janitor)
{
    const struct keeper *keeper = janitor->keeper;
    struct volume_space space;
    uint64_t reserve = keeper->roster.settings.reserve_bytes;
    demand_measure(&janitor->demand, keeper, &janitor->view);
    if (!janitor->demand.writes || volume_space(keeper->identity.video, &space, NULL) != STATUS_OK)
        return false;
    return space.free_bytes < reserve + janitor->demand.rate * EDGE_S ||
           (janitor->turns >= SETTLE_TURNS && space.free_bytes < reserve + janitor->demand.bytes);
}

bool janitor_has_room(struct janitor *janitor)
{
    const struct keeper *keeper = janitor->keeper;
    struct volume_space space;
    /* one that cannot be looked at is told of by the next look */
    if (volume_space(keeper->identity.video, &space, NULL) != STATUS_OK)
        return true;
    demand_measure(&janitor->demand, keeper, &janitor->view);
    return space.free_bytes >= keeper->roster.settings.reserve_bytes + janitor->demand.bytes;
}

static void turn(void *context)
{
    struct janitor *janitor = context;
    keeper_look_for_volume(janitor->keeper);
    if (++janitor->turns >= JANITOR_LOOK_MS / WATCH_MS || runs_short(janitor))
        janitor_wake(janitor);
}

enum status janitor_start(struct janitor *janitor, struct error *error)
{
    janitor->unlinking = true; /* what an earlier run recorded and did not finish */
    janitor_wake(janitor);
    return ticker_new(janitor->keeper->event, WATCH_MS, turn, janitor, &janitor->ticker, error);
}

void janitor_refused(struct janitor *janitor, struct camera *camera, const struct error *error)
{
    struct keeper *keeper = janitor->keeper;
    bool full = error->status == STATUS_FULL;
    log_error("no segment for camera %s: %s", camera->id, error->text);
    set_alarm(keeper, true, full ? HEALTH_SPACE_FULL : HEALTH_STORAGE_ERROR,
              full ? APPLIANCE : camera->source, full ? "" : camera->id, error->text);
    camera_lost(keeper, camera, full ? GAP_DISK_FULL : GAP_STORAGE, error->text,
                keeper_moment(keeper));
    if (full)
        janitor_wake(janitor);
}
