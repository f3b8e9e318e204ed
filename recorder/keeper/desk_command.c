/*
 * What the command line asks. Whoever may connect may ask for all of it; who it was stands in the
 * record, as `operator/uid-N`.
 */
#include <stdio.h>
#include <string.h>

#include "keeper/exports.h"
#include "keeper/fatal.h"
#include "keeper/hold_scope.h"
#include "keeper/noter.h"
#include "keeper/parts.h"
#include "keeper/status_report.h"

static const char source_format[] = "operator/uid-%u";

static void source_of(const struct peer *peer, char source[SOURCE_SIZE])
{
    (void)snprintf(source, SOURCE_SIZE, source_format, peer_operator(peer)->uid);
}

static uint64_t record(struct keeper *keeper, const struct peer *peer, enum record_kind kind,
                       json_t *members)
{
    char source[SOURCE_SIZE];
    source_of(peer, source);
    return committer_record(keeper->committer, kind, source, members);
}

static enum status running(const struct keeper *keeper, struct error *error)
{
    if (keeper->phase == KEEPER_RUNNING)
        return STATUS_OK;
    return error_set(error, STATUS_REFUSED, "the keeper is starting or stopping: ask again");
}

static enum status take_hello(void *context, struct peer *peer, const struct letter *letter,
                              struct error *error)
{
    struct keeper *keeper = context;
    struct message_welcome welcome = keeper_welcome(keeper);
    (void)letter;
    enum status status = running(keeper, error);
    if (status != STATUS_OK)
        return status;
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

static void keep_checkpoint(void *context, const struct promise *promise)
{
    struct keeper *keeper = context;
    struct peer *peer = peers_find(keeper->peers, promise->peer);
    struct bytes note = ledger_checkpoint(keeper->identity.ledger);
    struct message_checkpoint_note answer = {.reference = promise->reference,
                                             .record = promise->record};
    if (peer == NULL)
        return;
    if (note.size >= sizeof answer.note) {
        peer_done(peer, promise->reference, STATUS_UNSUPPORTED, promise->record,
                  "the checkpoint is longer than a message");
        return;
    }
    memcpy(answer.note, note.data, note.size);
    peer_send(peer, MESSAGE_CHECKPOINT_NOTE, &answer, -1);
}

static enum status take_checkpoint(void *context, struct peer *peer, const struct letter *letter,
                                   struct error *error)
{
    struct keeper *keeper = context;
    const char *place = letter->payload->checkpoint_take.place;
    (void)error;
    uint64_t number = record(keeper, peer, RECORD_ANCHOR, body_anchor(place, peer_operator(peer)));
    struct promise promise = {.keep = keep_checkpoint,
                              .context = keeper,
                              .peer = peer_number(peer),
                              .reference = letter->sequence,
                              .record = number};
    committer_promise(keeper->committer, &promise);
    return STATUS_OK;
}

static enum status take_lookup(void *context, struct peer *peer, const struct letter *letter,
                               struct error *error)
{
    struct keeper *keeper = context;
    (void)error;
    uint64_t number = record(keeper, peer, RECORD_OPERATOR,
                             body_lookup(&letter->payload->lookup, peer_operator(peer)));
    keeper_promise_done(keeper, peer, letter->sequence, number);
    return STATUS_OK;
}

/* Records a hold or its release; a mistake in it is the operator's, and is answered. */
static void record_hold(struct keeper *keeper, struct peer *peer, const struct letter *letter,
                        struct hold_record *said)
{
    struct error error;
    json_t *members = NULL;
    (void)snprintf(said->by, sizeof said->by, "uid %u", peer_operator(peer)->uid);
    enum status status = hold_record_members(said, &members, &error);
    if (status != STATUS_OK) {
        peer_done(peer, letter->sequence, status, 0, error.text);
        return;
    }
    uint64_t number = record(keeper, peer, RECORD_HOLD, members);
    keeper_promise_done(keeper, peer, letter->sequence, number);
}

/* What is released must be held. */
static bool is_in_force(const struct keeper *keeper, uint64_t number)
{
    for (size_t i = 0; i < hold_index_count(keeper->holds); i++) {
        const struct hold *hold = hold_index_at(keeper->holds, i);
        if (hold->record == number)
            return !hold->released;
    }
    return false;
}

static enum status take_hold_set(void *context, struct peer *peer, const struct letter *letter,
                                 struct error *error)
{
    const struct message_hold_set *set = &letter->payload->hold_set;
    struct hold_record said = {.from_utc_ns = set->from_utc_ns, .to_utc_ns = set->to_utc_ns};
    (void)error;
    message_text(said.cameras, sizeof said.cameras, set->cameras);
    message_text(said.doors, sizeof said.doors, set->doors);
    message_text(said.reason, sizeof said.reason, set->reason);
    if (set->from_utc_ns >= set->to_utc_ns) {
        peer_done(peer, letter->sequence, STATUS_INVALID, 0, "the hold ends before it begins");
        return STATUS_OK;
    }
    struct error mistake = {0};
    enum status status = hold_scope_settle(context, &said, &mistake);
    if (status != STATUS_OK) {
        peer_done(peer, letter->sequence, status, 0, mistake.text);
        return STATUS_OK;
    }
    record_hold(context, peer, letter, &said);
    return STATUS_OK;
}

static enum status take_hold_release(void *context, struct peer *peer, const struct letter *letter,
                                     struct error *error)
{
    const struct message_hold_release *release = &letter->payload->hold_release;
    struct hold_record said = {.release = true, .hold = release->hold};
    (void)error;
    if (!is_in_force(context, release->hold)) {
        peer_done(peer, letter->sequence, STATUS_NOT_FOUND, 0, "no hold in force has this number");
        return STATUS_OK;
    }
    message_text(said.reason, sizeof said.reason, release->reason);
    record_hold(context, peer, letter, &said);
    return STATUS_OK;
}

/* Every camera is asked to cut at its next keyframe, and the answer goes out at once: a caller
 * that needs the segments on record looks again. */
static enum status take_seal_now(void *context, struct peer *peer, const struct letter *letter,
                                 struct error *error)
{
    struct keeper *keeper = context;
    struct message_seal_now ask = {0};
    (void)error;
    for (size_t i = 0; i < keeper->roster.camera_count; i++) {
        const struct camera *camera = keeper->roster.cameras[i];
        struct peer *process = peers_of(keeper->peers, ROLE_CAMERA, camera->id);
        if (process != NULL && camera->open != NULL)
            peer_send(process, MESSAGE_SEAL_NOW, &ask, -1);
    }
    noter_round(keeper->noter);
    uint64_t number = record(keeper, peer, RECORD_OPERATOR, body_seal_now(peer_operator(peer)));
    keeper_promise_done(keeper, peer, letter->sequence, number);
    return STATUS_OK;
}

static enum status take_export(void *context, struct peer *peer, const struct letter *letter,
                               struct error *error)
{
    struct keeper *keeper = context;
    enum status status = running(keeper, error);
    if (status == STATUS_OK)
        exports_ask(keeper->exports, peer, letter);
    return status;
}

static enum status take_phrase(void *context, struct peer *peer, const struct letter *letter,
                               struct error *error)
{
    struct keeper *keeper = context;
    return exports_phrase(keeper->exports, peer, letter->attached, error);
}

static enum status take_kept(void *context, struct peer *peer, const struct letter *letter,
                             struct error *error)
{
    struct keeper *keeper = context;
    return exports_kept(keeper->exports, peer, &letter->payload->export_kept, error);
}

static void is_gone(void *context, struct peer *peer, const char *reason)
{
    struct keeper *keeper = context;
    keeper_cut_off(keeper, peer_source(peer), reason);
    exports_asker_gone(keeper->exports, peer);
}

static const struct desk_handler handlers[] = {
    {MESSAGE_HELLO, take_hello},       {MESSAGE_STATUS_ASK, take_status},
    {MESSAGE_LOOKUP, take_lookup},     {MESSAGE_CHECKPOINT_TAKE, take_checkpoint},
    {MESSAGE_HOLD_SET, take_hold_set}, {MESSAGE_HOLD_RELEASE, take_hold_release},
    {MESSAGE_SEAL_NOW, take_seal_now}, {MESSAGE_EXPORT_ASK, take_export},
    {MESSAGE_EXPORT_KEPT, take_kept},  {MESSAGE_EXPORT_PHRASE, take_phrase},
};

const struct desk desk_command = {
    .role = ROLE_COMMAND,
    .count = sizeof handlers / sizeof handlers[0],
    .handlers = handlers,
    .gone = is_gone,
};
