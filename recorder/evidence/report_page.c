#include "evidence/report_page.h"

#include <stdarg.h>
#include <string.h>

void page_say(struct page *page, enum report_text text, ...)
{
    const char *arguments[PAGE_ARGUMENTS_MAX + 1] = {0};
    va_list list;
    va_start(list, text);
    for (size_t i = 0; i < PAGE_ARGUMENTS_MAX; i++) {
        arguments[i] = va_arg(list, const char *);
        if (arguments[i] == NULL) {
            break;
        }
    }
    va_end(list);
    page_pattern(page, report_text_in(text, LANGUAGE_ENGLISH),
                 report_text_in(text, LANGUAGE_CHINESE), arguments);
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
