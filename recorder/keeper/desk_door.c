/*
 * What door processes say: entries, and whether their controller answers.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "keeper/fatal.h"
#include "keeper/parts.h"
#include "store/entry_record.h"

/* An event that begins an alarm, and the one that ends it. */
static const struct {
    enum door_event begin;
    enum door_event end;
} alarm_pairs[] = {
    {DOOR_FORCED, DOOR_CLOSED},
    {DOOR_HELD, DOOR_CLOSED},
};

/* What says that entries are missing, or may be: an alarm of the controller, one however often it
 * is said, until LOSS_QUIET_NS went by without. */
#define LOSS_QUIET_NS (3600 * NS_PER_SECOND)

static const struct {
    enum door_event event;
    const char *advice;
} losses[] = {
    {DOOR_RECORDS_LOST, "look at the video of that time"},
    {DOOR_LOSS_UNKNOWN, "look at the video of that time, and into the controller's own log"},
};
#define LOSS_COUNT (sizeof losses / sizeof losses[0])

/* A process that says nothing for so long hangs; and for so many times what it may take until a
 * controller counts as offline. */
#define SILENCE_NS       (30 * NS_PER_SECOND)
#define SILENCE_TROUBLES 3

/* Answers with where the controller's numbers stand, so that a jump over a restart of the process
 * is seen as well. */
static enum status take_hello(void *context, struct peer *peer, const struct letter *letter,
                              struct error *error)
{
    struct keeper *keeper = context;
    struct message_welcome welcome = keeper_welcome(keeper);
    struct entry_key key = {0};
    struct controller *controller = roster_controller(&keeper->roster, peer_source(peer));
    (void)letter;
    if (controller != NULL)
        controller->is_greeted = true;
    message_text(key.controller, sizeof key.controller, peer_source(peer));
    enum status status = entry_key_newest(keeper->entry_keys, &key, error);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        fatal("looking up where a controller's numbers stand", error);
    welcome.has_position = status == STATUS_OK;
    welcome.boot_epoch = key.boot_epoch;
    welcome.device_seq = key.device_seq;
    peer_send(peer, MESSAGE_WELCOME, &welcome, -1);
    return STATUS_OK;
}

/* Whichever of the door's controllers said that it began. */
static void end_alarms(struct keeper *keeper, const char *kind, const struct controller *controller,
                       const struct message_entry *entry)
{
    const struct roster *roster = &keeper->roster;
    for (size_t i = 0; i < roster->controller_count; i++) {
        const struct controller *other = &roster->controllers[i];
        if (other == controller || roster_door(roster, entry->door, other->id) != NULL)
            alarms_end(keeper->alarms, kind, other->source, entry->door, entry->detail);
    }
}

/* Alarms by the event itself, whatever the controller thinks of it. */
static void set_alarms(struct keeper *keeper, const struct controller *controller,
                       const struct message_entry *entry)
{
    for (size_t i = 0; i < sizeof alarm_pairs / sizeof alarm_pairs[0]; i++) {
        const char *kind = word_door_event(alarm_pairs[i].begin)->name;
        if (entry->event == alarm_pairs[i].begin)
            alarms_begin(keeper->alarms, kind, controller->source, entry->door, entry->detail);
        else if (entry->event == alarm_pairs[i].end)
            end_alarms(keeper, kind, controller, entry);
    }
}

static void note_loss(struct keeper *keeper, struct controller *controller,
                      const struct message_entry *entry)
{
    char detail[2 * DETAIL_SIZE];
    /* the recorder was away itself, and its own stop and start say so */
    if (entry->event == DOOR_LOSS_UNKNOWN && controller->entries == 1)
        return;
    for (size_t i = 0; i < LOSS_COUNT; i++) {
        if (entry->event != losses[i].event)
            continue;
        (void)snprintf(detail, sizeof detail, "%s%s%s", entry->detail,
                       entry->detail[0] != '\0' ? "; " : "", losses[i].advice);
        controller->lost_ns = clock_monotonic_ns(keeper->clock);
        alarms_begin(keeper->alarms, word_door_event(losses[i].event)->name, controller->source,
                     controller->id, detail);
    }
}

static void end_losses(struct keeper *keeper, const struct controller *controller)
{
    int64_t since_ns =
        controller->lost_ns != 0 ? controller->lost_ns : keeper->started.monotonic_ns;
    if (clock_monotonic_ns(keeper->clock) - since_ns < LOSS_QUIET_NS)
        return;
    for (size_t i = 0; i < LOSS_COUNT; i++)
        alarms_end(keeper->alarms, word_door_event(losses[i].event)->name, controller->source,
                   controller->id, "none for an hour");
}

/* Appends the entry and its key; *number is its record's. */
static enum status record_entry(struct keeper *keeper, struct controller *controller,
                                const struct message_entry *entry, const char *cameras,
                                const struct entry_key *key, uint64_t *number, struct error *error)
{
    struct entry_record record = {.entry = *entry};
    json_t *members = NULL;
    message_text(record.controller, sizeof record.controller, controller->id);
    message_text(record.cameras, sizeof record.cameras, cameras);
    people_name(keeper->roster.people, &record);
    enum status status = entry_record_members(&record, &members, error);
    if (status != STATUS_OK)
        return status;
    *number = committer_record(keeper->committer, RECORD_ENTRY, controller->source, members);
    if (key != NULL && entry_key_add(keeper->entry_keys, key, *number, error) != STATUS_OK)
        fatal("remembering an entry", error);
    controller->entries++;
    controller->last_utc_ns = entry->received_utc_ns;
    set_alarms(keeper, controller, entry);
    note_loss(keeper, controller, entry);
    return STATUS_OK;
}

static enum status take_entry(void *context, struct peer *peer, const struct letter *letter,
                              struct error *error)
{
    struct keeper *keeper = context;
    const struct message_entry *entry = &letter->payload->entry;
    struct controller *controller = roster_controller(&keeper->roster, peer_source(peer));
    const struct message_door_settings *door =
        roster_door(&keeper->roster, entry->door, peer_source(peer));
    if (controller == NULL || (entry->door[0] != '\0' && door == NULL))
        return error_set(error, STATUS_REFUSED, "door %s is not of controller %s", entry->door,
                         peer_source(peer));
    controller->heard_ns = clock_monotonic_ns(keeper->clock);
    if (entry->derived != 0)
        return error_set(error, STATUS_REFUSED, "what is concluded is not for a door to say");
    struct entry_key key;
    entry_key_of(controller->id, entry, &key);
    uint64_t number = 0;
    enum status status = STATUS_NOT_FOUND;
    if (entry->has_device_seq)
        status = entry_key_find(keeper->entry_keys, &key, &number, NULL, error);
    if (entry->is_again && (status == STATUS_NOT_FOUND || status == STATUS_MISMATCH)) {
        peer_done(peer, letter->sequence, STATUS_MISMATCH, 0, "it is not on record");
        return STATUS_OK;
    }
    if (status == STATUS_MISMATCH)
        return status;
    if (status == STATUS_NOT_FOUND)
        status = record_entry(keeper, controller, entry, door == NULL ? "" : door->cameras,
                              entry->has_device_seq ? &key : NULL, &number, error);
    else if (status != STATUS_OK)
        fatal("looking an entry up", error);
    /* one seen before may still be waiting for this round's commit, so it is promised as well */
    if (status == STATUS_OK)
        keeper_promise_done(keeper, peer, letter->sequence, number);
    return status;
}

/* A change of state on record, with how many before it are not. The alarm goes with the record. */
static uint64_t record_state(struct keeper *keeper, struct controller *controller,
                             const struct message_source_state *state, uint64_t folded)
{
    uint64_t number = committer_record(keeper->committer, RECORD_SOURCE, controller->source,
                                       body_source(state, folded));
    controller->folded = 0;
    controller->interval_ns = state->poll_interval_ns;
    memcpy(controller->profile_sha256, state->profile_sha256, sizeof controller->profile_sha256);
    alarms_set(keeper->alarms, state->event == DOOR_SOURCE_OFFLINE,
               word_door_event(DOOR_SOURCE_OFFLINE)->name, controller->source, controller->id,
               state->detail);
    return number;
}

void door_settle(struct keeper *keeper, bool all)
{
    int64_t now_ns = clock_monotonic_ns(keeper->clock);
    for (size_t i = 0; i < keeper->roster.controller_count; i++) {
        struct controller *controller = &keeper->roster.controllers[i];
        if (controller->folded > 0 && (all || allowance_take(&controller->states, now_ns)))
            (void)record_state(keeper, controller, &controller->latest, controller->folded - 1);
    }
}

/* Entries that follow are read by a profile that is not on record. */
static bool has_other_profile(const struct controller *controller,
                              const struct message_source_state *state)
{
    return memcmp(controller->profile_sha256, state->profile_sha256,
                  sizeof controller->profile_sha256) != 0;
}

/* The rules count on its being asked at least so often, and look it up in the record. */
static uint64_t interval_ns(const struct keeper *keeper, const struct controller *controller,
                            uint64_t measured_ns)
{
    uint64_t longest_ns = measured_ns;
    for (size_t i = 0; i < keeper->roster.door_count; i++) {
        const struct message_door_settings *door = &keeper->roster.doors[i];
        uint64_t asked_ns = (uint64_t)(door->poll_ms * NS_PER_MS);
        if (strcmp(door->controller, controller->id) == 0 && asked_ns > longest_ns)
            longest_ns = asked_ns;
    }
    return longest_ns;
}

static bool has_other_interval(const struct keeper *keeper, const struct controller *controller,
                               const struct message_source_state *state)
{
    uint64_t now_ns = interval_ns(keeper, controller, state->poll_interval_ns);
    uint64_t then_ns = interval_ns(keeper, controller, controller->interval_ns);
    uint64_t longer_ns = now_ns > then_ns ? now_ns : then_ns;
    uint64_t shorter_ns = now_ns > then_ns ? then_ns : now_ns;
    return longer_ns / 2 > shorter_ns && longer_ns - shorter_ns > (uint64_t)NS_PER_SECOND;
}

/* The record's number; 0 if there have been too many just now. */
static uint64_t take_change(struct keeper *keeper, struct controller *controller,
                            const struct message_source_state *state)
{
    if (allowance_take(&controller->states, clock_monotonic_ns(keeper->clock)) ||
        has_other_profile(controller, state))
        return record_state(keeper, controller, state, controller->folded);
    controller->folded++;
    return 0;
}

static enum status take_source_state(void *context, struct peer *peer, const struct letter *letter,
                                     struct error *error)
{
    struct keeper *keeper = context;
    const struct message_source_state *state = &letter->payload->source_state;
    struct controller *controller = roster_controller(&keeper->roster, peer_source(peer));
    bool online = state->event == DOOR_SOURCE_ONLINE;
    if (controller == NULL || (!online && state->event != DOOR_SOURCE_OFFLINE))
        return error_set(error, STATUS_INVALID, "a source is online or offline, not %u",
                         state->event);
    uint64_t number = 0;
    /* every link begins with the present state; the same once more makes no record */
    if (controller->told != state->event || has_other_profile(controller, state) ||
        has_other_interval(keeper, controller, state))
        number = take_change(keeper, controller, state);
    controller->latest = *state;
    controller->heard_ns = clock_monotonic_ns(keeper->clock);
    controller->told = state->event;
    keeper_promise_done(keeper, peer, letter->sequence, number);
    if (controller->online != online || controller->since_utc_ns == 0)
        controller->since_utc_ns = state->at_utc_ns;
    controller->online = online;
    return STATUS_OK;
}

/* ---- processes that hang ---- */

void door_expect(struct keeper *keeper, struct controller *controller)
{
    controller->is_greeted = false;
    controller->was_silent = false;
    controller->heard_ns = clock_monotonic_ns(keeper->clock);
}

/* One that goes on says its state between any two questions to a controller, and a question takes
 * its time. */
static int64_t silence_ns(const struct keeper *keeper)
{
    int64_t longest_ns = SILENCE_NS;
    for (size_t i = 0; i < keeper->roster.door_count; i++) {
        int64_t trouble_ns = keeper->roster.doors[i].trouble_ms * NS_PER_MS;
        if (longest_ns < SILENCE_TROUBLES * trouble_ns)
            longest_ns = SILENCE_TROUBLES * trouble_ns;
    }
    return longest_ns;
}

static void end_hanging(struct keeper *keeper, struct controller *controller, struct peer *peer)
{
    struct clock_reading now = clock_now(keeper->clock);
    struct message_source_state state = controller->latest;
    state.event = DOOR_SOURCE_OFFLINE;
    state.at_utc_ns = now.utc_ns;
    state.at_monotonic_ns = now.monotonic_ns;
    message_text(state.detail, sizeof state.detail, "its process says nothing any more");
    log_warning("controller %s: %s: it is killed", controller->id, state.detail);
    if (controller->told != DOOR_SOURCE_OFFLINE)
        (void)record_state(keeper, controller, &state, controller->folded);
    keeper_worker_end(keeper, ROLE_DOOR, controller->id);
    peer_close(peer, NULL);
}

/* At two looks on end: where the whole machine stood still, all have been silent at the first. */
static void look_for_hanging(struct keeper *keeper, struct controller *controller, int64_t limit_ns)
{
    struct peer *peer = peers_of(keeper->peers, ROLE_DOOR, controller->id);
    bool is_awaited = controller->told != 0 || !controller->is_greeted;
    bool was_silent = controller->was_silent;
    controller->was_silent = peer != NULL && is_awaited &&
                             clock_monotonic_ns(keeper->clock) - controller->heard_ns >= limit_ns;
    if (was_silent && controller->was_silent)
        end_hanging(keeper, controller, peer);
}

void door_watch(struct keeper *keeper)
{
    int64_t limit_ns = silence_ns(keeper);
    for (size_t i = 0; i < keeper->roster.controller_count; i++) {
        end_losses(keeper, &keeper->roster.controllers[i]);
        look_for_hanging(keeper, &keeper->roster.controllers[i], limit_ns);
    }
}

static void is_gone(void *context, struct peer *peer, const char *reason)
{
    struct keeper *keeper = context;
    struct controller *controller = roster_controller(&keeper->roster, peer_source(peer));
    keeper_worker_cut_off(keeper, ROLE_DOOR, peer_source(peer), reason);
    keeper_stop_continue(keeper);
    if (controller == NULL || keeper->phase != KEEPER_RUNNING)
        return;
    if (controller->online)
        controller->since_utc_ns = clock_now(keeper->clock).utc_ns;
    controller->online = false;
    controller->told = 0;
}

static const struct desk_handler handlers[] = {
    {MESSAGE_HELLO, take_hello},
    {MESSAGE_ENTRY, take_entry},
    {MESSAGE_SOURCE_STATE, take_source_state},
};

const struct desk desk_door = {
    .role = ROLE_DOOR,
    .count = sizeof handlers / sizeof handlers[0],
    .handlers = handlers,
    .gone = is_gone,
};
