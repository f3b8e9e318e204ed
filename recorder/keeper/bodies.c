#include "keeper/bodies.h"

#include <stdio.h>
#include <string.h>

#include "base/card.h"
#include "keeper/body.h"
#include "keeper/body_operator.h"
#include "ledger/record.h"

static const char *clock_word(enum clock_quality quality)
{
    return quality == CLOCK_SYNCED ? "synced" : "unsynced";
}

static const char *word_name(const struct word *word)
{
    return word == NULL ? "" : word->name;
}

/* The name of a small code; "" for one that has none. */
static const char *table_name(const char *const *names, size_t count, unsigned code)
{
    return code < count && names[code] != NULL ? names[code] : "";
}
#define TABLE_NAME(names, code) table_name(names, sizeof(names) / sizeof((names)[0]), code)

static const char *const policy_names[] = {
    [FULL_DELETE_OLDEST] = "delete_oldest", [FULL_STOP] = "stop"};
static const char *const transport_names[] = {
    [TRANSPORT_TCP] = "tcp", [TRANSPORT_UDP] = "udp", [TRANSPORT_SERIAL] = "serial"};
static const char *const clock_event_names[] = {
    [CLOCK_EVENT_STEP] = "step", [CLOCK_EVENT_DRIFT] = "drift", [CLOCK_EVENT_QUALITY] = "quality"};

json_t *body_ledger(const char *origin, const char *suite, const json_t *predecessor)
{
    struct body body = body_begin();
    body_text(&body, "origin", origin);
    body_text(&body, "suite", suite);
    body_text(&body, "version", SEALROOM_VERSION);
    body_borrowed(&body, "predecessor", predecessor);
    return body_end(&body);
}

json_t *body_predecessor(const char *file, const char *origin, const char *checkpoint)
{
    struct body body = body_begin();
    body_text(&body, "file", file);
    body_text(&body, "origin", origin);
    body_text(&body, "checkpoint", checkpoint);
    return body_end(&body);
}

json_t *body_key(const char *use, const char *suite, const char *fingerprint,
                 struct bytes certificate_der)
{
    struct body body = body_begin();
    struct buffer text = {0};
    body_text(&body, "use", use);
    body_text(&body, "suite", suite);
    body_text(&body, "fingerprint", fingerprint);
    if (base64_append(&text, certificate_der) == STATUS_OK)
        body_put(&body, "certificate", json_stringn((const char *)text.data, text.size));
    else
        body.failed = true;
    buffer_release(&text);
    return body_end(&body);
}

json_t *body_config(const struct message_keeper_settings *settings, const json_t *cameras,
                    const json_t *doors)
{
    struct body body = body_begin();
    body_text(&body, "path", settings->configuration_path);
    body_raw_digest(&body, "sha256", settings->configuration_sha256);
    body_raw_digest(&body, "sm3", settings->configuration_sm3);
    body_text(&body, "site", settings->site);
    body_small(&body, "video_days", settings->video_days);
    body_small(&body, "record_days", settings->record_days);
    body_text(&body, "full_policy", TABLE_NAME(policy_names, settings->full_policy));
    body_u64(&body, "reserve_bytes", settings->reserve_bytes);
    body_small(&body, "segment_seconds", settings->segment_seconds);
    if (settings->card != CARDS_FULL)
        body_text(&body, "card", "masked");
    body_borrowed(&body, "cameras", cameras);
    body_borrowed(&body, "doors", doors);
    return body_end(&body);
}

json_t *body_config_camera(const struct message_camera_settings *camera)
{
    struct body body = body_begin();
    body_text(&body, "camera", camera->camera);
    body_text(&body, "name", camera->name);
    if (camera->share_percent != 0)
        body_small(&body, "share_percent", camera->share_percent);
    return body_end(&body);
}

json_t *body_config_rules(const struct message_door_settings *door)
{
    if (door->rules == 0)
        return NULL;
    struct body body = body_begin();
    body_small(&body, "held_s", door->held_s);
    body_small(&body, "prealarm_s", door->prealarm_s);
    body_small(&body, "grant_s", door->grant_s);
    body_small(&body, "grace_ms", door->grace_ms);
    if (door->two_persons_s != 0)
        body_small(&body, "two_persons_s", door->two_persons_s);
    if (door->anti_passback != 0)
        body_text(&body, "anti_passback", "observe");
    return body_end(&body);
}

json_t *body_config_door(const struct message_door_settings *door)
{
    struct body body = body_begin();
    body_text(&body, "door", door->door);
    body_text(&body, "name", door->name);
    body_text(&body, "controller", door->controller);
    body_words(&body, "cameras", door->cameras);
    if (door->rules != 0)
        body_put(&body, "rules", body_config_rules(door));
    return body_end(&body);
}

json_t *body_source(const struct message_source_state *state, uint64_t folded)
{
    struct body body = body_begin();
    body_text(&body, "event", word_name(word_door_event((enum door_event)state->event)));
    body_time(&body, "at", state->at_utc_ns);
    body_i64(&body, "at_monotonic_ns", state->at_monotonic_ns);
    if (state->poll_interval_ns != 0)
        body_u64(&body, "poll_interval_ns", state->poll_interval_ns);
    body_text(&body, "address", state->address);
    body_text(&body, "detail", state->detail);
    body_text(&body, "profile", state->profile);
    body_raw_digest(&body, "profile_sha256", state->profile_sha256);
    body_raw_digest(&body, "profile_sm3", state->profile_sm3);
    if (folded != 0)
        body_u64(&body, "folded", folded);
    return body_end(&body);
}

json_t *body_camera_online(const struct message_stream_up *up)
{
    struct body body = body_begin();
    body_text(&body, "event", word_name(word_camera_note(CAMERA_ONLINE)));
    body_time(&body, "at", up->at_utc_ns);
    body_i64(&body, "at_monotonic_ns", up->at_monotonic_ns);
    body_text(&body, "address", up->address);
    body_small(&body, "port", up->port);
    body_text(&body, "transport", TABLE_NAME(transport_names, up->transport));
    body_flag(&body, "encrypted", up->encrypted != 0);
    body_raw_digest(&body, "certificate_sha256", up->certificate_sha256);
    body_raw_digest(&body, "sdp_sha256", up->sdp_sha256);
    body_text(&body, "video_codec", up->video_codec);
    body_text(&body, "audio_codec", up->audio_codec);
    body_text(&body, "server", up->server);
    return body_end(&body);
}

json_t *body_camera_offline(const struct message_stream_down *down)
{
    struct body body = body_begin();
    body_text(&body, "event", word_name(word_camera_note(CAMERA_OFFLINE)));
    body_time(&body, "at", down->at_utc_ns);
    body_i64(&body, "at_monotonic_ns", down->at_monotonic_ns);
    body_text(&body, "cause", word_name(word_gap_cause((enum gap_cause)down->cause)));
    body_text(&body, "detail", down->detail);
    return body_end(&body);
}

json_t *body_camera_note(enum camera_note note, int64_t at_utc_ns, uint64_t count,
                         const char *detail)
{
    struct body body = body_begin();
    body_text(&body, "event", word_name(word_camera_note(note)));
    body_time(&body, "at", at_utc_ns);
    if (count != 0)
        body_u64(&body, "count", count);
    body_text(&body, "detail", detail);
    return body_end(&body);
}

json_t *body_heartbeat(uint64_t latest, const json_t *operators, const json_t *standing)
{
    struct body body = body_begin();
    body_u64(&body, "latest", latest);
    body_borrowed(&body, "operators", operators);
    body_borrowed(&body, "standing", standing);
    return body_end(&body);
}

json_t *body_clock(enum clock_event event, int64_t before_ns, int64_t after_ns,
                   enum clock_quality quality)
{
    struct body body = body_begin();
    body_text(&body, "event", TABLE_NAME(clock_event_names, event));
    if (event != CLOCK_EVENT_QUALITY) {
        body_i64(&body, "offset_before_ns", before_ns);
        body_i64(&body, "offset_after_ns", after_ns);
        body_i64(&body, "difference_ns", after_ns - before_ns);
    }
    body_text(&body, "clock", clock_word(quality));
    return body_end(&body);
}

json_t *body_health(enum health_event event, const char *subject, const char *detail,
                    uint64_t count)
{
    struct body body = body_begin();
    body_text(&body, "event", word_name(word_health_event(event)));
    body_text(&body, "subject", subject);
    body_text(&body, "detail", detail);
    if (count != 0)
        body_u64(&body, "count", count);
    return body_end(&body);
}

json_t *body_started(uint32_t process, const json_t *standing)
{
    struct body body = body_begin();
    body_text(&body, "event", word_name(word_health_event(HEALTH_STARTED)));
    body_text(&body, "version", SEALROOM_VERSION);
    body_small(&body, "process", process);
    body_borrowed(&body, "standing", standing);
    return body_end(&body);
}

json_t *body_worker_ended(const struct message_worker_ended *ended)
{
    struct body body = body_begin();
    body_text(&body, "event", word_name(word_health_event(HEALTH_WORKER_ENDED)));
    body_text(&body, "role", role_name((enum role)ended->role));
    body_text(&body, "source", ended->source);
    if (ended->signal != 0)
        body_small(&body, "signal", ended->signal);
    else
        body_i64(&body, "exit_code", ended->exit_code);
    body_small(&body, "restarts", ended->restarts);
    body_flag(&body, "ordered", ended->ordered != 0);
    body_text(&body, "detail", ended->detail);
    return body_end(&body);
}

void operator_source(const struct operator_peer *operator, char source[SOURCE_SIZE])
{
    if (operator->account[0] != '\0')
        (void)snprintf(source, SOURCE_SIZE, "operator/%s", operator->account);
    else
        (void)snprintf(source, SOURCE_SIZE, "operator/uid-%u", operator->uid);
}

json_t *body_lookup(const struct message_lookup *lookup, const struct operator_peer *operator)
{
    struct body body = body_begin();
    body_text(&body, "action", "lookup");
    body_text(&body, "what", lookup->what);
    body_time(&body, "from", lookup->from_utc_ns);
    body_time(&body, "to", lookup->to_utc_ns);
    body_text(&body, "filter", lookup->filter);
    body_text(&body, "reason", lookup->reason);
    body_put_operator(&body, operator);
    return body_end(&body);
}

json_t *body_seal_now(const struct operator_peer *operator)
{
    struct body body = body_begin();
    body_text(&body, "action", "seal_now");
    body_put_operator(&body, operator);
    return body_end(&body);
}

json_t *body_checkpoint_lost(const char *place, uint64_t records, uint64_t checkpoint_size,
                             const struct digest *checkpoint_root)
{
    struct body body = body_begin();
    body_text(&body, "place", place);
    body_u64(&body, "records", records);
    body_u64(&body, "checkpoint_size", checkpoint_size);
    body_digest(&body, "checkpoint_root", checkpoint_root);
    return body_end(&body);
}

json_t *body_anchor(const char *place, const struct operator_peer *operator)
{
    struct body body = body_begin();
    body_text(&body, "place", place[0] == '\0' ? "command line" : place);
    body_put_operator(&body, operator);
    return body_end(&body);
}
