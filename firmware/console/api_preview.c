#include "firmware/console/api_preview.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "firmware/console/console.h"
#include "firmware/console/entry_json.h"
#include "firmware/console/range.h"
#include "firmware/console/scope.h"

#define GAPS_MAX 100u
/* A package has its records besides, a few bytes for each of the video's. */
#define OVERHEAD_BYTES UINT64_C(200000)
/* A gap that goes on is put on record so often, and a segment is sealed sooner. */
#define SETTLED_NS (INT64_C(3700) * NS_PER_SECOND)
/* Segments of one connection follow one another within this. */
#define CLOSE_NS (2 * NS_PER_SECOND)

struct said {
    int64_t from; /* milliseconds */
    int64_t to;
    char cameras[DETAIL_SIZE];
    char doors[DETAIL_SIZE];
};
static const struct body_member members[] = {
    BODY_MEMBER(struct said, from, BODY_NUMBER, true),
    BODY_MEMBER(struct said, to, BODY_NUMBER, true),
    BODY_MEMBER(struct said, cameras, BODY_TEXT, false),
    BODY_MEMBER(struct said, doors, BODY_TEXT, false),
};
const struct body_form preview_form = BODY_FORM(struct said, members);

struct preview {
    struct console *console;
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    const char *camera;     /* that is looked at */
    int64_t covered_utc_ns; /* its time is accounted for so far */
    int64_t open_utc_ns;    /* from then on some camera's is not on record yet; 0: all is */
    uint64_t bytes;
    uint64_t entries;
    uint64_t clips;
    uint64_t more; /* gaps that are not in the list */
    json_t *gaps;
};

static bool next_id(const char **at, char id[ID_SIZE])
{
    *at += strspn(*at, " ");
    size_t size = strcspn(*at, " ");
    (void)snprintf(id, ID_SIZE, "%.*s", (int)size, *at);
    *at += size;
    return size > 0;
}

static enum status add_gap(struct preview *preview, const char *kind, const char *cause,
                           int64_t from_utc_ns, int64_t to_utc_ns)
{
    if (json_array_size(preview->gaps) == GAPS_MAX) {
        preview->more++;
        return STATUS_OK;
    }
    json_t *gap = json_pack("{s:s, s:I, s:I, s:s}", "camera", preview->camera, "from",
                            JSON_MS(from_utc_ns), "to", JSON_MS(to_utc_ns), "kind", kind);
    if (cause != NULL)
        json_object_set_new(gap, "cause", json_string(cause));
    return json_array_append_new(preview->gaps, gap) == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Time of which nothing is on record, as before a camera was first configured. */
static enum status cover_to(struct preview *preview, int64_t utc_ns)
{
    int64_t from = preview->covered_utc_ns;
    return utc_ns - from > CLOSE_NS ? add_gap(preview, "none", NULL, from, utc_ns) : STATUS_OK;
}

static enum status take_run(void *context, const struct catalog_run *run)
{
    struct preview *preview = context;
    const struct word *cause = run->kind == CATALOG_RUN_GAP ? word_gap_cause(run->cause) : NULL;
    enum status status = cover_to(preview, run->start_utc_ns);
    if (status == STATUS_OK && run->kind != CATALOG_RUN_VIDEO)
        status = add_gap(preview, run->kind == CATALOG_RUN_GAP ? "gap" : "expired",
                         cause == NULL ? NULL : cause->name, run->start_utc_ns, run->end_utc_ns);
    if (run->end_utc_ns > preview->covered_utc_ns)
        preview->covered_utc_ns = run->end_utc_ns;
    return status;
}

/* What is not on record yet is being recorded, or becomes a gap within the hour. */
static enum status cover_newest(struct preview *preview, int64_t now)
{
    int64_t to = preview->to_utc_ns < now ? preview->to_utc_ns : now;
    int64_t settled = now - SETTLED_NS < to ? now - SETTLED_NS : to;
    enum status status = cover_to(preview, settled);
    int64_t open = preview->covered_utc_ns > settled ? preview->covered_utc_ns : settled;
    if (to - open > CLOSE_NS && (preview->open_utc_ns == 0 || open < preview->open_utc_ns))
        preview->open_utc_ns = open;
    return status;
}

/* What is not sealed yet comes as fast as what was before. */
static uint64_t guess_newest(const struct preview *preview, const struct catalog_amount *amount)
{
    int64_t now = clock_utc_ns();
    int64_t to = preview->to_utc_ns < now ? preview->to_utc_ns : now;
    if (amount->video_ns == 0 || amount->newest_utc_ns == 0 || amount->newest_utc_ns >= to)
        return 0;
    return (uint64_t)((double)amount->bytes * (double)(to - amount->newest_utc_ns) /
                      (double)amount->video_ns);
}

static enum status add_camera(struct preview *preview, const char *camera, struct error *error)
{
    struct catalog_amount amount;
    struct catalog_view *catalog = preview->console->catalog;
    preview->camera = camera;
    preview->covered_utc_ns = preview->from_utc_ns;
    enum status status = catalog_page_amount(catalog, camera, preview->from_utc_ns,
                                             preview->to_utc_ns, &amount, error);
    if (status == STATUS_OK)
        status = catalog_page_runs(catalog, camera, preview->from_utc_ns, preview->to_utc_ns,
                                   take_run, preview, error);
    if (status == STATUS_OK)
        status = cover_newest(preview, clock_utc_ns());
    preview->camera = NULL;
    if (status != STATUS_OK)
        return status;
    preview->bytes += amount.bytes + guess_newest(preview, &amount);
    preview->clips += amount.clips;
    return STATUS_OK;
}

static enum status add_door(struct preview *preview, const char *door, struct error *error)
{
    uint64_t count = 0;
    enum status status = catalog_page_count(preview->console->catalog, door, preview->from_utc_ns,
                                            preview->to_utc_ns, &count, error);
    preview->entries += count;
    return status;
}

static enum status add_everything(struct preview *preview, struct error *error)
{
    const struct settings *settings = preview->console->settings;
    enum status status = add_door(preview, NULL, error);
    for (size_t i = 0; status == STATUS_OK && i < settings->camera_count; i++)
        status = add_camera(preview, settings->cameras[i].id, error);
    return status;
}

/* Is it the first time that this one, just read, is named? Nothing counts twice. */
static bool is_first(const char *list, const char *behind, const char *id)
{
    char before[DETAIL_SIZE];
    (void)snprintf(before, sizeof before, "%.*s", (int)(behind - list - (ptrdiff_t)strlen(id)),
                   list);
    return !text_names(before, id);
}

static enum status fill(struct preview *preview, const struct said *said, struct error *error)
{
    enum status status = STATUS_OK;
    char id[ID_SIZE];
    bool is_some = false;
    for (const char *at = said->cameras; status == STATUS_OK && next_id(&at, id); is_some = true)
        status = is_first(said->cameras, at, id) ? add_camera(preview, id, error) : STATUS_OK;
    for (const char *at = said->doors; status == STATUS_OK && next_id(&at, id); is_some = true)
        status = is_first(said->doors, at, id) ? add_door(preview, id, error) : STATUS_OK;
    return status == STATUS_OK && !is_some ? add_everything(preview, error) : status;
}

void api_preview(struct call *call)
{
    const struct said *said = call->body;
    struct error error = {0};
    struct preview preview = {.console = call->console, .bytes = OVERHEAD_BYTES};
    if (range_utc_ns(said->from, said->to, &preview.from_utc_ns, &preview.to_utc_ns, &error) !=
        STATUS_OK) {
        request_fail(call->request, &error);
        return;
    }
    preview.gaps = json_array();
    if (fill(&preview, said, &error) != STATUS_OK) {
        json_decref(preview.gaps);
        request_fail(call->request, &error);
        return;
    }
    json_t *json =
        json_pack("{s:I, s:I, s:I, s:o, s:I}", "bytes", (json_int_t)preview.bytes, "entries",
                  (json_int_t)preview.entries, "clips", (json_int_t)preview.clips, "gaps",
                  preview.gaps, "more", (json_int_t)preview.more);
    if (preview.open_utc_ns != 0)
        json_object_set_new(json, "open", json_integer(JSON_MS(preview.open_utc_ns)));
    call_answer(call, json);
}
