/* Every entry, and what the cameras of its door showed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/entry_words.h"
#include "evidence/report_parts.h"
#include "phrase/phrase.h"

/* Why there is no still. */
enum without {
    WITHOUT_LIMIT,
    WITHOUT_SIZE,
    WITHOUT_VIDEO,
    WITHOUT_FAILED,
    WITHOUT_ENDED,
    WITHOUT_ALL,
    WITHOUTS
};

struct table {
    struct report *report;
    char day[LOCAL_TIME_SIZE]; /* of the newest line of a day */
    uint64_t room[SURVEY_CLASSES];
    uint64_t stills;
    size_t still_bytes;
    bool has_ended; /* whoever makes stills */
    uint64_t without[WITHOUTS];
};

/* ---- stills ---- */

/* Remarkable events first, and of those for which there is no more room the earliest. */
static void share_room(struct table *table)
{
    uint64_t room = REPORT_STILLS_MAX;
    for (size_t i = 0; i < SURVEY_CLASSES; i++) {
        uint64_t wanted = table->report->survey.stills[i];
        table->room[i] = wanted < room ? wanted : room;
        room -= table->room[i];
    }
}

static void begin_none(struct table *table, const struct survey_camera *camera)
{
    struct page *page = &table->report->page;
    page_markup(page, "<div class=\"none\">");
    page_text(page, site_camera(table->report->plan->content->site, camera->id));
    page_markup(page, " · ");
}

static void put_none(struct table *table, const struct survey_camera *camera, enum report_text text)
{
    begin_none(table, camera);
    page_say(&table->report->page, text, NULL);
    page_markup(&table->report->page, "</div>\n");
}

static void put_no_video(struct table *table, const struct survey_camera *camera,
                         const struct selected_segment *segment, int64_t at_utc_ns)
{
    struct page *page = &table->report->page;
    table->without[WITHOUT_VIDEO]++;
    if (segment != NULL) {
        put_none(table, camera, segment->expired_by != 0 ? SAY_STILL_EXPIRED : SAY_STILL_ABSENT);
        return;
    }
    const struct word *cause = survey_cause_at(&table->report->survey, camera, at_utc_ns);
    begin_none(table, camera);
    page_say(page, SAY_STILL_NO_VIDEO, NULL);
    if (cause != NULL) {
        page_both(page, ": ", "：");
        page_word(page, cause);
    }
    page_markup(page, "</div>\n");
}

static void put_failed(struct table *table, const struct survey_camera *camera, const char *why)
{
    table->without[WITHOUT_FAILED]++;
    begin_none(table, camera);
    page_sentence(&table->report->page, why);
    page_markup(&table->report->page, "</div>\n");
}

static void put_jpeg(struct table *table, const struct survey_camera *camera,
                     const struct buffer *jpeg, int64_t taken_utc_ns)
{
    struct page *page = &table->report->page;
    char taken[LOCAL_TIME_SIZE];
    const char *name = site_camera(table->report->plan->content->site, camera->id);
    local_time_text(taken, taken_utc_ns);
    table->stills++;
    table->still_bytes += jpeg->size;
    page_markup(page, "<figure><img alt=\"\" src=\"data:image/jpeg;base64,");
    stream_base64(&page->stream, buffer_bytes(jpeg));
    page_markup(page, "\"><figcaption>");
    page_text(page, name);
    page_markup(page, " · ");
    page_clock(page, taken_utc_ns);
    page_markup(page, " · ");
    page_say(page, SAY_STILL_DERIVED, NULL);
    page_markup(page, "</figcaption></figure>\n");
}

static void ask_still(struct table *table, const struct survey_camera *camera,
                      const struct selected_segment *segment, int64_t at_utc_ns)
{
    const struct report_pictures *pictures = table->report->plan->pictures;
    struct buffer jpeg = {0};
    struct error why = {.text = ""};
    int64_t taken_utc_ns = at_utc_ns;
    enum status status =
        pictures->still(pictures->context, segment->record, at_utc_ns, &jpeg, &taken_utc_ns, &why);
    table->has_ended = status == STATUS_END || status == STATUS_IO;
    if (status != STATUS_OK) {
        put_failed(table, camera, why.text);
    } else if (table->still_bytes + jpeg.size > REPORT_STILL_BYTES_MAX) {
        table->without[WITHOUT_SIZE]++;
        put_none(table, camera, SAY_STILLS_SIZE);
    } else {
        put_jpeg(table, camera, &jpeg, taken_utc_ns);
    }
    buffer_release(&jpeg);
}

static void put_still(struct table *table, const struct entry_record *entry,
                      const struct survey_camera *camera)
{
    const struct survey *survey = &table->report->survey;
    int64_t at_utc_ns = entry_record_time(entry).utc_ns;
    const struct selected_segment *segment = survey_segment_at(survey, camera, at_utc_ns);
    uint64_t *room = &table->room[survey_class_of(entry)];
    bool there = segment != NULL && segment->expired_by == 0 &&
                 survey_absence(survey, segment->record) == NULL;
    if (!there) {
        put_no_video(table, camera, segment, at_utc_ns);
    } else if (table->report->plan->pictures == NULL) {
        table->without[WITHOUT_ALL]++;
    } else if (table->has_ended) {
        table->without[WITHOUT_ENDED]++;
        put_none(table, camera, SAY_STILL_ENDED);
    } else if (*room == 0) {
        table->without[WITHOUT_LIMIT]++;
    } else {
        (*room)--;
        ask_still(table, camera, segment, at_utc_ns);
    }
}

static void put_stills(struct table *table, const struct entry_record *entry)
{
    for (const char *id = entry->cameras; *id != '\0';) {
        size_t size = strcspn(id, " ");
        const struct survey_camera *camera = survey_camera_named(&table->report->survey, id, size);
        if (camera != NULL) {
            put_still(table, entry, camera);
        }
        id += size;
        id += *id == ' ';
    }
}

/* ---- cells ---- */

static void put_verdict(struct page *page, const struct entry_record *record)
{
    const struct message_entry *entry = &record->entry;
    const struct word *verdict = entry_verdict_word((enum verdict)entry->verdict);
    if (verdict == NULL) {
        return;
    }
    page_markup(page, entry->verdict == VERDICT_GRANTED ? " <span class=\"badge granted\">"
                                                        : " <span class=\"badge denied\">");
    page_word(page, verdict);
    page_markup(page, "</span>");
}

static void put_denial(struct page *page, const struct entry_record *record)
{
    if (record->entry.deny_reason != DENY_NONE) {
        page_markup(page, "<small>");
        page_word(page, word_deny_reason((enum deny_reason)record->entry.deny_reason));
        page_markup(page, "</small>");
    }
}

static void put_derivation(struct page *page, const struct entry_record *record)
{
    if (record->entry.derived == 0) {
        return;
    }
    page_markup(page, " <span class=\"mark\">");
    page_say(page, SAY_ENTRY_DERIVED, NULL);
    page_markup(page, "</span><small>");
    page_say(page, SAY_ENTRY_RULE, NULL);
    page_markup(page, " ");
    const struct word *rule = entry_rule_word(record->by);
    if (rule != NULL) {
        page_word(page, rule);
    } else {
        page_text(page, record->by);
    }
    for (size_t i = 0; i < record->from_count; i++) {
        page_markup(page, i == 0 ? " · " : ", ");
        if (i == 0) {
            page_say(page, SAY_ENTRY_FROM, NULL);
            page_markup(page, " ");
        }
        page_number(page, record->from[i]);
    }
    page_markup(page, "</small>");
}

static void put_remarks(struct page *page, const struct entry_record *record)
{
    const struct message_entry *entry = &record->entry;
    char received[LOCAL_TIME_SIZE];
    char from[24];
    char to[24];
    if (entry->event == DOOR_RECORDS_LOST) {
        (void)snprintf(from, sizeof from, "%" PRIu64, entry->lost_from);
        (void)snprintf(to, sizeof to, "%" PRIu64, entry->lost_to);
        page_markup(page, "<small>");
        page_say(page, SAY_ENTRY_LOST, from, to, NULL);
        page_markup(page, "</small>");
    }
    if (entry->found != 0) {
        page_element(page, "small", SAY_ENTRY_FOUND);
    }
    if (entry_record_time(record).is_apart) {
        local_time_text(received, entry->received_utc_ns);
        page_markup(page, "<small>");
        page_say(page, SAY_ENTRY_RECEIVED, received, NULL);
        page_markup(page, "</small>");
    }
    if (entry->detail[0] != '\0') {
        page_markup(page, "<small>");
        page_sentence(page, entry->detail);
        page_markup(page, "</small>");
    }
}

static void put_event(struct table *table, const struct entry_record *record)
{
    struct page *page = &table->report->page;
    const struct message_entry *entry = &record->entry;
    page_markup(page, "<td class=\"event\">");
    page_text(page, entry->door[0] != '\0'
                        ? site_door(table->report->plan->content->site, entry->door)
                        : record->controller);
    page_markup(page, "<br><b>");
    page_word(page, word_door_event((enum door_event)entry->event));
    page_markup(page, "</b>");
    put_verdict(page, record);
    if (entry->direction != DIRECTION_UNKNOWN) {
        page_markup(page, " <span class=\"mark\">");
        page_word(page, entry_direction_word((enum direction)entry->direction));
        page_markup(page, "</span>");
    }
    put_denial(page, record);
    put_derivation(page, record);
    put_remarks(page, record);
    page_markup(page, "</td>");
}

static void put_person(struct table *table, const struct entry_record *record)
{
    struct page *page = &table->report->page;
    const struct message_entry *entry = &record->entry;
    char masked[CARD_MASKED_SIZE];
    const char *card = card_shown(site_cards(table->report->plan->content->site), entry->credential,
                                  entry->method, masked);
    page_markup(page, "<td>");
    page_text(page, record->name);
    if (record->department[0] != '\0') {
        page_markup(page, "<small>");
        page_text(page, record->department);
        page_markup(page, "</small>");
    }
    if (card[0] != '\0') {
        page_markup(page, "<small>");
        page_text(page, card);
        page_markup(page, "</small>");
    }
    page_markup(page, "</td>");
}

/* ---- lines ---- */

/* "2026-11-22", and the zone. */
static void put_day(struct table *table, int64_t utc_ns)
{
    enum { DAY = sizeof "2026-11-22" - 1, CLOCK_END = sizeof "2026-11-22 14:02:11" - 1 };
    struct page *page = &table->report->page;
    char text[LOCAL_TIME_SIZE];
    local_time_text(text, utc_ns);
    if (strlen(text) <= CLOCK_END) {
        return;
    }
    const char *zone = text + CLOCK_END;
    char day[LOCAL_TIME_SIZE];
    (void)snprintf(day, sizeof day, "%.10s (UTC%.6s)", text, zone);
    if (strcmp(day, table->day) == 0) {
        return;
    }
    memcpy(table->day, day, sizeof day);
    page_markup(page, "<tr class=\"day\"><td colspan=\"5\">");
    page_text(page, day);
    page_markup(page, "</td></tr>\n");
}

static void put_begin(struct table *table, uint64_t number, int64_t utc_ns, const char *class)
{
    struct page *page = &table->report->page;
    put_day(table, utc_ns);
    stream_format(&page->stream,
                  "<tr class=\"%s\"><td class=\"number\">%" PRIu64 "</td><td class=\"time\">",
                  class, number);
    page_clock(page, utc_ns);
    page_markup(page, "</td>");
}

static void put_without_content(struct table *table, const struct content_row *row,
                                enum content_state state)
{
    struct page *page = &table->report->page;
    put_begin(table, row->number, row->head.at_utc_ns, "gone");
    page_markup(page, state == CONTENT_ALTERED ? "<td colspan=\"3\" class=\"bad\">"
                                               : "<td colspan=\"3\" class=\"part\">");
    page_word(page, entry_state_word(state));
    page_markup(page, "</td></tr>\n");
}

static enum status put_row(void *context, const struct content_row *row)
{
    struct table *table = context;
    struct page *page = &table->report->page;
    struct entry_record entry;
    if (row->head.kind != RECORD_ENTRY || row->state == CONTENT_WITHHELD) {
        return STATUS_OK;
    }
    if (row->state != CONTENT_SHOWN) {
        put_without_content(table, row, row->state);
    } else if (entry_record_parse(row->body, &entry, NULL) != STATUS_OK) {
        put_without_content(table, row, CONTENT_UNKNOWN);
    } else {
        put_begin(table, row->number, entry_record_time(&entry).utc_ns,
                  entry.entry.derived != 0 ? "derived" : "told");
        put_event(table, &entry);
        put_person(table, &entry);
        page_markup(page, "<td class=\"stills\"><div>");
        put_stills(table, &entry);
        page_markup(page, "</div></td></tr>\n");
    }
    return page->stream.status;
}

/* ---- what there is no still of ---- */

static void put_counts(struct table *table)
{
    static const enum report_text reasons[WITHOUTS] = {
        SAY_STILLS_LIMIT,  SAY_STILLS_SIZE,  SAY_STILLS_NO_VIDEO,
        SAY_STILLS_FAILED, SAY_STILLS_ENDED, SAY_STILLS_SWITCHED_OFF};
    struct page *page = &table->report->page;
    char limit[24];
    char text[24];
    uint64_t without = 0;
    for (size_t i = 0; i < WITHOUTS; i++) {
        without += table->without[i];
    }
    (void)snprintf(text, sizeof text, "%" PRIu64, table->stills);
    (void)snprintf(limit, sizeof limit, "%u", REPORT_STILLS_MAX);
    page_markup(page, "<p class=\"quiet\">");
    page_say(page, SAY_STILLS_COUNT, text, NULL);
    if (without > 0) {
        (void)snprintf(text, sizeof text, "%" PRIu64, without);
        page_markup(page, " ");
        page_say(page, SAY_STILLS_WITHOUT, text, NULL);
    }
    for (size_t i = 0, said = 0; i < WITHOUTS; i++) {
        if (table->without[i] > 0) {
            page_markup(page, said++ > 0 ? "; " : " ");
            page_say(page, reasons[i], limit, NULL);
            stream_format(&page->stream, ": %" PRIu64, table->without[i]);
        }
    }
    if (table->without[WITHOUT_ALL] > 0 && table->report->plan->no_pictures != NULL) {
        page_markup(page, " (");
        page_sentence(page, table->report->plan->no_pictures);
        page_markup(page, ")");
    }
    page_markup(page, "</p>\n");
}

static void put_count(struct page *page, enum report_text text, uint64_t count)
{
    char number[24];
    if (count > 0) {
        (void)snprintf(number, sizeof number, "%" PRIu64, count);
        page_markup(page, "<p>");
        page_say(page, text, number, NULL);
        page_markup(page, "</p>\n");
    }
}

static bool has_doors(const struct export_record *request)
{
    for (size_t i = 0; i < request->count; i++) {
        if (strncmp(request->sources[i].source, "door/", 5) == 0) {
            return true;
        }
    }
    return false;
}

enum status report_put_entries(struct report *report, struct error *error)
{
    struct page *page = &report->page;
    struct table table = {.report = report};
    page_element(page, "h2", SAY_ENTRIES);
    if (report->survey.entries == 0) {
        page_element(page, "p",
                     has_doors(report->plan->content->request) ? SAY_ENTRIES_NONE
                                                               : SAY_ENTRIES_NOT_ASKED);
        put_count(page, SAY_ENTRIES_OTHERS, report->survey.withheld);
        return STATUS_OK;
    }
    page_element(page, "p", SAY_ENTRIES_INTRO);
    page_element(page, "p", SAY_ENTRIES_STILLS);
    page_markup(page, "<table class=\"entries\"><thead><tr>");
    page_element(page, "th class=\"number head-record\"", SAY_ENTRIES_RECORD);
    page_element(page, "th class=\"head-time\"", SAY_ENTRIES_TIME);
    page_element(page, "th", SAY_ENTRIES_EVENT);
    page_element(page, "th", SAY_ENTRIES_PERSON);
    page_element(page, "th class=\"head-stills\"", SAY_ENTRIES_STILL);
    page_markup(page, "</tr></thead><tbody>\n");
    share_room(&table);
    enum status status = content_each(report->plan->content, put_row, &table, error);
    page_markup(page, "</tbody></table>\n");
    put_counts(&table);
    put_count(page, SAY_ENTRIES_OTHERS, report->survey.withheld);
    put_count(page, SAY_ENTRIES_GONE, report->survey.gone);
    return status;
}
