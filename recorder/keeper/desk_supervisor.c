/*
 * What the supervisor says: settings, peers, start, stop, and which of its workers ended.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/log.h"
#include "keeper/accounts.h"
#include "keeper/console_key.h"
#include "keeper/exports.h"
#include "keeper/inspections.h"
#include "keeper/parts.h"

static enum status before_start(const struct keeper *keeper, struct error *error)
{
    if (keeper->phase == KEEPER_WAITING)
        return STATUS_OK;
    return error_set(error, STATUS_REFUSED, "settings come before START");
}

static enum status take_hello(void *context, struct peer *peer, const struct letter *letter,
                              struct error *error)
{
    struct keeper *keeper = context;
    struct message_welcome welcome = keeper_welcome(keeper);
    (void)letter;
    (void)error;
    peer_send(peer, MESSAGE_WELCOME, &welcome, -1);
    return STATUS_OK;
}

static enum status take_settings(void *context, struct peer *peer, const struct letter *letter,
                                 struct error *error)
{
    struct keeper *keeper = context;
    (void)peer;
    enum status status = before_start(keeper, error);
    if (status == STATUS_OK)
        status = roster_settings(&keeper->roster, &letter->payload->keeper_settings, error);
    return status;
}

static enum status take_camera(void *context, struct peer *peer, const struct letter *letter,
                               struct error *error)
{
    struct keeper *keeper = context;
    (void)peer;
    enum status status = before_start(keeper, error);
    if (status == STATUS_OK)
        status = roster_add_camera(&keeper->roster, &letter->payload->camera_settings, error);
    return status;
}

static enum status take_door(void *context, struct peer *peer, const struct letter *letter,
                             struct error *error)
{
    struct keeper *keeper = context;
    (void)peer;
    enum status status = before_start(keeper, error);
    if (status == STATUS_OK)
        status = roster_add_door(&keeper->roster, &letter->payload->door_settings, error);
    return status;
}

static enum status take_account_settings(void *context, struct peer *peer,
                                         const struct letter *letter, struct error *error)
{
    struct keeper *keeper = context;
    (void)peer;
    enum status status = before_start(keeper, error);
    if (status == STATUS_OK)
        accounts_settle(keeper->accounts, &letter->payload->account_settings);
    return status;
}

static enum status take_console_names(void *context, struct peer *peer, const struct letter *letter,
                                      struct error *error)
{
    struct keeper *keeper = context;
    (void)peer;
    enum status status = before_start(keeper, error);
    if (status == STATUS_OK)
        console_key_want(keeper->console_key, letter->payload->console_names.names);
    return status;
}

static enum status take_people(void *context, struct peer *peer, const struct letter *letter,
                               struct error *error)
{
    struct keeper *keeper = context;
    const struct message_people *said = &letter->payload->people;
    struct people *people = NULL;
    bool is_usable = said->fault[0] == '\0';
    (void)peer;
    enum status status =
        is_usable ? people_read(said, *letter->attached, &people, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    message_text(keeper->roster.people_fault, sizeof keeper->roster.people_fault, said->fault);
    if (is_usable) {
        people_free(keeper->roster.people);
        keeper->roster.people = people;
    }
    if (keeper->phase == KEEPER_RUNNING)
        keeper_judge_people(keeper);
    if (keeper->phase == KEEPER_RUNNING && is_usable)
        keeper_record_configuration(keeper);
    return STATUS_OK;
}

/* The desk of a worker; NULL if it is none that is configured. */
static const struct desk *desk_for(struct keeper *keeper, const struct message_peer *peer)
{
    if (peer->role == ROLE_CAMERA && roster_camera(&keeper->roster, peer->source) != NULL)
        return &desk_camera;
    if (peer->role == ROLE_DOOR && roster_controller(&keeper->roster, peer->source) != NULL)
        return &desk_door;
    if (peer->role == ROLE_CONSOLE && strcmp(peer->source, CONSOLE) == 0)
        return &desk_console;
    return NULL;
}

/* Whose process the console is, as the kernel says of who made its socket. */
static void name_console(struct peer *peer, int descriptor)
{
    struct ucred credentials = {0};
    socklen_t size = sizeof credentials;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        log_warning("the console's process is not known");
    struct operator_peer operator= {.uid = credentials.uid, .process = (uint32_t)credentials.pid};
    peer_set_operator(peer, &operator);
}

static enum status take_peer(void *context, struct peer *supervisor, const struct letter *letter,
                             struct error *error)
{
    struct keeper *keeper = context;
    const struct message_peer *said = &letter->payload->peer;
    const struct desk *desk = desk_for(keeper, said);
    (void)supervisor;
    if (said->role == ROLE_EXPORT)
        return exports_introduce(keeper->exports, file_steal(letter->attached), letter->sequence,
                                 error);
    if (said->role == ROLE_INSPECT)
        return inspections_introduce(keeper->inspections, said->source,
                                     file_steal(letter->attached), letter->sequence, error);
    if (desk == NULL)
        return error_set(error, STATUS_REFUSED, "%s %s is not configured",
                         role_name((enum role)said->role), said->source);
    if (keeper->phase == KEEPER_STOPPING || keeper->phase == KEEPER_STOPPED)
        return STATUS_OK; /* its socket is closed again, and it ends with us */
    /* the one before has ended, whether its end was read already or not */
    struct peer *before = peers_of(keeper->peers, desk->role, said->source);
    if (before != NULL)
        peer_close(before, NULL);
    *roster_link(&keeper->roster, desk->role, said->source) = letter->sequence;
    if (desk == &desk_camera)
        roster_camera(&keeper->roster, said->source)->ended = false;
    else if (desk == &desk_door)
        door_expect(keeper, roster_controller(&keeper->roster, said->source));
    struct peer *peer = NULL;
    int descriptor = *letter->attached;
    enum status status = peers_add(keeper->peers, file_steal(letter->attached), desk, said->source,
                                   true, &peer, error);
    if (status == STATUS_OK && desk == &desk_console)
        name_console(peer, descriptor);
    if (status != STATUS_OK || keeper->phase != KEEPER_RUNNING)
        return status;
    if (desk == &desk_camera)
        camera_hear(keeper, roster_camera(&keeper->roster, said->source));
    else
        peer_pause(peer, false);
    return STATUS_OK;
}

static enum status take_start(void *context, struct peer *peer, const struct letter *letter,
                              struct error *error)
{
    struct keeper *keeper = context;
    enum status status = before_start(keeper, error);
    if (status == STATUS_OK && !keeper->roster.has_settings)
        status = error_set(error, STATUS_REFUSED, "START before the settings");
    size_t peers = peers_count(keeper->peers, ROLE_CAMERA) + peers_count(keeper->peers, ROLE_DOOR);
    /* one that died meanwhile is no peer any more, so there may be fewer */
    if (status == STATUS_OK && peers > letter->payload->start.peers)
        status = error_set(error, STATUS_REFUSED, "%zu peers came, not %u", peers,
                           letter->payload->start.peers);
    if (status == STATUS_OK)
        status = keeper_start(keeper, error);
    if (status == STATUS_OK)
        keeper_promise_done(keeper, peer, letter->sequence, 0);
    return status;
}

/* One that ends again and again is one alarm, however often it ends. */
static void note_crash(struct keeper *keeper, const struct message_worker_ended *ended,
                       struct crashes *crashes, const char *source)
{
    char detail[DETAIL_SIZE];
    if (!crashes_add(crashes, clock_monotonic_ns(keeper->clock)))
        return;
    if (ended->signal != 0)
        (void)snprintf(detail, sizeof detail, "%u ends within a minute, the last one by signal %u",
                       CRASHES_MANY, ended->signal);
    else
        (void)snprintf(detail, sizeof detail,
                       "%u ends within a minute, the last one by exit status %u", CRASHES_MANY,
                       (unsigned)ended->exit_code);
    alarms_begin(keeper->alarms, word_health_event(HEALTH_PROCESS_FAILING)->name, source,
                 ended->source, detail);
}

static enum status take_worker_ended(void *context, struct peer *peer, const struct letter *letter,
                                     struct error *error)
{
    struct keeper *keeper = context;
    const struct message_worker_ended *ended = &letter->payload->worker_ended;
    if (keeper->phase == KEEPER_WAITING)
        return error_set(error, STATUS_REFUSED, "a worker ended before START");
    if (keeper->phase == KEEPER_STOPPED) {
        peer_done(peer, letter->sequence, STATUS_OK, 0, "the last record is made already");
        return STATUS_OK;
    }
    if (ended->role == ROLE_EXPORT)
        exports_ended(keeper->exports, ended);
    if (ended->role == ROLE_INSPECT)
        inspections_ended(keeper->inspections, ended);
    if (ended->role == ROLE_EXPORT || ended->role == ROLE_INSPECT) {
        peer_done(peer, letter->sequence, STATUS_OK, 0, NULL);
        return STATUS_OK;
    }
    uint64_t number =
        committer_record(keeper->committer, RECORD_HEALTH, APPLIANCE, body_worker_ended(ended));
    struct camera *camera =
        ended->role == ROLE_CAMERA ? roster_camera(&keeper->roster, ended->source) : NULL;
    struct controller *controller =
        ended->role == ROLE_DOOR ? roster_controller(&keeper->roster, ended->source) : NULL;
    bool not_started = ended->exit_code == WORKER_NOT_STARTED;
    bool crashed = ended->ordered == 0 && !not_started;
    if (camera != NULL)
        camera_ended(keeper, camera, ended->ordered != 0);
    if (camera != NULL && crashed)
        note_crash(keeper, ended, &camera->crashes, camera->source);
    if (controller != NULL && crashed)
        note_crash(keeper, ended, &controller->crashes, controller->source);
    if (camera != NULL && not_started)
        camera_not_started(keeper, camera, ended);
    if (controller != NULL && not_started)
        alarms_begin(keeper->alarms, word_door_event(DOOR_SOURCE_OFFLINE)->name, controller->source,
                     controller->id, ended->detail);
    keeper_promise_done(keeper, peer, letter->sequence, number);
    return STATUS_OK;
}

static enum status take_progress_ask(void *context, struct peer *peer, const struct letter *letter,
                                     struct error *error)
{
    struct keeper *keeper = context;
    struct message_progress progress = {.size = ledger_size(keeper->identity.ledger),
                                        .durable_monotonic_ns =
                                            committer_durable_at(keeper->committer).monotonic_ns,
                                        .alarms = (uint32_t)alarms_count(keeper->alarms)};
    (void)letter;
    (void)error;
    peer_send(peer, MESSAGE_PROGRESS, &progress, -1);
    return STATUS_OK;
}

static enum status take_stop(void *context, struct peer *peer, const struct letter *letter,
                             struct error *error)
{
    struct keeper *keeper = context;
    (void)error;
    keeper->stopper = peer_number(peer);
    keeper->stop_reference = letter->sequence;
    keeper_stop(keeper, HEALTH_STOPPED, letter->payload->stop.reason);
    return STATUS_OK;
}

/* Without its supervisor the keeper has no business: what is open is sealed. */
static void is_gone(void *context, struct peer *peer, const char *reason)
{
    struct keeper *keeper = context;
    (void)peer;
    keeper_cut_off(keeper, SUPERVISOR, reason);
    keeper_stop(keeper, HEALTH_FAILED, reason == NULL ? "the supervisor is gone" : reason);
}

static const struct desk_handler handlers[] = {
    {MESSAGE_HELLO, take_hello},
    {MESSAGE_KEEPER_SETTINGS, take_settings},
    {MESSAGE_CAMERA_SETTINGS, take_camera},
    {MESSAGE_DOOR_SETTINGS, take_door},
    {MESSAGE_ACCOUNT_SETTINGS, take_account_settings},
    {MESSAGE_CONSOLE_NAMES, take_console_names},
    {MESSAGE_PEOPLE, take_people},
    {MESSAGE_PEER, take_peer},
    {MESSAGE_START, take_start},
    {MESSAGE_WORKER_ENDED, take_worker_ended},
    {MESSAGE_PROGRESS_ASK, take_progress_ask},
    {MESSAGE_STOP, take_stop},
};

const struct desk desk_supervisor = {
    .role = ROLE_SUPERVISOR,
    .count = sizeof handlers / sizeof handlers[0],
    .handlers = handlers,
    .gone = is_gone,
};
