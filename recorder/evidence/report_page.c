#include "evidence/report_page.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "phrase/phrase.h"

#define ARGUMENTS_MAX 9
#define ENGLISH       "<span class=\"en\" lang=\"en\">"
#define CHINESE       "<span class=\"zh\" lang=\"zh-CN\">"
#define END           "</span>"

void page_markup(struct page *page, const char *markup)
{
    stream_text(&page->stream, markup);
}

static void put_escaped(struct page *page, const char *text)
{
    static const struct {
        char character;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    while (*text != '\0') {
        size_t plain = strcspn(text, "&<>\"'");
        stream_bytes(&page->stream, text, plain);
        text += plain;
        for (size_t i = 0; *text != '\0' && i < sizeof entities / sizeof entities[0]; i++) {
            if (entities[i].character == *text) {
                stream_text(&page->stream, entities[i].entity);
                text++;
                break;
            }
        }
    }
}

void page_text(struct page *page, const char *text)
{
    char *visible = utf8_is_visible(bytes_of_text(text)) ? NULL : utf8_visible(text);
    put_escaped(page, visible != NULL ? visible : text);
    free(visible);
}

static void put_pattern(struct page *page, const char *pattern, const char *const *arguments)
{
    bool is_code = false;
    while (*pattern != '\0') {
        size_t plain = strcspn(pattern, "%`");
        char part[256];
        while (plain > 0) {
            size_t size = plain < sizeof part ? plain : sizeof part - 1;
            memcpy(part, pattern, size);
            part[size] = '\0';
            put_escaped(page, part);
            pattern += size;
            plain -= size;
        }
        if (*pattern == '%') {
            unsigned which = (unsigned)(pattern[1] - '1');
            page_text(page,
                      which < ARGUMENTS_MAX && arguments[which] != NULL ? arguments[which] : "");
            pattern += 2;
        } else if (*pattern == '`') {
            page_markup(page, is_code ? "</code>" : "<code class=\"whole\">");
            is_code = !is_code;
            pattern++;
        }
    }
}

void page_say(struct page *page, enum report_text text, ...)
{
    const char *arguments[ARGUMENTS_MAX + 1] = {0};
    va_list list;
    va_start(list, text);
    for (size_t i = 0; i < ARGUMENTS_MAX; i++) {
        arguments[i] = va_arg(list, const char *);
        if (arguments[i] == NULL) {
            break;
        }
    }
    va_end(list);
    page_markup(page, CHINESE);
    put_pattern(page, report_text_in(text, LANGUAGE_CHINESE), arguments);
    page_markup(page, END ENGLISH);
    put_pattern(page, report_text_in(text, LANGUAGE_ENGLISH), arguments);
    page_markup(page, END);
}

void page_both(struct page *page, const char *english, const char *chinese)
{
    page_markup(page, CHINESE);
    page_text(page, chinese);
    page_markup(page, END ENGLISH);
    page_text(page, english);
    page_markup(page, END);
}

void page_word(struct page *page, const struct word *word)
{
    if (word != NULL) {
        page_both(page, word->english, word->chinese);
    }
}

void page_sentence(struct page *page, const char *english)
{
    char shown[PHRASE_SIZE];
    page_both(page, english, phrase_in(english, LANGUAGE_CHINESE, shown, sizeof shown));
}

void page_element(struct page *page, const char *tag, enum report_text text)
{
    stream_format(&page->stream, "<%s>", tag);
    page_say(page, text, NULL);
    /* the attributes are not repeated */
    stream_format(&page->stream, "</%.*s>", (int)strcspn(tag, " "), tag);
}

void page_fact(struct page *page, enum report_text name)
{
    page_markup(page, "<div class=\"fact\"><dt>");
    page_say(page, name, NULL);
    page_markup(page, "</dt><dd>");
}

void page_fact_end(struct page *page)
{
    page_markup(page, "</dd></div>\n");
}

void page_fact_text(struct page *page, enum report_text name, const char *text)
{
    page_fact(page, name);
    page_text(page, text);
    page_fact_end(page);
}

void page_time(struct page *page, int64_t utc_ns)
{
    char text[LOCAL_TIME_SIZE];
    local_time_text(text, utc_ns);
    page_text(page, text);
}

void page_clock(struct page *page, int64_t utc_ns)
{
    enum { DAY = sizeof "2026-11-22 " - 1, CLOCK = sizeof "14:02:11" - 1 };
    char text[LOCAL_TIME_SIZE];
    local_time_text(text, utc_ns);
    if (strlen(text) > DAY + CLOCK) {
        text[DAY + CLOCK] = '\0';
        page_text(page, text + DAY);
    }
}

void page_day_and_clock(struct page *page, int64_t utc_ns)
{
    char text[LOCAL_TIME_SIZE];
    local_time_text(text, utc_ns);
    stream_format(&page->stream, "%.19s", text);
}

void page_zone(struct page *page, int64_t utc_ns)
{
    char text[LOCAL_TIME_SIZE];
    local_time_text(text, utc_ns);
    stream_format(&page->stream, "%.6s", strlen(text) > 19 ? text + 19 : "");
}

/* Two numbers and their units, or one with a decimal. */
static void put_units(struct page *page, int64_t first, int64_t second, const char *const units[4])
{
    char english[48];
    char chinese[48];
    (void)snprintf(english, sizeof english, "%" PRId64 " %s %02" PRId64 " %s", first, units[0],
                   second, units[1]);
    (void)snprintf(chinese, sizeof chinese, "%" PRId64 " %s %02" PRId64 " %s", first, units[2],
                   second, units[3]);
    page_both(page, english, chinese);
}

void page_duration(struct page *page, int64_t ns)
{
    static const struct {
        int64_t below_s;
        int64_t unit_s;
        int64_t part_s;
        const char *units[4];
    } forms[] = {
        {3600, 60, 1, {"min", "s", "分", "秒"}},
        {86400, 3600, 60, {"h", "min", "小时", "分"}},
        {INT64_MAX, 86400, 3600, {"d", "h", "天", "小时"}},
    };
    int64_t tenths = (ns + NS_PER_SECOND / 20) / (NS_PER_SECOND / 10);
    int64_t seconds = (ns + NS_PER_SECOND / 2) / NS_PER_SECOND;
    char english[48];
    char chinese[48];
    if (tenths < 600) {
        (void)snprintf(english, sizeof english, "%" PRId64 ".%" PRId64 " s", tenths / 10,
                       tenths % 10);
        (void)snprintf(chinese, sizeof chinese, "%" PRId64 ".%" PRId64 " 秒", tenths / 10,
                       tenths % 10);
        page_both(page, english, chinese);
        return;
    }
    size_t i = 0;
    while (seconds >= forms[i].below_s) {
        i++;
    }
    put_units(page, seconds / forms[i].unit_s, seconds % forms[i].unit_s / forms[i].part_s,
              forms[i].units);
}

void page_size(struct page *page, uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    double size = (double)bytes;
    while (size >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
        size /= 1000;
        unit++;
    }
    stream_format(&page->stream, unit > 0 && size < 100 ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

void page_number(struct page *page, uint64_t number)
{
    stream_format(&page->stream, "%" PRIu64, number);
}

void page_hex(struct page *page, const char *hex)
{
    page_markup(page, "<code class=\"hex\">");
    for (size_t i = 0; hex[i] != '\0'; i += strnlen(hex + i, 8)) {
        stream_format(&page->stream, "<i>%.8s</i>", hex + i);
    }
    page_markup(page, "</code>");
}

void page_digest(struct page *page, const struct digest *digest)
{
    char hex[2 * DIGEST_BYTES + 1];
    hex_encode(hex, digest->bytes, DIGEST_BYTES);
    page_hex(page, hex);
}
