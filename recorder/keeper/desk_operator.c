#include "keeper/desk_operator.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "keeper/accounts.h"
#include "keeper/exports.h"
#include "keeper/fatal.h"
#include "keeper/hold_scope.h"
#include "keeper/noter.h"
#include "keeper/parts.h"
#include "keeper/status_report.h"

static uint64_t record(struct keeper *keeper, const struct operator_peer *operator,
                       enum record_kind kind, json_t *members)
{
    char source[SOURCE_SIZE];
    operator_source(operator, source);
    return committer_record(keeper->committer, kind, source, members);
}

/* He may, or was answered why not. */
static bool may(struct keeper *keeper, struct peer *peer, const struct letter *letter,
                const char *session, enum act act, struct operator_peer *operator)
{
    struct error error;
    if (accounts_may(keeper->accounts, peer, session, act, operator, & error) == STATUS_OK)
        return true;
    peer_done(peer, letter->sequence, error.status, 0, error.text);
    return false;
}

static void refuse(struct peer *peer, const struct letter *letter, const struct error *error)
{
    peer_done(peer, letter->sequence, error->status, 0, error->text);
}

enum status operator_running(const struct keeper *keeper, struct error *error)
{
    if (keeper->phase == KEEPER_RUNNING)
        return STATUS_OK;
    return error_set(error, STATUS_REFUSED, "the keeper is starting or stopping: ask again");
}

bool operator_is_heard(const struct keeper *keeper, struct peer *peer, const struct letter *letter)
{
    struct error error;
    enum status status = operator_running(keeper, &error);
    if (status != STATUS_OK)
        peer_done(peer, letter->sequence, status, 0, error.text);
    return status == STATUS_OK;
}

enum status operator_take_status(void *context, struct peer *peer, const struct letter *letter,
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

enum status operator_take_checkpoint(void *context, struct peer *peer, const struct letter *letter,
                                     struct error *error)
{
    struct keeper *keeper = context;
    const struct message_checkpoint_take *take = &letter->payload->checkpoint_take;
    struct operator_peer operator;
    (void)error;
    if (!may(keeper, peer, letter, take->session, ACT_TAKE_CHECKPOINT, &operator))
        return STATUS_OK;
    uint64_t number = record(keeper, &operator, RECORD_ANCHOR, body_anchor(take->place, &operator));
    struct promise promise = {.keep = keep_checkpoint,
                              .context = keeper,
                              .peer = peer_number(peer),
                              .reference = letter->sequence,
                              .record = number};
    committer_promise(keeper->committer, &promise);
    return STATUS_OK;
}

/* What a look-up is about, and what its asker must be allowed. */
static const struct {
    const char *what;
    enum act act;
    bool is_of_people; /* what is not recent needs a reason */
} lookups[] = {
    {"entries", ACT_SEE_ENTRIES, true},    {"video", ACT_WATCH, true},
    {"coverage", ACT_WATCH, true},         {"live", ACT_WATCH_LIVE, false},
    {"records", ACT_SEE_REGISTER, true},   {"holds", ACT_SEE_REGISTER, false},
    {"register", ACT_SEE_REGISTER, false}, {"report", ACT_SEE_REPORT, false},
    {"verify", ACT_VERIFY, false},         {"package", ACT_EXPORT, false},
};

/* Of somebody with an account: what he may look at, and whether he must say why. */
static enum status check_lookup(struct keeper *keeper, const struct peer *peer,
                                const struct message_lookup *lookup, struct operator_peer *operator,
                                struct error * error)
{
    const struct message_account_settings *rules = accounts_rules(keeper->accounts);
    int64_t recent_ns = (int64_t)rules->recent_minutes * 60 * NS_PER_SECOND;
    size_t i = 0;
    while (i < sizeof lookups / sizeof lookups[0] && strcmp(lookups[i].what, lookup->what) != 0)
        i++;
    bool is_known = i < sizeof lookups / sizeof lookups[0];
    enum status status = accounts_may(keeper->accounts, peer, lookup->session,
                                      is_known ? lookups[i].act : ACT_NONE, operator, error);
    if (status == STATUS_OK && lookups[i].is_of_people &&
        lookup->from_utc_ns < clock_now(keeper->clock).utc_ns - recent_ns &&
        utf8_is_blank(bytes_of_text(lookup->reason)))
        status = error_set(error, STATUS_INVALID, "what is not recent is looked at for a reason");
    return status;
}

enum status operator_take_lookup(void *context, struct peer *peer, const struct letter *letter,
                                 struct error *error)
{
    struct keeper *keeper = context;
    const struct message_lookup *lookup = &letter->payload->lookup;
    struct operator_peer operator= * peer_operator(peer);
    struct error mistake;
    (void)error;
    bool is_local = lookup->session[0] == '\0' && peer_role(peer) == ROLE_COMMAND;
    if (!is_local && check_lookup(keeper, peer, lookup, &operator, & mistake) != STATUS_OK) {
        refuse(peer, letter, &mistake);
        return STATUS_OK;
    }
    uint64_t number = record(keeper, &operator, RECORD_OPERATOR, body_lookup(lookup, &operator));
    keeper_promise_done(keeper, peer, letter->sequence, number);
    return STATUS_OK;
}

/* Records a hold or its release; a mistake in it is the operator's, and is answered. */
static void record_hold(struct keeper *keeper, struct peer *peer, const struct letter *letter,
                        const struct operator_peer *operator, struct hold_record * said)
{
    struct error error;
    json_t *members = NULL;
    if (operator->account[0] != '\0')
        message_text(said->by, sizeof said->by, operator->account);
    else
        (void)snprintf(said->by, sizeof said->by, "uid %u", operator->uid);
    message_text(said->second, sizeof said->second, operator->second);
    enum status status = hold_record_members(said, &members, &error);
    if (status != STATUS_OK) {
        peer_done(peer, letter->sequence, status, 0, error.text);
        return;
    }
    uint64_t number = record(keeper, operator, RECORD_HOLD, members);
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

enum status operator_take_hold_set(void *context, struct peer *peer, const struct letter *letter,
                                   struct error *error)
{
    const struct message_hold_set *set = &letter->payload->hold_set;
    struct hold_record said = {.from_utc_ns = set->from_utc_ns, .to_utc_ns = set->to_utc_ns};
    struct operator_peer operator;
    (void)error;
    if (!may(context, peer, letter, set->session, ACT_HOLD_SET, &operator))
        return STATUS_OK;
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
    record_hold(context, peer, letter, &operator, & said);
    return STATUS_OK;
}

enum status operator_take_hold_release(void *context, struct peer *peer,
                                       const struct letter *letter, struct error *error)
{
    const struct message_hold_release *release = &letter->payload->hold_release;
    struct hold_record said = {.release = true, .hold = release->hold};
    struct keeper *keeper = context;
    struct operator_peer operator;
    struct error mistake;
    (void)error;
    if (!may(keeper, peer, letter, release->session, ACT_HOLD_RELEASE, &operator))
        return STATUS_OK;
    if (!is_in_force(context, release->hold)) {
        peer_done(peer, letter->sequence, STATUS_NOT_FOUND, 0, "no hold in force has this number");
        return STATUS_OK;
    }
    message_text(said.reason, sizeof said.reason, release->reason);
    if (accounts_second(keeper->accounts, release->session, release->second, ACT_HOLD_RELEASE,
                        &operator, & mistake) != STATUS_OK) {
        refuse(peer, letter, &mistake);
        return STATUS_OK;
    }
    record_hold(keeper, peer, letter, &operator, & said);
    return STATUS_OK;
}

/* Every camera is asked to cut at its next keyframe, and the answer goes out at once: a caller
 * that needs the segments on record looks again. */
enum status operator_take_seal_now(void *context, struct peer *peer, const struct letter *letter,
                                   struct error *error)
{
    struct keeper *keeper = context;
    struct message_seal_now ask = {0};
    struct operator_peer operator;
    (void)error;
    if (!may(keeper, peer, letter, letter->payload->seal_now.session, ACT_WATCH, &operator))
        return STATUS_OK;
    for (size_t i = 0; i < keeper->roster.camera_count; i++) {
        const struct camera *camera = keeper->roster.cameras[i];
        struct peer *process = peers_of(keeper->peers, ROLE_CAMERA, camera->id);
        if (process != NULL && camera->open != NULL)
            peer_send(process, MESSAGE_SEAL_NOW, &ask, -1);
    }
    noter_round(keeper->noter);
    uint64_t number = record(keeper, &operator, RECORD_OPERATOR, body_seal_now(&operator));
    keeper_promise_done(keeper, peer, letter->sequence, number);
    return STATUS_OK;
}

enum status operator_take_export(void *context, struct peer *peer, const struct letter *letter,
                                 struct error *error)
{
    struct keeper *keeper = context;
    (void)error;
    if (operator_is_heard(keeper, peer, letter))
        exports_ask(keeper->exports, peer, letter);
    return STATUS_OK;
}

enum status operator_take_accounts_ask(void *context, struct peer *peer,
                                       const struct letter *letter, struct error *error)
{
    struct keeper *keeper = context;
    (void)error;
    if (operator_is_heard(keeper, peer, letter))
        accounts_list(keeper->accounts, peer, letter);
    return STATUS_OK;
}

enum status operator_take_phrase(void *context, struct peer *peer, const struct letter *letter,
                                 struct error *error)
{
    struct keeper *keeper = context;
    return exports_phrase(keeper->exports, peer, letter->payload->export_phrase.reference,
                          letter->attached, error);
}

enum status operator_take_kept(void *context, struct peer *peer, const struct letter *letter,
                               struct error *error)
{
    struct keeper *keeper = context;
    return exports_kept(keeper->exports, peer, &letter->payload->export_kept, error);
}

void operator_is_gone(void *context, struct peer *peer, const char *reason)
{
    struct keeper *keeper = context;
    keeper_cut_off(keeper, peer_source(peer), reason);
    exports_asker_gone(keeper->exports, peer);
}
