/* A page's frame: its policy (nothing from elsewhere, no script, no style but this one), the style
 * that all have in common, and the language switch. */
#include <string.h>

#include "crypto/suite.h"
#include "evidence/page.h"

static const char common[] =
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
    ".badge{display:inline-block;border-radius:.25rem;padding:0 .4rem;font-size:.88em}"
    "ol{padding-left:1.4rem;margin:.5rem 0}li{margin:.5rem 0;break-inside:avoid}"
    ".keep{break-inside:avoid}"
    "footer{color:var(--quiet);font-size:.85em;padding-top:1rem;padding-bottom:2rem}"
    "@media(max-width:46rem){main{padding:1.2rem}.glance{grid-template-columns:1fr 1fr}"
    ".fact{grid-template-columns:1fr}}"
    "@media print{:root{font-size:9.5pt;line-height:1.45}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    "body,main{background:#fff}main{max-width:none;padding:0;border:0}"
    ".bar{display:none}footer{padding:1rem 0 0;max-width:none}h1{font-size:18pt}h2{font-size:13pt}"
    ".fact{grid-template-columns:38mm 1fr}}"
    "@page{size:A4;margin:15mm 14mm 17mm;@bottom-center{content:counter(page) ' / ' counter(pages);"
    "font-size:8pt;color:#566070}}";

static void put_policy(struct page *page, const char *style)
{
    const struct bytes parts[] = {bytes_of_text(common), bytes_of_text(style)};
    struct digest digest;
    digest_of_parts(DIGEST_SHA256, parts, 2, &digest);
    page_markup(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "img-src data:; style-src 'sha256-");
    stream_base64(&page->stream, (struct bytes){digest.bytes, DIGEST_BYTES});
    page_markup(page, "'; base-uri 'none'; form-action 'none'\">\n");
}

static void put_switch(struct page *page, bool chinese)
{
    stream_format(&page->stream,
                  "<input class=\"switch\" type=\"radio\" name=\"language\" id=\"zh\" "
                  "aria-label=\"中文\"%s>"
                  "<input class=\"switch\" type=\"radio\" name=\"language\" id=\"en\" "
                  "aria-label=\"English\"%s>\n",
                  chinese ? " checked" : "", chinese ? "" : " checked");
    page_markup(page, "<div class=\"bar\"><label for=\"zh\" lang=\"zh-CN\">中文</label>"
                      "<label for=\"en\" lang=\"en\">English</label></div>\n");
}

void page_begin(struct page *page, enum language language, const char *title, const char *style)
{
    bool chinese = language == LANGUAGE_CHINESE;
    stream_format(&page->stream,
                  "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
                  chinese ? "zh-CN" : "en");
    put_policy(page, style);
    page_markup(page, "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    page_text(page, title);
    page_markup(page, "</title>\n<style>");
    page_markup(page, common);
    page_markup(page, style);
    page_markup(page, "</style>\n</head>\n<body>\n");
    put_switch(page, chinese);
}
