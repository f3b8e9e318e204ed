/* The page's frame: its style beside what all pages have in common, and its title. */
#include <inttypes.h>
#include <stdio.h>

#include "evidence/report_parts.h"

static const char style[] =
    /* timelines */
    ".patterns{position:absolute}.camera{margin:.9rem 0;break-inside:avoid}.camera p{margin:0 0 "
    ".15rem}"
    ".camera svg,.legend svg{display:block}.camera svg{width:100%;height:auto}"
    ".axis{stroke:#9aa3b0;stroke-width:1}.label{font-size:11px;fill:#566070;"
    "font-variant-numeric:tabular-nums}"
    ".frame{fill:#fff;stroke:#9aa3b0;stroke-width:1}"
    ".video{fill:var(--video)}.entry{fill:#15191f}.line{stroke:#a5131d;stroke-width:2}"
    ".dot{fill:#8a93a0}.cross{stroke:#7a4b00;stroke-width:2}"
    ".ground-gap{fill:#fde8e8}.ground-expired{fill:#eef0f3}.ground-absent{fill:#fdf2d8}"
    ".edge-gap{fill:none;stroke:#a5131d;stroke-width:1}"
    ".legend{display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;margin:.6rem 0;font-size:.88em;"
    "color:var(--quiet)}.legend span.item{display:inline-flex;align-items:center;gap:.4rem}"
    /* entries */
    ".entries{table-layout:fixed}.head-record{width:4.2rem}.head-time{width:5rem}"
    ".entries td{padding:.5rem .6rem}.day td{background:var(--ground);font-weight:600;"
    "padding:.25rem .6rem;break-after:avoid}"
    ".entries .event b{font-weight:600}.entries .event small,.entries small{display:block;"
    "color:var(--quiet);font-size:.88em}"
    ".granted{background:var(--good-ground);color:var(--good)}"
    ".denied{background:var(--bad-ground);color:var(--bad)}"
    ".derived td{background:#f7f8fc}.derived td:first-child{border-left:4px solid #8c9bbd}"
    ".mark{display:inline-block;border:1px solid #8c9bbd;color:#46557a;border-radius:.25rem;"
    "padding:0 .35rem;font-size:.82em}"
    ".entries td.stills,.entries .head-stills{width:23rem}"
    ".entries td.stills{padding:.35rem .6rem}.stills>div{display:grid;"
    "grid-template-columns:1fr 1fr;gap:.3rem .5rem}"
    "figure{margin:0;break-inside:avoid}figure img{display:block;width:100%;height:auto;"
    "border:1px solid var(--line)}"
    "figcaption{font-size:.78em;color:var(--quiet);line-height:1.35;padding-top:.1rem}"
    ".none{border:1px dashed #b9c0cb;border-radius:.25rem;padding:.3rem .5rem;font-size:.82em;"
    "color:var(--quiet);margin:0;align-self:start}"
    ".custody td{height:2.6rem}.custody th{width:20%}"
    "@media(max-width:46rem){.entries td.stills,.entries .head-stills{width:10rem}"
    ".stills>div{grid-template-columns:1fr}}"
    "@media print{.entries td.stills,.entries .head-stills{width:80mm}}";

/* The package's request and the site, so that a tab or a printed page can be told from others. */
void report_put_head(struct report *report)
{
    char title[256];
    const struct content *content = report->plan->content;
    (void)snprintf(title, sizeof title, "%s %" PRIu64 " %s",
                   report_text_in(SAY_TITLE, report->plan->language), content->request_number,
                   site_name(content->site));
    page_begin(&report->page, report->plan->language, title, style);
}
