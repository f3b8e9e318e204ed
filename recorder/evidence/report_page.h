/*
 * A report's page: what it says in texts of its own.
 */
#ifndef SEALROOM_EVIDENCE_REPORT_PAGE_H
#define SEALROOM_EVIDENCE_REPORT_PAGE_H

#include "evidence/page.h"
#include "evidence/report_texts.h"

/* A text of ours in both languages, in which %1 to %9 are the arguments, escaped; NULL ends them.
 */
void page_say(struct page *page, enum report_text text, ...) __attribute__((sentinel));
/* "<tag>text</tag>" and its like, of a text of ours without arguments. */
void page_element(struct page *page, const char *tag, enum report_text text);
/* A line of a table of facts: its name, and what follows until page_fact_end. */
void page_fact(struct page *page, enum report_text name);
void page_fact_end(struct page *page);
void page_fact_text(struct page *page, enum report_text name, const char *text);

#endif
