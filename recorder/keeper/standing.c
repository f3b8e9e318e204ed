#include "keeper/standing.h"

#include <stdlib.h>
#include <string.h>

#include "keeper/accounts.h"
#include "keeper/body.h"
#include "keeper/export_keys.h"
#include "keeper/exports.h"
#include "keeper/signed_row.h"
#include "store/export_record.h"
#include "store/exported_record.h"
#include "store/gap_record.h"
#include "store/key_record.h"

static const char *const export_members[EXPORT_KEY_KINDS] = {
    [EXPORT_KEY_RSA] = "export_rsa",
    [EXPORT_KEY_SUITE] = "export_suite",
};

/* ---- writing ---- */

static json_t *camera_body(const struct camera *camera)
{
    struct body body = body_begin();
    body_text(&body, "camera", camera->id);
    if (camera->coverage.begun)
        body_time(&body, "covered_to", camera->coverage.covered_to.utc_ns);
    body_text(&body, "address", camera->address);
    body_raw_digest(&body, "certificate", camera->certificate.bytes);
    body_raw_digest(&body, "description", camera->description.bytes);
    return body_end(&body);
}

static json_t *alarm_body(const struct alarm *alarm)
{
    struct body body = body_begin();
    body_text(&body, "alarm", alarm->kind);
    body_text(&body, "source", alarm->source);
    body_text(&body, "subject", alarm->subject);
    body_u64(&body, "begin", alarm->record);
    body_time(&body, "since", alarm->since_utc_ns);
    body_text(&body, "detail", alarm->detail);
    return body_end(&body);
}

/* The request for a package that has no result yet, if there is one. */
static void put_export(struct body *body, const struct keeper *keeper)
{
    struct export_open open;
    if (!exports_open_request(keeper->exports, &open))
        return;
    struct body said = body_begin();
    body_u64(&said, "request", open.request);
    body_small(&said, "uid", open.operator.uid);
    body_small(&said, "process", open.operator.process);
    body_text(&said, "account", open.operator.account);
    body_put(body, "export", body_end(&said));
}

json_t *standing_body(const struct keeper *keeper)
{
    struct body body = body_begin();
    json_t *cameras = json_array();
    json_t *alarms = json_array();
    bool failed = cameras == NULL || alarms == NULL;
    for (size_t i = 0; !failed && i < keeper->roster.camera_count; i++)
        failed = json_array_append_new(cameras, camera_body(keeper->roster.cameras[i])) != 0;
    for (size_t i = 0; !failed && i < alarms_count(keeper->alarms); i++)
        failed = json_array_append_new(alarms, alarm_body(alarms_at(keeper->alarms, i))) != 0;
    body_text(&body, "certificate", keeper->identity.fingerprint);
    for (int kind = 0; kind < EXPORT_KEY_KINDS; kind++) {
        uint64_t record = export_keys_record(keeper->export_keys, (enum export_key_kind)kind);
        if (record > 0)
            body_u64(&body, export_members[kind], record);
    }
    body_put(&body, "cameras", cameras);
    body_put(&body, "alarms", alarms);
    accounts_put_standing(keeper->accounts, &body);
    put_export(&body, keeper);
    body.failed = body.failed || failed;
    return body_end(&body);
}

/* ---- reading ---- */

#define ENDED_MAX 4096u

struct reading {
    struct standing *standing;
    bool complete;  /* the newest standing was reached */
    bool run_known; /* how the run before ended is known */
    size_t ended_count;
    uint64_t *ended;   /* begins whose ends were seen, newest first */
    uint64_t exported; /* the newest request that has a result; of any before nothing is left */
    bool has_exported;
};

static struct standing_camera *camera_named(struct standing *standing, const char *id)
{
    for (size_t i = 0; i < standing->camera_count; i++) {
        if (strcmp(standing->cameras[i].id, id) == 0)
            return &standing->cameras[i];
    }
    if (standing->camera_count == STANDING_CAMERAS_MAX || !camera_id_is_valid(id))
        return NULL;
    struct standing_camera *camera = &standing->cameras[standing->camera_count++];
    message_text(camera->id, sizeof camera->id, id);
    return camera;
}

static struct standing_camera *camera_of_source(struct standing *standing, const char *source)
{
    const char *prefix = "camera/";
    if (strncmp(source, prefix, strlen(prefix)) != 0)
        return NULL;
    return camera_named(standing, source + strlen(prefix));
}

/* Records of one camera are not in the order of time: a segment is recorded after the gap that
 * follows it. */
static void cover(struct standing_camera *camera, int64_t end_utc_ns)
{
    if (camera == NULL || (camera->begun && camera->covered_to_utc_ns >= end_utc_ns))
        return;
    camera->begun = true;
    camera->covered_to_utc_ns = end_utc_ns;
}

static void take_identity(struct standing_camera *camera, const json_t *body, const char *address,
                          const char *certificate, const char *description)
{
    const char *text = json_get_text(body, address);
    if (camera == NULL || text == NULL || camera->address[0] != '\0')
        return;
    message_text(camera->address, sizeof camera->address, text);
    if (json_get_digest(body, certificate, &camera->certificate) != STATUS_OK)
        camera->certificate = (struct digest){0};
    if (json_get_digest(body, description, &camera->description) != STATUS_OK)
        camera->description = (struct digest){0};
}

static void take_time(struct standing_camera *camera, const json_t *body, const char *member)
{
    int64_t end_utc_ns = 0;
    if (json_get_time(body, member, &end_utc_ns) == STATUS_OK)
        cover(camera, end_utc_ns);
}

static bool has_ended(const struct reading *reading, uint64_t begin)
{
    for (size_t i = 0; i < reading->ended_count; i++) {
        if (reading->ended[i] == begin)
            return true;
    }
    return false;
}

static void add_alarm(struct reading *reading, const struct alarm *alarm)
{
    struct standing *standing = reading->standing;
    if (!has_ended(reading, alarm->record) && standing->alarm_count < ALARMS_MAX)
        standing->alarms[standing->alarm_count++] = *alarm;
}

static void take_alarm(struct reading *reading, uint64_t number, const struct record_head *head,
                       const json_t *body)
{
    struct alarm_record said;
    if (alarm_record_parse(body, &said, NULL) != STATUS_OK)
        return;
    if (said.end) {
        if (reading->ended_count < ENDED_MAX)
            reading->ended[reading->ended_count++] = said.begin;
        return;
    }
    struct alarm alarm = {.record = number, .since_utc_ns = head->at_utc_ns};
    message_text(alarm.source, sizeof alarm.source, head->source);
    message_text(alarm.kind, sizeof alarm.kind, said.kind);
    message_text(alarm.subject, sizeof alarm.subject, said.subject);
    message_text(alarm.detail, sizeof alarm.detail, said.detail);
    add_alarm(reading, &alarm);
}

static void text_member(char *field, size_t size, const json_t *object, const char *key)
{
    const char *text = json_get_text(object, key);
    message_text(field, size, text == NULL ? "" : text);
}

static void take_standing_alarm(struct reading *reading, const json_t *object)
{
    struct alarm alarm = {.record = 0};
    if (json_get_u64(object, "begin", &alarm.record) != STATUS_OK ||
        json_get_time(object, "since", &alarm.since_utc_ns) != STATUS_OK)
        return;
    text_member(alarm.source, sizeof alarm.source, object, "source");
    text_member(alarm.kind, sizeof alarm.kind, object, "alarm");
    text_member(alarm.subject, sizeof alarm.subject, object, "subject");
    text_member(alarm.detail, sizeof alarm.detail, object, "detail");
    add_alarm(reading, &alarm);
}

/* One at a time is made: what is open is the newest request, or there is none. */
static void add_export(struct reading *reading, const struct export_open *open)
{
    struct standing *standing = reading->standing;
    if (standing->has_export || (reading->has_exported && open->request <= reading->exported))
        return;
    standing->has_export = true;
    standing->export = *open;
}

static void take_operator(struct reading *reading, uint64_t number, const json_t *body)
{
    struct export_open open = {.request = number};
    if (exported_record_is(body)) {
        uint64_t request = 0;
        if (json_get_u64(body, "request", &request) == STATUS_OK &&
            (!reading->has_exported || request > reading->exported)) {
            reading->has_exported = true;
            reading->exported = request;
        }
    } else if (export_record_is(body)) {
        open.operator.uid =(uint32_t) json_integer_value(json_object_get(body, "uid"));
        open.operator.process =(uint32_t) json_integer_value(json_object_get(body, "process"));
        text_member(open.operator.account, sizeof open.operator.account, body, "account");
        add_export(reading, &open);
    }
}

static void take_standing_export(struct reading *reading, const json_t *object)
{
    struct export_open open = {.request = 0};
    if (json_get_u64(object, "request", &open.request) != STATUS_OK)
        return;
    open.operator.uid =(uint32_t) json_integer_value(json_object_get(object, "uid"));
    open.operator.process =(uint32_t) json_integer_value(json_object_get(object, "process"));
    text_member(open.operator.account, sizeof open.operator.account, object, "account");
    add_export(reading, &open);
}

/* The newest is met first. */
static void add_account(struct standing *standing, const json_t *object, uint64_t number)
{
    const char *name = json_get_text(object, "account");
    if (name == NULL || !account_name_is_valid(name) || standing->account_count == ACCOUNTS_MAX)
        return;
    for (size_t i = 0; i < standing->account_count; i++) {
        if (strcmp(standing->accounts[i].account, name) == 0)
            return;
    }
    struct standing_account *account = &standing->accounts[standing->account_count++];
    message_text(account->account, sizeof account->account, name);
    account->record = number;
}

/* One that was added behind the program's back was never made: nothing that lasts is on record of
 * it. */
static void take_account(struct standing *standing, uint64_t number, const json_t *body)
{
    if (json_get_text(body, "role") != NULL)
        add_account(standing, body, number);
}

static void take_standing(struct reading *reading, const json_t *body)
{
    const json_t *said = json_object_get(body, "standing");
    if (!json_is_object(said))
        return;
    size_t index = 0;
    const json_t *item = NULL;
    json_array_foreach(json_object_get(said, "cameras"), index, item)
    {
        const char *id = json_get_text(item, "camera");
        struct standing_camera *camera = id == NULL ? NULL : camera_named(reading->standing, id);
        if (camera == NULL)
            continue;
        camera->configured = true;
        take_time(camera, item, "covered_to");
        take_identity(camera, item, "address", "certificate", "description");
    }
    json_array_foreach(json_object_get(said, "alarms"), index, item)
        take_standing_alarm(reading, item);
    for (int kind = 0; kind < EXPORT_KEY_KINDS; kind++) {
        uint64_t *record = &reading->standing->export_keys[kind];
        if (*record == 0 && json_get_u64(said, export_members[kind], record) != STATUS_OK)
            *record = 0;
    }
    json_array_foreach(json_object_get(said, "accounts"), index, item)
    {
        uint64_t record = 0;
        if (json_get_u64(item, "record", &record) == STATUS_OK)
            add_account(reading->standing, item, record);
    }
    take_standing_export(reading, json_object_get(said, "export"));
    const char *fingerprint = json_get_text(said, "certificate");
    if (reading->standing->certificate[0] == '\0' && fingerprint != NULL)
        message_text(reading->standing->certificate, sizeof reading->standing->certificate,
                     fingerprint);
    reading->complete = true;
}

static void take_health(struct reading *reading, const json_t *body)
{
    const char *event = json_get_text(body, "event");
    const struct word *word = event == NULL ? NULL : word_health_event_named(event);
    if (word == NULL || (word->code != HEALTH_STARTED && word->code != HEALTH_STOPPED &&
                         word->code != HEALTH_FAILED))
        return;
    if (!reading->run_known) {
        reading->run_known = true;
        reading->standing->found = true;
        reading->standing->stopped = word->code == HEALTH_STOPPED;
    }
}

static void take_key(struct standing *standing, uint64_t number, const json_t *body)
{
    enum export_key_kind kind = EXPORT_KEY_RSA;
    if (key_record_is_export(body, &kind)) {
        if (standing->export_keys[kind] == 0)
            standing->export_keys[kind] = number;
    } else if (!key_record_is_console(body) && standing->certificate[0] == '\0') {
        text_member(standing->certificate, sizeof standing->certificate, body, "fingerprint");
    }
}

/* One record, newest first. */
static void take(struct reading *reading, uint64_t number, const struct record_head *head,
                 const json_t *body)
{
    struct standing *standing = reading->standing;
    struct standing_camera *camera = camera_of_source(standing, head->source);
    if (head->kind == RECORD_GAP || head->kind == RECORD_SEGMENT)
        take_time(camera, body, "end");
    else if (head->kind == RECORD_CAMERA && camera != NULL)
        take_identity(camera, body, "address", "certificate_sha256", "sdp_sha256");
    else if (head->kind == RECORD_ALARM)
        take_alarm(reading, number, head, body);
    else if (head->kind == RECORD_KEY)
        take_key(standing, number, body);
    else if (head->kind == RECORD_HEALTH)
        take_health(reading, body);
    else if (head->kind == RECORD_OPERATOR)
        take_operator(reading, number, body);
    else if (head->kind == RECORD_ACCOUNT)
        take_account(standing, number, body);
    take_standing(reading, body);
}

static enum status read_back(struct ledger_view *view, enum digest_algorithm algorithm,
                             struct reading *reading, struct error *error)
{
    uint64_t number = 0;
    enum status status = ledger_view_end_number(view, &number, error);
    while (status == STATUS_OK && number > 0 && !reading->complete) {
        struct ledger_row row;
        struct record_head head;
        json_t *body = NULL;
        number--;
        /* a row that cannot be read is for the row check to report */
        if (ledger_view_row(view, number, &row, NULL) != STATUS_OK ||
            signed_row_parse(algorithm, &row, &head, &body) != STATUS_OK)
            continue;
        if (reading->standing->newest_utc_ns == 0)
            reading->standing->newest_utc_ns = head.at_utc_ns;
        if (body != NULL)
            take(reading, number, &head, body);
        json_decref(body);
    }
    return status;
}

enum status standing_read(const char *ledger_path, enum digest_algorithm algorithm,
                          struct standing *standing, struct error *error)
{
    struct ledger_view *view = NULL;
    struct reading reading = {.standing = standing};
    memset(standing, 0, sizeof *standing);
    reading.ended = calloc(ENDED_MAX, sizeof *reading.ended);
    if (reading.ended == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory to read what stands");
    enum status status = ledger_view_open(ledger_path, &view, error);
    if (status == STATUS_OK)
        status = ledger_view_begin(view, error);
    if (status == STATUS_OK)
        status = read_back(view, algorithm, &reading, error);
    ledger_view_free(view);
    free(reading.ended);
    return status;
}

const struct standing_camera *standing_camera(const struct standing *standing, const char *id)
{
    for (size_t i = 0; i < standing->camera_count; i++) {
        if (strcmp(standing->cameras[i].id, id) == 0)
            return &standing->cameras[i];
    }
    return NULL;
}
