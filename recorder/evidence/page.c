#include "evidence/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "phrase/figure.h"
#include "phrase/phrase.h"

#define ENGLISH "<span class=\"en\" lang=\"en\">"
#define CHINESE "<span class=\"zh\" lang=\"zh-CN\">"
#define END     "</span>"

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
            page_text(page, which < PAGE_ARGUMENTS_MAX && arguments[which] != NULL
                                ? arguments[which]
                                : "");
            pattern += 2;
        } else if (*pattern == '`') {
            page_markup(page, is_code ? "</code>" : "<code class=\"whole\">");
            is_code = !is_code;
            pattern++;
        }
    }
}

void page_pattern(struct page *page, const char *english, const char *chinese,
                  const char *const arguments[PAGE_ARGUMENTS_MAX])
{
    page_markup(page, CHINESE);
    put_pattern(page, chinese, arguments);
    page_markup(page, END ENGLISH);
    put_pattern(page, english, arguments);
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

void page_duration(struct page *page, int64_t ns)
{
    char english[FIGURE_SIZE];
    char chinese[FIGURE_SIZE];
    figure_duration(english, ns, LANGUAGE_ENGLISH);
    figure_duration(chinese, ns, LANGUAGE_CHINESE);
    page_both(page, english, chinese);
}

void page_size(struct page *page, uint64_t bytes)
{
    char text[FIGURE_SIZE];
    figure_size(text, bytes);
    page_text(page, text);
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
