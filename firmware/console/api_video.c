#include "firmware/console/api_video.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "firmware/console/console.h"
#include "firmware/console/entry_json.h"
#include "firmware/console/range.h"
#include "firmware/console/scope.h"
#include "firmware/console/video_cache.h"
#include "phrase/phrase.h"

#define SPANS_MAX 600
/* What may be open still: a segment is cut long before. */
#define OPEN_NS (900 * NS_PER_SECOND)
/* One that was cut just now is in the catalog within these looks. */
#define LOOKS_MAX   20
#define LOOK_US     UINT64_C(50000)
#define HOLE_NS     (NS_PER_SECOND / 2)
#define JUST_NOW_NS (120 * NS_PER_SECOND)

/* A camera's time on its way into an answer: what is open, then one span after the other, each
 * proved. In this order, for what is cut in between is then listed twice rather than not at all. */
struct listing {
    char camera[ID_SIZE];
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    bool is_live;
    struct catalog_span *spans;
    size_t count;
    size_t capacity;
    size_t next;
    json_t *open; /* parts that were open when the keeper was asked */
    unsigned looks;
    sd_event_source *again;
    json_t *parts;
};

static void release(void *kept)
{
    struct listing *listing = kept;
    sd_event_source_disable_unref(listing->again);
    json_decref(listing->open);
    json_decref(listing->parts);
    free(listing->spans);
    free(listing);
}

static void list_spans(struct call *call);
static void go_on(struct call *call);

/* ---- parts of the answer ---- */

static json_t *fragments_of(const struct listing *listing, const struct video_segment *segment)
{
    json_t *fragments = json_array();
    for (size_t i = 1; i < piece_list_count(segment->pieces); i++) {
        const struct piece *piece = piece_list_at(segment->pieces, i);
        bool is_asked = piece->start_utc_ns + piece->duration_ns > listing->from_utc_ns &&
                        piece->start_utc_ns < listing->to_utc_ns;
        /* what is before is wanted too, for a picture may need it; of live pictures it was given */
        if (piece->kind == PIECE_FRAGMENT &&
            (is_asked || (!listing->is_live && piece->start_utc_ns < listing->to_utc_ns)))
            json_array_append_new(
                fragments, json_pack("{s:I, s:I, s:I, s:b}", "piece", (json_int_t)i, "start",
                                     JSON_MS(piece->start_utc_ns), "duration",
                                     JSON_MS(piece->duration_ns), "keyframe", piece->keyframe));
    }
    return fragments;
}

static void add_segment(const struct listing *listing, json_t *parts,
                        const struct video_segment *segment, enum video_verdict verdict)
{
    const char *state = verdict == VIDEO_INTACT ? "sealed" : video_verdict_name(verdict);
    bool is_shown = verdict == VIDEO_INTACT || verdict == VIDEO_OPEN || verdict == VIDEO_ALTERED ||
                    verdict == VIDEO_UNREADABLE;
    json_array_append_new(
        parts, json_pack("{s:s, s:s, s:I, s:s, s:I, s:I, s:o}", "segment", segment->id, "state",
                         state, "record", (json_int_t)segment->record, "codec", segment->codec,
                         "from", JSON_MS(segment->start_utc_ns), "to", JSON_MS(segment->end_utc_ns),
                         "fragments", is_shown ? fragments_of(listing, segment) : json_array()));
}

/* Time without video, or of which nothing can be proved. */
static void add_span(struct call *call, const struct catalog_span *span, const char *state,
                     const char *detail)
{
    struct listing *listing = call->kept;
    char shown[PHRASE_SIZE];
    const struct word *cause = span->is_gap ? word_gap_cause(span->cause) : NULL;
    json_t *json = json_pack(
        "{s:s, s:I, s:I, s:I, s:s}", "state", state, "record", (json_int_t)span->record.number,
        "from", JSON_MS(span->start_utc_ns), "to", JSON_MS(span->end_utc_ns), "detail",
        phrase_in(detail, request_language(call->request), shown, sizeof shown));
    if (cause != NULL)
        json_object_set_new(json, "cause", json_string(cause->name));
    if (!span->is_gap)
        json_object_set_new(json, "segment", json_string(span->id));
    json_array_append_new(listing->parts, json);
}

/* ---- one after the other ---- */

static void add_known(struct call *call, struct video_segment *segment)
{
    struct listing *listing = call->kept;
    const struct catalog_span *span = &listing->spans[listing->next++];
    segment->has_expired = span->expired_by != 0;
    add_segment(listing, listing->parts, segment, video_file_look(segment, call->console->video));
}

/* The keeper could not be asked, or he may not any more: that says nothing of the video. */
static bool is_unheard(const struct keeper_answer *answer)
{
    static const enum status unheard[] = {STATUS_END,   STATUS_TIMEOUT, STATUS_FULL,
                                          STATUS_AGAIN, STATUS_REFUSED, STATUS_NO_MEMORY};
    bool is = false;
    for (size_t i = 0; i < sizeof unheard / sizeof unheard[0]; i++)
        is = is || answer->payload->done.status == unheard[i];
    return answer->type == MESSAGE_DONE && is;
}

static bool take_sheet(struct call *call, const struct keeper_answer *answer)
{
    struct listing *listing = call->kept;
    const struct catalog_span *span = &listing->spans[listing->next];
    struct console *console = call->console;
    struct video_segment *segment = NULL;
    struct error error = {0};
    struct sheet sheet = {0};
    enum status status = STATUS_OK;
    if (is_unheard(answer))
        return call_pass_on(call, answer);
    if (answer->type == MESSAGE_SHEET)
        status =
            sheet_judge(console->judge, &answer->payload->sheet, *answer->attached, &sheet, &error);
    else if (answer->type == MESSAGE_DONE)
        status = error_set(&error, (enum status)answer->payload->done.status, "%s",
                           answer->payload->done.text);
    else
        return false;
    if (status == STATUS_OK)
        status = video_cache_add_sealed(console->segments, &sheet, span->record.number, &segment,
                                        &error);
    sheet_release(&sheet);
    if (status == STATUS_OK) {
        add_known(call, segment);
    } else {
        add_span(call, span, video_verdict_name(video_verdict_of(status)), error.text);
        listing->next++;
    }
    go_on(call);
    return true;
}

static void ask_sheet(struct call *call, uint64_t record)
{
    struct message_sheet_ask ask = {.record = record};
    memcpy(ask.session, call->token, sizeof ask.session);
    call_ask(call, MESSAGE_SHEET_ASK, &ask, take_sheet);
}

static bool take_open(struct call *call, const struct keeper_answer *answer)
{
    struct listing *listing = call->kept;
    struct video_segment *segment = NULL;
    struct error error = {0};
    if (answer->type == MESSAGE_OPEN_SEGMENT) {
        const struct message_open_segment *said = &answer->payload->open_segment;
        /* one that was sealed meanwhile is proved already */
        struct video_segment *known = video_cache_find(call->console->segments, said->segment);
        if ((known == NULL || known->is_open) && said->start_utc_ns < listing->to_utc_ns &&
            video_cache_add_open(call->console->segments, said, *answer->attached, &segment,
                                 &error) == STATUS_OK &&
            segment->end_utc_ns > listing->from_utc_ns) {
            video_learn_codec(segment, call->console->video);
            add_segment(listing, listing->open, segment,
                        video_file_look(segment, call->console->video));
        }
        return false;
    }
    if (answer->type != MESSAGE_DONE)
        return false;
    list_spans(call);
    return true;
}

static void ask_open(struct call *call)
{
    struct listing *listing = call->kept;
    struct message_open_ask ask = {0};
    if (listing->to_utc_ns < clock_utc_ns() - OPEN_NS) {
        list_spans(call);
        return;
    }
    memcpy(ask.session, call->token, sizeof ask.session);
    memcpy(ask.camera, listing->camera, sizeof ask.camera);
    call_ask(call, MESSAGE_OPEN_ASK, &ask, take_open);
}

static bool is_listed(const struct listing *listing, const char *segment)
{
    for (size_t i = 0; i < listing->count; i++)
        if (strcmp(listing->spans[i].id, segment) == 0)
            return true;
    return false;
}

/* What was open then, unless it was sealed since. */
static void give(struct call *call)
{
    struct listing *listing = call->kept;
    size_t index = 0;
    json_t *part = NULL;
    json_array_foreach(listing->open, index, part)
    {
        if (!is_listed(listing, json_string_value(json_object_get(part, "segment"))))
            json_array_append(listing->parts, part);
    }
    call_answer(call, json_pack("{s:O}", "parts", listing->parts));
}

static void go_on(struct call *call)
{
    struct listing *listing = call->kept;
    while (listing->next < listing->count) {
        const struct catalog_span *span = &listing->spans[listing->next];
        struct video_segment *known =
            video_cache_find_record(call->console->segments, span->record.number);
        if (span->is_gap || span->expired_by != 0) {
            add_span(call, span, span->is_gap ? "gap" : "expired", span->detail);
            listing->next++;
        } else if (known != NULL) {
            add_known(call, known);
        } else {
            ask_sheet(call, span->record.number);
            return;
        }
    }
    give(call);
}

/* ---- what is asked for ---- */

static enum status take_span(void *context, const struct catalog_span *span)
{
    struct listing *listing = context;
    if (listing->count == SPANS_MAX)
        return STATUS_FULL;
    struct catalog_span *spans =
        array_room(listing->spans, listing->count, &listing->capacity, sizeof *spans);
    if (spans == NULL)
        return STATUS_NO_MEMORY;
    listing->spans = spans;
    listing->spans[listing->count++] = *span;
    return STATUS_OK;
}

/* Is there nothing yet of what was before the open ones? Or is none open, though just now there
 * was video? The next may not have begun. */
static bool is_behind(const struct listing *listing)
{
    int64_t open_utc_ns = INT64_MAX;
    int64_t now = clock_utc_ns();
    int64_t end_utc_ns = listing->from_utc_ns;
    size_t index = 0;
    json_t *part = NULL;
    json_array_foreach(listing->open, index, part)
    {
        int64_t from = json_integer_value(json_object_get(part, "from")) * NS_PER_MS;
        open_utc_ns = from < open_utc_ns ? from : open_utc_ns;
    }
    for (size_t i = 0; i < listing->count; i++)
        if (listing->spans[i].end_utc_ns > end_utc_ns)
            end_utc_ns = listing->spans[i].end_utc_ns;
    if (open_utc_ns == INT64_MAX && listing->count > 0 && now - end_utc_ns < JUST_NOW_NS)
        open_utc_ns = now < listing->to_utc_ns ? now : listing->to_utc_ns;
    return open_utc_ns != INT64_MAX && open_utc_ns - end_utc_ns > HOLE_NS;
}

static int look_again(sd_event_source *source, uint64_t at_us, void *context)
{
    struct call *call = context;
    struct listing *listing = call->kept;
    (void)source;
    (void)at_us;
    listing->again = sd_event_source_disable_unref(listing->again);
    listing->count = 0;
    list_spans(call);
    return 0;
}

static bool can_wait(struct call *call)
{
    struct listing *listing = call->kept;
    return listing->looks++ < LOOKS_MAX &&
           sd_event_add_time_relative(call->console->event, &listing->again, CLOCK_MONOTONIC,
                                      LOOK_US, 0, look_again, call) >= 0;
}

static void list_spans(struct call *call)
{
    struct listing *listing = call->kept;
    struct error error = {0};
    const struct catalog_filter filter = {.camera = listing->camera,
                                          .from_utc_ns = listing->from_utc_ns,
                                          .to_utc_ns = listing->to_utc_ns};
    enum status status = catalog_spans(call->console->catalog, &filter, take_span, listing, &error);
    if (status == STATUS_FULL)
        (void)error_set(&error, STATUS_INVALID, "that is too much video at once");
    if (status != STATUS_OK)
        request_fail(call->request, &error);
    else if (!is_behind(listing) || !can_wait(call))
        go_on(call);
}

static void begin(struct call *call)
{
    struct listing *listing = NULL;
    struct error error = {0};
    int64_t from = 0;
    int64_t to = 0;
    enum status status = range_of_query(&call->query, &from, &to, &error);
    listing = status == STATUS_OK ? calloc(1, sizeof *listing) : NULL;
    if (listing == NULL) {
        request_answer(call->request, NULL);
        return;
    }
    listing->from_utc_ns = from;
    listing->to_utc_ns = to;
    listing->is_live = query_text(&call->query, "live")[0] != '\0';
    listing->open = json_array();
    listing->parts = json_array();
    memcpy(listing->camera, call->path.texts[0], sizeof listing->camera);
    call->kept = listing;
    call->release = release;
    ask_open(call);
}

void api_video(struct call *call)
{
    struct error error = {0};
    int64_t from = 0;
    int64_t to = 0;
    const char *camera = call->path.texts[0];
    bool is_live = query_text(&call->query, "live")[0] != '\0';
    enum status status = range_of_query(&call->query, &from, &to, &error);
    if (status == STATUS_OK && settings_camera(call->console->settings, camera) == NULL)
        status = error_set(&error, STATUS_NOT_FOUND, "there is no such camera");
    if (status != STATUS_OK) {
        request_fail(call->request, &error);
        return;
    }
    const struct lookup_scope scope = {"video", camera, from, to};
    if (lookups_cover(call->console->lookups, call->token, &scope))
        begin(call);
    else if (scope_is_open(call, &scope))
        scope_record_recent(call, is_live ? "live" : "video", camera, begin);
}
