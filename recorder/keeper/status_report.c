#include "keeper/status_report.h"

#include <string.h>

#include "keeper/console_key.h"
#include "keeper/exports.h"
#include "keeper/janitor.h"
#include "store/volume.h"

static void send_status(struct keeper *keeper, struct peer *peer, uint32_t reference)
{
    const struct identity *identity = &keeper->identity;
    const struct message_keeper_settings *settings = &keeper->roster.settings;
    const struct janitor_view *view = janitor_look(keeper->janitor);
    struct message_status status = {.reference = reference,
                                    .started_utc_ns = keeper->started.utc_ns,
                                    .records = ledger_size(identity->ledger),
                                    .checkpoint_utc_ns =
                                        committer_durable_at(keeper->committer).utc_ns,
                                    .clock_quality = (uint8_t)clock_now(keeper->clock).quality,
                                    .volume_bytes = view->total_bytes,
                                    .volume_free_bytes = view->free_bytes,
                                    .reserve_bytes = settings->reserve_bytes,
                                    .oldest_video_utc_ns = view->oldest_video_utc_ns,
                                    .reach_days = view->reach_days,
                                    .video_days = settings->video_days,
                                    .record_days = settings->record_days,
                                    .encrypted = (uint8_t)volume_encryption(identity->video),
                                    .holds = hold_index_in_force(keeper->holds)};
    struct digest page;
    if (exports_page(keeper, DIGEST_SHA256, &page, NULL) == STATUS_OK)
        memcpy(status.page_sha256, page.bytes, sizeof status.page_sha256);
    message_text(status.origin, sizeof status.origin, ledger_origin(identity->ledger));
    message_text(status.site, sizeof status.site, settings->site);
    message_text(status.suite, sizeof status.suite, suite_name(identity->suite));
    message_text(status.fingerprint, sizeof status.fingerprint, identity->fingerprint);
    message_text(status.console_fingerprint, sizeof status.console_fingerprint,
                 console_key_fingerprint(keeper->console_key));
    peer_send(peer, MESSAGE_STATUS, &status, -1);
}

static void send_camera(struct keeper *keeper, struct peer *peer, size_t which)
{
    const struct camera *camera = keeper->roster.cameras[which];
    const struct janitor_view *view = janitor_look(keeper->janitor);
    bool recording = camera->coverage.recording && camera->open != NULL;
    struct message_status_camera status = {
        .recording = recording,
        .cause = recording ? 0 : (uint16_t)camera->coverage.cause,
        .since_utc_ns = recording ? segment_known(camera->open)->start_utc_ns
                                  : camera->coverage.covered_to.utc_ns,
        .width = camera->width,
        .height = camera->height};
    if (camera->since_utc_ns != 0 && camera->online == recording)
        status.since_utc_ns = camera->since_utc_ns;
    if (which < view->camera_count) {
        status.bytes_stored = view->stored_bytes[which];
        status.bytes_per_second = view->bytes_per_second[which];
    }
    message_text(status.camera, sizeof status.camera, camera->id);
    message_text(status.name, sizeof status.name, camera->name);
    message_text(status.video_codec, sizeof status.video_codec, camera->video_codec);
    peer_send(peer, MESSAGE_STATUS_CAMERA, &status, -1);
}

static void send_source(struct peer *peer, const struct controller *controller)
{
    struct message_status_source status = {.online = controller->online,
                                           .since_utc_ns = controller->since_utc_ns,
                                           .entries = controller->entries,
                                           .last_utc_ns = controller->last_utc_ns};
    message_text(status.controller, sizeof status.controller, controller->id);
    peer_send(peer, MESSAGE_STATUS_SOURCE, &status, -1);
}

static void send_alarm(struct peer *peer, const struct alarm *alarm)
{
    struct message_status_alarm status = {.record = alarm->record,
                                          .since_utc_ns = alarm->since_utc_ns};
    message_text(status.kind, sizeof status.kind, alarm->kind);
    message_text(status.detail, sizeof status.detail,
                 alarm->subject[0] == '\0' ? alarm->detail : alarm->subject);
    if (alarm->subject[0] != '\0' && alarm->detail[0] != '\0') {
        size_t used = strlen(status.detail);
        message_text(status.detail + used, sizeof status.detail - used, ": ");
        used = strlen(status.detail);
        message_text(status.detail + used, sizeof status.detail - used, alarm->detail);
    }
    peer_send(peer, MESSAGE_STATUS_ALARM, &status, -1);
}

void status_report_send(struct keeper *keeper, struct peer *peer, uint32_t reference)
{
    send_status(keeper, peer, reference);
    for (size_t i = 0; i < keeper->roster.camera_count; i++)
        send_camera(keeper, peer, i);
    for (size_t i = 0; i < keeper->roster.controller_count; i++)
        send_source(peer, &keeper->roster.controllers[i]);
    for (size_t i = 0; i < alarms_count(keeper->alarms) && i < STATUS_REPORT_ALARMS_MAX; i++)
        send_alarm(peer, alarms_at(keeper->alarms, i));
    peer_done(peer, reference, STATUS_OK, 0, NULL);
}
