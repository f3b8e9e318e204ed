/* The page's frame: its policy (nothing from elsewhere, no script, no style but this one), its
 * style, and the language switch, which is two radio buttons and CSS. */
#include <string.h>

#include "crypto/suite.h"
#include "evidence/report_parts.h"

static const char style[] =
    ":root{--text:#15191f;--quiet:#566070;--line:#d5d9e0;--card:#fff;--ground:#f3f4f6;"
    "--main:#0b5394;--part:#7a4b00;--part-ground:#fdf2d8;--bad:#a5131d;--bad-ground:#fde8e8;"
    "--good:#14663a;--good-ground:#e5f4ea;--video:#2f7a5b;"
    "font:15px/1.55 system-ui,-apple-system,'Segoe UI','PingFang SC','Microsoft YaHei UI',"
    "'Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',sans-serif}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--ground);color:var(--text);overflow-wrap:anywhere}"
    "main,.bar,footer{max-width:64rem;margin:0 auto;padding:0 1.5rem}"
    "main{background:var(--card);padding:2rem 2.5rem 2.5rem;border:1px solid var(--line);"
    "border-radius:.6rem}"
    "h1{font-size:1.75rem;line-height:1.25;margin:0;font-weight:650}"
    "h2{font-size:1.2rem;margin:2.4rem 0 .7rem;padding-bottom:.3rem;"
    "border-bottom:2px solid var(--main);font-weight:650;break-after:avoid}"
    "h3{font-size:1rem;margin:1.4rem 0 .4rem;font-weight:650;break-after:avoid}"
    "h2+p,h2+p+p{break-after:avoid}p{margin:.5rem 0}.quiet{color:var(--quiet);font-size:.9em}"
    ".site{color:var(--quiet);margin:.2rem 0 0;font-size:1.05rem}"
    /* one language */
    ".switch{position:absolute;opacity:0;width:1px;height:1px}"
    ".bar{display:flex;justify-content:flex-end;gap:.4rem;padding-top:1rem;padding-bottom:.6rem}"
    ".bar label{border:1px solid var(--line);border-radius:1rem;padding:.1rem .9rem;"
    "background:var(--card);cursor:pointer}"
    "#zh:checked~.bar label[for=zh],#en:checked~.bar label[for=en]{background:var(--main);"
    "border-color:var(--main);color:#fff}"
    "#zh:focus-visible~.bar label[for=zh],#en:focus-visible~.bar label[for=en]"
    "{outline:3px solid var(--main);outline-offset:2px}"
    "#zh:checked~* .en,#en:checked~* .zh{display:none}"
    /* what stands at the top */
    ".notice{border-left:4px solid var(--part);background:var(--part-ground);padding:.7rem 1rem;"
    "margin:1.2rem 0;border-radius:0 .4rem .4rem 0;break-inside:avoid}"
    ".notice b{display:block}"
    ".state{padding:.6rem 1rem;border-radius:.4rem;margin:1rem 0;break-inside:avoid}"
    ".complete{background:var(--good-ground);color:var(--good)}"
    ".incomplete{background:var(--part-ground);color:var(--part)}"
    ".broken{background:var(--bad-ground);color:var(--bad);font-weight:600}"
    ".glance{display:grid;grid-template-columns:1.25fr 1fr 1fr 1fr;gap:.8rem;margin:1.2rem 0}"
    ".glance>div{border:1px solid var(--line);border-radius:.4rem;padding:.6rem .8rem;"
    "break-inside:avoid}"
    ".glance small{display:block;color:var(--quiet)}"
    ".glance strong{display:block;font-size:1.3rem;line-height:1.35;font-weight:650;"
    "font-variant-numeric:tabular-nums}"
    ".glance strong.times{font-size:.95rem;line-height:1.55;white-space:nowrap}"
    /* facts */
    "dl{margin:0}.fact{display:grid;grid-template-columns:11.5rem 1fr;gap:0 1rem;"
    "padding:.32rem 0;border-bottom:1px solid #eceef2;break-inside:avoid}"
    ".fact dt{color:var(--quiet)}.fact dd{margin:0}.fact .quiet{display:block}"
    "code,.hex{font-family:ui-monospace,'Cascadia Mono',Consolas,'DejaVu Sans Mono',"
    "'Noto Sans Mono',monospace;font-size:.86em}"
    ".hex i{font-style:normal;display:inline-block;margin-right:.5em}"
    "pre{background:var(--ground);border:1px solid var(--line);border-radius:.3rem;"
    "padding:.5rem .8rem;white-space:pre-wrap;margin:.4rem 0;font-size:.95em}"
    /* tables */
    "table{border-collapse:collapse;width:100%;margin:.5rem 0;font-size:.93em}"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;"
    "border-bottom:1px solid var(--line)}"
    "th{font-weight:600;background:var(--ground);border-bottom:1px solid #b9c0cb}"
    "th,td{overflow-wrap:break-word}.name{word-break:keep-all;min-width:8em}"
    ".whole{white-space:nowrap}"
    "tr{break-inside:avoid}thead{display:table-header-group}"
    ".number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".time{font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".bad{color:var(--bad)}.part{color:var(--part)}"
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
    ".badge{display:inline-block;border-radius:.25rem;padding:0 .4rem;font-size:.88em}"
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
    /* advice */
    "ol{padding-left:1.4rem;margin:.5rem 0}li{margin:.5rem 0;break-inside:avoid}"
    ".keep{break-inside:avoid}.custody td{height:2.6rem}.custody th{width:20%}"
    "footer{color:var(--quiet);font-size:.85em;padding-top:1rem;padding-bottom:2rem}"
    "@media(max-width:46rem){main{padding:1.2rem}.glance{grid-template-columns:1fr 1fr}"
    ".fact{grid-template-columns:1fr}.entries td.stills,.entries "
    ".head-stills{width:10rem}.stills>div{grid-template-columns:1fr}}"
    "@media print{:root{font-size:9.5pt;line-height:1.45}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    "body,main{background:#fff}main{max-width:none;padding:0;border:0}"
    ".bar{display:none}footer{padding:1rem 0 0;max-width:none}h1{font-size:18pt}h2{font-size:13pt}"
    ".entries td.stills,.entries .head-stills{width:80mm}"
    ".fact{grid-template-columns:38mm 1fr}}"
    "@page{size:A4;margin:15mm 14mm 17mm;@bottom-center{content:counter(page) ' / ' counter(pages);"
    "font-size:8pt;color:#566070}}";

static void put_policy(struct page *page)
{
    struct digest digest;
    digest_of(DIGEST_SHA256, bytes_of_text(style), &digest);
    page_markup(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "img-src data:; style-src 'sha256-");
    stream_base64(&page->stream, (struct bytes){digest.bytes, DIGEST_BYTES});
    page_markup(page, "'; base-uri 'none'; form-action 'none'\">\n");
}

/* The site, or the package's request, so that a tab or a printed page can be told from others. */
static void put_title(struct report *report)
{
    struct page *page = &report->page;
    enum language language = report->plan->language;
    page_markup(page, "<title>");
    page_text(page, report_text_in(SAY_TITLE, language));
    page_markup(page, " ");
    page_number(page, report->plan->content->request_number);
    page_markup(page, " ");
    page_text(page, site_name(report->plan->content->site));
    page_markup(page, "</title>\n");
}

static void put_switch(struct report *report)
{
    struct page *page = &report->page;
    bool chinese = report->plan->language == LANGUAGE_CHINESE;
    stream_format(&page->stream,
                  "<input class=\"switch\" type=\"radio\" name=\"language\" id=\"zh\" "
                  "aria-label=\"中文\"%s>"
                  "<input class=\"switch\" type=\"radio\" name=\"language\" id=\"en\" "
                  "aria-label=\"English\"%s>\n",
                  chinese ? " checked" : "", chinese ? "" : " checked");
    page_markup(page, "<div class=\"bar\"><label for=\"zh\" lang=\"zh-CN\">中文</label>"
                      "<label for=\"en\" lang=\"en\">English</label></div>\n");
}

void report_put_head(struct report *report)
{
    struct page *page = &report->page;
    stream_format(&page->stream,
                  "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
                  report->plan->language == LANGUAGE_CHINESE ? "zh-CN" : "en");
    put_policy(page);
    page_markup(page, "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                      "<meta name=\"referrer\" content=\"no-referrer\">\n");
    put_title(report);
    page_markup(page, "<style>");
    page_markup(page, style);
    page_markup(page, "</style>\n</head>\n<body>\n");
    put_switch(report);
}
