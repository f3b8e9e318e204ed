#include "evidence/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/report_parts.h"

/* ---- at a glance ---- */

static void put_state(struct report *report)
{
    const struct survey *survey = &report->survey;
    bool complete = survey_is_complete(survey);
    struct page *page = &report->page;
    if (survey->broken > 0) {
        page_element(page, "p class=\"state broken\"", SAY_GLANCE_BROKEN);
    }
    if (!complete) {
        page_element(page, "p class=\"state incomplete\"", SAY_GLANCE_INCOMPLETE);
    } else if (survey->broken == 0) {
        page_element(page, "p class=\"state complete\"", SAY_GLANCE_COMPLETE);
    }
}

static void put_glance_video(struct report *report)
{
    const struct survey *survey = &report->survey;
    struct page *page = &report->page;
    int64_t video = 0;
    int64_t missing = 0;
    char count[24];
    char share[24];
    for (size_t i = 0; i < survey->camera_count; i++) {
        const struct survey_camera *camera = &survey->cameras[i];
        video += camera->video_ns;
        missing += camera->gap_ns + camera->expired_ns + camera->absent_ns + camera->unexplained_ns;
    }
    (void)snprintf(count, sizeof count, "%zu", survey->camera_count);
    page_markup(page, "<div>");
    page_element(page, "small", SAY_GLANCE_VIDEO);
    page_markup(page, "<strong>");
    if (survey->camera_count > 0) {
        page_duration(page, video);
    } else {
        page_markup(page, "–");
    }
    page_markup(page, "</strong><small>");
    page_say(page,
             survey->camera_count == 0   ? SAY_GLANCE_NO_CAMERA
             : survey->camera_count == 1 ? SAY_GLANCE_OF_CAMERA
                                         : SAY_GLANCE_OF_CAMERAS,
             count, NULL);
    page_markup(page, "</small></div><div>");
    page_element(page, "small", SAY_GLANCE_MISSING);
    stream_format(&page->stream, "<strong%s>", missing > 0 ? " class=\"bad\"" : "");
    if (missing > 0) {
        page_duration(page, missing);
    } else {
        page_markup(page, "–");
    }
    page_markup(page, "</strong><small>");
    if (missing > 0) {
        (void)snprintf(share, sizeof share, "%.2f %%",
                       100 * (double)missing / (double)(video + missing));
        page_say(page, SAY_GLANCE_SHARE, share, NULL);
    } else if (survey->camera_count > 0) {
        page_say(page, SAY_GLANCE_WHOLE, NULL);
    }
    page_markup(page, "</small></div>");
}

static void put_glance_entries(struct report *report)
{
    const struct survey *survey = &report->survey;
    struct page *page = &report->page;
    char granted[24];
    char denied[24];
    char conclusions[24];
    (void)snprintf(granted, sizeof granted, "%" PRIu64, survey->granted);
    (void)snprintf(denied, sizeof denied, "%" PRIu64, survey->denied);
    (void)snprintf(conclusions, sizeof conclusions, "%" PRIu64, survey->conclusions);
    page_markup(page, "<div>");
    page_element(page, "small", SAY_GLANCE_ENTRIES);
    page_markup(page, "<strong>");
    page_number(page, survey->entries);
    page_markup(page, "</strong><small>");
    page_say(page, SAY_GLANCE_VERDICTS, granted, denied, NULL);
    if (survey->conclusions > 0) {
        page_markup(page, "<br>");
        page_say(page, SAY_GLANCE_CONCLUSIONS, conclusions, NULL);
    }
    page_markup(page, "</small></div>");
}

static void put_glance(struct report *report)
{
    struct page *page = &report->page;
    const struct export_record *request = report->plan->content->request;
    page_markup(page, "<div class=\"glance\"><div>");
    page_element(page, "small", SAY_GLANCE_RANGE);
    page_markup(page, "<strong class=\"times\">");
    page_day_and_clock(page, request->from_utc_ns);
    page_markup(page, "<br>");
    page_day_and_clock(page, request->to_utc_ns);
    page_markup(page, "</strong><small>UTC");
    page_zone(page, request->from_utc_ns);
    page_markup(page, " · ");
    page_duration(page, request->to_utc_ns - request->from_utc_ns);
    page_markup(page, "</small></div>");
    put_glance_entries(report);
    put_glance_video(report);
    page_markup(page, "</div>\n");
    put_state(report);
}

/* ---- the request ---- */

/* The sources of a sort that were asked for, by what people call them. */
static void put_sources(struct report *report, enum report_text name, const char *prefix,
                        const char *(*called)(const struct site *site, const char *id))
{
    const struct export_record *request = report->plan->content->request;
    struct page *page = &report->page;
    size_t count = 0;
    for (size_t i = 0; i < request->count; i++) {
        const char *source = request->sources[i].source;
        if (strncmp(source, prefix, strlen(prefix)) != 0) {
            continue;
        }
        if (count++ == 0) {
            page_fact(page, name);
        } else {
            page_say(page, SAY_SEPARATOR, NULL);
        }
        const char *id = source + strlen(prefix);
        const char *shown = called != NULL ? called(report->plan->content->site, id) : id;
        page_text(page, shown);
        if (strcmp(shown, id) != 0) {
            page_markup(page, " (");
            page_text(page, id);
            page_markup(page, ")");
        }
    }
    if (count > 0) {
        page_fact_end(page);
    }
}

static void put_doors(struct report *report)
{
    struct page *page = &report->page;
    char doors[DETAIL_SIZE];
    char *rest = NULL;
    memcpy(doors, report->plan->content->request->doors, sizeof doors);
    if (doors[0] == '\0') {
        return;
    }
    page_fact(page, SAY_REQUEST_DOORS);
    bool first = true;
    for (char *id = strtok_r(doors, " ", &rest); id != NULL; id = strtok_r(NULL, " ", &rest)) {
        if (!first) {
            page_say(page, SAY_SEPARATOR, NULL);
        }
        first = false;
        page_text(page, site_door(report->plan->content->site, id));
    }
    page_fact_end(page);
}

static void put_or_nothing(struct page *page, enum report_text name, const char *text)
{
    page_fact(page, name);
    if (text[0] != '\0') {
        page_text(page, text);
    } else {
        page_say(page, SAY_NOTHING_SAID, NULL);
    }
    page_fact_end(page);
}

static void put_requester(struct report *report)
{
    const struct content *content = report->plan->content;
    struct page *page = &report->page;
    struct ledger_row row;
    struct record_head head;
    const struct export_record *request = content->request;
    char uid[16];
    char number[24];
    (void)snprintf(uid, sizeof uid, "%" PRIu32, request->uid);
    (void)snprintf(number, sizeof number, "%" PRIu64, content->request_number);
    page_fact(page, SAY_REQUEST_BY);
    if (request->account[0] != '\0') {
        page_say(page, SAY_REQUEST_BY_ACCOUNT, request->person, request->account, NULL);
    } else {
        page_say(page, SAY_REQUEST_BY_UID, uid, NULL);
    }
    page_fact_end(page);
    if (request->second[0] != '\0') {
        page_fact_text(page, SAY_REQUEST_SECOND, request->second);
    }
    put_or_nothing(page, SAY_REQUEST_WHY, content->request->purpose);
    put_or_nothing(page, SAY_REQUEST_CASE, content->request->case_number);
    if (content->request->medium[0] != '\0') {
        page_fact_text(page, SAY_REQUEST_MEDIUM, content->request->medium);
    }
    if (ledger_view_row(content->view, content->request_number, &row, NULL) == STATUS_OK &&
        record_head_parse(row.head, &head, NULL) == STATUS_OK) {
        page_fact(page, SAY_REQUEST_AT);
        page_time(page, head.at_utc_ns);
        page_fact_end(page);
    }
    page_fact(page, SAY_REQUEST_RECORD);
    page_say(page, SAY_REQUEST_RECORD_NUMBER, number, NULL);
    page_fact_end(page);
}

static void put_request(struct report *report)
{
    const struct export_record *request = report->plan->content->request;
    struct page *page = &report->page;
    page_element(page, "h2", SAY_REQUEST);
    page_markup(page, "<dl>");
    put_requester(report);
    page_fact(page, SAY_REQUEST_FROM);
    page_time(page, request->from_utc_ns);
    page_fact_end(page);
    page_fact(page, SAY_REQUEST_TO);
    page_time(page, request->to_utc_ns);
    page_markup(page, " <span class=\"quiet\">");
    page_duration(page, request->to_utc_ns - request->from_utc_ns);
    page_markup(page, "</span>");
    page_fact_end(page);
    put_sources(report, SAY_REQUEST_CAMERAS, "camera/", site_camera);
    put_doors(report);
    put_sources(report, SAY_REQUEST_CONTROLLERS, "door/", NULL);
    page_markup(page, "</dl>\n");
}

/* ---- the device ---- */

#define SECONDS_SIZE 32

static void signed_seconds(char text[SECONDS_SIZE], int64_t ns)
{
    bool is_none = ns > -NS_PER_SECOND / 2000 && ns < 0; /* it would be -0.000 */
    (void)snprintf(text, SECONDS_SIZE, "%+.3f", is_none ? 0 : (double)ns / (double)NS_PER_SECOND);
}

static void put_clock_now(struct report *report)
{
    const struct report_clock *clock = &report->plan->clock;
    struct page *page = &report->page;
    char offset[SECONDS_SIZE];
    char most[SECONDS_SIZE];
    char at[LOCAL_TIME_SIZE];
    signed_seconds(offset, clock->offset_ns);
    (void)snprintf(most, sizeof most, "%.3f", (double)clock->error_max_ns / (double)NS_PER_SECOND);
    local_time_text(at, clock->at_utc_ns);
    page_fact(page, SAY_CLOCK_NOW);
    if (!clock->is_known) {
        page_say(page, SAY_CLOCK_UNKNOWN, NULL);
    } else if (clock->quality == CLOCK_SYNCED) {
        page_say(page, SAY_CLOCK_SYNCED, offset, most, at, NULL);
    } else {
        page_say(page, SAY_CLOCK_UNSYNCED, at, NULL);
    }
    page_fact_end(page);
}

static void put_clock_range(struct report *report)
{
    const struct survey *survey = &report->survey;
    struct page *page = &report->page;
    char unsynced[24];
    char records[24];
    (void)snprintf(unsynced, sizeof unsynced, "%" PRIu64, survey->unsynced);
    (void)snprintf(records, sizeof records, "%" PRIu64, survey->records);
    page_fact(page, SAY_CLOCK_RANGE);
    if (survey->unsynced == 0) {
        page_say(page, SAY_CLOCK_RANGE_ALL, records, NULL);
    } else {
        page_say(page, SAY_CLOCK_RANGE_SOME, unsynced, records, NULL);
    }
    page_markup(page, "<span class=\"quiet\">");
    page_say(page, SAY_CLOCK_ZONE, NULL);
    page_markup(page, "</span>");
    page_fact_end(page);
}

static void put_clock_cameras(struct report *report)
{
    const struct survey *survey = &report->survey;
    struct page *page = &report->page;
    size_t count = 0;
    for (size_t i = 0; i < survey->camera_count; i++) {
        const struct survey_camera *camera = &survey->cameras[i];
        char least[SECONDS_SIZE];
        char most[SECONDS_SIZE];
        if (!camera->clock_known) {
            continue;
        }
        if (count++ == 0) {
            page_fact(page, SAY_CLOCK_CAMERAS);
        } else {
            page_markup(page, "<br>");
        }
        signed_seconds(least, camera->clock_least_ns);
        signed_seconds(most, camera->clock_most_ns);
        page_say(page, SAY_CLOCK_CAMERA, site_camera(report->plan->content->site, camera->id),
                 least, most, NULL);
    }
    if (count > 0) {
        page_fact_end(page);
    }
}

static void put_device(struct report *report)
{
    const struct report_plan *plan = report->plan;
    const struct content *content = plan->content;
    struct page *page = &report->page;
    char fingerprint[FINGERPRINT_SIZE];
    char version[64];
    char records[24];
    const struct suite *suite = certificate_suite(plan->certificate);
    bool sm = suite != NULL && suite_digest_algorithm(suite) == DIGEST_SM3;
    certificate_fingerprint(plan->certificate, fingerprint);
    (void)snprintf(version, sizeof version, "sealroom %s", plan->version);
    (void)snprintf(records, sizeof records, "%" PRIu64, plan->checkpoint->size);
    page_element(page, "h2", SAY_DEVICE);
    page_markup(page, "<dl>");
    put_or_nothing(page, SAY_DEVICE_SITE, site_name(content->site));
    page_fact_text(page, SAY_DEVICE_ORIGIN, plan->checkpoint->origin);
    page_fact(page, SAY_DEVICE_FINGERPRINT);
    page_hex(page, fingerprint);
    page_markup(page, "<span class=\"quiet\">");
    page_say(page, SAY_DEVICE_COMPARE, NULL);
    page_markup(page, "</span>");
    page_fact_end(page);
    page_fact(page, SAY_DEVICE_SUITE);
    page_say(page, sm ? SAY_DEVICE_SUITE_SM : SAY_DEVICE_SUITE_NIST, NULL);
    page_fact_end(page);
    page_fact_text(page, SAY_DEVICE_VERSION, version);
    page_fact(page, SAY_DEVICE_CHECKPOINT);
    page_say(page, SAY_DEVICE_RECORDS, records, NULL);
    page_markup(page, "<br>");
    page_digest(page, &plan->checkpoint->root);
    page_fact_end(page);
    put_clock_now(report);
    put_clock_range(report);
    put_clock_cameras(report);
    page_markup(page, "</dl>\n");
}

/* ---- all of it ---- */

static void put_top(struct report *report)
{
    struct page *page = &report->page;
    report_put_head(report);
    page_markup(page, "<main>\n<header>");
    page_element(page, "h1", SAY_TITLE);
    page_markup(page, "<p class=\"site\">");
    page_text(page, site_name(report->plan->content->site));
    page_markup(page, "</p></header>\n<div class=\"notice\">");
    page_element(page, "b", SAY_NOTICE_TITLE);
    page_say(page, SAY_NOTICE, NULL);
    page_markup(page, "</div>\n");
    put_glance(report);
    put_request(report);
    put_device(report);
    report_put_coverage(report);
}

static void put_foot(struct report *report)
{
    struct page *page = &report->page;
    char fingerprint[FINGERPRINT_SIZE];
    char number[24];
    certificate_fingerprint(report->plan->certificate, fingerprint);
    (void)snprintf(number, sizeof number, "%" PRIu64, report->plan->content->request_number);
    page_markup(page, "</main>\n<footer>");
    page_say(page, SAY_FOOTER, report->plan->version, fingerprint, number, NULL);
    page_markup(page, "</footer>\n</body>\n</html>\n");
}

enum status report_write(const struct report_plan *plan, const struct text_sink *sink,
                         struct error *error)
{
    struct report *report = calloc(1, sizeof *report);
    if (report == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a report");
    }
    report->plan = plan;
    stream_begin(&report->page.stream, sink, error);
    enum status status = survey_make(plan, &report->survey, error);
    if (status == STATUS_OK) {
        put_top(report);
        status = report_put_entries(report, error);
    }
    if (status == STATUS_OK) {
        report_put_advice(report);
        put_foot(report);
        status = stream_end(&report->page.stream);
    }
    survey_release(&report->survey);
    free(report);
    return status;
}
