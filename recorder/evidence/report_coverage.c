/* Coverage: what there is of each camera in the range, what is missing, and why. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "evidence/report_parts.h"
#include "store/expiry_record.h"

/* A timeline in units of SVG: one a part. */
#define BAR_TOP      12
#define BAR_HEIGHT   22
#define TIMELINE_END "</svg></div>\n"

/* ---- timelines ---- */

/* Marks that differ in shape too, for a printer without colours. */
static void put_patterns(struct page *page)
{
    page_markup(
        page,
        "<svg class=\"patterns\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>"
        "<pattern id=\"gap\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" class=\"ground-gap\"/>"
        "<path d=\"M1 0V6\" class=\"line\"/></pattern>"
        "<pattern id=\"expired\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
        "<rect width=\"6\" height=\"6\" class=\"ground-expired\"/>"
        "<circle cx=\"3\" cy=\"3\" r=\"1.2\" class=\"dot\"/></pattern>"
        "<pattern id=\"absent\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">"
        "<rect width=\"8\" height=\"8\" class=\"ground-absent\"/>"
        "<path d=\"M1 1L7 7M7 1L1 7\" class=\"cross\"/></pattern></defs></svg>\n");
}

/* What a part is drawn as: what is missing covers what is there, so that no gap is too short. */
static const struct {
    uint8_t bit;
    const char *fill;
    enum report_text name;
} drawn[] = {
    {SURVEY_ABSENT, "fill=\"url(#absent)\"", SAY_COVERAGE_LEGEND_ABSENT},
    {SURVEY_GAP, "fill=\"url(#gap)\"", SAY_COVERAGE_LEGEND_GAP},
    {SURVEY_EXPIRED, "fill=\"url(#expired)\"", SAY_COVERAGE_LEGEND_EXPIRED},
    {SURVEY_VIDEO, "class=\"video\"", SAY_COVERAGE_LEGEND_VIDEO},
};
#define DRAWN_COUNT (sizeof drawn / sizeof drawn[0])

static size_t drawn_as(uint8_t part)
{
    size_t i = 0;
    while (i < DRAWN_COUNT && (part & drawn[i].bit) == 0) {
        i++;
    }
    return i;
}

static void put_bars(struct page *page, const struct survey_camera *camera)
{
    for (size_t at = 0; at < SURVEY_PARTS;) {
        size_t as = drawn_as(camera->parts[at]);
        size_t end = at + 1;
        while (end < SURVEY_PARTS && drawn_as(camera->parts[end]) == as) {
            end++;
        }
        if (as < DRAWN_COUNT) {
            stream_format(&page->stream,
                          "<rect x=\"%zu\" y=\"%d\" width=\"%zu\" height=\"%d\" %s/>", at, BAR_TOP,
                          end - at, BAR_HEIGHT, drawn[as].fill);
        }
        at = end;
    }
}

static void put_entry_marks(struct page *page, const struct survey_camera *camera)
{
    for (size_t at = 0; at < SURVEY_PARTS; at++) {
        if ((camera->parts[at] & SURVEY_ENTRY) != 0) {
            stream_format(&page->stream, "<path d=\"M%zu.5 11l-3.5-8h7z\" class=\"entry\"/>", at);
        }
    }
}

/* Four to eight labels at round times. */
static int64_t step_of(int64_t range)
{
    static const int64_t seconds[] = {1,     2,     5,      10,     15,     30,      60,     120,
                                      300,   600,   900,    1800,   3600,   7200,    10800,  21600,
                                      43200, 86400, 172800, 345600, 604800, 1209600, 2592000};
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        if (range / (seconds[i] * NS_PER_SECOND) <= 8) {
            return seconds[i] * NS_PER_SECOND;
        }
    }
    return range / 4;
}

/* For labels that are round on the local clock. */
static int64_t local_offset(int64_t utc_ns)
{
    struct tm local;
    time_t second = (time_t)(utc_ns / NS_PER_SECOND);
    return localtime_r(&second, &local) != NULL ? local.tm_gmtoff * NS_PER_SECOND : 0;
}

static void put_label(struct page *page, int64_t utc_ns, int64_t step, size_t x)
{
    char text[LOCAL_TIME_SIZE];
    local_time_text(text, utc_ns);
    /* "11-22" of days, "08:30" of hours, "08:30:05" of seconds */
    bool days = step >= NS_PER_DAY;
    bool seconds = step < 60 * NS_PER_SECOND;
    const char *from = strlen(text) < 19 ? "" : text + (days ? 5 : 11);
    stream_format(&page->stream,
                  "<path d=\"M%zu %dv4\" class=\"axis\"/>"
                  "<text x=\"%zu\" y=\"%d\" class=\"label\" text-anchor=\"%s\">%.*s</text>",
                  x, BAR_TOP + BAR_HEIGHT, x, BAR_TOP + BAR_HEIGHT + 15,
                  x < 20                  ? "start"
                  : x + 20 > SURVEY_PARTS ? "end"
                                          : "middle",
                  seconds ? 8 : 5, from);
}

static void put_axis(struct page *page, const struct export_record *request)
{
    int64_t range = request->to_utc_ns - request->from_utc_ns;
    int64_t step = step_of(range);
    int64_t offset = local_offset(request->from_utc_ns);
    int64_t first = (request->from_utc_ns + offset + step - 1) / step * step - offset;
    for (int64_t at = first; at <= request->to_utc_ns; at += step) {
        size_t x = (size_t)((__int128)(at - request->from_utc_ns) * SURVEY_PARTS / range);
        put_label(page, at, step, x);
    }
}

static void put_timeline(struct report *report, const struct survey_camera *camera)
{
    struct page *page = &report->page;
    const struct export_record *request = report->plan->content->request;
    page_markup(page, "<div class=\"camera\"><p><b>");
    page_text(page, site_camera(report->plan->content->site, camera->id));
    page_markup(page, "</b> <span class=\"quiet\">");
    page_text(page, camera->id);
    page_markup(page, "</span></p>");
    stream_format(&page->stream,
                  "<svg viewBox=\"0 0 %u 52\" role=\"img\"><rect x=\"0\" y=\"%d\" width=\"%u\" "
                  "height=\"%d\" class=\"frame\"/>",
                  SURVEY_PARTS, BAR_TOP, SURVEY_PARTS, BAR_HEIGHT);
    put_bars(page, camera);
    put_entry_marks(page, camera);
    put_axis(page, request);
    page_markup(page, TIMELINE_END);
}

static void put_legend(struct page *page)
{
    page_markup(page, "<div class=\"legend\">");
    for (size_t i = DRAWN_COUNT; i-- > 0;) {
        stream_format(&page->stream,
                      "<span class=\"item\"><svg width=\"22\" height=\"12\"><rect width=\"22\" "
                      "height=\"12\" %s/></svg>",
                      drawn[i].fill);
        page_say(page, drawn[i].name, NULL);
        page_markup(page, "</span>");
    }
    page_markup(page, "<span class=\"item\"><svg width=\"22\" height=\"12\"><rect width=\"22\" "
                      "height=\"12\" class=\"frame\"/></svg>");
    page_say(page, SAY_COVERAGE_LEGEND_NOTHING, NULL);
    page_markup(page, "</span><span class=\"item\"><svg width=\"9\" height=\"12\">"
                      "<path d=\"M4.5 11l-4-8h8z\" class=\"entry\"/></svg>");
    page_say(page, SAY_COVERAGE_LEGEND_ENTRY, NULL);
    page_markup(page, "</span></div>\n");
}

/* ---- sums ---- */

/* The first `words` columns are words, the others numbers. */
static void put_heads(struct page *page, const enum report_text *texts, size_t count, size_t words)
{
    page_markup(page, "<table><thead><tr>");
    for (size_t i = 0; i < count; i++) {
        page_element(page, i < words ? "th" : "th class=\"number\"", texts[i]);
    }
    page_markup(page, "</tr></thead><tbody>\n");
}

static void put_length(struct page *page, int64_t ns, const char *class)
{
    stream_format(&page->stream, "<td class=\"number %s\">", ns > 0 ? class : "");
    if (ns > 0) {
        page_duration(page, ns);
    } else {
        page_markup(page, "–");
    }
    page_markup(page, "</td>");
}

static void put_sums(struct report *report)
{
    static const enum report_text heads[] = {
        SAY_COVERAGE_CAMERA, SAY_COVERAGE_VIDEO,       SAY_COVERAGE_GAPS, SAY_COVERAGE_EXPIRED,
        SAY_COVERAGE_ABSENT, SAY_COVERAGE_UNEXPLAINED, SAY_COVERAGE_CLIPS};
    struct page *page = &report->page;
    put_heads(page, heads, sizeof heads / sizeof heads[0], 1);
    for (size_t i = 0; i < report->survey.camera_count; i++) {
        const struct survey_camera *camera = &report->survey.cameras[i];
        page_markup(page, "<tr><td class=\"name\">");
        page_text(page, site_camera(report->plan->content->site, camera->id));
        page_markup(page, "</td>");
        put_length(page, camera->video_ns, "");
        put_length(page, camera->gap_ns, "bad");
        put_length(page, camera->expired_ns, "part");
        put_length(page, camera->absent_ns, "bad");
        put_length(page, camera->unexplained_ns, "part");
        page_markup(page, "<td class=\"number\">");
        page_number(page, camera->clips);
        if (camera->clips > 0) {
            page_markup(page, " · ");
            page_size(page, camera->clip_bytes);
        }
        page_markup(page, "</td></tr>\n");
    }
    page_markup(page, "</tbody></table>\n");
}

static void put_cause(struct report *report, const struct survey_camera *camera,
                      enum gap_cause which)
{
    struct page *page = &report->page;
    const struct survey_cause *cause = &camera->causes[which];
    page_markup(page, "<tr><td class=\"name\">");
    page_text(page, site_camera(report->plan->content->site, camera->id));
    page_markup(page, "</td><td>");
    page_word(page, word_gap_cause(which));
    page_markup(page, "</td><td class=\"number\">");
    page_number(page, cause->count);
    page_markup(page, "</td>");
    put_length(page, cause->total_ns, "");
    put_length(page, cause->longest_ns, "");
    page_markup(page, "</tr>\n");
}

static void put_causes(struct report *report)
{
    static const enum report_text heads[] = {SAY_COVERAGE_CAMERA, SAY_CAUSES_CAUSE,
                                             SAY_CAUSES_COUNT, SAY_CAUSES_TOTAL,
                                             SAY_CAUSES_LONGEST};
    struct page *page = &report->page;
    page_element(page, "h3", SAY_CAUSES);
    put_heads(page, heads, sizeof heads / sizeof heads[0], 2);
    for (size_t i = 0; i < report->survey.camera_count; i++) {
        const struct survey_camera *camera = &report->survey.cameras[i];
        for (unsigned which = 0; which < SURVEY_CAUSES; which++) {
            if (camera->causes[which].total_ns > 0) {
                put_cause(report, camera, (enum gap_cause)which);
            }
        }
    }
    page_markup(page, "</tbody></table>\n");
}

/* ---- stretches without video ---- */

/* Why an expiry record let segments go. */
static void put_expiry(struct report *report, uint64_t number)
{
    static const enum report_text texts[] = {[RETENTION_AGE] = SAY_EXPIRED_AGE,
                                             [RETENTION_SHARE] = SAY_EXPIRED_SHARE,
                                             [RETENTION_SPACE] = SAY_EXPIRED_SPACE};
    struct ledger_row row;
    json_t *body = NULL;
    struct expiry_record *record = malloc(sizeof *record);
    bool known = record != NULL &&
                 ledger_view_row(report->plan->content->view, number, &row, NULL) == STATUS_OK &&
                 row.has_body && record_body_parse(row.body, &body, NULL) == STATUS_OK &&
                 expiry_record_parse(body, record, NULL) == STATUS_OK;
    bool below = false;
    for (size_t i = 0; known && i < record->count; i++) {
        below = below || record->segments[i].below_floor;
    }
    page_say(&report->page, known ? texts[record->reason] : SAY_EXPIRED_PLAIN, NULL);
    if (below) {
        page_markup(&report->page, " · <b>");
        page_say(&report->page, SAY_EXPIRED_BELOW, NULL);
        page_markup(&report->page, "</b>");
    }
    json_decref(body);
    free(record);
}

static void put_absence(struct page *page, const char *cause)
{
    static const struct {
        const char *cause;
        enum report_text text;
    } known[] = {{"unreadable", SAY_ABSENT_UNREADABLE},
                 {"altered", SAY_ABSENT_ALTERED},
                 {"missing", SAY_ABSENT_MISSING}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(cause, known[i].cause) == 0) {
            page_markup(page, i == 0 ? "<span>" : "<b class=\"bad\">");
            page_say(page, known[i].text, NULL);
            page_markup(page, i == 0 ? "</span>" : "</b>");
        }
    }
}

static void put_reason(struct report *report, const struct survey_span *span)
{
    struct page *page = &report->page;
    switch (span->kind) {
    case SURVEY_IS_GAP:
        page_word(page, word_gap_cause(span->cause));
        if (span->detail[0] != '\0') {
            page_markup(page, " <span class=\"quiet\">");
            page_sentence(page, span->detail);
            page_markup(page, "</span>");
        }
        break;
    case SURVEY_IS_EXPIRED:
        put_expiry(report, span->record);
        break;
    case SURVEY_IS_ABSENT:
        put_absence(page, span->absence);
        break;
    }
}

static void put_span(struct report *report, const struct survey_span *span)
{
    struct page *page = &report->page;
    const struct survey_camera *camera = &report->survey.cameras[span->camera];
    page_markup(page, "<tr><td class=\"time\">");
    page_day_and_clock(page, span->start_utc_ns);
    page_markup(page, "</td><td class=\"time\">");
    page_day_and_clock(page, span->end_utc_ns);
    page_markup(page, "</td><td class=\"number\">");
    page_duration(page, span->end_utc_ns - span->start_utc_ns);
    page_markup(page, "</td><td class=\"name\">");
    page_text(page, site_camera(report->plan->content->site, camera->id));
    page_markup(page, "</td><td>");
    put_reason(report, span);
    page_markup(page, "</td><td class=\"number\">");
    page_number(page, span->record);
    page_markup(page, "</td></tr>\n");
}

static void put_spans(struct report *report)
{
    const struct survey *survey = &report->survey;
    struct page *page = &report->page;
    char more[24];
    char zone[LOCAL_TIME_SIZE];
    local_time_text(zone, report->plan->content->request->from_utc_ns);
    page_markup(page, "<h3>");
    page_say(page, SAY_MISSING, strlen(zone) > 19 ? zone + 19 : "", NULL);
    page_markup(page, "</h3>");
    page_markup(page, "<table><thead><tr>");
    page_element(page, "th", SAY_MISSING_FROM);
    page_element(page, "th", SAY_MISSING_TO);
    page_element(page, "th class=\"number\"", SAY_MISSING_LENGTH);
    page_element(page, "th", SAY_COVERAGE_CAMERA);
    page_element(page, "th", SAY_CAUSES_CAUSE);
    page_element(page, "th class=\"number\"", SAY_MISSING_RECORDS);
    page_markup(page, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < survey->span_count; i++) {
        put_span(report, &survey->spans[i]);
    }
    page_markup(page, "</tbody></table>\n");
    if (survey->spans_more > 0) {
        (void)snprintf(more, sizeof more, "%" PRIu64, survey->spans_more);
        page_markup(page, "<p>");
        page_say(page, SAY_MISSING_MORE, more, NULL);
        page_markup(page, "</p>");
    }
}

static void put_remarks(struct report *report)
{
    const struct survey *survey = &report->survey;
    struct page *page = &report->page;
    char recovered[24];
    char uncovered[24];
    bool unexplained = false;
    for (size_t i = 0; i < survey->camera_count; i++) {
        unexplained = unexplained || survey->cameras[i].unexplained_ns > 0;
    }
    if (unexplained) {
        page_markup(page, "<p><b>");
        page_say(page, SAY_COVERAGE_UNEXPLAINED, NULL);
        page_markup(page, "</b> – ");
        page_say(page, SAY_UNEXPLAINED, NULL);
        page_markup(page, "</p>\n");
    }
    if (survey->recovered > 0) {
        (void)snprintf(recovered, sizeof recovered, "%" PRIu64, survey->recovered);
        (void)snprintf(uncovered, sizeof uncovered, "%" PRIu64, survey->not_covered);
        page_markup(page, "<p>");
        page_say(page, SAY_RECOVERED, recovered, uncovered, NULL);
        page_markup(page, "</p>\n");
    }
}

void report_put_coverage(struct report *report)
{
    const struct survey *survey = &report->survey;
    struct page *page = &report->page;
    page_element(page, "h2", SAY_COVERAGE);
    if (survey->camera_count == 0) {
        page_element(page, "p", SAY_COVERAGE_NONE);
        return;
    }
    bool gaps = false;
    put_patterns(page);
    for (size_t i = 0; i < survey->camera_count; i++) {
        put_timeline(report, &survey->cameras[i]);
        gaps = gaps || survey->cameras[i].gap_ns > 0;
    }
    put_legend(page);
    put_sums(report);
    if (gaps) {
        put_causes(report);
    }
    if (survey->span_count > 0) {
        put_spans(report);
    } else if (survey_is_complete(survey)) {
        page_element(page, "p", SAY_MISSING_NOTHING);
    }
    put_remarks(report);
}
