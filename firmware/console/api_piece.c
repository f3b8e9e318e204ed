/* One piece of video, held against its digest, with its verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "firmware/console/api_video.h"
#include "firmware/console/console.h"
#include "firmware/console/scope.h"
#include "firmware/console/video_cache.h"
#include "phrase/phrase.h"

bool video_may_be_shown(struct call *call, const struct video_segment *segment)
{
    const struct lookup_scope never = {"video", segment->camera, 0, 1};
    const struct lookup_scope video = {"video", segment->camera, segment->start_utc_ns,
                                       segment->end_utc_ns};
    const struct lookup_scope live = {"live", segment->camera, segment->start_utc_ns,
                                      segment->end_utc_ns};
    return lookups_touch(call->console->lookups, call->token, &video) ||
           lookups_touch(call->console->lookups, call->token, &live) || scope_is_open(call, &never);
}

void video_refuse(struct call *call, enum video_verdict verdict)
{
    static const struct {
        enum response_code code;
        const char *sentence;
    } answers[] = {
        [VIDEO_ALTERED] = {RESPONSE_CONFLICT, "this video is not what was sealed"},
        [VIDEO_MISSING] = {RESPONSE_NOT_FOUND, "this video is missing"},
        [VIDEO_EXPIRED] = {RESPONSE_GONE, "this video was deleted when its time was over"},
        [VIDEO_UNREADABLE] = {RESPONSE_UNAVAILABLE,
                              "this video cannot be read just now: try again"},
    };
    struct response *response =
        response_refusal(answers[verdict].code, video_verdict_name(verdict),
                         answers[verdict].sentence, request_language(call->request));
    if (response != NULL && verdict != VIDEO_UNREADABLE) /* that is none */
        response_header(response, VERDICT_HEADER, video_verdict_name(verdict));
    request_answer(call->request, response);
}

static void give(struct call *call, const struct video_segment *segment)
{
    uint64_t index = path_number(&call->path, 1);
    struct buffer bytes = {0};
    if (!video_may_be_shown(call, segment))
        return;
    if (index >= piece_list_count(segment->pieces)) {
        request_refuse(call->request, RESPONSE_NOT_FOUND, STATUS_NOT_FOUND,
                       "there is no such piece of video");
        return;
    }
    enum video_verdict verdict =
        video_piece_read(segment, call->console->video, (size_t)index, &bytes);
    if (verdict != VIDEO_INTACT && verdict != VIDEO_OPEN) {
        video_refuse(call, verdict);
        return;
    }
    struct response *response = response_bytes(RESPONSE_OK, "video/mp4", &bytes);
    if (response != NULL)
        response_header(response, VERDICT_HEADER, video_verdict_name(verdict));
    request_answer(call->request, response);
}

/* What was looked at and is not proved is altered; what could not be looked at is not. */
enum video_verdict video_verdict_of(enum status status)
{
    return status == STATUS_MISMATCH || status == STATUS_INVALID || status == STATUS_NOT_FOUND
               ? VIDEO_ALTERED
               : VIDEO_UNREADABLE;
}

/* ---- a segment that is not known any more, or not yet sealed when it was ---- */

#define LATEST_NS (2 * NS_PER_DAY)

struct sought {
    const char *id;
    uint64_t record;
    bool has_expired;
};

static enum status compare(void *context, const struct catalog_span *span)
{
    struct sought *sought = context;
    if (span->is_gap || strcmp(span->id, sought->id) != 0)
        return STATUS_OK;
    sought->record = span->record.number;
    sought->has_expired = span->expired_by != 0;
    return STATUS_END;
}

static bool take_sheet(struct call *call, const struct keeper_answer *answer)
{
    struct video_segment *segment = NULL;
    struct error error = {0};
    struct sheet sheet = {0};
    if (answer->type != MESSAGE_SHEET)
        return call_pass_on(call, answer);
    enum status status = sheet_judge(call->console->judge, &answer->payload->sheet,
                                     *answer->attached, &sheet, &error);
    if (status == STATUS_OK)
        status = video_cache_add_sealed(call->console->segments, &sheet,
                                        answer->payload->sheet.record, &segment, &error);
    sheet_release(&sheet);
    if (status == STATUS_OK && strcmp(segment->id, call->path.texts[0]) != 0)
        status = STATUS_MISMATCH;
    if (status != STATUS_OK)
        video_refuse(call, video_verdict_of(status));
    else
        call->route->handle(call); /* it is known now */
    return true;
}

/* By the time in its id: a file is made at most a cut before it is used. */
void video_seek(struct call *call)
{
    const char *id = call->path.texts[0];
    struct sought sought = {.id = id};
    struct catalog_filter filter = {0};
    int64_t at_ns = 0;
    struct error error = {0};
    if (!segment_id_is_valid(id) || segment_id_time(id, &at_ns) != STATUS_OK) {
        request_refuse(call->request, RESPONSE_NOT_FOUND, STATUS_NOT_FOUND,
                       "there is no such piece of video");
        return;
    }
    filter.from_utc_ns = at_ns;
    filter.to_utc_ns = at_ns + LATEST_NS;
    enum status status = catalog_spans(call->console->catalog, &filter, compare, &sought, &error);
    if ((status != STATUS_OK && status != STATUS_END) || sought.record == 0) {
        request_refuse(call->request, RESPONSE_NOT_FOUND, STATUS_NOT_FOUND,
                       "there is no such piece of video");
        return;
    }
    if (sought.has_expired) {
        video_refuse(call, VIDEO_EXPIRED);
        return;
    }
    struct message_sheet_ask ask = {.record = sought.record};
    memcpy(ask.session, call->token, sizeof ask.session);
    call_ask(call, MESSAGE_SHEET_ASK, &ask, take_sheet);
}

void api_piece(struct call *call)
{
    const char *id = call->path.texts[0];
    const struct video_segment *segment = video_cache_find(call->console->segments, id);
    if (segment != NULL)
        give(call, segment);
    else
        video_seek(call);
}
