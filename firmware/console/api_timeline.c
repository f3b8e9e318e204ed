#include "firmware/console/api_timeline.h"

#include "firmware/console/console.h"
#include "firmware/console/entry_json.h"
#include "firmware/console/range.h"
#include "firmware/console/scope.h"
#include "ledger/record.h"

#define RANGE_MAX_NS (8 * NS_PER_DAY)
#define MARKS_MAX    2000

static enum status take_run(void *context, const struct catalog_run *run)
{
    static const char *const kinds[] = {[CATALOG_RUN_VIDEO] = "video",
                                        [CATALOG_RUN_GAP] = "gap",
                                        [CATALOG_RUN_EXPIRED] = "expired"};
    json_t *json = json_pack("{s:s, s:I, s:I}", "kind", kinds[run->kind], "from",
                             JSON_MS(run->start_utc_ns), "to", JSON_MS(run->end_utc_ns));
    const struct word *cause = run->kind == CATALOG_RUN_GAP ? word_gap_cause(run->cause) : NULL;
    if (cause != NULL)
        json_object_set_new(json, "cause", json_string(cause->name));
    return json_array_append_new(context, json) == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status take_mark(void *context, const struct catalog_mark *mark)
{
    const struct word *event = word_door_event(mark->event);
    json_t *json = json_pack(
        "{s:I, s:I, s:s, s:s, s:s, s:o}", "record", (json_int_t)mark->record, "at",
        JSON_MS(mark->at_utc_ns), "kind", mark->alarming ? "alarm" : "entry", "event",
        event == NULL ? "" : event->name, "door", mark->door, "cameras", json_ids(mark->cameras));
    return json_array_append_new(context, json) == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status add_camera(struct console *console, const char *camera, int64_t from, int64_t to,
                              json_t *cameras, struct error *error)
{
    json_t *spans = json_array();
    json_array_append_new(cameras, json_pack("{s:s, s:o}", "id", camera, "spans", spans));
    return catalog_page_runs(console->catalog, camera, from, to, take_run, spans, error);
}

static enum status fill(struct console *console, int64_t from, int64_t to, json_t *cameras,
                        json_t *marks, struct error *error)
{
    const struct settings *settings = console->settings;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < settings->camera_count; i++)
        status = add_camera(console, settings->cameras[i].id, from, to, cameras, error);
    return status == STATUS_OK
               ? catalog_page_marks(console->catalog, from, to, MARKS_MAX, take_mark, marks, error)
               : status;
}

void api_timeline(struct call *call)
{
    struct error error = {0};
    int64_t from = 0;
    int64_t to = 0;
    enum status status = range_of_query(&call->query, &from, &to, &error);
    if (status == STATUS_OK && to - from > RANGE_MAX_NS)
        status = error_set(&error, STATUS_INVALID, "the range ends before it begins");
    const struct lookup_scope scope = {"entries", "", from, to};
    if (status == STATUS_OK && !scope_is_open(call, &scope))
        return;
    json_t *cameras = json_array();
    json_t *marks = json_array();
    if (status == STATUS_OK)
        status = fill(call->console, from, to, cameras, marks, &error);
    if (status == STATUS_OK) {
        call_answer(call, json_pack("{s:o, s:o}", "cameras", cameras, "marks", marks));
        return;
    }
    json_decref(cameras);
    json_decref(marks);
    request_fail(call->request, &error);
}
