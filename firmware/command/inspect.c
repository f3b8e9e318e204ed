/* sealroom report: the inspection report (自查报告) for a period. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "firmware/command/evidence.h"
#include "firmware/command/export_file.h"
#include "inspection/inspection_page.h"
#include "inspection/inspection_show.h"

#define DEFAULT_SPAN_NS (30 * NS_PER_DAY)
#define CAMERAS_MAX     256u

enum { TEXT_FUTURE };

static const struct text texts[] = {
    [TEXT_FUTURE] = {"--from lies in the future: there is nothing to report yet",
                     "--from 在将来：尚无可报告的内容"},
};

/* What the running appliance says. */
struct now {
    bool known;
    struct message_status status;
    struct message_status_camera cameras[CAMERAS_MAX];
    size_t camera_count;
};

static void take_now(void *context, enum message_type type, const union message_payload *payload)
{
    struct now *now = context;
    if (type == MESSAGE_STATUS) {
        now->status = payload->status;
        now->known = true;
    } else if (type == MESSAGE_STATUS_CAMERA && now->camera_count < CAMERAS_MAX) {
        now->cameras[now->camera_count++] = payload->status_camera;
    }
}

static bool read_period(const struct invocation *invocation, struct inspection_options *options)
{
    options->now_utc_ns = clock_utc_ns();
    if (!invocation_period(invocation, &options->from_utc_ns, &options->to_utc_ns))
        return false;
    if (options->to_utc_ns == 0 || options->to_utc_ns > options->now_utc_ns)
        options->to_utc_ns = options->now_utc_ns;
    if (options->from_utc_ns == 0)
        options->from_utc_ns = options->to_utc_ns - DEFAULT_SPAN_NS;
    if (options->from_utc_ns < options->to_utc_ns)
        return true;
    invocation_warn(invocation, &texts[TEXT_FUTURE]);
    return false;
}

static enum status put(void *context, struct bytes bytes, struct error *error)
{
    const struct export_file *page = context;
    return file_write_all(page->file, bytes, error);
}

static int show_page(const struct invocation *invocation, const struct inspection *inspection,
                     struct export_file *page)
{
    const struct text_sink sink = {put, page};
    struct error error = {0};
    enum status status = inspection_page(inspection, invocation->language, &sink, &error);
    return status == STATUS_OK ? COMMAND_OK : invocation_fail(invocation, &error);
}

static int show(const struct invocation *invocation, const struct inspection *inspection,
                struct export_file *page)
{
    if (page != NULL)
        return show_page(invocation, inspection, page);
    if (!invocation->json)
        return inspection_show_text(stdout, inspection, invocation->language) == STATUS_OK
                   ? COMMAND_OK
                   : COMMAND_FAILED;
    json_t *object = inspection_json(inspection);
    int result = object != NULL && json_dumpf(object, stdout, JSON_COMPACT) == 0 ? COMMAND_OK
                                                                                 : COMMAND_FAILED;
    putchar('\n');
    json_decref(object);
    return result;
}

static int make(const struct invocation *invocation, struct evidence *evidence,
                struct inspection_options options, struct now *now, struct export_file *page)
{
    AUTO_INSPECTION struct inspection *inspection = NULL;
    struct utsname machine = {0};
    struct error error = {0};
    if (uname(&machine) == 0)
        options.machine = machine.machine;
    enum status status = evidence_status_now(evidence, take_now, now, &error);
    options.status = now->known ? &now->status : NULL;
    options.cameras = now->cameras;
    options.camera_count = now->camera_count;
    if (status == STATUS_OK)
        status = inspection_make(evidence_ledger(evidence), &options, &inspection, &error);
    return status == STATUS_OK ? show(invocation, inspection, page)
                               : invocation_fail(invocation, &error);
}

static int look(const struct invocation *invocation, struct export_file *page)
{
    struct inspection_options options = {0};
    struct now *now = calloc(1, sizeof *now);
    int result = COMMAND_FAILED;
    if (now != NULL && read_period(invocation, &options)) {
        const struct evidence_filter filter = {.from_utc_ns = options.from_utc_ns,
                                               .to_utc_ns = options.to_utc_ns};
        struct evidence *evidence = evidence_open(invocation, "report", &filter, "");
        if (evidence != NULL)
            result = make(invocation, evidence, options, now, page);
        evidence_close(evidence);
    }
    free(now);
    return result;
}

/* The file is whoever's who asks for it, though the ledger is read with its owner's rights. */
static void become_caller(void)
{
    if (seteuid(getuid()) != 0 || setegid(getgid()) != 0)
        log_warning("cannot take back the caller's rights");
}

static int run(const struct invocation *invocation)
{
    struct export_file page;
    struct error error = {0};
    const char *path = invocation_value(invocation, "html");
    if (path == NULL)
        return look(invocation, NULL);
    enum status status = export_file_open(&page, path, &error);
    int result =
        status == STATUS_OK ? look(invocation, &page) : invocation_fail(invocation, &error);
    become_caller();
    if (result == COMMAND_OK && export_file_keep(&page, &error) != STATUS_OK)
        result = invocation_fail(invocation, &error);
    export_file_close(&page);
    return result;
}

static const struct command_option options[] = {
    {"from", "TIME", {"from this time (30 days before --to)", "起始时间（默认为截止前 30 天）"}},
    {"to", "TIME", {"up to this time (now)", "截止时间（默认为现在）"}},
    {"day", "DATE", {"this day, from midnight to midnight", "这一天，从零点到零点"}},
    {"html",
     "FILE",
     {"as a page to read and print, into this file; none is replaced",
      "生成可阅读、打印的网页文件；不覆盖已有文件"}},
    {"reason",
     "TEXT",
     {"why you look, for the record of this look-up", "查询理由，记入本次查询的记录"}},
    {0},
};

const struct command command_report = {
    .name = "report",
    .about = {"the inspection report of a period: each requirement answered with figures and "
              "record numbers",
              "一段时间的自查报告：逐项以数据和记录号作答"},
    .options = options,
    .needs_state = true,
    COMMAND_TEXTS(texts),
    .run = run,
};
