#include "evidence/report_survey.h"

#include <stdlib.h>
#include <string.h>

#include "store/segment_record.h"

#define CAMERA_PREFIX "camera/"
/* As in FORMAT.md, "What is complete": less than this is no gap. */
#define TOLERANCE_NS (150 * NS_PER_MS)

static int64_t range_ns(const struct survey *survey)
{
    const struct export_record *request = survey->plan->content->request;
    return request->to_utc_ns - request->from_utc_ns;
}

static int64_t clipped(const struct survey *survey, int64_t *start, int64_t *end)
{
    const struct export_record *request = survey->plan->content->request;
    *start = *start < request->from_utc_ns ? request->from_utc_ns : *start;
    *end = *end > request->to_utc_ns ? request->to_utc_ns : *end;
    return *end > *start ? *end - *start : 0;
}

/* Every part that the span touches. */
static void mark(const struct survey *survey, struct survey_camera *camera, int64_t start,
                 int64_t end, enum survey_state state)
{
    int64_t from = survey->plan->content->request->from_utc_ns;
    int64_t range = range_ns(survey);
    if (end < start || range <= 0) {
        return;
    }
    size_t first = (size_t)((__int128)(start - from) * SURVEY_PARTS / range);
    size_t last = (size_t)((__int128)((end > start ? end - 1 : end) - from) * SURVEY_PARTS / range);
    for (size_t i = first; i <= last && i < SURVEY_PARTS; i++) {
        camera->parts[i] = (uint8_t)(camera->parts[i] | state);
    }
}

struct survey_camera *survey_camera_named(const struct survey *survey, const char *id, size_t size)
{
    for (size_t i = 0; i < survey->camera_count; i++) {
        struct survey_camera *camera = &survey->cameras[i];
        if (strlen(camera->id) == size && memcmp(camera->id, id, size) == 0) {
            return camera;
        }
    }
    return NULL;
}

static struct survey_camera *camera_of_source(const struct survey *survey, const char *source)
{
    size_t prefix = strlen(CAMERA_PREFIX);
    return strncmp(source, CAMERA_PREFIX, prefix) == 0
               ? survey_camera_named(survey, source + prefix, strlen(source + prefix))
               : NULL;
}

const char *survey_absence(const struct survey *survey, uint64_t record)
{
    const struct report_absence *absences = survey->plan->absences;
    size_t low = 0;
    size_t high = survey->plan->absence_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (absences[middle].record < record) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < survey->plan->absence_count && absences[low].record == record ? absences[low].cause
                                                                               : NULL;
}

/* ---- stretches without video ---- */

static bool follows(const struct survey_span *before, const struct survey_span *span)
{
    if (before->kind != span->kind || span->start_utc_ns - before->end_utc_ns > TOLERANCE_NS) {
        return false;
    }
    return span->kind == SURVEY_IS_GAP       ? before->continues && before->cause == span->cause
           : span->kind == SURVEY_IS_EXPIRED ? before->record == span->record
                                             : strcmp(before->absence, span->absence) == 0;
}

/* True: it goes on with the last one of its camera. */
static bool add_span(struct survey *survey, struct survey_camera *camera,
                     const struct survey_span *span)
{
    bool goes_on = camera->has_last && follows(&camera->last, span);
    if (goes_on) {
        camera->last.end_utc_ns = span->end_utc_ns;
        camera->last.continues = span->continues;
    } else {
        camera->last = *span;
        camera->has_last = true;
        camera->last_at =
            survey->span_count < SURVEY_SPANS_MAX ? survey->span_count++ : SURVEY_SPANS_MAX;
        survey->spans_more += camera->last_at == SURVEY_SPANS_MAX;
    }
    if (camera->last_at < SURVEY_SPANS_MAX) {
        survey->spans[camera->last_at] = camera->last;
    }
    return goes_on;
}

static void take_gap(struct survey *survey, const struct content_row *row)
{
    struct gap_record gap;
    struct survey_camera *camera = camera_of_source(survey, row->head.source);
    if (camera == NULL || gap_record_parse(row->body, &gap, NULL) != STATUS_OK) {
        return;
    }
    struct survey_span span = {.kind = SURVEY_IS_GAP,
                               .camera = (size_t)(camera - survey->cameras),
                               .record = row->number,
                               .start_utc_ns = gap.start_utc_ns,
                               .end_utc_ns = gap.end_utc_ns,
                               .cause = gap.cause,
                               .continues = gap.continues};
    int64_t length = clipped(survey, &span.start_utc_ns, &span.end_utc_ns);
    if (length <= 0) {
        return;
    }
    memcpy(span.detail, gap.detail, sizeof span.detail);
    bool goes_on = add_span(survey, camera, &span);
    struct survey_cause *cause = &camera->causes[(size_t)gap.cause % SURVEY_CAUSES];
    camera->gap_ns += length;
    cause->count += goes_on ? 0 : 1;
    cause->total_ns += length;
    cause->stretch_ns = goes_on ? cause->stretch_ns + length : length;
    cause->longest_ns =
        cause->stretch_ns > cause->longest_ns ? cause->stretch_ns : cause->longest_ns;
    mark(survey, camera, span.start_utc_ns, span.end_utc_ns, SURVEY_GAP);
}

static void take_lost_segment(struct survey *survey, struct survey_camera *camera,
                              const struct selected_segment *segment, const char *absence)
{
    struct survey_span span = {
        .kind = absence != NULL ? SURVEY_IS_ABSENT : SURVEY_IS_EXPIRED,
        .camera = (size_t)(camera - survey->cameras),
        .record = absence != NULL ? segment->record : segment->expired_by,
        .start_utc_ns = segment->start_utc_ns,
        .end_utc_ns = segment->end_utc_ns,
        .absence = absence,
    };
    int64_t length = clipped(survey, &span.start_utc_ns, &span.end_utc_ns);
    (void)add_span(survey, camera, &span);
    *(absence != NULL ? &camera->absent_ns : &camera->expired_ns) += length;
    mark(survey, camera, span.start_utc_ns, span.end_utc_ns,
         absence != NULL ? SURVEY_ABSENT : SURVEY_EXPIRED);
}

static void take_segments(struct survey *survey)
{
    const struct content *content = survey->plan->content;
    const struct selected_segment *segments =
        selection_segments(content->selection, &survey->segment_count);
    for (size_t i = 0; i < survey->segment_count; i++) {
        const struct selected_segment *segment = &segments[i];
        struct survey_camera *camera =
            camera_of_source(survey, content->request->sources[segment->source].source);
        const char *absence = survey_absence(survey, segment->record);
        int64_t start = segment->start_utc_ns;
        int64_t end = segment->end_utc_ns;
        int64_t length = clipped(survey, &start, &end);
        if (camera == NULL || length == 0) {
            continue;
        }
        if (absence != NULL || segment->expired_by != 0) {
            take_lost_segment(survey, camera, segment, absence);
            survey->broken += absence != NULL && strcmp(absence, "unreadable") != 0;
        } else {
            camera->video_ns += length;
            mark(survey, camera, start, end, SURVEY_VIDEO);
        }
    }
}

/* ---- records ---- */

static void take_segment_record(struct survey *survey, const struct content_row *row)
{
    struct segment_record record;
    struct survey_camera *camera = camera_of_source(survey, row->head.source);
    if (camera == NULL || segment_record_parse(row->body, &record, NULL) != STATUS_OK) {
        return;
    }
    survey->recovered += record.recovered;
    survey->not_covered += record.has_not_covered;
    if (record.camera_clock_known) {
        int64_t offset = record.camera_clock_offset_ns;
        bool known = camera->clock_known;
        camera->clock_least_ns =
            known && camera->clock_least_ns < offset ? camera->clock_least_ns : offset;
        camera->clock_most_ns =
            known && camera->clock_most_ns > offset ? camera->clock_most_ns : offset;
        camera->clock_known = true;
    }
}

enum survey_class survey_class_of(const struct entry_record *entry)
{
    static const uint16_t remarkable[] = {
        DOOR_ACCESS_DENIED,     DOOR_DURESS,       DOOR_READ_ERROR, DOOR_CREDENTIAL_UNKNOWN,
        DOOR_APB_VIOLATION,     DOOR_DUAL_TIMEOUT, DOOR_FORCED,     DOOR_HELD,
        DOOR_EMERGENCY_RELEASE, DOOR_TAMPER,       DOOR_OPEN_UNSEEN};
    static const uint16_t access[] = {
        DOOR_ACCESS_REQUESTED, DOOR_ACCESS_GRANTED, DOOR_ACCESS_TAKEN, DOOR_ACCESS_NOT_TAKEN,
        DOOR_DUAL_WAITING,     DOOR_DUAL_COMPLETED, DOOR_OPENED,       DOOR_REX_PRESSED};
    for (size_t i = 0; i < sizeof remarkable / sizeof remarkable[0]; i++) {
        if (entry->entry.event == remarkable[i]) {
            return SURVEY_REMARKABLE;
        }
    }
    for (size_t i = 0; i < sizeof access / sizeof access[0]; i++) {
        if (entry->entry.event == access[i]) {
            return SURVEY_ACCESS;
        }
    }
    return SURVEY_OTHER;
}

static void take_entry_cameras(struct survey *survey, const struct entry_record *entry)
{
    int64_t at = entry_record_time(entry).utc_ns;
    int64_t start = at;
    int64_t end = at + 1;
    bool inside = clipped(survey, &start, &end) > 0;
    for (const char *id = entry->cameras; *id != '\0';) {
        size_t size = strcspn(id, " ");
        struct survey_camera *camera = survey_camera_named(survey, id, size);
        if (camera != NULL) {
            if (inside) {
                mark(survey, camera, start, end, SURVEY_ENTRY);
            }
            survey->stills[survey_class_of(entry)] += survey_segment_at(survey, camera, at) != NULL;
        }
        id += size;
        id += *id == ' ';
    }
}

static void take_entry(struct survey *survey, const struct content_row *row)
{
    struct entry_record entry;
    survey->entries++;
    if (entry_record_parse(row->body, &entry, NULL) != STATUS_OK) {
        return;
    }
    survey->granted += entry.entry.derived == 0 && entry.entry.verdict == VERDICT_GRANTED;
    survey->denied += entry.entry.derived == 0 && entry.entry.verdict == VERDICT_DENIED;
    survey->conclusions += entry.entry.derived != 0;
    take_entry_cameras(survey, &entry);
}

static enum status take_row(void *context, const struct content_row *row)
{
    static const struct {
        enum record_kind kind;
        void (*take)(struct survey *survey, const struct content_row *row);
    } takers[] = {
        {RECORD_ENTRY, take_entry}, {RECORD_GAP, take_gap}, {RECORD_SEGMENT, take_segment_record}};
    struct survey *survey = context;
    bool is_entry = row->head.kind == RECORD_ENTRY;
    survey->records++;
    survey->unsynced += row->head.quality == CLOCK_UNSYNCED;
    survey->withheld += is_entry && row->state == CONTENT_WITHHELD;
    survey->gone += is_entry && row->state == CONTENT_GONE;
    survey->broken += row->state == CONTENT_ALTERED;
    if (row->state != CONTENT_SHOWN) {
        survey->entries += is_entry && row->state != CONTENT_WITHHELD;
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
        if (takers[i].kind == row->head.kind) {
            takers[i].take(survey, row);
        }
    }
    return STATUS_OK;
}

/* ---- finding segments ---- */

static int compare(const void *a, const void *b, void *context)
{
    const struct selected_segment *segments = context;
    const struct selected_segment *first = &segments[*(const uint32_t *)a];
    const struct selected_segment *second = &segments[*(const uint32_t *)b];
    if (first->source != second->source) {
        return first->source < second->source ? -1 : 1;
    }
    return (first->start_utc_ns > second->start_utc_ns) -
           (first->start_utc_ns < second->start_utc_ns);
}

static enum status sort_segments(struct survey *survey)
{
    size_t count = 0;
    const struct selected_segment *segments =
        selection_segments(survey->plan->content->selection, &count);
    survey->order = malloc((count + 1) * sizeof *survey->order);
    if (survey->order == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        survey->order[i] = (uint32_t)i;
    }
    qsort_r(survey->order, count, sizeof *survey->order, compare, (void *)(uintptr_t)segments);
    return STATUS_OK;
}

const struct selected_segment *survey_segment_at(const struct survey *survey,
                                                 const struct survey_camera *camera, int64_t utc_ns)
{
    size_t count = 0;
    const struct selected_segment *segments =
        selection_segments(survey->plan->content->selection, &count);
    size_t low = 0;
    size_t high = count;
    /* the first one behind the camera's last that begins by then */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct selected_segment *segment = &segments[survey->order[middle]];
        if (segment->source < camera->source ||
            (segment->source == camera->source && segment->start_utc_ns <= utc_ns)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return NULL;
    }
    const struct selected_segment *found = &segments[survey->order[low - 1]];
    return found->source == camera->source && utc_ns < found->end_utc_ns ? found : NULL;
}

const struct word *survey_cause_at(const struct survey *survey, const struct survey_camera *camera,
                                   int64_t utc_ns)
{
    for (size_t i = 0; i < survey->span_count; i++) {
        const struct survey_span *span = &survey->spans[i];
        if (span->kind == SURVEY_IS_GAP && &survey->cameras[span->camera] == camera &&
            utc_ns >= span->start_utc_ns && utc_ns < span->end_utc_ns) {
            return word_gap_cause(span->cause);
        }
    }
    return NULL;
}

bool survey_is_complete(const struct survey *survey)
{
    bool complete = survey->gone == 0 && survey->withheld == 0 && survey->not_covered == 0;
    for (size_t i = 0; i < survey->camera_count; i++) {
        const struct survey_camera *camera = &survey->cameras[i];
        complete = complete && camera->gap_ns == 0 && camera->expired_ns == 0 &&
                   camera->absent_ns == 0 && camera->unexplained_ns == 0;
    }
    return complete;
}

/* ---- all of it ---- */

static enum status take_cameras(struct survey *survey)
{
    const struct export_record *request = survey->plan->content->request;
    survey->cameras = calloc(request->count + 1, sizeof *survey->cameras);
    survey->spans = calloc(SURVEY_SPANS_MAX, sizeof *survey->spans);
    if (survey->cameras == NULL || survey->spans == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < request->count; i++) {
        const char *source = request->sources[i].source;
        if (strncmp(source, CAMERA_PREFIX, strlen(CAMERA_PREFIX)) == 0) {
            survey->cameras[survey->camera_count++] =
                (struct survey_camera){.id = source + strlen(CAMERA_PREFIX), .source = (uint32_t)i};
        }
    }
    return STATUS_OK;
}

static void take_clips(struct survey *survey)
{
    for (size_t i = 0; i < survey->plan->item_count; i++) {
        const struct report_item *item = &survey->plan->items[i];
        struct survey_camera *camera =
            item->camera != NULL ? survey_camera_named(survey, item->camera, strlen(item->camera))
                                 : NULL;
        if (camera != NULL) {
            camera->clips++;
            camera->clip_bytes += item->size_bytes;
        }
    }
}

static void take_rest(struct survey *survey)
{
    for (size_t i = 0; i < survey->camera_count; i++) {
        struct survey_camera *camera = &survey->cameras[i];
        int64_t rest = range_ns(survey) - camera->video_ns - camera->gap_ns - camera->expired_ns -
                       camera->absent_ns;
        camera->unexplained_ns = rest > 2 * TOLERANCE_NS ? rest : 0;
    }
}

static int compare_spans(const void *a, const void *b)
{
    const struct survey_span *first = a;
    const struct survey_span *second = b;
    return (first->start_utc_ns > second->start_utc_ns) -
           (first->start_utc_ns < second->start_utc_ns);
}

enum status survey_make(const struct report_plan *plan, struct survey *survey, struct error *error)
{
    survey->plan = plan;
    enum status status = take_cameras(survey);
    status = status == STATUS_OK ? sort_segments(survey) : status;
    if (status != STATUS_OK) {
        return error_set(error, status, "no memory for a report");
    }
    take_segments(survey);
    take_clips(survey);
    status = content_each(plan->content, take_row, survey, error);
    take_rest(survey);
    qsort(survey->spans, survey->span_count, sizeof *survey->spans, compare_spans);
    return status;
}

void survey_release(struct survey *survey)
{
    free(survey->cameras);
    free(survey->spans);
    free(survey->order);
}
