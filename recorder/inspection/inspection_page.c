#include "inspection/inspection_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/page.h"
#include "inspection/inspection_show.h"

/* What stands before a state's word, so that its colour is not the only sign. */
static const struct {
    const char *sign;
    const char *class;
} looks[INSPECTION_STATES] = {
    [INSPECTION_MET] = {"✓", "met"},         [INSPECTION_PARTLY] = {"◐", "partly"},
    [INSPECTION_NOT_MET] = {"✕", "not-met"}, [INSPECTION_NOT_BUILT] = {"–", "open"},
    [INSPECTION_NOT_KNOWN] = {"?", "open"},
};

static const char style[] =
    ".badge{white-space:nowrap;border:1px solid currentColor;padding:.05rem .5rem}"
    ".met{background:var(--good-ground);color:var(--good)}"
    ".partly{background:var(--part-ground);color:var(--part)}"
    ".not-met{background:var(--bad-ground);color:var(--bad);font-weight:600}"
    ".open{background:var(--ground);color:#46505e}"
    ".tally{display:grid;grid-template-columns:repeat(5,1fr);gap:.6rem;margin:1.2rem 0}"
    ".tally>div{border:1px solid var(--line);border-radius:.4rem;padding:.5rem .8rem}"
    ".tally strong{display:block;font-size:1.5rem;line-height:1.3}"
    ".checklist td:first-child{width:3.2rem;font-weight:600}.checklist td:last-child{width:9.5rem}"
    ".checklist td{padding:.24rem .6rem}"
    ".item{break-inside:avoid-page}.item h3 .badge{margin-left:.5rem;font-weight:400}"
    ".item h3 .quiet{font-weight:400}"
    ".item ul{margin:.2rem 0 .6rem;padding-left:1.3rem}.item li{margin:.15rem 0}"
    ".item small{color:var(--quiet);white-space:normal}"
    ".checked{margin-top:2.2rem;display:grid;grid-template-columns:auto 1fr;gap:1rem}"
    ".checked span:last-child{border-bottom:1px solid var(--text);min-height:2.4rem}"
    ".checked span span:last-child{border:0}"
    "@media(max-width:46rem){.tally{grid-template-columns:1fr 1fr}}"
    "@media print{.checklist td{padding:.1rem .6rem}.site+p,p+p{margin-top:.15rem}"
    ".tally{margin:.7rem 0}.tally>div{padding:.25rem .6rem}.tally strong{font-size:13pt}.item "
    "h3{margin-top:.8rem}}";

struct writing {
    struct page page;
    const struct inspection *inspection;
    bool failed; /* no memory */
};

static void say(struct writing *writing, enum inspection_text text)
{
    page_both(&writing->page, inspection_text_in(text, LANGUAGE_ENGLISH),
              inspection_text_in(text, LANGUAGE_CHINESE));
}

/* Both languages of something that is appended to a buffer. */
static void say_both(struct writing *writing, const void *what,
                     enum status (*append)(const void *what, enum language language,
                                           struct buffer *text))
{
    struct buffer texts[2] = {{0}};
    for (unsigned language = LANGUAGE_ENGLISH; language <= LANGUAGE_CHINESE; language++)
        if (append(what, (enum language)language, &texts[language]) != STATUS_OK ||
            buffer_append(&texts[language], "", 1) != STATUS_OK)
            writing->failed = true;
    if (!writing->failed)
        page_both(&writing->page, (const char *)texts[LANGUAGE_ENGLISH].data,
                  (const char *)texts[LANGUAGE_CHINESE].data);
    buffer_release(&texts[0]);
    buffer_release(&texts[1]);
}

static enum status append_fact(const void *fact, enum language language, struct buffer *text)
{
    return inspection_say_fact(fact, language, text);
}

static enum status append_records(const void *records, enum language language, struct buffer *text)
{
    return inspection_say_records(records, language, text);
}

static enum status append_figure(const void *figure, enum language language, struct buffer *text)
{
    return inspection_say_figure(figure, language, text);
}

static void put_state(struct writing *writing, enum inspection_state state)
{
    const struct word *word = inspection_state_word(state);
    stream_format(&writing->page.stream, "<span class=\"badge %s\">%s ", looks[state].class,
                  looks[state].sign);
    page_word(&writing->page, word);
    page_markup(&writing->page, "</span>");
}

/* ---- tables ---- */

static void put_heading(struct writing *writing, enum inspection_text title,
                        const enum inspection_text *columns, size_t count)
{
    page_markup(&writing->page, "<h2>");
    say(writing, title);
    page_markup(&writing->page, "</h2>\n<table><thead><tr>");
    for (size_t i = 0; i < count; i++) {
        page_markup(&writing->page, i == 0 || columns[i] == INSPECTION_SAYS_NAME_CAUSE
                                        ? "<th>"
                                        : "<th class=\"number\">");
        say(writing, columns[i]);
        page_markup(&writing->page, "</th>");
    }
    page_markup(&writing->page, "</tr></thead><tbody>\n");
}

static void put_name(struct writing *writing, const char *name, const char *id)
{
    page_markup(&writing->page, "<tr><td class=\"name\">");
    page_text(&writing->page, name);
    if (strcmp(name, id) != 0) {
        page_markup(&writing->page, " <small class=\"quiet\">");
        page_text(&writing->page, id);
        page_markup(&writing->page, "</small>");
    }
    page_markup(&writing->page, "</td>");
}

static void put_cell(struct writing *writing, enum inspection_form form, int64_t number)
{
    const struct inspection_figure figure = {.form = form, .number = number};
    page_markup(&writing->page, "<td class=\"number\">");
    say_both(writing, &figure, append_figure);
    page_markup(&writing->page, "</td>");
}

/* "–" where there is nothing to say. */
static void put_cell_if(struct writing *writing, bool is, enum inspection_form form, int64_t number)
{
    if (is)
        put_cell(writing, form, number);
    else
        page_markup(&writing->page, "<td class=\"number\">–</td>");
}

static void put_camera(struct writing *writing, const struct inspection_camera *camera)
{
    int64_t missing_ns = camera->gap_ns + camera->unexplained_ns + camera->unwritten_ns;
    put_name(writing, camera->name, camera->id);
    put_cell_if(writing, camera->judged_ns > 0, INSPECTION_SHARE,
                inspection_share(camera->recorded_ns, camera->judged_ns));
    put_cell_if(writing, missing_ns > 0, INSPECTION_DURATION, missing_ns);
    put_cell(writing, INSPECTION_NUMBER, (int64_t)camera->gaps);
    put_cell_if(writing, camera->longest_ns > 0, INSPECTION_DURATION, camera->longest_ns);
    page_markup(&writing->page, "<td>");
    if (camera->longest_ns > 0)
        page_word(&writing->page, word_gap_cause(camera->longest_cause));
    page_markup(&writing->page, "</td>");
    put_cell_if(writing, camera->oldest_ns != 0, INSPECTION_TIME, camera->oldest_ns);
    page_markup(&writing->page, "</tr>\n");
}

static void put_cameras(struct writing *writing)
{
    static const enum inspection_text columns[] = {
        INSPECTION_SAYS_NAME_CAMERA, INSPECTION_SAYS_NAME_COVERED, INSPECTION_SAYS_NAME_MISSING,
        INSPECTION_SAYS_NAME_GAPS,   INSPECTION_SAYS_NAME_LONGEST, INSPECTION_SAYS_NAME_CAUSE,
        INSPECTION_SAYS_NAME_OLDEST};
    const struct inspection *inspection = writing->inspection;
    if (inspection->camera_count == 0)
        return;
    put_heading(writing, INSPECTION_SAYS_NAME_CAMERAS, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < inspection->camera_count; i++)
        put_camera(writing, &inspection->cameras[i]);
    page_markup(&writing->page, "</tbody></table>\n");
}

static void put_controllers(struct writing *writing)
{
    static const enum inspection_text columns[] = {
        INSPECTION_SAYS_NAME_CONTROLLER,     INSPECTION_SAYS_NAME_ENTRIES,
        INSPECTION_SAYS_NAME_DENIED,         INSPECTION_SAYS_NAME_LOST,
        INSPECTION_SAYS_NAME_UNKNOWN_LOSSES, INSPECTION_SAYS_NAME_OFFLINE};
    const struct inspection *inspection = writing->inspection;
    if (inspection->controller_count == 0)
        return;
    put_heading(writing, INSPECTION_SAYS_NAME_DOORS, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < inspection->controller_count; i++) {
        const struct inspection_controller *controller = &inspection->controllers[i];
        put_name(writing, controller->id, controller->id);
        put_cell(writing, INSPECTION_NUMBER, (int64_t)controller->entries);
        put_cell(writing, INSPECTION_NUMBER, (int64_t)controller->denied);
        put_cell(writing, INSPECTION_NUMBER, (int64_t)controller->lost);
        put_cell(writing, INSPECTION_NUMBER, (int64_t)controller->unknown_losses.count);
        put_cell_if(writing, controller->offline_ns > 0, INSPECTION_DURATION,
                    controller->offline_ns);
        page_markup(&writing->page, "</tr>\n");
    }
    page_markup(&writing->page, "</tbody></table>\n");
}

static void put_people(struct writing *writing)
{
    static const enum inspection_text columns[] = {
        INSPECTION_SAYS_NAME_PERSON,    INSPECTION_SAYS_NAME_LOOKUPS,
        INSPECTION_SAYS_NAME_PLAYBACKS, INSPECTION_SAYS_NAME_EXPORTS,
        INSPECTION_SAYS_NAME_HOLDS,     INSPECTION_SAYS_NAME_UNREASONED};
    const struct inspection *inspection = writing->inspection;
    if (inspection->person_count == 0)
        return;
    put_heading(writing, INSPECTION_SAYS_NAME_PEOPLE, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < inspection->person_count; i++) {
        const struct inspection_person *person = &inspection->people[i];
        put_name(writing, person->name[0] == '\0' ? person->source : person->name, person->source);
        put_cell(writing, INSPECTION_NUMBER, (int64_t)person->lookups);
        put_cell(writing, INSPECTION_NUMBER, (int64_t)person->playbacks);
        put_cell(writing, INSPECTION_NUMBER, (int64_t)person->exports);
        put_cell(writing, INSPECTION_NUMBER, (int64_t)person->holds);
        put_cell(writing, INSPECTION_NUMBER, (int64_t)person->without_reason);
        page_markup(&writing->page, "</tr>\n");
    }
    page_markup(&writing->page, "</tbody></table>\n");
}

/* ---- the answers ---- */

/* In English the rule's own words stand beside. */
static void put_requirement(struct writing *writing, const struct inspection_item *item)
{
    say(writing, item->meaning);
    page_markup(&writing->page, " <span class=\"en quiet\" lang=\"zh-CN\">");
    page_text(&writing->page, item->phrase);
    page_markup(&writing->page, "</span>");
}

static void put_checklist(struct writing *writing)
{
    page_markup(&writing->page, "<h2>");
    say(writing, INSPECTION_SAYS_NAME_CHECKLIST);
    page_markup(&writing->page, "</h2>\n<table class=\"checklist\"><thead><tr><th></th><th>");
    say(writing, INSPECTION_SAYS_NAME_REQUIREMENT);
    page_markup(&writing->page, "</th><th>");
    say(writing, INSPECTION_SAYS_NAME_STATE);
    page_markup(&writing->page, "</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < INSPECTION_ITEMS; i++) {
        const struct inspection_item *item = &writing->inspection->items[i];
        stream_format(&writing->page.stream, "<tr><td>%s</td><td>", item->id);
        put_requirement(writing, item);
        page_markup(&writing->page, "</td><td>");
        put_state(writing, item->state);
        page_markup(&writing->page, "</td></tr>\n");
    }
    page_markup(&writing->page, "</tbody></table>\n");
}

static void put_item(struct writing *writing, const struct inspection_item *item)
{
    stream_format(&writing->page.stream, "<div class=\"item\"><h3>%s ", item->id);
    put_requirement(writing, item);
    put_state(writing, item->state);
    page_markup(&writing->page, "</h3>\n<ul>\n");
    for (size_t i = 0; i < item->count; i++) {
        page_markup(&writing->page, "<li>");
        say_both(writing, &item->facts[i], append_fact);
        if (item->facts[i].records.count > 0) {
            page_markup(&writing->page, " <small>[");
            say_both(writing, &item->facts[i].records, append_records);
            page_markup(&writing->page, "]</small>");
        }
        page_markup(&writing->page, "</li>\n");
    }
    page_markup(&writing->page, "</ul></div>\n");
}

/* ---- the whole ---- */

static void put_tally(struct writing *writing)
{
    page_markup(&writing->page, "<div class=\"tally\">\n");
    for (unsigned state = INSPECTION_MET; state < INSPECTION_STATES; state++) {
        stream_format(&writing->page.stream, "<div class=\"%s\"><strong>%s %u</strong>",
                      looks[state].class, looks[state].sign, writing->inspection->states[state]);
        page_word(&writing->page, inspection_state_word((enum inspection_state)state));
        page_markup(&writing->page, "</div>\n");
    }
    page_markup(&writing->page, "</div>\n");
}

static void put_head(struct writing *writing, enum language language)
{
    struct inspection_fact line;
    char title[256];
    (void)snprintf(title, sizeof title, "%s %s",
                   inspection_text_in(INSPECTION_SAYS_TITLE, language), writing->inspection->site);
    page_begin(&writing->page, language, title, style);
    page_markup(&writing->page, "<main>\n<h1>");
    say(writing, INSPECTION_SAYS_TITLE);
    page_markup(&writing->page, "</h1>\n<p class=\"site\">");
    page_text(&writing->page, writing->inspection->site);
    page_markup(&writing->page, "</p>\n");
    for (size_t i = 0; i < INSPECTION_HEAD_LINES; i++) {
        inspection_head_line(writing->inspection, i, &line);
        if (line.text == INSPECTION_SAYS_TALLY) {
            put_tally(writing);
            continue;
        }
        page_markup(&writing->page,
                    line.text == INSPECTION_SAYS_BASIS ? "<p class=\"notice\">" : "<p>");
        say_both(writing, &line, append_fact);
        page_markup(&writing->page, "</p>\n");
    }
}

static void put_foot(struct writing *writing)
{
    page_markup(&writing->page, "<p class=\"checked keep\"><span>");
    say(writing, INSPECTION_SAYS_NAME_SIGNATURE);
    page_markup(&writing->page, "</span><span></span></p>\n</main>\n<footer>sealroom " //
                SEALROOM_VERSION "</footer>\n</body>\n</html>\n");
}

enum status inspection_page(const struct inspection *inspection, enum language language,
                            const struct text_sink *sink, struct error *error)
{
    struct writing *writing = calloc(1, sizeof *writing);
    if (writing == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the report");
    writing->inspection = inspection;
    stream_begin(&writing->page.stream, sink, error);
    put_head(writing, language);
    put_checklist(writing);
    put_cameras(writing);
    put_controllers(writing);
    put_people(writing);
    page_markup(&writing->page, "<h2>");
    say(writing, INSPECTION_SAYS_NAME_ANSWERS);
    page_markup(&writing->page, "</h2>\n");
    for (size_t i = 0; i < INSPECTION_ITEMS; i++)
        put_item(writing, &inspection->items[i]);
    put_foot(writing);
    enum status status = stream_end(&writing->page.stream);
    if (status == STATUS_OK && writing->failed)
        status = error_set(error, STATUS_NO_MEMORY, "no memory for the report");
    free(writing);
    return status;
}
