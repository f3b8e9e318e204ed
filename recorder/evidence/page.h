/*
 * HTML that people read, save and print, in both languages: each text stands twice, and CSS shows
 * one of them. What comes from records is escaped wherever it goes. No script, and nothing from
 * elsewhere.
 */
#ifndef SEALROOM_EVIDENCE_PAGE_H
#define SEALROOM_EVIDENCE_PAGE_H

#include "base/vocabulary.h"
#include "evidence/text_stream.h"

struct page {
    struct text_stream stream;
};

/* Markup that is ours, as it stands. */
void page_markup(struct page *page, const char *markup);
/* Text from anywhere: escaped, and what hides or turns the text around it spelt out. */
void page_text(struct page *page, const char *text);
/* A text in both languages, in which %1 to %9 are the arguments, escaped and the same in both; NULL
 * is nothing. What stands between two ` is typed or named as it is. */
#define PAGE_ARGUMENTS_MAX 9
void page_pattern(struct page *page, const char *english, const char *chinese,
                  const char *const arguments[PAGE_ARGUMENTS_MAX]);
/* Two texts, escaped. */
void page_both(struct page *page, const char *english, const char *chinese);
/* A word of a vocabulary; "" for NULL. */
void page_word(struct page *page, const struct word *word);
/* A sentence of a record or an error, in Chinese where recorder/phrase knows it. */
void page_sentence(struct page *page, const char *english);

/* Local time, "2026-11-22 08:30:00+08:00"; the clock alone, "08:30:00". */
void page_time(struct page *page, int64_t utc_ns);
void page_clock(struct page *page, int64_t utc_ns);
/* The same in two parts: "2026-11-22 08:30:00" and "+08:00". */
void page_day_and_clock(struct page *page, int64_t utc_ns);
void page_zone(struct page *page, int64_t utc_ns);
/* How long: "2 h 03 min", "12.3 s". */
void page_duration(struct page *page, int64_t ns);
/* "12.3 MB". */
void page_size(struct page *page, uint64_t bytes);
void page_number(struct page *page, uint64_t number);
/* 64 hexadecimal digits in groups, copied without gaps. */
void page_digest(struct page *page, const struct digest *digest);
void page_hex(struct page *page, const char *hex);

/* From <!doctype> to the language switch, which is two radio buttons and CSS. The style is what all
 * pages have in common and `style` behind it; the page's policy allows it by its digest. `language`
 * is the one that is shown first, and printed unless it is switched. */
void page_begin(struct page *page, enum language language, const char *title, const char *style);

#endif
