#include "firmware/console/moment.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "firmware/console/api_video.h"
#include "firmware/console/console.h"
#include "firmware/console/scope.h"

struct moment {
    char camera[ID_SIZE];
    int64_t at_utc_ns;
    void (*then)(struct call *call, const struct video_segment *segment);
    uint64_t record; /* of the segment, if it is sealed */
    bool has_expired;
    char open[SEGMENT_ID_SIZE]; /* the one that is being recorded */
};

static void none(struct call *call)
{
    request_refuse(call->request, RESPONSE_NOT_FOUND, STATUS_NOT_FOUND,
                   "there is no video of that moment");
}

/* Nothing is kept any more when `then` begins. */
static void found(struct call *call, const struct video_segment *segment)
{
    struct moment *moment = call->kept;
    void (*then)(struct call * call, const struct video_segment *segment) = moment->then;
    call->kept = NULL;
    call->release = NULL;
    free(moment);
    then(call, segment);
}

static bool take_sheet(struct call *call, const struct keeper_answer *answer)
{
    struct console *console = call->console;
    struct video_segment *segment = NULL;
    struct error error = {0};
    struct sheet sheet = {0};
    if (answer->type != MESSAGE_SHEET)
        return call_pass_on(call, answer);
    enum status status =
        sheet_judge(console->judge, &answer->payload->sheet, *answer->attached, &sheet, &error);
    if (status == STATUS_OK)
        status = video_cache_add_sealed(console->segments, &sheet, answer->payload->sheet.record,
                                        &segment, &error);
    sheet_release(&sheet);
    if (status == STATUS_OK)
        found(call, segment);
    else
        video_refuse(call, video_verdict_of(status));
    return true;
}

static void ask_sheet(struct call *call)
{
    const struct moment *moment = call->kept;
    const struct video_segment *known =
        video_cache_find_record(call->console->segments, moment->record);
    struct message_sheet_ask ask = {.record = moment->record};
    if (known != NULL) {
        found(call, known);
        return;
    }
    memcpy(ask.session, call->token, sizeof ask.session);
    call_ask(call, MESSAGE_SHEET_ASK, &ask, take_sheet);
}

static void add_open(struct call *call, const struct keeper_answer *answer)
{
    struct moment *moment = call->kept;
    const struct message_open_segment *said = &answer->payload->open_segment;
    struct video_segment *segment = video_cache_find(call->console->segments, said->segment);
    struct error error = {0};
    /* one that was sealed meanwhile is proved already */
    if ((segment == NULL || segment->is_open) &&
        video_cache_add_open(call->console->segments, said, *answer->attached, &segment, &error) !=
            STATUS_OK)
        return;
    if (segment->start_utc_ns <= moment->at_utc_ns && moment->at_utc_ns < segment->end_utc_ns)
        memcpy(moment->open, segment->id, sizeof moment->open);
}

static bool take_open(struct call *call, const struct keeper_answer *answer)
{
    const struct moment *moment = call->kept;
    if (answer->type == MESSAGE_OPEN_SEGMENT)
        add_open(call, answer);
    if (answer->type != MESSAGE_DONE)
        return false;
    const struct video_segment *segment =
        moment->open[0] == '\0' ? NULL : video_cache_find(call->console->segments, moment->open);
    if (segment == NULL)
        none(call);
    else
        found(call, segment);
    return true;
}

static void ask_open(struct call *call)
{
    const struct moment *moment = call->kept;
    struct message_open_ask ask = {0};
    memcpy(ask.session, call->token, sizeof ask.session);
    memcpy(ask.camera, moment->camera, sizeof ask.camera);
    call_ask(call, MESSAGE_OPEN_ASK, &ask, take_open);
}

static enum status take_span(void *context, const struct catalog_span *span)
{
    struct moment *moment = context;
    if (span->is_gap || span->start_utc_ns > moment->at_utc_ns ||
        span->end_utc_ns <= moment->at_utc_ns)
        return STATUS_OK;
    moment->record = span->record.number;
    moment->has_expired = span->expired_by != 0;
    return STATUS_OK;
}

static void look(struct call *call)
{
    struct moment *moment = call->kept;
    struct error error = {0};
    const struct catalog_filter filter = {.camera = moment->camera,
                                          .from_utc_ns = moment->at_utc_ns,
                                          .to_utc_ns = moment->at_utc_ns + 1};
    enum status status = catalog_spans(call->console->catalog, &filter, take_span, moment, &error);
    if (status != STATUS_OK)
        request_fail(call->request, &error);
    else if (moment->has_expired)
        video_refuse(call, VIDEO_EXPIRED);
    else if (moment->record != 0)
        ask_sheet(call);
    else
        ask_open(call);
}

void moment_find(struct call *call, const char *camera, int64_t at_utc_ns,
                 void (*then)(struct call *call, const struct video_segment *segment))
{
    struct moment *moment = calloc(1, sizeof *moment);
    if (moment == NULL) {
        request_answer(call->request, NULL);
        return;
    }
    message_text(moment->camera, sizeof moment->camera, camera);
    moment->at_utc_ns = at_utc_ns;
    moment->then = then;
    call->kept = moment;
    call->release = free;
    look(call);
}
