/*
 * START: what the ledger says is taken up, how this run begins is recorded, and everything that
 * works by itself is set going.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "keeper/accounts.h"
#include "keeper/body_janitor.h"
#include "keeper/cataloguer.h"
#include "keeper/clock_watch.h"
#include "keeper/console_key.h"
#include "keeper/deriver.h"
#include "keeper/export_keys.h"
#include "keeper/exports.h"
#include "keeper/heartbeat.h"
#include "keeper/janitor.h"
#include "keeper/noter.h"
#include "keeper/parts.h"
#include "keeper/row_check.h"
#include "keeper/salvager.h"
#include "keeper/standing.h"
#include "store/key_record.h"

/* What opening the ledger found, each a fact on record. */
static void record_findings(struct keeper *keeper)
{
    const struct identity *identity = &keeper->identity;
    const struct ledger_findings *found = &identity->findings;
    const char *detail = found->detail;
    bool mended = found->nodes_rebuilt || found->file_rebuilt || found->checkpoint_mended ||
                  found->sources_rebuilt || found->identity_mended;
    if (identity->succeeds)
        keeper_health(keeper, HEALTH_LEDGER_SET_ASIDE, identity->set_aside, detail, 0);
    else if (mended)
        keeper_health(keeper, HEALTH_NODES_REBUILT, "", detail, 0);
    if (found->rows_quarantined > 0)
        keeper_health(keeper, HEALTH_ROWS_QUARANTINED, "", detail, found->rows_quarantined);
    if (identity->volume_mended[0] != '\0')
        keeper_health(keeper, HEALTH_VOLUME_MISMATCH, "volume", identity->volume_mended, 0);
    if (identity->certificate_mended[0] != '\0')
        keeper_health(keeper, HEALTH_STORAGE_ERROR, "certificate", identity->certificate_mended, 0);
    if (identity->succeeds || found->rows_quarantined > 0 || mended)
        alarms_begin(keeper->alarms, word_health_event(HEALTH_ROW_ALTERED)->name, APPLIANCE, "",
                     detail);
}

/* A certificate was put in the place of the one in force. */
static void record_certificate(struct keeper *keeper, const struct standing *standing)
{
    const struct identity *identity = &keeper->identity;
    if (standing->certificate[0] == '\0' ||
        strcmp(standing->certificate, identity->fingerprint) == 0)
        return;
    (void)committer_record(keeper->committer, RECORD_KEY, APPLIANCE,
                           body_key(KEY_USE_LEDGER, suite_name(identity->suite),
                                    identity->fingerprint, certificate_der(identity->certificate)));
}

static void resume_camera(struct camera *camera, const struct standing *standing, bool succeeds,
                          int64_t now_utc_ns)
{
    const struct standing_camera *before = standing_camera(standing, camera->id);
    if (before == NULL) {
        /* what the lost ledger knew of it is not known: but the recorder failed, not the camera */
        if (succeeds) {
            camera->coverage.cause = GAP_RECORDER_FAILED;
            camera->cause = GAP_RECORDER_FAILED;
        }
        return;
    }
    memcpy(camera->address, before->address, sizeof camera->address);
    camera->certificate = before->certificate;
    camera->description = before->description;
    /* one taken out of the configuration and put back begins anew */
    int64_t covered_to = before->covered_to_utc_ns;
    enum gap_cause cause = standing->stopped ? GAP_RECORDER_STOPPED : GAP_RECORDER_FAILED;
    if (before->begun && before->configured)
        coverage_resume(&camera->coverage, covered_to < now_utc_ns ? covered_to : now_utc_ns,
                        cause);
    camera->coverage.cause = cause;
    camera->cause = cause;
}

static enum status take_up(struct keeper *keeper, struct standing *standing, struct error *error)
{
    enum status status =
        standing_read(keeper->identity.ledger_path, suite_digest_algorithm(keeper->identity.suite),
                      standing, error);
    if (status != STATUS_OK)
        return status;
    export_keys_take_up(keeper->export_keys, standing);
    status = accounts_take_up(keeper->accounts, standing, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < standing->alarm_count; i++)
        alarms_resume(keeper->alarms, &standing->alarms[i]);
    for (size_t i = 0; i < keeper->roster.camera_count; i++)
        resume_camera(keeper->roster.cameras[i], standing, keeper->identity.succeeds,
                      keeper->started.utc_ns);
    return STATUS_OK;
}

static bool has_rules(const struct roster *roster, const char *door, const char *controller)
{
    const struct message_door_settings *settings = roster_door(roster, door, controller);
    return settings != NULL && settings->rules != 0 && roster_is_first(roster, settings);
}

/* Alarms of an earlier run that can no more be ended by what began them. */
static void end_stale_alarms(struct keeper *keeper)
{
    for (size_t i = alarms_count(keeper->alarms); i > 0; i--) {
        struct alarm alarm = *alarms_at(keeper->alarms, i - 1);
        bool of_camera = strncmp(alarm.source, "camera/", 7) == 0;
        bool of_door = strncmp(alarm.source, "door/", 5) == 0;
        bool is_derived = strncmp(alarm.source, "derived/", 8) == 0;
        const char *id = of_camera ? alarm.source + 7 : alarm.source + 5;
        if ((of_camera && roster_camera(&keeper->roster, id) == NULL) ||
            (of_door && roster_controller(&keeper->roster, id) == NULL) ||
            (is_derived && !has_rules(&keeper->roster, alarm.subject, alarm.source + 8)))
            alarms_end(keeper->alarms, alarm.kind, alarm.source, alarm.subject,
                       "no more configured");
    }
}

void keeper_judge_people(struct keeper *keeper)
{
    const char *fault = keeper->roster.people_fault;
    alarms_set(keeper->alarms, fault[0] != '\0', word_health_event(HEALTH_ROSTER_UNUSABLE)->name,
               APPLIANCE, "roster", fault);
}

static void record_beginning(struct keeper *keeper, const struct standing *standing)
{
    record_findings(keeper);
    record_certificate(keeper, standing);
    end_stale_alarms(keeper);
    keeper_judge_people(keeper);
    accounts_judge_book(keeper->accounts);
    if (standing->has_export)
        exports_close_open(keeper->exports, &standing->export);
    keeper_record_configuration(keeper);
    json_t *stands = standing_body(keeper);
    (void)committer_record(keeper->committer, RECORD_HEALTH, APPLIANCE,
                           stands == NULL ? NULL : body_started((uint32_t)getpid(), stands));
    json_decref(stands);
    console_key_start(keeper->console_key);
}

/* The newest progress note: what recovery may count as covered, and where notes go on. */
static enum status take_up_notes(struct keeper *keeper, int64_t newest_utc_ns, struct error *error)
{
    const struct identity *identity = &keeper->identity;
    struct progress_found *found = calloc(1, sizeof *found);
    if (found == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the progress notes");
    enum status status =
        progress_read(identity->state, identity->suite, device_key_public(identity->key),
                      ledger_origin(identity->ledger), found, error);
    for (int slot = 0; status == STATUS_OK && slot < PROGRESS_SLOTS; slot++) {
        if (found->state[slot] == PROGRESS_INVALID)
            keeper_health(keeper, HEALTH_NOTE_SLOT_INVALID, progress_slot_names[slot],
                          found->detail, 0);
    }
    if (status == STATUS_OK)
        status = noter_start(keeper->noter, found, error);
    if (status == STATUS_OK)
        status = salvager_start(keeper->salvager, found->newest >= 0 ? &found->note : NULL,
                                newest_utc_ns, error);
    free(found);
    return status;
}

static enum status set_going(struct keeper *keeper, const struct standing *standing,
                             struct error *error)
{
    char *catalog = NULL;
    enum status status = take_up_notes(keeper, standing->newest_utc_ns, error);
    if (status == STATUS_OK)
        status = clock_watch_start(keeper->clock_watch, standing->newest_utc_ns, error);
    if (status == STATUS_OK)
        status = heartbeat_start(keeper->heartbeat, error);
    if (status == STATUS_OK)
        status = janitor_start(keeper->janitor, error);
    if (status == STATUS_OK)
        status = body_janitor_start(keeper->body_janitor, error);
    if (status == STATUS_OK)
        status = row_check_start(keeper->row_check, error);
    if (status == STATUS_OK)
        status = deriver_start(keeper->deriver, error);
    if (status == STATUS_OK)
        status = export_keys_start(keeper->export_keys, error);
    if (status == STATUS_OK)
        status = accounts_start(keeper->accounts, error);
    /* catalog.db stands beside ledger.db */
    size_t folder = strlen(keeper->identity.ledger_path) - strlen("ledger.db");
    if (status == STATUS_OK &&
        asprintf(&catalog, "%.*scatalog.db", (int)folder, keeper->identity.ledger_path) < 0)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a path");
    if (status == STATUS_OK)
        status = cataloguer_start(keeper->cataloguer, catalog, error);
    free(catalog);
    return status;
}

/* From here on what workers say is read. */
static void hear_peers(struct keeper *keeper)
{
    for (size_t i = 0; i < keeper->roster.camera_count; i++)
        camera_hear(keeper, keeper->roster.cameras[i]);
    for (size_t i = 0; i < keeper->roster.controller_count; i++) {
        struct peer *peer = peers_of(keeper->peers, ROLE_DOOR, keeper->roster.controllers[i].id);
        if (peer != NULL)
            peer_pause(peer, false);
    }
    struct peer *console = peers_of(keeper->peers, ROLE_CONSOLE, CONSOLE);
    if (console != NULL)
        peer_pause(console, false);
}

enum status keeper_start(struct keeper *keeper, struct error *error)
{
    struct standing *standing = calloc(1, sizeof *standing);
    if (standing == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory to start");
    keeper->started = clock_now(keeper->clock);
    enum status status = take_up(keeper, standing, error);
    if (status == STATUS_OK) {
        record_beginning(keeper, standing);
        keeper->phase = KEEPER_RUNNING;
        status = set_going(keeper, standing, error);
    }
    free(standing);
    if (status == STATUS_OK) {
        hear_peers(keeper);
        log_info("recording: ledger %s, %llu records", ledger_origin(keeper->identity.ledger),
                 (unsigned long long)ledger_size(keeper->identity.ledger));
    }
    return status;
}
