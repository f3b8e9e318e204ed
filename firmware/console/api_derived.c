#include "firmware/console/api_derived.h"

#include <stdlib.h>

#include "base/clock.h"
#include "evidence/still.h"
#include "firmware/console/api_video.h"
#include "firmware/console/console.h"
#include "firmware/console/derived.h"
#include "firmware/console/moment.h"
#include "firmware/console/picture_link.h"
#include "firmware/console/scope.h"
#include "firmware/console/still_cache.h"

#define STILL_QUALITY 70

/* What a call waits for. */
struct derivation {
    struct derived_plan plan;
    enum video_verdict verdict; /* when its pieces were read last */
};

static void answer(struct call *call, struct buffer *made)
{
    const struct derivation *derivation = call->kept;
    struct response *response =
        response_bytes(RESPONSE_OK, derivation->plan.is_video ? "video/mp4" : "image/jpeg", made);
    if (response != NULL) {
        response_header(response, DERIVED_HEADER, "yes");
        response_header(response, VERDICT_HEADER, video_verdict_name(derivation->verdict));
    }
    request_answer(call->request, response);
}

static bool is_good(enum video_verdict verdict)
{
    return verdict == VIDEO_INTACT || verdict == VIDEO_OPEN;
}

/* ---- what the link asks ---- */

static bool is_wanted(const void *context)
{
    const struct call *call = context;
    return request_is_wanted(call->request);
}

static bool write_question(void *context, struct buffer *question)
{
    struct call *call = context;
    struct derivation *derivation = call->kept;
    const struct video_segment *segment =
        video_cache_find(call->console->segments, derivation->plan.segment);
    derivation->verdict =
        segment == NULL ? VIDEO_MISSING
                        : derived_write(&derivation->plan, segment, call->console->video, question);
    if (!is_good(derivation->verdict))
        video_refuse(call, derivation->verdict);
    return is_good(derivation->verdict);
}

static void answered(void *context, enum status status, struct buffer *made)
{
    struct call *call = context;
    const struct derivation *derivation = call->kept;
    if (status == STATUS_OK) {
        if (!derivation->plan.is_video)
            still_cache_add(call->console->stills, &derivation->plan, buffer_bytes(made));
        answer(call, made);
        return;
    }
    if (status == STATUS_INVALID)
        still_cache_avoid(call->console->stills, &derivation->plan);
    if (status == STATUS_INVALID || status == STATUS_UNSUPPORTED)
        request_refuse(call->request, RESPONSE_CONFLICT, STATUS_UNSUPPORTED,
                       "this video cannot be decoded here");
    else
        request_refuse(call->request, RESPONSE_UNAVAILABLE, STATUS_AGAIN,
                       "no picture can be made just now: try again");
}

/* ---- what both do ---- */

static bool keep(struct call *call, const struct derived_plan *plan)
{
    struct derivation *derivation = calloc(1, sizeof *derivation);
    if (derivation == NULL) {
        request_answer(call->request, NULL);
        return false;
    }
    derivation->plan = *plan;
    call->kept = derivation;
    call->release = free;
    return true;
}

static void ask(struct call *call)
{
    const struct derivation *derivation = call->kept;
    const struct picture_question question = {is_wanted, write_question, answered, call};
    if (still_cache_is_avoided(call->console->stills, &derivation->plan))
        request_refuse(call->request, RESPONSE_CONFLICT, STATUS_UNSUPPORTED,
                       "this video cannot be decoded here");
    else
        picture_link_ask(call->console->pictures, &question);
}

/* ---- stills ---- */

static int64_t asked_number(const struct call *call, const char *name, int64_t most, int64_t absent)
{
    int64_t number = 0;
    return query_number(&call->query, name, 0, most, absent, &number, NULL) == STATUS_OK ? number
                                                                                         : -1;
}

static int64_t asked_ms(const struct call *call)
{
    return asked_number(call, "at", INT64_MAX / NS_PER_MS - 1, -1);
}

static int64_t asked_width(const struct call *call)
{
    return asked_number(call, "width", STILL_WIDTH_MAX, DERIVED_WIDTH);
}

/* One that was made before saves the decoder's work, not the look at its pieces. */
static void give_still(struct call *call, const struct video_segment *segment)
{
    struct derivation *derivation = call->kept;
    struct bytes known = still_cache_find(call->console->stills, &derivation->plan);
    struct buffer copy = {0};
    derivation->verdict = derived_write(&derivation->plan, segment, call->console->video, NULL);
    if (!is_good(derivation->verdict))
        video_refuse(call, derivation->verdict);
    else if (known.size > 0 && buffer_append(&copy, known.data, known.size) == STATUS_OK)
        answer(call, &copy);
    else
        ask(call);
}

static void plan_still(struct call *call, const struct video_segment *segment)
{
    struct derived_plan plan;
    struct error error = {0};
    enum status status = derived_plan_still(segment, asked_ms(call) * NS_PER_MS, &plan, &error);
    if (status != STATUS_OK) {
        request_fail(call->request, &error);
        return;
    }
    plan.width_max = (uint16_t)asked_width(call);
    plan.quality = STILL_QUALITY;
    if (keep(call, &plan))
        give_still(call, segment);
}

static void find_segment(struct call *call)
{
    moment_find(call, call->path.texts[0], asked_ms(call) * NS_PER_MS, plan_still);
}

void api_still(struct call *call)
{
    const char *camera = call->path.texts[0];
    int64_t at_utc_ns = asked_ms(call) * NS_PER_MS;
    const struct lookup_scope scope = {"video", camera, at_utc_ns, at_utc_ns + NS_PER_MS};
    const struct lookup_scope live = {"live", camera, at_utc_ns, at_utc_ns + NS_PER_MS};
    if (at_utc_ns < 0 || asked_width(call) < 16)
        request_refuse(call->request, RESPONSE_BAD_REQUEST, STATUS_INVALID,
                       "the request says something that is not known");
    else if (settings_camera(call->console->settings, camera) == NULL)
        request_refuse(call->request, RESPONSE_NOT_FOUND, STATUS_NOT_FOUND,
                       "there is no such camera");
    else if (lookups_cover(call->console->lookups, call->token, &scope) ||
             lookups_cover(call->console->lookups, call->token, &live))
        find_segment(call);
    else if (scope_is_open(call, &scope))
        scope_record_recent(call, "video", camera, find_segment);
}

/* ---- video ---- */

void api_derived(struct call *call)
{
    const struct video_segment *segment =
        video_cache_find(call->console->segments, call->path.texts[0]);
    struct derived_plan plan;
    struct error error = {0};
    if (segment == NULL) {
        video_seek(call);
        return;
    }
    if (!video_may_be_shown(call, segment))
        return;
    enum status status = derived_plan_video(segment, (size_t)path_number(&call->path, 1),
                                            (size_t)path_number(&call->path, 2), &plan, &error);
    if (status != STATUS_OK) {
        request_fail(call->request, &error);
        return;
    }
    plan.width_max = DERIVED_VIDEO_WIDTH;
    if (keep(call, &plan))
        ask(call);
}
