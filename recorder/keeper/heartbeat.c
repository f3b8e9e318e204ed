#include "keeper/heartbeat.h"

#include <stdlib.h>
#include <string.h>

#include "keeper/body.h"
#include "keeper/deriver.h"
#include "keeper/standing.h"

#define LOOK_MS     5000u
#define SILENCE_NS  (60 * NS_PER_SECOND)
#define STANDING_NS (3600 * NS_PER_SECOND)

struct heartbeat {
    struct keeper *keeper;
    struct ticker *ticker;
    int64_t standing_ns; /* monotonic: when what stands was last said */
};

enum status heartbeat_new(struct keeper *keeper, struct heartbeat **heartbeat, struct error *error)
{
    struct heartbeat *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for heartbeats");
    made->keeper = keeper;
    *heartbeat = made;
    return STATUS_OK;
}

void heartbeat_free(struct heartbeat *heartbeat)
{
    if (heartbeat == NULL)
        return;
    ticker_free(heartbeat->ticker);
    free(heartbeat);
}

/* Silent since before the silence began, or before this boot; its latest number. */
static bool is_silent(const struct keeper *keeper, const char *source, int64_t now_ns,
                      uint64_t *latest)
{
    int64_t at_utc_ns = 0;
    int64_t monotonic_ns = 0;
    ledger_source_state(keeper->identity.ledger, source, latest, &at_utc_ns, &monotonic_ns);
    return monotonic_ns > now_ns || now_ns - monotonic_ns >= SILENCE_NS || *latest == 0;
}

static void beat(struct keeper *keeper, const char *source, int64_t now_ns)
{
    uint64_t latest = 0;
    if (is_silent(keeper, source, now_ns, &latest))
        (void)committer_record(keeper->committer, RECORD_HEARTBEAT, source,
                               body_heartbeat(latest, NULL, NULL));
}

/* One operator's number into the list; others are passed over. */
static enum status add_operator(void *context, const char *source, uint64_t seq, uint64_t number)
{
    struct body *operators = context;
    (void)number;
    if (strncmp(source, "operator/", strlen("operator/")) == 0)
        body_u64(operators, source, seq);
    return STATUS_OK;
}

static json_t *operators_body(const struct keeper *keeper)
{
    struct body operators = body_begin();
    struct ledger_view *view = NULL;
    struct error error;
    enum status status = ledger_view_open(keeper->identity.ledger_path, &view, &error);
    if (status == STATUS_OK)
        status = ledger_view_begin(view, &error);
    if (status == STATUS_OK)
        status = ledger_view_sources(view, add_operator, &operators, &error);
    ledger_view_free(view);
    operators.failed = operators.failed || status != STATUS_OK;
    return body_end(&operators);
}

static void beat_appliance(struct heartbeat *heartbeat, int64_t now_ns)
{
    struct keeper *keeper = heartbeat->keeper;
    uint64_t latest = 0;
    bool hourly = now_ns - heartbeat->standing_ns >= STANDING_NS;
    if (!is_silent(keeper, APPLIANCE, now_ns, &latest) && !hourly)
        return;
    /* without them, if the table cannot be read just now: the next minute says it */
    json_t *operators = operators_body(keeper);
    json_t *standing = hourly ? standing_body(keeper) : NULL;
    (void)committer_record(keeper->committer, RECORD_HEARTBEAT, APPLIANCE,
                           body_heartbeat(latest, operators, standing));
    if (hourly)
        heartbeat->standing_ns = now_ns;
    json_decref(operators);
    json_decref(standing);
}

/* A gap that lasts is said by the hour. */
static void cut_gap(struct keeper *keeper, struct camera *camera)
{
    if (!camera->recovered || camera->completing > 0)
        return;
    struct coverage_gap gap = coverage_tick(&camera->coverage, keeper_moment(keeper));
    keeper_gap(keeper, camera, &gap);
}

/* Whoever ended again and again has run well for a while. */
static void end_crashes(struct keeper *keeper, enum role role, const struct crashes *crashes,
                        const char *source, const char *id)
{
    if (crashes_are_over(crashes, keeper->started.monotonic_ns,
                         clock_monotonic_ns(keeper->clock)) &&
        peers_of(keeper->peers, role, id) != NULL)
        alarms_end(keeper->alarms, word_health_event(HEALTH_PROCESS_FAILING)->name, source, id,
                   "it has run for a minute");
}

/* What is concluded of a controller's doors is a source of its own. */
static void beat_derived(struct keeper *keeper, const struct controller *controller, int64_t now_ns)
{
    char source[SOURCE_SIZE];
    bool has_rules = false;
    for (size_t i = 0; i < keeper->roster.door_count; i++) {
        const struct message_door_settings *door = &keeper->roster.doors[i];
        has_rules =
            has_rules || (door->rules != 0 && strcmp(door->controller, controller->id) == 0 &&
                          roster_is_first(&keeper->roster, door));
    }
    if (!has_rules)
        return;
    deriver_source(source, controller->id);
    beat(keeper, source, now_ns);
}

static void turn(void *context)
{
    struct heartbeat *heartbeat = context;
    struct keeper *keeper = heartbeat->keeper;
    int64_t now_ns = clock_monotonic_ns(keeper->clock);
    if (keeper->phase != KEEPER_RUNNING)
        return;
    for (size_t i = 0; i < keeper->roster.camera_count; i++) {
        struct camera *camera = keeper->roster.cameras[i];
        cut_gap(keeper, camera);
        end_crashes(keeper, ROLE_CAMERA, &camera->crashes, camera->source, camera->id);
        beat(keeper, camera->source, now_ns);
    }
    door_settle(keeper, false);
    door_watch(keeper);
    for (size_t i = 0; i < keeper->roster.controller_count; i++) {
        const struct controller *controller = &keeper->roster.controllers[i];
        end_crashes(keeper, ROLE_DOOR, &controller->crashes, controller->source, controller->id);
        beat(keeper, controller->source, now_ns);
        beat_derived(keeper, controller, now_ns);
    }
    beat_appliance(heartbeat, now_ns);
}

enum status heartbeat_start(struct heartbeat *heartbeat, struct error *error)
{
    heartbeat->standing_ns = clock_monotonic_ns(heartbeat->keeper->clock);
    return ticker_new(heartbeat->keeper->event, LOOK_MS, turn, heartbeat, &heartbeat->ticker,
                      error);
}
