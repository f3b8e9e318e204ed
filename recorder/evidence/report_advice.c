/* What is in the package, how it is verified, what that proves, and who had it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "evidence/report_parts.h"

static const struct report_item *verify_page(const struct report_plan *plan)
{
    for (size_t i = 0; i < plan->item_count; i++) {
        if (strcmp(plan->items[i].name, REPORT_PAGE_NAME) == 0) {
            return &plan->items[i];
        }
    }
    return NULL;
}

static void put_digest_line(struct page *page, const char *name, const struct digest *digest)
{
    stream_format(&page->stream, "<div><span class=\"quiet\">%s</span> ", name);
    page_digest(page, digest);
    page_markup(page, "</div>");
}

static void put_digests(struct page *page, const struct report_item *item)
{
    if (item->has_sha256) {
        put_digest_line(page, "SHA-256", &item->sha256);
    }
    if (item->has_sm3) {
        put_digest_line(page, "SM3", &item->sm3);
    }
}

static void put_item(struct report *report, const struct report_item *item)
{
    struct page *page = &report->page;
    page_markup(page, "<tr><td><b>");
    page_text(page, item->name);
    page_markup(page, "</b><span class=\"quiet\">");
    if (item->camera != NULL) {
        page_markup(page, "<br>");
        page_text(page, site_camera(report->plan->content->site, item->camera));
        page_markup(page, " · ");
        page_time(page, item->start_utc_ns);
        page_markup(page, " – ");
        page_clock(page, item->end_utc_ns);
    } else {
        page_markup(page, "<br>");
        page_say(page,
                 strcmp(item->name, REPORT_PAGE_NAME) == 0 ? SAY_ITEMS_PAGE : SAY_ITEMS_FOR_PEOPLE,
                 NULL);
    }
    page_markup(page, "</span></td><td class=\"number\">");
    page_size(page, item->size_bytes);
    page_markup(page, "</td><td>");
    put_digests(page, item);
    page_markup(page, "</td></tr>\n");
}

static void put_items(struct report *report)
{
    struct page *page = &report->page;
    page_element(page, "h2", SAY_ITEMS);
    page_element(page, "p", SAY_ITEMS_INTRO);
    page_markup(page, "<table class=\"items\"><thead><tr>");
    page_element(page, "th", SAY_ITEMS_NAME);
    page_element(page, "th class=\"number\"", SAY_ITEMS_SIZE);
    page_element(page, "th", SAY_ITEMS_DIGEST);
    page_markup(page, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < report->plan->item_count; i++) {
        put_item(report, &report->plan->items[i]);
    }
    page_markup(page, "</tbody></table>\n");
    page_element(page, "p class=\"quiet\"", SAY_ITEMS_THEN);
}

static void put_verifying(struct report *report)
{
    struct page *page = &report->page;
    char fingerprint[FINGERPRINT_SIZE];
    const struct report_item *item = verify_page(report->plan);
    certificate_fingerprint(report->plan->certificate, fingerprint);
    page_element(page, "h2", SAY_VERIFY);
    page_markup(page, "<ol>");
    page_element(page, "li", SAY_VERIFY_1);
    page_markup(page, "<li>");
    page_say(page, SAY_VERIFY_2, NULL);
    if (item != NULL && item->has_sha256) {
        put_digest_line(page, "SHA-256", &item->sha256);
    }
    page_markup(page, "</li><li>");
    page_say(page, SAY_VERIFY_3, NULL);
    page_markup(page, "<div>");
    page_hex(page, fingerprint);
    page_markup(page, "</div></li><li>");
    page_say(page, SAY_VERIFY_4, NULL);
    page_markup(page, "<pre><code>sealroom-verify ");
    page_both(page, "PACKAGE.zip --trust FINGERPRINT", "证据包.zip --trust 证书指纹");
    page_markup(page, "</code></pre></li>");
    page_element(page, "li", SAY_VERIFY_5);
    page_markup(page, "</ol>\n");
    page_element(page, "p", SAY_VERIFY_VERDICTS);
}

static void put_proof(struct page *page)
{
    static const enum report_text rows[][2] = {
        {SAY_ATTACK_EDITOR, SAY_OUTCOME_EDITOR}, {SAY_ATTACK_OMIT, SAY_OUTCOME_OMIT},
        {SAY_ATTACK_FORGER, SAY_OUTCOME_FORGER}, {SAY_ATTACK_OLD, SAY_OUTCOME_OLD},
        {SAY_ATTACK_ROOT, SAY_OUTCOME_ROOT},     {SAY_ATTACK_OPERATOR, SAY_OUTCOME_OPERATOR},
        {SAY_ATTACK_THIEF, SAY_OUTCOME_THIEF},   {SAY_ATTACK_IMPOSTOR, SAY_OUTCOME_IMPOSTOR},
        {SAY_ATTACK_CARD, SAY_OUTCOME_CARD},     {SAY_ATTACK_CLOCK, SAY_OUTCOME_CLOCK},
    };
    page_element(page, "h2", SAY_PROVES);
    page_markup(page, "<table class=\"proves\"><thead><tr>");
    page_element(page, "th", SAY_PROVES_WHO);
    page_element(page, "th", SAY_PROVES_OUTCOME);
    page_markup(page, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        page_markup(page, "<tr>");
        page_element(page, "td", rows[i][0]);
        page_element(page, "td", rows[i][1]);
        page_markup(page, "</tr>\n");
    }
    page_markup(page, "</tbody></table>\n");
}

static void put_custody(struct page *page)
{
    static const enum report_text heads[] = {SAY_CUSTODY_WHEN, SAY_CUSTODY_FROM, SAY_CUSTODY_TO,
                                             SAY_CUSTODY_VERDICT, SAY_CUSTODY_SIGN};
    enum { LINES = 4 };
    page_markup(page, "<section class=\"keep\">");
    page_element(page, "h2", SAY_CUSTODY);
    page_element(page, "p", SAY_CUSTODY_INTRO);
    page_markup(page, "<table class=\"custody\"><thead><tr>");
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        page_element(page, "th", heads[i]);
    }
    page_markup(page, "</tr></thead><tbody>");
    for (unsigned line = 0; line < LINES; line++) {
        page_markup(page, "<tr><td></td><td></td><td></td><td></td><td></td></tr>");
    }
    page_markup(page, "</tbody></table></section>\n");
}

void report_put_advice(struct report *report)
{
    put_items(report);
    put_verifying(report);
    put_proof(&report->page);
    put_custody(&report->page);
}
