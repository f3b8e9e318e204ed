#include "firmware/console/api_state.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/vocabulary.h"
#include "firmware/console/console.h"

#define MS(ns) ((json_int_t)((ns) / NS_PER_MS))

/* What has come so far. */
struct state {
    json_t *whole;
    json_t *cameras;
    json_t *controllers;
};

static void release(void *kept)
{
    struct state *state = kept;
    json_decref(state->whole);
    free(state);
}

static json_t *whole_json(const struct settings *settings, const struct message_status *status)
{
    static const char *const encrypted[] = {"no", "yes", "unknown"};
    char page[2 * DIGEST_SIZE + 1];
    hex_encode(page, status->page_sha256, DIGEST_SIZE);
    json_t *reach = status->reach_days == UINT32_MAX ? json_null()
                                                     : json_integer((json_int_t)status->reach_days);
    json_t *whole = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:{s:I}, s:s, s:I, s:I, s:{s:I, s:I, s:I, s:s}, s:I, "
        "s:o, s:I, s:I, s:I, s:s}",
        "site", status->site, "unit", settings->setup.unit, "origin", status->origin, "suite",
        status->suite, "fingerprint", status->fingerprint, "version", SEALROOM_VERSION,
        "checkpoint", "at", MS(status->checkpoint_utc_ns), "clock",
        status->clock_quality == CLOCK_SYNCED ? "synced" : "unsynced", "started",
        MS(status->started_utc_ns), "records", (json_int_t)status->records, "volume", "bytes",
        (json_int_t)status->volume_bytes, "free", (json_int_t)status->volume_free_bytes, "reserve",
        (json_int_t)status->reserve_bytes, "encrypted",
        encrypted[status->encrypted <= 2 ? status->encrypted : 2], "oldest_video",
        MS(status->oldest_video_utc_ns), "reach_days", reach, "video_days",
        (json_int_t)status->video_days, "record_days", (json_int_t)status->record_days, "holds",
        (json_int_t)status->holds, "page_sha256", page);
    if (whole != NULL && status->console_fingerprint[0] != '\0')
        json_object_set_new(whole, "console_fingerprint", json_string(status->console_fingerprint));
    return whole;
}

static json_t *camera_json(const struct message_status_camera *camera)
{
    const struct word *cause =
        camera->recording != 0 ? NULL : word_gap_cause((enum gap_cause)camera->cause);
    return json_pack("{s:s, s:s, s:b, s:s?, s:I, s:I, s:I, s:s, s:i, s:i}", "id", camera->camera,
                     "name", camera->name, "recording", camera->recording != 0, "cause",
                     cause == NULL ? NULL : cause->name, "since", MS(camera->since_utc_ns),
                     "bytes_stored", (json_int_t)camera->bytes_stored, "bytes_per_second",
                     (json_int_t)camera->bytes_per_second, "codec", camera->video_codec, "width",
                     (int)camera->width, "height", (int)camera->height);
}

static json_t *controller_json(const struct message_status_source *source)
{
    return json_pack("{s:s, s:b, s:I, s:I, s:I}", "id", source->controller, "online",
                     source->online != 0, "since", MS(source->since_utc_ns), "entries",
                     (json_int_t)source->entries, "last", MS(source->last_utc_ns));
}

static void finish(struct call *call, const struct message_done *done)
{
    struct state *state = call->kept;
    if (done->status != STATUS_OK || state->whole == NULL) {
        call_refuse(call, done);
        return;
    }
    call_answer(call, json_incref(state->whole));
}

static bool take_answer(struct call *call, const struct keeper_answer *answer)
{
    struct state *state = call->kept;
    const union message_payload *payload = answer->payload;
    if (answer->type == MESSAGE_STATUS && state->whole == NULL) {
        state->whole = whole_json(call->console->settings, &payload->status);
        state->cameras = json_array();
        state->controllers = json_array();
        json_object_set_new(state->whole, "cameras", state->cameras);
        json_object_set_new(state->whole, "controllers", state->controllers);
    } else if (answer->type == MESSAGE_STATUS_CAMERA) {
        json_array_append_new(state->cameras, camera_json(&payload->status_camera));
    } else if (answer->type == MESSAGE_STATUS_SOURCE) {
        json_array_append_new(state->controllers, controller_json(&payload->status_source));
    } else if (answer->type == MESSAGE_DONE) {
        finish(call, &payload->done);
        return true;
    }
    return false;
}

void api_state(struct call *call)
{
    struct message_status_ask ask = {0};
    struct state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        request_answer(call->request, NULL);
        return;
    }
    call->kept = state;
    call->release = release;
    call_ask(call, MESSAGE_STATUS_ASK, &ask, take_answer);
}

void api_verify_page(struct call *call)
{
    struct buffer page = {0};
    const struct buffer *installed = &call->console->verify_page;
    if (installed->size == 0 ||
        buffer_append(&page, installed->data, installed->size) != STATUS_OK) {
        request_refuse(call->request, RESPONSE_NOT_FOUND, STATUS_NOT_FOUND,
                       "there is no such page");
        return;
    }
    struct response *response = response_bytes(RESPONSE_OK, "text/html; charset=utf-8", &page);
    if (response != NULL)
        response_header(response, "Content-Disposition", "attachment; filename=\"verify.html\"");
    request_answer(call->request, response);
}
