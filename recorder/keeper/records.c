#include <string.h>

#include "keeper/accounts.h"
#include "keeper/fatal.h"
#include "keeper/parts.h"
#include "store/gap_record.h"

bool keeper_with_sm3(const struct keeper *keeper)
{
    return suite_digest_algorithm(keeper->identity.suite) == DIGEST_SM3;
}

struct moment keeper_moment(const struct keeper *keeper)
{
    struct clock_reading now = clock_now(keeper->clock);
    return (struct moment){.utc_ns = now.utc_ns, .monotonic_ns = now.monotonic_ns};
}

struct message_welcome keeper_welcome(const struct keeper *keeper)
{
    struct message_welcome welcome = {.protocol = MESSAGE_PROTOCOL,
                                      .with_sm3 = keeper_with_sm3(keeper)};
    message_text(welcome.origin, sizeof welcome.origin, ledger_origin(keeper->identity.ledger));
    return welcome;
}

void keeper_health(struct keeper *keeper, enum health_event event, const char *subject,
                   const char *detail, uint64_t count)
{
    (void)committer_record(keeper->committer, RECORD_HEALTH, APPLIANCE,
                           body_health(event, subject, detail, count));
}

void keeper_record_configuration(struct keeper *keeper)
{
    json_t *body = roster_body(&keeper->roster);
    if (body != NULL &&
        json_object_set_new(body, "accounts", accounts_rules_body(keeper->accounts)) != 0) {
        json_decref(body);
        body = NULL;
    }
    (void)committer_record(keeper->committer, RECORD_CONFIG, APPLIANCE, body);
}

void keeper_cut_off(struct keeper *keeper, const char *source, const char *reason)
{
    bool records = keeper->phase == KEEPER_RUNNING || keeper->phase == KEEPER_STOPPING;
    if (reason != NULL && records)
        keeper_health(keeper, HEALTH_PEER_CUT_OFF, source, reason, 0);
}

void keeper_worker_end(struct keeper *keeper, enum role role, const char *source)
{
    struct peer *supervisor = peers_of(keeper->peers, ROLE_SUPERVISOR, SUPERVISOR);
    struct message_worker_cut_off message = {.role = (uint8_t)role};
    if (supervisor == NULL)
        return;
    message.link = *roster_link(&keeper->roster, role, source);
    message_text(message.source, sizeof message.source, source);
    peer_send(supervisor, MESSAGE_WORKER_CUT_OFF, &message, -1);
}

void keeper_worker_cut_off(struct keeper *keeper, enum role role, const char *source,
                           const char *reason)
{
    keeper_cut_off(keeper, source, reason);
    if (reason != NULL)
        keeper_worker_end(keeper, role, source);
}

void keeper_gap(struct keeper *keeper, const struct camera *camera, const struct coverage_gap *gap)
{
    if (!gap->exists)
        return;
    struct error error;
    struct gap_record record = {.start_utc_ns = gap->from_utc_ns,
                                .end_utc_ns = gap->to_utc_ns,
                                .cause = gap->cause,
                                .continues = gap->continued};
    memcpy(record.camera, camera->id, sizeof record.camera);
    memcpy(record.detail, gap->detail, sizeof record.detail);
    json_t *members = NULL;
    if (gap_record_members(&record, &members, &error) != STATUS_OK)
        fatal("wording a gap", &error);
    (void)committer_record(keeper->committer, RECORD_GAP, camera->source, members);
}

void keeper_camera_note(struct keeper *keeper, const struct camera *camera, enum camera_note note,
                        uint64_t count, const char *detail)
{
    int64_t now = clock_now(keeper->clock).utc_ns;
    (void)committer_record(keeper->committer, RECORD_CAMERA, camera->source,
                           body_camera_note(note, now, count, detail));
}

void keeper_storage_failed(struct keeper *keeper, const struct camera *camera,
                           const struct error *error)
{
    const char *kind = word_health_event(HEALTH_STORAGE_ERROR)->name;
    if (alarms_is_open(keeper->alarms, kind, camera->source, camera->id))
        return;
    keeper_health(keeper, HEALTH_STORAGE_ERROR, camera->id, error->text, 0);
    alarms_begin(keeper->alarms, kind, camera->source, camera->id, error->text);
}

void keeper_look_for_volume(struct keeper *keeper)
{
    const struct identity *identity = &keeper->identity;
    char text[DETAIL_SIZE];
    if (keeper->phase != KEEPER_RUNNING)
        return;
    (void)snprintf(text, sizeof text,
                   "%.120s is not the folder any more that video is recorded to: is its volume "
                   "mounted? Recording goes on there, out of reach",
                   identity->video_path);
    alarms_set(keeper->alarms, !volume_is_at(identity->video, identity->video_path),
               word_health_event(HEALTH_VOLUME_MISMATCH)->name, APPLIANCE, "volume", text);
}

void keeper_storage_does_well(struct keeper *keeper, const struct camera *camera)
{
    alarms_end(keeper->alarms, word_health_event(HEALTH_STORAGE_ERROR)->name, camera->source,
               camera->id, "");
}

static void keep_done(void *context, const struct promise *promise)
{
    struct keeper *keeper = context;
    struct peer *peer = peers_find(keeper->peers, promise->peer);
    if (peer != NULL)
        peer_done(peer, promise->reference, promise->status, promise->record, NULL);
}

void keeper_promise_done(struct keeper *keeper, const struct peer *peer, uint32_t reference,
                         uint64_t record)
{
    struct promise promise = {.keep = keep_done,
                              .context = keeper,
                              .peer = peer_number(peer),
                              .reference = reference,
                              .status = STATUS_OK,
                              .record = record};
    committer_promise(keeper->committer, &promise);
}
