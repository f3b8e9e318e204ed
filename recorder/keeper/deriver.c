#include "keeper/deriver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "door/rules.h"
#include "keeper/fatal.h"
#include "keeper/said.h"
#include "keeper/signed_row.h"
#include "store/entry_record.h"

#define STEP_RECORDS 32u
/* Read back at a start: a day or two of a busy appliance. */
#define WINDOW_RECORDS 32768u
#define TIMER_LEAST_NS (10 * NS_PER_MS)
/* An entry does not wait longer than this for a keeper. */
#define WAIT_MOST_NS NS_PER_DAY

enum deriver_phase {
    DERIVER_OFF = 0,
    DERIVER_COLLECTING, /* what was concluded before */
    DERIVER_REPLAYING,  /* what happened before */
    DERIVER_FOLLOWING,
};

struct deriver {
    struct keeper *keeper;
    struct idler *idler;
    sd_event_source *timer;
    struct ledger_view *view;
    struct rules *rules;
    enum deriver_phase phase;
    int64_t steady_ns;          /* this run's steady time minus the monotonic clock */
    uint64_t from;              /* the window's first record */
    uint64_t run_begin;         /* this run's first record */
    uint64_t next;              /* to be read */
    char boot_id[BOOT_ID_SIZE]; /* of the newest run that was read back */
    bool was_told;              /* the rules know of every controller whether it is online: */
    bool online[ROSTER_CONTROLLERS_MAX];
    struct said *said;
};

void deriver_source(char source[SOURCE_SIZE], const char *controller)
{
    (void)snprintf(source, SOURCE_SIZE, "derived/%s", controller);
}

static int64_t now_steady_ns(const struct deriver *deriver)
{
    return clock_monotonic_ns(deriver->keeper->clock) + deriver->steady_ns;
}

/* ---- saying ---- */

static void record_entry(struct deriver *deriver, const struct rules_conclusion *conclusion,
                         const char *source)
{
    struct keeper *keeper = deriver->keeper;
    struct clock_reading now = clock_now(keeper->clock);
    struct error error;
    json_t *members = NULL;
    struct entry_record record = {.entry = {.event = (uint16_t)conclusion->event,
                                            .device_time_quality = conclusion->by_device
                                                                       ? DEVICE_TIME_GOOD
                                                                       : DEVICE_TIME_NONE,
                                            .received_utc_ns = now.utc_ns,
                                            .received_monotonic_ns = now.monotonic_ns,
                                            .direction = (uint8_t)conclusion->direction,
                                            .derived = 1},
                                  .at_utc_ns = conclusion->at_ns,
                                  .from_count = conclusion->from_count};
    memcpy(record.from, conclusion->from, sizeof conclusion->from);
    message_text(record.controller, sizeof record.controller, conclusion->door->controller);
    message_text(record.cameras, sizeof record.cameras, conclusion->door->cameras);
    message_text(record.entry.door, sizeof record.entry.door, conclusion->door->door);
    message_text(record.entry.credential, sizeof record.entry.credential, conclusion->credential);
    message_text(record.entry.method, sizeof record.entry.method, conclusion->method);
    message_text(record.entry.detail, sizeof record.entry.detail, conclusion->detail);
    message_text(record.by, sizeof record.by, conclusion->by);
    people_name(keeper->roster.people, &record);
    if (entry_record_members(&record, &members, &error) != STATUS_OK)
        fatal("wording a conclusion", &error);
    (void)committer_record(keeper->committer, RECORD_ENTRY, source, members);
}

/* What is read again ends no alarm that began after it. */
static bool may_end(const struct deriver *deriver, const struct alarm *alarm, uint64_t by)
{
    return alarm != NULL && (alarm->record >= deriver->run_begin || alarm->record < by);
}

static void conclude(void *context, const struct rules_conclusion *conclusion)
{
    struct deriver *deriver = context;
    struct alarms *alarms = deriver->keeper->alarms;
    const char *kind = word_door_event(conclusion->event)->name;
    const char *door = conclusion->door->door;
    char source[SOURCE_SIZE];
    deriver_source(source, conclusion->door->controller);
    if (conclusion->alarm == RULES_ALARM_END) {
        if (may_end(deriver, alarms_find(alarms, kind, source, door), conclusion->from[0]))
            alarms_end(alarms, kind, source, door, conclusion->detail);
        return;
    }
    if (said_already(deriver->said, door, conclusion->event, conclusion->from,
                     conclusion->from_count))
        return;
    record_entry(deriver, conclusion, source);
    if (conclusion->alarm == RULES_ALARM_BEGIN)
        alarms_begin(alarms, kind, source, door, conclusion->detail);
}

/* ---- following ---- */

/* When a record was made, on the steady line. The monotonic clock counts within a boot only. */
static int64_t made_ns(const struct deriver *deriver, const struct record_head *head)
{
    bool is_of_this_boot = strcmp(head->boot_id, deriver->keeper->clock->boot_id) == 0;
    return is_of_this_boot ? head->monotonic_ns + deriver->steady_ns : head->at_utc_ns;
}

/* When an entry came: as its process says, if that can be. */
static int64_t received_ns(const struct deriver *deriver, const struct record_head *head,
                           const struct message_entry *entry)
{
    int64_t waited_ns = 0;
    int64_t at_ns = made_ns(deriver, head);
    if (__builtin_sub_overflow(head->monotonic_ns, entry->received_monotonic_ns, &waited_ns) ||
        waited_ns < 0 || waited_ns > WAIT_MOST_NS)
        return at_ns;
    return at_ns - waited_ns;
}

/* As the roster said when it was recorded: so what is read again gives the same. */
static void name_person(const struct entry_record *record, char person[RULES_PERSON_SIZE])
{
    person[0] = '\0';
    if (record->name[0] != '\0')
        (void)snprintf(person, RULES_PERSON_SIZE, "%s\n%s", record->name, record->department);
}

static void take_entry(struct deriver *deriver, uint64_t number, const struct record_head *head,
                       const json_t *body)
{
    struct entry_record record;
    if (entry_record_parse(body, &record, NULL) != STATUS_OK)
        return;
    if (deriver->phase == DERIVER_COLLECTING) {
        said_take_entry(deriver->said, &record);
        return;
    }
    int64_t at_ns = received_ns(deriver, head, &record.entry);
    if (deriver->phase == DERIVER_REPLAYING) {
        rules_advance(deriver->rules, at_ns);
        if (record.entry.derived == 0)
            rules_was_online(deriver->rules, record.controller, true, at_ns);
    }
    char person[RULES_PERSON_SIZE];
    name_person(&record, person);
    rules_take(deriver->rules, number, record.controller, &record.entry, person, at_ns);
}

static void take_source(struct deriver *deriver, const struct record_head *head, const json_t *body)
{
    static const char prefix[] = "door/";
    uint64_t interval_ns = 0;
    const char *event = json_get_text(body, "event");
    const struct word *word = event == NULL ? NULL : word_door_event_named(event);
    if (strncmp(head->source, prefix, strlen(prefix)) != 0)
        return;
    const char *controller = head->source + strlen(prefix);
    if (json_get_u64(body, "poll_interval_ns", &interval_ns) == STATUS_OK)
        rules_poll_interval(deriver->rules, controller, interval_ns);
    if (deriver->phase == DERIVER_REPLAYING && word != NULL)
        rules_was_online(deriver->rules, controller, word->code == DOOR_SOURCE_ONLINE,
                         made_ns(deriver, head));
}

/* The steady line of another boot is the wall clock of then. */
static void begin_run(struct deriver *deriver, const char *boot_id, int64_t at_ns)
{
    rules_new_run(deriver->rules, strcmp(boot_id, deriver->boot_id) != 0, at_ns);
    (void)snprintf(deriver->boot_id, sizeof deriver->boot_id, "%s", boot_id);
}

static void take_health(struct deriver *deriver, const struct record_head *head, const json_t *body)
{
    const char *event = json_get_text(body, "event");
    if (event != NULL && strcmp(event, word_health_event(HEALTH_STARTED)->name) == 0)
        begin_run(deriver, head->boot_id, made_ns(deriver, head));
}

static void take_camera(struct deriver *deriver, uint64_t number, const struct record_head *head,
                        const json_t *body)
{
    static const char prefix[] = "camera/";
    const char *event = json_get_text(body, "event");
    const struct word *word = event == NULL ? NULL : word_camera_note_named(event);
    if (word == NULL || (word->code != CAMERA_ONLINE && word->code != CAMERA_OFFLINE) ||
        strncmp(head->source, prefix, strlen(prefix)) != 0)
        return;
    rules_tell_camera(deriver->rules, head->source + strlen(prefix), word->code == CAMERA_OFFLINE,
                      number, made_ns(deriver, head));
}

static void take_row(struct deriver *deriver, const struct ledger_row *row)
{
    struct record_head head;
    json_t *body = NULL;
    enum digest_algorithm algorithm = suite_digest_algorithm(deriver->keeper->identity.suite);
    /* a row that is not what was signed is for the row check to report */
    if (signed_row_parse(algorithm, row, &head, &body) == STATUS_OK && body != NULL) {
        if (head.kind == RECORD_ENTRY)
            take_entry(deriver, row->number, &head, body);
        else if (head.kind == RECORD_SOURCE)
            take_source(deriver, &head, body);
        else if (head.kind == RECORD_HEALTH && deriver->phase == DERIVER_REPLAYING)
            take_health(deriver, &head, body);
        else if (head.kind == RECORD_CAMERA && deriver->phase != DERIVER_COLLECTING)
            take_camera(deriver, row->number, &head, body);
        else if (head.kind == RECORD_CONFIG && deriver->phase == DERIVER_COLLECTING)
            said_take_config(deriver->said, row->number, body);
    }
    json_decref(body);
}

/* Reads a few records on. STATUS_AGAIN: there are more. */
static enum status read_on(struct deriver *deriver, uint64_t end)
{
    struct error error;
    if (ledger_view_begin(deriver->view, &error) != STATUS_OK) {
        /* with the next commit */
        log_warning("reading entries to conclude from: %s", error.text);
        return error.status;
    }
    for (unsigned i = 0; i < STEP_RECORDS && deriver->next < end; i++) {
        struct ledger_row row;
        if (ledger_view_row(deriver->view, deriver->next, &row, NULL) == STATUS_OK)
            take_row(deriver, &row);
        deriver->next++;
    }
    ledger_view_end(deriver->view);
    return deriver->next < end ? STATUS_AGAIN : STATUS_OK;
}

/* Everything up to here is read: the next phase begins. */
static void go_on(struct deriver *deriver)
{
    if (deriver->phase == DERIVER_COLLECTING) {
        said_finish(deriver->said, deriver->from, deriver->run_begin);
        deriver->next = deriver->from;
    } else {
        begin_run(deriver, deriver->keeper->clock->boot_id, now_steady_ns(deriver));
    }
    deriver->phase++;
}

static void set_timer(struct deriver *deriver, int64_t now_ns)
{
    int64_t due_ns = rules_due_ns(deriver->rules);
    int64_t wait_ns = due_ns > now_ns + TIMER_LEAST_NS ? due_ns - now_ns : TIMER_LEAST_NS;
    int result = 0;
    if (due_ns != RULES_NEVER)
        result = sd_event_source_set_time_relative(deriver->timer, (uint64_t)wait_ns / 1000);
    if (result >= 0)
        result = sd_event_source_set_enabled(
            deriver->timer, due_ns == RULES_NEVER ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
    if (result < 0) {
        struct error error;
        (void)error_set_errno(&error, STATUS_IO, -result, "the event loop refuses a timer");
        fatal("concluding from entries", &error);
    }
}

/* Only what changed: they look it up by name, and this is after every commit. */
static void tell_states(struct deriver *deriver, int64_t now_ns)
{
    const struct roster *roster = &deriver->keeper->roster;
    for (size_t i = 0; i < roster->controller_count; i++) {
        const struct controller *controller = &roster->controllers[i];
        if (deriver->was_told && deriver->online[i] == controller->online)
            continue;
        rules_online(deriver->rules, controller->id, controller->online, now_ns);
        deriver->online[i] = controller->online;
    }
    deriver->was_told = true;
}

static void advance(struct deriver *deriver)
{
    int64_t now_ns = now_steady_ns(deriver);
    tell_states(deriver, now_ns);
    rules_advance(deriver->rules, now_ns);
    set_timer(deriver, now_ns);
}

static bool step(void *context)
{
    struct deriver *deriver = context;
    if (deriver->phase == DERIVER_OFF || deriver->keeper->phase != KEEPER_RUNNING)
        return false;
    bool is_following = deriver->phase == DERIVER_FOLLOWING;
    uint64_t end =
        is_following ? ledger_size(deriver->keeper->identity.ledger) : deriver->run_begin;
    enum status status = read_on(deriver, end);
    if (status != STATUS_OK)
        return status == STATUS_AGAIN;
    if (!is_following) {
        go_on(deriver);
        return true;
    }
    advance(deriver);
    return false;
}

static int is_due(sd_event_source *source, uint64_t usec, void *context)
{
    (void)source;
    (void)usec;
    deriver_wake(context);
    return 0;
}

enum status deriver_new(struct keeper *keeper, struct deriver **deriver, struct error *error)
{
    struct deriver *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for conclusions");
    made->keeper = keeper;
    enum status status = rules_new(conclude, made, &made->rules, error);
    if (status == STATUS_OK)
        status = said_new(&keeper->roster, &made->said, error);
    if (status == STATUS_OK)
        status = idler_new(keeper->event, step, made, &made->idler, error);
    if (status != STATUS_OK) {
        deriver_free(made);
        return status;
    }
    *deriver = made;
    return STATUS_OK;
}

void deriver_free(struct deriver *deriver)
{
    if (deriver == NULL)
        return;
    (void)sd_event_source_disable_unref(deriver->timer);
    idler_free(deriver->idler);
    rules_free(deriver->rules);
    ledger_view_free(deriver->view);
    said_free(deriver->said);
    free(deriver);
}

static enum status make_timer(struct deriver *deriver, struct error *error)
{
    int result = sd_event_add_time_relative(deriver->keeper->event, &deriver->timer,
                                            CLOCK_MONOTONIC, 0, 0, is_due, deriver);
    if (result >= 0)
        result = sd_event_source_set_enabled(deriver->timer, SD_EVENT_OFF);
    return result >= 0 ? STATUS_OK
                       : error_set_errno(error, STATUS_IO, -result, "cannot make a timer");
}

enum status deriver_start(struct deriver *deriver, struct error *error)
{
    struct keeper *keeper = deriver->keeper;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < keeper->roster.door_count; i++)
        status = rules_add_door(deriver->rules, &keeper->roster.doors[i], error);
    if (status != STATUS_OK || rules_door_count(deriver->rules) == 0)
        return status;
    status = ledger_view_open(keeper->identity.ledger_path, &deriver->view, error);
    if (status == STATUS_OK)
        status = make_timer(deriver, error);
    if (status != STATUS_OK)
        return status;
    deriver->steady_ns = keeper->started.utc_ns - keeper->started.monotonic_ns;
    deriver->run_begin = ledger_size(keeper->identity.ledger);
    deriver->from = deriver->run_begin > WINDOW_RECORDS ? deriver->run_begin - WINDOW_RECORDS : 0;
    deriver->next = deriver->from;
    deriver->phase = DERIVER_COLLECTING;
    deriver_wake(deriver);
    return STATUS_OK;
}

void deriver_wake(struct deriver *deriver)
{
    if (deriver->phase != DERIVER_OFF)
        idler_wake(deriver->idler);
}
